"""Rules and tables of keras_pwavenet.text for the page, which reads text by them."""

import re
import sys
from pathlib import Path

from keras_pwavenet.text import (
    abbreviations,
    addresses,
    amounts,
    characters,
    dates,
    english,
    front_end,
    numbers,
    numerals,
)

_FUNCTIONS = Path(__file__).parent / "page" / "numbers.js"
# Where a group that may be empty is optional, JavaScript never fills it.
_EMPTY = (abbreviations._END, dates._END, r"\s*$")
_WORD = r"\p{L}\p{N}_"
_BOUNDARY = rf"(?:(?<=[{_WORD}])(?![{_WORD}])|(?<![{_WORD}])(?=[{_WORD}]))"
# What numbers.js puts in the place of a reading without a name, and a text to check by.
_TEMPLATES = [
    ("{1}, {2}", "2020-01-02 10:20"),
    ("{cardinal 1} million", "5M"),
    ("{cardinal 1} feet", "6 ft"),
    ("{cardinal 1} inches", "6 in."),
    ("{ordinal 1}", "1,022nd"),
    (characters.LETTER + "{1}", "B4"),
    ("{cardinal 0}", "3.5"),
]


def reading() -> dict:
    """What the page's modules read text by.

    Returns:
        A dict of `numbers`, lists of a pattern, its flags and its reading: a function's
        name or a template; `marks`, the same with what is put there; `patterns`, each
        a pattern and its flags; `tables` of words; and `names` of signs and emoji.

    Raises:
        RuntimeError: If the package reads some numbers in a way that the page lacks.
    """
    patterns = {
        "controls": characters._CONTROLS,
        "address": addresses._ADDRESS,
        "title": abbreviations._TITLE,
        "street": abbreviations._NAMED_STREET,
        "ending": abbreviations._ENDING,
        "dotted": abbreviations._DOTTED,
        "initial": abbreviations._INITIAL,
        "joined": abbreviations._JOINED,
        "roman": abbreviations._ROMAN,
        "end": re.compile(abbreviations._END),
    }
    return {
        "numbers": [
            [*_pattern(pattern), *_reading(pattern, how)]
            for pattern, how in numbers._READINGS
        ],
        "marks": [
            [*_pattern(pattern), to.replace("\\", "$")]
            for pattern, to in english._MARKS
        ],
        "patterns": {name: _pattern(pattern) for name, pattern in patterns.items()},
        "tables": {
            "spelled": sorted(english._SPELLED),
            "lettered": sorted(english._LETTERED),
            "strongest": "".join(english._STRONGEST),
            "most_spelled": english._MOST_SPELLED,
            "most_letters": english._MOST_LETTERS,
            "longest": front_end.LONGEST_SENTENCE,
            "chunk": front_end._CHUNK,
            "kept": characters._KEPT,
            "signs": addresses._SIGNS,
            "short": addresses._SHORT,
            "before": abbreviations._BEFORE,
            "names": abbreviations._NAMES,
            "after": abbreviations._AFTER,
            "whole": abbreviations._WHOLE,
            "romans": abbreviations._ROMANS,
            "reigned": abbreviations._REIGNED.split("|"),
            "days": abbreviations._DAYS,
            "months": dates._MONTHS,
            "currencies": amounts._CURRENCIES,
            "codes": amounts._CODES,
            "scales": amounts._SCALES,
            "units": {
                unit: [name, amounts._plural(name)]
                for unit, name in amounts._UNITS.items()
            },
        },
        "names": _names(),
    }


def _pattern(pattern):
    """A pattern as JavaScript writes it, for its mode of Unicode, and the flags."""
    text = pattern.pattern
    for empty in _EMPTY:
        for name in ("", "?P<end>"):
            text = text.replace(f"({name}{empty})?", f"(?:({name}{empty})|)")
    flags = "gu" + "m" * bool(pattern.flags & re.MULTILINE)
    flags += "i" * bool(pattern.flags & re.IGNORECASE)
    text = text.replace("(?m)", "").replace("(?P<", "(?<")
    text = text.replace(r"[^\W\d_]", r"(?:(?!\d)[\p{L}\p{N}])")
    text = re.sub(r"\\U0*([0-9a-f]+)", r"\\u{\1}", text)
    found, place, in_class = [], 0, False
    while place < len(text):
        one = text[place]
        if one == "\\":
            place += 1
            found.append(_escaped(text[place], in_class))
        else:
            literal = one == "]" and found[-1:] == ["["]  # as the first of a class
            in_class = one == "[" or (in_class and (one != "]" or literal))
            found.append(r"\]" if literal else one)
        place += 1
    return "".join(found), flags


def _escaped(one, in_class):
    if one == "w":
        return _WORD if in_class else f"[{_WORD}]"
    if one == "b" and not in_class:
        return _BOUNDARY
    needs = one.isalnum() or one in "^$\\.*+?()[]{}|/" or (one == "-" and in_class)
    return f"\\{one}" if needs else one


def _reading(pattern, how):
    """The function of numbers.js that reads what is found, or else a template."""
    if how.__name__ != "<lambda>":
        if f"\n  {how.__name__}(" in _FUNCTIONS.read_text("utf-8"):
            return how.__name__, ""
    else:
        try:
            return "", how(None)  # one that is always the same
        except TypeError:
            for template, example in _TEMPLATES:
                match = pattern.search(example)
                groups = max(map(int, re.findall(r"\d(?=})", template)))
                fits = match and groups <= pattern.groups
                if fits and how(match) == _filled(template, match):
                    return "", template
    raise RuntimeError(
        "Expected a reading that numbers.js has a function for, or reading.py a "
        f"template. Received: {how.__name__} of {pattern.pattern}"
    )


def _filled(template, match):
    say = {
        "": str,
        "cardinal ": numerals.cardinal,
        "ordinal ": lambda text: numerals.ordinal(int(text.replace(",", ""))),
    }
    return re.sub(
        r"\{(\w+ |)(\d)\}", lambda one: say[one[1]](match[int(one[2])]), template
    )


def _names():
    """The words of signs and emoji, and the names of Greek letters."""
    found = {}
    for letter in map(chr, range(0x21, sys.maxunicode + 1)):
        if letter.isascii() and letter.isalnum():
            continue
        alike = characters._cleaned(letter).strip() == letter
        if alike and not characters.is_latin(letter):
            if words := (characters.said(letter) or "").split():
                found[letter] = " ".join(words)
    return found
