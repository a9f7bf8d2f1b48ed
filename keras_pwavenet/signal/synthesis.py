"""Synthesis filters: all-pole filters that change from frame to frame.

Fourier transforms are products with constant matrices, which every backend and every
export runs, and which at these lengths cost less than the network.
"""

import functools

import numpy as np
from keras import ops

from keras_pwavenet.signal.past import put_before


def impulse_response(taps, length: int, transform_length: int):
    """The first samples of the impulse response of 1/A.

    It is the inverse Fourier transform of 1/A at `transform_length` frequencies: what
    rings on beyond them is folded back, and so must have faded by then (see
    `expand_bandwidth`).

    Args:
        taps: `(..., order)`, of a stable predictor; A is 1 minus their transform.
        length: Samples of the response.
        transform_length: Frequencies around the unit circle, at least `length`.

    Returns:
        `(..., length)`. The first sample is exactly 1.
    """
    order = taps.shape[-1]
    cosines, sines = _dft(transform_length)
    real = 1.0 - ops.matmul(taps, cosines[1 : order + 1])
    imaginary = ops.matmul(taps, sines[1 : order + 1])
    power = ops.square(real) + ops.square(imaginary)
    inverse_real, inverse_imaginary = _inverse_dft(transform_length)
    rest = ops.matmul(real / power, inverse_real[:, 1:length]) + ops.matmul(
        -imaginary / power, inverse_imaginary[:, 1:length]
    )
    return ops.concatenate([ops.ones_like(taps[..., :1]), rest], axis=-1)


def synthesize(excitation, response, hop_length: int, past=None):
    """Convolves each frame of an excitation with its own response, and adds them up.

    Args:
        excitation: `(batch, frames * hop_length)`.
        response: `(batch, frames, length)`, with a length of whole frames.
        hop_length: Samples a frame.
        past: The `Past` of a sequence that comes piece by piece, or None.

    Returns:
        `(batch, frames * hop_length)`: at t, the sum over s <= t of
        `response[frame of s, t - s] * excitation[s]`; a response beyond its length
        is 0.
    """
    # Frames of the response one by one, so that transforms are two frames long.
    transform_length = 2 * hop_length
    cosines, sines = _dft(transform_length)
    cosines, sines = cosines[:hop_length], sines[:hop_length]
    frames = ops.reshape(excitation, (ops.shape(excitation)[0], -1, hop_length))
    real = ops.matmul(frames, cosines)
    imaginary = ops.matmul(frames, sines)  # minus the imaginary part, as below
    total_real = total_imaginary = 0.0
    for late in range(response.shape[-1] // hop_length):
        part = response[..., late * hop_length : (late + 1) * hop_length]
        part_real, part_imaginary = ops.matmul(part, cosines), ops.matmul(part, sines)
        product_real = real * part_real - imaginary * part_imaginary
        product_imaginary = real * part_imaginary + imaginary * part_real
        total_real = total_real + _delayed(product_real, late, past)
        total_imaginary = total_imaginary + _delayed(product_imaginary, late, past)
    inverse_real, inverse_imaginary = _inverse_dft(transform_length)
    pieces = ops.matmul(total_real, inverse_real)
    pieces = pieces - ops.matmul(total_imaginary, inverse_imaginary)
    total = pieces[..., :hop_length] + _delayed(pieces[..., hop_length:], 1, past)
    return ops.reshape(total, ops.shape(excitation))


def _delayed(values, late, past):
    """`(batch, frames, channels)`, so many frames later."""
    if not late:
        return values
    return put_before(values, late, past)[:, :-late]


@functools.cache
def _dft(length):
    """Cosines and sines of the bins from 0 to half the rate, `(length, bins)`."""
    places = np.outer(np.arange(length), np.arange(length // 2 + 1)) % length
    angles = 2.0 * np.pi / length * places
    return np.cos(angles).astype("float32"), np.sin(angles).astype("float32")


@functools.cache
def _inverse_dft(length):
    """What real and imaginary parts of those bins add to a real signal."""
    weights = np.full(length // 2 + 1, 2.0 / length)
    weights[0] = 1.0 / length
    if length % 2 == 0:
        weights[-1] = 1.0 / length
    places = np.outer(np.arange(length // 2 + 1), np.arange(length)) % length
    angles = 2.0 * np.pi / length * places
    return (
        (weights[:, None] * np.cos(angles)).astype("float32"),
        (-weights[:, None] * np.sin(angles)).astype("float32"),
    )
