"""Recordings to leave out: further takes, and the same one again."""

import collections
import contextlib
import hashlib
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.data.clips import Clip


def last_takes(clips: Sequence[Clip]) -> list[Clip]:
    """Keeps the last take of each speaker's prompt.

    The last is so by name: where takes are numbered by time, that is the one after
    which the speaker went on to the next prompt.

    Args:
        clips: The corpus, as `read_corpus` gives it.

    Returns:
        The clips kept, in their order.
    """
    last = {}
    for clip in sorted(clips, key=lambda clip: clip.name):
        last[clip.speaker, clip.prompt] = clip
    return [clip for clip in clips if last[clip.speaker, clip.prompt] is clip]


def copies(clips: Sequence[Clip]) -> dict[str, str]:
    """Finds recordings that are the same, byte for byte.

    Args:
        clips: The corpus. Files that cannot be read count as different.

    Returns:
        Names of the clips whose file an earlier clip holds, and that clip's name.
    """
    by_size = collections.defaultdict(list)
    for clip in clips:
        with contextlib.suppress(OSError, ValueError):  # no name that a file has
            if clip.path.is_file():
                by_size[clip.path.stat().st_size].append(clip)
    found, first = {}, {}
    for size, same in by_size.items():
        if size == 0 or len(same) == 1:
            continue
        for clip in same:
            with contextlib.suppress(OSError):
                name = first.setdefault(_digest(clip.path), clip.name)
                if name != clip.name:
                    found[clip.name] = name
    return found


def _digest(path: Path) -> bytes:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
