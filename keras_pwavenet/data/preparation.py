"""Recordings to a cache of audio and features, once."""

import collections
import dataclasses
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import keras
import numpy as np
import tqdm

from keras_pwavenet.audio import LogMelSpectrogram, to_float, to_int16
from keras_pwavenet.data import cache, cached_clips
from keras_pwavenet.data.bounds import check_preparation
from keras_pwavenet.data.clips import Clip
from keras_pwavenet.data.split import SPLITS, split_of
from keras_pwavenet.data.takes import copies
from keras_pwavenet.data.telling import count
from keras_pwavenet.data.waveforms import ahead, amplify, gains, waveform
from keras_pwavenet.files import home_path, new_folder, write_json


@dataclasses.dataclass(frozen=True)
class PrepareReport:
    """What `prepare` did.

    Attributes:
        directory: The cache.
        clips: Number of clips in it.
        seconds: Their length together.
        skipped: (clip name, reason) of every clip left out; the reason names the file.
        lowered: By how many dB clips lie below their speaker's level, by name, as
            their peak would not fit otherwise.
        splits: Number of clips by split.
    """

    directory: Path
    clips: int
    seconds: float
    skipped: list[tuple[str, str]]
    lowered: dict[str, float]
    splits: dict[str, int]

    def __str__(self) -> str:
        lines = [f"Skipped {name}: {reason}" for name, reason in self.skipped]
        lines += [
            f"Lowered {name} by {decibels:.2f} dB: its peak would not fit"
            for name, decibels in self.lowered.items()
        ]
        lines.append(
            f"{count(self.clips, 'clip')}, {self.seconds / 60:.1f} minutes in "
            f"{self.directory}; {len(self.skipped)} skipped"
        )
        lines.append(
            f"{self.splits['train']} to train, {self.splits['validation']} to "
            f"validate, {self.splits['test']} to test"
        )
        if not self.splits["train"]:
            lines.append(
                "None is left to train on: names or prompts decide the split, a tenth "
                "for testing and a twentieth for validation, so more recordings help"
            )
        return "\n".join(lines)


def prepare(
    clips: Sequence[Clip],
    directory: str | os.PathLike,
    mel: LogMelSpectrogram,
    workers: int | None = None,
    progress: bool = True,
    level: float | None = None,
    highpass: float | None = None,
) -> PrepareReport:
    """Computes the features of a corpus and writes a `FeatureCache`.

    Recordings are taken whole, with the silence before and after. A file that cannot
    be used is skipped and named in the report, as is one that is, byte for byte, an
    earlier clip's. The cache appears under its name when
    it is complete; an interrupted run leaves none, and the next run starts afresh.

    Args:
        clips: The corpus, as `read_corpus` gives it.
        directory: The cache's folder; it must not exist yet, or be empty.
        mel: The features wanted; also decides the sample rate.
        workers: Number of threads, which work in parallel as decoding and transforms
            leave the interpreter; the number of processors if None.
        progress: Whether to show a progress bar, on a terminal.
        level: `active_level` in dB that every speaker is brought to, by one gain for
            all clips; a clip whose peak would not fit then gets the largest that
            does, and is named in the report. As recorded if None.
        highpass: Cutoff in Hz of the `high_pass` that takes out hum; none if None.

    Returns:
        What was done and what was skipped.

    Raises:
        ValueError: If two clips have the same name, no clip can be used, there is
            to be no worker, or the level or high-pass is out of range.
        FileExistsError: If the folder holds something already.
    """
    directory = home_path(directory).absolute()
    names = collections.Counter(clip.name for clip in clips)
    twice = sorted(name for name, times in names.items() if times > 1)
    if twice:
        raise ValueError(f"Expected unique names of clips. Received: {twice[:5]} twice")
    if workers is not None and workers < 1:
        raise ValueError(
            f"Expected `workers` to be positive, or None. Received: workers={workers}"
        )
    check_preparation(level, highpass, mel.sample_rate)
    with new_folder(directory) as partial:
        return _write(
            clips, partial, directory, mel, workers, progress, level, highpass
        )


def _write(
    clips: Sequence[Clip],
    folder: Path,
    directory: Path,
    mel: LogMelSpectrogram,
    workers: int | None,
    progress: bool,
    level: float | None,
    highpass: float | None,
) -> PrepareReport:
    """Writes the cache's files into `folder`; `directory` is its later name."""
    same = copies(clips)
    skipped = [(name, f"the same file as {first}") for name, first in same.items()]
    clips = [clip for clip in clips if clip.name not in same]
    gain_of = {}
    if level is not None:
        gain_of = gains(clips, level, mel.sample_rate, highpass, workers, progress)

    def features(clip: Clip) -> _Features | str:
        return _features(mel, clip.path, highpass, gain_of.get(clip.speaker, 0.0))

    kept, lowered, offset = [], {}, 0
    with (
        open(folder / cache.AUDIO_FILE, "wb") as audio_file,
        open(folder / cache.MEL_FILE, "wb") as mel_file,
        tqdm.tqdm(
            total=len(clips), unit="clip", disable=None if progress else True
        ) as bar,
    ):
        for clip, result in zip(clips, ahead(features, clips, workers), strict=True):
            bar.update()
            if isinstance(result, str):
                skipped.append((clip.name, result))
                bar.set_postfix(skipped=len(skipped))
                continue
            audio_file.write(result.audio.astype(cache.AUDIO_DTYPE).tobytes())
            mel_file.write(result.frames.astype(cache.MEL_DTYPE).tobytes())
            if result.lowered:
                lowered[clip.name] = round(result.lowered, 2)
            kept.append(
                cached_clips.CachedClip(
                    clip.name,
                    clip.text,
                    clip.speaker,
                    split_of(clip.prompt),
                    offset,
                    len(result.frames),
                    clip.prompt,
                )
            )
            offset += len(result.frames)
    seconds = offset * mel.hop_length / mel.sample_rate
    splits = {split: sum(clip.split == split for clip in kept) for split in SPLITS}
    report = PrepareReport(directory, len(kept), seconds, skipped, lowered, splits)
    if not kept:
        raise ValueError(
            f"Expected a clip that can be used. Received: "
            f"{count(len(clips), 'clip')}\n{report}"
        )
    preparation = {
        "level": level,
        "highpass": highpass,
        "gains": gain_of,
        "lowered": lowered,
    }
    settings = keras.saving.serialize_keras_object(mel)
    write_json(folder / cache.MEL_SETTINGS_FILE, settings)
    write_json(
        folder / cache.INDEX_FILE, cached_clips.index_of(kept, {"": preparation})
    )
    return report


class _Features(NamedTuple):
    audio: np.ndarray  # int16 (frames * hop,)
    frames: np.ndarray  # (frames, n_mels)
    lowered: float  # dB


def _features(
    mel: LogMelSpectrogram, path: Path, highpass: float | None, gain: float
) -> _Features | str:
    """Audio and features of a recording, or why there are none."""
    audio = waveform(path, mel.sample_rate, highpass)
    if isinstance(audio, str):
        return audio
    lowered = 0.0
    if gain or highpass is not None:
        audio, lowered = amplify(audio, gain)
    missing = mel.frames(len(audio)) * mel.hop_length - len(audio)
    audio = to_int16(np.pad(audio, (0, missing)))
    return _Features(audio, mel(to_float(audio)), lowered)
