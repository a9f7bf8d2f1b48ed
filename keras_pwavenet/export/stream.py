"""A student that speaks bit by bit, as TensorFlow functions, which can be traced."""

from collections.abc import Sequence

from keras_pwavenet.export.student import checked_frames
from keras_pwavenet.models import ParallelWaveNet
from keras_pwavenet.models.stream_step import (
    stream_context,
    stream_start,
    stream_step,
)

STATE = "state_"  # how the names of the state's tensors begin
PRESENT = f"{STATE}present"


def stream_functions(model: ParallelWaveNet, frames: Sequence[int]) -> dict:
    """The functions of a stream of one clip, by their names.

    Args:
        model: The student.
        frames: Of a step; one number or more.

    Returns:
        `tf.function`s with an `input_signature`: `start`, and `step`, or with several
        numbers a `step_N` for each. What they take and give, `export_litert_stream`
        says.

    Raises:
        ValueError: If `frames` are not different positive integers, or there is none.
    """
    frames = checked_frames(frames)
    if not frames:
        raise ValueError(
            f"Expected `frames` of one number or more. Received: frames={frames}"
        )
    import tensorflow as tf

    def start(inputs):
        return _named(stream_start(model, _heard(inputs)))

    def step(inputs):
        state = _state({name: inputs.pop(name) for name in given})
        state, audio = stream_step(model, state, _heard(inputs))
        return {**_named(state), "audio": audio}

    _, ahead = stream_context(model)
    functions = {"start": _function(start, _inputs(model, ahead))}
    begun = functions["start"].get_concrete_function().structured_outputs
    given = {
        name: tf.TensorSpec(tensor.shape, tensor.dtype, name)
        for name, tensor in begun.items()
    }
    for number in frames:
        name = "step" if len(frames) == 1 else f"step_{number}"
        inputs = _inputs(model, number)
        samples = (1, number * model.hop_length)
        inputs["noise"] = tf.TensorSpec(samples, tf.float32, "noise")
        if model.num_speakers:
            inputs["speaker"] = tf.TensorSpec((1,), tf.int32, "speaker")
        functions[name] = _function(step, {**inputs, **given})
    return functions


def _function(function, inputs):
    """A function of a dict as one of its tensors."""
    import tensorflow as tf

    def traced(*values):
        return function(dict(zip(inputs, values, strict=True)))

    return tf.function(traced, input_signature=list(inputs.values()))


def _inputs(model, frames):
    """What all of them take."""
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
