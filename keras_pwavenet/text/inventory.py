"""The symbols that text becomes, and phonemes as people write them."""

import functools
import re
import unicodedata

SPACE = " "  # between words
PAUSES = (",", ";", ":", ".", "?", "!", "—")
ENDS = (".", "?", "!")  # of a sentence
STRESSES = ("ˈ", "ˌ")

# language: consonants, vowels, and other ways to write them
_INVENTORIES = {
    "en-us": (
        "p b t d k ɡ t͡ʃ d͡ʒ f v θ ð s z ʃ ʒ h m n ŋ l ɹ w j",
        "i ɪ ɛ æ ɑ ɔ ʊ u ʌ ə ɚ eɪ aɪ ɔɪ aʊ oʊ",
        {
            **{"tʃ": "t͡ʃ", "ʧ": "t͡ʃ", "dʒ": "d͡ʒ", "ʤ": "d͡ʒ", "r": "ɹ", "g": "ɡ"},
            **{"ɾ": "t", "ɫ": "l", "ʍ": "w", "ɝ": "ɚ", "ɜ": "ɚ", "ɜɹ": "ɚ", "ɜr": "ɚ"},
            **{"əɹ": "ɚ", "ər": "ɚ", "ɝɹ": "ɚ", "ɚɹ": "ɚ", "ɒ": "ɑ", "ɐ": "ʌ"},
            **{"e": "ɛ", "a": "ɑ", "o": "oʊ", "əʊ": "oʊ", "ᵻ": "ɪ", "ɨ": "ɪ"},
            **{"n̩": "ə n", "l̩": "ə l", "m̩": "ə m"},
        },
    ),
}
LANGUAGES = tuple(_INVENTORIES)
_STRESSED = {"ə": "ʌ"}  # what a vowel becomes that never bears a stress
_SILENT = str.maketrans("", "", ".ːˑ‿|")
_MARKS = "".join(map(chr, range(0x300, 0x370)))


def unstressed(symbol: str) -> str:
    """A phone without its stress; any other symbol as it is."""
    return symbol.lstrip("".join(STRESSES))


def check_language(language: str) -> str:
    """The language as its inventory names it, e.g. "en_US" as "en-us".

    Raises:
        ValueError: If it is not one that has an inventory.
    """
    name = str(language).lower().replace("_", "-")
    name = {"en": "en-us"}.get(name, name)
    if name not in _INVENTORIES:
        raise ValueError(
            f"Expected a language among {', '.join(LANGUAGES)}. Received: {language=}"
        )
    return name


@functools.cache
def symbols(language: str = "en-us") -> tuple[str, ...]:
    """Every symbol that `phonemize` may give, in an order that stays.

    Args:
        language: E.g. "en-us".

    Returns:
        The space between words, the pauses, the consonants, and the vowels, each
        without stress, with the first and with the second.

    Raises:
        ValueError: If the language is unknown.
    """
    consonants, vowels, _ = _INVENTORIES[check_language(language)]
    stressed = [
        mark + vowel
        for vowel in vowels.split()
        for mark in ("", *STRESSES)
        if not (mark and vowel in _STRESSED)
    ]
    return (SPACE, *PAUSES, *consonants.split(), *stressed)


@functools.cache
def _written(language: str) -> tuple[dict[str, str], re.Pattern]:
    """How phones may be written, and what finds the longest of them."""
    consonants, vowels, others = _INVENTORIES[language]
    known = {phone: phone for phone in [*consonants.split(), *vowels.split()]} | others
    known = {unicodedata.normalize("NFD", name): to for name, to in known.items()}
    longest = sorted(known, key=len, reverse=True)
    return known, re.compile("|".join(map(re.escape, longest)))


def parse_phonemes(text: str, language: str = "en-us") -> list[str]:
    """Reads phonemes as people write them in IPA.

    Args:
        text: E.g. "ˈkjuːblət"; stress stands before the syllable or before the vowel,
            and a space between words. Marks of length and above or below letters are
            passed over.
        language: Whose phones they are.

    Returns:
        Symbols of the language, e.g. `["k", "j", "ˈu", "b", "l", "ə", "t"]`.

    Raises:
        ValueError: If phones are not the language's, which it names, or there is none.
    """
    language = check_language(language)
    found, unknown = _parsed(text, language)
    if unknown:
        consonants, vowels, _ = _INVENTORIES[language]
        raise ValueError(
            f"Expected phonemes of {language}: {consonants} {vowels}. "
            f"Received: {', '.join(map(repr, unknown))} in '{text}'"
        )
    if not found:
        raise ValueError(f"Expected phonemes. Received: '{text}'")
    return found


def unknown_phonemes(text: str, language: str = "en-us") -> list[str]:
    """What `parse_phonemes` refuses in a text, each once."""
    return _parsed(text, check_language(language))[1]


def _parsed(text, language):
    known, pattern = _written(language)
    vowels = _INVENTORIES[language][1].split()
    left = unicodedata.normalize("NFD", text.strip()).replace("'", "ˈ")
    left = left.translate(_SILENT)
    found, unknown, stress = [], [], ""
    while left:
        match = pattern.match(left)
        if match:
            for phone in known[match[0]].split():
                if phone in vowels:
                    phone = stress + (_STRESSED.get(phone, phone) if stress else phone)
                    stress = ""
                found.append(phone)
            left = left[match.end() :]
        elif left[0] in STRESSES:
            stress, left = left[0], left[1:]
        elif left[0].isspace():
            found, left = [*found, SPACE], left.lstrip()
        elif unicodedata.combining(left[0]):
            left = left[1:]
        else:
            marks = len(left[1:]) - len(left[1:].lstrip(_MARKS))
            unknown.append(unicodedata.normalize("NFC", left[: 1 + marks]))
            left = left[1 + marks :]
    return found, list(dict.fromkeys(unknown))
