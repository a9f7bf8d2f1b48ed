"""Pronunciations for the page: gruut's lexicon and its model of letters (both MIT)."""

import base64
import sqlite3

from keras_pwavenet.text.pronunciation import data_folder, pronunciation

FIRST = 33  # code of the first symbol, in words
SCALE = 1000  # of the weights of the model of letters


def words(symbols: list[str]) -> str:
    """The lexicon as lines of a word, a space, and a character for each phone.

    A word that is said in several ways has its most frequent one. A letter's name
    stands at a full stop and the letter.
    """
    code = {symbol: chr(FIRST + place) for place, symbol in enumerate(symbols)}

    def coded(phones):
        return "".join(code[phone] for phone in phones)

    lexicon = sqlite3.connect(data_folder() / "lexicon.db")
    rows = lexicon.execute(
        "SELECT word, phonemes FROM word_phonemes WHERE role != 'gruut:letter' "
        "ORDER BY word, pron_order"
    )
    known = {}
    for word, phones in rows:
        known.setdefault(word, coded(phones.split()))
    for letter in "abcdefghijklmnopqrstuvwxyz":
        known[f".{letter}"] = coded(pronunciation().sentence([f".{letter}"])[0])
    return "\n".join(f"{word} {phones}" for word, phones in known.items())


def letters() -> dict:
    """The model of letters: a conditional random field, in thousandths.

    Returns:
        A dict of `labels`, phones joined by "|", "_" for none; `transitions`, the
        weights of each label after each; and `attributes`, of a letter or its
        neighbour, e.g. "-1:a", a list of labels and weights in turn.
    """
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(data_folder() / "g2p" / "model.crf"))
    found = tagger.info()
    labels = [_decoded(label) for label in found.labels]
    place = {label: number for number, label in enumerate(found.labels)}
    count = len(labels)
    transitions = [0] * count**2
    for (before, after), weight in found.transitions.items():
        transitions[place[before] * count + place[after]] = round(SCALE * weight)
    attributes = {}
    for (name, label), weight in found.state_features.items():
        kind, _, letter = name.partition(":")
        kind = kind.removeprefix("grapheme") or "0"
        name = f"{kind}:{_decoded(letter)}" if letter else kind
        own = attributes.setdefault(name, [])
        own += [place[label], round(SCALE * weight)]
    return {"labels": labels, "transitions": transitions, "attributes": attributes}


def _decoded(name):
    return base64.b64decode(name).decode()
