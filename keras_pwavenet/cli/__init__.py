"""The command `pwavenet`. Keras is imported by the commands that need it."""

import os
import sys

from keras_pwavenet.cli import corpora, evaluation, speech, training, voices
from keras_pwavenet.cli.app import app


def main() -> None:
    """Runs the command line; one line, too, where the output takes nothing."""
    _join_options()
    try:
        try:
            app(prog_name=app.info.name)
        finally:
            if sys.stdout:
                sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # for what is not written yet
        reason = f"Received: the output, {error.strerror}"
        sys.exit(f"Error: Expected what can be read or written. {reason}")


def _join_options() -> None:
    """Takes out the words `=` that Bash makes of `--preset=en_`, when it completes."""
    words = os.environ.get("COMP_WORDS", "").split("\n")
    cursor = os.environ.get("COMP_CWORD", "")
    if not cursor.isdecimal():
        return
    extra = [
        place
        for place in range(1, min(int(cursor), len(words)))
        if words[place] == "=" and words[place - 1].startswith("--")
    ]
    kept = [word for place, word in enumerate(words) if place not in extra]
    os.environ["COMP_WORDS"] = "\n".join(kept)
    os.environ["COMP_CWORD"] = str(int(cursor) - len(extra))
