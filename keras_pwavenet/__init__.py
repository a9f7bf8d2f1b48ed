"""Parallel WaveNet as a Keras 3 model zoo."""

from keras_pwavenet import (
    audio,
    data,
    distillation,
    export,
    layers,
    logistic,
    losses,
    models,
    presets,
    signal,
    text,
    training,
)
from keras_pwavenet.distillation import Distiller
from keras_pwavenet.models import (
    ParallelWaveNet,
    PhonemeClassifier,
    PitchPredictor,
    WaveNet,
)
from keras_pwavenet.version import __version__

__all__ = [
    "Distiller",
    "ParallelWaveNet",
    "PhonemeClassifier",
    "PitchPredictor",
    "WaveNet",
    "__version__",
    "audio",
    "data",
    "distillation",
    "export",
    "layers",
    "logistic",
    "losses",
    "models",
    "presets",
    "signal",
    "text",
    "training",
]
