"""The harmonic source: what the vocal folds would do at a given pitch."""

import math

import numpy as np
from keras import ops

LOWEST = 20.0  # Hz: a pitch below is counted as this one where harmonics are counted


def harmonic_source(pitch, hop_length: int, sample_rate: int, phase=0.0):
    """Pulse train, sine and cosine at a pitch, for as many samples as its frames have.

    Between the centres of frames the pitch is interpolated linearly. Beside an unvoiced
    frame it stays what it is, and the source fades in and out from centre to centre.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where there is none.
        hop_length: Samples a frame.
        sample_rate: Samples a second.
        phase: Of the fundamental before the first sample, in cycles, `(batch,)` or a
            number.

    Returns:
        `(batch, frames * hop_length, 3)`, float32: a train of band-limited pulses with
        all harmonics up to 0.95 of half the sample rate, and sine and cosine of the
        fundamental; each of mean square 1 where it is voiced.

    Reference:
        The pulse train is the closed form of a sum of cosines (Dirichlet's kernel);
        Winham and Steiglitz, Input generators for digital sound synthesis, 1970.
    """
    start = frame_phase(pitch, hop_length, sample_rate, phase)
    voicing = interpolate(ops.cast(pitch > 0, "float32"), hop_length)
    return _source(neighbouring_pitch(pitch), voicing, start, hop_length, sample_rate)


def harmonic_source_onward(pitch, turned, hop_length: int, sample_rate: int):
    """The harmonic source of a piece of a clip, which goes on where the last one ended.

    Args:
        pitch: `(batch, frames + 2)` in Hz, that of the frames before and after the
            piece around its own. Beyond the clip's ends it stays what it is there.
        turned: `(batch,)` int32, the fundamental's phase before the piece, in units of
            2^-32 cycles.
        hop_length: Samples a frame.
        sample_rate: Samples a second.

    Returns:
        What `harmonic_source` of the clip gives for the piece, and the phase after it,
        as `turned`.
    """
    neighbours = neighbouring_pitch(pitch)[:, 1:-1]
    turns = _turns(neighbours, hop_length, sample_rate)
    total = ops.cast(ops.cumsum(turns, axis=1), "int32")
    start = ops.cast(total - turns + turned[:, None], "float32") * 2.0**-32
    voicing = interpolate(ops.cast(pitch > 0, "float32"), hop_length)
    voicing = voicing[:, hop_length:-hop_length]
    found = _source(neighbours, voicing, start, hop_length, sample_rate)
    return found, turned + total[:, -1]


def _source(neighbours, voicing, start, hop_length, sample_rate):
    """The source of frames whose neighbours, voicing and first phase are known."""
    _, cumulative = _weights(hop_length)
    within = _shared(neighbours, cumulative / sample_rate)
    cycles = _wrapped(ops.expand_dims(start, -1) + within)
    frequency = _interpolated(neighbours, hop_length)
    shape = (ops.shape(neighbours)[0], -1)
    cycles, frequency = ops.reshape(cycles, shape), ops.reshape(frequency, shape)
    angle = 2.0 * math.pi * cycles
    root = math.sqrt(2.0)
    parts = [
        pulse_train(cycles, frequency, sample_rate),
        root * ops.sin(angle),
        root * ops.cos(angle),
    ]
    return ops.stack(parts, axis=-1) * ops.expand_dims(voicing, -1)


def pulse_train(cycles, frequency, sample_rate: int):
    """Sum of the cosines of all harmonics up to 0.95 of half the rate, mean square 1.

    The fundamental is always there, however high.

    Args:
        cycles: Phase of the fundamental in cycles, within +-0.5.
        frequency: Of the fundamental in Hz, of the same shape.
        sample_rate: Samples a second.

    Returns:
        The pulses, of the same shape.
    """
    count = ops.floor(0.475 * sample_rate / ops.maximum(frequency, LOWEST))
    count = ops.maximum(count, 1.0)
    odd = 2.0 * count + 1.0
    below = ops.sin(math.pi * cycles)
    near = ops.abs(below) < 1e-5
    ratio = ops.sin(math.pi * odd * cycles) / ops.where(near, 1.0, below)
    kernel = ops.where(near, odd, ratio)
    return (kernel - 1.0) * 0.5 / ops.sqrt(0.5 * count)


def frame_phase(pitch, hop_length: int, sample_rate: int, phase=0.0):
    """Phase of the fundamental before the first sample of each frame.

    The sum over all frames before is one of 32-bit integers in units of 2^-32 cycles,
    which wrap as phases do, and each frame's share is split into parts that float32
    holds exactly. So the error does not grow as the sum does: it stays below 1e-9
    cycles a frame.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where there is none.
        hop_length: Samples a frame.
        sample_rate: Samples a second.
        phase: Before the first frame, in cycles, `(batch,)` or a number.

    Returns:
        `(batch, frames)` in cycles, within +-0.5.
    """
    turns = _turns(neighbouring_pitch(pitch), hop_length, sample_rate)
    # What it was before the frame: the sum of the earlier ones.
    earlier = ops.pad(turns, [[0, 0], [1, 0]])[:, :-1]
    total = ops.cast(ops.cumsum(earlier, axis=1), "int32")
    start = ops.cast(total, "float32") * 2.0**-32
    phase = ops.convert_to_tensor(phase, dtype="float32")
    return _wrapped(start + (ops.expand_dims(phase, -1) if ops.ndim(phase) else phase))


def _turns(neighbours, hop_length, sample_rate):
    """What the phase gains in each frame, in units of 2^-32 cycles, int32."""
    weights, _ = _weights(hop_length)
    own = neighbours[..., 1]
    bend = neighbours[..., 0] - 2.0 * own + neighbours[..., 2]
    # Cycles in a frame: own * hop / rate + bend * weights[0] / rate.
    turns = _fixed_point(own, hop_length / sample_rate)
    return turns + _fixed_point(bend, weights[0] / sample_rate)


def piece_phase(pitch, phases, hop_length: int, sample_rate: int):
    """Phase with which a piece of a clip begins, to go on where the clip is.

    The piece's first frame lacks its neighbour and may be another than the clip's; all
    that follow are the same.

    Args:
        pitch: `(batch, frames)` in Hz, of the piece.
        phases: `(batch, frames)`, what `frame_phase` of the whole clip gives there.
        hop_length: Samples a frame.
        sample_rate: Samples a second.

    Returns:
        `(batch,)` in cycles, the `phase` of `harmonic_source`.
    """
    alone = frame_phase(pitch, hop_length, sample_rate)
    return ops.convert_to_tensor(phases)[:, -1] - alone[:, -1]


def _fixed_point(values, factor):
    """`values * factor` modulo 1, in units of 2^-32, as wrapping 32-bit integers."""
    coarse_factor = float(np.ldexp(np.round(np.ldexp(factor, 18)), -18))
    coarse = ops.round(values * 4.0) * 0.25
    products = [
        coarse * coarse_factor,  # exact: up to 14 and 10 bits
        coarse * (factor - coarse_factor),
        (values - coarse) * factor,
    ]
    return sum(
        ops.cast((part - ops.floor(part + 0.5)) * 2.0**32, "int32") for part in products
    )


def neighbouring_pitch(pitch):
    """Each frame's pitch between that of its neighbours, without steps to 0 Hz.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where there is none.

    Returns:
        `(batch, frames, 3)`: the pitch before, at and after the frame. An unvoiced
        frame has that of its voiced neighbours, a neighbour without any, or beyond the
        clip, that of the frame.
    """
    before = ops.pad(pitch, [[0, 0], [1, 0]])[:, :-1]
    after = ops.pad(pitch, [[0, 0], [0, 1]])[:, 1:]
    both = ops.logical_and(before > 0, after > 0)
    nearby = ops.where(both, 0.5 * (before + after), ops.maximum(before, after))
    own = ops.where(pitch > 0, pitch, nearby)
    before = ops.where(before > 0, before, own)
    after = ops.where(after > 0, after, own)
    return ops.stack([before, own, after], axis=-1)


def interpolate(frames, hop_length: int):
    """Interpolates linearly between the centres of frames, held at both ends.

    Args:
        frames: `(batch, frames)`.
        hop_length: Samples a frame.

    Returns:
        `(batch, frames * hop_length)`.
    """
    before = ops.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    after = ops.concatenate([frames[:, 1:], frames[:, -1:]], axis=1)
    neighbours = ops.stack([before, frames, after], axis=-1)
    samples = _interpolated(neighbours, hop_length)
    return ops.reshape(samples, (ops.shape(frames)[0], -1))


def interpolate_pitch(pitch, hop_length: int):
    """The pitch of each sample as `harmonic_source` has it, 0 in unvoiced frames.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where there is none.
        hop_length: Samples a frame.

    Returns:
        `(batch, frames * hop_length)` in Hz.
    """
    samples = _interpolated(neighbouring_pitch(pitch), hop_length)
    voiced = ops.expand_dims(ops.cast(pitch > 0, "float32"), -1)
    return ops.reshape(samples * voiced, (ops.shape(pitch)[0], -1))


def _interpolated(neighbours, hop_length):
    """From `(batch, frames, 3)` to `(batch, frames, hop_length)`."""
    place = (np.arange(hop_length) + 0.5) / hop_length - 0.5
    before, after = np.maximum(0.0, -place), np.maximum(0.0, place)
    shares = np.stack([before, 1.0 - before - after, after])
    return _shared(neighbours, shares)


def _shared(neighbours, shares):
    """A product whose last digits do not depend on the number of frames.

    Args:
        neighbours: `(batch, frames, 3)`.
        shares: Numpy array `(3, samples)`.
    """
    shares = shares.astype("float32")
    parts = [ops.multiply(neighbours[..., i : i + 1], shares[i]) for i in range(3)]
    return parts[0] + parts[1] + parts[2]


def _weights(hop_length):
    """Shares of the pitch before, at and after in a frame's cycles, times the rate.

    Returns:
        The whole frame's `(3,)`, and those up to and with each sample
        `(3, hop_length)`.
    """
    place = (np.arange(hop_length) + 0.5) / hop_length - 0.5
    before, after = np.maximum(0.0, -place), np.maximum(0.0, place)
    cumulative = np.cumsum([before, 1.0 - before - after, after], axis=1)
    return cumulative[:, -1], cumulative


def _wrapped(cycles):
    """Takes whole cycles away, to within +-0.5."""
    return cycles - ops.floor(cycles + 0.5)
