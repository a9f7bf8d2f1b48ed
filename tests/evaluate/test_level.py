import numpy as np

from keras_pwavenet.evaluate import clipped_samples, level_difference, peak


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
