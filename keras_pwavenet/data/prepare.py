"""Recordings to a cache of audio and features, once."""

import collections
import concurrent.futures
import contextlib
import dataclasses
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import keras
import numpy as np
import tqdm

from keras_pwavenet.audio import (
    AudioError,
    LogMelSpectrogram,
    read_audio,
    to_float,
    to_int16,
)
from keras_pwavenet.data import cache
from keras_pwavenet.data.corpora import Clip
from keras_pwavenet.data.split import split_of


@dataclasses.dataclass(frozen=True)
class PrepareReport:
    """What `prepare` did.

    Attributes:
        directory: The cache.
        clips: Number of clips in it.
        seconds: Their length together.
        skipped: (clip name, reason) of every clip left out; the reason names the file.
    """

    directory: Path
    clips: int
    seconds: float
    skipped: list[tuple[str, str]]

    def __str__(self) -> str:
        lines = [f"Skipped {name}: {reason}" for name, reason in self.skipped]
        lines.append(
            f"{self.clips} clips, {self.seconds / 60:.1f} minutes in {self.directory}; "
            f"{len(self.skipped)} skipped"
        )
        return "\n".join(lines)


def prepare(
    clips: Sequence[Clip],
    directory: str | os.PathLike,
    mel: LogMelSpectrogram,
    workers: int | None = None,
    progress: bool = True,
) -> PrepareReport:
    """Computes the features of a corpus and writes a `FeatureCache`.

    Recordings are taken whole, with the silence before and after. A file that cannot
    be used is skipped and named in the report. The cache appears under its name when
    it is complete; an interrupted run leaves none, and the next run starts afresh.

    Args:
        clips: The corpus, as `read_corpus` gives it.
        directory: The cache's folder; it must not exist yet, or be empty.
        mel: The features wanted; also decides the sample rate.
        workers: Number of threads, which work in parallel as decoding and transforms
            leave the interpreter; the number of processors if None.
        progress: Whether to show a progress bar.

    Returns:
        What was done and what was skipped.

    Raises:
        ValueError: If two clips have the same name, no clip can be used, or there is
            to be no worker.
        FileExistsError: If the folder holds something already.
    """
    directory = Path(directory).absolute()
    names = collections.Counter(clip.name for clip in clips)
    twice = sorted(name for name, times in names.items() if times > 1)
    if twice:
        raise ValueError(f"Clip names must be unique. Received: {twice[:5]} twice")
    if workers is not None and workers < 1:
        raise ValueError(
            f"`workers` must be positive, or None. Received: workers={workers}"
        )
    with new_folder(directory) as partial:
        return _write(clips, partial, directory, mel, workers, progress)


@contextlib.contextmanager
def new_folder(directory: str | os.PathLike) -> Iterator[Path]:
    """A folder to fill, which gets its name when the block ends without an error.

    Args:
        directory: The name; it must not exist yet, or be an empty folder.

    Raises:
        FileExistsError: If the folder holds something already.
    """
    directory = Path(directory).absolute()
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise FileExistsError(
            "The folder for the cache must not exist yet, or be empty. "
            f"Received: directory={str(directory)!r}"
        )
    partial = directory.with_name(f".{directory.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    try:
        yield partial
        os.replace(partial, directory)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _write(
    clips: Sequence[Clip],
    folder: Path,
    directory: Path,
    mel: LogMelSpectrogram,
    workers: int | None,
    progress: bool,
) -> PrepareReport:
    """Writes the cache's files into `folder`; `directory` is its later name."""
    kept, skipped, offset = [], [], 0
    with (
        open(folder / cache.AUDIO_FILE, "wb") as audio_file,
        open(folder / cache.MEL_FILE, "wb") as mel_file,
        tqdm.tqdm(total=len(clips), unit="clip", disable=not progress) as bar,
    ):
        results = _all_features(clips, mel, workers or os.cpu_count() or 1)
        for clip, result in zip(clips, results, strict=True):
            bar.update()
            if isinstance(result, str):
                skipped.append((clip.name, result))
                bar.set_postfix(skipped=len(skipped))
                continue
            audio, features = result
            audio_file.write(audio.astype(cache.AUDIO_DTYPE).tobytes())
            mel_file.write(features.astype(cache.MEL_DTYPE).tobytes())
            split = split_of(clip.name)
            kept.append(
                cache.CachedClip(
                    clip.name, clip.text, clip.speaker, split, offset, len(features)
                )
            )
            offset += len(features)
    report = PrepareReport(
        directory, len(kept), offset * mel.hop_length / mel.sample_rate, skipped
    )
    if not kept:
        raise ValueError(f"No clip can be used. Received: {len(clips)} clips\n{report}")
    settings = keras.saving.serialize_keras_object(mel)
    write_json(folder / cache.MEL_SETTINGS_FILE, settings)
    write_json(folder / cache.INDEX_FILE, cache.index_of(kept))
    return report


def write_json(path: Path, content: dict) -> None:
    """Writes an indented JSON file."""
    text = json.dumps(content, indent=1, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")


_Result = tuple[np.ndarray, np.ndarray] | str


def _all_features(
    clips: Sequence[Clip], mel: LogMelSpectrogram, workers: int
) -> Iterator[_Result]:
    """Yields every clip's result, in order, a few clips ahead of its use."""
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    waiting = collections.deque()
    try:
        for clip in clips:
            waiting.append(pool.submit(_features, mel, clip.path))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _features(mel: LogMelSpectrogram, path: Path) -> _Result:
    """Audio (frames * hop,) in 16 bits and features, or why there are none."""
    try:
        audio, _ = read_audio(path, mel.sample_rate)
    except AudioError as error:
        return str(error)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    missing = mel.frames(len(audio)) * mel.hop_length - len(audio)
    audio = to_int16(np.pad(audio, (0, missing)))
    return audio, mel(to_float(audio))
