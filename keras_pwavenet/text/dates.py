"""Dates and times of day of English text, in words."""

import datetime

from keras_pwavenet.text.characters import LETTER
from keras_pwavenet.text.numerals import cardinal, ordinal, say, year

_MONTHS = (
    "January February March April May June July August September October November "
    "December"
).split()
_MONTH = "|".join(
    f"{name}|{short}\\.?"
    for name, short in zip(
        _MONTHS,
        "Jan Feb Mar Apr May Jun Jul Aug Sept? Oct Nov Dec".split(),
        strict=True,
    )
)
_DECADE = {0: "hundreds", 10: "tens"}
_END = r"(?=\s*$|\s+[\"'(“]?[A-Z])"  # where a stop would end the sentence
_HALF = rf"(?P<half>\s?(?:[ap]\.\s?m\b\.?(?P<end>{_END})?|[apAP][mM]\b))"


def _date(day: int, month: int, in_year: str) -> str | None:
    try:
        datetime.date(int(in_year or 2000) or 4, month, day)
    except ValueError:
        return None
    said = f"{_MONTHS[month - 1]} {ordinal(day)}"
    return f"{said} {_year_of(in_year)}" if in_year else said


def _year_of(text):
    if len(text) == 2:
        return f"oh {cardinal(text[1])}" if text[0] == "0" else cardinal(text)
    return year(int(text))


def _iso_date(match):
    return _date(int(match[3]), int(match[2]), match[1]) or match[0]


def _slash_date(match):
    first, second, in_year = int(match[1]), int(match[2]), match[3]
    return _date(second, first, in_year) or _date(first, second, in_year) or match[0]


def _dotted_date(match):
    return _date(int(match[1]), int(match[2]), match[3]) or match[0]


def _month(name: str) -> int:
    return [month[:3] for month in _MONTHS].index(name[:3]) + 1


def _month_day(match):
    return _date(int(match[2]), _month(match[1]), match[3] or "") or match[0]


def _day_month(match):
    said = _date(int(match[1]), _month(match[2]), match[3] or "")
    if said is None:
        return match[0]
    name = _MONTHS[_month(match[2]) - 1]
    rest = f" {year(int(match[3]))}" if match[3] else ""
    return f"the {ordinal(int(match[1]))} of {name}{rest}"


def _time(match):
    found = match.groupdict()
    hour, minute = int(found["hour"]), found.get("minute")
    second, half = int(found.get("second") or 0), found["half"]
    said = [say(hour)]
    if minute is not None and int(minute):
        said.append(f"oh {say(int(minute))}" if int(minute) < 10 else cardinal(minute))
    elif not half and not second:
        said.append("hundred" if hour > 12 or hour == 0 else "o'clock")
    if second:
        said.append(f"and {say(second)} second{'s' if second > 1 else ''}")
    if half:
        said.append(f"{LETTER}{half.strip()[0].lower()} {LETTER}m")
    return " ".join(said) + (". " if found["end"] is not None else "")


def _decade(match):
    century, decade = match[1], int(match[2])
    if not century:
        return _plural_tens(decade)
    if century == "20" and decade == 0:
        return "two thousands"
    return f"{say(int(century))} {_plural_tens(decade)}"


def _plural_tens(decade):
    said = _DECADE.get(decade) or say(decade)
    return said if decade in _DECADE else f"{said[:-1]}ies"


READINGS = [
    (
        r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d(?::\d\d)?)(?:\.\d+)?Z?(?!\w)",
        lambda match: f"{match[1]}, {match[2]}",
    ),
    (r"(?<!\w)'?(\d\d)?(\d0)'?s\b", _decade),
    (r"(?<![\w-])(\d{4})-(\d\d)-(\d\d)(?![\w-])", _iso_date),
    (r"(?<![\d/])(\d\d?)/(\d\d?)/(\d{4}|\d\d)(?![\d/])", _slash_date),
    (r"(?<![\d.])(\d\d?)\.(\d\d?)\.(\d{4})(?!\d|\.\d)", _dotted_date),
    (
        rf"\b({_MONTH})\s+(\d\d?)(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(\d{{4}})\b)?",
        _month_day,
    ),
    (
        rf"\b(?:the\s+)?(\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\b"
        r"(?:,?\s+(\d{4})\b)?",
        _day_month,
    ),
    (r"(?<=:\d\d|\d[ap]m|\d[AP]M)\s?[-–]\s?(?=\d)", lambda match: "to"),
    (
        r"(?<![\d:.])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)"
        rf"(?::(?P<second>[0-5]\d))?(?:{_HALF})?(?![\d:])",
        _time,
    ),
    (
        rf"(?<![\d:.,$€£])(?P<hour>1[0-2]|0?[1-9])\.(?P<minute>[0-5]\d){_HALF}",
        _time,
    ),
    (rf"(?<![\d:.,$€£])(?P<hour>1[0-2]|0?[1-9]){_HALF}", _time),
]
