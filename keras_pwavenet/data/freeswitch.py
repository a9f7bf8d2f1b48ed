"""The prompts of FreeSWITCH and the file of their phrases."""

import re
import xml.etree.ElementTree
from pathlib import Path, PurePosixPath

from keras_pwavenet.data.clips import Clip, audio_files
from keras_pwavenet.data.telling import warn_of

_NOT_SPEECH = ("tone", "music")
_PLACE = re.compile(r"(?:.*/)?(?P<section>[^/]+)/(?P<rate>\d+)/(?P<file>[^/]+)")


def looks_like(root: Path, phrases: Path) -> bool:
    """Whether the phrases are XML, by their name."""
    return phrases.suffix == ".xml"


def read(root: Path, phrases: Path) -> list[Clip]:
    """Clips of the prompts below `root`, each at the highest rate there is.

    A clip's name is its section and file, "ivr/ivr-hello". Its prompt is what is
    said, in small letters without punctuation, so that a word that several sections
    hold lies in one split; without a phrase, the name. Tones and music are left out.

    Args:
        root: A folder that holds `SECTION/RATE/FILE.wav`, at any depth.
        phrases: FreeSWITCH's phrase_LL.xml.

    Raises:
        ValueError: If the file holds no phrases.
    """
    texts = _read_phrases(phrases)
    found: dict[str, tuple[int, Path]] = {}
    misplaced = []
    for place, path in audio_files(root).items():
        match = _PLACE.fullmatch(place)
        if match is None:
            misplaced.append(place)
            continue
        name = f"{match['section']}/{match['file']}"
        found[name] = max(found.get(name, (0, path)), (int(match["rate"]), path))
    warn_of(misplaced, "recordings lie in no SECTION/RATE and are left out")
    unsaid = [name for name in found if texts.get(name, "") == ""]
    warn_of(unsaid, f"recordings have no phrase in {phrases}")
    return [
        Clip(name, path, texts.get(name, ""), prompt=_words(texts.get(name, "")))
        for name, (_, path) in found.items()
        if texts.get(name, "") is not None
    ]


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", text.casefold()))


def _read_phrases(path: Path) -> dict[str, str | None]:
    """Phrases by section and file without extension; None for tones and music."""
    try:
        root = xml.etree.ElementTree.parse(path).getroot()
    except (LookupError, SyntaxError, ValueError) as error:
        raise ValueError(
            f"Expected FreeSWITCH's phrases as XML ({error}). "
            f"Received: transcripts={str(path)!r}"
        ) from error
    phrases = {}
    for section in root.iterfind("*/*"):
        for prompt in section.iterfind("prompt[@filename][@phrase]"):
            name = f"{section.tag}/{PurePosixPath(prompt.attrib['filename']).stem}"
            speech = prompt.get("type") not in _NOT_SPEECH
            phrases[name] = prompt.attrib["phrase"] if speech else None
    if not phrases:
        raise ValueError(
            "Expected FreeSWITCH's phrases, <prompt phrase=... filename=...> in "
            f"sections of a language. Received: transcripts={str(path)!r}"
        )
    return phrases
