"""Words of a transcript, and the inventory of phones."""

import pytest

from keras_pwavenet.text import PHONES, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Press 5, Waldo’s co-pilot.", "press five waldo's co pilot"),
        ("Call-Forward on Busy... 'Tis 42!", "call forward on busy tis 42"),
        ("__ -- ''", ""),
        ("", ""),
    ],
)
def test_words(text, expected):
    assert words(text) == expected.split()


def test_phones_are_those_of_the_dictionary():
    assert PHONES[0] == "SIL"
    assert len(set(PHONES)) == len(PHONES) == 40
