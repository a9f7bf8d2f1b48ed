"""Loss of predicted pitch and voicing."""

import keras
import numpy as np
from keras import ops

from keras_pwavenet.losses.checked import CheckedLoss, check_number

DEVIATION = 0.02  # of the target around the true log-F0, a third of a semitone


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class PitchLoss(CheckedLoss):
    """Cross-entropy of the bins of log-F0 and of voicing, in nats per frame.

    Where a frame is voiced, the bins are to have a Gaussian around its log-F0 with a
    standard deviation of 0.02.

    Args:
        lowest: The first bin's frequency in Hz.
        highest: The last bin's frequency in Hz.
        reduction: As in `keras.losses.Loss`.
        name: Name of the loss.
        dtype: As in `keras.losses.Loss`.

    Call arguments:
        y_true: Pitch `(batch, frames)` in Hz, 0 where unvoiced.
        y_pred: A `PitchPredictor`'s logits `(batch, frames, bins + 1)`.

    Raises:
        ValueError: If the frequencies are no numbers of 1 Hz or more, the lowest first.
    """

    shapes = (("batch", "frames"), ("batch", "frames", "bins"))

    def __init__(
        self,
        lowest: float = 50.0,
        highest: float = 600.0,
        reduction="sum_over_batch_size",
        name="pitch",
        dtype=None,
    ):
        super().__init__(reduction, name, dtype)
        check_number("lowest", lowest, low=1)
        check_number("highest", highest, low=lowest)
        self.lowest = lowest
        self.highest = highest

    def call(self, y_true, y_pred):
        bins = y_pred.shape[-1] - 1
        centres = np.linspace(np.log(self.lowest), np.log(self.highest), bins)
        log_pitch = ops.log(ops.maximum(y_true, self.lowest))
        distance = ops.subtract(
            ops.expand_dims(log_pitch, -1), centres.astype("float32")
        )
        wanted = ops.softmax(-0.5 * ops.square(distance / DEVIATION), axis=-1)
        found = ops.log_softmax(y_pred[..., :bins], axis=-1)
        voiced = ops.cast(y_true > 0, "float32")
        logit = y_pred[..., bins]
        voicing = ops.softplus(logit) - voiced * logit
        return voicing - voiced * ops.sum(wanted * found, axis=-1)

    def get_config(self):
        return {
            **super().get_config(),
            "lowest": self.lowest,
            "highest": self.highest,
        }
