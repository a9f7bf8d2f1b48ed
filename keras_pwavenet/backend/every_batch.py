"""Datasets of any kind, each batch of which is looked at before it is used."""

import copy
import sys
from collections.abc import Callable, Iterator
from typing import Any

import keras


def every_batch(dataset: Any, look: Callable[[Any], Any]) -> Any:
    """The same dataset, each batch of which a function sees, on the host.

    Args:
        dataset: A `keras.utils.PyDataset`, `tf.data.Dataset`, torch's `DataLoader` or
            an iterator. Anything else is given back as it is.
        look: Gets a batch and returns it, or raises. TensorFlow makes an error of its
            own of what is raised.

    Returns:
        A dataset of the kind that it was.
    """
    tf = sys.modules.get("tensorflow")
    if isinstance(dataset, keras.utils.PyDataset):
        return _Looked(dataset, look)
    if tf is not None and isinstance(dataset, tf.data.Dataset):
        return _mapped(dataset, look)
    if any(kind.__name__ == "DataLoader" for kind in type(dataset).__mro__):
        loader = copy.copy(dataset)
        loader.collate_fn = _Collate(dataset.collate_fn, look)
        return loader
    if isinstance(dataset, Iterator):
        return (look(batch) for batch in dataset)
    return dataset


class _Looked(keras.utils.PyDataset):
    def __init__(self, inner, look):
        super().__init__(
            workers=inner.workers,
            use_multiprocessing=inner.use_multiprocessing,
            max_queue_size=inner.max_queue_size,
        )
        self.inner, self.look = inner, look

    def __getitem__(self, index):
        return self.look(self.inner[index])

    @property
    def num_batches(self):
        return self.inner.num_batches

    def on_epoch_begin(self):
        self.inner.on_epoch_begin()

    def on_epoch_end(self):
        self.inner.on_epoch_end()


class _Collate:
    """A class, so that workers of their own process can be given it."""

    def __init__(self, inner, look):
        self.inner, self.look = inner, look

    def __call__(self, samples):
        return self.look(self.inner(samples))


def _mapped(dataset, look):
    import tensorflow as tf

    def looked(*batch):
        parts = batch if len(batch) > 1 else batch[0]
        flat = tf.nest.flatten(parts)

        def see(*arrays):
            look(tf.nest.pack_sequence_as(parts, list(arrays)))
            return arrays[:0]

        with tf.control_dependencies([tf.numpy_function(see, flat, [])]):
            return tf.nest.map_structure(tf.identity, parts)

    return dataset.map(looked)
