"""Training bounded by wall-clock time."""

import time

import keras

from keras_pwavenet.training.distribution import agree


class TimeLimit(keras.callbacks.Callback):
    """Stops training at the end of the epoch in which the time is used up.

    Of several processes, the first one's clock counts.

    Put it before `ResumableCheckpoint`, which then saves that epoch.

    Args:
        minutes: Time from the start of `fit`; 0 stops after one epoch, None never.

    Raises:
        ValueError: If the time is negative.
    """

    def __init__(self, minutes: float | None) -> None:
        super().__init__()
        if minutes is not None and not minutes >= 0:
            raise ValueError(
                f"Expected `minutes` of 0 or more, or None. Received: minutes={minutes}"
            )
        self.minutes = minutes

    def on_train_begin(self, logs=None):
        self._started = time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        elapsed = time.monotonic() - self._started
        if self.minutes is not None and agree(elapsed >= 60 * self.minutes):
            self.model.stop_training = True
