"""Slaney's mel scale, and filters on it."""

import numpy as np


def mel_filters(
    sample_rate: int, n_fft: int, n_mels: int, fmin: float, fmax: float
) -> np.ndarray:
    """Triangular filters on Slaney's mel scale, each of area 1 over frequency.

    Args:
        sample_rate: Samples a second.
        n_fft: Length of the Fourier transform.
        n_mels: Number of bands.
        fmin: Lower edge of the lowest band, in Hz.
        fmax: Upper edge of the highest band, in Hz.

    Returns:
        float64 (n_fft // 2 + 1, n_mels).
    """
    edges = _mel_to_hz(np.linspace(_hz_to_mel(fmin), _hz_to_mel(fmax), n_mels + 2))
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    frequency = np.fft.rfftfreq(n_fft, 1 / sample_rate)[:, None]
    rising = (frequency - low) / (centre - low)
    falling = (high - frequency) / (high - centre)
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)


# Slaney's scale: 200/3 Hz a mel up to 1 kHz (mel 15), then 27 mels for a factor 6.4.
_HZ_PER_MEL = 200 / 3
_LOG_FROM_HZ = 1000.0
_LOG_FROM_MEL = _LOG_FROM_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: np.ndarray) -> np.ndarray:
    hz = np.asarray(hz, "float64")
    above = _LOG_FROM_MEL + np.log(np.maximum(hz, 1) / _LOG_FROM_HZ) / _LOG_STEP
    return np.where(hz < _LOG_FROM_HZ, hz / _HZ_PER_MEL, above)


def _mel_to_hz(mel: np.ndarray) -> np.ndarray:
    mel = np.asarray(mel, "float64")
    above = _LOG_FROM_HZ * np.exp((mel - _LOG_FROM_MEL) * _LOG_STEP)
    return np.where(mel < _LOG_FROM_MEL, mel * _HZ_PER_MEL, above)
