"""Telling made-up voices apart."""

import numpy as np
import pytest

from keras_pwavenet.audio import LogMelSpectrogram
from keras_pwavenet.evaluate import SpeakerRecogniser, confusion, voice_print

MEL = LogMelSpectrogram(16_000, 1024, 160, 800)


def voice(pitch, formant, seed):
    """A second of a buzz of that pitch through a resonance, and a second of hush."""
    rng = np.random.default_rng(seed)
    time = np.arange(16_000) / 16_000
    wander = pitch * (1 + 0.05 * np.sin(2 * np.pi * (2 + rng.uniform()) * time))
    phase = 2 * np.pi * np.cumsum(wander) / 16_000
    harmonics = np.arange(1, 30)
    gain = np.exp(-(((harmonics * pitch - formant) / 400) ** 2)) + 0.02
    buzz = (gain[:, None] * np.sin(harmonics[:, None] * phase)).sum(axis=0)
    audio = np.concatenate([0.1 * buzz, np.zeros(16_000)])
    return (audio + 1e-4 * rng.normal(size=32_000)).astype("float32")


def test_voice_print():
    pytest.importorskip("pyworld")
    found = voice_print(voice(200, 800, 1), MEL)
    assert found.shape == (40,)
    assert np.exp(found[-2]) == pytest.approx(200, rel=0.03)
    assert found[-1] == pytest.approx(0.05 * np.sqrt(2), abs=0.02)
    louder = voice_print(2 * voice(200, 800, 1), MEL)
    np.testing.assert_allclose(louder[:19], found[:19], atol=0.05)  # no level in it


def test_recognises_by_timbre_and_by_pitch():
    pytest.importorskip("pyworld")
    pytest.importorskip("sklearn")
    voices = {"a": (200, 600), "b": (200, 1800), "c": (110, 600)}
    names = [name for name in voices for _ in range(4)]
    prints = [
        voice_print(voice(*voices[name], seed), MEL) for seed, name in enumerate(names)
    ]
    recogniser = SpeakerRecogniser(np.stack(prints), names)
    assert recogniser.speakers == ["a", "b", "c"]
    unheard = [voice_print(voice(*voices[name], 99), MEL) for name in voices]
    assert recogniser(np.stack(unheard)) == ["a", "b", "c"]


def test_confusion():
    found = confusion(["a", "a", "b", "a"], ["a", "b", "b", "a"], ["a", "b"])
    np.testing.assert_array_equal(found, [[2, 1], [0, 1]])
