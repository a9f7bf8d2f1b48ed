import keras
import numpy as np
import pytest
from keras import ops

from keras_pwavenet.layers import CausalConv1D


def built(reference, *arguments, channels=3, **options):
    layer = CausalConv1D(*arguments, **options)
    layer.build((None, None, channels))
    return reference.randomize(layer)


@pytest.mark.parametrize(
    ("kernel_size", "dilation", "time"), [(1, 1, 9), (2, 1, 9), (3, 4, 20), (3, 8, 5)]
)
@pytest.mark.parametrize("training", [False, True])
def test_equals_a_sum_over_taps(
    reference, normal, kernel_size, dilation, time, training
):
    layer = built(reference, 4, kernel_size, dilation)
    inputs = normal(2, time, 3)
    expected = reference.causal_conv(inputs, *layer.get_weights(), dilation)
    actual = reference.run(lambda x: layer(x, training=training), inputs)
    assert actual.shape == (2, time, 4)
    np.testing.assert_allclose(actual, expected, atol=1e-5)


@pytest.mark.parametrize("use_bias", [True, False])
def test_equals_keras_causal_convolution(reference, normal, use_bias):
    layer = built(reference, 4, 3, 2, use_bias=use_bias)
    other = keras.layers.Conv1D(
        4, 3, padding="causal", dilation_rate=2, use_bias=use_bias
    )
    other.build((None, None, 3))
    other.set_weights(layer.get_weights())
    inputs = normal(2, 15, 3)
    expected = reference.run(other, inputs)
    np.testing.assert_allclose(reference.run(layer, inputs), expected, atol=1e-5)


def test_reaches_back_as_far_as_it_says_and_never_ahead(reference, normal):
    layer = built(reference, 4, 3, 4)
    inputs = normal(1, 30, 3)
    other = inputs.copy()
    other[:, 10] += 1
    moved = reference.run(layer, other) - reference.run(layer, inputs)
    places = np.flatnonzero(np.abs(moved).max(axis=(0, 2)) > 1e-6)
    np.testing.assert_array_equal(places, [10, 14, 18])
    assert layer.receptive_field == 9


def test_symbolic_shape_is_the_eager_one(reference):
    layer = built(reference, 4, 3, 4)
    assert layer(keras.Input((None, 3))).shape == (None, None, 4)
    assert tuple(layer(ops.zeros((2, 1, 3))).shape) == (2, 1, 4)


def test_serialises(reference, normal):
    layer = built(reference, 4, 3, 2, use_bias=False, kernel_initializer="he_normal")
    reference.check_serialisation(layer, normal(2, 7, 3))


def test_runs_under_mixed_precision(reference, normal):
    inputs = normal(2, 7, 3)
    reference.check_bfloat16(built(reference, 4, 3), inputs, dtype="bfloat16")


def test_weight_paths(reference):
    layer = built(reference, 4, 3, name="conv")
    assert [w.path for w in layer.weights] == ["conv/kernel", "conv/bias"]
    assert [w.shape for w in layer.weights] == [(3, 3, 4), (4,)]


@pytest.mark.parametrize("name", ["filters", "kernel_size", "dilation_rate"])
@pytest.mark.parametrize("value", [0, 1.5])
def test_refuses_numbers_that_are_not_positive_integers(name, value):
    arguments = {"filters": 1, "kernel_size": 1, name: value}
    with pytest.raises(ValueError, match=f"positive integer. Received: {name}={value}"):
        CausalConv1D(**arguments)
