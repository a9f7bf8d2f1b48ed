"""Random numbers that a compiled step is given, because it cannot draw them."""

import contextlib
import contextvars

_SOURCE = contextvars.ContextVar("source", default=None)


def draw(sample, shape, seed):
    """Draws, or asks the source that is in use.

    Args:
        sample: Function of a shape and a seed, such as `sample_logistic`.
        shape: Shape of the draw.
        seed: Integer or `keras.random.SeedGenerator`.

    Returns:
        `sample(shape, seed)`, or what the source gives for the same arguments.
    """
    return (_SOURCE.get() or _sample)(sample, shape, seed)


@contextlib.contextmanager
def drawn_from(source):
    """Lets `source(sample, shape, seed)` give what `draw` returns in this context."""
    token = _SOURCE.set(source)
    try:
        yield
    finally:
        _SOURCE.reset(token)


def _sample(sample, shape, seed):
    return sample(shape, seed)
