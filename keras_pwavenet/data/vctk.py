"""Folders as VCTK is laid out: recordings and texts by speaker."""

from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.tables import read_texts
from keras_pwavenet.data.telling import warn_of

_RECORDINGS = ("wav48_silence_trimmed", "wav48")


def looks_like(root: Path) -> bool:
    """Whether there is VCTK's folder of recordings."""
    return _audio(root) is not None


def read(root: Path) -> list[Clip]:
    """Clips of such a folder, those of the first microphone.

    Raises:
        ValueError: If the folder is no such one.
    """
    audio = _audio(root)
    if audio is None:
        raise ValueError(
            f"Expected a corpus with a folder {' or '.join(_RECORDINGS)}. "
            f"Received: path={str(root)!r}"
        )
    files = {
        name.removesuffix("_mic1"): path
        for name, path in audio_files(audio).items()
        if not name.endswith("_mic2")
    }
    places = {name: root / "txt" / f"{name}.txt" for name in files}
    there = {name: place for name, place in places.items() if place.is_file()}
    texts = read_texts(there)
    warn_of([name for name in files if name not in there], "recordings have no text")
    return [
        Clip(name, path, texts.get(name, ""), name.split("/")[0])
        for name, path in files.items()
    ]


def _audio(root: Path) -> Path | None:
    folders = [root / name for name in _RECORDINGS]
    return next((folder for folder in folders if folder.is_dir()), None)
