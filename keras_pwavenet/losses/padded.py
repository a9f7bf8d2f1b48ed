"""What losses on padded batches share."""

import keras


class PaddedLoss(keras.losses.Loss):
    """A loss whose mean leaves padding out, where the weights are 0, in float32.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.
    """

    def __init__(self, reduction="mean_with_sample_weight", name=None, dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")
