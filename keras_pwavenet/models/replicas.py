"""What a replica under `tf.distribute` must know of the others.

Elsewhere, also with JAX's `keras.distribution`, a model sees the global batch, and
these functions do nothing.
"""

import keras
from keras import ops

from keras_pwavenet.backend.draws import draw


def replica_count() -> int:
    """Number of replicas that share the batch."""
    strategy = _strategy()
    return strategy.num_replicas_in_sync if strategy else 1


def unscaled(loss):
    """Undoes the division by the number of replicas in `keras.losses.Loss`."""
    return loss * replica_count() if replica_count() > 1 else loss


def mean_over_replicas(value):
    """Mean of a number over the replicas."""
    context = _context()
    return context.all_reduce("MEAN", value) if context else value


def sum_over_replicas(values):
    """Sums of a list of tensors over the replicas."""
    context = _context()
    return context.all_reduce("SUM", values) if context else values


def draw_rows(sample, shape, seed):
    """Draws for the global batch and gives the rows of this replica.

    All replicas draw with the same state, so that the noise is that of one device.

    Args:
        sample: Function of a shape and a seed, such as `sample_logistic`.
        shape: Shape of this replica's rows; all replicas have as many.
        seed: A `keras.random.SeedGenerator`.

    Returns:
        What `sample` gives for these rows.
    """
    context = _context()
    if context is None:
        return draw(sample, shape, seed)
    rows, *others = shape
    drawn = sample((rows * replica_count(), *others), seed)
    start = rows * context.replica_id_in_sync_group
    return ops.slice(drawn, (start, *[0] * len(others)), shape)


def roll_rows(values):
    """Rolls the global batch: each row takes the values of the row before."""
    context = _context()
    if context is None:
        return ops.roll(values, 1, axis=0)
    rows = ops.shape(values)[0]
    start = rows * context.replica_id_in_sync_group
    # Gathered as a sum: the strategy of several machines fails in `all_gather`.
    everyone = ops.zeros((rows * replica_count(), *values.shape[1:]), values.dtype)
    indices = (start, *[0] * (values.ndim - 1))
    everyone = context.all_reduce("SUM", ops.slice_update(everyone, indices, values))
    rolled = ops.roll(everyone, 1, axis=0)
    return ops.slice(rolled, indices, ops.shape(values))


def _strategy():
    """The strategy of TensorFlow, if there are several replicas."""
    if keras.backend.backend() != "tensorflow":
        return None
    import tensorflow as tf

    strategy = tf.distribute.get_strategy()
    return strategy if strategy.num_replicas_in_sync > 1 else None


def _context():
    """The replica that is run; None outside of `tf.distribute.Strategy.run`."""
    if _strategy() is None:
        return None
    import tensorflow as tf

    return tf.distribute.get_replica_context()
