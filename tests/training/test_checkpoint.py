"""A run that is stopped or killed goes on as if it never had been."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

import keras_pwavenet
from keras_pwavenet.training import ResumableCheckpoint

ROOT = Path(keras_pwavenet.__file__).parents[1]
CHECKPOINT = "checkpoint.weights.h5"
KINDS = ("teacher", "distiller")


class Interrupt(keras.callbacks.Callback):
    def __init__(self, epoch, batch):
        super().__init__()
        self.place = (epoch, batch)

    def on_epoch_begin(self, epoch, logs=None):
        self.epoch = epoch

    def on_train_batch_end(self, batch, logs=None):
        if (self.epoch, batch) == self.place:
            raise KeyboardInterrupt


@pytest.mark.parametrize("kind", KINDS)
def test_resumed_run_is_the_uninterrupted_one(
    kind, make, train, tmp_path, assert_same_files
):
    whole = make[kind]()
    train(whole, tmp_path / "whole", steps=6)

    train(make[kind](), tmp_path / "parts", steps=3)
    with pytest.raises(KeyboardInterrupt):
        train(make[kind](), tmp_path / "parts", steps=6, callbacks=[Interrupt(4, 0)])
    parts = make[kind]()
    history = train(parts, tmp_path / "parts", steps=6)

    assert history.epoch == [4, 5]
    assert int(parts.optimizer.iterations) == 6
    assert_same_files(tmp_path / "whole" / CHECKPOINT, tmp_path / "parts" / CHECKPOINT)
    for one, other in zip(whole.weights, parts.weights, strict=True):
        np.testing.assert_array_equal(
            keras.ops.convert_to_numpy(one), keras.ops.convert_to_numpy(other)
        )
    rows = [tmp_path / run / "history.csv" for run in ("whole", "parts")]
    assert rows[0].read_text() == rows[1].read_text()


def test_checkpoint_holds_raw_weights_and_the_model_ends_with_averages(
    make_teacher, train, tmp_path
):
    teacher = make_teacher()
    train(teacher, tmp_path, steps=5)
    averages = [keras.ops.convert_to_numpy(w) for w in teacher.trainable_variables]
    restored = make_teacher()
    assert ResumableCheckpoint(tmp_path / CHECKPOINT).restore(restored) == 5
    stored = restored.optimizer._model_variables_moving_average
    for raw, average, final in zip(
        restored.trainable_variables, stored, averages, strict=True
    ):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(average), final)
        assert not np.array_equal(keras.ops.convert_to_numpy(raw), final)


@pytest.mark.parametrize("bad", [{"minutes": -1}, {"batch_size": 0}])
def test_refused_numbers_leave_no_run(bad, make_teacher, train, tmp_path):
    ((name, value),) = bad.items()
    with pytest.raises(ValueError, match=f"Received: .*{name}={value}"):
        train(make_teacher(), tmp_path / "run", **bad)
    assert not (tmp_path / "run").exists()


def test_minutes_end_a_run_that_more_steps_continue(
    make_teacher, train, tmp_path, assert_same_files
):
    train(make_teacher(), tmp_path / "whole", steps=3)
    for _ in range(3):
        history = train(make_teacher(), tmp_path / "parts", steps=3, minutes=0.0)
        assert len(history.epoch) == 1
    assert_same_files(tmp_path / "whole" / CHECKPOINT, tmp_path / "parts" / CHECKPOINT)


def test_finished_run_trains_no_more_and_gives_the_averages(
    make_teacher, train, tmp_path
):
    first, again = make_teacher(), make_teacher()
    train(first, tmp_path, steps=2)
    assert train(again, tmp_path, steps=2).epoch == []
    for one, other in zip(first.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_frozen_teacher_is_the_one_given(make_distiller, train, tmp_path):
    train(make_distiller(), tmp_path, steps=1)
    distiller = make_distiller()
    for weight in distiller.teacher.weights:
        weight.assign(weight + 1.0)
    given = distiller.teacher.get_weights()
    train(distiller, tmp_path, steps=2)
    for one, other in zip(given, distiller.teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_keras_own_weights_file_of_the_model_is_taken(make_teacher, train, tmp_path):
    teacher = make_teacher()
    train(teacher, tmp_path, steps=1)
    with h5py.File(tmp_path / CHECKPOINT, "a") as file:
        del file["keras_pwavenet"]
    assert ResumableCheckpoint(tmp_path / CHECKPOINT).restore(make_teacher()) == 1


@pytest.mark.parametrize("damage", ["empty", "text", "cut", "other seeds"])
def test_damaged_checkpoint_is_named(damage, make, train, tmp_path):
    path = tmp_path / CHECKPOINT
    kind = make["distiller" if damage == "other seeds" else "teacher"]
    train(kind(), tmp_path, steps=1)
    if damage == "other seeds":
        with h5py.File(path, "a") as file:
            seeds = file["keras_pwavenet/seeds"]
            seeds["1"] = seeds["0"][()]
    else:
        whole = path.read_bytes()
        path.write_bytes(
            {"empty": b"", "text": b"weights", "cut": whole[: len(whole) // 2]}[damage]
        )
    with pytest.raises(ValueError, match=f"whole checkpoint.*{CHECKPOINT}"):
        train(kind(), tmp_path, steps=2)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"residual_channels": 6}, r"model.residual_channels=6 \(was 4\)"),
        ({"num_layers": 4}, r"model.num_layers=4 \(was 2\)"),
        ({"num_layers": 2, "num_cycles": 2}, r"model.num_cycles=2 \(was 1\)"),
    ],
)
def test_another_model_is_refused(changes, named, make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path, steps=1)
    with pytest.raises(ValueError, match=named):
        train(make_teacher(**changes), tmp_path, steps=2)


@pytest.mark.parametrize(
    "changes", [{"residual_channels": 6}, {"num_layers": 4}, {"num_layers": 1}]
)
def test_weights_of_another_model_are_refused_without_settings(
    changes, make_teacher, train, tmp_path
):
    train(make_teacher(), tmp_path, steps=1)
    with pytest.raises(ValueError, match="Expected a whole checkpoint"):
        ResumableCheckpoint(tmp_path / CHECKPOINT).restore(make_teacher(**changes))


@pytest.mark.parametrize(
    "changes", [{"batch_size": 3}, {"frames": 11}, {"seed": 1}, {"steps_per_epoch": 2}]
)
def test_other_crops_are_refused(changes, make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path, steps=1)
    before = (tmp_path / CHECKPOINT).read_bytes()
    with pytest.raises(ValueError, match=rf"{next(iter(changes))}=\d+ \(was"):
        train(make_teacher(), tmp_path, steps=2, **changes)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_settings_unknown_to_the_file_are_not_compared(make_teacher, tmp_path):
    path = tmp_path / CHECKPOINT
    teacher = make_teacher()
    old = ResumableCheckpoint(path, settings={"a": 1})
    old.restore(teacher)
    old.set_model(teacher)
    old._save()
    new = ResumableCheckpoint(path, settings={"a": 1, "b": 2})
    assert new.restore(make_teacher()) == 0
    with pytest.raises(ValueError, match=r"a=2 \(was 1\)"):
        ResumableCheckpoint(path, settings={"a": 2}).restore(make_teacher())


def test_nan_weights_do_not_replace_the_checkpoint(make_teacher, train, tmp_path):
    train(make_teacher(), tmp_path, steps=1)
    before = (tmp_path / CHECKPOINT).read_bytes()

    class Spoil(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            weight = self.model.trainable_variables[0]
            weight.assign(weight * np.nan)

    with pytest.raises(FloatingPointError, match="became NaN"):
        train(make_teacher(), tmp_path, steps=2, callbacks=[Spoil()])
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_interrupted_save_leaves_the_checkpoint(
    make_teacher, train, tmp_path, monkeypatch
):
    train(make_teacher(), tmp_path, steps=1)
    before = (tmp_path / CHECKPOINT).read_bytes()

    replace = os.replace

    def fail(source, target):
        if Path(target).name == CHECKPOINT:
            raise OSError("no space left")
        replace(source, target)

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="no space left"):
        train(make_teacher(), tmp_path, steps=2)
    assert (tmp_path / CHECKPOINT).read_bytes() == before


def test_wrong_use_is_refused(make_teacher, tmp_path):
    with pytest.raises(ValueError, match=r"end in '.weights.h5'"):
        ResumableCheckpoint(tmp_path / "checkpoint.keras")
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="compiled model"):
        ResumableCheckpoint(tmp_path / CHECKPOINT).restore(model)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_killed_process_goes_on_exactly(kind, features, tmp_path, assert_same_files):
    script = Path(__file__).with_name("killed_run.py")

    def run(name, *kill):
        return subprocess.run(
            [sys.executable, script, kind, features, tmp_path / name, *map(str, kill)],
            env={**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=400,
        )

    whole = run("whole")
    assert whole.returncode == 0, whole.stderr
    killed = run("killed", 3, 1)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    resumed = run("killed")
    assert resumed.returncode == 0, resumed.stderr
    assert json.loads(resumed.stdout.splitlines()[-1]) == [3, 4, 5]
    assert_same_files(tmp_path / "whole" / CHECKPOINT, tmp_path / "killed" / CHECKPOINT)
    rows = [tmp_path / run / "history.csv" for run in ("whole", "killed")]
    assert rows[0].read_text() == rows[1].read_text()
