import numpy as np
import pytest

from keras_pwavenet.evaluate import pitch_difference, pitch_track

RATE = 16000


def test_a_semitone():
    recording = np.array([0, 100, 200, 0, 150.0])
    semitone = 2 ** (1 / 12)
    difference, f1 = pitch_difference(recording, recording * semitone)
    assert abs(difference - np.log(semitone)) < 1e-12
    assert f1 == 1


def test_voicing():
    difference, f1 = pitch_difference(
        np.array([100, 100, 0, 0.0]), np.array([0, 100, 100, 0.0])
    )
    assert difference == 0
    assert f1 == 0.5
    assert pitch_difference(np.zeros(3), np.zeros(3)) == (None, None)
    assert pitch_difference(np.zeros(2), np.ones(2)) == (None, 0)


def test_follows_a_voice():
    pytest.importorskip("pyworld", exc_type=ImportError)
    time = np.arange(RATE) / RATE
    frequency = 120 + 60 * time
    phase = 2 * np.pi * np.cumsum(frequency) / RATE
    voice = sum(0.1 / k * np.sin(k * phase) for k in range(1, 20))
    track = pitch_track(np.concatenate([voice, np.zeros(RATE)]), RATE)
    steps = np.arange(20, 180)  # of 5 ms; clear of the edges
    expected = 120 + 60 * steps * 0.005
    np.testing.assert_allclose(track[steps], expected, rtol=0.01)
    assert not track[240:].any()
