import keras
import numpy as np
import pytest

from keras_pwavenet.layers import ConditioningUpsampler


def built(reference, factors, context=2, **options):
    layer = ConditioningUpsampler(4, factors, context, **options)
    layer.build((None, None, 3))
    return reference.randomize(layer)


@pytest.mark.parametrize("factors", [(), (1,), (5,), (2, 3)])
@pytest.mark.parametrize("frames", [1, 2, 7])
def test_length_is_exact_from_one_frame(reference, normal, factors, frames):
    layer = built(reference, factors)
    shape = (2, frames * int(np.prod(factors)), 4)
    assert tuple(layer(normal(2, frames, 3)).shape) == shape
    assert layer.compute_output_shape((2, frames, 3)) == shape


@pytest.mark.parametrize("factors", [(5,), (2, 3)])
def test_constant_conditioning_stays_constant(reference, factors):
    frames = np.full((1, 20, 3), 0.7, "float32")
    outputs = reference.run(built(reference, factors), frames)
    edge = 6 * int(np.prod(factors))
    inner = outputs[:, edge:-edge]
    assert np.abs(inner).max() > 0.1
    np.testing.assert_allclose(inner, np.broadcast_to(inner[:, :1], inner.shape), 1e-5)


@pytest.mark.parametrize("factors", [(4,), (5,), (2, 3)])
def test_a_frame_reaches_equally_far_to_both_sides(factors):
    layer = ConditioningUpsampler(1, factors, context=1)
    layer.build((None, None, 1))
    layer.set_weights([np.ones(w.shape) * (w.ndim > 1) for w in layer.weights])
    frames = np.zeros((1, 15, 1), "float32")
    frames[:, 7] = 1
    outputs = keras.ops.convert_to_numpy(layer(frames))[0, :, 0]
    np.testing.assert_allclose(outputs, outputs[::-1], rtol=1e-5)
    span = int(np.prod(factors))
    assert outputs[7 * span : 8 * span].max() == outputs.max() > 0


def test_equals_repetition_and_convolution(reference, normal):
    layer = built(reference, (2,), context=1)
    frames = normal(1, 4, 3)

    def convolve(inputs, kernel, bias):
        half = len(kernel) // 2
        padded = np.pad(inputs, [(0, 0), (half, half), (0, 0)])
        outputs = bias + sum(
            padded[:, tap : tap + inputs.shape[1]] @ kernel[tap]
            for tap in range(len(kernel))
        )
        return np.where(outputs > 0, outputs, 0.2 * outputs)

    weights = [w.astype("float64") for w in layer.get_weights()]
    expected = np.repeat(convolve(frames, *weights[:2]), 2, axis=1)
    expected = convolve(expected, *weights[2:])
    np.testing.assert_allclose(reference.run(layer, frames), expected, atol=1e-4)


@pytest.mark.parametrize("factors", [(), (5,), (2, 3)])
def test_a_padded_clip_equals_the_clip_alone(reference, normal, factors):
    layer = built(reference, factors)
    span = int(np.prod(factors))
    frames, lengths = normal(4, 9, 3), np.array([9, 1, 4, 0])
    for clip, length in enumerate(lengths):
        frames[clip, length:] = (7.0, np.nan, np.inf, 3.0)[clip]
    padded = reference.run(layer, frames, np.arange(9) < lengths[:, None])
    for clip, length in enumerate(lengths):
        own, rest = padded[clip, : length * span], padded[clip, length * span :]
        np.testing.assert_array_equal(rest, 0.0)
        if length:
            alone = reference.run(layer, frames[clip : clip + 1, :length])[0]
            np.testing.assert_allclose(own, alone, rtol=0, atol=2e-6)
    if factors:
        unmasked = reference.run(layer, np.nan_to_num(frames, posinf=1.0))
        assert np.abs(unmasked[2, : 4 * span] - padded[2, : 4 * span]).max() > 0.1


def test_serialises(reference, normal):
    layer = built(reference, (2, 3), context=1)
    reference.check_serialisation(layer, normal(2, 4, 3))


def test_runs_under_mixed_precision(reference, normal):
    inputs = normal(2, 4, 3)
    reference.check_bfloat16(built(reference, (2,)), inputs, dtype="bfloat16")


def test_weight_paths(reference):
    layer = built(reference, (2, 3), name="upsampler")
    assert [w.path for w in layer.weights] == [
        "upsampler/context_conv/kernel",
        "upsampler/context_conv/bias",
        "upsampler/smoothing_conv_0/kernel",
        "upsampler/smoothing_conv_0/bias",
        "upsampler/smoothing_conv_1/kernel",
        "upsampler/smoothing_conv_1/bias",
    ]


@pytest.mark.parametrize("factors", [(0,), (2, 1.5)])
def test_refuses_factors_that_are_not_positive_integers(factors):
    with pytest.raises(ValueError, match="Received: factors="):
        ConditioningUpsampler(4, factors)
