"""What is said, frame by frame: the paper's conditioning, in place of a log-mel."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_pwavenet.factors import USUAL_PITCH
from keras_pwavenet.text.durations import PLACES, places
from keras_pwavenet.text.inventory import PAUSES, SPACE, STRESSES, unstressed

_SILENCE = SPACE  # said for silence before and after, too
_WITHIN = 2  # channels: within the word, within what is said
_PITCH = 2  # channels: log-F0, voicing


@keras.saving.register_keras_serializable(package="keras_pwavenet")
class LinguisticFeatures:
    """Linguistic features and log-F0 of symbols, durations and pitch.

    The channels of a frame are, in order: the phone before, the phone itself and the
    phone after, each one of all phones or silence; its stress, first or second; where
    the frame lies in the phone, as `keras_pwavenet.text.durations.places` has it; the
    parts of the word and of all that is said that are over at the frame's centre, 0 in
    silence; the logarithm of the pitch over 200 Hz, linear between voiced frames and
    held before and after; and 1 where it is voiced.

    It stands where a `LogMelSpectrogram` else does, as the `preprocessor` of models.

    Args:
        symbols: The inventory: phones with stress, the gap between words, pauses.
        sample_rate: Samples a second of the audio.
        hop_length: Samples a frame.

    Raises:
        ValueError: If symbols are missing or twice the same, or a number is below 1.

    Example:
        >>> from keras_pwavenet.text import symbols
        >>> features = LinguisticFeatures(symbols("en-us"))
        >>> features(["h", "ˈaɪ", "."], [8, 20, 10], np.zeros(38)).shape
        (38, 132)

    Reference:
        WaveNet (van den Oord et al., 2016), section 3.2; Parallel WaveNet (van den Oord
        et al., 2017), section 5. Neither lists its features.
    """

    def __init__(
        self,
        symbols: Sequence[str],
        sample_rate: int = 24000,
        hop_length: int = 256,
    ) -> None:
        self.symbols = tuple(symbols)
        if not symbols or len(set(symbols)) < len(symbols):
            raise ValueError(
                "Expected one symbol or more, each of them once. "
                f"Received: symbols={self.symbols}"
            )
        if min(sample_rate, hop_length) < 1:
            raise ValueError(
                "Expected positive `sample_rate` and `hop_length`. Received: "
                f"sample_rate={sample_rate}, hop_length={hop_length}"
            )
        self.sample_rate = sample_rate
        self.hop_length = hop_length
        phones = [unstressed(s) for s in symbols if not _silent(s)]
        self._phones = {_SILENCE: 0}
        self._phones |= {p: 1 + i for i, p in enumerate(dict.fromkeys(phones))}

    def __call__(self, symbols, durations, pitch) -> np.ndarray:
        """Computes the features.

        Args:
            symbols: What is said; a space for silence before or after.
            durations: Frames of each symbol, (symbols,); those without any are left
                out.
            pitch: Hz of each frame, 0 where unvoiced, (frames,).

        Returns:
            float32 (frames, channels).

        Raises:
            ValueError: If a symbol is unknown, there is no frame, or the lengths do
                not agree.
        """
        durations, pitch = np.asarray(durations), np.asarray(pitch, "float64")
        frames = int(durations.sum())
        if durations.shape != (len(symbols),) or pitch.shape != (frames,) or not frames:
            raise ValueError(
                "Expected a duration for each symbol and a pitch for each frame, one "
                f"or more. Received: {len(symbols)} symbols, durations.shape="
                f"{durations.shape} with {frames} frames, pitch.shape={pitch.shape}"
            )
        unknown = [s for s in symbols if s not in self.symbols and s != _SILENCE]
        if unknown:
            raise ValueError(
                f"Expected symbols among {' '.join(map(repr, self.symbols))}. "
                f"Received: {unknown[0]!r}"
            )
        names, lengths, words = _units(symbols, durations)
        phones = np.array([self._phones[unstressed(name)] for name in names])
        around = np.pad(phones, 1)  # with silence
        stresses = np.array([[name[0] == mark for mark in STRESSES] for name in names])
        one_hot = np.eye(len(self._phones))
        by_unit = np.concatenate(
            [
                *(one_hot[near] for near in (around[:-2], phones, around[2:])),
                stresses,
            ],
            axis=1,
        )
        columns = [
            np.repeat(by_unit, lengths, axis=0),
            places(lengths),
            _over(np.repeat(words, lengths)),
            _over(_said(np.repeat(phones, lengths))),
            _contour(pitch),
        ]
        return np.concatenate(columns, axis=1).astype("float32")

    @property
    def channels(self) -> int:
        """Channels of a frame."""
        return 3 * len(self._phones) + len(STRESSES) + PLACES + _WITHIN + _PITCH

    @property
    def silence(self) -> np.ndarray:
        """The features of a frame of silence, float32 (channels,)."""
        return self([_SILENCE], [1], [0.0])[0]

    def get_config(self) -> dict:
        """Returns the constructor's arguments."""
        return {
            "symbols": list(self.symbols),
            "sample_rate": self.sample_rate,
            "hop_length": self.hop_length,
        }

    @classmethod
    def from_config(cls, config: dict) -> "LinguisticFeatures":
        """Builds the object from `get_config()`'s result."""
        return cls(**config)

    def __repr__(self) -> str:
        return (
            f"LinguisticFeatures({len(self.symbols)} symbols, "
            f"sample_rate={self.sample_rate}, hop_length={self.hop_length})"
        )


def _silent(symbol):
    return symbol == SPACE or symbol in PAUSES


def _units(symbols, durations):
    """Phones and silences that have frames, their frames, and their words from 1 on.

    Neighbouring silences are one; a silence is of word 0.
    """
    names: list[str] = []
    lengths: list[int] = []
    words: list[int] = []
    word = 1
    for symbol, frames in zip(symbols, durations, strict=True):
        silent = _silent(symbol)
        word += silent
        if not frames:
            continue
        if silent and names and names[-1] == _SILENCE:
            lengths[-1] += int(frames)
            continue
        names.append(_SILENCE if silent else symbol)
        lengths.append(int(frames))
        words.append(0 if silent else word)
    return names, lengths, words


def _said(phones):
    """1 from the first frame that is no silence to the last, else 0."""
    loud = np.flatnonzero(phones)
    said = np.zeros_like(phones)
    if len(loud):
        said[loud[0] : loud[-1] + 1] = 1
    return said


def _over(owners):
    """Which part of its owner's frames is over at a frame's centre; 0 for owner 0."""
    _, begins, own, counts = np.unique(owners, True, True, True)
    part = (np.arange(len(owners)) - begins[own] + 0.5) / counts[own]
    return np.where(owners > 0, part, 0.0)[:, None]


def _contour(pitch):
    """Log-F0, interpolated, and voicing."""
    voiced = pitch > 0
    height = np.zeros(len(pitch))
    if voiced.any():
        known = np.log(pitch[voiced] / USUAL_PITCH)
        height = np.interp(np.arange(len(pitch)), np.flatnonzero(voiced), known)
    return np.stack([height, voiced], axis=1)
