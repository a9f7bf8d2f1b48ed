"""Trains a tiny model for six epochs; kills itself in the middle of one if told to.

python killed_run.py teacher|distiller FEATURES RUN [EPOCH BATCH]
"""

import json
import os
import signal
import sys

import keras

from keras_pwavenet import Distiller, ParallelWaveNet, WaveNet, losses, training
from keras_pwavenet.data import FeatureCache


class Kill(keras.callbacks.Callback):
    def __init__(self, epoch, batch):
        super().__init__()
        self.place = (int(epoch), int(batch))

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            os.kill(os.getpid(), signal.SIGKILL)


kind, features, run, *kill = sys.argv[1:]
keras.utils.set_random_seed(0)
cache = FeatureCache(features)
shared = {
    "conditioning_channels": cache.mel.n_mels,
    "hop_length": cache.mel.hop_length,
    "residual_channels": 8,
    "upsample_channels": 8,
}
model = WaveNet(num_layers=2, num_cycles=1, skip_channels=8, mixtures=2, **shared)
if kind == "distiller":
    student = ParallelWaveNet(flow_layers=(2, 2), layers_per_cycle=2, **shared)
    kl = losses.DistillationKL(inner_samples=2)
    model = Distiller(model, student, [kl, "stft"], [1.0, 10.0], seed=1)
    model.compile(training.optimizer())
else:
    model.compile(training.optimizer(), losses.MixtureLogisticNLL())
history = training.fit(
    model,
    cache,
    run,
    steps=18,
    steps_per_epoch=3,
    batch_size=2,
    frames=10,
    checkpoint_minutes=0.0,
    callbacks=[Kill(*kill)] if kill else [],
    verbose=0,
)
print(json.dumps(history.epoch))
