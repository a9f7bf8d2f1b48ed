"""Collections of telephone prompts and the file of their transcripts."""

import fnmatch
import gzip
import re
import zlib
from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files

# Tones, beeps and pauses.
_NOT_SPEECH = ("*tone*", "beep*", "silence/*")
_BRACKETED = re.compile(r"\[.*\]")


def looks_like(root: Path, transcripts: Path) -> bool:
    """Whether it may be one: any folder with transcripts."""
    return True


def read(root: Path, transcripts: Path) -> list[Clip]:
    """Clips of the prompts below `root` that are speech.

    Args:
        root: The folder.
        transcripts: `name: text` a line, may be gzipped; `;` starts a comment line.

    Raises:
        ValueError: If the transcripts are not UTF-8, or damaged.
    """
    texts = _read_transcripts(transcripts)
    clips = []
    for name, path in audio_files(root).items():
        text = texts.get(name, "")
        is_tone = any(fnmatch.fnmatchcase(name, glob) for glob in _NOT_SPEECH)
        if not is_tone and not _BRACKETED.fullmatch(text):
            clips.append(Clip(name, path, text))
    return clips


def _read_transcripts(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    try:
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
        content = data.decode("utf-8-sig")
    except (EOFError, OSError, UnicodeDecodeError, zlib.error) as error:
        raise ValueError(
            f"Expected transcripts in UTF-8, whole or gzipped ({error}). "
            f"Received: transcripts={str(path)!r}"
        ) from error
    texts = {}
    for line in content.splitlines():
        if ":" in line and not line.startswith(";"):
            name, text = line.split(":", 1)
            texts[name.strip()] = text.strip()
    return texts
