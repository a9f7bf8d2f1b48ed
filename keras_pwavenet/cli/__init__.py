"""The command `pwavenet`. Keras is imported by the commands that need it."""

import os
import sys

from keras_pwavenet.cli import corpora, evaluation, speech, training, voices
from keras_pwavenet.cli.app import app


def main() -> None:
    """Runs the command line; one line, too, where the output takes nothing."""
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
