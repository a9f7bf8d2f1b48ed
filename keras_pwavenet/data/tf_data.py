"""Batches as a tf.data.Dataset; the only file of this room that needs TensorFlow."""

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from keras_pwavenet.data.crops import RandomCrops

if TYPE_CHECKING:
    import numpy as np
    import tensorflow as tf


def as_tf_dataset(crops: RandomCrops) -> "tf.data.Dataset":
    """Turns random crops into a `tf.data.Dataset` that reads ahead.

    The first time through it gives epoch `crops.epoch`, each further time the next
    epoch (always the same one if `crops.fixed`), in order, as `fit` wants it.

    Args:
        crops: The batches wanted.

    Returns:
        The same batches, of known cardinality and, but for `batch`, known shape.
    """
    import tensorflow as tf

    passes = itertools.count(crops.epoch)

    def epoch() -> Iterator:
        number = crops.epoch if crops.fixed else next(passes)
        for step in range(crops.first, crops.steps):
            yield crops.batch(number, step)

    def spec(array: "np.ndarray") -> tf.TensorSpec:
        return tf.TensorSpec([None, *array.shape[1:]], array.dtype)

    signature = tf.nest.map_structure(spec, crops.batch(0, 0))
    batches = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    batches = batches.apply(tf.data.experimental.assert_cardinality(len(crops)))
    return batches.prefetch(tf.data.AUTOTUNE)
