"""Corpora on disk to lists of clips."""

import fnmatch
import gzip
import os
import re
from pathlib import Path

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.freeswitch import read_freeswitch
from keras_pwavenet.data.piper import looks_like_piper, read_piper
from keras_pwavenet.data.tables import TABLE, clips_of, read_folder, read_rows, warn_of
from keras_pwavenet.data.wanikani import looks_like_wanikani, read_wanikani

LAYOUTS = (
    *("auto", "folder", "ljspeech", "piper", "vctk", "wanikani"),
    *("prompts", "freeswitch"),
)

# Tones, beeps and pauses of the prompt collections.
_NOT_SPEECH = ("*tone*", "beep*", "silence/*")
_BRACKETED = re.compile(r"\[.*\]")


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
    its split, is the same wherever the corpus lies. How many recordings and rows found
    no partner, and which for example, is told in a warning.

    Args:
        path: The corpus' folder.
        layout: One of the above, or "auto": "freeswitch" or "prompts" if
            `transcripts` is given, as XML or not, otherwise what the folder looks
            like.
        transcripts: The file of transcripts; for "prompts" and "freeswitch" only.

    Returns:
        The clips, at least one.

    Raises:
        ValueError: If the layout is unknown, the folder does not have it, or there is
            no clip.
        OSError: If the folder or a file of texts cannot be read.
        ImportError: If the layout is "wanikani" and pyworld is not installed.
    """
    root = Path(path).expanduser()
    if not root.is_dir():
        raise NotADirectoryError(
            f"A corpus must be a folder. Received: path={str(path)!r}"
        )
    if layout not in LAYOUTS:
        raise ValueError(
            f"`layout` must be one of {', '.join(LAYOUTS)}. Received: layout={layout!r}"
        )
    if transcripts is not None:
        transcripts = Path(transcripts).expanduser()
    if layout == "auto":
        layout = _guess_layout(root, transcripts)
    if (transcripts is not None) != (layout in ("prompts", "freeswitch")):
        raise ValueError(
            "`transcripts` must be given for the layouts 'prompts' and 'freeswitch', "
            f"and only there. Received: layout={layout!r}, "
            f"transcripts={transcripts and str(transcripts)!r}"
        )
    if layout == "prompts":
        clips = _read_prompts(root, transcripts)
    elif layout == "freeswitch":
        clips = read_freeswitch(root, transcripts)
    else:
        clips = _READERS[layout](root)
    if not clips:
        raise ValueError(
            f"The corpus holds no audio clip. Received: path={str(path)!r}, "
            f"layout={layout!r}"
        )
    return sorted(clips, key=lambda clip: clip.name)


def _guess_layout(root: Path, transcripts: Path | None) -> str:
    if transcripts is not None:
        return "freeswitch" if transcripts.suffix == ".xml" else "prompts"
    if looks_like_piper(root):  # also where its folders are called as LJSpeech's
        return "piper"
    if (root / "metadata.csv").is_file() and (root / "wavs").is_dir():
        return "ljspeech"
    if _vctk_audio(root):
        return "vctk"
    return "wanikani" if looks_like_wanikani(root) else "folder"


def _read_folder(root: Path) -> list[Clip]:
    return read_folder(root, ("file", "text", "speaker"))


def _read_ljspeech(root: Path) -> list[Clip]:
    wavs = root / "wavs"
    files, table = audio_files(wavs), root / TABLE
    rows = list(read_rows(table, ("file", "speaker", "text"), files))
    # The middle column is the text as it is written, or few speakers again and again.
    middle = [row.speaker for row in rows if row.speaker]
    speakers = 2 * len(set(middle)) <= len(middle)
    columns = ("file", "speaker", "text") if speakers else ("file", "written", "text")
    return list(clips_of(table, wavs, files, columns).values())


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
    clips, unread = [], []
    for name, path in audio_files(audio).items():
        if name.endswith("_mic2"):
            continue
        name = name.removesuffix("_mic1")
        text_file = root / "txt" / f"{name}.txt"
        text = ""
        if text_file.is_file():
            try:
                text = text_file.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                unread.append(str(text_file))
        clips.append(Clip(name, path, text.strip(), name.split("/")[0]))
    warn_of(unread, "texts are not UTF-8 and left out")
    return clips


_READERS = {
    "folder": _read_folder,
    "ljspeech": _read_ljspeech,
    "piper": read_piper,
    "vctk": _read_vctk,
    "wanikani": read_wanikani,
}


def _read_prompts(root: Path, transcripts: Path) -> list[Clip]:
    texts = _read_transcripts(transcripts)
    clips = []
    for name, path in audio_files(root).items():
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
