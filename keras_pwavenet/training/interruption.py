"""Ctrl-C and SIGTERM, which end a run without losing what it has learnt."""

import os
import signal
import sys
import threading

import keras

from keras_pwavenet.training.distribution import agree

_NOTED = b"\nEnding after this step. The same signal again ends at once.\n"


class Interruption(keras.callbacks.Callback):
    """Stops training after the step in which Ctrl-C or SIGTERM comes.

    It takes these signals between `with` and the end of its block; the second one of a
    kind has the effect that it had before. Ignored signals stay ignored, and outside of
    the main thread, where Python cannot take any, it does nothing. Of several
    processes, the signal to one ends all.

    Put it before `ResumableCheckpoint`, which then saves that step.

    Example:
        with Interruption() as interruption:
            model.fit(data, callbacks=[interruption, checkpoint])
        interruption.end("Saved.")
    """

    def __init__(self) -> None:
        super().__init__()
        self.signal: int | None = None
        self._before: dict = {}

    def __enter__(self):
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                handler = signal.getsignal(number)
                # None is a handler that Python did not set and could not set again.
                if handler not in (signal.SIG_IGN, None):
                    self._before[number] = handler
                    signal.signal(number, self._note)
        return self

    def __exit__(self, *error):
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def on_train_batch_end(self, batch, logs=None):
        self._stop_if_noted(batch)

    def on_epoch_end(self, epoch, logs=None):
        self._stop_if_noted()

    def end(self, message: str) -> None:
        """Ends the process if a signal came, with a line that says where it stands.

        Args:
            message: That line.

        Raises:
            KeyboardInterrupt: With the message, after Ctrl-C.
            SystemExit: With status 143, after SIGTERM; the message is printed.
        """
        if self.signal == signal.SIGINT:
            raise KeyboardInterrupt(message)
        if self.signal is not None:
            print(message, file=sys.stderr, flush=True)
            raise SystemExit(128 + self.signal)

    def _note(self, number, frame):
        self.signal = number
        signal.signal(number, self._before[number])
        os.write(2, _NOTED)  # `print` may be in use, and is not reentrant.

    def _stop_if_noted(self, batch: int | None = None) -> None:
        if agree(self.signal is not None, batch):
            self.signal = self.signal or signal.SIGTERM  # another process' signal
            self.model.stop_training = True
