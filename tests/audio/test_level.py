"""Active-speech level and high-pass."""

import numpy as np
import pytest

from keras_pwavenet.audio import active_level, frame_powers, high_pass

RATE = 24_000


def tone(hertz, seconds, level):
    """A sine whose mean square is `level` dB."""
    time = np.arange(round(seconds * RATE)) / RATE
    return 10 ** (level / 20) * np.sqrt(2) * np.sin(2 * np.pi * hertz * time)


def level_of(audio):
    return active_level(frame_powers(audio, RATE))


def test_frame_powers():
    powers = frame_powers(np.r_[np.full(480, 0.5), np.full(120, -1.0)], RATE)
    assert powers.dtype == "float32"
    np.testing.assert_allclose(powers, [0.25, 1.0])


@pytest.mark.parametrize("level", [-60.0, -23.0, -5.0])
@pytest.mark.parametrize("pause", [0.0, 1.0, 30.0])
def test_pauses_do_not_count(level, pause):
    noise = np.random.default_rng(0).normal(
        0, 10 ** (level / 20) / 100, round(pause * RATE)
    )
    audio = np.r_[noise, tone(200, 1.0, level), noise]
    assert level_of(audio) == pytest.approx(level, abs=0.02)


def test_quiet_speech_counts_and_less_does_not():
    loud = tone(200, 1.0, -20.0)
    assert level_of(np.r_[loud, tone(200, 1.0, -30.0)]) == pytest.approx(-22.6, abs=0.1)
    assert level_of(np.r_[loud, tone(200, 1.0, -40.0)]) == pytest.approx(-20.0, abs=0.1)


def test_silence_has_no_level():
    assert level_of(np.zeros(1000)) == -np.inf


@pytest.mark.parametrize(
    ("hertz", "loss"), [(30, 48.0), (60, 6.02), (120, 0.03), (1000, 0.0)]
)
def test_high_pass(hertz, loss):
    audio = tone(hertz, 2.0, -20.0)
    filtered = high_pass(audio, RATE, 60.0)
    assert filtered.dtype == "float32" and filtered.shape == audio.shape
    middle = slice(RATE // 2, -RATE // 2)
    power = np.mean(np.square(filtered[middle])) / np.mean(np.square(audio[middle]))
    assert -10 * np.log10(power) == pytest.approx(loss, abs=0.3)


def test_high_pass_has_no_delay():
    audio = tone(100, 1.0, -20.0)
    middle = slice(RATE // 4, -RATE // 4)
    filtered = high_pass(audio, RATE, 60.0)[middle]
    gain = np.dot(filtered, audio[middle]) / np.dot(audio[middle], audio[middle])
    np.testing.assert_allclose(filtered, gain * audio[middle], atol=1e-4)


@pytest.mark.parametrize("samples", [1, 2, 7, 399, 401])
def test_high_pass_of_short_clips(samples):
    filtered = high_pass(np.full(samples, 0.5), RATE, 60.0)
    assert filtered.shape == (samples,) and np.abs(filtered).max() < 1e-3


@pytest.mark.parametrize("cutoff", [0.0, -60.0, 12_000.0])
def test_refuses(cutoff):
    with pytest.raises(ValueError, match=f"Received: cutoff={cutoff}, sample_rate"):
        high_pass(np.zeros(10), RATE, cutoff)
