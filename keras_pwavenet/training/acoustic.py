"""Training an acoustic model, on whole sentences."""

import functools
import operator
import os
from collections.abc import Sequence

import keras

from keras_pwavenet import losses
from keras_pwavenet.data import FeatureCache, SentenceBatches, read_sentences
from keras_pwavenet.models import AcousticModel
from keras_pwavenet.training.mel_refiner import MelRefiner
from keras_pwavenet.training.run import train

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
    model: AcousticModel | MelRefiner,
    cache: FeatureCache,
    run: str | os.PathLike,
    *,
    steps: int = 20_000,
    minutes: float | None = None,
    frames: int = 1600,
    seed: int = 0,
    checkpoint_minutes: float = 3.0,
    tensorboard: bool = False,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    verbose: bool | int = True,
) -> keras.callbacks.History:
    """Trains an acoustic model, going on from where the run stands, as `fit` does.

    An epoch has each sentence once. Every fifth is validated, on all sentences of that
    split. The same call again is exact where the sentences are the same: if their
    durations were found anew, it goes on with these. It trains on one device.

    Args:
        model: An `AcousticModel` compiled by `compile_acoustic`, or a compiled
            `MelRefiner`. At the end it has the averaged weights; the checkpoint keeps
            both.
        cache: A corpus with pitch and sentences (`follow_pitch`, `segment_corpus`).
        run: Folder of the run; made if missing.
        steps: Optimiser steps in all, earlier calls included.
        minutes: Stop after the step in which this time, from the call on, is used up.
        frames: Frames of a batch, about.
        seed: Which batches are drawn.
        checkpoint_minutes: As in `fit`.
        tensorboard: Whether to log for TensorBoard.
        callbacks: As in `fit`.
        verbose: As in `fit`.

    Returns:
        What `keras.Model.fit` returns, for the epochs of this call.

    Raises:
        ValueError: If `steps` is below 1, the corpus has other features or speakers
            than the model, or lacks pitch or sentences, the checkpoint is damaged or
            of another run, or there are several devices.
        Exception: Else as `fit`.
    """
    settings = {"frames": operator.index(frames), "seed": operator.index(seed)}
    held_out = read_sentences(cache, "validation")
    draw = functools.partial(SentenceBatches, model, cache, **settings)
    return train(
        model,
        cache,
        run,
        functools.partial(draw, read_sentences(cache, "train")),
        functools.partial(draw, held_out, fixed=True) if held_out else None,
        steps=steps,
        minutes=minutes,
        settings=settings,
        checkpoint_minutes=checkpoint_minutes,
        tensorboard=tensorboard,
        callbacks=callbacks,
        verbose=verbose,
    )
