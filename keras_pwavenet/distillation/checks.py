"""What a distiller is made of: fitting models, losses and weights that make a sum."""

import math
import numbers

import keras

from keras_pwavenet.models.stated import IN_PARALLEL, SEQUENTIALLY, speaks

COMPARISONS = ("audio", "teacher", "other_teacher")


def check_models(teacher, student) -> None:
    """Refuses models that do not fit together.

    Args:
        teacher: The `WaveNet`.
        student: The `ParallelWaveNet`.

    Raises:
        ValueError: If one does not speak as it should, or their settings differ.
    """
    wanted = (
        ("teacher", teacher, SEQUENTIALLY, "WaveNet"),
        ("student", student, IN_PARALLEL, "ParallelWaveNet"),
    )
    for name, model, manner, kind in wanted:
        if speaks(model) != manner:
            raise ValueError(
                f"Expected a `{name}` that speaks {manner}, as a {kind} does. "
                f"Received: {name} of type {type(model).__name__}"
            )
    for name in ("conditioning_channels", "hop_length", "num_speakers"):
        if getattr(teacher, name) != getattr(student, name):
            raise ValueError(
                f"Expected teacher and student of the same `{name}`. Received: "
                f"teacher.{name}={getattr(teacher, name)}, "
                f"student.{name}={getattr(student, name)}"
            )
    mels = (teacher.preprocessor, student.preprocessor)
    if None not in mels and mels[0].get_config() != mels[1].get_config():
        raise ValueError(
            "Expected teacher and student of the same sample rate and mel settings. "
            f"Received: teacher.preprocessor={teacher.preprocessor}, "
            f"student.preprocessor={student.preprocessor}"
        )


def check_terms(losses: list[keras.losses.Loss], weights, reserved) -> None:
    """Refuses losses and weights of which no sum can be made.

    Args:
        losses: The losses.
        weights: A weight for each.
        reserved: Names of metrics that no loss may have.

    Raises:
        ValueError: If there are not as many weights as losses, one is negative, not
            finite or no number, or none is above 0; if two losses share a name, or one
            has a reserved one; if a loss compares what is not known.
    """
    names = [loss.name for loss in losses]
    if not isinstance(weights, list | tuple) or len(weights) != len(losses):
        raise ValueError(
            f"Expected `loss_weights` to be {len(losses)} numbers, one for each of the "
            f"losses {', '.join(names)}. Received: loss_weights={weights!r}"
        )
    for name, weight in zip(names, weights, strict=True):
        if not isinstance(weight, numbers.Real) or not 0 <= weight < math.inf:
            raise ValueError(
                f"Expected the weight of the loss `{name}` to be a finite number, 0 or "
                f"more. Received: {name}={weight!r}"
            )
    if not any(weights):
        pairs = zip(names, weights, strict=True)
        received = ", ".join(f"{name}={weight}" for name, weight in pairs)
        raise ValueError(f"Expected a weight above 0. Received: {received or '[]'}")
    taken = [*reserved, *names]
    for name in names:
        if taken.count(name) > 1:
            raise ValueError(
                "Expected losses of different names, none of them one of "
                f"{', '.join(reserved)}. Received: names={names}"
            )
    for loss in losses:
        if compares(loss) not in COMPARISONS:
            raise ValueError(
                f"Expected the loss `{loss.name}` to compare one of "
                f"{', '.join(COMPARISONS)}. Received: compares={compares(loss)!r}"
            )


def compares(loss: keras.losses.Loss) -> str:
    """What a loss states that it compares; one that states nothing compares audio."""
    return getattr(loss, "compares", "audio")


def common_inner_samples(losses: list[keras.losses.Loss]) -> int | None:
    """The number of inner samples that losses state.

    Args:
        losses: The losses that are computed; they share their inner samples.

    Returns:
        The number, or None if no loss states one.

    Raises:
        ValueError: If two state different numbers.
    """
    stated = {
        loss.name: loss.inner_samples
        for loss in losses
        if hasattr(loss, "inner_samples")
    }
    if len(set(stated.values())) > 1:
        received = ", ".join(f"{name}={number}" for name, number in stated.items())
        raise ValueError(
            "Expected losses of the same `inner_samples`, which they share. "
            f"Received: {received}"
        )
    return next(iter(stated.values()), None)


def held_models(losses, teacher, student) -> list[keras.layers.Layer]:
    """The models that losses hold as attributes, each once.

    Args:
        losses: The losses.
        teacher: The `WaveNet`.
        student: The `ParallelWaveNet` whose audio the models hear.

    Returns:
        The models.

    Raises:
        ValueError: If a model hears another sample rate, or its hop does not divide
            the student's.
    """
    spoken = student.preprocessor or teacher.preprocessor
    found = {}
    for loss in losses:
        for value in keras.tree.flatten(vars(loss)):
            if isinstance(value, keras.layers.Layer):
                _check_heard(
                    f"{loss.name}.{value.name}", value, student.hop_length, spoken
                )
                found[id(value)] = value
    return list(found.values())


def _check_heard(name, model, student_hop, spoken):
    hop = getattr(model, "hop_length", None) or 1
    if student_hop % hop:
        raise ValueError(
            "Expected the `hop_length` of a loss' model to divide the student's, "
            f"{student_hop}. Received: {name}.hop_length={hop}"
        )
    heard = getattr(model, "preprocessor", None)
    if None not in (heard, spoken) and heard.sample_rate != spoken.sample_rate:
        raise ValueError(
            "Expected a loss' model to hear the models' sample rate, "
            f"{spoken.sample_rate} Hz. Received: "
            f"{name}.preprocessor.sample_rate={heard.sample_rate}"
        )
