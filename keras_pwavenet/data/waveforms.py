"""Recordings as they are trained on: at one rate, without hum, at one level."""

import collections
import concurrent.futures
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import tqdm

from keras_pwavenet.audio import (
    AudioError,
    active_level,
    frame_powers,
    high_pass,
    read_audio,
)
from keras_pwavenet.data.clips import Clip

LARGEST = 32767 / 32768  # the largest 16-bit value

_In = TypeVar("_In")
_Out = TypeVar("_Out")


def ahead(
    function: Callable[[_In], _Out], items: Iterable[_In], workers: int | None
) -> Iterator[_Out]:
    """Yields a function's results in order, by several threads, a few ahead of use."""
    workers = workers or os.cpu_count() or 1
    pool = concurrent.futures.ThreadPoolExecutor(workers)
    waiting = collections.deque()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def waveform(path: Path, sample_rate: int, highpass: float | None) -> np.ndarray | str:
    """Reads a recording: float32 (samples,), or why it cannot be used."""
    try:
        audio, _ = read_audio(path, sample_rate)
    except AudioError as error:
        return str(error)
    except OSError as error:
        return f"{path}: {error.strerror or error}"
    except (MemoryError, RuntimeError, TypeError, ValueError) as error:
        return f"{path}: {type(error).__name__}: {error}"
    return audio if highpass is None else high_pass(audio, sample_rate, highpass)


def gains(
    clips: Sequence[Clip],
    level: float,
    sample_rate: int,
    highpass: float | None,
    workers: int | None,
    progress: bool,
) -> dict[str, float]:
    """Gain that brings each speaker to one active-speech level.

    Args:
        clips: The corpus. Recordings that cannot be used do not count.
        level: `active_level` of each speaker's clips together, wanted, in dB.
        sample_rate: Samples a second to read at.
        highpass: Cutoff of `high_pass` in Hz, or None.
        workers: Number of threads; the number of processors if None.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        Gains in dB by speaker, rounded to 0.01; 0 for digital silence.
    """

    def powers(clip: Clip) -> np.ndarray:
        audio = waveform(clip.path, sample_rate, highpass)
        audio = np.zeros(1) if isinstance(audio, str) else audio
        return frame_powers(audio, sample_rate)

    found = collections.defaultdict(list)
    results = ahead(powers, clips, workers)
    bar = tqdm.tqdm(
        results, "level", len(clips), unit="clip", disable=None if progress else True
    )
    for clip, frames in zip(clips, bar, strict=True):
        found[clip.speaker].append(frames)
    levels = {who: active_level(np.concatenate(all_)) for who, all_ in found.items()}
    return {
        who: round(level - now, 2) if np.isfinite(now) else 0.0
        for who, now in levels.items()
    }


def amplify(audio: np.ndarray, gain: float) -> tuple[np.ndarray, float]:
    """Applies a gain, a smaller one where full scale does not hold the peak.

    Args:
        audio: Waveform (samples,).
        gain: DB.

    Returns:
        The waveform, and by how many dB its gain had to be smaller, 0 or more.
    """
    factor = 10 ** (gain / 20)
    room = LARGEST / max(float(np.abs(audio).max()), 1e-9)
    lowered = max(0.0, 20 * np.log10(factor / room))
    return (audio * min(factor, room)).astype("float32"), float(lowered)
