"""Level of speech, and a filter against hum."""

import numpy as np
import scipy.signal

FRAME_SECONDS = 0.02
_MARGIN = 15.9  # dB below the active level where speech begins, as in ITU-T P.56
_ORDER = 4


def frame_powers(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Mean square of each 20 ms.

    Args:
        audio: Waveform (samples,) in [-1, 1].
        sample_rate: Samples a second.

    Returns:
        float32 (frames,); the last frame may be a short one.
    """
    length = max(1, round(FRAME_SECONDS * sample_rate))
    begins = np.arange(0, len(audio), length)
    sums = np.add.reduceat(np.square(audio, dtype="float64"), begins)
    lengths = np.minimum(length, len(audio) - begins)
    return (sums / lengths).astype("float32")


def active_level(powers: np.ndarray) -> float:
    """Level of speech while it lasts, pauses apart.

    The mean power of the frames that are active: those no more than 15.9 dB below
    this very level (the margin of ITU-T P.56, which follows an envelope instead of
    frames). Found from the mean of all frames on, leaving out more and more.

    Args:
        powers: Mean square of each frame, (frames,), as `frame_powers` gives it.

    Returns:
        dB, where a mean square of 1 is 0 dB; minus infinity for digital silence.
    """
    powers = np.asarray(powers, "float64")
    count = None
    while count != len(powers) and powers.any():
        count = len(powers)
        powers = powers[powers >= powers.mean() * 10 ** (-_MARGIN / 10)]
    return float(10 * np.log10(powers.mean())) if powers.any() else -np.inf


def high_pass(audio: np.ndarray, sample_rate: int, cutoff: float) -> np.ndarray:
    """Removes what lies below a frequency: hum, rumble and a constant.

    A Butterworth filter of fourth order, run forwards and backwards: no delay at any
    frequency, 6 dB down at the cutoff, 48 dB an octave below.

    Args:
        audio: Waveform (samples,).
        sample_rate: Samples a second.
        cutoff: Hz.

    Returns:
        float32 (samples,).

    Raises:
        ValueError: If the cutoff does not lie between 0 and half the sample rate.
    """
    if not 0 < cutoff < sample_rate / 2:
        raise ValueError(
            "Expected a high-pass between 0 and half the sample rate. Received: "
            f"cutoff={cutoff}, sample_rate={sample_rate}"
        )
    filters = scipy.signal.butter(_ORDER, cutoff, "high", fs=sample_rate, output="sos")
    # The edge is continued for the filter's memory, as far as the clip is long.
    edge = min(len(audio) - 1, round(sample_rate / cutoff))
    filtered = scipy.signal.sosfiltfilt(filters, audio, padlen=edge)
    return filtered.astype("float32")
