"""Checkpoints from which a killed run goes on exactly."""

import os
import time
from pathlib import Path

import keras


class ResumableCheckpoint(keras.callbacks.Callback):
    """Saves the whole training state at the end of epochs, in one file.

    The file holds the weights, the states of random generators, and the optimiser
    with its step count and averaged weights. It is written beside and renamed, so
    that a kill at any moment leaves the last complete one. `keras.callbacks.
    BackupAndRestore` overwrites its two files in place and cannot promise that.

    Args:
        path: the file, ending in `.weights.h5`.
        minutes: least time between two saves; the end of training saves always.

    Example:
        checkpoint = ResumableCheckpoint("run/checkpoint.weights.h5")
        steps = checkpoint.restore(model)
        model.fit(data, initial_epoch=steps // len(data), callbacks=[checkpoint])
    """

    def __init__(self, path: str | os.PathLike, minutes: float = 3.0):
        super().__init__()
        if not str(path).endswith(".weights.h5"):
            raise ValueError(
                f"Expected `path` to end in '.weights.h5'. Received: path={path}"
            )
        self.path = Path(path)
        self.minutes = minutes
        self._saved_at = time.monotonic()

    def restore(self, model: keras.Model) -> int:
        """Loads the checkpoint into a compiled model, if there is one.

        Args:
            model: the model, compiled as it was when the checkpoint was written.

        Returns:
            The number of optimiser steps done; 0 if there is no checkpoint.
        """
        if not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        if not self.path.exists():
            return 0
        model.load_weights(self.path)
        return int(model.optimizer.iterations.numpy())

    def on_epoch_end(self, epoch, logs=None):
        due = time.monotonic() - self._saved_at >= 60 * self.minutes
        if due or self.model.stop_training or epoch + 1 == self.params["epochs"]:
            self._save()

    def _save(self):
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_name("partial-" + self.path.name)
        self.model.save_weights(partial)
        os.replace(partial, self.path)
        self._saved_at = time.monotonic()
