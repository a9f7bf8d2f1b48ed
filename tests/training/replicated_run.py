"""Trains on one device, and then on two that share the batches.

python replicated_run.py FEATURES RUNS
"""

import sys
from pathlib import Path

import keras
import numpy as np

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet, losses, training
from keras_pwavenet.data import FeatureCache, RandomCrops
from keras_pwavenet.training.averaged_adam import AveragedAdam

features, runs = map(Path, sys.argv[1:])
cache = FeatureCache(features)
batch = RandomCrops.batch


def spoil(crops, epoch, step):
    """A NaN in the last clip of the second step: one device's, but all must skip."""
    inputs, audio = batch(crops, epoch, step)
    if crops.split == "train" and (epoch, step) == (0, 1):
        audio = audio.copy()
        audio[-1, 5] = np.nan
    return inputs, audio


def train(kind, name, steps=10):
    keras.utils.set_random_seed(0)
    shared = {
        "conditioning_channels": cache.mel.n_mels,
        "hop_length": cache.mel.hop_length,
        "residual_channels": 4,
        "upsample_channels": 4,
    }
    model = WaveNet(num_layers=2, num_cycles=1, skip_channels=4, mixtures=2, **shared)
    # An epsilon as large as gradients, so that their scale and clipping are seen.
    adam = AveragedAdam(0.1, epsilon=1.0, global_clipnorm=0.3, ema_momentum=0.9)
    if kind == "distiller":
        student = ParallelWaveNet(flow_layers=(2,), layers_per_cycle=2, **shared)
        # The STFT loss' gradient jumps where a magnitude passes the recording's: at its
        # default weight of 10, ten steps make a rounding error a thousand times larger.
        terms = {
            losses.DistillationKL(inner_samples=2): 1.0,
            losses.ContrastiveLoss(inner_samples=2): 0.3,
            "power": 1e-5,
            "stft": 0.3,
            "tone": 1.0,
        }
        model = Distiller(model, student, list(terms), list(terms.values()), seed=1)
        model.compile(adam)
    else:
        model.compile(adam, losses.MixtureLogisticNLL())
    RandomCrops.batch = spoil if kind == "distiller" else batch
    training.fit(
        model,
        cache,
        runs / f"{kind}-{name}",
        steps=steps,
        steps_per_epoch=2,
        batch_size=4,
        frames=10,
        checkpoint_minutes=0.0,
        verbose=0,
    )


if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    (cpu,) = tf.config.list_physical_devices("CPU")
    two = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(cpu, two)
for kind in ("teacher", "distiller"):
    train(kind, "one")
if keras.backend.backend() == "tensorflow":
    strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    tf.distribute.experimental_set_strategy(strategy)
    assert strategy.num_replicas_in_sync == 2
else:
    training.distribute()
    assert keras.distribution.distribution().num_model_replicas == 2
for kind in ("teacher", "distiller"):
    for steps in (5, 10):  # once from the middle of an epoch
        train(kind, "two", steps)
