"""The end of a run that no longer learns."""

import keras


class StopOnSkippedEpoch(keras.callbacks.Callback):
    """Ends training after an epoch in which every step was skipped.

    A `Distiller` skips steps whose loss or gradients are not finite. Put it before
    `ResumableCheckpoint`, so that the last good checkpoint stays.

    Args:
        steps: Steps of a whole epoch, also where only the rest of one is trained.

    Raises:
        FloatingPointError: At the end of the epoch.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps

    def on_epoch_end(self, epoch, logs=None):
        if (logs or {}).get("skipped_steps", 0) >= self.steps:
            raise FloatingPointError(
                f"Each of the {self.steps} steps of epoch {epoch + 1} was skipped, as "
                "its loss or gradients were NaN or infinite. Begin again with a lower "
                "learning rate, or look at the data. Received: "
                f"skipped_steps={self.steps}"
            )
