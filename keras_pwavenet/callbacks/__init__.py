"""Keras callbacks for long training runs."""

from keras_pwavenet.callbacks.checkpoint import ResumableCheckpoint
from keras_pwavenet.callbacks.time_limit import TimeLimit

__all__ = ["ResumableCheckpoint", "TimeLimit"]
