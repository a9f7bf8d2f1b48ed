"""Training bounded by wall-clock time."""

import math
import time

import keras

from keras_pwavenet.training.distribution import agree


class TimeLimit(keras.callbacks.Callback):
    """Stops training after the step in which the time is used up.

    Several processes ask each other at every tenth step whether one's time is.

    Put it before `ResumableCheckpoint`, which then saves that step.

    Args:
        minutes: Time from the making of this callback, so that what `fit` builds and
            compiles counts; 0 stops after one step, None never.

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
        self._started = time.monotonic()

    def seconds_left(self) -> float:
        """Seconds until the time is used up; infinite without a limit."""
        if self.minutes is None:
            return math.inf
        return max(0.0, 60 * self.minutes - self._elapsed())

    def part_used(self) -> float:
        """The part of the time that is used up, from 0 to 1; 0 without a limit."""
        if self.minutes is None:
            return 0.0
        return min(1.0, self._elapsed() / (60 * self.minutes)) if self.minutes else 1.0

    def on_train_batch_end(self, batch, logs=None):
        self._stop_if_used_up(batch)

    def on_epoch_end(self, epoch, logs=None):
        self._stop_if_used_up()

    def _stop_if_used_up(self, batch: int | None = None) -> None:
        if self.minutes is None:
            return
        if agree(self._elapsed() >= 60 * self.minutes, batch):
            self.model.stop_training = True

    def _elapsed(self) -> float:
        return time.monotonic() - self._started
