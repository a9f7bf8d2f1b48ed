"""Abbreviations, initials and Roman numerals of English text, in words."""

import re

from keras_pwavenet.text.characters import LETTER

_END = r"(?=\s*$|\s*\n\s*\n|\s+[\"(“]?[A-Z])"  # where a full stop would end a sentence
# What stands before something, and ends no sentence.
_BEFORE = {
    **{"Mr": "mister", "Mrs": "missus", "Ms": "ms", "Prof": "professor"},
    **{"Gen": "general", "Sgt": "sergeant", "Capt": "captain", "Lt": "lieutenant"},
    **{"Col": "colonel", "Rev": "reverend", "Hon": "honorable", "Gov": "governor"},
    **{"Sen": "senator", "Rep": "representative", "Pres": "president"},
    **{"Mt": "mount", "vs": "versus", "Fig": "figure", "fig": "figure"},
    **{"Vol": "volume", "vol": "volume", "pp": "pages", "Drs": "doctors"},
    **{"approx": "approximately", "cf": "compare", "ca": "circa", "viz": "namely"},
    **{"e.g": "for example,", "i.e": "that is,"},
}
_NAMES = {"Dr": "doctor", "St": "saint"}  # only before a capital
# What may end one, and then keeps its full stop.
_AFTER = {
    **{"etc": "et cetera", "Jr": "junior", "Sr": "senior", "Inc": "incorporated"},
    **{"Ltd": "limited", "Corp": "corporation", "Co": "company", "Bros": "brothers"},
    **{"Ave": "avenue", "Blvd": "boulevard", "Rd": "road", "Ln": "lane"},
    **{"Dept": "department", "dept": "department", "Univ": "university"},
    **{"est": "estimated", "min": "minutes", "max": "maximum", "al": "al"},
    **{"Tues": "Tuesday", "Tue": "Tuesday", "Thurs": "Thursday", "Thu": "Thursday"},
    **{"Jan": "January", "Feb": "February", "Aug": "August", "Sept": "September"},
    **{"Oct": "October", "Nov": "November", "Dec": "December", "Apr": "April"},
    **{"misc": "miscellaneous", "Dr": "drive", "St": "street"},
}
_WHOLE = {
    **{"Ph.D": f"{LETTER}p {LETTER}h {LETTER}d", "a.k.a": "also known as"},
    **{"w/o": "without", "w/": "with ", "and/or": "and or", "n/a": "not available"},
    **{"N/A": "not available", "c/o": "care of", "24/7": "twenty four seven"},
}
_ROMANS = (
    "II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX".split()
)
_COUNTED = "Chapter|Part|Section|Act|Scene|Volume|Book|War|Article|Phase|Type|Level"
_REIGNED = (
    "Henry|Louis|George|Charles|Edward|William|James|Richard|Elizabeth|Philip|Paul|"
    "Pius|John|Benedict|Gregory|Leo|Alexander|Frederick|Catherine|Napoleon|Nicholas"
)


def _any(names) -> str:
    return "|".join(map(re.escape, sorted(names, key=len, reverse=True)))


_DAYS = {day[:3]: day for day in "Monday Tuesday Wednesday Thursday Friday".split()}
_DAYS |= {"Sat": "Saturday", "Sun": "Sunday"}
_DAY = "|".join(_DAYS)
_TITLE = re.compile(
    rf"(?<![\w.'-])(?:({_any(_BEFORE)})\.(?=\s*[\w$£€(\"'])"
    r"|(Mr|Mrs|Ms|Prof|vs)(?=\s+[A-Z])|(Dr|St)\.?(?=\s+[A-Z]))"
)
_NAMED_STREET = re.compile(rf"(?<=[\w,] )([A-Z]\w+|\d\w*) (St|Dr)\.({_END})?")
_ENDING = re.compile(rf"(?<![\w.'-])({_any(_AFTER)})\.(?P<end>{_END})?|\b(etc)\b(?!\.)")
_DOTTED = re.compile(
    r"(?<![\w.])(?<!\d )((?:[A-Za-z]\.\s?){1,5}[A-Za-z])\.(?P<end>\s*$)?(?!\w)"
)
_INITIAL = re.compile(r"(?<![\w.'])([A-Z](?=\.\s?[A-Z]\.)|[B-HJ-Z])\.(?=\s?[A-Z])")
_JOINED = re.compile(r"\b([A-Z]{1,3})&([A-Z]{1,3})\b")
_ROMAN = re.compile(rf"\b({_COUNTED}|{_REIGNED})\s+({_any(_ROMANS)})\b(?!')")


def abbreviations_to_words(text: str) -> str:
    """Writes out abbreviations, initials and numbers of chapters and kings.

    Args:
        text: `characters.cleaned`.

    Returns:
        The text, without full stops that end no sentence.
    """
    text = re.sub(
        rf"(?<![\w/])({_any(_WHOLE)})(?![\w/])(?:\.(?P<end>{_END})?)?",
        lambda match: _WHOLE[match[1]] + _stop(match),
        text,
    )
    text = _JOINED.sub(lambda m: f"{_letters(m[1])} and {_letters(m[2])}", text)
    text = re.sub(
        rf"\b({_DAY})(?:\.(?=,|\s+[a-z\d])|(?=\.?\s?[-–]\s?(?:{_DAY})\b)"
        rf"|(?<=[-–]...)(?!\w))",
        lambda match: _DAYS[match[1]],
        text,
    )
    text = re.sub(r"(?<=day)\s?[-–]\s?(?=[A-Z][a-z]+day)", " to ", text)
    text = _NAMED_STREET.sub(
        lambda match: f"{match[1]} {_AFTER[match[2]]}{_stop(match, 3)}", text
    )
    text = _TITLE.sub(_title, text)
    text = _ENDING.sub(lambda match: _AFTER[match[1] or match[3]] + _stop(match), text)
    text = _DOTTED.sub(lambda match: _letters(match[1]) + _stop(match), text)
    text = _INITIAL.sub(lambda match: f"{LETTER}{match[1]} ", text)
    return _ROMAN.sub(_roman, text)


def _title(match):
    return f"{_BEFORE.get(match[1] or match[2]) or _NAMES[match[3]]} "


def _stop(match, end="end"):
    return ". " if match[end] is not None else " "


def _letters(text):
    return " ".join(f"{LETTER}{letter}" for letter in text if letter.isalpha())


def _roman(match):
    number = _ROMANS.index(match[2]) + 2
    king = re.fullmatch(_REIGNED, match[1])
    ends = {2: "nd", 3: "rd"}.get(number, "th")
    return f"{match[1]} the {number}{ends}" if king else f"{match[1]} {number}"
