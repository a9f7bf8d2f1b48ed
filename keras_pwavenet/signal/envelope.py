"""Linear predictors from mel spectra: what a frame's envelope says of its samples."""

import numpy as np
from keras import ops


def mel_to_autocorrelation(
    log_mel,
    filters: np.ndarray,
    order: int,
    sample_rate: int,
    floor: float,
    lag_window: float = 40.0,
    noise: float = 1e-5,
):
    """Autocorrelation of the signal whose spectral envelope a log-mel frame holds.

    The magnitudes come back to the linear frequency scale by the pseudo-inverse of the
    mel filters; their squares are a power spectrum, whose inverse Fourier transform is
    the autocorrelation. A Gaussian lag window widens every peak, and a little white
    noise keeps the sequence positive definite, so that its predictors are stable
    whatever the mel.

    Args:
        log_mel: `(..., bands)`, natural logarithms of mel magnitudes.
        filters: `(bins, bands)`, the mel filters over the bins from 0 to half the
            sample rate.
        order: largest lag, in samples.
        sample_rate: samples a second.
        floor: smallest mel magnitude. Logarithms are clipped to what 16-bit audio can
            have, from this floor to a factor `1e9` above it.
        lag_window: standard deviation of the window's Gaussian, in Hz.
        noise: power of the white noise, as a fraction of the signal's.

    Returns:
        `power` `(...)`, the mean square of a frame of the Fourier transform, and the
        autocorrelation over it `(..., order + 1)`, from lag 0 (which is 1) on. Both
        float32.

    Reference:
        Linear Prediction of Speech (Markel and Gray, 1976), chapter 6; the lag window
        and the white noise are those of ITU-T G.729, section 3.2.1.
    """
    inverse, cosines = _autocorrelation_matrices(filters, order)
    lowest = np.log(floor)
    log_mel = ops.clip(ops.cast(log_mel, "float32"), lowest, lowest + np.log(1e9))
    # Over the frame's largest band, so that squares stay far from float32's limits.
    loudest = ops.max(log_mel, axis=-1, keepdims=True)
    magnitude = ops.matmul(ops.exp(log_mel - loudest), inverse)
    magnitude = ops.maximum(magnitude, 1e-6)
    correlation = _precise_product(ops.square(magnitude), cosines)
    zero = correlation[..., :1]
    power = ops.squeeze(ops.exp(2.0 * loudest) * zero, -1)
    lags = 2.0 * np.pi * lag_window / sample_rate * np.arange(order + 1)
    window = np.exp(-0.5 * lags**2) / (1.0 + noise * (np.arange(order + 1) > 0))
    return power, ops.multiply(correlation / zero, window.astype("float32"))


def _autocorrelation_matrices(filters, order):
    """From mel magnitudes to linear ones, and from powers to their autocorrelation."""
    bins = len(filters)
    weights = np.full(bins, 2.0)
    weights[[0, -1]] = 1.0  # all other bins stand for two of the whole transform
    angles = np.pi * np.outer(np.arange(bins), np.arange(order + 1)) / (bins - 1)
    cosines = np.cos(angles) * weights[:, None] / weights.sum()
    return np.linalg.pinv(filters).astype("float32"), cosines


def _precise_product(values, matrix):
    """`values @ matrix`, to a few units in the last place of the largest sums.

    What autocorrelations of a steep spectrum say of its valleys is in their last
    digits, which the sum of hundreds of rounded products spoils. So the leading 7 bits
    of both factors are multiplied apart, without rounding, on every backend.

    Args:
        values: `(..., n)`, none negative, for n up to 1024.
        matrix: numpy array `(n, columns)`.

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


def levinson_durbin(correlation):
    """Linear predictors of least mean square error, by Levinson's recursion.

    Reflection coefficients are kept within +-0.9999 and the error above 1e-12, so that
    results are finite where rounding spoils a sequence that is nearly singular.

    Args:
        correlation: `(..., order + 1)`, autocorrelations from lag 0 on.

    Returns:
        The taps `(..., order)` of `x_t ~ sum_k taps[k - 1] x_(t-k)`, and the mean
        square error over that of the signal, `(...)` in (0, 1].

    Reference:
        Linear Prediction of Speech (Markel and Gray, 1976), section 3.3.
    """
    correlation = ops.convert_to_tensor(correlation, dtype="float32")
    correlation = correlation / correlation[..., :1]
    order = correlation.shape[-1] - 1
    error = ops.ones_like(correlation[..., :1])
    taps = None
    for step in range(order):
        wanted = correlation[..., step + 1 : step + 2]
        if step:
            earlier = ops.flip(correlation[..., 1 : step + 1], -1)
            wanted = wanted - ops.sum(taps * earlier, axis=-1, keepdims=True)
        reflection = ops.clip(wanted / error, -0.9999, 0.9999)
        if step:
            taps = taps - reflection * ops.flip(taps, -1)
            taps = ops.concatenate([taps, reflection], axis=-1)
        else:
            taps = reflection
        error = ops.maximum(error * (1.0 - ops.square(reflection)), 1e-12)
    return taps, ops.squeeze(error, -1)


def expand_bandwidth(taps, decay: float):
    """Moves all poles of 1/A towards zero by a factor.

    Args:
        taps: `(..., order)`, of a predictor.
        decay: the factor, in (0, 1].

    Returns:
        `taps[k - 1] * decay**k`. The response of 1/A is that of the former taps times
        `decay**n`, so that it fades at least as fast.
    """
    powers = decay ** np.arange(1, taps.shape[-1] + 1)
    return ops.multiply(taps, powers.astype("float32"))


def bandwidth_decay(bandwidth: float, sample_rate: int) -> float:
    """The factor a sample by which a resonance of so many Hz fades."""
    return float(np.exp(-np.pi * bandwidth / sample_rate))
