"""What differs by backend."""

from keras_pwavenet.backend.compiled import CompiledStep
from keras_pwavenet.backend.describe import describe_backend
from keras_pwavenet.backend.foreach import global_norm, move_averages

__all__ = ["CompiledStep", "describe_backend", "global_norm", "move_averages"]
