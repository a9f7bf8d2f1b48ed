"""Loss of how long symbols are said to be."""

import keras
from keras import ops

from keras_pwavenet.losses.padded import PaddedLoss


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class DurationLoss(PaddedLoss):
    """Distance of durations, as logarithms of 1 + frames.

    Args:
        **options: As in `PaddedLoss`.

    Call arguments:
        y_true: Frames `(batch, symbols)`.
        y_pred: Logarithms of 1 + frames `(batch, symbols)`.
    """

    shapes = (("batch", "symbols"), ("batch", "symbols"))

    def call(self, y_true, y_pred):
        return ops.abs(ops.log1p(ops.cast(y_true, "float32")) - y_pred)
