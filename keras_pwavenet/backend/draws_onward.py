"""Uniform numbers of a seed, drawn piece by piece."""

import copy
import functools
import numbers

import keras
import numpy as np
from keras import ops

from keras_pwavenet.factors import HIGHEST_SEED, check_seed

_HIGHEST_SEED = 2**63 - 1  # int64, as of served voices; JAX takes uint32


def check_draws(seed) -> None:
    """Refuses a seed that a student does not draw from.

    Raises:
        ValueError: If it is neither None, a `keras.random.SeedGenerator`, nor a whole
            number from 0 to 2**63 - 1, on JAX to 2**32 - 1.
    """
    if isinstance(seed, keras.random.SeedGenerator):
        return
    jax = keras.backend.backend() == "jax"
    check_seed(seed, HIGHEST_SEED if jax else _HIGHEST_SEED)


class UniformOnward:
    """The numbers of `keras.random.uniform((1, n), low, high, seed=seed)`, in pieces.

    They are the same for any n, since draws of one seed begin alike: of TensorFlow and
    JAX each number is a function of seed and position, and torch draws one after the
    other (on its CPU; elsewhere the numbers are as good but others).

    Args:
        seed: Integer, `keras.random.SeedGenerator`, or None for a new draw.
        low: Lower bound.
        high: Upper bound.
    """

    def __init__(self, seed, low: float, high: float):
        if seed is None:
            seed = keras.random.SeedGenerator()
        if isinstance(seed, numbers.Integral):
            self._seed = np.array([int(seed), 0], "int64")
        else:
            self._seed = ops.convert_to_numpy(seed.next()).astype("int64")
        self._low, self._high = low, high
        self._drawn = 0
        self._generator = None
        if keras.backend.backend() == "torch":
            import torch

            device = keras.ops.zeros(()).device
            self._generator = torch.Generator(device=device)
            self._generator.manual_seed(int(self._seed.sum()) % 2**32)

    def draw(self, count: int):
        """The next numbers.

        Args:
            count: How many, a multiple of 4.

        Returns:
            float32 tensor `(count,)`.
        """
        first, self._drawn = self._drawn, self._drawn + count
        if self._generator is not None:
            return self._from_torch(count)
        if keras.backend.backend() == "jax":
            return self._from_jax(first, count)
        return self._from_tensorflow(first, count)

    def copy(self) -> "UniformOnward":
        """Another one that goes on in the same way."""
        other = copy.copy(self)
        if self._generator is not None:
            other._generator = type(self._generator)(device=self._generator.device)
            other._generator.set_state(self._generator.get_state())
        return other

    def _from_torch(self, count):
        import torch

        generator = self._generator
        values = torch.rand(count, generator=generator, device=generator.device)
        return (self._high - self._low) * values + self._low

    def _from_jax(self, first, count):
        places = np.uint64(first) + np.arange(count, dtype="uint64")
        places = np.stack([places >> np.uint64(32), places & np.uint64(2**32 - 1)])
        bounds = np.array([self._low, self._high], "float32")
        seed = self._seed.astype("uint32")
        return _jax_uniform()(seed, places.astype("uint32"), bounds)

    def _from_tensorflow(self, first, count):
        import tensorflow as tf

        seed = np.mod(self._seed, tf.int32.max - 1).astype("int32")  # as Keras does
        key, counter = tf.raw_ops.StatelessRandomGetKeyCounter(seed=seed)
        counter = counter + tf.constant([first // 4, 0], "uint64")  # 4 numbers a step
        values = tf.raw_ops.StatelessRandomUniformV2(
            shape=(count,), key=key, counter=counter, alg=1, dtype=tf.float32
        )
        low = tf.constant(self._low, "float32")
        return values * (tf.constant(self._high, "float32") - low) + low


@functools.cache
def _jax_uniform():
    """`jax.random.uniform` at places of a draw; compiled as it is, for its digits."""
    import jax
    from jax.extend.random import threefry_2x32

    @jax.jit
    def uniform(seed, places, bounds):
        high_bits, low_bits = threefry_2x32((seed[0], seed[1]), places)
        bits = (high_bits ^ low_bits) >> 9 | 0x3F800000  # 23 digits between 1 and 2
        values = jax.lax.bitcast_convert_type(bits, "float32") - 1.0
        low, high = bounds
        return jax.lax.max(low, values * (high - low) + low)

    return uniform
