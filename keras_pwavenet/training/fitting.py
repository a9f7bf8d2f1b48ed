"""Training on random crops: teachers, distillers, classifiers, pitch predictors."""

import functools
import operator
import os
from collections.abc import Sequence

import keras

from keras_pwavenet.data import FeatureCache, RandomCrops
from keras_pwavenet.data.bounds import check_crops
from keras_pwavenet.models.replicas import replica_count
from keras_pwavenet.training.run import train

VALIDATION_BATCHES = 4


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
    """Trains on random crops, going on from where the run stands.

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
        ValueError: If `steps` or `steps_per_epoch` is below 1, crops have more than 48
            frames and than any clip, a batch has more than 2^24 samples, the features
            are not the model's, the run's checkpoint is damaged or of another run, the
            devices cannot share the batch evenly, or TensorFlow's replicas are to
            accumulate gradients, which Keras cannot.
        RuntimeError: If the loss becomes NaN or infinite.
        FloatingPointError: If weights do, or a distiller skips all steps of an epoch.
        FileExistsError: If the run's folder holds something that is no run.
        BlockingIOError: If another process trains in the run's folder; says which.
        OSError: If the run cannot be written, as on a full disk.
        ImportError: If `tensorboard` is wanted and tensorboardX not installed.
        KeyboardInterrupt: After Ctrl-C, when the run is saved.
        SystemExit: After SIGTERM, when the run is saved.
    """
    if steps_per_epoch < 1:
        raise ValueError(
            "Expected `steps_per_epoch` of 1 or more. "
            f"Received: steps_per_epoch={steps_per_epoch}"
        )
    if replica_count() > 1 and model.optimizer.gradient_accumulation_steps:
        raise ValueError(
            "Expected one replica where gradients are accumulated: Keras cannot do it "
            "on several of TensorFlow. "
            "Received: gradient_accumulation_steps="
            f"{model.optimizer.gradient_accumulation_steps}"
        )
    crops = {"batch_size": batch_size, "frames": frames, "seed": seed}
    crops = {name: operator.index(value) for name, value in crops.items()}
    steps_per_epoch = operator.index(steps_per_epoch)
    longest = max(clip.frames for clip in cache.clips)
    check_crops(crops["frames"], crops["batch_size"], cache.mel.hop_length, longest)
    settings = {**crops, "steps_per_epoch": steps_per_epoch}
    crops["speakers"] = model.num_speakers > 0
    crops["target"] = model.target
    validation = functools.partial(
        RandomCrops,
        cache,
        "validation",
        steps=VALIDATION_BATCHES,
        fixed=True,
        **{**crops, "seed": 0},
    )
    return train(
        model,
        cache,
        run,
        functools.partial(RandomCrops, cache, "train", steps=steps_per_epoch, **crops),
        validation if len(cache.indices("validation")) else None,
        steps=steps,
        minutes=minutes,
        settings=settings,
        checkpoint_minutes=checkpoint_minutes,
        tensorboard=tensorboard,
        callbacks=callbacks,
        verbose=verbose,
    )
