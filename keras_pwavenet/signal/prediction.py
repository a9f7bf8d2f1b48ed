"""Linear prediction of samples from earlier ones, frame by frame."""

from keras import ops


def linear_prediction(audio, taps):
    """Predicts every sample from the samples before it.

    Args:
        audio: `(batch, samples)`.
        taps: `(batch, frames, order)`, one predictor for each
            `samples / frames` samples, as of `schur_recursion`.

    Returns:
        `(batch, samples)`: at t, the sum over k of taps[k - 1] audio[t - k] with the
        taps of t's frame. There is silence before the first sample.
    """
    taps = ops.convert_to_tensor(taps)
    order = taps.shape[-1]
    padded = ops.pad(audio, [[0, 0], [order, 0]])
    frames = ops.shape(taps)[1]
    shape = (ops.shape(audio)[0], frames, -1)
    total = 0.0
    for lag in range(1, order + 1):
        earlier = ops.reshape(padded[:, order - lag : -lag], shape)
        total = total + taps[..., lag - 1 : lag] * earlier
    return ops.reshape(total, ops.shape(audio))


def period_before(signal, pitch, sample_rate: int, first: int = -2, last: int = 3):
    """What a signal was one pitch period ago, with its neighbours.

    Args:
        signal: `(batch, samples)`.
        pitch: `(batch, samples)` in Hz, 0 where there is none.
        sample_rate: Samples a second.
        first: Neighbours before.
        last: Neighbours after.

    Returns:
        `(batch, samples, last - first + 1)`: at t, the signal at t - T + first to
        t - T + last with the rounded period T of t, at least `last + 1` so that only
        samples before t are seen; 0 where the pitch is 0 or before the signal's start.
    """
    lag = period(pitch, sample_rate, last)
    voiced = ops.cast(lag > 0, signal.dtype)
    now = ops.arange(ops.shape(signal)[1], dtype="int32")[None]
    place = now - lag
    taps = []
    for offset in range(first, last + 1):
        index = place + offset
        known = voiced * ops.cast(index >= 0, signal.dtype)
        index = ops.clip(index, 0, now[:, -1:])  # unvoiced, it may lie ahead
        taken = ops.take_along_axis(signal, index, axis=1)
        taps.append(taken * known)
    return ops.stack(taps, axis=-1)


def period(pitch, sample_rate: int, last: int = 3):
    """The rounded period of a pitch.

    Args:
        pitch: In Hz, 0 where there is none.
        sample_rate: Samples a second.
        last: Samples after one period ago that must lie before now.

    Returns:
        int32 of the same shape, in samples: 0 where there is no pitch, else at least
        `last + 1`.
    """
    samples = ops.round(sample_rate / ops.maximum(pitch, 1.0))
    samples = ops.cast(ops.maximum(samples, last + 1.0), "int32")
    return ops.where(pitch > 0, samples, 0)


def asinh(x):
    """Inverse hyperbolic sine: linear near zero, logarithmic far away."""
    magnitude = ops.abs(x)
    return ops.sign(x) * ops.log(magnitude + ops.sqrt(ops.square(magnitude) + 1.0))
