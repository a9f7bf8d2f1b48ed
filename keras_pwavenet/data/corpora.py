"""Corpora on disk to lists of clips."""

import collections
import importlib
import os
from collections.abc import Sequence
from types import ModuleType

from keras_pwavenet.data import LAYOUTS
from keras_pwavenet.data.clips import Clip
from keras_pwavenet.data.split import split_of
from keras_pwavenet.data.telling import warn_of
from keras_pwavenet.files import home_path

_RARER = 20  # times fewer recordings than the one heard most


def read_corpus(
    path: str | os.PathLike,
    layout: str = "auto",
    transcripts: str | os.PathLike | None = None,
) -> list[Clip]:
    """Lists the clips of a corpus, sorted by name. Audio is read for "wanikani" only.

    Layouts:

    - "folder": audio files in a folder and its subfolders, linked ones too. An
      optional `metadata.csv`, separated by `|`, tabs, `;` or `,`, gives text and
      speaker; its header names the columns (`file_name`, `text`, `speaker`, or as
      Coqui, Piper and Hugging Face call them), and without a header they stand in
      that order. Without a table, the text may lie beside a recording, in a
      file of the same name with the extension `.txt`.
    - "ljspeech": `metadata.csv` (`id|text|normalised text`, `id|speaker|text`, or with
      a header) and `wavs/id.wav`.
    - "piper": folders of Piper and Rhasspy: a text beside each recording, or a
      `metadata.csv` (`id|text` or `id|speaker|text`) and recordings beside it or in
      `wav/` or `wavs/`. A name that ends in `_` and ten digits is one take of what
      comes before, the clip's prompt.
    - "vctk": `wav48/SPEAKER/ID.wav` or `wav48_silence_trimmed/SPEAKER/ID_mic1.flac`,
      texts in `txt/SPEAKER/ID.txt`.
    - "wanikani": the Japanese words of WaniKani, `WORD【READING】.mp3`. A clip's prompt
      is its reading; the two speakers are told apart by channels and pitch.
    - "prompts": a collection of telephone prompts and the file of its transcripts
      (`name: text` a line, may be gzipped). Tones, beeps, `silence/*` and whatever
      has a transcript in brackets are left out.
    - "freeswitch": prompts of FreeSWITCH (`SECTION/RATE/FILE.wav`), each at the
      highest rate there is, and the file of their phrases (`phrase_en.xml`). A clip's
      prompt is its phrase, so that a word of several sections lies in one split.

    Paths in a table are read from the corpus' folder on: a clip's name, and with it
    its split, is the same wherever the corpus lies. What is left out, found no partner
    or may be read wrong is counted in warnings, with examples: recordings and rows
    without each other, rows that are damaged, no UTF-8, of too many cells or name
    files outside the folder, other formats, other tables, and speakers of hardly any
    recordings.

    Args:
        path: The corpus' folder.
        layout: One of the above, or "auto": "freeswitch" or "prompts" if
            `transcripts` is given, as XML or not, otherwise what the folder looks
            like, "folder" at last.
        transcripts: The file of transcripts; for "prompts" and "freeswitch" only.

    Returns:
        The clips, at least one.

    Raises:
        ValueError: If the layout is unknown, the folder does not have it, or there is
            no clip.
        OSError: If the folder or a file of texts cannot be read.
        ImportError: If the layout is "wanikani" and pyworld is not installed.
    """
    root = home_path(path)
    if not root.is_dir():
        raise NotADirectoryError(
            f"Expected a corpus' folder. Received: path={str(path)!r}"
        )
    if layout not in ("auto", *LAYOUTS):
        raise ValueError(
            f"Expected `layout` to be one of auto, {', '.join(LAYOUTS)}. "
            f"Received: layout={layout!r}"
        )
    # What a layout's module reads, and tells the layout by.
    given = [root] if transcripts is None else [root, home_path(transcripts)]
    if layout == "auto":
        layout = next(
            name
            for name, needs_transcripts in LAYOUTS.items()
            if needs_transcripts == (transcripts is not None)
            and _module(name).looks_like(*given)
        )
    if LAYOUTS[layout] != (transcripts is not None):
        those = ", ".join(name for name, needs in LAYOUTS.items() if needs)
        raise ValueError(
            f"Expected `transcripts` for the layouts {those}, and only there. "
            f"Received: layout={layout!r}, "
            f"transcripts={transcripts and str(transcripts)!r}"
        )
    clips = _module(layout).read(*given)
    if not clips:
        raise ValueError(
            "Expected a corpus with an audio clip or more. "
            f"Received: path={str(path)!r}, layout={layout!r}"
        )
    _warn_of_speakers(clips)
    return sorted(clips, key=lambda clip: clip.name)


def _warn_of_speakers(clips: Sequence[Clip]) -> None:
    """Warns of speakers that are misspelt, it seems, or that nothing is learnt of."""
    counts = collections.Counter(clip.speaker for clip in clips)
    rare = [
        who for who in sorted(counts) if _RARER * counts[who] <= max(counts.values())
    ]
    warn_of([f"{who} ({counts[who]})" for who in rare], "speakers have few recordings")
    trained = {clip.speaker for clip in clips if split_of(clip.prompt) == "train"}
    unheard = sorted(counts.keys() - trained - {""})
    warn_of(unheard, "speakers have no recording in the train split")


def _module(layout: str) -> ModuleType:
    return importlib.import_module(f"keras_pwavenet.data.{layout}")
