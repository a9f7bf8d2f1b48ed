"""Audio files in a folder and its subfolders."""

from pathlib import Path

from keras_pwavenet.data.clips import Clip
from keras_pwavenet.data.tables import read_folder


def looks_like(root: Path) -> bool:
    """Whether it may be one: any folder."""
    return True


def read(root: Path) -> list[Clip]:
    """Clips of such a folder, with texts of its table or of files beside them."""
    return read_folder(root, ("file", "text", "speaker"))
