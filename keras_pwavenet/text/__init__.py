"""Text: words and phones."""

from keras_pwavenet.text.phones import PHONES, words

__all__ = ["PHONES", "words"]
