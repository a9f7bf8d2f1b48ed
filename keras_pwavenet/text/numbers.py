"""Numbers, dates, times, money and units of English text, in words."""

import datetime
import functools
import re

from keras_pwavenet.text.characters import LETTER

_NUMBER = r"(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_SCALE = r"(?:thousand|million|billion|trillion)"
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
_MOST_DIGITS = 15  # of a number that is not read digit by digit

MONTHS = (
    "January February March April May June July August September October November "
    "December"
).split()
_MONTH = "|".join(
    f"{name}|{short}\\.?"
    for name, short in zip(
        MONTHS,
        "Jan Feb Mar Apr May Jun Jul Aug Sept? Oct Nov Dec".split(),
        strict=True,
    )
)
_CURRENCIES = {
    "$": ("dollar", "dollars", "cent", "cents"),
    "€": ("euro", "euros", "cent", "cents"),
    "£": ("pound", "pounds", "penny", "pence"),
    "¥": ("yen", "yen", "", ""),
    "₹": ("rupee", "rupees", "paisa", "paise"),
    "₩": ("won", "won", "", ""),
    "₽": ("ruble", "rubles", "kopeck", "kopecks"),
}
_CODES = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹", "€": "€"}
_CODES |= {"£": "£", "$": "$", "¥": "¥"}
_UNITS = {
    **{"km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter"},
    **{"µm": "micrometer", "nm": "nanometer", "mi": "mile", "yd": "yard"},
    **{"kg": "kilogram", "g": "gram", "mg": "milligram", "lb": "pound"},
    **{"lbs": "pound", "oz": "ounce", "L": "liter", "l": "liter", "ml": "milliliter"},
    **{"mL": "milliliter", "gal": "gallon", "s": "second", "sec": "second"},
    **{"ms": "millisecond", "min": "minute", "mins": "minute", "h": "hour"},
    **{"hr": "hour", "hrs": "hour", "Hz": "hertz", "kHz": "kilohertz"},
    **{"MHz": "megahertz", "GHz": "gigahertz", "W": "watt", "kW": "kilowatt"},
    **{"MW": "megawatt", "kWh": "kilowatt hour", "V": "volt", "mV": "millivolt"},
    **{"mA": "milliamp", "J": "joule", "kJ": "kilojoule", "kcal": "kilocalorie"},
    **{"Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal", "dB": "decibel"},
    **{"B": "byte", "kB": "kilobyte", "KB": "kilobyte", "MB": "megabyte"},
    **{"GB": "gigabyte", "TB": "terabyte", "KiB": "kibibyte", "MiB": "mebibyte"},
    **{"GiB": "gibibyte", "kbps": "kilobit per second", "Mbps": "megabit per second"},
    **{"Gbps": "gigabit per second", "px": "pixel", "mph": "mile per hour"},
    **{"km/h": "kilometer per hour", "kmh": "kilometer per hour"},
    **{"m/s": "meter per second", "fps": "frame per second"},
    **{"rpm": "revolution per minute", "bpm": "beat per minute"},
    **{"°": "degree", "°C": "degree celsius", "°F": "degree fahrenheit"},
    **{"%": "percent", "‰": "per mille", "¢": "cent", "ha": "hectare"},
}
_SAME = ("hertz", "percent", "per mille")  # of one and of many
_IRREGULAR = {"foot": "feet", "inch": "inches"}
_UNIT = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))
_DECADE = {0: "hundreds", 10: "tens"}
_END = r"(?=\s*$|\s+[\"'(“]?[A-Z])"  # where a full stop would end the sentence


@functools.cache
def _num2words():
    from num2words import num2words

    return num2words


def _say(number: int, **how) -> str:
    text = _num2words()(number, lang="en", **how)
    return text.replace(",", "").replace("-", " ").replace(" and ", " ")


def cardinal(text: str) -> str:
    """A number in words, e.g. "one thousand two hundred thirty four point five"."""
    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > _MOST_DIGITS or (whole.startswith("0") and len(whole) > 1):
        said = digits(whole)
    else:
        said = _say(int(whole or 0))
    return f"{said} point {digits(part)}" if part else said


def ordinal(number: int) -> str:
    """A number's place in words, e.g. "twenty first"."""
    if len(str(number)) > _MOST_DIGITS:
        return f"{digits(str(number))}th"
    return _say(number, to="ordinal")


def digits(text: str) -> str:
    """Each digit in words."""
    return " ".join(_say(int(digit)) for digit in text if digit.isdigit())


def year(number: int) -> str:
    """A year in words, e.g. "nineteen oh five"."""
    if 2000 <= number < 2010 or not 1000 <= number < 10_000:
        return _say(number)
    return _say(number, to="year")


def _date(day: int, month: int, in_year: str) -> str | None:
    try:
        datetime.date(int(in_year or 2000) or 4, month, day)
    except ValueError:
        return None
    said = f"{MONTHS[month - 1]} {ordinal(day)}"
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
    return [month[:3] for month in MONTHS].index(name[:3]) + 1


def _month_day(match):
    return _date(int(match[2]), _month(match[1]), match[3] or "") or match[0]


def _day_month(match):
    said = _date(int(match[1]), _month(match[2]), match[3] or "")
    if said is None:
        return match[0]
    name = MONTHS[_month(match[2]) - 1]
    rest = f" {year(int(match[3]))}" if match[3] else ""
    return f"the {ordinal(int(match[1]))} of {name}{rest}"


def _time(match):
    hour, minute, second, half = int(match[1]), match[2], match[3], match[4]
    said = [_say(hour)]
    if minute is not None and int(minute):
        said.append(f"oh {_say(int(minute))}" if int(minute) < 10 else cardinal(minute))
    elif not half and not second:
        said.append("hundred" if hour > 12 or hour == 0 else "o'clock")
    if second is not None:
        said.append(f"and {_say(int(second))} seconds")
    if half:
        said.append(f"{LETTER}{half.strip()[0].lower()} {LETTER}m")
    return " ".join(said) + (". " if half and match["end"] is not None else "")


def _phone(match):
    groups = re.findall(r"\d+", match[0])
    plus = "plus " if match[0].lstrip().startswith("+") else ""
    return plus + ", ".join(digits(group) for group in groups)


def _money(match):
    sign, number, scale = match["sign"], match["number"], match["scale"]
    one, many, cent, cents = _CURRENCIES[_CODES.get(sign, sign)]
    if scale:
        scale = _SCALES.get(scale.lower(), scale)
        return f"{cardinal(number)} {scale} {many}"
    whole, _, part = number.replace(",", "").partition(".")
    if len(part) != 2 or not cents:
        return f"{cardinal(number)} {one if number == '1' else many}"
    said = []
    if int(whole) or not int(part):
        said.append(f"{cardinal(whole)} {one if int(whole) == 1 else many}")
    if int(part):
        said.append(f"{_say(int(part))} {cent if int(part) == 1 else cents}")
    return " ".join(said)


def _plural(unit: str) -> str:
    first, *rest = unit.split(" ")
    if unit in _SAME:
        return unit
    if first in ("kilowatt",):
        return f"{unit}s"
    return " ".join([_IRREGULAR.get(first, f"{first}s"), *rest])


def _with_unit(match):
    unit = _UNITS[match[2].replace("μ", "µ")]
    return f"{cardinal(match[1])} {unit if match[1] == '1' else _plural(unit)}"


def _height(match):
    inches = f" {cardinal(match[2])}" if match[2] else ""
    return f"{cardinal(match[1])} {'foot' if match[2] else 'feet'}{inches}"


def _fraction(match):
    whole, top, bottom = match[1], int(match[2]), int(match[3])
    if not 2 <= bottom <= 100 or not top:
        return match[0].replace("/", " slash ")
    below = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom)
    if top > 1:
        below = "halves" if bottom == 2 else f"{below}s"
    said = f"{_say(top)} {below}"
    return f"{cardinal(whole)} and {said}" if whole else said


def _decade(match):
    century, decade = match[1], int(match[2])
    if not century:
        return _plural_tens(decade)
    if century == "20" and decade == 0:
        return "two thousands"
    return f"{_say(int(century))} {_plural_tens(decade)}"


def _plural_tens(decade):
    said = _DECADE.get(decade) or _say(decade)
    return said if decade in _DECADE else f"{said[:-1]}ies"


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
    (r"(?<!\w)'?(\d\d)?(\d0)'?s\b", _decade),
    (r"\b(\d{4})-(\d\d)-(\d\d)\b(?!-)", _iso_date),
    (r"(?<![\d/])(\d\d?)/(\d\d?)/(\d{4}|\d\d)(?![\d/])", _slash_date),
    (r"(?<![\d.])(\d\d?)\.(\d\d?)\.(\d{4})(?![\d.])", _dotted_date),
    (
        rf"\b({_MONTH})\s+(\d\d?)(?:st|nd|rd|th)?\b(?!:)(?:,?\s+(\d{{4}})\b)?",
        _month_day,
    ),
    (
        rf"\b(?:the\s+)?(\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?({_MONTH})\b"
        r"(?:,?\s+(\d{4})\b)?",
        _day_month,
    ),
    (
        r"(?<![\d:.])([01]?\d|2[0-4]):([0-5]\d)(?::([0-5]\d))?"
        rf"(\s?(?:[ap]\.\s?m\b\.?(?P<end>{_END})?|[ap]m\b))?(?![\d:])",
        _time,
    ),
    (
        r"(?<![\d:.,$€£])(1[0-2]|0?[1-9])()()"
        rf"(\s?(?:[ap]\.\s?m\b\.?(?P<end>{_END})?|[ap]m\b))",
        _time,
    ),
    (
        r"(?<![\w.-])(?:\+?\d{1,3}[-.\s])?(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}"
        r"(?![\w-])|(?<![\w.-])\d{3}-\d{4}(?![\w-])"
        r"|(?<!\w)\+\d{1,3}(?:[-.\s]?\d{2,4}){2,5}(?![\w-])",
        _phone,
    ),
    (
        rf"(?:US|(?<![A-Z])[AC])?(?P<sign>[$€£¥₹₩₽])\s?(?P<number>{_NUMBER})"
        rf"(?:\s?(?P<scale>{_SCALE}\b|(?:[kKmMbB]|bn)\b))?",
        _money,
    ),
    (
        rf"\b(?P<number>{_NUMBER})(?:\s?(?P<scale>{_SCALE}))?\s?"
        r"(?P<sign>(?:USD|EUR|GBP|JPY|INR)\b|[€£¥])",
        _money,
    ),
    (r"(?<![\w.])(\d)'(?:\s?(\d\d?)\")?(?!\w)", _height),
    (
        rf"({_NUMBER})\s?({_UNIT}|μm)(?:²|\^2)(?!\w)",
        lambda match: _with_unit(match).replace(
            _UNITS[match[2].replace("μ", "µ")].split()[0],
            f"square {_UNITS[match[2].replace('μ', 'µ')].split()[0]}",
        ),
    ),
    (rf"({_NUMBER})\s?({_UNIT}|μm)(?![\w°²³'])", _with_unit),
    (rf"({_NUMBER})\s?ft\b\.?", lambda m: f"{cardinal(m[1])} feet"),
    (
        rf"({_NUMBER})(?:\s?in\.(?!\w)|(?<=\d)\"(?!\w))",
        lambda m: f"{cardinal(m[1])} inches",
    ),
    (
        r"\b(\d[\d,]*)(?:st|nd|rd|th)\b",
        lambda match: ordinal(int(match[1].replace(",", ""))),
    ),
    (r"(?<![\d/.])(?:(\d+)\s)?(\d{1,3})[/⁄](\d{1,3})(?![\d/])", _fraction),
    (r"(?<![\d.])\d+(?:\.\d+){2,}(?![\d.])", _dotted),
    (r"#\s?(?=\d)|№\s?(?=\d)|\bNo\.\s?(?=\d)", lambda match: "number "),
    (r"(?<=\d)\s?[-–—−]\s?(?=[$€£]?\d)", lambda match: " to "),
    (r"(?<=\d):(?=\d)", lambda match: " to "),
    (r"(?<=\d)\s?[x×*]\s?(?=\d)", lambda match: " times "),
    (r"(?<=\d)\s?÷\s?(?=\d)", lambda match: " divided by "),
    (r"(?<![\w)])[-−](?=\.?\d)", lambda match: "minus "),
    (r"[~≈]\s?(?=[$€£]?\d)", lambda match: "about "),
    (r"(?<![\d.])\.(?=\d)", lambda match: "0."),
    (r"(?<![\d.])\d{4}(?![\d.]\d|\d)", _long),
    (_NUMBER, lambda match: cardinal(match[0])),
]
_READINGS = [(re.compile(pattern), say) for pattern, say in _READINGS]


def numbers_to_words(text: str) -> str:
    """Writes out whatever has digits.

    Args:
        text: In ASCII digits, e.g. "It costs $5.20 on 3/4/2021 at 5:30 p.m."

    Returns:
        The text without digits. A letter to be said by its name has `LETTER` before it.
    """
    if not re.search(r"\d", text):
        return text
    for pattern, say in _READINGS:
        text = pattern.sub(lambda match, say=say: f" {say(match)} ", text)
    return text
