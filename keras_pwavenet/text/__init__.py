"""Text: words and phones, and what a text is said like."""

from keras_pwavenet.lazy import exports

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "LinguisticFeatures": "linguistic",
        "PHONES": "phones",
        "parse_phonemes": "inventory",
        "phonemize": "front_end",
        "read_lexicon": "lexicon",
        "sentences": "front_end",
        "symbols": "inventory",
        "words": "phones",
    },
)
