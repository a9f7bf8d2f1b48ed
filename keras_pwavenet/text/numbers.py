"""Whatever has digits in English text, in words."""

import re

from keras_pwavenet.text import amounts, dates
from keras_pwavenet.text.characters import LETTER
from keras_pwavenet.text.numerals import cardinal, ordinal, say, year


def _fraction(match):
    whole, top, bottom = match[1], int(match[2]), int(match[3])
    if not 2 <= bottom <= 100 or not top:
        return match[0].replace("/", " slash ")
    below = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    if top > 1:
        below = "halves" if bottom == 2 else f"{below}s"
    said = f"{say(top)} {below}"
    return f"{cardinal(whole)} and {said}" if whole else said


def _long(match):
    """Four digits alone are mostly a year; thousands are read as such."""
    number = match[0]
    if len(number) == 4 and 1100 <= int(number) < 2100 and int(number) % 1000:
        return year(int(number))
    return cardinal(number)


def _dotted(match):
    return " point ".join(cardinal(part) for part in match[0].split("."))


# In this order: what is found first is words when the next one looks.
_READINGS = [
    (
        r"(?<=[^\W\d_])-(?=\d)|(?<=\d)-(?=[^\W\d_])|(?<=\d(?:st|nd|rd|th))-(?=\w)",
        lambda match: " ",
    ),
    *dates.READINGS,
    *amounts.READINGS,
    (
        r"\b(\d[\d,]*)(?:st|nd|rd|th)\b",
        lambda match: ordinal(int(match[1].replace(",", ""))),
    ),
    (r"(?<![\d/.])(?:(\d{1,9})\s)?(\d{1,3})[/⁄](\d{1,3})(?![\d/])", _fraction),
    (r"(?<![\d.])\d+(?:\.\d+){2,}(?!\.?\d)", _dotted),
    (r"#\s?(?=\d)|№\s?(?=\d)|\bNo\.\s?(?=\d)", lambda match: "number "),
    (r"(?<=\d):(?=\d)", lambda match: " to "),
    (r"(?<=\d)\s?[x×*]\s?(?=\d)", lambda match: " times "),
    (r"[~≈]\s?(?=\d)", lambda match: "about "),
    (r"(?<![\w'])([A-Za-z])-?(?=\d)", lambda match: LETTER + match[1]),
    (r"(?<![\d.])\.(?=\d)", lambda match: "0."),
    (r"(?<![\d.])\d{4}(?!\.?\d)", _long),
    (r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?", lambda match: cardinal(match[0])),
]
_READINGS = [(re.compile(pattern), reading) for pattern, reading in _READINGS]


def numbers_to_words(text: str) -> str:
    """Writes out whatever has digits.

    Args:
        text: `characters.cleaned`, e.g. "It costs $5.20 on 3/4/2021 at 5:30 p.m."

    Returns:
        The text without digits. A letter to be said by its name has `LETTER` before it.
    """
    if not re.search(r"\d", text):
        return text
    for pattern, reading in _READINGS:
        text = pattern.sub(lambda match, reading=reading: _apart(reading(match)), text)
    return text


def _apart(words):
    return f" {words} " if words[-1:].isalpha() else words
