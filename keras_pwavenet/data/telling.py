"""What was left out of a corpus, told in one line however much it is."""

import warnings
from collections.abc import Collection

_NAMED = 3  # examples in a warning
_OF_ONE = {"are": "is", "have": "has", "lie": "lies", "name": "names"}
_OF_ONE |= {"their": "its", "them": "it"}


def warn_of(things: Collection[str], what: str) -> None:
    """Warns of how many things there are, and names the first ones; silent without.

    Args:
        things: What to name.
        what: What is told of them, as of several: a noun, then the rest.
    """
    if things:
        some = ", ".join(map(repr, list(things)[:_NAMED]))
        more = ", ..." if len(things) > _NAMED else ""
        if len(things) == 1:
            noun, *rest = what.split(" ")
            noun = noun.removesuffix("s").replace("entrie", "entry")
            what = " ".join([noun, *(_OF_ONE.get(word, word) for word in rest)])
        warnings.warn(f"{len(things)} {what}: {some}{more}", stacklevel=2)


def count(number: int, noun: str) -> str:
    """A number and what it counts: 1 clip, 2 clips."""
    return f"{number} {noun}{'s' * (number != 1)}"
