"""Presets: models that are saved, shared and shipped as a folder of plain files."""

from keras_pwavenet.lazy import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "PresetMixin": "mixin",
        "builtin_presets": "registry",
        "preset_class": "mixin",
        "resolve": "sources",
    },
)
