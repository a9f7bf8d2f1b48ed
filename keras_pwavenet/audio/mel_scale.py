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
    edges = _edges(n_mels, fmin, fmax)
    low, centre, high = edges[:-2], edges[1:-1], edges[2:]
    frequency = np.fft.rfftfreq(n_fft, 1 / sample_rate)[:, None]
    rising = (frequency - low) / (centre - low)
    falling = (high - frequency) / (high - centre)
    return np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low)


def check_mel(
    sample_rate: int,
    n_fft: int,
    hop_length: int,
    win_length: int,
    n_mels: int,
    fmin: float,
    fmax: float,
) -> None:
    """Refuses settings of a log-mel that make none.

    Args:
        sample_rate: Samples a second.
        n_fft: Length of the Fourier transform, in samples.
        hop_length: Samples a frame.
        win_length: Length of the window, in samples.
        n_mels: Number of bands.
        fmin: Lower edge of the lowest band, in Hz.
        fmax: Upper edge of the highest band, in Hz.

    Raises:
        ValueError: If they contradict each other, or a band lies between two
            frequencies of the transform, so that it hears nothing.
    """
    if min(sample_rate, hop_length, n_mels) < 1:
        raise ValueError(
            "Expected positive `sample_rate`, `hop_length` and `n_mels`. Received: "
            f"sample_rate={sample_rate}, hop_length={hop_length}, n_mels={n_mels}"
        )
    if not hop_length <= n_fft:
        raise ValueError(
            "Expected `n_fft` of at least `hop_length`. Received: "
            f"n_fft={n_fft}, hop_length={hop_length}"
        )
    if not 1 <= win_length <= n_fft:
        raise ValueError(
            "Expected `win_length` in [1, n_fft]. Received: "
            f"win_length={win_length}, n_fft={n_fft}"
        )
    if not 0 <= fmin < fmax <= sample_rate / 2:
        raise ValueError(
            "Expected 0 <= `fmin` < `fmax` <= sample_rate / 2. Received: "
            f"fmin={fmin}, fmax={fmax}, sample_rate={sample_rate}"
        )
    step = sample_rate / n_fft
    edges = _edges(min(n_mels, n_fft), fmin, fmax)  # of more some are empty, too
    inside = np.ceil(edges[2:] / step) - 1 > np.floor(edges[:-2] / step)
    if not inside.all():
        raise ValueError(
            f"Expected bands of one frequency of the transform or more, {step:g} Hz "
            "apart: fewer bands or a longer transform. "
            f"Received: n_mels={n_mels}, n_fft={n_fft}, with empty bands"
        )


def _edges(n_mels, fmin, fmax):
    """Of the bands, each of which goes from one to the next but one."""
    return _mel_to_hz(np.linspace(_hz_to_mel(fmin), _hz_to_mel(fmax), n_mels + 2))


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
