"""What libraries in C++ write to the terminal, kept from it."""

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def no_standard_error() -> Iterator[None]:
    """Keeps what is written to standard error in the block from the terminal.

    Also what C++ writes there before, or without, any setting of its log. It is for
    short blocks: other threads' lines are lost, too.
    """
    if sys.stderr is not None:
        sys.stderr.flush()
    try:
        kept = os.dup(2)
    except OSError:  # closed: there is nothing to keep
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
