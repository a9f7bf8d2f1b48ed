"""The package brings in the chosen backend when it is used, and nothing before."""

import importlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

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
HEAVY = ("keras", "numpy", *BACKENDS)
# Keras itself imports these where they are installed; they count from there on.
SCRIPT = """
import sys, keras
assert keras.backend.backend() == {backend!r}
by_keras = set(sys.modules) & {{"huggingface_hub", "jax"}}
import keras_pwavenet
assert len([getattr(keras_pwavenet, name) for name in keras_pwavenet.__all__]) > 15
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


def test_import_alone_brings_in_nothing():
    script = (
        "import sys, keras_pwavenet, keras_pwavenet.losses, keras_pwavenet.presets\n"
        "import keras_pwavenet.evaluate.measures, keras_pwavenet.export\n"
        "assert keras_pwavenet.presets.builtin_presets()\n"
        f"assert not {set(HEAVY)} & set(sys.modules), sys.modules\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "package", ["", ".evaluate", ".evaluate.measures", ".export", ".losses", ".presets"]
)
def test_public_names_are_there(package):
    module = importlib.import_module(f"keras_pwavenet{package}")
    assert set(module.__all__) <= set(dir(module))
    for name in module.__all__:
        assert getattr(module, name) is not None
    with pytest.raises(AttributeError, match=f"{module.__name__}.*'no_such_name'"):
        _ = module.no_such_name


def test_import_leaves_devices_to_be_set():
    script = (
        "import tensorflow as tf, keras_pwavenet.training, keras_pwavenet.models\n"
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


LIGHT_SCRIPT = """
import sys
for name in ("jax", "jinja2", "keras", "numba", "scipy", "soxr", "tensorflow", "torch"):
    sys.modules[name] = None  # as where it is not installed
import keras_pwavenet
for name in ("ParallelWaveNet", "TextToSpeech", "training", "resynthesize"):
    try:
        print(getattr(keras_pwavenet, name))
    except ModuleNotFoundError as error:
        assert "full install, `pip install .`" in str(error), error
        assert str(error).endswith("Received: one without keras"), error
from typer.testing import CliRunner
from keras_pwavenet import cli
for line in (
    "resynthesize tests/clips/vm-msgsaved.flac /tmp/no.wav",
    "prepare tests/clips /tmp/no-features",
    "evaluate en_female --corpus tests/clips",
    "export en_female /tmp/no.tflite",
):
    result = CliRunner().invoke(cli.app, line.split())
    if not line.startswith("evaluate"):  # whose folder of features is none
        assert result.exit_code == 1, line
        assert "`pip install .`" in result.stderr, result.stderr
    assert "No module named" not in result.stderr, result.stderr
assert CliRunner().invoke(cli.app, ["presets"]).exit_code == 0
"""


def test_an_install_for_text_alone_says_how_to_get_the_rest():
    done = subprocess.run(
        [sys.executable, "-c", LIGHT_SCRIPT],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
