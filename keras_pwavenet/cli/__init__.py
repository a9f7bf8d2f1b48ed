"""The command `pwavenet`. Keras is imported by the commands that need it."""

import os

from keras_pwavenet.cli import corpora, evaluation, training, voices
from keras_pwavenet.cli.app import app


def main() -> None:
    """Runs the command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    app()
