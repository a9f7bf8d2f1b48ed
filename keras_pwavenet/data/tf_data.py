"""Batches as a tf.data.Dataset; the only file of this room that needs TensorFlow."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import keras

if TYPE_CHECKING:
    import tensorflow as tf


def as_tf_dataset(dataset: keras.utils.PyDataset) -> "tf.data.Dataset":
    """Wraps a `PyDataset`, such as `RandomCrops`, as a `tf.data.Dataset`.

    Going through the result once is one epoch; each time after the first begins with
    `dataset.on_epoch_end()`. The next batches are read while one is in use.

    Args:
        dataset: A dataset of known length whose batches are nests of numpy arrays and
            differ at most in their lengths along the axes.

    Returns:
        The same batches in the same order, of known cardinality.

    Raises:
        ValueError: If the dataset is empty.
    """
    import tensorflow as tf

    if not dataset.num_batches:
        raise ValueError(
            "`dataset` must have a known length of at least one batch. Received: "
            f"num_batches={dataset.num_batches}"
        )
    signature = tf.nest.map_structure(
        lambda array: tf.TensorSpec([None] * array.ndim, array.dtype), dataset[0]
    )
    begun = False

    def epoch() -> Iterator:
        nonlocal begun
        if begun:
            dataset.on_epoch_end()
        begun = True
        for index in range(dataset.num_batches):
            yield dataset[index]

    batches = tf.data.Dataset.from_generator(epoch, output_signature=signature)
    batches = batches.apply(
        tf.data.experimental.assert_cardinality(dataset.num_batches)
    )
    return batches.prefetch(tf.data.AUTOTUNE)
