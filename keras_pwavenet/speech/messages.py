"""What passes between Speech Dispatcher and its module: settings, text, audio."""

import html
import re
import unicodedata

from keras_pwavenet.text.front_end import script_of

_MARK = re.compile(r"<mark\s+name=[\"']([^\"']*)[\"']\s*/?>(?:</mark>)?")
_TAG = re.compile(r"<[^<>]*>")
_SENTENCE_ENDS = re.compile(r"([.?!:;]|\n)[\"')\]]*\s*$")
_ESCAPE, _FLIP = 0x7D, 0x20
_NUMBERS = ("rate", "pitch", "pitch_range", "volume")  # from -100 to 100
_NAMES = {
    "punctuation_mode": ("none", "some", "most", "all"),
    "spelling_mode": ("on", "off"),
    "cap_let_recogn": ("none", "spell", "icon"),
    "voice": (
        *("male1", "male2", "male3", "female1", "female2", "female3"),
        *("child_male", "child_female"),
    ),
}
_FREE = ("language", "punctuation_some", "synthesis_voice")


def escaped(content: bytes) -> bytes:
    """Bytes without line ends, as HDLC escapes them."""
    for byte in (_ESCAPE, 0x0A):
        content = content.replace(bytes([byte]), bytes([_ESCAPE, byte ^ _FLIP]))
    return content


def is_setting(name: str, value: str) -> bool:
    """Whether SET may give a setting this value."""
    if name in _NUMBERS:
        number = whole(value)
        return number is not None and -100 <= number <= 100
    return name in _FREE or (name in _NAMES and value in ("NULL", *_NAMES[name]))


def whole(value: str) -> int | None:
    """The number, or None for what is no whole one."""
    try:
        return int(value)
    except ValueError:
        return None


def heard(message: str) -> list[tuple[list[str], str]]:
    """The parts of a message in SSML: index marks, and the text that follows them.

    A mark within a sentence goes before the sentence, so that it is said in one piece.
    """
    text, *rest = _MARK.split(message)
    parts = [([], text)]
    for mark, text in zip(rest[::2], rest[1::2], strict=True):
        marks, before = parts[-1]
        if _SENTENCE_ENDS.search(_TAG.sub("", before)):
            parts.append(([mark], text))
        else:
            parts[-1] = ([*marks, mark], before + text)
    return [(marks, html.unescape(_TAG.sub("", text))) for marks, text in parts]


def named(character: str) -> str:
    """The words for a single character, e.g. "comma"."""
    if len(character) != 1 or character.isalnum():
        return character
    known = {" ": "space", "\n": "new line", "\t": "tab", ".": "dot", "-": "dash"}
    return known.get(character) or unicodedata.name(character, "unknown").lower()


def key_name(key: str) -> str:
    """The words for a key or an icon, e.g. "shift A" of "shift_a"."""
    parts = key.split("_") if len(key) > 1 else [key]
    return " ".join(
        named(part).upper() if part.isalpha() and len(part) == 1 else named(part)
        for part in parts
    )


def alternatives(text: str) -> list[str]:
    """What to say in place of a text of which nothing can be said, best first.

    Phonemes in brackets as letters; or the scripts, e.g. "Cyrillic letters".
    """
    scripts = dict.fromkeys(script_of(letter) for letter in text if letter.isalpha())
    plural = "s" if sum(map(str.isalpha, text)) > 1 else ""
    named = [f"{script} letter{plural}" for script in scripts]
    return [text.translate(str.maketrans("[]", "  ", "ˈˌː")), ", ".join(named)]
