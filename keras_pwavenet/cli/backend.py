"""Keras' backend, looked at before Keras is imported."""

import difflib
import importlib.abc
import importlib.util
import logging
import os
import sys

from keras_pwavenet.lazy import full_install, missing_of_full_install
from keras_pwavenet.quiet import no_standard_error

BACKENDS = ("tensorflow", "jax", "torch")


def chosen_backend() -> str:
    """What KERAS_BACKEND says, or TensorFlow."""
    return os.environ.get("KERAS_BACKEND") or BACKENDS[0]


def check_backend() -> None:
    """Refuses a backend that is misspelt or not installed.

    Raises:
        ValueError: If KERAS_BACKEND names none that this package runs on.
        ImportError: If its package is missing, or one that any full install has.
    """
    name = chosen_backend()
    if name not in BACKENDS:
        near = difflib.get_close_matches(name.lower(), BACKENDS, n=1)
        hint = f"Did you mean '{near[0]}'? " if near else ""
        raise ValueError(
            f"{hint}Expected KERAS_BACKEND to be one of {', '.join(BACKENDS)}. "
            f"Received: KERAS_BACKEND={name}"
        )
    missing = missing_of_full_install()
    if missing:
        raise ImportError(full_install(missing))
    if importlib.util.find_spec(name) is None:
        given = os.environ.get("KERAS_BACKEND")
        received = f"KERAS_BACKEND={given}" if given else "no KERAS_BACKEND"
        raise ImportError(
            f"The backend {name} is not installed: pip install {name}. "
            f"Received: {received}"
        )


def keep_quiet() -> None:
    """Keeps TensorFlow's own lines from the terminal, whoever imports it."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    for name in ("absl", "tensorflow", "tf2onnx"):
        logging.getLogger(name).setLevel(logging.ERROR)
    if not any(isinstance(finder, _QuietTensorFlow) for finder in sys.meta_path):
        sys.meta_path.insert(0, _QuietTensorFlow())


class _QuietTensorFlow(importlib.abc.MetaPathFinder):
    """Finds TensorFlow as ever, and imports it with no standard error.

    Its C++ writes there before any setting of the log counts.
    """

    _looking = False

    def find_spec(self, name, path, target=None):
        if name != "tensorflow" or self._looking:
            return None
        self._looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._looking = False
        if spec is not None and spec.loader is not None:
            run = spec.loader.exec_module

            def run_quietly(module):
                with no_standard_error():
                    run(module)

            spec.loader.exec_module = run_quietly
        return spec
