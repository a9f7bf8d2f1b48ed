"""Folders as VCTK is laid out: recordings and texts by speaker."""

from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.tables import warn_of

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
    clips, unread = [], []
    for name, path in audio_files(audio).items():
        if name.endswith("_mic2"):
            continue
        name = name.removesuffix("_mic1")
        text_file = root / "txt" / f"{name}.txt"
        text = ""
        if text_file.is_file():
            try:
                text = text_file.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                unread.append(str(text_file))
        clips.append(Clip(name, path, text.strip(), name.split("/")[0]))
    warn_of(unread, "texts are not UTF-8 and left out")
    return clips


def _audio(root: Path) -> Path | None:
    folders = [root / name for name in _RECORDINGS]
    return next((folder for folder in folders if folder.is_dir()), None)
