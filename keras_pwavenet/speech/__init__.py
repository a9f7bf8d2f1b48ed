"""Text in, speech out."""

from keras_pwavenet.lazy import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {"LightTextToSpeech": "light", "TextToSpeech": "full", "speak": "light"},
)
