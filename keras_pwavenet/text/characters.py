"""Characters: brought to few forms, and named where they are signs or emoji."""

import functools
import re
import unicodedata

LETTER = "\ue000"  # before a letter that is said by its name
GIVEN = 0xF0000  # code point of the first stretch whose phonemes are given
_KEPT = "²³™®°№"  # what the compatible form would make unreadable
_FLAG_A = 0x1F1E6
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
# Escape sequences of ECMA-48. Strings end on their line, or are none; introducers of
# one byte are taken for such before digits only: other encodings have letters there.
_CONTROLS = re.compile(
    "(?:\x1b\\[|\x9b(?=[0-9;]))[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[]PX^_]|[\x90\x9d](?=[0-9]))[^\x07\x1b\x90-\x9f\n]*(?:\x07|\x1b\\\\|\x9c)"
    "|\x1b[ -/]*[0-~]"
    "|[^\n]\x08"
)
_SIGNS = {
    **{"&": "and", "@": "at", "+": "plus", "=": "equals", "%": "percent"},
    **{"#": "hash", "\\": "backslash", "^": "caret", "§": "section", "~": "tilde"},
    **{"©": "copyright", "®": "registered", "™": "trademark", "°": "degrees"},
    **{"×": "times", "÷": "divided by", "±": "plus or minus", "≤": "at most"},
    **{"≥": "at least", "≠": "is not", "≈": "about", "<": "less than"},
    **{"−": "minus", ">": "greater than", "→": "to", "←": "from", "$": "dollar"},
    **{"€": "euro", "£": "pound", "¥": "yen", "¢": "cent", "/": "slash"},
    **{"✓": "check mark", "∞": "infinity", "√": "square root of", "№": "number"},
    **{"²": "squared", "³": "cubed", "µ": "micro", "❤": "heart", "♥": "heart"},
    **{"`": "", "´": "", "¨": "", "¸": ""},
}


def without_controls(text: str) -> str:
    """A text without what is for a terminal: colours, titles, links, overstriking."""
    return _CONTROLS.sub("", text)


def cleaned(text: str) -> str:
    """Brings characters to the forms that the rest of the reading looks for.

    Args:
        text: Any text.

    Returns:
        The text in composed, compatible characters, with ASCII digits and apostrophes,
        without what is not seen. Characters for private use become U+FFFD.
    """
    text = _FLAG.sub(_flag, unicodedata.normalize("NFC", text))
    return "".join(map(_cleaned, text))


def _flag(match):
    """The two letters of a country."""
    letters = (chr(ord(letter) - _FLAG_A + ord("a")) for letter in match[0])
    return f" flag {' '.join(letters)} "


@functools.lru_cache(maxsize=4096)
def _cleaned(letter):
    if letter.isascii():
        return letter if letter.isprintable() or letter == "\n" else " "
    if letter in "’ʼ＇":
        return "'"
    if letter in _KEPT:
        return letter
    kind = unicodedata.category(letter)
    if kind in ("Co", "Cn", "Cs"):
        return "\ufffd"
    if kind in ("Cf", "Me") or "\ufe00" <= letter <= "\ufe0f":
        return ""
    if kind == "Sk" and ord(letter) > 0xFFFF:  # the colour of a skin
        return ""
    if kind in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    if unicodedata.decimal(letter, None) is not None:
        return str(unicodedata.decimal(letter))
    plain = unicodedata.normalize("NFKC", letter)
    return f" {plain} " if "⁄" in plain else plain


def is_latin(letter: str) -> bool:
    """Whether a character is a letter of the Latin script, or a mark above one."""
    if letter.isascii():
        return letter.isalpha()
    return unicodedata.name(letter, "").startswith(("LATIN ", "COMBINING "))


@functools.lru_cache(maxsize=4096)
def said(letter: str) -> str | None:
    """The words for a character that is no Latin letter, e.g. "grinning face".

    Args:
        letter: One character, `cleaned`.

    Returns:
        Its words, "" for what is written and not said, such as quotation marks, and
        None for letters of other scripts.
    """
    if letter in _SIGNS:
        return _SIGNS[letter]
    name = re.sub(r"[^a-z ]", " ", unicodedata.name(letter, "").lower())
    if name.startswith("greek ") and " letter " in name:
        return name.split(" letter ")[1].split(" ")[0]
    kind = unicodedata.category(letter)
    if kind[0] == "S" or kind == "No":
        return name
    return None if kind[0] == "L" else ""
