"""Long training runs: one way to fit, checkpoints, several devices, TensorBoard."""

from keras_pwavenet.presets.places import check_places
from keras_pwavenet.training.acoustic import compile_acoustic, fit_acoustic
from keras_pwavenet.training.averaged_adam import optimizer
from keras_pwavenet.training.checkpoint import ResumableCheckpoint
from keras_pwavenet.training.distribution import chief_path, distribute
from keras_pwavenet.training.fitting import fit
from keras_pwavenet.training.history import CSVHistory
from keras_pwavenet.training.interruption import Interruption
from keras_pwavenet.training.mel_refiner import MelRefiner
from keras_pwavenet.training.new_models import new_student, new_teacher
from keras_pwavenet.training.pitch import pitch_predictor
from keras_pwavenet.training.saving import save
from keras_pwavenet.training.skipped_steps import StopOnSkippedEpoch
from keras_pwavenet.training.tensorboard import TensorBoard
from keras_pwavenet.training.time_limit import TimeLimit

__all__ = [
    "CSVHistory",
    "Interruption",
    "MelRefiner",
    "ResumableCheckpoint",
    "StopOnSkippedEpoch",
    "TensorBoard",
    "TimeLimit",
    "check_places",
    "chief_path",
    "compile_acoustic",
    "distribute",
    "fit",
    "fit_acoustic",
    "new_student",
    "new_teacher",
    "optimizer",
    "pitch_predictor",
    "save",
]
