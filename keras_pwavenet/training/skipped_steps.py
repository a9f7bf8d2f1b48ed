"""The end of a run that no longer learns."""

import keras


class StopOnSkippedEpoch(keras.callbacks.Callback):
    """Ends training after an epoch in which every step was skipped.

    A `Distiller` skips steps whose loss or gradients are not finite. Put it before
    `ResumableCheckpoint`, so that the last good checkpoint stays.

    Raises:
        FloatingPointError: At the end of the epoch.
    """

    def on_epoch_end(self, epoch, logs=None):
        steps = self.params["steps"]
        if (logs or {}).get("skipped_steps", 0) >= steps:
            raise FloatingPointError(
                f"Each of the {steps} steps of epoch {epoch + 1} was skipped, as its "
                "loss or gradients were NaN or infinite. Begin again with a lower "
                f"learning rate, or look at the data. Received: skipped_steps={steps}"
            )
