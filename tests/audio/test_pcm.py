"""16-bit samples and their floating-point values."""

import numpy as np
import pytest

from keras_pwavenet.audio import to_float, to_int16
from keras_pwavenet.audio.pcm import check_scale


def test_every_value_comes_back():
    values = np.arange(-32768, 32768).astype("int16")
    audio = to_float(values)
    assert audio.dtype == np.float32
    assert audio.min() == -1.0 and audio.max() == 32767 / 32768
    np.testing.assert_array_equal(to_int16(audio), values)


def test_rounds_and_stops_at_the_edges():
    audio = np.array([1.0, 2.0, -2.0, 0.4 / 32768, -0.6 / 32768])
    assert to_int16(audio).tolist() == [32767, 32767, -32768, 0, -1]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_is_refused(value):
    with pytest.raises(ValueError, match="NaN or infinite numbers in 1 of 2 samples"):
        to_int16(np.array([0.0, value]))


@pytest.mark.parametrize(
    ("audio", "message"),
    [
        (np.zeros(3, "int16"), "floats.*dtype=int16"),
        (np.array([0.0, 32767.0]), "peak of 32767"),
        (np.array([0.0, np.nan]), "NaN or infinite numbers in 1 of 2"),
    ],
)
def test_other_scales_are_refused(audio, message):
    with pytest.raises(ValueError, match=message):
        check_scale(audio)
    with pytest.raises(ValueError, match=message):
        to_int16(audio)
    check_scale(np.array([-1.1, 0.5], "float32"))
    check_scale(np.zeros(0))
