"""Several channels to one."""

import numpy as np

_BLOCK_SECONDS = 0.05
_SILENCE = 1e-7  # of the loudest block's power


def mix_down(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """One channel: the mean, or the strongest one while the channels cancel out.

    Decided every 50 ms, with as long a cross-fade between two decisions. The mean of
    one channel and silent ones has its power over the square of their number; less
    than that is left only where channels cancel each other out.

    Args:
        audio: (samples, channels).
        sample_rate: Samples a second.

    Returns:
        (samples,), of the same type.
    """
    mean = audio.mean(axis=1)
    channels = audio.shape[1]
    if channels == 1:
        return mean
    length = max(1, round(_BLOCK_SECONDS * sample_rate))
    begins = np.arange(0, len(audio), length)

    def powers(waveform: np.ndarray) -> np.ndarray:
        return np.add.reduceat(np.square(waveform, dtype="float64"), begins)

    each = np.stack([powers(audio[:, one]) for one in range(channels)], axis=1)
    strongest = each.max(axis=1)
    cancelled = powers(mean) < 0.4 * strongest / channels**2
    cancelled &= strongest > _SILENCE * strongest.max()
    if not cancelled.any():
        return mean
    # The same one as long as it is strong: channels of opposite phase take turns.
    usual = each[cancelled].sum(axis=0).argmax()
    chosen = np.where(4 * each[:, usual] >= strongest, usual, each.argmax(axis=1))
    weights = np.eye(channels)[chosen]
    weights[~cancelled] = 1 / channels
    mixed = np.zeros(len(audio), audio.dtype)
    samples = np.arange(len(audio))
    for one in range(channels):
        weight = np.interp(samples, begins + (length - 1) / 2, weights[:, one])
        mixed += (weight * audio[:, one]).astype(audio.dtype)
    return mixed
