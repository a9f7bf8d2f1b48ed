import keras
import numpy as np
import pytest
import scipy.signal

from keras_pwavenet import signal

HOP, FRAMES, ORDER = 8, 5, 6
RANDOM = np.random.default_rng(0)
AUDIO = RANDOM.normal(size=(2, FRAMES * HOP)).astype("float32")


def array(tensor):
    return keras.ops.convert_to_numpy(tensor)


def test_each_frame_is_predicted_by_its_own_filter():
    taps = RANDOM.normal(size=(2, FRAMES, ORDER)).astype("float32")
    predicted = array(signal.linear_prediction(AUDIO, taps))
    for clip in range(2):
        for frame in range(FRAMES):
            filter_ = [0.0, *taps[clip, frame].astype("float64")]
            expected = scipy.signal.lfilter(filter_, [1.0], AUDIO[clip])
            place = slice(frame * HOP, (frame + 1) * HOP)
            np.testing.assert_allclose(predicted[clip, place], expected[place], 1e-5)


def test_a_sample_is_predicted_from_earlier_ones_alone():
    taps = RANDOM.normal(size=(2, FRAMES, ORDER)).astype("float32")
    changed = AUDIO.copy()
    changed[:, 17] += 1.0
    before, after = (
        array(signal.linear_prediction(audio, taps)) for audio in (AUDIO, changed)
    )
    np.testing.assert_array_equal(before[:, :18], after[:, :18])
    assert np.abs(before[:, 18] - after[:, 18]).min() > 0.01


@pytest.mark.parametrize("hertz", [110.0, 237.0, 600.0])
def test_what_was_one_period_ago(hertz):
    rate, pitch = 8000, np.full((2, 40), hertz, "float32")
    pitch[1, 30:] = 0.0
    found = array(signal.period_before(AUDIO, pitch, rate, -2, 3))
    period = round(rate / hertz)
    for clip in range(2):
        for t in range(40):
            for number, offset in enumerate(range(-2, 4)):
                place = t - period + offset
                voiced = pitch[clip, t] > 0 and place >= 0
                expected = AUDIO[clip, place] if voiced else 0.0
                assert found[clip, t, number] == expected


def test_a_period_too_short_to_have_been_is_lengthened():
    """Nothing at or after a sample is seen, however high the pitch."""
    found = array(signal.period(np.array([2000.0, 1.0, 0.0], "float32"), 4000, 3))
    np.testing.assert_array_equal(found, [4, 4000, 0])


def test_asinh_is_numpys():
    values = np.array([-1e6, -3.0, -1e-4, 0.0, 1e-4, 0.5, 1e6], "float32")
    found = array(signal.asinh(keras.ops.convert_to_tensor(values)))
    np.testing.assert_allclose(found, np.arcsinh(values), rtol=1e-5, atol=1e-7)
