"""Linear predictors from mel spectra: what a frame's envelope says of its samples."""

import numpy as np
from keras import ops


def mel_to_spectrum(log_mel, filters: np.ndarray, floor: float):
    """Power spectrum whose magnitudes a log-mel frame holds.

    The magnitudes come back to the linear frequency scale by the pseudo-inverse of the
    mel filters.

    Args:
        log_mel: `(..., bands)`, natural logarithms of mel magnitudes.
        filters: `(bins, bands)`, the mel filters over the bins from 0 to half the
            sample rate.
        floor: Smallest mel magnitude. Logarithms are clipped to what 16-bit audio can
            have, from this floor to a factor `1e9` above it.

    Returns:
        `(..., bins)`, over the power of the frame's loudest band, at least 1e-12; and
        the natural logarithm of that band's magnitude `(...)`. So squares stay far from
        the limits of float32, which both are.
    """
    lowest = np.log(floor)
    log_mel = ops.clip(ops.cast(log_mel, "float32"), lowest, lowest + np.log(1e9))
    loudest = ops.max(log_mel, axis=-1, keepdims=True)
    inverse = np.linalg.pinv(filters).astype("float32")
    magnitude = ops.matmul(ops.exp(log_mel - loudest), inverse)
    return ops.square(ops.maximum(magnitude, 1e-6)), ops.squeeze(loudest, -1)


def autocorrelation(
    spectrum,
    order: int,
    sample_rate: int,
    lag_window: float = 40.0,
    noise: float = 1e-5,
):
    """Autocorrelation of the signal that has a power spectrum.

    A Gaussian lag window widens every peak, and a little white noise keeps the sequence
    positive definite, so that its predictors are stable whatever the spectrum.

    Args:
        spectrum: `(..., bins)`, powers from 0 to half the sample rate.
        order: Largest lag, in samples.
        sample_rate: Samples a second.
        lag_window: Standard deviation of the window's Gaussian, in Hz.
        noise: Power of the white noise, as a fraction of the signal's.

    Returns:
        `(..., order + 1)`, float32, from lag 0 on, which is 1.

    Reference:
        Linear Prediction of Speech (Markel and Gray, 1976), chapter 6; the lag window
        and the white noise are those of ITU-T G.729, section 3.2.1.
    """
    bins = spectrum.shape[-1]
    cosines, _ = _transform(bins, order)
    correlation = _precise_product(spectrum, cosines * _shares(bins)[:, None])
    lags = 2.0 * np.pi * lag_window / sample_rate * np.arange(order + 1)
    window = np.exp(-0.5 * lags**2) / (1.0 + noise * (np.arange(order + 1) > 0))
    return ops.multiply(correlation / correlation[..., :1], window.astype("float32"))


def prediction_error(spectrum, taps):
    """Mean square of what a predictor leaves of a signal that has a power spectrum.

    The mean of the spectrum times |A|² over all frequencies: a sum of positive terms,
    exact to float32 where the recursion's own error is not.

    Args:
        spectrum: `(..., bins)`, powers from 0 to half the sample rate.
        taps: `(..., order)`.

    Returns:
        `(...)`, in the unit of the spectrum; without taps the signal's mean square.
    """
    bins, order = spectrum.shape[-1], taps.shape[-1]
    cosines, sines = (part[:, 1:].T for part in _transform(bins, order))
    real = 1.0 - ops.matmul(taps, cosines.astype("float32"))
    imaginary = ops.matmul(taps, sines.astype("float32"))
    whitened = spectrum * (ops.square(real) + ops.square(imaginary))
    shares = _shares(bins).astype("float32")
    return ops.sum(ops.multiply(whitened, shares), axis=-1)


def _transform(bins, order):
    """Cosines and sines of lags 0 to `order` at each bin, `(bins, order + 1)`."""
    angles = np.pi * np.outer(np.arange(bins), np.arange(order + 1)) / (bins - 1)
    return np.cos(angles), np.sin(angles)


def _shares(bins):
    """Shares in a mean over the whole circle: inner bins stand for two."""
    weights = np.full(bins, 2.0)
    weights[[0, -1]] = 1.0
    return weights / weights.sum()


def _precise_product(values, matrix):
    """`values @ matrix`, to a few units in the last place of the largest sums.

    What autocorrelations of a steep spectrum say of its valleys is in their last
    digits, which the sum of hundreds of rounded products spoils. So the leading 7 bits
    of both factors are multiplied apart, without rounding, on every backend.

    Args:
        values: `(..., n)`, none negative, for n up to 1024.
        matrix: Numpy array `(n, columns)`.

    Returns:
        `(..., columns)`, float32.
    """
    scale = np.abs(matrix).max()
    matrix = matrix / scale
    leading = np.round(matrix * 2.0**7) / 2.0**7
    largest = ops.max(values, axis=-1, keepdims=True)
    values = values / largest
    coarse = ops.round(values * 2.0**7) * 2.0**-7
    rest = ops.matmul(coarse, (matrix - leading).astype("float32"))
    rest = rest + ops.matmul(values - coarse, matrix.astype("float32"))
    total = ops.matmul(coarse, leading.astype("float32")) + rest
    return total * (largest * scale)


def schur_recursion(correlation):
    """Linear predictors of least mean square error, by Schur's recursion.

    It finds the reflection coefficients of Levinson and Durbin's recursion without the
    sums over taps in which that one loses float32's digits: where the sequence is
    nearly singular its own rounding stays as small as that of the sequence.
    Coefficients are kept within +-0.9999, so that every result is finite.

    Args:
        correlation: `(..., order + 1)`, autocorrelations from lag 0 on.

    Returns:
        The taps `(..., order)` of `x_t ~ sum_k taps[k - 1] x_(t-k)`, and the mean
        square error over that of the signal, `(...)` in (0, 1].

    Reference:
        A fixed point computation of partial correlation coefficients (Le Roux and
        Gueguen, 1977).
    """
    correlation = ops.convert_to_tensor(correlation, dtype="float32")
    forward, backward = correlation[..., 1:], correlation[..., :-1]
    none = ops.zeros_like(forward[..., :1])
    taps = ops.zeros_like(forward)
    reverse = ops.concatenate([none + 1.0, taps[..., 1:]], axis=-1)  # A backwards
    error = none + 1.0
    for _ in range(correlation.shape[-1] - 1):
        reflection = forward[..., :1] / ops.maximum(backward[..., :1], 1e-12)
        reflection = ops.clip(reflection, -0.9999, 0.9999)
        forward, backward = (
            forward - reflection * backward,
            backward - reflection * forward,
        )
        forward = ops.concatenate([forward[..., 1:], none], axis=-1)
        turned = reverse + reflection * taps
        taps = taps + reflection * reverse
        reverse = ops.concatenate([-reflection, turned[..., :-1]], axis=-1)
        error = ops.maximum(error * (1.0 - ops.square(reflection)), 1e-12)
    return taps, ops.squeeze(error, -1)


def expand_bandwidth(taps, decay: float):
    """Moves all poles of 1/A towards zero by a factor.

    Args:
        taps: `(..., order)`, of a predictor.
        decay: The factor, in (0, 1].

    Returns:
        `taps[k - 1] * decay**k`. The response of 1/A is that of the former taps times
        `decay**n`, so that it fades at least as fast.
    """
    powers = decay ** np.arange(1, taps.shape[-1] + 1)
    return ops.multiply(taps, powers.astype("float32"))


def bandwidth_decay(bandwidth: float, sample_rate: int) -> float:
    """The factor a sample by which a resonance of so many Hz fades."""
    return float(np.exp(-np.pi * bandwidth / sample_rate))
