import numpy as np

from keras_pwavenet.evaluate import (
    clipped_samples,
    level_difference,
    peak,
    silence_difference,
)


def test_half_the_amplitude_is_six_decibels_less():
    tone = np.sin(np.arange(8000) * 0.1).astype("float32")
    assert abs(level_difference(tone, tone / 2) + 20 * np.log10(2)) < 1e-5
    assert level_difference(tone, -tone) == 0


def test_silence_has_a_level():
    tone = np.full(100, 0.5, "float32")
    expected = 20 * np.log10(0.5 / 32768 / 0.5)
    assert abs(level_difference(tone, np.zeros(100, "float32")) - expected) < 1e-9
    assert level_difference(np.zeros(100), np.zeros(100)) == 0


def test_counts_samples_at_full_scale():
    audio = np.array([0, 0.5, -1, 32767 / 32768, 32766 / 32768], "float32")
    assert clipped_samples(audio) == 2
    assert peak(audio) == 1


def with_pause(noise, samples=1600):
    """A loud second at 8 kHz with noise of an amplitude in its last fifth."""
    random = np.random.default_rng(0)
    loud = random.choice([-0.5, 0.5], 8000 - samples)
    return np.concatenate([loud, noise * random.choice([-1, 1], samples)])


def test_noise_in_silences_is_measured_where_the_recording_is_quiet():
    recording = with_pause(0.001)
    assert silence_difference(recording, recording, 8000) == 0
    assert abs(silence_difference(recording, with_pause(0.01), 8000) - 20) < 1e-9
    # What the speech does is of no consequence; nor is a rest of less than a frame.
    louder = np.concatenate([recording[:6400] * 2, recording[6400:]])
    assert silence_difference(recording, louder, 8000) == 0
    rest = np.zeros(100)
    noisy_rest = np.concatenate([recording, rest + 1])
    assert silence_difference(np.concatenate([recording, rest]), noisy_rest, 8000) == 0


def test_noise_in_digital_silence_is_measured_from_half_a_step():
    recording = with_pause(0.0)
    assert silence_difference(recording, recording, 8000) == 0
    expected = 20 * np.log10(0.01 / (0.5 / 32768))
    found = silence_difference(recording, with_pause(0.01), 8000)
    assert abs(found - expected) < 1e-9


def test_no_silence_in_less_than_a_frame():
    assert np.isnan(silence_difference(np.ones(159), np.ones(159), 8000))
    assert silence_difference(np.ones(160), np.ones(160), 8000) == 0
