"""Whose voice it is: an embedding of voices and a recogniser of speakers."""

import functools
import warnings
from collections.abc import Sequence

import numpy as np


@functools.cache
def _encoder():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from resemblyzer import VoiceEncoder

        return VoiceEncoder("cpu", verbose=False)


def voice_print(audio: np.ndarray, sample_rate: int) -> np.ndarray:
    """Embeds a voice, whatever it says (package resemblyzer).

    Args:
        audio: Waveform (samples,).
        sample_rate: Samples a second.

    Returns:
        float32 (256,), of length 1; the nearer, the more alike the voices.

    Raises:
        ImportError: If resemblyzer is missing.

    Reference:
        Generalized End-to-End Loss for Speaker Verification (Wan et al., 2018).
    """
    encoder = _encoder()
    from resemblyzer import preprocess_wav

    return encoder.embed_utterance(preprocess_wav(np.asarray(audio), sample_rate))


class SpeakerRecogniser:
    """Tells speakers by the mean of their voice prints that is nearest.

    Args:
        prints: Voice prints of recordings (clips, dimensions).
        speakers: Who speaks each of them.
    """

    def __init__(self, prints: np.ndarray, speakers: Sequence[str]) -> None:
        self.speakers = sorted(set(speakers))
        means = [
            np.mean([p for p, s in zip(prints, speakers, strict=True) if s == name], 0)
            for name in self.speakers
        ]
        self._means = np.stack([mean / np.linalg.norm(mean) for mean in means])

    def __call__(self, prints: np.ndarray) -> list[str]:
        """Tells the speaker of each voice print (clips, dimensions)."""
        nearest = np.argmax(np.asarray(prints) @ self._means.T, axis=1)
        return [self.speakers[place] for place in nearest]


def confusion(
    expected: Sequence[str], found: Sequence[str], speakers: Sequence[str]
) -> np.ndarray:
    """Counts who was taken for whom.

    Returns:
        int64 (speakers, speakers): the row is the expected speaker, the column the
        one that was found.
    """
    place = {speaker: number for number, speaker in enumerate(speakers)}
    counts = np.zeros((len(speakers), len(speakers)), "int64")
    np.add.at(counts, ([place[e] for e in expected], [place[f] for f in found]), 1)
    return counts
