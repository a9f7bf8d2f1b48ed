"""Batches of whole sentences, for an acoustic model."""

from collections.abc import Sequence

import numpy as np

from keras_pwavenet.data.cache import FeatureCache
from keras_pwavenet.data.numbered_batches import NumberedBatches
from keras_pwavenet.data.sentences import Sentence
from keras_pwavenet.text.durations import places

_ALIKE = {",": (";", ":", "—"), ".": ("!",)}  # said alike, and rare in transcripts
_SWAPPED = {",": 0.2, ".": 0.03}  # shares of pauses taken for another one
_SYMBOL_STEP, _FRAME_STEP = 16, 64  # lengths that batches are padded to multiples of


class SentenceBatches(NumberedBatches):
    """Batches of whole sentences of about one length, for an `AcousticModel`.

    An epoch has each sentence once. Batch `i` of epoch `e` depends on the sentences and
    `(seed, e, i)` only, so that a run goes on as with `RandomCrops`.

    Args:
        model: The model, which numbers the symbols.
        cache: Where features and pitch are.
        sentences: What to draw from.
        frames: Frames of a batch, about.
        seed: Which random sequence, not negative.
        epoch: Number of the first epoch.
        first: Number of the first batch of an epoch, for the rest of one.
        fixed: Whether every epoch has the same batches, by length and as they were
            said, as validation wants; else some pauses are taken for others.

    Raises:
        ValueError: If there is no sentence, a symbol is unknown to the model, the
            pitch of the corpus was not followed, or a number is out of range.

    Item:
        `(inputs, targets, weights)` of an `AcousticModel`; weights are 0 for padding.
    """

    varying = 2

    def __init__(
        self,
        model,
        cache: FeatureCache,
        sentences: Sequence[Sentence],
        frames: int = 1600,
        seed: int = 0,
        epoch: int = 0,
        first: int = 0,
        fixed: bool = False,
    ) -> None:
        if not sentences or frames < 1 or seed < 0:
            raise ValueError(
                "Expected `sentences`, positive `frames`, and `seed` not negative. "
                f"Received: {len(sentences)} sentences, frames={frames}, seed={seed}"
            )
        cache.pitch(sentences[0].clip, 0, 0)  # refuses a corpus without
        self.cache = cache
        self.sentences = sentences
        self.seed = seed
        self._symbols = [model.numbers(sentence.symbols) for sentence in sentences]
        self._speakers = cache.speaker_ids() * (model.num_speakers > 0)
        self._lengths = np.array([sentence.frames for sentence in sentences])
        self._ends = _ends(np.sort(self._lengths), frames)
        self._alike = {
            int(model.numbers([own])[0]): (_SWAPPED[own], model.numbers(others))
            for own, others in _ALIKE.items()
        }
        super().__init__(1 + len(self._ends), epoch, first, fixed)

    def batch(self, epoch: int, step: int) -> tuple:
        """Returns one batch, whatever the epoch the dataset is in."""
        if self.fixed:
            order, steps = np.argsort(self._lengths, kind="stable"), range(self.steps)
        else:
            random = np.random.default_rng([self.seed, epoch])
            noise = random.normal(scale=0.1, size=len(self._lengths))
            order = np.argsort(np.log(self._lengths) + noise)
            steps = random.permutation(self.steps)
        rows = np.split(order, self._ends)[steps[step]]
        inputs, *rest = _together([self._row(row) for row in rows])
        if not self.fixed:
            random = np.random.default_rng([self.seed, epoch, 1 + step])
            symbols = inputs["symbols"]
            for own, (share, others) in self._alike.items():
                swapped = (symbols == own) & (random.random(symbols.shape) < share)
                symbols[swapped] = random.choice(others, swapped.sum())
        return inputs, *rest

    def _row(self, number: int) -> dict[str, np.ndarray]:
        sentence = self.sentences[number]
        durations = sentence.durations
        piece = (sentence.clip, sentence.start, sentence.frames)
        return {
            "symbols": self._symbols[number],
            "durations": durations,
            "owners": np.repeat(np.arange(len(durations)), durations),
            "places": places(durations),
            "pitch": self.cache.pitch(*piece),
            "mel": self.cache.conditioning(*piece),
            "speaker": self._speakers[sentence.clip],
        }


def _ends(lengths: np.ndarray, frames: int) -> list[int]:
    """Where to divide sentences, the shortest first, into batches of so many frames.

    An epoch draws its own order, but divides it there, so that all are of one length.
    """
    ends: list[int] = []
    for place, length in enumerate(lengths):
        begin = ends[-1] if ends else 0
        if place > begin and length * (place + 1 - begin) > frames:
            ends.append(place)
    return ends


def _together(rows):
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
        "valid": np.stack([np.arange(frames) < len(row["mel"]) for row in rows]).astype(
            "float32"
        ),
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
