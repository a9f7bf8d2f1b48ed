"""Folders of recordings with a table of texts, or a text beside each."""

import csv
from collections.abc import Iterator
from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files, name_within

_TITLES = {
    "file": ("file_name", "file", "filename", "path", "name", "id"),
    "text": ("text", "transcription", "transcript", "sentence", "normalized_text"),
    "speaker": ("speaker", "speaker_id", "speaker_name"),
}


def read_folder(root: Path, columns: tuple[str, str, str]) -> list[Clip]:
    """Clips of a folder, with texts of its metadata.csv or of files beside them.

    Args:
        root: The folder.
        columns: Order of "file", "text" and "speaker" in a table that has no header
            and three columns; of two columns the second is the text.
    """
    files = audio_files(root)
    clips = {}
    for name, path in files.items():
        beside = path.with_suffix(".txt")
        text = beside.read_text(encoding="utf-8-sig") if beside.is_file() else ""
        clips[name] = Clip(name, path, text.strip())
    if (root / "metadata.csv").is_file():
        for file, text, speaker in _rows(root / "metadata.csv", columns):
            name = name_within(root, file, files)
            clips[name] = Clip(name, files.get(name, root / file), text, speaker)
    return list(clips.values())


def _rows(path: Path, columns: tuple[str, str, str]) -> Iterator[tuple[str, str, str]]:
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
    if max(map(len, rows)) < len(columns):
        columns = ("file", "text", "speaker")
    header = [cell.strip().lower() for cell in rows[0]]
    places = {column: place for place, column in enumerate(columns)}
    if header[0] in _TITLES["file"] or "file_name" in header:
        rows = rows[1:]
        places = {}
        for column, titles in _TITLES.items():
            found = [header.index(title) for title in titles if title in header]
            places[column] = found[0] if found else len(header)
    for row in rows:
        cells = {
            column: row[place].strip() if place < len(row) else ""
            for column, place in places.items()
        }
        yield cells["file"], cells["text"], cells["speaker"]
