"""Collections of telephone prompts and the file of their transcripts."""

import fnmatch
import gzip
import re
import zlib
from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.telling import warn_of

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
        ValueError: If the transcripts are gzipped and damaged.
    """
    texts = _read_transcripts(transcripts)
    clips, unsaid = [], []
    for name, path in audio_files(root).items():
        text = texts.get(name, "")
        is_tone = any(fnmatch.fnmatchcase(name, glob) for glob in _NOT_SPEECH)
        if not is_tone and not _BRACKETED.fullmatch(text):
            clips.append(Clip(name, path, text))
            unsaid += [] if text else [name]
    warn_of(unsaid, f"recordings have no text in {transcripts}")
    return clips


def _read_transcripts(path: Path) -> dict[str, str]:
    data = path.read_bytes()
    try:
        if data.startswith(b"\x1f\x8b"):
            data = gzip.decompress(data)
    except (EOFError, OSError, zlib.error) as error:
        raise ValueError(
            f"Expected transcripts, whole or gzipped ({error}). "
            f"Received: transcripts={str(path)!r}"
        ) from error
    texts, bad = {}, []
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            name, colon, text = line.decode("utf-8").partition(":")
        except UnicodeDecodeError:
            bad.append(f"line {number}")
            continue
        if colon and not name.startswith(";"):
            texts[name.strip()] = text.strip()
    warn_of(bad, f"lines of {path} are left out for not being UTF-8")
    return texts
