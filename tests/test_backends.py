"""Distillation gives the same history on every backend."""

import csv
import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from keras_pwavenet import ParallelWaveNet, PhonemeClassifier, WaveNet
from keras_pwavenet.audio import LogMelSpectrogram, write_audio
from keras_pwavenet.data import Clip, prepare

STEPS = 50
TERMS = {"kl": 1, "power": 0.01, "stft": 1, "perceptual": 1, "contrastive": 0.3}


@pytest.fixture
def setting(tmp_path):
    """A corpus of chords and presets of small models, all the same for all backends."""
    random = np.random.default_rng(0)
    mel = LogMelSpectrogram(16_000, 512, 160, 400, 20)
    clips = []
    for number in range(20):
        pitches = 100 * random.uniform(1, 4, 3)
        time = np.arange(16_000) / 16_000
        chord = 0.2 * np.sin(2 * np.pi * pitches[:, None] * time).sum(axis=0)
        path = tmp_path / f"{number}.wav"
        write_audio(path, chord + 0.01 * random.normal(size=16_000), 16_000)
        clips.append(Clip(str(number), path))
    prepare(clips, tmp_path / "features", mel, progress=False)
    keras.utils.set_random_seed(1)
    shared = {"conditioning_channels": 20, "residual_channels": 8}
    models = {
        "teacher": WaveNet(num_layers=4, num_cycles=1, skip_channels=8, **shared),
        "student": ParallelWaveNet(flow_layers=(3, 3), layers_per_cycle=3, **shared),
        "classifier": PhonemeClassifier(
            num_layers=2, num_cycles=1, residual_channels=8
        ),
    }
    for name, model in models.items():
        model.preprocessor = mel
        model.save_to_preset(tmp_path / name)
    return tmp_path


def distil(backend, setting):
    """The values of each term, averaged over all steps."""
    options = [f"--loss={name}={weight}" for name, weight in TERMS.items()]
    options += [f"--teacher={setting / 'teacher'}", f"--start={setting / 'student'}"]
    options += [f"--classifier={setting / 'classifier'}", f"--steps={STEPS}"]
    options += ["--steps-per-epoch=10", "--batch-size=8", "--frames=20"]
    options += ["--learning-rate=1e-4"]
    run = setting / f"run-{backend}"
    command = [sys.executable, "-m", "keras_pwavenet.cli", "distill"]
    command += [setting / "features", run, *options]
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    found = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    with open(run / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == STEPS // 10
    return {name: np.mean([float(row[name]) for row in rows]) for name in TERMS}


@pytest.mark.slow
@pytest.mark.tensorflow
def test_histories_agree(setting):
    """The backends draw other noise; the averages over a million samples agree."""
    for backend in ("jax", "torch"):
        pytest.importorskip(backend)
    expected = distil("tensorflow", setting)
    for backend in ("torch", "jax"):
        found = distil(backend, setting)
        assert found == pytest.approx(expected, rel=0.01), backend
