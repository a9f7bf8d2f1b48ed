"""Numbers as English says them."""

import functools

NUMBER = r"(?<!\d)(?<!\d[.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?"
_DIGITS = "zero one two three four five six seven eight nine".split()
_MOST_DIGITS = 15  # of a number that is not read digit by digit


@functools.cache
def _num2words():
    from num2words import num2words

    return num2words


def say(number: int, **how) -> str:
    """A whole number in words, as num2words gives them, without "and" and hyphens."""
    text = _num2words()(number, lang="en", **how)
    return text.replace(",", "").replace("-", " ").replace(" and ", " ")


def cardinal(text: str) -> str:
    """A number in words, e.g. "one thousand two hundred thirty four point five"."""
    whole, _, part = text.replace(",", "").partition(".")
    if len(whole) > _MOST_DIGITS or (whole.startswith("0") and len(whole) > 1):
        said = digits(whole)
    else:
        said = say(int(whole or 0))
    return f"{said} point {digits(part)}" if part else said


def ordinal(number: int) -> str:
    """A number's place in words, e.g. "twenty first"."""
    if len(str(number)) > _MOST_DIGITS:
        return f"{digits(str(number))}th"
    return say(number, to="ordinal")


def digits(text: str) -> str:
    """Each digit in words."""
    return " ".join(_DIGITS[int(digit)] for digit in text if digit.isdigit())


def year(number: int) -> str:
    """A year in words, e.g. "nineteen oh five"."""
    if 2000 <= number < 2010 or not 1000 <= number < 10_000:
        return say(number)
    return say(number, to="year")
