"""Rows of a table, whatever tool wrote it."""

import collections
import csv
import io
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from keras_pwavenet.data.telling import warn_of

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
_SEPARATORS = "|\t;,"
_LONGEST = 10_000  # characters of a text; a quotation mark is missing beyond
_NO_UTF8 = re.compile("[\ud800-\udfff]")  # what `surrogateescape` makes of such bytes


class Row(NamedTuple):
    """One recording of a table; `middle` is of a column that may mean two things."""

    file: str
    text: str
    speaker: str
    middle: str


def read_rows(
    path: Path, columns: tuple[str, str, str], files: Collection[str] = ()
) -> list[Row]:
    """Reads a table in UTF-8, separated by `|`, tabs, `;` or `,`.

    What is left out, or may be read wrong, is told in warnings.

    Args:
        path: The table. A header names its columns, in any order.
        columns: Order of "file", "text" and "speaker" or "middle" without a header; of
            two columns the second is the text.
        files: Names of recordings, by which the separator is told.

    Returns:
        Rows that name a file. Left out are rows that are damaged or no UTF-8, or have
        more cells than the table has columns.
    """
    text = path.read_bytes().decode("utf-8-sig", "surrogateescape")
    rows, damaged = _cells(text, _separator(text, files))
    header = _header(next(iter(rows.values()), []))
    titles = rows.pop(next(iter(rows))) if header else []
    if header and "text" not in header:
        warn_of(titles, f"columns of {path}, and none is known to be the text")
    width = len(titles) or _usual_width(rows.values())
    foreign = {line for line in rows if _NO_UTF8.search("".join(rows[line]))}
    rows = {line: row for line, row in rows.items() if line not in foreign}
    more = {line for line, row in rows.items() if len(row) > width}
    rows = {line: row for line, row in rows.items() if line not in more}
    if width < len(columns):
        columns = ("file", "text", "speaker")
    places = header or {column: place for place, column in enumerate(columns)}
    if not header:
        unread = range(len(columns) + 1, width + 1)
        warn_of([f"the {one}th" for one in unread], f"columns of {path} are not read")
    needed = min(width, 1 + max(places.values()))
    fewer = {line for line, row in rows.items() if len(row) < needed}
    for lines, what in (
        (damaged, "are left out as damaged"),
        (foreign, "are left out for not being UTF-8"),
        (more, f"are left out with more than {width} cells"),
        (fewer, f"have fewer than {needed} cells"),
    ):
        warn_of([f"line {line}" for line in sorted(lines)], f"rows of {path} {what}")
    found = []
    for row in rows.values():
        cells = {name: _cell(row, place) for name, place in places.items()}
        if not header and len(row) == 2:
            cells = {"file": row[0], "text": row[1]}
        if cells["file"]:
            found.append(Row(*(cells.get(name, "") for name in Row._fields)))
    return found


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


def _cells(text: str, separator: str) -> tuple[dict[int, list[str]], list[int]]:
    """The rows' cells by line, and the lines of rows that cannot be.

    Empty cells at the end, which some tools write, are none.
    """
    quoting = csv.QUOTE_NONE if separator == "|" else csv.QUOTE_MINIMAL
    # Not `splitlines`: a text may hold what Unicode calls a line's end.
    lines = io.StringIO(text, newline="")
    rows, bad = {}, []
    before = csv.field_size_limit(len(text) + 1)
    try:
        reader = csv.reader(lines, delimiter=separator, quoting=quoting)
        for row in reader:
            if any("\0" in cell or len(cell) > _LONGEST for cell in row):
                bad.append(reader.line_num)
                continue
            cells = [_clean(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            if cells:
                rows[reader.line_num] = cells
    finally:
        csv.field_size_limit(before)
    return rows, bad


def _clean(cell: str) -> str:
    cell = cell.strip()
    if len(cell) > 1 and cell[0] == cell[-1] == '"':
        cell = cell[1:-1].strip()
    return unicodedata.normalize("NFC", cell)


def _cell(row: list[str], place: int) -> str:
    return row[place] if place < len(row) else ""


def _header(row: list[str]) -> dict[str, int] | None:
    """The place of each column that a header names; None if it is no header."""
    titles = [cell.lower() for cell in row]
    if not titles or (titles[0] not in _TITLES["file"] and "file_name" not in titles):
        return None
    places = {}
    for column, known in _TITLES.items():
        found = [titles.index(title) for title in known if title in titles]
        if found:
            places[column] = found[0]
    return places


def _usual_width(rows: Collection[list[str]]) -> int:
    """How many cells most rows have; of two widths as frequent the greater one."""
    widths = collections.Counter(map(len, rows))
    return max(widths, key=lambda one: (widths[one], one), default=0)
