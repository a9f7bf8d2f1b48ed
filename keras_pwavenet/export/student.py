"""What every exported file holds: noise and conditioning in, audio out."""

import contextlib
import numbers
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras

from keras_pwavenet.files import write_bytes
from keras_pwavenet.models import ParallelWaveNet
from keras_pwavenet.models.stated import IN_PARALLEL, speaks
from keras_pwavenet.presets import layout
from keras_pwavenet.presets.storage import state_hash


def exportable(model: ParallelWaveNet | str | os.PathLike) -> ParallelWaveNet:
    """The student to export, if it can be.

    Args:
        model: The student, or its preset's name, folder or address.

    Raises:
        ValueError: If it is no model that speaks in parallel, as a `ParallelWaveNet`
            does, or there is no such preset.
        RuntimeError: If Keras does not run on TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError(
            "Expected the TensorFlow backend, whose graphs are exported. Set the "
            "environment variable KERAS_BACKEND=tensorflow; a preset loads on any "
            f"backend. Received: backend='{keras.backend.backend()}'"
        )
    if isinstance(model, str | os.PathLike):
        return ParallelWaveNet.from_preset(model)
    if speaks(model) != IN_PARALLEL:
        raise ValueError(
            "Expected a model that speaks in parallel, a `ParallelWaveNet`, or its "
            f"preset. Received: model={type(model).__name__}"
        )
    return model


def speaking_function(model: ParallelWaveNet, frames: int | None = None):
    """The student as a TensorFlow function of tensors, which can be traced.

    Args:
        model: The student.
        frames: Conditioning frames of a batch of one clip; None leaves batch and
            frames open.

    Returns:
        A `tf.function` of `noise` `(batch, frames * hop_length)`, `conditioning`
        `(batch, frames, channels)`, with several speakers `speaker` `(batch,)`, and
        with a pitch predictor `pitch` `(batch, frames)` and `pitch_scale` `(batch,)`,
        which gives a dict of `audio` `(batch, frames * hop_length)` in [-1, 1].
    """
    import tensorflow as tf

    batch = None if frames is None else 1
    samples = None if frames is None else frames * model.hop_length
    channels = model.conditioning_channels
    inputs = {
        "noise": tf.TensorSpec((batch, samples), tf.float32, "noise"),
        "conditioning": tf.TensorSpec(
            (batch, frames, channels), tf.float32, "conditioning"
        ),
    }
    if model.num_speakers:
        inputs["speaker"] = tf.TensorSpec((batch,), tf.int32, "speaker")
    if model.pitch_predictor is not None:
        inputs["pitch"] = tf.TensorSpec((batch, frames), tf.float32, "pitch")
        inputs["pitch_scale"] = tf.TensorSpec((batch,), tf.float32, "pitch_scale")

    def speak(*values):
        given = dict(zip(inputs, values, strict=True))
        # Changes nothing, but runtimes refuse it where lengths differ.
        clips, heard, _ = tf.unstack(tf.shape(given["conditioning"]))
        shapes = {"noise": (clips, heard * model.hop_length), "pitch": (clips, heard)}
        for name in given.keys() - {"conditioning"}:
            shape = tf.stack(shapes.get(name, (clips,)))
            given[name] = tf.reshape(given[name], shape)
        audio = model(given, training=False)["audio"]
        return {"audio": tf.clip_by_value(audio, -1.0, 1.0)}

    return tf.function(speak, input_signature=list(inputs.values()))


def check_float32(model: ParallelWaveNet) -> None:
    """Refuses a student that computes in another precision, which files cannot hold.

    Args:
        model: The student.

    Raises:
        ValueError: If its dtype policy is not float32.
    """
    policy = model.policy
    if {policy.compute_dtype, policy.variable_dtype} != {"float32"}:
        raise ValueError(
            "Expected a student in float32: load its preset with dtype='float32'. "
            f"Received: dtype='{policy.name}', model={model.name}"
        )


def checked_frames(frames: Sequence[int]) -> tuple[int, ...]:
    """Numbers of frames that signatures are made for.

    Raises:
        ValueError: If they are not different positive integers.
    """
    frames = tuple(frames)
    if len(set(frames)) < len(frames) or any(
        not isinstance(number, numbers.Integral) or number < 1 for number in frames
    ):
        raise ValueError(
            "Expected `frames` to be different positive integers. Received: "
            f"frames={frames}"
        )
    return frames


def write_stated(path: str | os.PathLike, content: bytes) -> Path:
    """Writes a LiteRT file; that of a preset is stated in its metadata.

    Returns:
        The path.

    Raises:
        OSError: If it cannot be written; names it.
    """
    path = write_bytes(path, content)
    if path.name == layout.LITERT:
        state_hash(path.parent, path.name)
    return path


@contextlib.contextmanager
def disk_errors(path: str | os.PathLike) -> Iterator[None]:
    """Turns TensorFlow's errors of writing to a folder into `OSError`, naming it."""
    import tensorflow as tf

    try:
        yield
    except tf.errors.OpError as error:
        raise OSError(f"{path} cannot be written: {error.message}") from error
