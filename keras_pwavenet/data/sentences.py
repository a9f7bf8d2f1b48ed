"""Sentences with the durations of their symbols, found in a prepared corpus."""

import dataclasses
import json
from collections.abc import Callable, Sequence

import keras
import numpy as np

from keras_pwavenet.data.alignment import AlignReport
from keras_pwavenet.data.cache import FeatureCache
from keras_pwavenet.data.refinement import refine
from keras_pwavenet.data.segmentation import Segments, segment
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.files import write_json
from keras_pwavenet.text.inventory import PAUSES, SPACE

SENTENCES_FILE = "sentences.json"
_LEAD, _TRAIL, _LAST_PAUSE = 2, 2, 10  # frames of silence that are kept at the ends
_LONGEST = 50  # frames of a phone: what is longer was not said as it is written


@dataclasses.dataclass(frozen=True)
class Sentence:
    """A clip cut to what is said, with a frame or two of silence at the ends.

    Attributes:
        clip: The clip's number in its cache.
        start: First frame within the clip.
        symbols: What is said.
        durations: Frames of each symbol, int64 (symbols,).
    """

    clip: int
    start: int
    symbols: tuple[str, ...]
    durations: np.ndarray

    @property
    def frames(self) -> int:
        return int(self.durations.sum())


def cut(clip: int, symbols: Sequence[str], segments: Segments) -> Sentence | None:
    """Cuts silence from the ends of a segmented clip.

    Args:
        clip: The clip's number.
        symbols: What is said.
        segments: What `segment` found: frames before, of each symbol, and after.

    Returns:
        The sentence; None if a phone is longer than anyone says it.
    """
    before, durations, after = segments
    durations = durations.copy()
    pauses = np.array([symbol in PAUSES for symbol in symbols])
    if durations[~pauses].max(initial=0) > _LONGEST:
        return None
    lead = min(before, _LEAD)
    durations[0] += lead
    if pauses[-1]:
        durations[-1] = min(durations[-1] + after, _LAST_PAUSE)
    else:
        durations[-1] += min(after, _TRAIL)
    return Sentence(clip, before - lead, tuple(symbols), durations)


def segment_corpus(
    cache: FeatureCache,
    phonemize: Callable[[str], list[list[str]]],
    progress: bool = True,
) -> AlignReport:
    """Finds the durations of every clip's symbols, into the cache's folder.

    What it learns of phones and speakers it learns from the train split alone.

    Args:
        cache: A prepared corpus with transcripts.
        phonemize: Gives the sentences of a transcript, each a list of symbols.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        What was done, and which clips were skipped.

    Raises:
        ValueError: If no clip to train on has a transcript that can be said.
    """
    chosen: list[tuple[int, list[str]]] = []
    skipped = []
    for number, clip in enumerate(cache.clips):
        symbols = [symbol for sentence in phonemize(clip.text) for symbol in sentence]
        phones = sum(symbol not in PAUSES and symbol != SPACE for symbol in symbols)
        if not phones:
            skipped.append((clip.name, "no transcript"))
        elif clip.frames < 2 * phones:
            skipped.append((clip.name, "too short for its transcript"))
        else:
            chosen.append((number, symbols))
    if not chosen:
        raise ValueError(
            "Expected clips with transcripts. Received: none in "
            f"directory={str(cache.directory)!r}"
        )
    speakers = cache.speaker_ids()
    found = segment(
        [cache.conditioning(number) for number, _ in chosen],
        [symbols for _, symbols in chosen],
        [int(speakers[number]) for number, _ in chosen],
        [cache.clips[number].split == "train" for number, _ in chosen],
        progress=progress,
    )
    return _write(cache, chosen, found, skipped)


def refine_corpus(cache: FeatureCache, model, progress: bool = True) -> AlignReport:
    """Finds durations anew, with a model that the ones before have trained.

    Args:
        cache: A corpus in whose folder `segment_corpus` wrote.
        model: An `AcousticModel` of the corpus.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        As `segment_corpus`; what it skipped stays so.

    Raises:
        ValueError: As `read_sentences`, or if a symbol is unknown to the model.
    """
    sentences = [s for split in SPLITS for s in read_sentences(cache, split)]
    speakers = cache.speaker_ids()[[sentence.clip for sentence in sentences]]
    encoded = []
    for sentence, speaker in zip(sentences, speakers, strict=True):
        numbers = model.numbers(sentence.symbols)[None]
        hidden, _ = model.encode(numbers, speaker[None], training=False)
        encoded.append(keras.ops.convert_to_numpy(hidden)[0])
    lengths = [cache.clips[sentence.clip].frames for sentence in sentences]
    found = refine(
        [cache.conditioning(sentence.clip) for sentence in sentences],
        [sentence.symbols for sentence in sentences],
        encoded,
        [
            (s.start, s.durations, length - s.start - s.frames)
            for s, length in zip(sentences, lengths, strict=True)
        ],
        speakers.tolist(),
        [cache.clips[sentence.clip].split == "train" for sentence in sentences],
        progress=progress,
    )
    chosen = [(sentence.clip, sentence.symbols) for sentence in sentences]
    return _write(cache, chosen, found, [])


def _write(cache, chosen, found, skipped) -> AlignReport:
    """Cuts and writes what was found of the clips and symbols chosen."""
    sentences = []
    for (number, symbols), segments in zip(chosen, found, strict=True):
        sentence = cut(number, symbols, segments)
        if sentence is None:
            skipped.append((cache.clips[number].name, "not said as it is written"))
        else:
            sentences.append(sentence)
    rows = [
        {
            **dataclasses.asdict(sentence),
            "clip": cache.clips[sentence.clip].name,
            "durations": sentence.durations.tolist(),
        }
        for sentence in sentences
    ]
    write_json(cache.directory / SENTENCES_FILE, rows)
    frames = sum(sentence.frames for sentence in sentences)
    seconds = frames * cache.mel.hop_length / cache.mel.sample_rate
    return AlignReport(len(sentences), seconds, skipped)


def segmented(cache: FeatureCache) -> bool:
    """Whether `segment_corpus` has found the corpus' sentences."""
    return (cache.directory / SENTENCES_FILE).is_file()


def read_sentences(cache: FeatureCache, split: str) -> list[Sentence]:
    """Reads the sentences that `segment_corpus` found.

    Args:
        cache: The corpus.
        split: "train", "validation" or "test".

    Returns:
        Those of the split.

    Raises:
        ValueError: If there is no such split, none were found yet, or the file does not
            fit the corpus.
    """
    path = cache.directory / SENTENCES_FILE
    if not segmented(cache):
        raise ValueError(
            f"Expected a corpus with {SENTENCES_FILE}, as `segment_corpus` writes. "
            f"Received: directory={str(cache.directory)!r}"
        )
    numbers = {cache.clips[number].name: int(number) for number in cache.indices(split)}
    names = {clip.name for clip in cache.clips}
    found = []
    try:
        for row in json.loads(path.read_text(encoding="utf-8")):
            if row["clip"] not in names:
                raise ValueError(
                    f"Expected clips of the corpus. Received: clip={row['clip']!r}"
                )
            if row["clip"] in numbers:
                found.append(_sentence(cache, numbers[row["clip"]], row))
    except (KeyError, RecursionError, TypeError, ValueError) as error:
        raise ValueError(
            f"Expected sentences of this corpus in {path}. Received: {error}"
        ) from error
    return found


def _sentence(cache, clip, row):
    durations = np.asarray(row["durations"], "int64")
    sentence = Sentence(clip, row["start"], tuple(row["symbols"]), durations)
    if (
        len(durations) != len(sentence.symbols)
        or durations.min(initial=0) < 0
        or not 0 <= sentence.start < sentence.start + sentence.frames
        or sentence.start + sentence.frames > cache.clips[clip].frames
    ):
        raise ValueError(
            "Expected a duration of at least 0 frames for each symbol, all within the "
            f"clip. Received: {row!r:.80}"
        )
    return sentence
