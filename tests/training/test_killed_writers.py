"""Whoever is killed or finds the disk full while writing loses nothing whole.

Fifty kills at random moments and twenty full disks, for every kind of file.
"""

import json
import os
import signal
import sys
import time

import keras
import numpy as np
import pytest

from keras_pwavenet import WaveNet, files
from keras_pwavenet.audio import read_audio, write_audio
from keras_pwavenet.data import FeatureCache, join
from keras_pwavenet.training import ResumableCheckpoint

CHECKPOINT = "checkpoint.weights.h5"
forks = pytest.mark.skipif(
    keras.backend.backend() != "torch" or sys.platform != "linux",
    reason="forks a process, which TensorFlow and JAX do not survive",
)


@pytest.fixture
def writers(make_teacher, train, cache):
    """By kind of file: what writes it (times), and what reads it whole."""
    teacher = make_teacher()

    def read_audio_of_one_level(folder):
        audio, _ = read_audio(folder / "a.wav")
        assert len(audio) == 60_000 and np.ptp(audio) == 0

    def read_json(folder):
        content = json.loads((folder / "a.json").read_text())
        assert len(content) == 20_000 and len(set(content)) == 1

    def read_features(folder):
        assert all(len(FeatureCache(path)) == len(cache) for path in folder.iterdir())

    return {
        "preset": (
            lambda folder, number: teacher.save_to_preset(folder / "a"),
            lambda folder: WaveNet.from_preset(folder / "a"),
        ),
        "audio": (
            lambda folder, number: write_audio(
                folder / "a.wav", np.full(60_000, number % 9 / 10), 8000
            ),
            read_audio_of_one_level,
        ),
        "json": (
            lambda folder, number: files.write_json(
                folder / "a.json", [number] * 20_000
            ),
            read_json,
        ),
        "features": (
            lambda folder, number: join({"a": cache}, folder / str(number)),
            read_features,
        ),
        "checkpoint": (
            lambda folder, number: train(
                make_teacher(), folder, steps=3 * number + 3, checkpoint_minutes=0.0
            ),
            lambda folder: ResumableCheckpoint(folder / CHECKPOINT).restore(
                make_teacher()
            ),
        ),
    }


KINDS = ("preset", "audio", "json", "features", "checkpoint")


@forks
@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_any_moment(kind, writers, tmp_path):
    write, read = writers[kind]
    moments = np.random.default_rng().uniform(0.02, 0.5, 10)
    for trial, moment in enumerate(moments):
        folder = tmp_path / str(trial)
        folder.mkdir()
        write(folder, 0)
        child = os.fork()
        if child == 0:
            try:
                for number in range(1, 10**6):
                    write(folder, number)
            finally:
                os._exit(1)
        time.sleep(moment)
        os.kill(child, signal.SIGKILL)
        assert os.WIFSIGNALED(os.waitpid(child, 0)[1]), moment
        for left in folder.glob(".*.partial"):
            left.rename(tmp_path / f"{trial}{left.name}")  # not to be read
        read(folder)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("free", [0, 100, 1000, 4096])
def test_full_disk(kind, free, writers, tmp_path, full_disk):
    write, read = writers[kind]
    write(tmp_path, 0)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    with full_disk(free), pytest.raises(OSError, match=str(tmp_path)):
        write(tmp_path, 1)
    for path, content in before.items():  # a history may have grown
        assert path.read_bytes()[: len(content)] == content, path
    assert not list(tmp_path.rglob("*.partial"))
    read(tmp_path)
