"""Draws a training run's losses against its steps.

    python experiments/plot_history.py runs/teacher teacher.png --columns loss
    python experiments/plot_history.py runs/student student.png --columns kl level_db

Each column of `history.csv` gets a panel, with its held-out values where there are any.
"""

import argparse
import csv
from pathlib import Path

import matplotlib.pyplot as plt


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder with history.csv")
    parser.add_argument("picture", type=Path, help="file to write")
    parser.add_argument("--columns", nargs="+", default=["loss"])
    parser.add_argument("--steps-per-epoch", type=int, default=100)
    arguments = parser.parse_args()
    with open(arguments.run / "history.csv", newline="") as file:
        rows = list(csv.DictReader(file))

    width = 5 * len(arguments.columns)
    figure, axes = plt.subplots(
        1, len(arguments.columns), figsize=(width, 4), squeeze=False
    )
    for axis, column in zip(axes[0], arguments.columns, strict=True):
        for name, style in ((column, "-"), (f"val_{column}", "o-")):
            points = [
                ((int(row["epoch"]) + 1) * arguments.steps_per_epoch, float(row[name]))
                for row in rows
                if row.get(name, "NA") not in ("NA", "")
            ]
            if points:
                axis.plot(*zip(*points, strict=True), style, label=name)
        axis.set(xlabel="optimiser steps", title=column)
        axis.grid(alpha=0.3)
        axis.legend()
    figure.tight_layout()
    figure.savefig(arguments.picture, dpi=80)


if __name__ == "__main__":
    main()
