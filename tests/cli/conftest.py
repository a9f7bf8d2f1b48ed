"""The command `pwavenet`, in this process, on tiny presets and a tiny corpus."""

import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import keras_pwavenet
from keras_pwavenet import ParallelWaveNet, PhonemeClassifier, WaveNet, cli
from keras_pwavenet.audio import LogMelSpectrogram, write_audio

RATE = 8000
MEL = (
    "--sample-rate 8000 --hop-length 80 --win-length 200 --n-fft 256 --n-mels 8 "
    "--fmax 4000"
)
SHORT = "--steps-per-epoch 1 --batch-size 1 --frames 5"
SHARED = {"hop_length": 80, "residual_channels": 4, "upsample_channels": 4}


def invoke(*arguments):
    return CliRunner().invoke(cli.app, [str(a) for a in arguments])


def succeed(*arguments):
    result = invoke(*arguments)
    assert result.exit_code == 0, result.output
    return result


def fail(*arguments):
    """Runs a command that must fail with one line, and returns the line."""
    result = invoke(*arguments)
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit)
    *before, line = result.stderr.splitlines()
    assert line.startswith("Error: ")
    usage = [said for said in before if said.startswith(("Usage: ", "Try "))]
    assert result.exit_code == 1 or len(usage) == 2
    assert not any("Error" in said or "Traceback" in said for said in before)
    for advice in ("from_preset", "load_weights=", "Model.presets", "keras."):
        assert advice not in line
    return line


def in_a_process(*arguments, **environment):
    """Runs the command as a shell would."""
    return subprocess.run(
        [sys.executable, "-m", "keras_pwavenet.cli", *map(str, arguments)],
        cwd=Path(keras_pwavenet.__file__).parents[1],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="session", name="invoke")
def _invoke():
    return invoke


@pytest.fixture(scope="session", name="succeed")
def _succeed():
    return succeed


@pytest.fixture(scope="session", name="fail")
def _fail():
    return fail


@pytest.fixture(scope="session", name="in_a_process")
def _in_a_process():
    return in_a_process


@pytest.fixture(scope="session")
def rate():
    return RATE


@pytest.fixture(scope="session")
def mel():
    """Options of `prepare` that fit the presets."""
    return MEL.split()


@pytest.fixture(scope="session")
def short():
    """Options of training that make a step quick."""
    return SHORT.split()


@pytest.fixture
def eagerly():
    """Nothing is traced on TensorFlow, which takes longer than a few steps."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.fixture(scope="session")
def corpus(tmp_path_factory):
    folder = tmp_path_factory.mktemp("corpus")
    random = np.random.default_rng(0)
    for number in range(20):
        write_audio(
            folder / f"{number}.wav", random.uniform(-0.5, 0.5, 1500 + number), RATE
        )
    return folder


@pytest.fixture(scope="session")
def features(corpus, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared") / "features"
    succeed("prepare", corpus, folder, *MEL.split())
    return folder


@pytest.fixture(scope="session")
def two_speakers(features, tmp_path_factory):
    """A corpus of the speakers "ann" and "bob"."""
    folder = tmp_path_factory.mktemp("joined")
    for name in ("ann", "bob"):
        (folder / name).symlink_to(features)
    succeed("join", folder / "ann", folder / "bob", folder / "both")
    return folder / "both"


def save(model, folder):
    model.preprocessor = LogMelSpectrogram(
        RATE, n_fft=256, hop_length=80, win_length=200, n_mels=8, fmax=4000.0
    )
    model.save_to_preset(folder)
    return folder


@pytest.fixture(scope="session")
def student(tmp_path_factory):
    model = ParallelWaveNet(8, flow_layers=(2,), layers_per_cycle=2, **SHARED)
    return save(model, tmp_path_factory.mktemp("presets") / "student")


@pytest.fixture(scope="session")
def teacher(tmp_path_factory):
    model = WaveNet(
        8, num_layers=2, num_cycles=1, skip_channels=4, mixtures=2, **SHARED
    )
    return save(model, tmp_path_factory.mktemp("presets") / "teacher")


@pytest.fixture(scope="session")
def classifier(tmp_path_factory):
    model = PhonemeClassifier(
        hop_length=80, num_layers=2, num_cycles=1, residual_channels=4
    )
    return save(model, tmp_path_factory.mktemp("presets") / "classifier")
