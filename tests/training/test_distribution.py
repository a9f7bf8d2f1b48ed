"""Several devices, or processes, train as one does."""

import csv
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import keras_pwavenet

BACKEND = keras.backend.backend()
ROOT = Path(keras_pwavenet.__file__).parents[1]
pytestmark = pytest.mark.skipif(BACKEND == "torch", reason="torch trains on one device")


def environment(**changes):
    return {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), **changes}


def history(run):
    with open(run / "history.csv", newline="") as file:
        table = list(csv.DictReader(file))
    return {
        name: np.array(
            [np.nan if row[name] == "NA" else float(row[name]) for row in table]
        )
        for name in table[0]
    }


def checkpoint(run):
    """Every array in the run's checkpoint by its name."""
    arrays = {}
    with h5py.File(run / "checkpoint.weights.h5") as file:
        file.visititems(
            lambda name, node: (
                arrays.update({name: node[()]})
                if isinstance(node, h5py.Dataset)
                else None
            )
        )
    return arrays


def assert_same_runs(one, other, atol=1e-5):
    """The same weights, optimiser and seeds, and the same metrics."""
    expected, found = checkpoint(one), checkpoint(other)
    assert expected.keys() == found.keys()
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], value, 1e-3, atol, err_msg=name)
    expected, found = history(one), history(other)
    assert expected.keys() == found.keys()
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, 1e-4, 1e-4, err_msg=name)


@pytest.mark.slow
def test_two_devices_train_as_one(features, tmp_path):
    flags = (
        os.environ.get("XLA_FLAGS", "") + " --xla_force_host_platform_device_count=2"
    )
    script = Path(__file__).with_name("replicated_run.py")
    done = subprocess.run(
        [sys.executable, script, features, tmp_path],
        env=environment(XLA_FLAGS=flags),
        capture_output=True,
        text=True,
        timeout=900,
    )
    assert done.returncode == 0, done.stderr
    for kind in ("teacher", "distiller"):
        assert_same_runs(tmp_path / f"{kind}-one", tmp_path / f"{kind}-two")
    skipped = history(tmp_path / "distiller-two")["skipped_steps"]
    np.testing.assert_array_equal(skipped, [1, 0, 0, 0, 0])


def start(command, *arguments, port=None, number=0):
    """Starts a command; with a port, as one of two workers on this machine."""
    workers = {}
    if port:
        addresses = [f"localhost:{port}", f"localhost:{port + 1}"]
        if BACKEND == "tensorflow":
            task = {"type": "worker", "index": number}
            config = {"cluster": {"worker": addresses}, "task": task}
            workers["TF_CONFIG"] = json.dumps(config)
        else:
            workers["KERAS_DISTRIBUTION_JOB_ADDRESSES"] = ",".join(addresses)
            workers["KERAS_DISTRIBUTION_NUM_PROCESSES"] = "2"
            workers["KERAS_DISTRIBUTION_PROCESS_ID"] = str(number)
    return subprocess.Popen(
        [sys.executable, "-m", "keras_pwavenet.cli", command, *map(str, arguments)],
        env=environment(**workers),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(*processes):
    errors = [process.communicate(timeout=600)[1] for process in processes]
    assert [p.returncode for p in processes] == [0] * len(processes), errors


def free_port():
    """A port that is free, and hopefully the next one too."""
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


SIZES = ["--channels", 4, "--batch-size", 4, "--frames", 10, "--steps-per-epoch", 2]
# Plain models: what a filter adds to rounding, Adam turns into steps of its own.
SIZES += ["--order", 0, "--pitch", "none"]
TEACHER = ["train", "--layers", 2, "--cycles", 1, *SIZES]
STUDENT = [
    *["distill", "--block-size", 16, "--loss", "kl", "--loss", "stft=10"],
    *["--loss", "power=1e-5", "--loss", "tone", "--loss", "contrastive=0.3", *SIZES],
]


def two(command, *arguments):
    port = free_port()
    return [start(*command, *arguments, port=port, number=n) for n in (1, 0)]


@pytest.mark.slow
def test_two_processes_train_as_one_and_go_on_after_a_kill(features, tmp_path):
    def options(name, steps):
        files = [features, tmp_path / name, "--out", tmp_path / f"{name}-preset"]
        return [*files, "--steps", steps]

    finish(start(*TEACHER, *options("one", 4)))
    finish(*two(TEACHER, *options("two", 2)))
    first = len(history(tmp_path / "two")["epoch"])
    workers = two(TEACHER, *options("two", 1_000_000))
    for _ in range(600):
        time.sleep(0.5)
        if len(history(tmp_path / "two")["epoch"]) > first:
            break
    workers[0].send_signal(signal.SIGKILL)
    for worker in workers:
        worker.communicate(timeout=300)  # the other one ends, too
    assert all(worker.returncode for worker in workers)
    finish(*two(TEACHER, *options("two", 4)))
    # Adam makes steps of 1e-3 of the smallest gradients, whatever their rounding.
    assert_same_runs(tmp_path / "one", tmp_path / "two", atol=1e-4)

    teacher = ["--teacher", tmp_path / "one-preset"]
    finish(start(*STUDENT, *options("student-one", 2), *teacher))
    finish(*two(STUDENT, *options("student-two", 2), *teacher))
    assert_same_runs(tmp_path / "student-one", tmp_path / "student-two", atol=1e-4)
    assert (tmp_path / "student-two-preset" / "model.weights.h5").exists()


@pytest.mark.slow
def test_signal_to_one_of_two_processes_ends_and_saves_both(features, tmp_path):
    teacher = [*TEACHER, "--steps-per-epoch", 20]
    run = tmp_path / "run"
    chief, other = reversed(two(teacher, features, run, "--steps", 1_000_000))
    for _ in range(600):
        time.sleep(0.5)
        if (run / "history.csv").exists() or chief.poll() is not None:
            break  # when the first epoch is over
    other.send_signal(signal.SIGTERM)
    for process in (chief, other):
        error = process.communicate(timeout=300)[1]
        assert process.returncode == 143, error
        assert error.splitlines()[-1].startswith("Saved after step ")
    with h5py.File(run / "checkpoint.weights.h5") as file:
        assert file["keras_pwavenet"].attrs["steps"] % 10 == 0
