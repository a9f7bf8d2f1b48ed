"""A user's own words: a file of words and their phonemes."""

import os

from keras_pwavenet.files import home_path
from keras_pwavenet.text.inventory import parse_phonemes


def read_lexicon(path: str | os.PathLike, language: str = "en-us") -> dict[str, str]:
    """Reads a lexicon for `phonemize`.

    Args:
        path: A text file in UTF-8 with a word and its phonemes in IPA on each line,
            e.g. "kubelet ˈkjuːblət"; empty lines and those that begin with # are
            passed over.
        language: Whose phonemes they are.

    Returns:
        The phonemes of each word.

    Raises:
        ValueError: If the file is no UTF-8, or a line holds no phonemes or none of the
            language; names it.
        OSError: If the file cannot be read.
    """
    path = home_path(path)
    try:
        text = path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"Expected UTF-8. Received: {path}, {error}") from error
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        word, _, phonemes = line.strip().partition(" " if "\t" not in line else "\t")
        try:
            parse_phonemes(phonemes, language)
        except ValueError as error:
            raise ValueError(
                f"Expected a word and its phonemes in line {number} of {path}. "
                f"Received: {error}"
            ) from error
        found[word] = phonemes.strip()
    return found
