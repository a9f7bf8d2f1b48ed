import numpy as np
import pytest

from keras_pwavenet.evaluate import tone_frequencies, tone_prominences

RATE = 16000


def noise(samples=5 * RATE):
    return np.random.default_rng(0).normal(0, 0.01, samples)


def test_frequencies_lie_below_half_the_rate():
    np.testing.assert_array_equal(tone_frequencies(RATE, 8), [2000, 4000, 6000])
    np.testing.assert_allclose(tone_frequencies(24000, 5), [4800, 9600])
    assert len(tone_frequencies(RATE, 1)) == len(tone_frequencies(RATE, 2)) == 0
    with pytest.raises(ValueError, match="Received: block_size=0"):
        tone_frequencies(RATE, 0)


def test_noise_has_no_tones():
    assert np.abs(tone_prominences(noise(), RATE, 8)).max() < 1.5


@pytest.mark.parametrize("block_size", [5, 8])
def test_a_tone_stands_out_by_its_power(block_size):
    audio = noise()
    frequency = tone_frequencies(RATE, block_size)[1]
    amplitude = 1e-3
    audio += amplitude * np.sin(2 * np.pi * frequency * np.arange(len(audio)) / RATE)
    prominences = tone_prominences(audio, RATE, block_size)
    # Power of the sine in one bin of a Hann window (1.5 bins wide) against the
    # noise's: 0.01^2 / (rate / 2) a hertz.
    window = -(-1024 // block_size) * block_size
    bin_width = 1.5 * RATE / window
    ratio = amplitude**2 / 2 / (bin_width * 0.01**2 / (RATE / 2))
    assert abs(prominences[1] - 10 * np.log10(1 + ratio)) < 1.5
    assert np.abs(np.delete(prominences, 1)).max() < 1.5


def test_a_mean_at_one_place_of_each_block_is_seen():
    audio = noise()
    audio[3::8] += 0.01
    assert tone_prominences(audio, RATE, 8).min() > 8


def test_short_and_silent_audio():
    assert np.isfinite(tone_prominences(noise(100), RATE, 8)).all()
    assert np.isnan(tone_prominences(np.zeros(RATE), RATE, 8)).all()
