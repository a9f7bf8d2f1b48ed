"""The table of a run's metrics, across interruptions."""

import csv
import io
import os

import keras

from keras_pwavenet import files
from keras_pwavenet.files import home_path


class CSVHistory(keras.callbacks.Callback):
    """Keeps a CSV file with a row for each epoch.

    Unlike `keras.callbacks.CSVLogger`, it drops the rows of epochs that are trained
    again after a kill, and adds a column where a metric occurs for the first time, as
    those of validation do.

    Args:
        path: The file. Its columns are `epoch`, the metrics, and those of validation
            with `val_` before them; `NA` where there is none.
        epoch: The first epoch that is still to come.
    """

    def __init__(self, path: str | os.PathLike, epoch: int = 0) -> None:
        super().__init__()
        self.path = home_path(path)
        self._rows: list[dict] = []
        if self.path.exists():
            try:
                with open(self.path, newline="", encoding="utf-8") as file:
                    rows = list(csv.DictReader(file))
                # A row that was cut short has None for what it lacks.
                self._rows = [
                    row
                    for row in rows
                    if None not in row.values() and int(row["epoch"]) < epoch
                ]
            except (KeyError, ValueError, csv.Error) as error:
                raise ValueError(
                    f"Expected the history of a run. Received: {self.path}, {error}"
                ) from error
            self._write()

    def on_epoch_end(self, epoch, logs=None):
        logs = logs or {}
        names = sorted(logs, key=lambda name: (name.startswith("val_"), name))
        self._rows.append({"epoch": epoch, **{name: logs[name] for name in names}})
        self._write()

    def _write(self) -> None:
        columns = dict.fromkeys(name for row in self._rows for name in row)
        text = io.StringIO(newline="")
        if columns:
            table = csv.DictWriter(text, list(columns), restval="NA")
            table.writeheader()
            table.writerows(self._rows)
        files.write_text(self.path, text.getvalue())
