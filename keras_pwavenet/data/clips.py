"""One recording of a corpus, and where the recordings of a folder lie."""

import dataclasses
import os
import unicodedata
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

from keras_pwavenet.data.telling import warn_of

# Where one clip lies there in several formats, the first of these is taken.
AUDIO_SUFFIXES = (
    *(".wav", ".flac", ".aiff", ".aif", ".w64", ".caf", ".au"),
    *(".g722", ".opus", ".ogg", ".oga", ".mp3", ".m4a", ".aac", ".mp4", ".webm"),
    *(".wave", ".aifc", ".snd", ".rf64", ".sph", ".voc", ".wma", ".mka", ".mp2"),
    *(".amr", ".3gp", ".ape", ".wv", ".tta", ".spx", ".ac3", ".m4b"),
)
# Recordings that are not read: of a rate or form that the file does not tell, or rare.
_OTHER_SUFFIXES = (
    *(".raw", ".pcm", ".sln", ".sln16", ".ul", ".ulaw", ".al", ".alaw", ".gsm"),
    *(".g729", ".vox", ".dsf", ".dff", ".mpc", ".ra", ".rm", ".sd2", ".svx", ".nist"),
)

# Where a corpus keeps its recordings, if not beside its table.
RECORDINGS = ("wav", "wavs")


@dataclasses.dataclass(frozen=True)
class Clip:
    """One recording of a corpus.

    Attributes:
        name: Name within the corpus, with `/` between folders, without extension.
        path: The audio file.
        text: What is said; empty if unknown.
        speaker: Who says it; empty if unknown.
        prompt: What was to be said, the same for all takes of it; decides the split.
            The name if empty.
    """

    name: str
    path: Path
    text: str = ""
    speaker: str = ""
    prompt: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompt", self.prompt or self.name)


def audio_files(root: Path) -> dict[str, Path]:
    """Audio files below `root` by clip name; one file a name, hidden ones ignored.

    Linked folders are followed, but not into what was seen. Names that are no UTF-8
    are left out with a warning, and so are folders and formats that cannot be read.
    """
    files: dict[str, Path] = {}
    unnamed, unread, others, seen, waiting = [], [], [], set(), [root]
    while waiting:
        for folder, folders, names in os.walk(waiting.pop(0), onerror=unread.append):
            folders[:] = sorted(name for name in folders if not name.startswith("."))
            if os.path.realpath(folder) in seen:
                folders.clear()
                continue
            seen.add(os.path.realpath(folder))
            links = [Path(folder, name) for name in folders]
            waiting += [link for link in links if link.is_symlink()]
            for name in sorted(names):
                path = Path(folder, name)
                suffix = path.suffix.lower()
                if name.startswith(".") or suffix not in AUDIO_SUFFIXES:
                    others += [_printable(str(path))] * (suffix in _OTHER_SUFFIXES)
                    continue
                key = path.relative_to(root).with_suffix("").as_posix()
                key = unicodedata.normalize("NFC", key)
                if not key.isprintable() and _printable(key) != key:
                    unnamed.append(_printable(key))
                elif key not in files or _preference(path) < _preference(files[key]):
                    files[key] = path
        waiting = [link for link in waiting if os.path.realpath(link) not in seen]
    warn_of(unnamed, f"recordings in {root} are called in no UTF-8 and are left out")
    reasons = [f"{error.filename} ({error.strerror})" for error in unread]
    warn_of(reasons, "folders cannot be read and are left out")
    warn_of(others, "recordings are left out for their format")
    return files


def _printable(name: str) -> str:
    """The name with the bytes that are no UTF-8 written out."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")


def _preference(path: Path) -> int:
    return AUDIO_SUFFIXES.index(path.suffix.lower())


def name_within(root: Path, file: str, files: Mapping[str, Path]) -> str | None:
    """Name of the clip that a corpus' table means.

    The name never tells where the corpus lies: a path from the root of a disk, of
    this machine or another, becomes one from the corpus' folder.

    Args:
        root: The corpus' folder.
        file: What the table says: a path, with or without the extension.
        files: The corpus' audio files by name, as `audio_files` gives them.

    Returns:
        The name, from the corpus' folder on, without extension. Where there is no
        such recording there, but in the folder wav or wavs, it is that one's. None if
        the path leads out of the corpus.
    """
    file = unicodedata.normalize("NFC", file)
    path = PurePosixPath(PureWindowsPath(file).as_posix() if "\\" in file else file)
    if path.suffix.lower() in AUDIO_SUFFIXES:
        path = path.with_suffix("")
    for base in (root.absolute(), root.resolve()):
        joined = Path(os.path.normpath(base / path))
        if joined.is_relative_to(base) and not PureWindowsPath(path).drive:
            name = joined.relative_to(base).as_posix()
            places = _places(name)
            linked = Path(os.path.realpath(joined.parent), joined.name)
            if linked.is_relative_to(root.resolve()):
                places += (linked.relative_to(root.resolve()).as_posix(),)
            return next((place for place in places if place in files), name)
    for first in range(1, len(path.parts)):
        for place in _places("/".join(path.parts[first:])):
            if place in files:
                return place
    return None


def _places(name: str) -> tuple[str, ...]:
    return (name, *(f"{folder}/{name}" for folder in RECORDINGS))
