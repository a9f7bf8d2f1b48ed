"""Folders as Piper and Rhasspy record them."""

import dataclasses
import re
from pathlib import Path

from keras_pwavenet.data.clips import RECORDINGS, Clip, audio_files
from keras_pwavenet.data.tables import read_folder

_FOLDERS = ("data", *RECORDINGS)
_TAKE = re.compile(r"_\d{10}$")  # when it was recorded, in seconds since 1970


def looks_like_piper(root: Path) -> bool:
    """Whether there is a table beside a folder wav, or texts beside numbered takes."""
    if (root / "metadata.csv").is_file():
        return (root / "wav").is_dir()
    return any(
        _TAKE.search(name) and path.with_suffix(".txt").is_file()
        for name, path in audio_files(root).items()
    )


def read_piper(root: Path) -> list[Clip]:
    """Clips of such a folder; takes of one prompt share it."""
    return [
        dataclasses.replace(clip, prompt=prompt_of(clip.name))
        for clip in read_folder(root, ("file", "speaker", "text"))
    ]


def prompt_of(name: str) -> str:
    """Prompt of a clip: its name without the recordings' folder and the take.

    >>> prompt_of("data/arctic_a0001_1592748574")
    'arctic_a0001'
    """
    folder, slash, rest = name.partition("/")
    return _TAKE.sub("", rest if slash and folder in _FOLDERS else name)
