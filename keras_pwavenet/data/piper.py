"""Folders as Piper and Rhasspy record them."""

import dataclasses
import re
from pathlib import Path

from keras_pwavenet.data.clips import RECORDINGS, Clip, audio_files
from keras_pwavenet.data.tables import read_folder, table_of, text_beside

_FOLDERS = ("data", *RECORDINGS)
_TAKE = re.compile(r"_\d{10}$")  # when it was recorded, in seconds since 1970


def looks_like(root: Path) -> bool:
    """Whether there are texts for takes of several prompts, or a table beside wav."""
    table = table_of(root).is_file()
    if table and (root / "wav").is_dir():
        return True
    takes = {
        prompt_of(name)
        for name, path in audio_files(root).items()
        if _TAKE.search(name) and (table or text_beside(path))
    }
    return len(takes) > 1


def read(root: Path) -> list[Clip]:
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
