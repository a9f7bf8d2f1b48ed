"""LiteRT (TensorFlow Lite) files that speak bit by bit."""

import os
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.export.litert import write_litert
from keras_pwavenet.export.student import check_float32, checked_frames, exportable
from keras_pwavenet.models import ParallelWaveNet
from keras_pwavenet.models.stream_step import (
    stream_context,
    stream_start,
    stream_step,
)

STATE = "state_"  # how the names of the state's tensors begin
PRESENT = f"{STATE}present"


def export_litert_stream(
    model: ParallelWaveNet | str | os.PathLike,
    path: str | os.PathLike,
    frames: Sequence[int] = (4,),
) -> Path:
    """Writes a student as a LiteRT file that takes frames as they come.

    Its memory does not grow with the clip. Two signatures, for one clip:

    - `start` takes the first frames, as many as the look-ahead, and gives the state:
      tensors whose names begin with `state_`.
    - `step` takes the state and the next frames, and gives the next state and `audio`
      `(1, frames * hop_length)` in [-1, 1] of as many frames: those that the look-ahead
      ends at.

    Both take `conditioning` and what goes with a pitch predictor as the signatures of
    `export_litert` do, for a batch of one; and `length` `(1,)`, int32, how many of
    these frames are the clip's, 0 when it has ended. `step` also takes `noise` `(1,
    frames * hop_length)`, drawn from Logistic(0, 1), of the samples that it gives, and
    with several speakers `speaker` `(1,)`, int32. Names and shapes of all of them are
    in the file.

    A clip's audio is what the steps give, one after the other, cut after its last
    frame: what is heard and said after that is of no account.

    Args:
        model: The student, or its preset's name, folder or address.
        path: The file to write, usually `.tflite`; with one number of frames,
            `model.tflite` in a preset's folder is where `keras_pwavenet.speak` looks
            for it.
        frames: Of a step. Given several numbers, there is a signature `step_N` for each
            in place of `step`; a stream may use them as it likes.

    Returns:
        The path.

    Raises:
        Exception: As `export_litert`.
        ValueError: Also if there is no number of frames.
    """
    model = exportable(model)
    check_float32(model)
    frames = checked_frames(frames)
    if not frames:
        raise ValueError(
            f"Expected `frames` of one number or more. Received: frames={frames}"
        )
    import tensorflow as tf

    def start(**inputs):
        return _named(stream_start(model, _heard(inputs)))

    def step(**inputs):
        state = _state({name: inputs.pop(name) for name in given})
        state, audio = stream_step(model, state, _heard(inputs))
        return {**_named(state), "audio": audio}

    _, ahead = stream_context(model)
    begin = tf.function(start).get_concrete_function(**_inputs(model, ahead))
    given = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
        for name, tensor in begin.structured_outputs.items()
    }
    signatures = {"start": begin}
    for number in frames:
        name = "step" if len(frames) == 1 else f"step_{number}"
        inputs = _inputs(model, number)
        samples = (1, number * model.hop_length)
        inputs["noise"] = tf.TensorSpec(samples, tf.float32, "noise")
        if model.num_speakers:
            inputs["speaker"] = tf.TensorSpec((1,), tf.int32, "speaker")
        signatures[name] = tf.function(step).get_concrete_function(**inputs, **given)
    return write_litert(model, path, signatures)


def _inputs(model, frames):
    """What both signatures take."""
    import tensorflow as tf

    shapes = {"conditioning": (1, frames, model.conditioning_channels)}
    if model.pitch_predictor is not None:
        shapes |= {"pitch": (1, frames), "pitch_scale": (1,)}
    inputs = {
        name: tf.TensorSpec(shape, tf.float32, name) for name, shape in shapes.items()
    }
    return {**inputs, "length": tf.TensorSpec((1,), tf.int32, "length")}


def _heard(inputs):
    """Inputs with the frames that are the clip's in place of their number."""
    import tensorflow as tf

    inputs = dict(inputs)
    frames = inputs["conditioning"].shape[1]
    inputs["present"] = tf.sequence_mask(inputs.pop("length"), frames)
    return inputs


def _named(state):
    """The state as a flat dict, in the types of number that LiteRT.js knows."""
    import tensorflow as tf

    found = {STATE + name: value for name, value in state.items() if name != "past"}
    found[PRESENT] = tf.cast(found[PRESENT], tf.int32)
    past = enumerate(state["past"])
    return found | {f"{STATE}past_{place:03d}": value for place, value in past}


def _state(named):
    """The state from what `_named` made of it."""
    named = {**named, PRESENT: named[PRESENT] > 0}
    past = f"{STATE}past_"
    found = {
        name.removeprefix(STATE): value
        for name, value in named.items()
        if not name.startswith(past)
    }
    found["past"] = [named[name] for name in sorted(named) if name.startswith(past)]
    return found
