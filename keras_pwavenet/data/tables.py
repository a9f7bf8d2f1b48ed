"""Folders of recordings with a table of texts, or a text beside each."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from keras_pwavenet.data.clips import RECORDINGS, Clip, audio_files, name_within
from keras_pwavenet.data.rows import Row, read_rows
from keras_pwavenet.data.telling import warn_of

_TABLE = "metadata.csv"
_OF_TABLES = (".csv", ".tsv", ".jsonl", ".parquet", ".xlsx", ".ods")


def table_of(root: Path) -> Path:
    """The table of a corpus' folder: metadata.csv, in letters of either case."""
    if (root / _TABLE).is_file() or not root.is_dir():
        return root / _TABLE
    alike = [name for name in sorted(os.listdir(root)) if name.lower() == _TABLE]
    return root / (alike[0] if alike else _TABLE)


def read_folder(root: Path, columns: tuple[str, str, str]) -> list[Clip]:
    """Clips of a folder, with texts of its metadata.csv or of files beside them.

    Warns of recordings, rows and texts without a partner, of texts that are not UTF-8,
    and of tables that are not read.

    Args:
        root: The folder.
        columns: Order of "file", "text" and "speaker" in a table that has no header
            and three columns; of two columns the second is the text.
    """
    files = audio_files(root)
    beside = [(name, text_beside(path)) for name, path in files.items()]
    texts = read_texts({name: text for name, text in beside if text is not None})
    clips = {
        name: Clip(name, path, texts.get(name, "")) for name, path in files.items()
    }
    table = table_of(root)
    if table.is_file():
        rows = read_rows(table, columns, files)
        clips |= clips_of(table, root, files, rows)
    elif texts:
        alone = [str(files[name]) for name, text in beside if text is None]
        warn_of(alone, "recordings have no text beside them")
    warn_of_other_tables(table, {root, *(path.parent for path in files.values())})
    return list(clips.values())


def clips_of(
    table: Path, root: Path, files: Mapping[str, Path], rows: Iterable[Row]
) -> dict[str, Clip]:
    """Clips of a table's rows by name, those without a recording too.

    Rows that name a file outside `root` are left out. Warns of them, of recordings and
    rows without a partner, and of recordings with several rows, of which the last
    counts.

    Args:
        table: The table.
        root: The folder that the recordings are in.
        files: The recordings by name, as `audio_files` gives them.
        rows: What `read_rows` gave.
    """
    clips, lost, outside, again = {}, [], [], []
    for row in rows:
        name = name_within(root, row.file, files)
        if name is None:
            outside.append(row.file)
            continue
        for folder in RECORDINGS:  # of which the table may be, or may not be
            inner = name.removeprefix(f"{folder}/")
            if name not in files and root.name == folder and inner in files:
                name = inner
        if name not in files:
            lost.append(row.file)
        elif name in clips:
            again.append(row.file)
        path = files.get(name, Path(os.path.normpath(root / row.file)))
        clips[name] = Clip(name, path, row.text, row.speaker)
    warn_of(outside, f"rows of {table} name files outside {root} and are left out")
    warn_of(lost, f"rows of {table} name no recording")
    warn_of(again, f"rows of {table} name a recording again")
    alone = sorted(files.keys() - clips.keys())
    warn_of(alone, f"recordings have no row in {table}")
    return clips


def text_beside(path: Path) -> Path | None:
    """The text file beside a recording, if there is one."""
    places = (path.with_suffix(suffix) for suffix in (".txt", ".TXT"))
    return next((place for place in places if place.is_file()), None)


def read_texts(places: Mapping[str, Path]) -> dict[str, str]:
    """Reads text files by name; leaves out those that cannot be, with a warning."""
    texts, unread = {}, []
    for name, path in places.items():
        try:
            texts[name] = path.read_text(encoding="utf-8-sig").strip()
        except (OSError, UnicodeDecodeError):
            unread.append(str(path))
    warn_of(unread, "texts are not UTF-8 or cannot be read, and are left out")
    return texts


def warn_of_other_tables(table: Path, folders: Iterable[Path]) -> None:
    """Warns of what seems to be a table and is not read."""
    others = [
        str(folder / name)
        for folder in sorted(folders)
        for name in sorted(os.listdir(folder))
        if name.lower().endswith(_OF_TABLES) and folder / name != table
    ]
    warn_of(others, f"tables are not read, only {table}")
