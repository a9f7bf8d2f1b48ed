"""The command `pwavenet`. Keras is imported by the commands that need it."""

from keras_pwavenet.cli import corpora, evaluation, speech, training, voices
from keras_pwavenet.cli.app import app


def main() -> None:
    """Runs the command line."""
    app(prog_name=app.info.name)
