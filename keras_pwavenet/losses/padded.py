"""What losses on padded batches share."""

from keras_pwavenet.losses.checked import CheckedLoss


class PaddedLoss(CheckedLoss):
    """A loss whose mean leaves padding out, where the weights are 0, in float32.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.
    """

    def __init__(self, reduction="mean_with_sample_weight", name=None, dtype=None):
        super().__init__(reduction, name, dtype)
