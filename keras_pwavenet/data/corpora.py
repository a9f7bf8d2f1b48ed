"""Corpora on disk to lists of clips."""

import csv
import dataclasses
import fnmatch
import gzip
import os
import re
from collections.abc import Iterator
from pathlib import Path

LAYOUTS = ("auto", "folder", "ljspeech", "vctk", "prompts")

# Where one clip lies there in several formats, the first of these is taken.
AUDIO_SUFFIXES = (
    *(".wav", ".flac", ".aiff", ".aif", ".w64", ".caf", ".au"),
    *(".g722", ".opus", ".ogg", ".oga", ".mp3", ".m4a", ".aac", ".mp4", ".webm"),
)

# Tones, beeps and pauses of the prompt collections.
_NOT_SPEECH = ("*tone*", "beep*", "silence/*")
_BRACKETED = re.compile(r"\[.*\]")

_COLUMNS = {
    "file": ("file_name", "file", "filename", "path", "name", "id"),
    "text": ("text", "transcription", "transcript", "sentence", "normalized_text"),
    "speaker": ("speaker", "speaker_id", "speaker_name"),
}


@dataclasses.dataclass(frozen=True)
class Clip:
    """One recording of a corpus.

    Attributes:
        name: Name within the corpus, with `/` between folders, without extension;
            decides the split.
        path: The audio file.
        text: What is said; empty if unknown.
        speaker: Who says it; empty if unknown.
    """

    name: str
    path: Path
    text: str = ""
    speaker: str = ""


def read_corpus(
    path: str | os.PathLike,
    layout: str = "auto",
    transcripts: str | os.PathLike | None = None,
) -> list[Clip]:
    """Lists the clips of a corpus, sorted by name. No audio is read.

    Layouts:

    - "folder": audio files in a folder and its subfolders. An optional
      `metadata.csv`, separated by `|` or `,`, gives text and speaker; its header
      names the columns (`file_name`, `text`, `speaker`), and without a header they
      stand in that order.
    - "ljspeech": `metadata.csv` (`id|text|normalised text`) and `wavs/id.wav`.
    - "vctk": `wav48/SPEAKER/ID.wav` or `wav48_silence_trimmed/SPEAKER/ID_mic1.flac`,
      texts in `txt/SPEAKER/ID.txt`.
    - "prompts": a collection of telephone prompts and the file of its transcripts
      (`name: text` a line, may be gzipped). Tones, beeps, `silence/*` and whatever
      has a transcript in brackets are left out.

    Args:
        path: The corpus' folder.
        layout: One of the above, or "auto": "prompts" if `transcripts` is given,
            otherwise what the folder looks like.
        transcripts: The file of transcripts; for "prompts" only.

    Returns:
        The clips, at least one.

    Raises:
        ValueError: If the layout is unknown, the folder does not have it, or there is
            no clip.
        OSError: If the folder or a file of texts cannot be read.
    """
    root = Path(path)
    if not root.is_dir():
        raise NotADirectoryError(
            f"A corpus must be a folder. Received: path={str(path)!r}"
        )
    if layout not in LAYOUTS:
        raise ValueError(
            f"`layout` must be one of {', '.join(LAYOUTS)}. Received: layout={layout!r}"
        )
    if layout == "auto":
        layout = "prompts" if transcripts is not None else _guess_layout(root)
    if (transcripts is not None) != (layout == "prompts"):
        raise ValueError(
            "`transcripts` must be given for the layout 'prompts', and only there. "
            f"Received: layout={layout!r}, transcripts={transcripts!r}"
        )
    if layout == "prompts":
        clips = _read_prompts(root, Path(transcripts))
    else:
        readers = {"folder": _read_folder, "ljspeech": _read_ljspeech}
        clips = readers.get(layout, _read_vctk)(root)
    if not clips:
        raise ValueError(
            f"The corpus holds no audio clip. Received: path={str(path)!r}, "
            f"layout={layout!r}"
        )
    return sorted(clips, key=lambda clip: clip.name)


def _guess_layout(root: Path) -> str:
    if (root / "metadata.csv").is_file() and (root / "wavs").is_dir():
        return "ljspeech"
    return "vctk" if _vctk_audio(root) else "folder"


def _audio_files(root: Path) -> dict[str, Path]:
    """Audio files below `root` by clip name; one file a name, hidden ones ignored."""
    files: dict[str, Path] = {}
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(folder, name)
            if name.startswith(".") or path.suffix.lower() not in AUDIO_SUFFIXES:
                continue
            key = path.relative_to(root).with_suffix("").as_posix()
            if key not in files or _preference(path) < _preference(files[key]):
                files[key] = path
    return files


def _preference(path: Path) -> int:
    return AUDIO_SUFFIXES.index(path.suffix.lower())


def _read_folder(root: Path) -> list[Clip]:
    files = _audio_files(root)
    clips = {name: Clip(name, path) for name, path in files.items()}
    if (root / "metadata.csv").is_file():
        for file, text, speaker in _metadata_rows(root / "metadata.csv"):
            path = Path(file)
            known = path.suffix.lower() in AUDIO_SUFFIXES
            name = (path.with_suffix("") if known else path).as_posix()
            clips[name] = Clip(name, files.get(name, root / file), text, speaker)
    return list(clips.values())


def _metadata_rows(path: Path) -> Iterator[tuple[str, str, str]]:
    """Yields (file, text, speaker) of a metadata.csv with or without a header."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        if "|" in file.readline():
            options = {"delimiter": "|", "quoting": csv.QUOTE_NONE}
        else:
            options = {}
        file.seek(0)
        rows = [row for row in csv.reader(file, **options) if any(row)]
    if not rows:
        return
    header = [cell.strip().lower() for cell in rows[0]]
    places = {"file": 0, "text": 1, "speaker": 2}
    if header[0] in _COLUMNS["file"] or "file_name" in header:
        rows = rows[1:]
        places = {}
        for column, titles in _COLUMNS.items():
            found = [header.index(title) for title in titles if title in header]
            places[column] = found[0] if found else len(header)
    for row in rows:
        cells = {
            column: row[place].strip() if place < len(row) else ""
            for column, place in places.items()
        }
        yield cells["file"], cells["text"], cells["speaker"]


def _read_ljspeech(root: Path) -> list[Clip]:
    clips = []
    for line in (root / "metadata.csv").read_text(encoding="utf-8").splitlines():
        if not line.strip():
            continue
        name, *texts = line.split("|")
        text = texts[-1].strip() if texts else ""
        clips.append(Clip(name, root / "wavs" / f"{name}.wav", text))
    return clips


def _vctk_audio(root: Path) -> Path | None:
    for folder in ("wav48_silence_trimmed", "wav48"):
        if (root / folder).is_dir():
            return root / folder
    return None


def _read_vctk(root: Path) -> list[Clip]:
    audio = _vctk_audio(root)
    if audio is None:
        raise ValueError(
            "VCTK's layout has a folder wav48 or wav48_silence_trimmed. Received: "
            f"path={str(root)!r}"
        )
    clips = []
    for name, path in _audio_files(audio).items():
        if name.endswith("_mic2"):
            continue
        name = name.removesuffix("_mic1")
        text_file = root / "txt" / f"{name}.txt"
        text = text_file.read_text(encoding="utf-8") if text_file.is_file() else ""
        clips.append(Clip(name, path, text.strip(), name.split("/")[0]))
    return clips


def _read_prompts(root: Path, transcripts: Path) -> list[Clip]:
    texts = _read_transcripts(transcripts)
    clips = []
    for name, path in _audio_files(root).items():
        text = texts.get(name, "")
        is_tone = any(fnmatch.fnmatchcase(name, glob) for glob in _NOT_SPEECH)
        if not is_tone and not _BRACKETED.fullmatch(text):
            clips.append(Clip(name, path, text))
    return clips


def _read_transcripts(path: Path) -> dict[str, str]:
    """Reads `name: text` lines; `;` starts a comment line."""
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    texts = {}
    for line in data.decode("utf-8-sig").splitlines():
        if ":" in line and not line.startswith(";"):
            name, text = line.split(":", 1)
            texts[name.strip()] = text.strip()
    return texts
