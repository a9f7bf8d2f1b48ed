"""English text in words and pauses, whatever is in it."""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from keras_pwavenet.text.abbreviations import abbreviations_to_words
from keras_pwavenet.text.addresses import addresses_to_words
from keras_pwavenet.text.characters import GIVEN, LETTER, is_latin, said
from keras_pwavenet.text.inventory import PAUSES
from keras_pwavenet.text.numbers import numbers_to_words

# Letter by letter though the lexicon has such a word.
_SPELLED = frozenset(
    "US IT UN EU UK AI ID IP PC TV PM AM IQ CD DVD MP HR PR UI UX QA SOS CEO".split()
)
_MOST_SPELLED = 4  # letters in capitals that are spelled if they are no word
_MOST_LETTERS = 40  # of a word that is said in one piece
_LETTERED = frozenset(
    "vitamin plan grade letter option section part type group class point team".split()
)
_MARKS = [
    (r"(?m)^\s*#{1,6}\s+", " "),  # a heading
    (r"</?[a-zA-Z]\w{0,9}(?:\s+[\w-]+=\"[^\"<>]*\")*\s*/?>", " "),  # HTML
    (r"([-=*_~#+<>|/\\])\1{2,}", ", "),  # a line
    (r"\.?\n\s*(?:\n|(?=[-*•‣◦·]\s))", ". "),  # a paragraph, a list
    (r"(?m)^\s*[-*•‣◦·]\s", " "),
    (r"\.{2,}(?=\s*$|\s+[A-Z])", ". "),
    (r"\.{2,}", ", "),
    (r"(?<=[^\W\d_])\.(?=[a-z])", " dot "),
    (r"([^\w\s])\1{2,}", r"\1"),
    (r"(?<![\w'])-+|-+(?![\w'])", "—"),
    (r"[–―‒]|-{2,}", "—"),
    (r"(?<=\w)-(?=\w)", " "),
    (r"[()\[\]|]", ", "),
    (r"[。｡؟]", ". "),
    (r"[、،]", ", "),
]
_MARKS = [(re.compile(pattern), to) for pattern, to in _MARKS]
_STRONGEST = {pause: place for place, pause in enumerate(",;:—.!?")}


class Token(NamedTuple):
    """A piece of a text that has been read.

    Attributes:
        kind: "word", "letter" (to be said by its name), "given" (phonemes), "pause",
            or "unsayable".
        text: The word or letter, the number of what is given, the pause.
    """

    kind: str
    text: str


def read(text: str, in_lexicon: Callable[[str], bool]) -> list[Token]:
    """Reads English text as it is to be said.

    Args:
        text: Any text; code points from `GIVEN` on stand for phonemes that are given.
        in_lexicon: Whether a word in lower case is one that people know.

    Returns:
        Words and pauses in turn. Pauses that follow each other are one, the strongest.
    """
    shouted = _is_shouted(text)
    text = addresses_to_words(text, in_lexicon)
    text = abbreviations_to_words(text)
    text = numbers_to_words(text)
    for pattern, to in _MARKS:
        text = pattern.sub(to, text)
    tokens = []
    for token in _tokens(text):
        if token.kind == "word":
            tokens.extend(_as_said(token.text, shouted, in_lexicon))
        elif token.kind == "pause" and tokens and tokens[-1].kind == "pause":
            tokens[-1] = max(tokens[-1], token, key=lambda one: _STRONGEST[one.text])
        else:
            tokens.append(token)
    return [_lettered(tokens, place) for place in range(len(tokens))]


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        letter, start = text[place], place
        place += 1
        if letter == LETTER:
            yield Token("letter", text[place].lower())
            place += 1
        elif ord(letter) >= GIVEN:
            yield Token("given", str(ord(letter) - GIVEN))
        elif letter in PAUSES:
            yield Token("pause", letter)
        elif is_latin(letter) or letter == "'":
            while place < len(text) and (is_latin(text[place]) or text[place] == "'"):
                place += 1
            word = text[start:place].strip("'")
            if any(map(str.isalpha, word)):  # else marks alone
                yield Token("word", word)
        elif letter.isspace() or letter == "_":
            continue
        elif (words := said(letter)) is None:
            while place < len(text) and _unsayable(text[place]):
                place += 1
            yield Token("unsayable", text[start:place])
        else:
            yield from _tokens(words)


def _unsayable(letter):
    """Whether a letter goes on what is of another script, as marks above do."""
    return not letter.isalpha() if is_latin(letter) else said(letter) is None


def _as_said(word, shouted, in_lexicon):
    """A word, or what it is taken apart into."""
    lower = word.lower()
    plural = re.fullmatch("([A-Z]{2,5})'?s", word)
    if len(word) == 1:
        return [Token("word", word) if lower in "ai" else Token("letter", lower)]
    if plural and not (word[-2] != "'" and in_lexicon(lower)):
        *first, last = plural[1].lower()
        return [*(Token("letter", one) for one in first), Token("letter", f"{last}'s")]
    if word.isupper() and not shouted and word in _SPELLED:
        return [Token("letter", letter) for letter in lower]
    if in_lexicon(lower) or "'" in word:
        return [Token("word", lower if word.isupper() else word)]
    sounding = re.search("[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüý]", lower)
    if word.isupper() and len(word) <= _MOST_SPELLED and not (shouted and sounding):
        return [Token("letter", letter) for letter in lower]
    if not sounding and len(word) <= _MOST_SPELLED:
        return [Token("letter", letter) for letter in lower]
    pieces = re.sub("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", word).split()
    if len(pieces) > 1:
        parts = (_as_said(piece, shouted, in_lexicon) for piece in pieces)
        return [token for part in parts for token in part]
    return [
        Token("word", word[start : start + _MOST_LETTERS])
        for start in range(0, len(word), _MOST_LETTERS)
    ]


def _lettered(tokens, place):
    """The letter A where it is no article, as in "vitamin A"."""
    token = tokens[place]
    if token.kind != "word" or token.text not in ("A", "a"):
        return token
    before = tokens[place - 1] if place else Token("pause", ".")
    after = tokens[place + 1] if place + 1 < len(tokens) else Token("pause", ".")
    alone = after.kind == "pause" and (token.text == "A" or before.kind == "pause")
    named = before.kind == "word" and before.text.lower() in _LETTERED
    letters = token.text == "A" and "letter" in (before.kind, after.kind)
    return Token("letter", "a") if alone or named or letters else token


def _is_shouted(text):
    """Whether a text is all in capitals, so that they mean nothing."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    capitals = sum(word.isupper() for word in words)
    return len(words) > 2 and capitals > 0.7 * len(words)
