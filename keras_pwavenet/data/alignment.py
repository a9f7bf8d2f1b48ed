"""Forced alignment: which phone each frame of a prepared corpus holds."""

import dataclasses
import os

import numpy as np
import tqdm

from keras_pwavenet.audio import to_int16
from keras_pwavenet.data.cache import (
    PHONES_DTYPE,
    PHONES_FILE,
    UNKNOWN_PHONE,
    FeatureCache,
)
from keras_pwavenet.files import write_bytes
from keras_pwavenet.text import PHONES, words

_ALIGNER_RATE = 16_000  # Hz
_ALIGNER_HOP = 160  # samples


@dataclasses.dataclass(frozen=True)
class AlignReport:
    """What `align` did.

    Attributes:
        clips: Number of clips whose phones are known now.
        seconds: Their length together.
        skipped: (clip name, reason) of every clip that could not be aligned.
    """

    clips: int
    seconds: float
    skipped: list[tuple[str, str]]

    def __str__(self) -> str:
        lines = [f"Skipped {name}: {reason}" for name, reason in self.skipped]
        lines.append(
            f"{self.clips} clips, {self.seconds / 60:.1f} minutes aligned; "
            f"{len(self.skipped)} skipped"
        )
        return "\n".join(lines)


def align(cache: FeatureCache, progress: bool = True) -> AlignReport:
    """Finds the phones of every English clip and writes them into the cache's folder.

    PocketSphinx aligns each clip's transcript, pronounced as its dictionary says. A
    clip with a word that the dictionary lacks, or whose transcript does not fit, is
    skipped and named in the report; its frames count as unknown.

    Args:
        cache: A prepared corpus of 16 kHz with a hop of 160 samples.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        What was done and what was skipped.

    Raises:
        ImportError: If PocketSphinx is not installed.
        ValueError: If the features have another rate or hop, or no clip has a
            transcript.
    """
    if (cache.mel.sample_rate, cache.mel.hop_length) != (_ALIGNER_RATE, _ALIGNER_HOP):
        raise ValueError(
            f"Expected features of {_ALIGNER_RATE} Hz with a hop of {_ALIGNER_HOP} "
            f"samples. Received: sample_rate={cache.mel.sample_rate}, "
            f"hop_length={cache.mel.hop_length}"
        )
    if not any(clip.text for clip in cache.clips):
        raise ValueError(
            "Expected clips with transcripts. Received: none in "
            f"directory={str(cache.directory)!r}"
        )
    decoder = _decoder()
    skipped, found, frames = [], [], 0
    bar = tqdm.tqdm(cache.clips, unit="clip", disable=None if progress else True)
    for number, clip in enumerate(bar):
        try:
            found.append(_phones(decoder, cache.audio(number), clip))
            frames += clip.frames
        except _NotAlignedError as error:
            skipped.append((clip.name, str(error)))
            found.append(np.full(clip.frames, UNKNOWN_PHONE, PHONES_DTYPE))
    write_bytes(cache.directory / PHONES_FILE, np.concatenate(found).tobytes())
    seconds = frames * cache.mel.hop_length / cache.mel.sample_rate
    return AlignReport(len(found) - len(skipped), seconds, skipped)


class _NotAlignedError(Exception):
    """A clip's phones cannot be found; the message says why."""


def _decoder():
    try:
        import pocketsphinx
    except ImportError as error:
        raise ImportError(
            "Alignment needs PocketSphinx: pip install pocketsphinx"
        ) from error
    return pocketsphinx.Decoder(lm=None, logfn=os.devnull, loglevel="FATAL")


def _phones(decoder, audio: np.ndarray, clip) -> np.ndarray:
    """Phone of each frame, int8 (frames,)."""
    spoken = words(clip.text)
    if not spoken:
        raise _NotAlignedError("no transcript")
    unknown = [word for word in spoken if decoder.lookup_word(word) is None]
    if unknown:
        raise _NotAlignedError(f"not in the dictionary: {', '.join(unknown)}")
    data = to_int16(audio).tobytes()
    decoder.set_align_text(" ".join(spoken))
    _decode(decoder, data)
    try:
        decoder.set_alignment()
        _decode(decoder, data)
        found = decoder.get_alignment()
    except RuntimeError:
        found = None
    if found is None:
        raise _NotAlignedError("the transcript does not fit the recording")
    phones = np.full(clip.frames, UNKNOWN_PHONE, PHONES_DTYPE)
    for phone in (phone for word in found for phone in word):
        number = PHONES.index(phone.name) if phone.name in PHONES else 0
        phones[phone.start : phone.start + phone.duration] = number
        last = phone.start + phone.duration
    phones[last:] = 0  # the last windows are not whole
    return phones


def _decode(decoder, data: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(data, full_utt=True)
    decoder.end_utt()
