"""Resampling against the band-limited truth."""

import numpy as np
import pytest

from keras_pwavenet.audio import resample

RATES = [8000, 16000, 22050, 24000, 44100, 48000]


@pytest.mark.parametrize("original", RATES)
@pytest.mark.parametrize("target", RATES)
def test_keeps_a_sine_in_place(original, target):
    frequency = 1000
    audio = 0.5 * np.sin(2 * np.pi * frequency * np.arange(original) / original)
    expected = 0.5 * np.sin(2 * np.pi * frequency * np.arange(target) / target)
    resampled = resample(audio, original, target)
    assert resampled.dtype == np.float32
    assert resampled.shape == (target,)
    inside = slice(target // 10, -target // 10)
    np.testing.assert_allclose(resampled[inside], expected[inside], atol=1e-4)


def test_removes_what_the_target_cannot_hold():
    audio = np.sin(2 * np.pi * 9000 * np.arange(48000) / 48000)
    assert np.abs(resample(audio, 48000, 16000)[1000:-1000]).max() < 1e-4


@pytest.mark.parametrize("samples", [0, 1, 2, 3, 7, 161])
@pytest.mark.parametrize("rates", [(48000, 8000), (8000, 48000), (44100, 16000)])
def test_short_audio_has_the_rounded_length(samples, rates):
    original, target = rates
    expected = max(1, round(samples * target / original)) if samples else 0
    assert len(resample(np.ones(samples), original, target)) == expected


def test_refuses_other_input():
    with pytest.raises(ValueError, match=r"Received: audio\.shape"):
        resample(np.zeros((2, 10)), 16000, 8000)
    with pytest.raises(ValueError, match="target_rate=0"):
        resample(np.zeros(10), 16000, 0)
