"""Change of sample rate."""

import numpy as np
import soxr

LOWEST_RATE, HIGHEST_RATE = 1000, 768_000  # Hz, of any recording


def resample(audio: np.ndarray, original_rate: int, target_rate: int) -> np.ndarray:
    """Resamples a waveform, band-limited.

    Args:
        audio: Waveform (samples,).
        original_rate: Samples a second it has.
        target_rate: Samples a second it shall have.

    Returns:
        float32 (round(samples * target_rate / original_rate),), at least one sample
        if there was one.

    Raises:
        ValueError: If a rate is not positive or the audio is not (samples,).
    """
    audio = np.asarray(audio, "float32")
    if audio.ndim != 1:
        raise ValueError(
            f"Expected `audio` (samples,). Received: audio.shape={audio.shape}"
        )
    if original_rate <= 0 or target_rate <= 0:
        raise ValueError(
            "Expected positive sample rates. Received: "
            f"original_rate={original_rate}, target_rate={target_rate}"
        )
    if original_rate == target_rate or not len(audio):
        return audio
    samples = max(1, round(len(audio) * target_rate / original_rate))
    resampled = soxr.resample(audio, original_rate, target_rate)[:samples]
    return np.pad(resampled, (0, samples - len(resampled)))
