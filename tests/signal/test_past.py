"""What is kept of the pieces before."""

import keras
import numpy as np
import pytest

from keras_pwavenet.layers import CausalConv1D
from keras_pwavenet.signal import (
    Past,
    harmonic_source,
    harmonic_source_onward,
    put_before,
    synthesize,
)

array = keras.ops.convert_to_numpy


def test_pieces_follow_what_was_before():
    values = np.arange(20, dtype="float32").reshape(1, 10, 2)
    expected = np.concatenate([np.zeros((1, 3, 2), "float32"), values], axis=1)
    np.testing.assert_array_equal(array(put_before(values, 3)), expected)
    past = None
    for first, last in ((0, 1), (1, 3), (3, 10)):
        past = Past(past and past.kept)
        found = past.before(keras.ops.convert_to_tensor(values[:, first:last]), 3)
        np.testing.assert_array_equal(array(found), expected[:, first : last + 3])
    assert put_before(values, 0, past) is values and len(past.kept) == 1


@pytest.mark.parametrize("kernel_size", [1, 3])
def test_a_convolution_goes_on(kernel_size):
    layer = CausalConv1D(3, kernel_size, dilation_rate=4)
    values = np.random.default_rng(0).normal(size=(2, 30, 5)).astype("float32")
    expected, past, found = array(layer(values)), None, []
    for piece in np.split(values, [2, 3, 20], axis=1):
        past = Past(past and past.kept)
        found.append(array(layer(piece, past=past)))
    np.testing.assert_allclose(np.concatenate(found, 1), expected, atol=1e-6)


def test_synthesis_goes_on():
    random, hop = np.random.default_rng(0), 8
    excitation = random.normal(size=(2, 12 * hop)).astype("float32")
    response = random.normal(size=(2, 12, 3 * hop)).astype("float32")
    expected, past, found = array(synthesize(excitation, response, hop)), None, []
    for first, last in ((0, 1), (1, 5), (5, 6), (6, 12)):
        past = Past(past and past.kept)
        part = excitation[:, first * hop : last * hop], response[:, first:last]
        found.append(array(synthesize(*part, hop, past)))
    np.testing.assert_allclose(np.concatenate(found, 1), expected, atol=1e-5)


def test_the_source_goes_on_to_the_bit():
    """For an hour's phase: whole numbers do not drift."""
    random, hop, rate = np.random.default_rng(0), 8, 1000
    pitch = random.uniform(80, 300, (2, 400)).astype("float32")
    pitch[:, random.random(400) < 0.3] = 0.0
    expected = array(harmonic_source(pitch, hop, rate))
    around = np.concatenate([pitch[:, :1], pitch, pitch[:, -1:]], axis=1)
    turned, found, first = keras.ops.zeros(2, "int32"), [], 0
    for count in (1, 1, 98, 7, 293):
        part = keras.ops.convert_to_tensor(around[:, first : first + count + 2])
        source, turned = harmonic_source_onward(part, turned, hop, rate)
        found.append(array(source))
        first += count
    np.testing.assert_array_equal(np.concatenate(found, 1), expected)
