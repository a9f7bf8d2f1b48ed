import keras
import numpy as np

from keras_pwavenet.layers import MixtureHead


def built(reference, scale=0.5, **options):
    layer = MixtureHead(6, 2, log_scale_floor=-4.0, **options)
    layer.build((None, None, 5))
    return reference.randomize(layer, scale)


def test_equals_numpy(reference, normal):
    layer = built(reference)
    inputs = normal(2, 3, 5)
    kernel, bias, output_kernel, output_bias = layer.get_weights()
    hidden = np.maximum(np.maximum(inputs, 0) @ kernel + bias, 0)
    expected = hidden @ output_kernel + output_bias
    expected[..., 4:] = -4 + np.logaddexp(0, expected[..., 4:] + 4)
    actual = reference.run(layer, inputs)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_log_scales_stay_above_the_floor(reference, normal):
    outputs = reference.run(built(reference, scale=10.0), normal(4, 50, 5))
    assert outputs[..., 4:].min() >= -4
    assert outputs[..., :4].min() < -100


def test_starts_with_scales_from_silence_to_loud_speech(normal):
    layer = MixtureHead(6, 10)
    outputs = keras.ops.convert_to_numpy(layer(np.zeros((1, 1, 5), "float32")))[0, 0]
    np.testing.assert_array_equal(outputs[:20], 0)
    np.testing.assert_allclose(outputs[20:], np.linspace(-7, -2, 10), atol=0.15)


def test_symbolic_output_is_float32(reference):
    outputs = built(reference, dtype="mixed_bfloat16")(keras.Input((None, 5)))
    assert outputs.shape == (None, None, 6)
    assert outputs.dtype == "float32"


def test_serialises(reference, normal):
    reference.check_serialisation(built(reference), normal(2, 3, 5))


def test_runs_under_mixed_precision(reference, normal):
    reference.check_bfloat16(built(reference), normal(2, 3, 5), dtype="float32")


def test_weight_paths(reference):
    assert [w.path for w in built(reference, name="head").weights] == [
        "head/hidden/kernel",
        "head/hidden/bias",
        "head/output_projection/kernel",
        "head/output_projection/bias",
    ]
