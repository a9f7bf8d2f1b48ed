"""Loss of the log-mel that an acoustic model tells."""

import keras
from keras import ops

from keras_pwavenet.losses.padded import PaddedLoss


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MelLoss(PaddedLoss):
    """Mean distance of log-mel bands.

    Args:
        **options: As in `PaddedLoss`.

    Call arguments:
        y_true: Log-mel `(batch, frames, bands)`.
        y_pred: Log-mel `(batch, frames, bands)`.
    """

    shapes = (("batch", "frames", "bands"), ("batch", "frames", "bands"))

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)
