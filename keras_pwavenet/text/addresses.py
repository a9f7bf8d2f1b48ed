"""E-mail addresses, URLs and the names of files and hosts, in words."""

import re
from collections.abc import Callable

from keras_pwavenet.text.characters import LETTER
from keras_pwavenet.text.numerals import digits

_SIGNS = {
    **{".": "dot", "/": "slash", "-": "dash", "_": "underscore", "@": "at"},
    **{"?": "question mark", "=": "equals", "&": "and", "#": "hash", ":": "colon"},
    **{"~": "tilde", "+": "plus", "%": "percent", ",": "comma", ";": "semicolon"},
}
_DOMAINS = (
    "com|org|net|edu|gov|mil|io|dev|app|ai|info|biz|eu|uk|us|ca|de|fr|nl|be|jp|cn|au"
)
_REST = r"[^\s<>\"()\U000f0000-\U000fffff]"
_ADDRESS = re.compile(
    rf"(?:https?|ftp|file)://{_REST}{{1,2000}}|\bwww\.{_REST}{{1,2000}}"
    r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|(?<![\w.-])(?:[\w-]{1,63}\.){1,8}"
    rf"(?:{_DOMAINS})\b(?![.-]\w)(?:/{_REST}{{0,2000}})?",
    re.IGNORECASE,
)
_SHORT = 3  # letters that are spelled if they are no word


def addresses_to_words(text: str, in_lexicon: Callable[[str], bool]) -> str:
    """Writes out addresses, each sign of them.

    Args:
        text: `characters.cleaned`.
        in_lexicon: Whether a word in lower case is one that people know.

    Returns:
        The text with words such as "bob dot smith at example dot com".
    """

    def words(match):
        address = match[0].rstrip(".,;:!?'")
        end = match[0][len(address) :]
        address = re.sub("^https?://", "", address, flags=re.IGNORECASE)
        return f" {_address(address, in_lexicon)} {end}"

    return _ADDRESS.sub(words, text)


def _address(address, in_lexicon):
    found = []
    for piece in re.findall(r"[^\W\d_]+|\d+|.", address):
        if piece.isdecimal():
            found.append(digits(piece))
        elif not piece.isalpha():
            found.append(_SIGNS.get(piece, piece))
        elif in_lexicon(piece.lower()) and len(piece) > 1:
            found.append(piece.lower())
        elif len(piece) <= _SHORT or not re.search("[aeiouy]", piece.lower()):
            found.extend(LETTER + letter for letter in piece)
        else:
            found.append(piece)
    return " ".join(found)
