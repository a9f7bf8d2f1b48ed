"""Models: the teacher, the student and their distillation."""

from keras_pwavenet.models.distiller import Distiller
from keras_pwavenet.models.parallel_wavenet import ParallelWaveNet
from keras_pwavenet.models.wavenet import WaveNet

__all__ = ["Distiller", "ParallelWaveNet", "WaveNet"]
