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


def test_around_a_prediction_units_are_those_of_the_gain(reference, normal):
    plain = built(reference)
    layer = built(reference, around_prediction=True)
    layer.set_weights(plain.get_weights())
    inputs, prediction = normal(2, 3, 5), normal(2, 3)
    log_gain = np.array([[-1.0, -3.0, -13.0]] * 2, "float32")
    expected = reference.run(plain, inputs)
    expected[..., 2:4] *= np.exp(log_gain)[..., None]
    expected[..., 2:4] += prediction[..., None]
    expected[..., 4:] = np.maximum(expected[..., 4:] + log_gain[..., None], -12.0)
    assert (expected[..., 4:] == -12).any()
    actual = reference.run(layer, inputs, prediction, log_gain)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_a_prediction_keeps_its_precision_under_mixed_precision(reference, normal):
    layer = built(reference, around_prediction=True, dtype="mixed_bfloat16")
    inputs = np.zeros((1, 1, 5), "float32")
    moved = []
    for prediction in (0.5, 0.5 + 1e-5):
        outputs = layer(
            inputs,
            np.full((1, 1), prediction, "float32"),
            np.zeros((1, 1), "float32"),
        )
        moved.append(keras.ops.convert_to_numpy(outputs)[0, 0, 2])
    assert moved[1] - moved[0] == np.float32(0.5 + 1e-5) - np.float32(0.5)


def test_around_a_prediction_locations_begin_spread_over_a_gain():
    layer, zero = MixtureHead(6, 5, around_prediction=True), np.zeros((1, 1), "float32")
    outputs = layer(np.zeros((1, 1, 5), "float32"), zero, zero)
    outputs = keras.ops.convert_to_numpy(outputs)[0, 0]
    np.testing.assert_allclose(outputs[5:10], np.linspace(-1, 1, 5), atol=1e-6)
    np.testing.assert_allclose(outputs[10:], -0.8, atol=1e-3)


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
