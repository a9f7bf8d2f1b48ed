"""What a run says of itself: lines that stay, one that moves, the time left."""

import io
from types import SimpleNamespace

import pytest

from keras_pwavenet.training import progress, time_limit
from keras_pwavenet.training.progress import Progress
from keras_pwavenet.training.time_limit import TimeLimit


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def clock(monkeypatch):
    """Time that passes when told to."""
    clock = SimpleNamespace(now=0.0)
    for module in (progress, time_limit):
        monkeypatch.setattr(
            module, "time", SimpleNamespace(monotonic=lambda: clock.now)
        )
    return clock


def steps(shown, clock, count, seconds=10.0):
    for _ in range(count):
        clock.now += seconds
        shown.on_train_batch_end(0, {"loss": 2.5})


def test_lines_alone_where_there_is_no_terminal(clock):
    file = io.StringIO()
    shown = Progress(100, 40, TimeLimit(None), file)
    steps(shown, clock, 10)
    shown.on_test_begin()
    logs = {"stft": 0.25, "loss": 1.5, "val_loss": 1.75, "val_stft": 3.0}
    shown.on_epoch_end(0, {**logs, "skipped_steps": 0})
    steps(shown, clock, 1)
    shown.on_epoch_end(1, {"loss": 1.25, "skipped_steps": 2})
    shown.end("run")
    assert file.getvalue().splitlines() == [
        "Step 50 of 100, 50%, 8 min left: loss 1.5, stft 0.25, validation loss 1.75",
        "Step 51 of 100, 51%, 8 min left: loss 1.25, skipped steps 2",
        "Done after step 51: 11 steps of 10 s in 2 min; loss 1.25, validation loss "
        "1.75. The checkpoint is in run.",
    ]


def test_time_left_is_that_of_the_nearer_end(clock):
    shown = Progress(1_000, 0, TimeLimit(10.0), io.StringIO())
    assert shown.where() == "Step 0 of 1,000, 0%, 10 min left"
    steps(shown, clock, 30)
    assert shown.where() == "Step 30, 50%, 5 min left"
    shown = Progress(40, 0, TimeLimit(1e6), io.StringIO())
    steps(shown, clock, 30)
    assert shown.where() == "Step 30 of 40, 75%, 2 min left"
    shown = Progress(1_000_000, 0, TimeLimit(None), io.StringIO())
    steps(shown, clock, 3)
    assert shown.where() == "Step 3 of 1,000,000, 0%, 115 days left"


def test_compiling_does_not_count_as_pace(clock):
    shown = Progress(100, 0, TimeLimit(None), io.StringIO())
    clock.now += 600.0
    steps(shown, clock, 10, seconds=1.0)
    assert shown.seconds_per_step == pytest.approx(1.0)


def test_a_terminal_has_one_line_that_moves(clock):
    file = Terminal()
    shown = Progress(100, 0, TimeLimit(None), file)
    steps(shown, clock, 2)
    shown.on_test_begin()
    shown.on_epoch_end(0, {"loss": 1.5})
    lines = file.getvalue().split("\n")
    assert lines[-1] == "" and len(lines) == 2
    moved = [part.rstrip() for part in lines[0].split("\r")]
    assert moved[1:4] == [
        "Step 1 of 100, 1%: loss 2.5",
        "Step 2 of 100, 2%, 16 min left: loss 2.5",
        "Step 2 of 100, 2%, 16 min left: validating",
    ]
    assert moved[4:] == ["", "Step 2 of 100, 2%, 16 min left: loss 1.5"]


def test_says_when_nothing_was_left_to_do():
    file = io.StringIO()
    Progress(10, 10, TimeLimit(None), file).end("run")
    assert file.getvalue() == "All 10 steps are done already, in run.\n"


def test_fit_is_silent_if_asked(make_teacher, train, tmp_path, capsys):
    train(make_teacher(), tmp_path / "run", steps=1, verbose=0)
    assert capsys.readouterr().out == ""
    train(make_teacher(), tmp_path / "run", steps=2, verbose=1)
    first, second, last = capsys.readouterr().out.splitlines()
    assert first.startswith("WaveNet on ") and first.endswith("run")
    assert "goes on after step 1 of" in first
    assert second.startswith("Step 2 of 2, 100%") and ": loss " in second
    assert last.startswith("Done after step 2: 1 step in")
