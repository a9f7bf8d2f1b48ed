"""One way to train: restored, streamed, validated, logged, and bounded."""

import dataclasses
import functools
import hashlib
import json
import math
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_pwavenet import files
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.data.numbered_batches import NumberedBatches
from keras_pwavenet.models.replicas import replica_count
from keras_pwavenet.presets.places import check_run_folder
from keras_pwavenet.training import distribution
from keras_pwavenet.training.checkpoint import ResumableCheckpoint
from keras_pwavenet.training.history import CSVHistory
from keras_pwavenet.training.interruption import Interruption
from keras_pwavenet.training.progress import Progress, beginning
from keras_pwavenet.training.skipped_steps import StopOnSkippedEpoch
from keras_pwavenet.training.tensorboard import TensorBoard
from keras_pwavenet.training.time_limit import TimeLimit

VALIDATE_EVERY = 5  # epochs
LOCK_FILE = ".lock"


def _alone(function: Callable) -> Callable:
    """Keeps other processes out of the run's folder, which is made.

    An error leaves no empty folder. Of several processes of one training, the first
    one stands for all.
    """

    @functools.wraps(function)
    def alone(model, cache, run, *arguments, **options):
        run = files.home_path(run)
        if not distribution.is_chief():
            return function(model, cache, run, *arguments, **options)
        check_run_folder(run)
        new = not run.exists()
        run.mkdir(parents=True, exist_ok=True)
        path = run / LOCK_FILE
        try:
            with files.lock(path, f"a run's folder, {run},"):
                return function(model, cache, run, *arguments, **options)
        finally:
            if new and list(run.iterdir()) == [path]:
                path.unlink()
                run.rmdir()

    return alone


@_alone
def train(
    model: keras.Model,
    cache: FeatureCache,
    run: str | os.PathLike,
    draw: Callable[..., NumberedBatches],
    validation: Callable[[], NumberedBatches] | None,
    *,
    steps: int,
    minutes: float | None,
    settings: dict[str, Any],
    checkpoint_minutes: float,
    tensorboard: bool,
    callbacks: Sequence[keras.callbacks.Callback],
    verbose: bool | int,
) -> keras.callbacks.History:
    """Trains a model on batches, going on from where the run stands.

    `fit` and `fit_acoustic` are this with batches of their own, and say what it does
    and raises.

    Args:
        model: The compiled model.
        cache: The corpus.
        run: Folder of the run.
        draw: Makes the batches, given `epoch` and `first`, all epochs of one length.
        validation: Makes those to validate on.
        steps: Optimiser steps in all.
        minutes: Stop after the step in which this time is used up.
        settings: What must stay as it was in the run, beside model and corpus.
        checkpoint_minutes: Time after which the next step writes a checkpoint.
        tensorboard: Whether to log for TensorBoard.
        callbacks: More callbacks.
        verbose: Whether to print.

    Returns:
        What `keras.Model.fit` returns, for the epochs of this call.
    """
    limit = TimeLimit(minutes)
    if steps < 1:
        raise ValueError(f"Expected `steps` of 1 or more. Received: steps={steps}")
    _check_features(model, cache)
    settings = {
        **settings,
        "corpus": _fingerprint(cache),
        "model": _plain_config(model.get_config()),
    }
    checkpoint = ResumableCheckpoint(
        run / "checkpoint.weights.h5", checkpoint_minutes, settings
    )
    done = checkpoint.restore(model)
    steps_per_epoch = draw().steps
    run.mkdir(parents=True, exist_ok=True)
    chief = distribution.is_chief()
    epochs = math.ceil(steps / steps_per_epoch)
    validated = _Validated()
    held_out = validation and validation()
    history = keras.callbacks.History()
    interruption = Interruption()
    watching: list[keras.callbacks.Callback] = [history]
    if tensorboard and chief:
        watching.append(TensorBoard(run / "tensorboard", cache))
    if model.optimizer.use_ema:
        watching.append(keras.callbacks.SwapEMAWeights())
    progress = Progress(steps, done, limit) if chief and verbose else None
    if progress:
        progress.say(beginning(model, cache, run, done))
        watching.append(progress)
    if chief:
        # What is trained no further keeps the row of its last epoch, whole or not.
        kept = (math.floor if done < steps else math.ceil)(done / steps_per_epoch)
        watching.append(CSVHistory(run / "history.csv", kept))
    callbacks = [
        keras.callbacks.TerminateOnNaN(raise_error=True),
        StopOnSkippedEpoch(steps_per_epoch),
        *callbacks,
        limit,
        interruption,
        _MidEpoch(steps - done, validated),
        *watching,
        checkpoint,
    ]

    def fit(epoch: int, first: int, epochs: int) -> None:
        training = draw(epoch=epoch, first=first)
        batches = distribution.batches(training)
        endless = not isinstance(batches, keras.utils.PyDataset)

        def begin(epoch: int, logs=None) -> None:
            training.epoch = epoch  # Batches that Keras read before count for nothing.

        model.fit(
            batches,
            initial_epoch=epoch,
            epochs=epochs,
            steps_per_epoch=len(training) if endless else None,
            validation_data=held_out and distribution.batches(held_out),
            validation_steps=len(held_out) if endless and held_out else None,
            validation_freq=validated,
            shuffle=False,  # The order of the batches decides exact resume.
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(on_epoch_begin=begin),
                *callbacks,
            ],
        )

    with interruption:
        epoch, first = divmod(done, steps_per_epoch) if done < steps else (epochs, 0)
        rest: list[int] = []
        if first:
            # Keras' epochs are of one length: the rest of one is trained by itself.
            if replica_count() == 1:
                # TensorFlow would make metrics in the first step, too late to go on.
                model._symbolic_build(data_batch=draw()[0])
            fit(epoch, first, epoch + 1)
            rest = history.epoch
            epoch += 1
        if not rest or not model.stop_training:
            if rest:
                # Keras has put the averages into the model.
                distribution.agree(False)  # All wait until the first one has written.
                checkpoint.restore(model)
            fit(epoch, 0, epochs)
            history.epoch = rest + history.epoch
    interruption.end(
        f"Saved after step {checkpoint.steps}. Run the same command again to go on."
    )
    if progress:
        progress.end(run)
    return history


class _Validated(list):  # Keras takes no other container
    """The epochs to validate: every fifth, until one is left early."""

    left = False

    def __contains__(self, epoch: int) -> bool:
        return not self.left and epoch % VALIDATE_EVERY == 0


class _MidEpoch(keras.callbacks.Callback):
    """Ends training after the last step, and validates no epoch that is left early."""

    def __init__(self, steps: int, validated: _Validated) -> None:
        super().__init__()
        self.left = steps
        self.validated = validated

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.model.stop_training = True
        # `self.model` would make JAX put its state into the model at every step.
        if self._model.stop_training and batch + 1 < self.params["steps"]:
            self.validated.left = True


def _check_features(model: keras.Model, cache: FeatureCache) -> None:
    """Refuses a corpus of other features or speakers than the model's."""
    for name, mel in model.preprocessors.items():
        if mel is not None and mel.get_config() != cache.preprocessor.get_config():
            raise ValueError(
                f"Expected features made with the model's own settings, {name}="
                f"{mel.get_config()}. Received: {cache.preprocessor.get_config()}"
            )
    for name, found in (
        ("hop_length", cache.mel.hop_length),
        ("conditioning_channels", cache.preprocessor.channels),
        ("num_speakers", len(cache.speakers) if model.num_speakers else 0),
    ):
        expected = getattr(model, name)
        if expected not in (None, found):
            raise ValueError(
                f"Expected a corpus of the model's {name}={expected}. "
                f"Received: {name}={found} of {cache.directory}"
            )


def _fingerprint(cache: FeatureCache) -> str:
    clips = [dataclasses.astuple(clip) for clip in cache.clips]
    content = json.dumps([cache.preprocessor.get_config(), clips])
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _plain_config(config: Any) -> Any:
    """What defines the function that is trained: no names, dtypes, or states."""
    ignored = ("name", "dtype", "module", "build_config", "compile_config")
    if isinstance(config, np.generic):
        return config.item()
    if isinstance(config, dict):
        return {k: _plain_config(v) for k, v in config.items() if k not in ignored}
    if isinstance(config, list | tuple):
        return [v.item() if isinstance(v, np.generic) else v for v in config]
    return config
