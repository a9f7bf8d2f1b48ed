"""Training an acoustic model: restored, validated, logged, and bounded."""

import math
import os

import keras

from keras_pwavenet import files, losses
from keras_pwavenet.data import FeatureCache, SentenceBatches, read_sentences
from keras_pwavenet.files import home_path
from keras_pwavenet.models import AcousticModel
from keras_pwavenet.training.checkpoint import ResumableCheckpoint
from keras_pwavenet.training.fitting import LOCK_FILE
from keras_pwavenet.training.history import CSVHistory
from keras_pwavenet.training.interruption import Interruption
from keras_pwavenet.training.time_limit import TimeLimit

WEIGHTS = {"durations": 0.2, "pitch": 1.0, "mel": 2.0}


def compile_acoustic(model: AcousticModel, optimizer) -> None:
    """Compiles a model with the losses of its outputs.

    Args:
        model: The model.
        optimizer: As `keras_pwavenet.training.optimizer` gives it.
    """
    model.compile(
        optimizer,
        {
            "durations": losses.DurationLoss(),
            "pitch": losses.ContourLoss(),
            "mel": losses.MelLoss(),
        },
        loss_weights=WEIGHTS,
    )


def fit_acoustic(
    model: AcousticModel,
    cache: FeatureCache,
    run: str | os.PathLike,
    *,
    steps: int = 20_000,
    minutes: float | None = None,
    frames: int = 1600,
    seed: int = 0,
    checkpoint_minutes: float = 3.0,
    verbose: int = 2,
) -> keras.callbacks.History:
    """Trains an acoustic model, going on from where the run stands.

    The run's folder holds `checkpoint.weights.h5` and `history.csv`. Weights, optimiser
    and averages go on as they were; which batches come next is drawn anew.

    Args:
        model: A model compiled by `compile_acoustic`. At the end it has the averaged
            weights; the checkpoint keeps both.
        cache: A corpus with pitch and sentences (`follow_pitch`, `segment_corpus`).
        run: Folder of the run; made if missing.
        steps: Optimiser steps in all, earlier calls included.
        minutes: Stop after the step in which this time is used up.
        frames: Frames of a batch, about.
        seed: Which batches are drawn.
        checkpoint_minutes: Time after which the next step writes a checkpoint.
        verbose: As in `keras.Model.fit`.

    Returns:
        What `keras.Model.fit` returns, for the epochs of this call.

    Raises:
        ValueError: If `steps` is below 1, the corpus has other features or speakers
            than the model, or lacks pitch or sentences, or the checkpoint is damaged or
            of another run.
        RuntimeError: If the loss becomes NaN or infinite.
        BlockingIOError: If another process trains in the run's folder.
        OSError: If the run cannot be written, as on a full disk.
    """
    limit = TimeLimit(minutes)
    if steps < 1:
        raise ValueError(f"Expected `steps` of 1 or more. Received: steps={steps}")
    speakers = len(cache.speakers) if model.num_speakers else 0
    if cache.mel.get_config() != model.preprocessor.get_config() or (
        speakers != model.num_speakers
    ):
        raise ValueError(
            "Expected a corpus with the model's features and its "
            f"{model.num_speakers} speakers. Received: cache.mel={cache.mel}, "
            f"cache.speakers={cache.speakers}"
        )
    training, validation = (
        SentenceBatches(
            model,
            cache,
            read_sentences(cache, split),
            frames,
            shuffle=split == "train",
            seed=seed,
        )
        for split in ("train", "validation")
    )
    run = home_path(run)
    run.mkdir(parents=True, exist_ok=True)
    interruption = Interruption()
    with files.lock(run / LOCK_FILE, f"a run's folder, {run},"), interruption:
        checkpoint = ResumableCheckpoint(
            run / "checkpoint.weights.h5",
            checkpoint_minutes,
            settings={"model": _settings(model), "seed": seed},
        )
        done = checkpoint.restore(model)
        epoch = done // len(training)
        callbacks = [
            keras.callbacks.TerminateOnNaN(raise_error=True),
            limit,
            interruption,
            _LastStep(steps - done),
            *([keras.callbacks.SwapEMAWeights()] if model.optimizer.use_ema else []),
            CSVHistory(run / "history.csv", epoch),
            checkpoint,
        ]
        history = model.fit(
            training,
            initial_epoch=epoch,
            epochs=max(epoch, math.ceil(steps / len(training)) + 1),
            validation_data=validation if len(validation) else None,
            callbacks=callbacks,
            verbose=verbose,
        )
    interruption.end(f"Saved after step {checkpoint.steps}.")
    return history


class _LastStep(keras.callbacks.Callback):
    def __init__(self, steps: int) -> None:
        super().__init__()
        self.left = steps

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left <= 0:
            self.model.stop_training = True


def _settings(model):
    config = model.get_config()
    return {name: config[name] for name in config if name not in ("name", "dtype")}
