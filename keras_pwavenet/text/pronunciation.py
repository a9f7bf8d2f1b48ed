"""How English words are said: a lexicon, parts of speech, and a guess for the rest.

Lexicon and models are those of gruut (MIT), from its package of data `gruut-lang-en`.
gruut itself is not imported: that alone would take a second.
"""

import base64
import functools
import importlib.util
import sqlite3
import string
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from keras_pwavenet.text.inventory import STRESSES

_ROLES = {"VBP": "VB", "VBZ": "VB", "VBG": "VB", "VBN": "VBD", "MD": "VB"}
_BASE = {"ß": "ss", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "th"}
_BASE |= {"þ": "th", "ı": "i"}
_SIBILANTS = ("s", "z", "ʃ", "ʒ", "t͡ʃ", "d͡ʒ")
_VOICELESS = ("p", "t", "k", "f", "θ")


class Pronunciation:
    """Says words of US English.

    Raises:
        ImportError: If the extra `text` is not installed.
    """

    def __init__(self):
        folder = data_folder()
        # In memory and with an index a word takes 20 microseconds, else 20 ms.
        self._lexicon = sqlite3.connect(":memory:", check_same_thread=False)
        self._lexicon.deserialize((folder / "lexicon.db").read_bytes())
        self._lexicon.execute("CREATE INDEX by_word ON word_phonemes (word)")
        self._guesser = _tagger(folder / "g2p" / "model.crf")
        self._parts_of_speech = _tagger(folder / "pos" / "model.crf")
        self.known = functools.lru_cache(maxsize=20_000)(self._known)
        self.guessed = functools.lru_cache(maxsize=20_000)(self._guessed)

    def sentence(self, words: Sequence[str]) -> list[list[str]]:
        """Says the words of a sentence.

        Args:
            words: Of Latin letters and apostrophes, e.g. `["They", "record", "it"]`. A
                letter after a full stop is said by its name: ".a".

        Returns:
            The phones of each.
        """
        said = [self._one(word) for word in words]
        if any(len(ways) > 1 for ways in said):
            tags = self._parts_of_speech.tag(_sentence_features(words))
        else:
            tags = [""] * len(words)
        phones = [
            list(
                ways.get(_ROLES.get(tag, tag))
                or ways.get(tag[:2])
                or next(iter(ways.values()))
            )
            for ways, tag in zip(said, tags, strict=True)
        ]
        for word, own, following in zip(words, phones, phones[1:], strict=False):
            if following and _is_vowel(following[0]):
                if word.lower() == "the":
                    own[:] = ["ð", "i"]
                elif word.lower() == "to":
                    own[:] = ["t", "u"]
        return phones

    def _one(self, word):
        """The ways to say a word, by part of speech."""
        if word.startswith("."):
            letter = word[1].lower()
            plain = plain_letters(letter)
            ways = self.known(letter) or self.known(plain) or {"": self.guessed(plain)}
            way = ways.get("letter") or next(iter(ways.values()))
            return {"": (*way, *_possessive(way)) if word.endswith("'s") else way}
        word = word.lower().replace("’", "'")
        for spelling in (word, word.strip("'"), plain_letters(word)):
            ways = self.known(spelling)
            if ways:
                return {role: way for role, way in ways.items() if role != "letter"}
        word = plain_letters(word).strip("'")
        if word.endswith("'s"):
            for role, way in (stem := self._one(word[:-2])).items():
                stem[role] = (*way, *_possessive(way))
            return stem
        return {"": self.guessed(word)}

    def _known(self, word):
        found = {}
        for role, phones in self._lexicon.execute(
            "SELECT role, phonemes FROM word_phonemes WHERE word = ? "
            "ORDER BY pron_order",
            (word,),
        ):
            found.setdefault(role.removeprefix("gruut:"), tuple(phones.split()))
        return found

    def _guessed(self, word):
        labels = self._guesser.tag(_letter_features(word))
        phones = "|".join(base64.b64decode(label).decode() for label in labels)
        return tuple(phone for phone in phones.split("|") if phone not in ("", "_"))


@functools.cache
def pronunciation() -> Pronunciation:
    """The one `Pronunciation` of the process, made when it is first asked for."""
    return Pronunciation()


def plain_letters(word: str) -> str:
    """A word in the letters of English, e.g. "cafe" for "café"."""
    apart = unicodedata.normalize("NFKD", word)
    return "".join(
        _BASE.get(letter, letter)
        for letter in apart
        if not unicodedata.combining(letter)
    )


def _possessive(phones):
    if phones and phones[-1] in _SIBILANTS:
        return ("ɪ", "z")
    return ("s",) if phones and phones[-1] in _VOICELESS else ("z",)


def _is_vowel(phone):
    return phone[0] in (*STRESSES, *"iɪɛæɑɔʊuʌəɚeao")


def data_folder() -> Path:
    """Where gruut's lexicon and models are.

    Raises:
        ImportError: If the extra `text` is not installed.
    """
    found = importlib.util.find_spec("gruut_lang_en")
    if found is None or importlib.util.find_spec("pycrfsuite") is None:
        raise ImportError(
            "Text needs more packages: pip install 'keras-pwavenet[text]', which has "
            "gruut-lang-en, python-crfsuite and num2words."
        )
    return Path(found.submodule_search_locations[0])


def _tagger(path):
    import pycrfsuite

    tagger = pycrfsuite.Tagger()
    tagger.open(str(path))
    return tagger


def _encoded(text):
    """Text in the ASCII that the models know it by."""
    return base64.b64encode(text.encode()).decode("ascii")


def _letter_features(word):
    """What gruut's model of letters was trained on (gruut/g2p.py, MIT)."""
    features = []
    for place, letter in enumerate(word):
        own = {"bias": 1.0, "grapheme": _encoded(letter)}
        if place == 0:
            own["begin"] = True
        for away in range(1, 4):
            if place >= away:
                own[f"grapheme-{away}"] = _encoded(word[place - away])
            if place + away < len(word):
                own[f"grapheme+{away}"] = _encoded(word[place + away])
        if place == len(word) - 1:
            own["end"] = True
        features.append(own)
    return features


def _word_features(word, prefix=""):
    """What gruut's model of parts of speech was trained on (gruut/pos.py, MIT)."""
    features = {
        "bias": 1.0,
        "word": _encoded(word),
        "len(word)": len(word),
        "word.ispunctuation": word in string.punctuation,
        "word.isdigit()": word.isdigit(),
        **{f"word[:{count}]": word[:count] for count in (2, 3)},
        **{f"word[-{count}:]": word[-count:] for count in (2, 3)},
    }
    return {prefix + name: value for name, value in features.items()}


def _sentence_features(words):
    words = [word.removeprefix(".") for word in words]
    features = []
    for place, word in enumerate(words):
        own = _word_features(word)
        if place == 0:
            own["BOS"] = True
        if place == len(words) - 1:
            own["EOS"] = True
        for away in (1, 2):
            if place >= away:
                own |= _word_features(words[place - away], f"-{away}:")
            if place + away < len(words):
                own |= _word_features(words[place + away], f"+{away}:")
        features.append(own)
    return features
