"""Distillation: a student learns from a teacher, by losses of anyone's choice."""

from keras_pwavenet.distillation.distiller import Distiller

__all__ = ["Distiller"]
