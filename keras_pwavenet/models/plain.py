"""Numbers of numpy as those of Python, which are all that Keras takes."""

import functools
import inspect

import numpy as np


def plain_numbers(init):
    """Decorates a constructor, so that numpy's numbers do for its arguments."""

    @functools.wraps(init)
    def plain_init(self, *args, **kwargs):
        init(self, *map(_plain, args), **{k: _plain(v) for k, v in kwargs.items()})

    plain_init.__signature__ = inspect.signature(init)  # Keras looks at it
    return plain_init


def _plain(value):
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return value
