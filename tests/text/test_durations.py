import numpy as np
import pytest

from keras_pwavenet.text.durations import frames_of, places, regulate


def test_fractions_are_carried_on():
    logs = np.log1p(np.full(100, 2.3))
    pauses = np.zeros(100, bool)
    assert frames_of(logs, pauses).sum() == 230
    assert frames_of(logs, pauses, rate=2.0).sum() == pytest.approx(115, abs=1)


def test_phones_keep_a_frame_and_pauses_need_none():
    logs = np.array([-1.0, 0.0, 0.1, np.log(5.0)])
    found = frames_of(logs, np.array([True, False, True, False]), rate=100.0)
    np.testing.assert_array_equal(found, [0, 1, 0, 1])
    np.testing.assert_array_equal(frames_of([0.0, 0.0], [True, True]), [0, 1])


def test_regulate_repeats_and_says_where_in_the_symbol():
    hidden = np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    found = regulate(hidden, [2, 0, 1])
    np.testing.assert_array_equal(found[:, :2], [[1, 2], [1, 2], [5, 6]])
    np.testing.assert_allclose(
        found[:, 2:], [[0.25, 0.05, 0.15], [0.75, 0.15, 0.05], [0.5, 0.05, 0.05]]
    )
    assert found.dtype == places([2]).dtype == np.float32
