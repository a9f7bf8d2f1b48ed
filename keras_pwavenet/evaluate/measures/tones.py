"""Constant tones, the defect of models that make samples in blocks."""

import numpy as np
import scipy.signal

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import EACH, Measure

_MIN_WINDOW = 1024
_NEIGHBOURHOOD = 250.0  # Hz to each side
_LEAKAGE = 2  # bins of the Hann window's main lobe to each side


def tone_frequencies(sample_rate: int, block_size: int) -> np.ndarray:
    """Returns the multiples of sample_rate / block_size below half the sample rate.

    Args:
        sample_rate: Samples a second.
        block_size: Samples that the model makes together.

    Returns:
        float64 ((block_size - 1) // 2,), in Hz; empty for blocks of one or two.

    Raises:
        ValueError: If the block size is not positive.
    """
    if block_size < 1:
        raise ValueError(
            f"Expected `block_size` to be positive. Received: block_size={block_size}"
        )
    return np.arange(1, (block_size + 1) // 2) * sample_rate / block_size


def tone_prominences(
    audio: np.ndarray, sample_rate: int, block_size: int
) -> np.ndarray:
    """Measures how far the tones of a block model stand out, in dB.

    Where each place in a block keeps a mean of its own, the waveform holds constant
    tones at the multiples of sample_rate / block_size. The measure is the energy
    there over the median energy within 250 Hz, in the mean power spectrum (Welch).

    Args:
        audio: Waveform (samples,).
        sample_rate: Samples a second.
        block_size: Samples that the model makes together.

    Returns:
        float64, one value for each of `tone_frequencies`, a few dB either way for
        speech; nan for digital silence.
    """
    frequencies = tone_frequencies(sample_rate, block_size)
    # A whole number of blocks, so that each tone falls into the middle of a bin.
    window = -(-_MIN_WINDOW // block_size) * block_size
    audio = np.asarray(audio, "float64")
    audio = np.pad(audio, (0, max(0, window - len(audio))))
    _, power = scipy.signal.welch(audio, sample_rate, "hann", window)
    reach = max(_LEAKAGE + 1, round(_NEIGHBOURHOOD * window / sample_rate))
    prominences = np.full(len(frequencies), np.nan)
    for number, frequency in enumerate(frequencies):
        place = round(frequency * window / sample_rate)
        below = power[max(0, place - reach) : place - _LEAKAGE]
        above = power[place + _LEAKAGE + 1 : place + reach + 1]
        floor = np.median(np.concatenate([below, above]))
        if floor > 0 and power[place] > 0:
            prominences[number] = 10 * np.log10(power[place] / floor)
    return prominences


def judge(block_size: int) -> Judge:
    """Makes the judge of tones.

    Args:
        block_size: Samples that the model makes together.
    """

    def measure(clip: Clip) -> Values:
        frequencies = tone_frequencies(clip.sample_rate, block_size)
        values = tone_prominences(clip.audio, clip.sample_rate, block_size)
        return {
            f"tone_{frequency:.0f}": float(value)
            for frequency, value in zip(frequencies, values, strict=True)
        }

    return Judge("tones", measure, (_TONES,), settings=f"{block_size}")


_TONES = Measure(
    *("tones_db", "tones, dB", "+.1f", "lower"),
    "at multiples of the block rate, over their neighbourhood",
    over_clips=EACH,
    values=("tone_",),
)
