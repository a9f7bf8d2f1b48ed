"""The table of a run's metrics, across interruptions."""

import csv
import io
import os
from pathlib import Path

import keras


class CSVHistory(keras.callbacks.Callback):
    """Adds a row for each epoch to a CSV file, under the header that it has.

    Unlike `keras.callbacks.CSVLogger`, it drops the rows of epochs that are trained
    again after a kill, and keeps to the columns even where the first epoch of a call
    is, or is not, a validated one.

    Args:
        path: The file. Its columns are `epoch`, the metrics, and the metrics with
            `val_` before them, `NA` where there is none.
        epoch: The first epoch that is still to come.
    """

    def __init__(self, path: str | os.PathLike, epoch: int = 0) -> None:
        super().__init__()
        self.path = Path(path)
        self._columns: list[str] = []
        if self.path.exists():
            self._keep_before(epoch)

    def _keep_before(self, epoch: int) -> None:
        with open(self.path, newline="", encoding="utf-8") as file:
            header, *rows = list(csv.reader(file)) or [[]]
        kept = [
            row
            for row in rows
            if len(row) == len(header) and row[0].isdigit() and int(row[0]) < epoch
        ]
        self._columns = header if kept else []
        partial = self.path.with_name("partial-" + self.path.name)
        partial.write_text(
            _lines([header, *kept] if kept else []), encoding="utf-8", newline=""
        )
        os.replace(partial, self.path)

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        rows = []
        if not self._columns:
            names = sorted(name for name in logs if not name.startswith("val_"))
            self._columns = ["epoch", *names, *(f"val_{name}" for name in names)]
            rows = [self._columns]
        values = {**logs, "epoch": epoch}
        rows.append([values.get(name, "NA") for name in self._columns])
        with open(self.path, "a", newline="", encoding="utf-8") as file:
            file.write(_lines(rows))


def _lines(rows: list[list]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
