"""Telling voices apart."""

from pathlib import Path

import numpy as np
import pytest

from keras_pwavenet.audio import read_audio
from keras_pwavenet.evaluate import SpeakerRecogniser, confusion, voice_print

CLIPS = Path(__file__).parents[1] / "clips"
ALLISON = ("check-number-dial-again.flac", "conf-now-recording.flac")


@pytest.mark.slow
def test_voice_print_is_of_the_voice():
    """Two clips of one speaker are more alike than one clip and itself slowed down."""
    pytest.importorskip("resemblyzer")
    clips = [read_audio(CLIPS / name, 16_000)[0] for name in ALLISON]
    one, other = (voice_print(clip, 16_000) for clip in clips)
    slow = voice_print(clips[0], 11_000)
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-4)
    assert one @ other > 0.7
    assert one @ slow < one @ other - 0.1


def test_recognises_the_nearest_mean():
    rng = np.random.default_rng(0)
    means = 3 * np.eye(4)[[0, 0, 0, 1, 1, 2]]
    names = ["b", "b", "b", "a", "a", "c"]
    recogniser = SpeakerRecogniser(means + 0.3 * rng.normal(size=(6, 4)), names)
    assert recogniser.speakers == ["a", "b", "c"]
    assert recogniser(np.eye(4)[[2, 0, 1]]) == ["c", "b", "a"]


def test_confusion():
    found = confusion(["a", "a", "b", "a"], ["a", "b", "b", "a"], ["a", "b"])
    np.testing.assert_array_equal(found, [[2, 1], [0, 1]])
