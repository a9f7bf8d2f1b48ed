"""A corpus' test split, spoken again and judged; what is done stays done."""

import dataclasses
import hashlib
import json
import math
import os
import urllib.parse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tqdm

from keras_pwavenet.audio import read_audio, to_float, to_int16, write_audio
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.evaluate.measures import (
    NOT_FINITE,
    Clip,
    Judge,
    check_installed,
)
from keras_pwavenet.evaluate.systems import System, shortest_clips
from keras_pwavenet.files import home_path, write_json


@dataclasses.dataclass(frozen=True)
class Result:
    """One clip by one system.

    Attributes:
        system: The system's name.
        clip: The clip's name.
        seconds: Its length.
        audio: The WAV file (16 bits).
        values: What the judges say, one flat dictionary; None where a judge has no
            value for this clip. `not_finite` counts the samples that were NaN or
            infinite and are zero in the file.
        text: What is said; empty if unknown.
    """

    system: str
    clip: str
    seconds: float
    audio: Path
    values: dict[str, float | str | None]
    text: str = ""


def copy_synthesis(
    cache: FeatureCache,
    systems: Sequence[System],
    judges: Sequence[Judge],
    directory: str | os.PathLike,
    split: str = "test",
    speaker: str | None = None,
    progress: bool = True,
) -> list[Result]:
    """Lets every system speak the clips of a split and every judge judge them.

    Each waveform and each judgement is a file of `directory` as soon as it is there:
    an interrupted run goes on where it was, and one with another judge, or with one
    system that has changed, does only what is new.

    Args:
        cache: The prepared corpus.
        systems: Who speaks.
        judges: Who judges, all of them installed.
        directory: Where to keep waveforms (`SYSTEM/CLIP.wav`) and judgements
            (`SYSTEM/CLIP.json`).
        split: "train", "validation" or "test".
        speaker: Only the clips of this speaker of the corpus; all if None.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        The results, system by system.

    Raises:
        ValueError: If the split has no such clip, two systems share a name, or a
            waveform is not as long as its recording.
        ImportError: If the package of a judge is missing.
    """
    _check(systems, judges)
    directory = home_path(directory)
    clips = [
        int(number)
        for number in cache.indices(split)
        if speaker is None or cache.clips[number].speaker == speaker
    ]
    if not clips:
        raise ValueError(
            "Expected a split with clips of the speaker. Received: "
            f"split={split!r}, speaker={speaker!r}, directory={str(cache.directory)!r}"
        )
    hop, rate = cache.mel.hop_length, cache.mel.sample_rate
    samples = [cache.clips[number].frames * hop for number in clips]
    chosen = {
        system.name: [
            clips[place] for place in shortest_clips(samples, rate, system.shortest)
        ]
        for system in systems
    }
    total = sum(map(len, chosen.values())) * (1 + len(judges))
    results = []
    with tqdm.tqdm(total=total, unit="step", disable=None if progress else True) as bar:
        for system in systems:
            desk = _Desk(cache, system, directory)
            numbers = chosen[system.name]
            for start in range(0, len(numbers), system.batch_size):
                bar.set_postfix_str(system.name)
                desk.speak(numbers[start : start + system.batch_size])
                bar.update(len(numbers[start : start + system.batch_size]))
        for system in systems:
            desk = _Desk(cache, system, directory)
            for number in chosen[system.name]:
                bar.set_postfix_str(f"{system.name}, {cache.clips[number].name}")
                results.append(desk.judge(number, judges, bar))
    return results


class _Desk:
    """The files of one system."""

    def __init__(self, cache: FeatureCache, system: System, directory: Path) -> None:
        self._cache = cache
        self._system = system
        self._folder = directory / _file_name(system.name)
        self._folder.mkdir(parents=True, exist_ok=True)

    def speak(self, numbers: list[int]) -> None:
        """Speaks the clips of one batch unless all are there."""
        keys = {number: self._key(number) for number in numbers}
        if all(self._record(number).get("key") == keys[number] for number in numbers):
            return
        recordings = [self._cache.audio(number) for number in numbers]
        features = [self._cache.conditioning(number) for number in numbers]
        spoken = self._system.speak(recordings, features)
        for number, recording, audio in zip(numbers, recordings, spoken, strict=True):
            audio = np.asarray(audio)
            if audio.shape != recording.shape:
                raise ValueError(
                    f"Expected {self._system.name} to give {recording.shape} for "
                    f"{self._cache.clips[number].name}. Received: shape={audio.shape}"
                )
            finite = np.isfinite(audio)
            audio = np.clip(np.where(finite, audio, 0), -1, 1)
            path = self._path(number, "json")
            path.unlink(missing_ok=True)  # it judges what is now overwritten
            write_audio(self._path(number, "wav"), audio, self._cache.mel.sample_rate)
            not_finite = int(np.count_nonzero(~finite))
            write_json(
                path, {"key": keys[number], NOT_FINITE.key: not_finite, "judges": {}}
            )

    def judge(
        self, number: int, judges: Sequence[Judge], bar: tqdm.tqdm | None = None
    ) -> Result:
        """Asks the judges who have not seen the clip yet."""
        record = self._record(number)
        values: dict[str, Any] = {NOT_FINITE.key: record[NOT_FINITE.key]}
        clip = None
        for judge in judges:
            entry = record["judges"].get(judge.name, {})
            if entry.get("version") != judge.version:
                clip = clip or self._clip(number)
                entry = {
                    "version": judge.version,
                    "values": _finite(judge.measure(clip)),
                }
                record["judges"][judge.name] = entry
                write_json(self._path(number, "json"), record)
            values.update(entry["values"])
            if bar is not None:
                bar.update()
        cached = self._cache.clips[number]
        mel = self._cache.mel
        seconds = cached.frames * mel.hop_length / mel.sample_rate
        return Result(
            self._system.name,
            cached.name,
            seconds,
            self._path(number, "wav"),
            values,
            cached.text,
        )

    def _clip(self, number: int) -> Clip:
        audio, rate = read_audio(self._path(number, "wav"))
        recording = to_float(to_int16(self._cache.audio(number)))
        return Clip(recording, audio, rate, self._cache.clips[number].text)

    def _record(self, number: int) -> dict:
        path = self._path(number, "json")
        if not path.is_file() or not self._path(number, "wav").is_file():
            return {}
        return json.loads(path.read_text(encoding="utf-8"))

    def _key(self, number: int) -> str:
        """Hash of what decides the waveform and the judgements on it."""
        digest = hashlib.sha256(self._system.fingerprint.encode())
        digest.update(json.dumps(self._cache.mel.get_config()).encode())
        digest.update(self._cache.clips[number].text.encode())
        digest.update(self._cache.audio(number).tobytes())
        return digest.hexdigest()

    def _path(self, number: int, suffix: str) -> Path:
        name = _file_name(self._cache.clips[number].name)
        return self._folder / f"{name}.{suffix}"


def _check(systems: Sequence[System], judges: Sequence[Judge]) -> None:
    names = [_file_name(system.name).lower() for system in systems]
    if len(set(names)) < len(names):
        raise ValueError(
            "Expected systems with names of their own. Received: "
            f"systems={[system.name for system in systems]}"
        )
    check_installed(judges)


def _file_name(name: str) -> str:
    """A name of a system or clip as the name of one file."""
    return urllib.parse.quote(name, safe=" ")


def _finite(values: dict) -> dict:
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
