"""Parallel WaveNet as a Keras 3 model zoo."""

from keras_pwavenet import audio, callbacks, data, layers, logistic, losses, models
from keras_pwavenet.models import Distiller, ParallelWaveNet, WaveNet
from keras_pwavenet.version import __version__

__all__ = [
    "Distiller",
    "ParallelWaveNet",
    "WaveNet",
    "__version__",
    "audio",
    "callbacks",
    "data",
    "layers",
    "logistic",
    "losses",
    "models",
]
