"""One way to train: restored, streamed, validated, logged, and bounded."""

import dataclasses
import functools
import hashlib
import json
import math
import operator
import os
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from keras_pwavenet import files
from keras_pwavenet.data import FeatureCache, RandomCrops
from keras_pwavenet.files import home_path
from keras_pwavenet.models.replicas import replica_count
from keras_pwavenet.training import distribution
from keras_pwavenet.training.checkpoint import ResumableCheckpoint
from keras_pwavenet.training.history import CSVHistory
from keras_pwavenet.training.interruption import Interruption
from keras_pwavenet.training.progress import Progress, beginning
from keras_pwavenet.training.skipped_steps import StopOnSkippedEpoch
from keras_pwavenet.training.tensorboard import TensorBoard
from keras_pwavenet.training.time_limit import TimeLimit

VALIDATION_BATCHES = 4
VALIDATE_EVERY = 5  # epochs
LOCK_FILE = ".lock"


def _alone(function: Callable) -> Callable:
    """Keeps other processes out of the run's folder, which is made.

    An error leaves no empty folder. Of several processes of one training, the first
    one stands for all.
    """

    @functools.wraps(function)
    def alone(model, cache, run, **options):
        if not distribution.is_chief():
            return function(model, cache, run, **options)
        run = home_path(run)
        new = not run.exists()
        run.mkdir(parents=True, exist_ok=True)
        path = run / LOCK_FILE
        try:
            with files.lock(path, f"a run's folder, {run},"):
                return function(model, cache, run, **options)
        finally:
            if new and list(run.iterdir()) == [path]:
                path.unlink()
                run.rmdir()

    return alone


@_alone
def fit(
    model: keras.Model,
    cache: FeatureCache,
    run: str | os.PathLike,
    *,
    steps: int = 1_000_000,
    minutes: float | None = None,
    steps_per_epoch: int = 100,
    batch_size: int = 4,
    frames: int = 48,
    seed: int = 0,
    checkpoint_minutes: float = 3.0,
    tensorboard: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: bool | int = True,
) -> keras.callbacks.History:
    """Trains a teacher or a distiller, going on from where the run stands.

    The same call again goes on from the last checkpoint, with the same batches, noise,
    optimiser state and averages as if it had never stopped. Learning rate, dtype and
    time may be changed between calls; what would make it another run is refused.

    The run's folder holds `checkpoint.weights.h5`, `history.csv` (a row an epoch) and,
    if wanted, `tensorboard/`. Every fifth epoch is validated, on a fixed set of crops
    and with the averaged weights. An epoch in which a call ends has the row of its
    steps so far, and is not validated, until another call has done the rest of it.

    Ctrl-C and SIGTERM end the call after the running step, which is saved; a second
    Ctrl-C ends it at once.

    After `distribute`, several processes call it alike; all must see the run's folder,
    and the first one writes. They end together, after every tenth step of an epoch.

    Args:
        model: A compiled `WaveNet`, `Distiller`, `PhonemeClassifier` or
            `PitchPredictor`, as `optimizer` gives averages. At the end it has the
            averaged weights; the checkpoint keeps both.
        cache: The prepared corpus.
        run: Folder of the run; made if missing.
        steps: Optimiser steps in all, earlier calls included.
        minutes: Stop after the step in which this time, from the call on, is used up.
        steps_per_epoch: Steps between two rows of the history.
        batch_size: Crops a step, on all devices together.
        frames: Length of a crop, in conditioning frames.
        seed: Which crops are drawn.
        checkpoint_minutes: Time after which the next step writes a checkpoint.
        tensorboard: Whether to log for TensorBoard, with audio and spectrograms.
        callbacks: More callbacks, called before the checkpoint is written.
        verbose: Whether to print what is trained on and with what, a line an epoch
            with the time left, and what was done; on a terminal, one that moves, too.

    Returns:
        What `keras.Model.fit` returns, for the epochs of this call.

    Raises:
        ValueError: If `steps` or `steps_per_epoch` is below 1, the features are not
            the model's, the run's checkpoint is damaged or of another run, the devices
            cannot share the batch evenly, or TensorFlow's replicas are to accumulate
            gradients, which Keras cannot.
        RuntimeError: If the loss becomes NaN or infinite.
        FloatingPointError: If weights do, or a distiller skips all steps of an epoch.
        BlockingIOError: If another process trains in the run's folder; says which.
        OSError: If the run cannot be written, as on a full disk.
        ImportError: If `tensorboard` is wanted and tensorboardX not installed.
        KeyboardInterrupt: After Ctrl-C, when the run is saved.
        SystemExit: After SIGTERM, when the run is saved.
    """
    limit = TimeLimit(minutes)
    if steps < 1 or steps_per_epoch < 1:
        raise ValueError(
            "Expected `steps` and `steps_per_epoch` of 1 or more. "
            f"Received: steps={steps}, steps_per_epoch={steps_per_epoch}"
        )
    _check_features(model, cache)
    if replica_count() > 1 and model.optimizer.gradient_accumulation_steps:
        raise ValueError(
            "Expected one replica where gradients are accumulated: Keras cannot do it "
            "on several of TensorFlow. "
            "Received: gradient_accumulation_steps="
            f"{model.optimizer.gradient_accumulation_steps}"
        )
    run = home_path(run)
    crops = {"batch_size": batch_size, "frames": frames, "seed": seed}
    crops = {name: operator.index(value) for name, value in crops.items()}
    checkpoint = ResumableCheckpoint(
        run / "checkpoint.weights.h5",
        checkpoint_minutes,
        settings={
            **crops,
            "steps_per_epoch": operator.index(steps_per_epoch),
            "corpus": _fingerprint(cache),
            "model": _plain_config(model.get_config()),
        },
    )
    done = checkpoint.restore(model)
    crops["speakers"] = model.num_speakers > 0
    crops["target"] = model.target
    validation = None
    if len(cache.indices("validation")):
        validation = RandomCrops(
            cache,
            "validation",
            steps=VALIDATION_BATCHES,
            fixed=True,
            **{**crops, "seed": 0},
        )
    run.mkdir(parents=True, exist_ok=True)
    chief = distribution.is_chief()
    epochs = math.ceil(steps / steps_per_epoch)
    validated = list(range(VALIDATE_EVERY, epochs + 1, VALIDATE_EVERY))
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

    def train(epoch: int, first: int, epochs: int) -> None:
        training = RandomCrops(
            cache,
            "train",
            steps=steps_per_epoch - first,
            epoch=epoch,
            first=first,
            **crops,
        )
        batches = distribution.batches(training)
        endless = not isinstance(batches, keras.utils.PyDataset)

        def begin(epoch: int, logs=None) -> None:
            training.epoch = epoch  # Batches that Keras read before count for nothing.

        model.fit(
            batches,
            initial_epoch=epoch,
            epochs=epochs,
            steps_per_epoch=len(training) if endless else None,
            validation_data=validation and distribution.batches(validation),
            validation_steps=VALIDATION_BATCHES if endless and validation else None,
            validation_freq=validated,
            shuffle=False,  # The crops are random; their order decides exact resume.
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
            train(epoch, first, epoch + 1)
            rest = history.epoch
            epoch += 1
        if not rest or not model.stop_training:
            if rest:
                # Keras has put the averages into the model.
                distribution.agree(False)  # All wait until the first one has written.
                checkpoint.restore(model)
            train(epoch, 0, epochs)
            history.epoch = rest + history.epoch
    interruption.end(
        f"Saved after step {checkpoint.steps}. Run the same command again to go on."
    )
    if progress:
        progress.end(run)
    return history


class _MidEpoch(keras.callbacks.Callback):
    """Ends training after the last step, and validates no epoch that is left early."""

    def __init__(self, steps: int, validated: list[int]) -> None:
        super().__init__()
        self.left = steps
        self.validated = validated

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.model.stop_training = True
        # `self.model` would make JAX put its state into the model at every step.
        if self._model.stop_training and batch + 1 < self.params["steps"]:
            self.validated.clear()


def _check_features(model: keras.Model, cache: FeatureCache) -> None:
    """Refuses a corpus of other features or speakers than the model's."""
    for name, mel in model.preprocessors.items():
        if mel is not None and mel.get_config() != cache.mel.get_config():
            raise ValueError(
                f"Expected features made with the model's own settings, {name}="
                f"{mel.get_config()}. Received: cache.mel={cache.mel.get_config()}"
            )
    for name, found in (
        ("hop_length", cache.mel.hop_length),
        ("conditioning_channels", cache.mel.n_mels),
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
    content = json.dumps([cache.mel.get_config(), clips])
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
