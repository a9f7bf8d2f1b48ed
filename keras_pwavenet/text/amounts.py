"""Money, measures and telephone numbers of English text, in words."""

import re

from keras_pwavenet.text.numerals import NUMBER, cardinal, digits, say

_SCALE = r"(?:thousand|million|billion|trillion)"
_SCALES = {"k": "thousand", "m": "million", "b": "billion", "bn": "billion"}
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
_UNIT = "|".join(map(re.escape, sorted(_UNITS, key=len, reverse=True)))


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
        said.append(f"{say(int(part))} {cent if int(part) == 1 else cents}")
    return " ".join(said)


def _plural(unit: str) -> str:
    before, per, after = unit.partition(" per ")
    if unit.endswith(_SAME):
        return unit
    if " " in before and not before.startswith(("kilowatt", "square")):
        before = before.replace(" ", "s ", 1)
    else:
        before += "s"
    return before + per + after


def _with_unit(match):
    unit = _UNITS[match["unit"].replace("μ", "µ")]
    if match["square"]:
        unit = f"square {unit}"
    number = match["number"]
    return f"{cardinal(number)} {unit if number == '1' else _plural(unit)}"


def _height(match):
    inches = f" {cardinal(match[2])}" if match[2] else ""
    return f"{cardinal(match[1])} {'foot' if match[2] else 'feet'}{inches}"


READINGS = [
    (
        r"(?<![\w.-])(?:\+?\d{1,3}[-.\s])?(?:\(\d{3}\)\s?|\d{3}[-.\s])\d{3}[-.\s]\d{4}"
        r"(?![\w-])|(?<![\w.-])\d{3}-\d{4}(?![\w-])"
        r"|(?<!\w)\+\d{1,3}(?:[-.\s]?\d{2,4}){2,5}(?![\w-])",
        _phone,
    ),
    (r"(?<=\d)\s–\s(?=[$€£]?\d)|(?<=\d)[-–—](?=[$€£]?\d)", lambda match: " to "),
    (r"(?<=\d)\s[-−]\s(?=\d)|(?<![\w)])[-−](?=[$€£]?\.?\d)", lambda match: " minus "),
    (
        rf"(?:US|(?<![A-Z])[AC])?(?P<sign>[$€£¥₹₩₽])\s?(?P<number>{NUMBER})"
        rf"(?:\s?(?P<scale>{_SCALE}\b|(?:[kKmMbB]|bn)\b))?",
        _money,
    ),
    (
        rf"(?P<number>{NUMBER})(?:\s?(?P<scale>{_SCALE}))?\s?"
        r"(?P<sign>(?:USD|EUR|GBP|JPY|INR)\b|[€£¥])",
        _money,
    ),
    (rf"({NUMBER})M\b", lambda match: f"{cardinal(match[1])} million"),
    (r"(?<![\w.])(\d)'(?:\s?(\d\d?)\")?(?!\w)", _height),
    (
        rf"(?P<number>{NUMBER})\s?(?P<unit>{_UNIT}|μm)(?P<square>²|\^2)?(?![\w°²³'^])",
        _with_unit,
    ),
    (rf"({NUMBER})\s?ft\b\.?", lambda match: f"{cardinal(match[1])} feet"),
    (
        rf"({NUMBER})(?:\s?in\.(?!\w)|\"(?!\w))",
        lambda match: f"{cardinal(match[1])} inches",
    ),
]
