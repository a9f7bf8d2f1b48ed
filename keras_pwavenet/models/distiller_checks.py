"""What a distiller is made of: fitting models, weights that make a loss."""

import math
import numbers

from keras_pwavenet.models.parallel_wavenet import ParallelWaveNet
from keras_pwavenet.models.phoneme_classifier import PhonemeClassifier
from keras_pwavenet.models.wavenet import WaveNet


def check_numbers(weights: dict[str, float], inner_samples: int) -> None:
    """Refuses weights of which no loss can be made.

    Args:
        weights: the terms' weights, by argument.
        inner_samples: strata of the divergence.

    Raises:
        ValueError: if a weight is negative, not finite or no number, none is above 0,
            or `inner_samples` is no positive integer.
    """
    for name, weight in weights.items():
        if not isinstance(weight, numbers.Real) or not 0 <= weight < math.inf:
            raise ValueError(
                f"Expected `{name}` to be a finite number, 0 or more. "
                f"Received: {name}={weight!r}"
            )
    if not any(weights.values()):
        received = ", ".join(f"{name}={weight}" for name, weight in weights.items())
        raise ValueError(f"Expected a weight above 0. Received: {received}")
    if not isinstance(inner_samples, int) or inner_samples < 1:
        raise ValueError(
            "Expected `inner_samples` to be a positive integer. "
            f"Received: inner_samples={inner_samples!r}"
        )


def check_models(teacher, student, classifier, perceptual_weight: float) -> None:
    """Refuses models that do not fit together.

    Args:
        teacher: the `WaveNet`.
        student: the `ParallelWaveNet`.
        classifier: the `PhonemeClassifier`, or None.
        perceptual_weight: weight of the term that needs the classifier.

    Raises:
        ValueError: if one is of another class, their settings differ, or the
            classifier is missing.
    """
    wanted = (
        ("teacher", teacher, WaveNet),
        ("student", student, ParallelWaveNet),
        ("classifier", classifier, PhonemeClassifier | None),
    )
    for name, model, kind in wanted:
        if not isinstance(model, kind):
            expected = (
                "PhonemeClassifier or None" if name == "classifier" else kind.__name__
            )
            raise ValueError(
                f"Expected `{name}` to be a {expected}. "
                f"Received: {name} of type {type(model).__name__}"
            )
    for name in ("conditioning_channels", "hop_length", "num_speakers"):
        if getattr(teacher, name) != getattr(student, name):
            raise ValueError(
                f"Expected teacher and student of the same `{name}`. Received: "
                f"teacher.{name}={getattr(teacher, name)}, "
                f"student.{name}={getattr(student, name)}"
            )
    mels = [m.preprocessor for m in (teacher, student) if m.preprocessor is not None]
    if any(mel.get_config() != mels[0].get_config() for mel in mels):
        raise ValueError(
            "Expected teacher and student of the same sample rate and mel settings. "
            f"Received: teacher.preprocessor={teacher.preprocessor}, "
            f"student.preprocessor={student.preprocessor}"
        )
    if classifier is None:
        if perceptual_weight:
            raise ValueError(
                "Expected a `classifier` for the perceptual loss. Received: "
                f"perceptual_weight={perceptual_weight}, classifier=None"
            )
        return
    if student.hop_length % classifier.hop_length:
        raise ValueError(
            "Expected the classifier's `hop_length` to divide the student's. Received: "
            f"classifier.hop_length={classifier.hop_length}, "
            f"student.hop_length={student.hop_length}"
        )
    heard = classifier.preprocessor
    if heard is not None and mels and heard.sample_rate != mels[0].sample_rate:
        raise ValueError(
            "Expected a classifier of the models' sample rate, "
            f"{mels[0].sample_rate} Hz. Received: "
            f"classifier.preprocessor.sample_rate={heard.sample_rate}"
        )
