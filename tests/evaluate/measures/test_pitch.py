import types

import numpy as np
import pytest

from keras_pwavenet.evaluate import (
    pitch_accuracy,
    pitch_difference,
    pitch_errors,
    pitch_track,
)

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


def test_errors():
    recording = np.array([100, 100, 100, 100, 100, 0, 0, 100.0])
    predicted = np.array([101, 99, 104, 50, 100, 0, 80, 0.0])
    found = pitch_errors(recording, predicted)
    logs = np.log(np.array([1.01, 0.99, 1.04, 0.5, 1.0]))
    assert found["log_f0_rmse"] == pytest.approx(np.sqrt(np.mean(logs**2)))
    assert found["median_error"] == pytest.approx(0.01)
    assert found["gross_errors"] == pytest.approx(0.2)
    assert found["voicing_f1"] == pytest.approx(10 / 12)
    nothing = pitch_errors(np.array([1.0, 0]), np.zeros(2))
    assert nothing.pop("voicing_f1") == 0
    assert np.isnan(list(nothing.values())).all()


class Corpus:
    """Three clips whose conditioning is their pitch, the third of no test split."""

    def __init__(self):
        self.clips = [types.SimpleNamespace(speaker=name) for name in "aba"]
        self.tracks = [np.array([100, 0.0]), np.full(3, 200.0), np.array([5.0])]

    def indices(self, split):
        return {"test": [0, 1], "train": [2]}.get(split, [])

    def pitch(self, clip):
        return self.tracks[clip]

    def conditioning(self, clip):
        return self.tracks[clip][:, None]


class Predictor:
    """Hears 1 % too much, and an octave below 200 Hz in the middle of a clip."""

    def pitch(self, conditioning):
        found = 1.01 * conditioning[..., 0]
        found[:, 1:2] /= 2
        return found


def test_accuracy_is_over_all_frames_of_the_split():
    found = pitch_accuracy(Predictor(), Corpus(), "test")
    assert found["frames"] == 5
    assert found["gross_errors"] == pytest.approx(1 / 4)
    assert found["median_error"] == pytest.approx(0.01)
    assert found["voicing_f1"] == 1
    one = pitch_accuracy(Predictor(), Corpus(), "test", speaker="b")
    assert one["frames"] == 3
    assert one["gross_errors"] == pytest.approx(1 / 3)
    with pytest.raises(ValueError, match="Received: split='validation'"):
        pitch_accuracy(Predictor(), Corpus(), "validation")
