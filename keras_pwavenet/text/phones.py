"""The phones of American English, and the words of a transcript."""

import re

# Silence first, then ARPAbet without stress, as in the CMU Pronouncing Dictionary.
PHONES = (
    "SIL AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S "
    "SH T TH UH UW V W Y Z ZH"
).split()

_DIGITS = "zero one two three four five six seven eight nine".split()


def words(text: str) -> list[str]:
    """Splits a transcript into lower-case words; single digits are spelt out.

    Args:
        text: E.g. "Press 5, Waldo's co-pilot."

    Returns:
        E.g. `["press", "five", "waldo's", "co", "pilot"]`. Numbers of several digits
        stay as they are.
    """
    text = text.lower().replace("’", "'")
    found = re.findall(r"[^\W_]+(?:'[^\W_]+)*", text)
    return [
        _DIGITS[int(word)] if re.fullmatch("[0-9]", word) else word for word in found
    ]
