import functools

import numpy as np
import pytest

from keras_pwavenet.evaluate import english_words, word_errors


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Please press 5, then “pound”.", "please press five then pound"),
        ("Call-Forward Unconditional.", "call forward unconditional"),
        ("your party's name; isn’t it", "your partys name isnt it"),
        ("bye. (simple tone sound plays) [beep]", "bye"),
        ("1,250 and 0", "one thousand two hundred fifty and zero"),
        ("999999", "nine hundred ninety nine thousand nine hundred ninety nine"),
        ("100 30 007", "one hundred thirty zero zero seven"),
        ("1234567", "one two three four five six seven"),
        ("USB2 4th", "usb two four th"),
        ("...", ""),
    ],
)
def test_words(text, words):
    assert english_words(text) == words.split()


@pytest.fixture
def jiwer():
    return pytest.importorskip("jiwer")


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b c", "a b b c", 1),
        ("a b c", "", 3),
        ("", "a b", 2),
        ("a b c d", "b c d a", 2),
    ],
)
def test_word_errors(jiwer, said, heard, errors):
    assert word_errors(said.split(), heard.split()) == errors


def test_word_errors_against_the_recursion(jiwer):
    @functools.cache
    def distance(a, b):
        if not a or not b:
            return len(a) + len(b)
        return min(
            distance(a[1:], b) + 1,
            distance(a, b[1:]) + 1,
            distance(a[1:], b[1:]) + (a[0] != b[0]),
        )

    random = np.random.default_rng(0)
    for _ in range(50):
        a, b = ("".join(random.choice(list("abc"), random.integers(8))) for _ in "12")
        assert word_errors(a, b) == distance(a, b)
