"""What a run says of itself, for people."""

import sys
import time
from typing import Any, TextIO

import keras

from keras_pwavenet.backend import describe_backend
from keras_pwavenet.data import FeatureCache
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.training.time_limit import TimeLimit

_REFRESH = 0.5  # seconds


class Progress(keras.callbacks.Callback):
    """Prints a line after each epoch; on a terminal also one that moves with the steps.

    Args:
        steps: Steps in all, those of earlier calls included.
        done: Steps of earlier calls.
        limit: The call's time limit.
        file: Where to print; standard output by default.
    """

    def __init__(
        self, steps: int, done: int, limit: TimeLimit, file: TextIO | None = None
    ) -> None:
        super().__init__()
        self.steps = steps
        self.done = self._begin = done
        self.limit = limit
        self.file = file or sys.stdout
        self.last: dict[str, Any] = {}
        self.seconds_per_step: float | None = None
        self._live = self.file.isatty()
        self._started = time.monotonic()
        self._first: float | None = None  # when the first step, which compiles, ended
        self._shown = 0.0
        self._width = 0

    def on_train_batch_end(self, batch, logs=None):
        now = time.monotonic()
        self.done += 1
        if self._first is None:
            self._first = now
        else:
            steps = self.done - self._begin - 1
            self.seconds_per_step = (now - self._first) / steps
        if self._live and now - self._shown >= _REFRESH:
            loss = {"loss": (logs or {}).get("loss")}
            self._show(f"{self.where()}: {_values(loss)}")
            self._shown = now

    def on_test_begin(self, logs=None):
        if self._live:
            self._show(f"{self.where()}: validating")

    def on_epoch_end(self, epoch, logs=None):
        self.last = {**self.last, **(logs or {})}
        shown = {
            name: value
            for name, value in (logs or {}).items()
            if not name.startswith("val_") or name == "val_loss"
        }
        if not shown.get("skipped_steps"):
            shown.pop("skipped_steps", None)
        self.say(f"{self.where()}: {_values(shown)}")

    def say(self, line: str) -> None:
        """Prints a line that stays."""
        self._show("")
        print(line, file=self.file, flush=True)

    def end(self, run: Any) -> None:
        """Prints what was done.

        Args:
            run: Folder of the run.
        """
        made = self.done - self._begin
        if not made:
            self.say(f"All {self.done:,} steps are done already, in {run}.")
            return
        took = _duration(time.monotonic() - self._started)
        pace = self.seconds_per_step
        pace = f" of {pace:.3g} s" if pace is not None else ""
        validated = self.last.get("val_loss")
        found = {"loss": self.last.get("loss"), "val_loss": validated}
        steps = f"{made:,} step{'s' * (made != 1)}"
        self.say(
            f"Done after step {self.done:,}: {steps}{pace} in {took}; "
            f"{_values(found)}. The checkpoint is in {run}."
        )

    def where(self) -> str:
        """The step, how far that is, and how long the rest takes."""
        line, left = f"Step {self.done:,}", self._seconds_left()
        part = self.done / self.steps
        if self.limit.minutes is not None and self.limit.part_used() > part:
            part = self.limit.part_used()
        else:
            line += f" of {self.steps:,}"
        line += f", {min(part, 1):.0%}"
        return line if left is None else f"{line}, {_duration(left)} left"

    def _seconds_left(self) -> float | None:
        left = []
        if self.seconds_per_step is not None:
            left.append((self.steps - self.done) * self.seconds_per_step)
        if self.limit.minutes is not None:
            left.append(self.limit.seconds_left())
        return min(left, default=None)

    def _show(self, line: str) -> None:
        """Writes over the line that moves."""
        if self._live and (line or self._width):
            self.file.write("\r" + line.ljust(self._width) + "\r" * (not line))
            self.file.flush()
            self._width = len(line)


def beginning(model: keras.Model, cache: FeatureCache, run: Any, done: int) -> str:
    """The first line: what is trained, on what, with what, and from where.

    Args:
        model: The model.
        cache: The corpus.
        run: Folder of the run.
        done: Steps of earlier calls.
    """
    seconds = cache.mel.hop_length / cache.mel.sample_rate
    clips = {split: cache.indices(split) for split in SPLITS}
    frames = sum(cache.clips[number].frames for number in clips["train"])
    parts = [
        f"{len(clips['train']):,} clips to train ({frames * seconds / 60:.1f} min)",
        f"{len(clips['validation']):,} to validate",
        f"{len(clips['test']):,} kept for testing",
    ]
    where = f"goes on after step {done:,} of" if done else "begins in"
    kind = type(getattr(model, "student", model)).__name__
    return (
        f"{kind} on {cache.directory}: {', '.join(parts)}; {describe_backend()}; "
        f"{where} {run}"
    )


def _values(logs: dict[str, Any]) -> str:
    found = {name: value for name, value in logs.items() if value is not None}
    names = sorted(found, key=lambda name: (name.startswith("val_"), name != "loss"))
    parts = []
    for name in names:
        words = name.replace("val_", "validation ").replace("_", " ")
        parts.append(f"{words} {float(found[name]):.4g}")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours < 48 else f"{hours // 24} days"
