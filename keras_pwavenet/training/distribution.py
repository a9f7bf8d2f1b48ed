"""Training on several devices and machines.

The batch size is always that of all devices together. TensorFlow's strategies and
JAX's data parallelism split it; weights, noise, loss and metrics are those that one
device would have, but for rounding.
"""

import contextlib
import itertools
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np

from keras_pwavenet.data.numbered_batches import NumberedBatches
from keras_pwavenet.files import home_path
from keras_pwavenet.models.replicas import replica_count

_ASK_EVERY = 10  # steps


def distribute() -> None:
    """Uses all devices that the backend sees, and all machines that it is told of.

    Call it before anything else is made, once. On TensorFlow, `TF_CONFIG` in the
    environment makes this process a worker of a `MultiWorkerMirroredStrategy`; several
    GPUs make a `MirroredStrategy`. On JAX, `KERAS_DISTRIBUTION_JOB_ADDRESSES` makes
    it a process of `keras.distribution.initialize`; several devices make a
    `keras.distribution.DataParallel`. Otherwise, and on torch, it does nothing.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        if _tasks():
            tf.distribute.experimental_set_strategy(_workers())
        elif len(tf.config.list_physical_devices("GPU")) > 1:
            tf.distribute.experimental_set_strategy(tf.distribute.MirroredStrategy())
    elif backend == "jax":
        if os.environ.get("KERAS_DISTRIBUTION_JOB_ADDRESSES"):
            keras.distribution.initialize()
        if len(keras.distribution.list_devices()) > 1:
            # Each process is given its own rows.
            keras.distribution.set_distribution(
                keras.distribution.DataParallel(auto_shard_dataset=False)
            )


def is_chief() -> bool:
    """Whether this process is the one that writes files; so is a single one."""
    return process()[0] == 0


def process() -> tuple[int, int]:
    """Number of this process, and how many there are."""
    backend = keras.backend.backend()
    if backend == "jax":
        import jax

        return jax.process_index(), jax.process_count()
    tasks = _tasks() if backend == "tensorflow" else []
    if not tasks:
        return 0, 1
    task = json.loads(os.environ["TF_CONFIG"])["task"]
    return tasks.index((task["type"], int(task["index"]))), len(tasks)


@contextlib.contextmanager
def chief_path(path: str | os.PathLike) -> Iterator[Path]:
    """Where this process is to write: all save, since TensorFlow's workers must.

    Args:
        path: Where the first process is to write.

    Yields:
        The path; in the other processes one of that name which is thrown away.
    """
    path = home_path(path)
    if is_chief():
        yield path
        return
    with tempfile.TemporaryDirectory() as directory:
        yield Path(directory, path.name)


def agree(decision: bool, batch: int | None = None) -> bool:
    """Whether any process decides so; every process must call it.

    Args:
        decision: What this process decides.
        batch: Number of the batch after which it is asked, in the middle of an epoch.
            Several processes then ask each other after every tenth only; after the
            others the answer is no.

    Returns:
        The same in every process.
    """
    if process()[1] == 1:
        return bool(decision)
    if batch is not None and (batch + 1) % _ASK_EVERY:
        return False
    if keras.backend.backend() == "jax":
        from jax.experimental import multihost_utils

        return bool(np.any(multihost_utils.process_allgather(np.asarray(decision))))
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    mine = tf.constant(float(decision))
    votes = strategy.experimental_distribute_values_from_function(lambda _: mine)
    return bool(strategy.reduce("SUM", votes) > 0)


def batches(data: NumberedBatches):
    """What `fit` of this process takes as data.

    Args:
        data: Batches of all devices together.

    Returns:
        The data, or this process' rows of it, or the same batches as a dataset of
        TensorFlow without end: a distributed one, whose replicas would count metrics in
        a step beyond its end, or one of lengths that vary, since Keras takes those that
        the first two batches share for those of all.

    Raises:
        ValueError: If the devices cannot share the batch evenly.
    """
    number, processes = process()
    devices = replica_count()
    if keras.backend.backend() == "jax" and keras.distribution.distribution():
        devices = len(keras.distribution.list_devices())
    if data.batch_size % devices:
        raise ValueError(
            f"Expected `batch_size` to be a multiple of the {devices} devices. "
            f"Received: batch_size={data.batch_size}"
        )
    if keras.backend.backend() == "tensorflow" and (devices > 1 or data.varying):
        return _as_dataset(data)
    return data if processes == 1 else _ProcessRows(data, number, processes)


class _ProcessRows(keras.utils.PyDataset):
    """The rows of each batch that one of several processes trains on."""

    def __init__(self, data: NumberedBatches, number: int, processes: int) -> None:
        super().__init__()
        self.data = data
        self.size = data.batch_size // processes
        self.begin = number * self.size

    def __len__(self):
        return len(self.data)

    def __getitem__(self, index):
        return _rows(self.data[index], self.begin, self.size)

    def on_epoch_begin(self):
        self.data.on_epoch_begin()

    def on_epoch_end(self):
        self.data.on_epoch_end()


def _rows(batch, begin: int, size: int):
    """Some rows of every array of a batch."""
    return keras.tree.map_structure(lambda x: x[begin : begin + size], batch)


def _as_dataset(data: NumberedBatches):
    """The batches, each replica's rows by themselves.

    They begin again each time that the dataset is read: Keras reads some to build the
    model first, which the data would count as an epoch. Each worker takes its rows
    here; left to TensorFlow's sharding, evaluations were now and then of other rows.
    """
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    replicas = strategy.num_replicas_in_sync
    size = data.batch_size // replicas

    def rows_of(context):
        here = replicas // context.num_input_pipelines
        begin = context.input_pipeline_id * here

        def generate():
            for epoch in itertools.count(data.epoch, not data.fixed):
                for step in range(data.first, data.steps):
                    batch = data.batch(epoch, step)
                    if replicas == 1:
                        yield batch
                        continue
                    for replica in range(begin, begin + here):
                        yield _rows(batch, replica * size, size)

        signature = keras.tree.map_structure(spec, next(generate()))
        dataset = tf.data.Dataset.from_generator(generate, output_signature=signature)
        return dataset.prefetch(tf.data.AUTOTUNE)

    def spec(array):
        shape = [None] * data.varying + list(array.shape[data.varying :])
        return tf.TensorSpec(shape[: array.ndim], array.dtype)

    return strategy.distribute_datasets_from_function(rows_of)


def _tasks() -> list[tuple[str, int]]:
    """Type and number of the tasks that `TF_CONFIG` names, the chief first."""
    cluster = json.loads(os.environ.get("TF_CONFIG") or "{}").get("cluster", {})
    return [
        (kind, number)
        for kind in ("chief", "worker")
        for number in range(len(cluster.get(kind, ())))
    ]


def _workers():
    """A `MultiWorkerMirroredStrategy` that `keras.Model.fit` can use.

    Keras 3 reduces whole batches, and numbers along their axis 0, which the strategy
    itself refuses.
    """
    import tensorflow as tf

    class Workers(tf.distribute.MultiWorkerMirroredStrategy):
        def reduce(self, reduce_op, value, axis=None):
            def one(value):
                rank = len(self.experimental_local_results(value)[0].shape)
                return super(Workers, self).reduce(
                    reduce_op, value, axis=axis if rank else None
                )

            return keras.tree.map_structure(one, value)

    return Workers()
