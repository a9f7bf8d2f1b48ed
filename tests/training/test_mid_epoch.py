"""A run that ends in the middle of an epoch goes on as if it never had."""

import csv
import os
import signal
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest

from keras_pwavenet.training import checkpoint, time_limit

CHECKPOINT = "checkpoint.weights.h5"
FOUR = {"steps_per_epoch": 4, "checkpoint_minutes": 1000.0}


class At(keras.callbacks.Callback):
    """Does something after a step, counted from the start of the call."""

    def __init__(self, step, act):
        super().__init__()
        self.left = step
        self.act = act

    def on_train_batch_end(self, batch, logs=None):
        self.left -= 1
        if self.left == 0:
            self.act()


class Clock(keras.callbacks.Callback):
    """Time that passes by steps alone: ten seconds each."""

    def __init__(self, monkeypatch, *modules):
        super().__init__()
        self.now = 0.0
        for module in modules:
            monkeypatch.setattr(
                module, "time", SimpleNamespace(monotonic=lambda: self.now)
            )

    def on_train_batch_end(self, batch, logs=None):
        self.now += 10.0


@pytest.fixture(autouse=True)
def handlers():
    """What a process at a terminal does with the signals; restored afterwards."""
    usual = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGTERM: signal.SIG_DFL,
    }
    before = {number: signal.signal(number, usual[number]) for number in usual}
    yield
    found = {number: signal.signal(number, before[number]) for number in usual}
    assert found == usual


def rows_of(run):
    with open(run / "history.csv", newline="") as file:
        return list(csv.DictReader(file))


def saved_steps(run):
    with h5py.File(run / CHECKPOINT) as file:
        return int(file["keras_pwavenet"].attrs["steps"])


@pytest.fixture
def assert_same_runs(assert_same_files):
    def compare(one, other):
        assert_same_files(one / CHECKPOINT, other / CHECKPOINT)
        assert rows_of(one) == rows_of(other)

    return compare


def assert_same_weights(one, other):
    for first, second in zip(one.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)


def send(number):
    return lambda: os.kill(os.getpid(), number)


@pytest.mark.parametrize(
    ("number", "kind"), [(signal.SIGINT, "distiller"), (signal.SIGTERM, "teacher")]
)
def test_signal_saves_and_the_run_goes_on_exactly(
    number, kind, make, train, tmp_path, assert_same_runs, capfd
):
    """Interrupted in epochs 5, which is validated, and 6."""
    steps = {"steps": 12, **FOUR, "steps_per_epoch": 2}
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    model = make[kind]()
    train(model, whole, **steps)

    for step, done in ((9, 9), (2, 11)):
        line = rf"Saved after step {done}\. Run the same command again to go on\."
        interrupt = At(step, send(number))
        if number == signal.SIGINT:
            with pytest.raises(KeyboardInterrupt, match=line):
                train(make[kind](), parts, **steps, callbacks=[interrupt])
        else:
            with pytest.raises(SystemExit) as error:
                train(make[kind](), parts, **steps, callbacks=[interrupt])
            assert error.value.code == 143
            assert line.replace("\\", "") in capfd.readouterr().err.splitlines()
        assert saved_steps(parts) == done
        row = rows_of(parts)[-1]
        assert int(row["epoch"]) == done // 2
        if done == 9:
            assert "val_loss" not in row
    again = make[kind]()
    history = train(again, parts, **steps)

    assert history.epoch == [5]
    assert_same_runs(whole, parts)
    assert float(rows_of(parts)[4]["val_loss"])
    assert_same_weights(model, again)


def test_row_of_an_interrupted_epoch_is_that_of_its_steps(
    make_teacher, train, tmp_path
):
    train(make_teacher(), tmp_path / "whole", steps=3, steps_per_epoch=3)
    for step in (2, 1):  # twice in the same epoch
        with pytest.raises(KeyboardInterrupt):
            train(
                make_teacher(),
                tmp_path / "parts",
                steps=12,
                **FOUR,
                callbacks=[At(step, send(signal.SIGINT))],
            )
    assert rows_of(tmp_path / "parts") == rows_of(tmp_path / "whole")


def test_second_signal_ends_at_once(make_teacher, train, tmp_path):
    def twice():
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt) as error:
        train(make_teacher(), tmp_path, steps=8, **FOUR, callbacks=[At(6, twice)])
    assert not str(error.value)
    assert not (tmp_path / CHECKPOINT).exists()


def test_ignored_signal_stays_ignored(make_teacher, train, tmp_path):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    interrupt = At(1, send(signal.SIGINT))
    train(make_teacher(), tmp_path, steps=2, callbacks=[interrupt])
    assert signal.signal(signal.SIGINT, before) == signal.SIG_IGN
    assert saved_steps(tmp_path) == 2


def test_minutes_end_a_run_after_a_step(
    make_teacher, train, tmp_path, assert_same_runs, monkeypatch
):
    train(make_teacher(), tmp_path / "whole", steps=8, **FOUR)
    # 25 seconds are over after the third step, 0 after one, whatever the epoch.
    for minutes, done in ((25 / 60, 3), (0.0, 4), (25 / 60, 7), (1.0, 8)):
        clock = Clock(monkeypatch, time_limit)
        model = make_teacher()
        train(
            model,
            tmp_path / "parts",
            steps=8,
            **FOUR,
            minutes=minutes,
            callbacks=[clock],
        )
        assert saved_steps(tmp_path / "parts") == done
    assert_same_runs(tmp_path / "whole", tmp_path / "parts")


def test_minutes_count_what_comes_before_the_first_step(
    make_teacher, train, tmp_path, monkeypatch
):
    clock = Clock(monkeypatch, time_limit)
    clock.on_train_begin = lambda logs=None: setattr(clock, "now", 100.0)
    train(make_teacher(), tmp_path, steps=8, **FOUR, minutes=1.5, callbacks=[clock])
    assert saved_steps(tmp_path) == 1


def test_checkpoints_are_written_by_time(make_teacher, train, tmp_path, monkeypatch):
    clock = Clock(monkeypatch, checkpoint)
    seen = []

    class Look(keras.callbacks.Callback):
        def on_train_batch_begin(self, batch, logs=None):
            saved = (tmp_path / CHECKPOINT).exists()
            seen.append(saved_steps(tmp_path) if saved else 0)

    times = {**FOUR, "checkpoint_minutes": 0.5}
    train(make_teacher(), tmp_path, steps=9, **times, callbacks=[clock, Look()])
    assert seen == [0, 0, 0, 3, 3, 3, 6, 6, 6]
    assert saved_steps(tmp_path) == 9


def test_killed_in_mid_epoch_goes_on_from_the_last_checkpoint(
    make_distiller, train, tmp_path, assert_same_runs, monkeypatch
):
    def kill():
        raise MemoryError

    times = {**FOUR, "checkpoint_minutes": 0.5}
    train(make_distiller(), tmp_path / "whole", steps=8, **FOUR)
    with pytest.raises(MemoryError):
        callbacks = [Clock(monkeypatch, checkpoint), At(8, kill)]
        train(
            make_distiller(), tmp_path / "parts", steps=8, **times, callbacks=callbacks
        )
    assert saved_steps(tmp_path / "parts") == 6
    assert len(rows_of(tmp_path / "parts")) == 1
    assert train(make_distiller(), tmp_path / "parts", steps=8, **FOUR).epoch == [1]
    assert_same_runs(tmp_path / "whole", tmp_path / "parts")


def test_checkpoint_holds_metrics_in_mid_epoch_alone(
    make_distiller, train, tmp_path, content
):
    for steps, held in ((3, True), (4, False)):
        train(make_distiller(), tmp_path, steps=steps, **FOUR)
        names = [n for n in content(tmp_path / CHECKPOINT) if "net/metrics/" in n]
        assert bool(names) is held


def test_a_callers_callback_may_end_it_in_mid_epoch(make_teacher, train, tmp_path):
    teacher = make_teacher()
    stop = At(3, lambda: setattr(teacher, "stop_training", True))
    train(teacher, tmp_path, steps=8, **FOUR, callbacks=[stop])
    assert saved_steps(tmp_path) == 3
