"""Text to the symbols that an acoustic model speaks."""

import re
import unicodedata
import warnings
from collections.abc import Iterator, Mapping, Sequence

from keras_pwavenet.text.characters import GIVEN, cleaned, without_controls
from keras_pwavenet.text.english import read
from keras_pwavenet.text.inventory import (
    ENDS,
    PAUSES,
    SPACE,
    check_language,
    parse_phonemes,
    symbols,
    unknown_phonemes,
)
from keras_pwavenet.text.pronunciation import pronunciation

LONGEST_SENTENCE = 400  # symbols; about 25 seconds
_CHUNK = 4000  # characters that are read at once
_GIVEN = re.compile(r"\[([^\[\]\n]{1,500})\]")
_IPA_ONLY = frozenset("ˈˌːɪɛæɑɔʊʌəɚɹɾɫʍʃʒʧʤθðŋɡɝɜɐɒᵻɨ͡")
_NAMED = 5  # of what cannot be said

Lexicon = Mapping[str, str | Sequence[str]]


def phonemize(
    text: str, language: str = "en-us", lexicon: Lexicon | None = None
) -> list[list[str]]:
    """Turns text into what is said, sentence by sentence.

    Args:
        text: Any text. Phonemes in IPA may be given in brackets in place of a word, as
            in "[ˈkjuːblət]"; brackets with others than the language's are left out.
        language: E.g. "en-us".
        lexicon: Phonemes in IPA of words that are to be said so, e.g.
            `{"kubelet": "ˈkjuːblət"}`; a word in lower case stands for all its cases.

    Returns:
        For each sentence its symbols, out of `symbols(language)`: phones, where a vowel
        carries its stress, a space between words, and pauses, with which every sentence
        ends. Empty if nothing can be said. A sentence of more than 400 symbols is
        divided.

    Raises:
        ValueError: If the text is none, the language is unknown, phonemes of the
            lexicon are not the language's, or the text has brackets with such phonemes
            and nothing else to say.
        ImportError: If the extra `text` is not installed.

    Warns:
        UserWarning: If something cannot be said; names it.
    """
    return list(sentences(text, language, lexicon))


def sentences(
    text: str, language: str = "en-us", lexicon: Lexicon | None = None
) -> Iterator[list[str]]:
    """As `phonemize`, one sentence after the other, each read when it is asked for."""
    language = check_language(language)
    if not isinstance(text, str):
        raise ValueError(f"Expected `text` to be a string. Received: text={text!r:.80}")
    own = {
        word: _own_phones(word, phones, language)
        for word, phones in (lexicon or {}).items()
    }
    return _sentences(text, language, own)


def _sentences(text, language, own):
    unsayable = {}  # and why
    refused = said = None
    for chunk in _chunks(without_controls(text)):
        given = []
        chunk, error = _without_given(cleaned(chunk), given, unsayable, language)
        refused = refused or error
        for said in _read(chunk, given, own, unsayable):
            yield said
    if refused and not said:
        raise refused
    if unsayable:
        named = [
            f"'{part:.80}' ({why:.80})"
            for part, why in list(unsayable.items())[:_NAMED]
        ]
        more = f" and {len(unsayable) - _NAMED} more" if len(unsayable) > _NAMED else ""
        warnings.warn(
            f"Expected text that can be said in {language}; what cannot was left out. "
            f"Received: {', '.join(named)}{more}",
            stacklevel=3,
        )


def _chunks(text):
    """The text in pieces that end where sentences do, if they can."""
    while len(text) > _CHUNK:
        head = text[:_CHUNK]
        for end in (r".*\n\s*\n", r".*[.?!]\s", r".*\s"):
            match = re.match(end, head, re.DOTALL)
            if match and match.end() > _CHUNK // 4:
                head = match[0]
                break
        yield head
        text = text[len(head) :]
    yield text


def _without_given(text, given, unsayable, language):
    """Puts one character in the place of phonemes, which go to `given`."""
    errors = []

    def replace(match):
        if not _IPA_ONLY & set(match[1]):
            return match[0]
        try:
            given.append(parse_phonemes(match[1], language))
        except ValueError as error:
            errors.append(error)
            unknown = " ".join(unknown_phonemes(match[1], language))
            why = f"unknown phonemes {unknown}" if unknown else "no phonemes"
            unsayable[match[0]] = why
            return " "
        return f" {chr(GIVEN + len(given) - 1)} "

    return _GIVEN.sub(replace, text), next(iter(errors), None)


def _own_phones(word, phones, language):
    if isinstance(phones, str):
        return parse_phonemes(phones, language)
    known = symbols(language)
    listed = isinstance(phones, list | tuple) and len(phones)
    if not listed or any(phone not in known for phone in phones):
        raise ValueError(
            f"Expected phonemes of {language} for '{word}'. Received: {phones!r:.80}"
        )
    return list(phones)


def _read(text, given, own, unsayable):
    """The sentences of a chunk."""
    voice = pronunciation()
    known = own.keys() | {word.lower() for word in own}
    tokens = read(text, lambda word: word in known or bool(voice.known(word)))
    sentence = []
    for token in tokens:
        if token.kind == "unsayable":
            unsayable[token.text] = script_of(token.text)
            continue
        sentence.append(token)
        if token.kind == "pause" and token.text in ENDS:
            yield from _divided(_said(sentence, given, own, voice))
            sentence = []
    yield from _divided(_said(sentence, given, own, voice))


def _said(sentence, given, own, voice):
    """The symbols of a sentence."""
    words = [token for token in sentence if token.kind in ("word", "letter")]
    names = [
        token.text if token.kind == "word" else f".{token.text}" for token in words
    ]
    phones = iter(voice.sentence(names) if names else [])
    found, pause = [], None
    for token in sentence:
        if token.kind == "pause":
            pause = token.text
            continue
        if token.kind == "given":
            said = given[int(token.text)]
        else:
            said = next(phones)
            if token.kind == "word":
                said = own.get(token.text) or own.get(token.text.lower()) or said
        if not said:
            continue
        if found:
            found.append(pause or SPACE)
        pause = None
        found.extend(said)
    return [*found, pause if pause in ENDS else "."] if found else []


def _divided(sentence):
    """A sentence in parts that are not too long, divided at pauses or words."""
    while len(sentence) > LONGEST_SENTENCE:
        head = sentence[:LONGEST_SENTENCE]
        for ends in (PAUSES, (SPACE,)):
            places = [place for place, one in enumerate(head) if one in ends]
            if places and places[-1] > LONGEST_SENTENCE // 4:
                head = sentence[: places[-1] + 1]
                break
        sentence = sentence[len(head) :]
        if head[-1] not in PAUSES:
            head = [*head[:-1], ","] if head[-1] == SPACE else [*head, ","]
        yield head
    if sentence:
        yield sentence


def script_of(text: str) -> str:
    """The script of a text's first letter, e.g. "Cyrillic" or "CJK"."""
    name = unicodedata.name(text[0], f"U+{ord(text[0]):04X}").split()[0]
    return name if name == "CJK" else name.capitalize()
