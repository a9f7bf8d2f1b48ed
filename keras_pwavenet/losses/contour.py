"""Loss of the pitch contour that an acoustic model tells."""

import keras
from keras import ops

from keras_pwavenet.losses.checked import check_number
from keras_pwavenet.losses.padded import PaddedLoss


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class ContourLoss(PaddedLoss):
    """Distance of log-F0 where it is voiced, and cross-entropy of voicing in nats.

    Args:
        voicing: Weight of the cross-entropy.
        **options: As in `PaddedLoss`.

    Call arguments:
        y_true: Pitch `(batch, frames)` in Hz, 0 where unvoiced.
        y_pred: Log-F0 and the logit of voicing, `(batch, frames, 2)`.
    """

    shapes = (("batch", "frames"), ("batch", "frames", "2"))

    def __init__(self, voicing: float = 0.1, **options):
        super().__init__(**options)
        check_number("voicing", voicing, low=0)
        self.voicing = voicing

    def call(self, y_true, y_pred):
        voiced = ops.cast(y_true > 0, "float32")
        distance = ops.abs(ops.log(ops.maximum(y_true, 1.0)) - y_pred[..., 0])
        logit = y_pred[..., 1]
        entropy = ops.softplus(logit) - voiced * logit
        return voiced * distance + self.voicing * entropy

    def get_config(self):
        return {**super().get_config(), "voicing": self.voicing}
