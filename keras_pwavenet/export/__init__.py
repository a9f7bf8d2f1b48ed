"""Export of students to other runtimes: TensorFlow Serving, LiteRT, ONNX."""

from keras_pwavenet.export.litert import export_litert
from keras_pwavenet.export.onnx import export_onnx
from keras_pwavenet.export.saved_model import export_saved_model

__all__ = ["export_litert", "export_onnx", "export_saved_model"]
