"""WaniKani's Japanese words, told by their file names."""

import re
import unicodedata
from pathlib import Path

import numpy as np
import soundfile

from keras_pwavenet.audio import AudioError, read_audio
from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.pitch import frame_pitch
from keras_pwavenet.data.telling import warn_of

SPEAKERS = ("wanikani_female", "wanikani_male")

_NAME = re.compile(r"(?P<word>.+)【(?P<reading>.+)】")
_RATE, _HOP = 16_000, 160
_HIGHEST_OF_MAN = 180.0  # Hz; the medians of his words end there


def looks_like(root: Path) -> bool:
    """Whether recordings below `root` are named as word and reading."""
    return any(_NAME.fullmatch(path.stem) for path in audio_files(root).values())


def read(root: Path) -> list[Clip]:
    """Clips of the words below `root`, the MP3 files where there are also others.

    A clip's text is the word, its prompt the reading, so that words that sound alike
    lie in one split. Of the two speakers only the man has mono recordings, but for a
    few of the woman's, which lie higher.

    Raises:
        ImportError: If pyworld is not installed, by which a speaker's pitch is told.
    """
    found: dict[str, Path] = {}
    for path in audio_files(root).values():
        name = unicodedata.normalize("NFC", path.stem)
        if name not in found or path.suffix.lower() == ".mp3":
            found[name] = path
    clips = []
    others = [name for name in found if not _NAME.fullmatch(name)]
    warn_of(others, "recordings are not named WORD【READING】 and are left out")
    for name, path in found.items():
        if match := _NAME.fullmatch(name):
            word, reading = match["word"], match["reading"]
            clips.append(Clip(name, path, word, _speaker(path), reading))
    return clips


def _speaker(path: Path) -> str:
    female, male = SPEAKERS
    try:
        if soundfile.info(path).channels > 1:
            return female
        audio, _ = read_audio(path, _RATE)
    except (soundfile.LibsndfileError, AudioError):
        return female  # `prepare` will tell what is wrong with the file
    pitch = frame_pitch(audio[: len(audio) // _HOP * _HOP], _RATE, _HOP)
    voiced = pitch[pitch > 0]
    return female if len(voiced) and np.median(voiced) > _HIGHEST_OF_MAN else male
