"""16-bit samples and their floating-point values."""

import numpy as np

from keras_pwavenet.audio import to_float, to_int16


def test_every_value_comes_back():
    values = np.arange(-32768, 32768).astype("int16")
    audio = to_float(values)
    assert audio.dtype == np.float32
    assert audio.min() == -1.0 and audio.max() == 32767 / 32768
    np.testing.assert_array_equal(to_int16(audio), values)


def test_rounds_and_stops_at_the_edges():
    audio = np.array([1.0, 2.0, -2.0, 0.4 / 32768, -0.6 / 32768])
    assert to_int16(audio).tolist() == [32767, 32767, -32768, 0, -1]
