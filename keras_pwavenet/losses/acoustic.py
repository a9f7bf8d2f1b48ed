"""Losses of an acoustic model: durations, pitch contour, mel."""

import keras
from keras import ops

_REDUCTION = "mean_with_sample_weight"  # weights of 0 take padding out of the mean


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class DurationLoss(keras.losses.Loss):
    """Distance of durations, as logarithms of 1 + frames.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Frames `(batch, symbols)`.
        y_pred: Logarithms of 1 + frames `(batch, symbols)`.
    """

    def __init__(self, reduction=_REDUCTION, name="duration", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")

    def call(self, y_true, y_pred):
        return ops.abs(ops.log1p(ops.cast(y_true, "float32")) - y_pred)


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ContourLoss(keras.losses.Loss):
    """Distance of log-F0 where it is voiced, and cross-entropy of voicing in nats.

    Args:
        voicing: Weight of the cross-entropy.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Pitch `(batch, frames)` in Hz, 0 where unvoiced.
        y_pred: Log-F0 and the logit of voicing, `(batch, frames, 2)`.
    """

    def __init__(
        self, voicing: float = 0.1, reduction=_REDUCTION, name="contour", dtype=None
    ):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")
        self.voicing = voicing

    def call(self, y_true, y_pred):
        voiced = ops.cast(y_true > 0, "float32")
        distance = ops.abs(ops.log(ops.maximum(y_true, 1.0)) - y_pred[..., 0])
        logit = y_pred[..., 1]
        entropy = ops.softplus(logit) - voiced * logit
        return voiced * distance + self.voicing * entropy

    def get_config(self):
        return {**super().get_config(), "voicing": self.voicing}


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class MelLoss(keras.losses.Loss):
    """Mean distance of log-mel bands.

    Args:
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Log-mel `(batch, frames, bands)`.
        y_pred: Log-mel `(batch, frames, bands)`.
    """

    def __init__(self, reduction=_REDUCTION, name="mel", dtype=None):
        super().__init__(name=name, reduction=reduction, dtype=dtype or "float32")

    def call(self, y_true, y_pred):
        return ops.mean(ops.abs(y_true - y_pred), axis=-1)
