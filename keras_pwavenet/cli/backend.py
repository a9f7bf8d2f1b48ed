"""Keras' backend, looked at before Keras is imported."""

import difflib
import importlib.util
import logging
import os

BACKENDS = ("tensorflow", "jax", "torch")


def chosen_backend() -> str:
    """What KERAS_BACKEND says, or TensorFlow."""
    return os.environ.get("KERAS_BACKEND") or BACKENDS[0]


def check_backend() -> None:
    """Refuses a backend that is misspelt or not installed.

    Raises:
        ValueError: If KERAS_BACKEND names none that this package runs on.
        ImportError: If its package is missing.
    """
    name = chosen_backend()
    if name not in BACKENDS:
        near = difflib.get_close_matches(name.lower(), BACKENDS, n=1)
        hint = f" Did you mean '{near[0]}'?" if near else ""
        raise ValueError(
            f"Unknown backend.{hint} Expected KERAS_BACKEND to be one of "
            f"{', '.join(BACKENDS)}. Received: KERAS_BACKEND={name}"
        )
    if importlib.util.find_spec(name) is None:
        raise ImportError(
            f"The backend {name} is not installed: pip install {name}. "
            f"Received: KERAS_BACKEND={os.environ.get('KERAS_BACKEND', '')}"
        )


def keep_quiet() -> None:
    """Keeps TensorFlow's own lines from the terminal, unless it was told otherwise."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("absl", "tensorflow", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)
