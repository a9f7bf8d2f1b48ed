"""The page reads text as Python does, but for words that are written alike."""

import gzip
import re

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
    "$3 million, €1.5 billion, $5k, US$20bn, 5 EUR, $0.50, £0.01, ¥500.",
    "The 1980s, the '90s, the 2000s; 1100 1999 2000 2010 3000.",
    "At 9 am, 0:00, 24:00, 10:30:45, 3:05, 12:30 a.m. and 3.30pm. At 5 p.m. He left.",
    ".5, 1.000.000, 192.168.0.1, 10 000, 12345678901234567890, 007.",
    "5 - 3",
    "10 x 20, 3*4, 4×5, ~5, #5, №3, 1/2, 3 1/4, ½⁄.",
    "5 m, 5 s, 5 h, 6 ft, 5 MHz, 120 km/h, 1 km, 100 m², 3 in. of 5'11\".",
    "No. 5 of the U.S. Army is on 2nd St. in St. Paul.",
    "AI",
    "USA",
    "A&B",
    "PDFs",
    "FBI's CDs, GitHub, XMLHttpRequest, vitamin A.",
    "On 3/4/2021, 2020-01-02 10:20, 4.3.2021, 12 March 1999, March 3rd, 2020.",
    "Mon-Fri 9-5, Tue. and Sat-Sun; w/o it, 24/7.",
    "Call 555-123-4567 or +44 20 7946 0958.",
    "bob.smith@example.com, https://www.foo.org/a?b=c&d=1.",
    "Chapter IV; Henry VIII; J. R. R. Tolkien, Ph.D. and I.B.M. It is.",
    "😀 ❤ 👍🏽 🇺🇸 α Ω ♥ © 5² ﬁne ２３ ٣",
    "# Heading\n- item one\n- item two\n\n---\n<b>bold</b> \x1b[31mred\x1b[0m",
    "Wow!!! Really??? Ok... And... then",
    "Pneumonoultramicroscopicsilicovolcanoconiosis",
    "x" * 90,
    "no! " * 1200,
    "我用GitHub, за\u0301мок and 5\u0301.",
]
READ = """async ([what, texts]) => {
    const { text } = await import("./load.js");
    const { Words } = await import("./words.js");
    const { English } = await import("./english.js");
    const { symbols } = await (await fetch("settings.json")).json();
    const letters = JSON.parse(await text("letters.gz"));
    const words = new Words(await text("words.gz"), letters, symbols);
    if (what === "guess") return texts.map((one) => words.guessed(one).join("_"));
    const rules = JSON.parse(await text("reading.gz"));
    const front = new English(words, rules);
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


@pytest.mark.parametrize("how", [lambda match: match[0] * 2, max])
def test_a_reading_that_the_page_lacks_is_refused(web, how):
    with pytest.raises(RuntimeError, match=r"Received: .* of \[a-z\]"):
        web("reading")._reading(re.compile("[a-z]"), how)
