"""Folders as LJSpeech is laid out: metadata.csv and wavs."""

import re
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.rows import Row, read_rows
from keras_pwavenet.data.tables import clips_of, table_of, warn_of_other_tables
from keras_pwavenet.data.telling import warn_of

_WORD = re.compile(r"\w+")


def looks_like(root: Path) -> bool:
    """Whether there is a table beside a folder of recordings."""
    return table_of(root).is_file() and (root / "wavs").is_dir()


def read(root: Path) -> list[Clip]:
    """Clips of such a folder; the table's middle column may name speakers.

    Raises:
        FileNotFoundError: If the folder is no such one.
    """
    wavs = root / "wavs"
    if not looks_like(root):
        raise FileNotFoundError(
            "Expected a corpus with metadata.csv and a folder wavs. "
            f"Received: path={str(root)!r}"
        )
    files, table = audio_files(wavs), table_of(root)
    rows = read_rows(table, ("file", "middle", "text"), files)
    if _middle_names_speakers(rows, table):
        rows = [row._replace(speaker=row.middle) for row in rows]
    warn_of_other_tables(table, [root])
    return list(clips_of(table, wavs, files, rows).values())


def _middle_names_speakers(rows: Sequence[Row], table: Path) -> bool:
    """Whether it has few speakers again and again, and not the text as it is written.

    The text as it is written mostly has a word of the text beside it.
    """
    rows = [row for row in rows if row.middle]
    names = sorted({row.middle for row in rows})
    written = sum(bool(_words(row.middle) & _words(row.text)) for row in rows)
    if 2 * written >= len(rows):
        return False
    if 2 * len(names) <= len(rows):
        return True
    warn_of(names, f"entries of the middle column of {table} name no speaker, it seems")
    return False


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
