"""The logistic distribution and mixtures of logistics, as pure functions.

All functions work on float32 tensors of any backend and broadcast their arguments.
Waveforms lie in [-1, 1]; 16-bit audio takes the 65 536 levels i / 32 768 from -1 to
32 767 / 32 768, which are those of PCM files (`keras_pwavenet.audio.to_int16`).
Scales are passed as natural logarithms. Densities take those beyond -60 and 60 for
these.

Source: Parallel WaveNet (van den Oord et al., 2017), section 2.1 and 3;
PixelCNN++ (Salimans et al., 2017), section 2.1 for the discretised mixture.
"""

import numbers

import keras
from keras import ops

LEVELS = 65536
HALF_BIN = 1.0 / LEVELS
MARGIN = 1e-7  # of uniform numbers, from 0 and 1
# Log-scales beyond these count as these: there float32 would overflow.
LOWEST_LOG_SCALE, HIGHEST_LOG_SCALE = -60.0, 60.0


def quantize_16_bit(audio):
    """Rounds audio to the nearest of the 65 536 levels of 16-bit audio.

    Args:
        audio: Waveform in [-1, 1], any shape.

    Returns:
        The nearest levels, same shape, float32. The gradient is zero.
    """
    half_range = LEVELS / 2
    steps = ops.round(ops.cast(audio, "float32") * half_range)
    return ops.clip(steps, -half_range, half_range - 1.0) / half_range


def logistic_log_prob(x, loc, log_scale):
    """Log-density of a logistic distribution, in nats.

    Args:
        x: Values.
        loc: Location, the mean.
        log_scale: Log of the scale.

    Returns:
        The log-density at `x`, in the broadcast shape.
    """
    log_scale = _bounded(log_scale)
    z = (x - loc) * ops.exp(-log_scale)
    return ops.log_sigmoid(z) + ops.log_sigmoid(-z) - log_scale


def logistic_bin_log_prob(x, loc, log_scale):
    """Log-probability of the 16-bit level that holds `x`, in nats.

    The level's bin reaches `HALF_BIN` to both sides; the lowest and highest bins
    reach to infinity, so that the 65 536 levels sum to one. Computed as
    `log_sigmoid(a) + log_sigmoid(-b) + log(1 - exp(b - a))`, which is exact in the
    far tails, where the difference of two sigmoids underflows.

    Args:
        x: Values on the levels of `quantize_16_bit`.
        loc: Location.
        log_scale: Log of the scale.

    Returns:
        The log-probability, in the broadcast shape.
    """
    inverse_scale = ops.exp(-_bounded(log_scale))
    centred = x - loc
    from_above = ops.log_sigmoid((centred + HALF_BIN) * inverse_scale)
    from_below = ops.log_sigmoid((HALF_BIN - centred) * inverse_scale)
    width = ops.log(-ops.expm1(-2.0 * HALF_BIN * inverse_scale))
    inner = from_above + from_below + width
    log_prob = ops.where(x <= -1.0 + HALF_BIN, from_above, inner)
    return ops.where(x >= 1.0 - 3.0 * HALF_BIN, from_below, log_prob)


def logistic_entropy(log_scale):
    """Differential entropy of a logistic distribution: `log_scale + 2` nats."""
    return log_scale + 2.0


def logistic_quantile(probability, loc=0.0, log_scale=0.0):
    """The value below which a logistic distribution has mass `probability`.

    Args:
        probability: In the open interval (0, 1).
        loc: Location.
        log_scale: Log of the scale.

    Returns:
        `loc + exp(log_scale) * log(p / (1 - p))`.
    """
    logit = ops.log(probability) - ops.log1p(-probability)
    return loc + ops.exp(log_scale) * logit


def _bounded(log_scale):
    if isinstance(log_scale, int | float):  # TensorFlow's clip takes tensors only
        return min(max(log_scale, LOWEST_LOG_SCALE), HIGHEST_LOG_SCALE)
    return ops.clip(log_scale, LOWEST_LOG_SCALE, HIGHEST_LOG_SCALE)


def sample_logistic(shape, seed, dtype="float32"):
    """Draws from Logistic(0, 1) by the inverse of its distribution function.

    Args:
        shape: Shape of the draw.
        seed: Integer or `keras.random.SeedGenerator`.
        dtype: Floating type of the result.

    Returns:
        Tensor of `shape`. Values lie within 16 of zero, since uniform numbers
        are kept away from 0 and 1.
    """
    return logistic_quantile(sample_open_uniform(shape, seed, dtype))


def sample_open_uniform(shape, seed, dtype="float32"):
    """Draws uniform numbers kept away from 0 and 1, where the logit is infinite."""
    if isinstance(seed, numbers.Integral):
        seed = int(seed)  # Keras takes no integers of numpy.
    return keras.random.uniform(shape, MARGIN, 1.0 - MARGIN, dtype=dtype, seed=seed)


def split_mixture(parameters):
    """Splits a mixture's parameters along the last axis.

    Args:
        parameters: `(..., 3 * mixtures)`: weights' logits, locations, log-scales.

    Returns:
        Logits, locations and log-scales, each `(..., mixtures)`.

    Raises:
        ValueError: If the last axis is not a multiple of three.
    """
    if parameters.shape[-1] % 3:
        raise ValueError(
            "Expected the last axis of `parameters` to be 3 * mixtures. "
            f"Received: parameters.shape={tuple(parameters.shape)}"
        )
    return ops.split(parameters, 3, axis=-1)


def mixture_log_prob(x, logits, loc, log_scale):
    """Log-density of a mixture of logistics, in nats.

    Args:
        x: Values `(...)`.
        logits: Unnormalised log-weights `(..., mixtures)`.
        loc: Locations `(..., mixtures)`.
        log_scale: Log-scales `(..., mixtures)`.

    Returns:
        The log-density `(...)`.
    """
    components = logistic_log_prob(ops.expand_dims(x, -1), loc, log_scale)
    return ops.logsumexp(ops.log_softmax(logits, axis=-1) + components, axis=-1)


def mixture_bin_log_prob(x, logits, loc, log_scale):
    """Log-probability of the 16-bit level that holds `x` under a mixture, in nats.

    Args:
        x: Values `(...)`, on the levels of `quantize_16_bit`.
        logits: Unnormalised log-weights `(..., mixtures)`.
        loc: Locations `(..., mixtures)`.
        log_scale: Log-scales `(..., mixtures)`.

    Returns:
        The log-probability `(...)`: at most 0, and `-log(65536)` if uniform.
    """
    components = logistic_bin_log_prob(ops.expand_dims(x, -1), loc, log_scale)
    return ops.logsumexp(ops.log_softmax(logits, axis=-1) + components, axis=-1)


def mixture_sample(uniform_component, uniform_value, logits, loc, log_scale):
    """Maps two uniform numbers to a draw from a mixture of logistics.

    Args:
        uniform_component: `(...)` in (0, 1), picks the component.
        uniform_value: `(...)` in (0, 1), picks the value.
        logits: Unnormalised log-weights `(..., mixtures)`.
        loc: Locations `(..., mixtures)`.
        log_scale: Log-scales `(..., mixtures)`.

    Returns:
        Draws `(...)`, clipped to [-1, 1].
    """
    cumulative = ops.cumsum(ops.softmax(logits, axis=-1), axis=-1)
    below = ops.cast(cumulative < ops.expand_dims(uniform_component, -1), "int32")
    index = ops.minimum(ops.sum(below, axis=-1), logits.shape[-1] - 1)
    chosen = ops.one_hot(index, logits.shape[-1], dtype=loc.dtype)
    value = logistic_quantile(
        uniform_value,
        ops.sum(chosen * loc, axis=-1),
        ops.sum(chosen * log_scale, axis=-1),
    )
    return ops.clip(value, -1.0, 1.0)


def soft_floor(x, floor):
    """A lower bound whose gradient is never zero: `floor + softplus(x - floor)`.

    Args:
        x: Any tensor.
        floor: The bound, in the unit of `x`.

    Returns:
        Values above `floor`, close to `x` where `x` is well above it.
    """
    return floor + ops.softplus(x - floor)
