"""Folders of recordings with a table of texts, or a text beside each."""

import csv
import io
import re
import unicodedata
import warnings
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from keras_pwavenet.data.clips import RECORDINGS, Clip, audio_files, name_within

TABLE = "metadata.csv"
_TITLES = {
    "file": (
        *("file_name", "file", "filename", "path", "name", "id", "audio", "audio_file"),
        *("audio_path", "audio_filepath", "wav", "wav_filename", "clip", "utterance"),
    ),
    "text": (
        *("text", "transcription", "transcript", "sentence", "normalized_text"),
        *("raw_text", "raw_transcription", "phrase"),
    ),
    "speaker": ("speaker", "speaker_id", "speaker_name", "client_id", "voice"),
}
_OTHER_TABLES = ("metadata.jsonl", "metadata.tsv", "metadata.parquet")
_SEPARATORS = "|\t;,"
_LONGEST = 10_000  # characters of a text; a quotation mark is missing beyond
_NAMED = 3  # examples in a warning


class Row(NamedTuple):
    """One recording of a table."""

    file: str
    text: str
    speaker: str


def read_folder(root: Path, columns: tuple[str, str, str]) -> list[Clip]:
    """Clips of a folder, with texts of its metadata.csv or of files beside them.

    Warns of recordings and rows without a partner, and of texts that are not UTF-8.

    Args:
        root: The folder.
        columns: Order of "file", "text" and "speaker" in a table that has no header
            and three columns; of two columns the second is the text.
    """
    files = audio_files(root)
    clips, unread = {}, []
    for name, path in files.items():
        text, beside = "", path.with_suffix(".txt")
        if beside.is_file():
            try:
                text = beside.read_text(encoding="utf-8-sig").strip()
            except UnicodeDecodeError:
                unread.append(str(beside))
        clips[name] = Clip(name, path, text)
    warn_of(unread, "texts are not UTF-8 and left out")
    table = root / TABLE
    if table.is_file():
        clips |= clips_of(table, root, files, columns)
    folders = {root, *(path.parent for path in files.values())}
    places = {folder / name for folder in folders for name in (TABLE, *_OTHER_TABLES)}
    others = [str(place) for place in places - {table} if place.is_file()]
    warn_of(others, f"tables are not read, only {table}")
    return list(clips.values())


def clips_of(
    table: Path, root: Path, files: Mapping[str, Path], columns: tuple[str, str, str]
) -> dict[str, Clip]:
    """Clips of a table's rows by name, those without a recording too.

    Warns of recordings and rows without a partner.

    Args:
        table: The table.
        root: The folder that the recordings are in.
        files: The recordings by name, as `audio_files` gives them.
        columns: As `read_rows` takes them.
    """
    clips, lost = {}, []
    for row in read_rows(table, columns, files):
        name = name_within(root, row.file, files)
        for folder in RECORDINGS:  # of which the table may be, or may not be
            inner = name.removeprefix(f"{folder}/")
            if name not in files and root.name == folder and inner in files:
                name = inner
        if name not in files:
            lost.append(row.file)
        path = files.get(name, root / row.file)
        clips[name] = Clip(name, path, row.text, row.speaker)
    warn_of(lost, f"rows of {table} name no recording")
    warn_of(files.keys() - clips.keys(), f"recordings have no row in {table}")
    return clips


def read_rows(
    path: Path, columns: tuple[str, str, str], files: Collection[str] = ()
) -> Iterator[Row]:
    """Reads a table in UTF-8, separated by `|`, tabs, `;` or `,`.

    Args:
        path: The table. A header names its columns, in any order.
        columns: Order of "file", "text" and "speaker" without a header; of two columns
            the second is the text.
        files: Names of recordings, by which the separator is told.

    Yields:
        Rows that name a file. A row that cannot be is left out, with a warning.

    Raises:
        ValueError: If the table is not UTF-8.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Expected UTF-8. Received: {path}, {error}") from error
    cells, bad = _cells(text, _separator(text, files))
    warn_of([f"line {line}" for line in bad], f"rows of {path} are left out as damaged")
    if not cells:
        return
    places, has_header = _places(cells, columns)
    for row in cells[has_header:]:
        found = {
            column: row[place] if place < len(row) else ""
            for column, place in places.items()
        }
        if not has_header and len(row) == 2:
            found |= {"text": row[1], "speaker": ""}
        if found["file"]:
            yield Row(*(found.get(column, "") for column in Row._fields))


def warn_of(things: Collection[str], what: str) -> None:
    """Warns of how many things there are, and names some; silent if there is none."""
    if things:
        some = ", ".join(map(repr, sorted(things)[:_NAMED]))
        more = ", ..." if len(things) > _NAMED else ""
        warnings.warn(f"{len(things)} {what}: {some}{more}", stacklevel=4)


def _separator(text: str, files: Collection[str]) -> str:
    """The separator after what is a title or a recording; else the first there is."""
    line = re.split("[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    there = [separator for separator in _SEPARATORS if separator in line]
    titles = {title for some in _TITLES.values() for title in some}
    for separator in there:
        cell = _clean(line.split(separator)[0])
        if cell.lower() in titles or cell in files or Path(cell).stem in files:
            return separator
    return there[0] if there else ","


def _cells(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    """The rows' cells, and the lines of rows that cannot be."""
    quoting = csv.QUOTE_NONE if separator == "|" else csv.QUOTE_MINIMAL
    # Not `splitlines`: a text may hold what Unicode calls a line's end.
    lines = io.StringIO(text, newline="")
    rows, bad = [], []
    before = csv.field_size_limit(len(text) + 1)
    try:
        reader = csv.reader(lines, delimiter=separator, quoting=quoting)
        for row in reader:
            if any("\0" in cell or len(cell) > _LONGEST for cell in row):
                bad.append(reader.line_num)
            elif any(row):
                rows.append([_clean(cell) for cell in row])
    finally:
        csv.field_size_limit(before)
    return rows, bad


def _clean(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].strip()
    return unicodedata.normalize("NFC", cell)


def _places(
    rows: list[list[str]], columns: tuple[str, str, str]
) -> tuple[dict[str, int], bool]:
    """The place of each column, and whether the first row is a header."""
    header = [cell.lower() for cell in rows[0]]
    if header[0] in _TITLES["file"] or "file_name" in header:
        places = {}
        for column, titles in _TITLES.items():
            found = [header.index(title) for title in titles if title in header]
            places[column] = found[0] if found else len(header)
        return places, True
    if max(map(len, rows)) < len(columns):
        columns = ("file", "text", "speaker")
    return {column: place for place, column in enumerate(columns)}, False
