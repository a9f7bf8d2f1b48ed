"""A prepared corpus whose features are linguistic: what is said, and log-F0."""

import os

import numpy as np

from keras_pwavenet.data.cache import FeatureCache
from keras_pwavenet.data.sentences import read_sentences, segmented
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.text.inventory import SPACE, symbols
from keras_pwavenet.text.linguistic import LinguisticFeatures


class LinguisticCache(FeatureCache):
    """The same folder as a `FeatureCache`; the features are `LinguisticFeatures`.

    They are made where they are asked for, of what `segment_corpus` and `follow_pitch`
    wrote. A clip without sentence is in no split.

    Args:
        directory: The folder.
        language: Whose symbols the sentences have.

    Attributes:
        preprocessor: The `LinguisticFeatures`.

    Raises:
        ValueError: As a `FeatureCache`, or if sentences or pitch are missing.
    """

    def __init__(self, directory: str | os.PathLike, language: str = "en-us") -> None:
        super().__init__(directory)
        if not (self.pitch_followed and segmented(self)):
            raise ValueError(
                "Expected a corpus with pitch and sentences, as `pwavenet annotate` "
                f"writes. Received: directory={str(directory)!r}"
            )
        self.preprocessor = LinguisticFeatures(
            symbols(language), self.mel.sample_rate, self.mel.hop_length
        )
        plain = FeatureCache(directory)
        self._sentences = {
            sentence.clip: sentence
            for split in SPLITS
            for sentence in read_sentences(plain, split)
        }

    def indices(self, split: str) -> np.ndarray:
        numbers = super().indices(split)
        return numbers[np.isin(numbers, list(self._sentences))]

    def conditioning(
        self, clip: int, start: int = 0, frames: int | None = None
    ) -> np.ndarray:
        """Makes the linguistic features of frames of one clip.

        Args:
            clip: The clip's number.
            start: First frame wanted.
            frames: How many; to the clip's end if None.

        Returns:
            float32 (frames, channels).

        Raises:
            ValueError: If the piece does not lie within the clip, or the clip has no
                sentence.
        """
        self._locate(clip, start, frames, 1)
        sentence = self._sentences.get(clip)
        if sentence is None:
            raise ValueError(
                "Expected a clip whose sentence is known. Received: "
                f"clip={self.clips[clip].name!r}"
            )
        after = self.clips[clip].frames - sentence.start - sentence.frames
        found = self.preprocessor(
            [SPACE, *sentence.symbols, SPACE],
            [sentence.start, *sentence.durations, after],
            self.pitch(clip),
        )
        return found[start:] if frames is None else found[start : start + frames]


def cache_of(directory: str | os.PathLike, preprocessor) -> FeatureCache:
    """Reads a prepared corpus with the features that a model takes.

    Args:
        directory: The folder.
        preprocessor: The model's.

    Returns:
        A `LinguisticCache` for `LinguisticFeatures`, else a `FeatureCache`.
    """
    if isinstance(preprocessor, LinguisticFeatures):
        return LinguisticCache(directory)
    return FeatureCache(directory)
