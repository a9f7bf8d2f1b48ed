"""Presets: models that are saved, shared and shipped as a folder of plain files."""

from keras_pwavenet.presets.mixin import PresetMixin, preset_class
from keras_pwavenet.presets.registry import builtin_presets
from keras_pwavenet.presets.sources import resolve
