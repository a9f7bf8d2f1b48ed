"""Folders as LJSpeech is laid out: metadata.csv and wavs."""

from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.tables import TABLE, clips_of, read_rows


def looks_like(root: Path) -> bool:
    """Whether there is a table beside a folder of recordings."""
    return (root / TABLE).is_file() and (root / "wavs").is_dir()


def read(root: Path) -> list[Clip]:
    """Clips of such a folder; the table's middle column may name speakers."""
    wavs = root / "wavs"
    files, table = audio_files(wavs), root / TABLE
    rows = list(read_rows(table, ("file", "speaker", "text"), files))
    # The middle column is the text as it is written, or few speakers again and again.
    middle = [row.speaker for row in rows if row.speaker]
    speakers = 2 * len(set(middle)) <= len(middle)
    columns = ("file", "speaker", "text") if speakers else ("file", "written", "text")
    return list(clips_of(table, wavs, files, columns).values())
