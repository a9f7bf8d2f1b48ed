"""Where harmonics lie in the bands of a mel spectrogram."""

import math

from keras import ops


def harmonic_comb(pitch, centres, orders=(1, 2)):
    """How near each band is to a harmonic of the pitch.

    The first order is a cosine with its tops at the harmonics and its bottoms between
    them; each further one is so many times as fine.

    Args:
        pitch: `(batch, frames)` in Hz, 0 where unvoiced.
        centres: The bands' centres in Hz, `(bands,)`.
        orders: Which orders.

    Returns:
        `(batch, frames, bands)` for each order, in [-1, 1], 0 where unvoiced, float32.
    """
    pitch = ops.expand_dims(ops.cast(pitch, "float32"), -1)
    voiced = ops.cast(pitch > 0, "float32")
    angle = 2 * math.pi * ops.cast(centres, "float32") / ops.maximum(pitch, 1.0)
    return [voiced * ops.cos(order * angle) for order in orders]
