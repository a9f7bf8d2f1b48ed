"""Kinds of text, and what is said for them."""

import time

import pytest

from keras_pwavenet.text import phonemize
from keras_pwavenet.text.characters import LETTER, cleaned
from keras_pwavenet.text.english import read

pytest.importorskip("gruut_lang_en")
pytest.importorskip("num2words")
pronunciation = pytest.importorskip("keras_pwavenet.text.pronunciation")


def words(text):
    """What is read, letters in capitals."""
    known = pronunciation.pronunciation().known
    tokens = read(cleaned(text), lambda word: bool(known(word)))
    said = (
        token.text.upper() if token.kind == "letter" else token.text.lower()
        for token in tokens
    )
    return " ".join(said)


READINGS = {
    "numbers": {
        "5": "five",
        "1,234,567.89": "one million two hundred thirty four thousand five hundred "
        "sixty seven point eight nine",
        "-0.5 and .5": "minus zero point five and zero point five",
        "12345": "twelve thousand three hundred forty five",
        "12345678901234567890": "one two three four five six seven eight nine zero "
        "one two three four five six seven eight nine zero",
        "agent 007": "agent zero zero seven",
        "1st, 22nd and 1,000th": "first , twenty second and one thousandth",
        "1/2, 3/4, 2/3, 1 1/2, 2½": "one half , three quarters , two thirds , one and "
        "one half , two and one half",
        "pages 5-10, 10 - 5 = 5": "pages five to ten , ten minus five equals five",
        "version 1.2.3": "version one point two point three",
        "a 3-year-old, the 7th-grade": "a three year old , the seventh grade",
        "H2O, A4, MP3, COVID-19": "H two O , A four , M P three , covid nineteen",
        "No. 5 is #1. No.": "number five is number one . no .",
        "٣ and ３": "three and three",
    },
    "years": {
        "in 1999, 2005 and 2021": "in nineteen ninety nine , two thousand five and "
        "twenty twenty one",
        "the '90s, 1980s, 2000s": "the nineties , nineteen eighties , two thousands",
        "1905, 2000": "nineteen oh five , two thousand",
    },
    "dates": {
        "3/4/2021": "march fourth twenty twenty one",
        "25/12/2020": "december twenty fifth twenty twenty",
        "2021-03-04": "march fourth twenty twenty one",
        "Jan. 5, 1999": "january fifth nineteen ninety nine",
        "4 March 2021": "the fourth of march twenty twenty one",
        "30/30/2021": "thirty slash thirty slash twenty twenty one",
        "Mon-Fri 9-5": "monday to friday nine to five",
    },
    "times": {
        "10:15 and 10:05": "ten fifteen and ten oh five",
        "5:30pm, 9 a.m.": "five thirty P M , nine A M .",
        "At 5 p.m. Then go.": "at five P M . then go .",
        "17:30 to 18:00": "seventeen thirty to eighteen hundred",
        "10:00-11:00": "ten o'clock to eleven o'clock",
        "10.30 pm": "ten thirty P M",
        "10:15:30": "ten fifteen and thirty seconds",
    },
    "money": {
        "$5.20": "five dollars twenty cents",
        "$1 or $0.99": "one dollar or ninety nine cents",
        "$5 million, $2.5bn": "five million dollars , two point five billion dollars",
        "€20, 5 €, £3.50": "twenty euros , five euros , three pounds fifty pence",
        "100 USD": "one hundred dollars",
    },
    "units": {
        "3 km, 1 kg, 2kg": "three kilometers , one kilogram , two kilograms",
        "120 km/h": "one hundred twenty kilometers per hour",
        "-5°C, 50%": "minus five degrees celsius , fifty percent",
        "3.5 m², 16GB": "three point five square meters , sixteen gigabytes",
        "5'10\", 3GHz": "five foot ten , three gigahertz",
    },
    "telephones": {
        "555-1234": "five five five , one two three four",
        "(555) 123-4567": "five five five , one two three , four five six seven",
    },
    "abbreviations": {
        "Dr. Smith vs. Mr. Ng": "doctor smith versus mister ng",
        "Main St. in St. Louis": "main street in saint louis",
        "e.g. this, etc. And": "for example , this , et cetera . and",
        "made in the U.S.": "made in the U S .",
        "w/o sugar and/or milk": "without sugar and or milk",
        "Henry VIII, World War II": "henry the eighth , world war two",
        "Ph.D.": "P H D .",
    },
    "initials": {
        "J. R. R. Tolkien": "J R R tolkien",
        "J.K. Rowling": "J K rowling",
        "the FBI, HTML, XML": "the fbi , H T M L , X M L",
        "the US, US and EU": "the U S , U S and E U",
        "two PDFs": "two P D F'S",
        "vitamin A, an A.": "vitamin A , an A .",
        "R&D at AT&T": "R and D at A T and T",
    },
    "addresses": {
        "bob.smith@example.com": "bob dot smith at example dot com",
        "https://www.example.com/a?b=1.": "W W W dot example dot com slash A question "
        "mark B equals one .",
        "see example.org/x_1!": "see example dot org slash X underscore one !",
        "report.pdf": "report dot P D F",
    },
    "case": {
        "PLEASE PRESS FIVE NOW": "please press five now",
        "WARNING: full": "warning : full",
        "iPhone, JavaScript": "iphone , javascript",
        "parseHeaders": "parse headers",
    },
    "signs": {
        "a=b+c": "a equals B plus C",
        "😀 👍🏽 🇺🇸": "grinning face thumbs up sign flag U S",
        "x² © α": "X squared copyright alpha",
        "**bold** _it_ `code`": "bold it code",
        "<b>fat</b> x < y": "fat X less than Y",
    },
    "pauses": {
        "Well... I think (so) — yes": "well . i think , so — yes",
        "Stop!? No.": "stop ? no .",
        "one\n\ntwo\n- three": "one . two . three",
        "-----\ntext": ", text",
        "rock 'n' roll, “quoted”": "rock N roll , quoted",
    },
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [pair for readings in READINGS.values() for pair in readings.items()],
)
def test_reading(text, expected):
    assert words(text) == expected


def test_letters_of_its_own_are_not_taken_from_a_text():
    assert LETTER not in cleaned(f"{LETTER}b")


def test_words_that_no_lexicon_has_are_guessed():
    assert phonemize("kubelet")[0][:4] == ["k", "j", "ˈu", "b"]
    assert "".join(phonemize("kubelet's café")[0]) == "kjˈubələts kæfˈeɪ."


@pytest.mark.parametrize(
    "text",
    [
        "word " * 20_000,
        "a" * 100_000,
        "1" * 100_000,
        "1,2.3-4:5/" * 10_000,
        "[" * 100_000,
        "a.b-" * 25_000,
        "http://x" * 12_500,
        "@." * 50_000,
        "A. " * 33_000,
        "'" * 100_000,
        "é̂" * 30_000,
        "😀" * 25_000,
        "日" * 30_000,
        "<a " * 30_000,
        "\0\x1b\ufeff\u200b\ud800" * 10,
    ],
    ids=lambda text: repr(text[:9]),
)
@pytest.mark.filterwarnings("ignore:Expected text")
def test_a_hundred_thousand_characters_of_anything(text):
    start = time.process_time()
    longest = max(map(len, phonemize(text)), default=0)
    assert longest <= 401
    assert time.process_time() - start < 30
