"""What every test has: quiet backends, a fixed seed, and the backend's markers."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import pytest


def pytest_collection_modifyitems(items):
    """Skips the tests that need TensorFlow when another backend runs."""
    backend = keras.backend.backend()
    if backend == "tensorflow":
        return
    skip = pytest.mark.skip(reason=f"needs TensorFlow, runs on {backend}")
    for item in items:
        if "tensorflow" in item.keywords or "tensorflow_io" in item.keywords:
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def seed():
    """Starts each test from the same random state."""
    keras.utils.set_random_seed(20)
