"""What was left out of a corpus, told in one line however much it is."""

import warnings
from collections.abc import Collection

_NAMED = 3  # examples in a warning


def warn_of(things: Collection[str], what: str) -> None:
    """Warns of how many things there are, and names the first ones; silent without."""
    if things:
        some = ", ".join(map(repr, list(things)[:_NAMED]))
        more = ", ..." if len(things) > _NAMED else ""
        warnings.warn(f"{len(things)} {what}: {some}{more}", stacklevel=2)
