"""Batches of whole sentences, for an acoustic model."""

from collections.abc import Sequence

import keras
import numpy as np

from keras_pwavenet.data.cache import FeatureCache
from keras_pwavenet.data.sentences import Sentence
from keras_pwavenet.text.durations import places

_ALIKE = {",": (";", ":", "—"), ".": ("!",)}  # said alike, and rare in transcripts
_SWAPPED = {",": 0.2, ".": 0.03}  # shares of pauses taken for another one
_SYMBOL_STEP, _FRAME_STEP = 16, 64  # lengths that batches are padded to multiples of


class SentenceBatches(keras.utils.PyDataset):
    """Batches of whole sentences of about one length, for an `AcousticModel`.

    Args:
        model: The model, which numbers the symbols.
        cache: Where features and pitch are.
        sentences: What to draw from; kept in memory.
        frames: Frames of a batch, about.
        shuffle: Whether each epoch has other batches in another order.
        seed: Which.
        **kwargs: As in `keras.utils.PyDataset`.
    """

    def __init__(
        self,
        model,
        cache: FeatureCache,
        sentences: Sequence[Sentence],
        frames: int = 1600,
        shuffle: bool = True,
        seed: int = 0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        speakers = cache.speaker_ids()
        self.frames = frames
        self.shuffle = shuffle
        self.random = np.random.default_rng(seed)
        self.lengths = np.array([sentence.frames for sentence in sentences])
        self.rows = [
            {
                "symbols": model.numbers(s.symbols),
                "durations": s.durations.astype("float32"),
                "owners": np.repeat(np.arange(len(s.symbols)), s.durations),
                "places": places(s.durations),
                "pitch": cache.pitch(s.clip, s.start, s.frames),
                "mel": cache.conditioning(s.clip, s.start, s.frames),
                "speaker": speakers[s.clip] if model.num_speakers else 0,
            }
            for s in sentences
        ]
        self.alike = {
            int(model.numbers([own])[0]): (_SWAPPED[own], model.numbers(others))
            for own, others in _ALIKE.items()
        }
        self.batches = self._draw()

    def __len__(self) -> int:
        return len(self.batches)

    def __getitem__(self, number: int):
        inputs, *rest = self.batch([self.rows[row] for row in self.batches[number]])
        if self.shuffle:
            symbols = inputs["symbols"]
            for own, (share, others) in self.alike.items():
                swapped = (symbols == own) & (self.random.random(symbols.shape) < share)
                symbols[swapped] = self.random.choice(others, swapped.sum())
        return inputs, *rest

    def on_epoch_end(self) -> None:
        if self.shuffle:
            self.batches = self._draw()

    def _draw(self) -> list[list[int]]:
        noise = self.random.normal(scale=0.1, size=len(self.rows)) * self.shuffle
        found: list[list[int]] = []
        longest = 0
        for row in np.argsort(np.log(self.lengths) + noise):
            longest = max(longest, self.lengths[row])
            if not found or longest * (len(found[-1]) + 1) > self.frames:
                found.append([])
                longest = self.lengths[row]
            found[-1].append(int(row))
        if self.shuffle:
            self.random.shuffle(found)
        return found

    @staticmethod
    def batch(rows):
        """Puts sentences together: inputs, targets, and weights, 0 for padding."""
        symbols = _up(max(len(row["symbols"]) for row in rows), _SYMBOL_STEP)
        frames = _up(max(len(row["mel"]) for row in rows), _FRAME_STEP)

        def padded(name, length, dtype="float32"):
            return np.stack([_padded(row[name], length) for row in rows]).astype(dtype)

        inputs = {
            "symbols": padded("symbols", symbols, "int32"),
            "owners": padded("owners", frames, "int32"),
            "places": padded("places", frames),
            "pitch": padded("pitch", frames),
            "valid": np.stack(
                [np.arange(frames) < len(row["mel"]) for row in rows]
            ).astype("float32"),
            "speaker": np.array([row["speaker"] for row in rows], "int32"),
        }
        targets = {
            "durations": padded("durations", symbols),
            "pitch": inputs["pitch"],
            "mel": padded("mel", frames),
        }
        weights = {
            "durations": (inputs["symbols"] > 0).astype("float32"),
            "pitch": inputs["valid"],
            "mel": inputs["valid"],
        }
        return inputs, targets, weights


def _up(length: int, step: int) -> int:
    return -(-length // step) * step


def _padded(array, length):
    pads = [(0, length - len(array))] + [(0, 0)] * (array.ndim - 1)
    return np.pad(array, pads)
