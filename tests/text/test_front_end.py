import string

import pytest

from keras_pwavenet.text import phonemize, symbols

pytest.importorskip("gruut_lang_en")
pytest.importorskip("pycrfsuite")


def spoken(text, **options):
    return ["".join(sentence) for sentence in phonemize(text, **options)]


def test_sentences_of_phones_words_and_pauses():
    assert phonemize("Hello, my world! Yes?") == [
        [*"hɛl", "ˈoʊ", ",", "m", "ˈaɪ", " ", "w", "ˈɚ", "l", "d", "!"],
        ["j", "ˈɛ", "s", "?"],
    ]


def test_a_paragraph_ends_a_sentence():
    ended = ["jˈɛs.", "nˈoʊ."]
    assert spoken("Yes\n\nno") == spoken("Yes.\n \nno") == spoken("Yes.\n- no") == ended


def test_every_symbol_is_in_the_inventory():
    text = "A zoo's pleasure: thirty-three boys' joys; why? Ouch... [ˈʃʊ] — EU!"
    said = {symbol for sentence in phonemize(text) for symbol in sentence}
    assert said <= set(symbols())
    assert {":", ";", "?", "—", "!", " ", ","} <= said
    assert len(set(symbols())) == len(symbols()) == 78


def test_part_of_speech_chooses_between_homographs():
    noun, verb = spoken("The record. They record it.")
    assert "ɹˈɛkɚd" in noun
    assert "ɹɪkˈɔɹd" in verb


def test_every_letter_has_a_name():
    names = [spoken(letter) for letter in string.ascii_uppercase]
    assert names[:3] == [["ˈeɪ."], ["bˈi."], ["sˈi."]]
    assert names == [spoken(letter) for letter in string.ascii_lowercase]
    assert len({name for (name,) in names}) == 26
    assert [spoken(letter) for letter in "ÇñÉ"] == [names[2], names[13], names[4]]


def test_the_letter_a_and_the_article():
    assert spoken("A B C") == ["ˈeɪ bˈi sˈi."]
    assert spoken("Press A, then B.") == ["pɹˈɛs ˈeɪ,ðˈɛn bˈi."]
    assert spoken("Control C is a key.") == ["kəntɹˈoʊl sˈi ˈɪz ə kˈi."]
    assert spoken("A cat got a B.") == ["ə kˈæt ɡˈɑt ə bˈi."]


def test_phonemes_in_brackets_and_of_ones_own_are_obeyed():
    assert spoken("[ˈkjuːblət] runs.") == ["kjˈublət ɹˈʌnz."]
    own = {"kubelet": "ˈkjuːblət", "Runs": ["ɹ", "ˈʌ"]}
    assert spoken("Kubelet Runs runs", lexicon=own) == ["kjˈublət ɹˈʌ ɹˈʌnz."]
    assert spoken("He [sic] said") == ["hˈi,sˈɪk,sˈɛd."]


def test_foreign_phonemes_are_left_out_and_named():
    named = r"'\[ˈtsyːrɪç\]' \(unknown phonemes y ç\), '\[ˈ\]' \(no phonemes\)"
    with pytest.warns(UserWarning, match=rf"can be said in en-us.*{named}$"):
        found = spoken("Zurich [ˈtsyːrɪç] [ˈ] is [pɪ̈n]. Yes.")
    assert found == ["zˈʊɹɪk ˈɪz pɪn.", "jˈɛs."]
    long = "A word. " * 600  # read in several pieces
    with pytest.warns(UserWarning, match=r"'\[ˈlɔx\]' \(unknown phonemes x\)$"):
        assert len(spoken(f"[ˈlɔx] {long}")) == len(spoken(f"{long} [ˈlɔx]")) == 600
    with pytest.raises(ValueError, match=r"phonemes of en-us: .*: 'y', 'ç' in 'ˈtsyːr"):
        phonemize(" [ˈtsyːrɪç] [ˈlɔx]!")
    with pytest.raises(ValueError, match=r"'x' in 'ˈlɔx'"):
        phonemize("Loch", lexicon={"loch": "ˈlɔx"})


def test_what_is_for_a_terminal_is_not_said():
    link = "\x1b]8;;https://example.org/a\x1b\\the page\x1b]8;;\x1b\\"
    title = "\x1b]0;a title\x07"
    text = f"{title}\x1b[1;31mRed\x1b[0m, \x9b4mlined\x9b0m: {link}. B\bBo\bold\x1b[K"
    assert spoken(text) == spoken("Red, lined: the page. Bold")
    # What has no end is no more than what begins it.
    assert spoken("\x1b]Yes\nNo") == spoken("Yes No")
    assert spoken("\x90Yes\x9d no\x9b") == spoken("Yes no")


def test_what_cannot_be_said_is_named():
    with pytest.warns(UserWarning, match=r"'日本語' \(CJK\), 'да' \(Cyrillic\)"):
        assert spoken("So 日本語, да.") == ["sˈoʊ."]


def test_latin_words_right_behind_what_cannot_be_said_are_said():
    with pytest.warns(UserWarning, match=r"'我用' \(CJK\), 'за\u0301мок' \(Cyrillic\)"):
        found = spoken("我用GitHub, за\u0301мок and 5\u0301.")
    assert found == spoken("GitHub, and 5.")


def test_nothing_to_say():
    assert phonemize("") == phonemize(" \n ") == phonemize("...") == []
    with pytest.raises(ValueError, match="string"):
        phonemize(None)
    with pytest.raises(ValueError, match=r"language among en-us.*Received: .*tlh"):
        phonemize("nuqneH", language="tlh")
