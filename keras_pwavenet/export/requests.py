"""Checks of a served request, inside the graph.

A request that does not fit fails with a message, before anything is computed; the
server goes on. TensorFlow is imported by the functions, which only it runs.
"""

from keras_pwavenet.audio.mel_range import LARGEST_INPUT
from keras_pwavenet.factors import HIGHEST_PITCH, PITCH_SCALES, TEMPERATURES

# Of all clips of a request, as long as the longest: 2.9 minutes at 24 kHz and a hop of
# 256, which take half a gigabyte.
MOST_FRAMES = 2**14


def checked_request(model, inputs: dict) -> dict:
    """Checks a request's inputs, and cuts them at the end of the longest clip.

    Args:
        model: The `ParallelWaveNet`.
        inputs: Tensors by name, as `export_saved_model` describes them.

    Returns:
        The inputs, to be used in place of those given. `conditioning`, `noise` and
        `pitch` are zero after each clip's end.
    """
    inputs = _check_shapes(model, inputs)
    inputs = _check_numbers(model, inputs)
    return _cut(model, inputs)


def _check_shapes(model, inputs):
    import tensorflow as tf

    channels, hop = model.conditioning_channels, model.hop_length
    clips, frames, _ = tf.unstack(tf.shape(inputs["conditioning"]))
    shapes = {
        "conditioning": (clips, frames, channels),
        "noise": (clips, frames * hop),
        "pitch": (clips, frames),
    }
    texts = {
        "conditioning": f"(batch, frames, {channels}) with a clip and a frame or more",
        "noise": f"(batch, frames * {hop}), as `conditioning` has batch and frames",
        "pitch": "(batch, frames), as `conditioning` has them",
    }
    checks = []
    for name, value in inputs.items():
        found = tf.shape(value)
        fits = tf.reduce_all(found == tf.stack(shapes.get(name, (clips,))))
        text = texts.get(name, "(batch,), as `conditioning` has batch")
        checks.append(
            check(
                fits & (clips * frames > 0),
                f"`{name}` of shape {text}",
                f"{name}.shape",
                found,
            )
        )
    message = f"a request of at most {MOST_FRAMES} frames, clips by their longest"
    few = tf.cast(clips, tf.int64) * tf.cast(frames, tf.int64) <= MOST_FRAMES
    checks.append(check(few, message, "clips and frames", tf.stack([clips, frames])))
    return _after(checks, inputs)


def _check_numbers(model, inputs):
    import tensorflow as tf

    frames, speakers = tf.shape(inputs["conditioning"])[1], model.num_speakers
    rules = {
        "length": (
            lambda length: (length > 0) & (length <= frames),
            "from 1 to the frames of `conditioning`",
        ),
        "temperature": (
            lambda factor: (factor >= TEMPERATURES[0]) & (factor <= TEMPERATURES[1]),
            "from {:g} to {:g}".format(*TEMPERATURES),
        ),
        "speaker": (
            lambda speaker: (speaker >= 0) & (speaker < speakers),
            f"from 0 to {speakers - 1}",
        ),
        "pitch_scale": (
            lambda factor: (factor >= PITCH_SCALES[0]) & (factor <= PITCH_SCALES[1]),
            "from {:g} to {:g}".format(*PITCH_SCALES),
        ),
    }
    checks = [
        check(
            tf.reduce_all(rules[name][0](value)),
            f"each `{name}` {rules[name][1]}",
            name,
            value,
        )
        for name, value in inputs.items()
        if name in rules
    ]
    return _after(checks, inputs)


def _cut(model, inputs):
    import tensorflow as tf

    checks, cut, hop = [], dict(inputs), model.hop_length
    small = (
        lambda numbers: tf.abs(numbers) <= LARGEST_INPUT,
        f"of numbers from -{LARGEST_INPUT:g} to {LARGEST_INPUT:g}",
        "NaN or larger",
    )
    low = (
        lambda hertz: hertz <= HIGHEST_PITCH,
        f"of {HIGHEST_PITCH:.0f} Hz or less",
        "NaN or higher",
    )
    rules = {"conditioning": (1, *small), "noise": (hop, *small), "pitch": (1, *low)}
    for name in [name for name in rules if name in inputs]:
        rate, rule, text, received = rules[name]
        ends = inputs["length"] * rate
        values = inputs[name][:, : tf.reduce_max(ends)]
        own = tf.sequence_mask(ends, tf.shape(values)[1])
        own = own[..., None] if values.shape.rank == 3 else own
        cut[name] = tf.where(own, values, tf.zeros_like(values))
        good = tf.reduce_all(rule(cut[name]), axis=list(range(1, values.shape.rank)))
        checks.append(
            check(
                tf.reduce_all(good),
                f"`{name}` {text}",
                f"{name} with {received} numbers in clips",
                tf.where(~good)[:, 0],
            )
        )
    return _after(checks, cut)


def check(condition, expected: str, name: str, received):
    """An operation that fails with the house's message unless the condition holds.

    Args:
        condition: A tensor, bool.
        expected: What was expected.
        name: Of what was received.
        received: A tensor, of which some numbers are shown.
    """
    import tensorflow as tf

    message = f"Expected {expected}. Received: {name}="
    return tf.debugging.Assert(condition, [message, received], summarize=5)


def _after(checks, inputs):
    import tensorflow as tf

    with tf.control_dependencies(checks):
        return {name: tf.identity(value) for name, value in inputs.items()}
