"""`import keras_pwavenet` brings in the chosen backend and no other heavy library."""

import importlib.util
import os
import subprocess
import sys

import pytest

BACKENDS = ("tensorflow", "jax", "torch")
OPTIONAL = (
    "av",
    "huggingface_hub",
    "kagglehub",
    "librosa",
    "tensorboard",
    "tensorboardX",
)
# Keras itself imports these where they are installed; they count from there on.
SCRIPT = """
import sys, keras
assert keras.backend.backend() == {backend!r}
by_keras = set(sys.modules) & {{"huggingface_hub", "jax"}}
import keras_pwavenet
assert {backend!r} in sys.modules
loaded = sorted((set({unwanted}) & set(sys.modules)) - by_keras)
assert not loaded, loaded
"""


@pytest.mark.parametrize("backend", BACKENDS)
def test_import_brings_in_one_backend(backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    unwanted = [*(name for name in BACKENDS if name != backend), *OPTIONAL]
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(backend=backend, unwanted=unwanted)],
        env={**os.environ, "KERAS_BACKEND": backend},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_import_leaves_devices_to_be_set():
    script = (
        "import tensorflow as tf, keras_pwavenet\n"
        "import keras_pwavenet.training.averaged_adam\n"
        "cpu = tf.config.list_physical_devices('CPU')[0]\n"
        "two = [tf.config.LogicalDeviceConfiguration()] * 2\n"
        "tf.config.set_logical_device_configuration(cpu, two)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "KERAS_BACKEND": "tensorflow"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
