"""The page reads text as Python does, as far as it says that it does."""

import gzip

import pytest

from keras_pwavenet.text.front_end import phonemize
from keras_pwavenet.text.pronunciation import pronunciation

pytestmark = pytest.mark.browser
TEXTS = [
    "Your call will be answered in 5 minutes.",
    "It costs $5.20, or €1, or £3.01, or 12 %.",
    "At 5:30pm, at 14:05, at 7 o'clock.",
    "The 1st, the 22nd, the 113th and the 30th of 1,234,567.",
    "In 1984, in 1905, in 2004 and in 2026; 1900 too.",
    "It is -5 or 3.14, 10-12 km away; 0.5 kg, 20°C.",
    "Dr. Smith, Mr. Jones and Mrs. Brown vs. Prof. Green, e.g. here.",
    "HTML, NASA, the US and two words in CAPITALS. THIS IS SHOUTED.",
    "Waldo's boss's dog’s bone; don't, can't, the apple, to Ann.",
    "A café, naïve, vitamins—and so on (in brackets) … wait!",
    "Is it? Yes! No: well; fine.",
    "fooBar is example.com/index & more @ home",
    "First paragraph\n\nSecond paragraph",
    "word " * 150,
    "x y z; I am a cat, B.",
]
READ = """async ([what, texts]) => {
    const { text } = await import("./load.js");
    const { Words } = await import("./words.js");
    const { English } = await import("./english.js");
    const { symbols } = await (await fetch("settings.json")).json();
    const letters = JSON.parse(await text("letters.gz"));
    const words = new Words(await text("words.gz"), letters, symbols);
    if (what === "guess") return texts.map((one) => words.guessed(one).join("_"));
    const front = new English(words);
    return texts.map((one) => front.read(one).sentences.map((said) => said.join("_")));
}"""


def test_texts_are_read_alike(page):
    found = page.evaluate(READ, ["read", TEXTS])
    for text, said in zip(TEXTS, found, strict=True):
        assert said == ["_".join(one) for one in phonemize(text)], text


def test_words_are_guessed_alike(page, site):
    voice = pronunciation()
    lines = gzip.decompress((site / "words.gz").read_bytes()).decode().splitlines()
    words = [line.split(" ")[0] for line in lines if line[0] != "."][::400]
    assert len(words) > 300
    found = page.evaluate(READ, ["guess", words])
    wrong = [
        word
        for word, said in zip(words, found, strict=True)
        if said != "_".join(voice.guessed(word))
    ]
    assert len(wrong) < 0.01 * len(words), wrong
