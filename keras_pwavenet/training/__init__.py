"""Long training runs: one way to fit, checkpoints, time limits, TensorBoard."""

from keras_pwavenet.training.checkpoint import ResumableCheckpoint
from keras_pwavenet.training.fit import fit
from keras_pwavenet.training.history import CSVHistory
from keras_pwavenet.training.optimizer import optimizer
from keras_pwavenet.training.tensorboard import TensorBoard
from keras_pwavenet.training.time_limit import TimeLimit

__all__ = [
    "CSVHistory",
    "ResumableCheckpoint",
    "TensorBoard",
    "TimeLimit",
    "fit",
    "optimizer",
]
