"""Draws how a voice's measures grow with the samples it was trained on.

    python experiments/plot_measures.py measures.png 446=report-1/ 615=report-2/ \
        1300=report-3/ --bar pesq=3.0 --bar stoi=0.97

Each point is million training samples and the report of `pwavenet evaluate` on the
preset of that time. A straight line in the logarithm of the samples, by least squares,
says what a doubling has brought and, where there is a bar, when the line meets it: a
line through the past, not a promise.
"""

import argparse
import json
import math
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

from keras_pwavenet.evaluate import measure_of

MEASURES = ("pesq", "stoi", "dnsmos", "distillmos", "wer", "log_f0_rmse", "silence_db")


def pair(text):
    name, _, value = text.partition("=")
    if not value:
        raise argparse.ArgumentTypeError(f"Expected NAME=VALUE. Received: {text}")
    return name, value


def trend(samples, values):
    """Least-squares line in log2(samples): gain a doubling, value at one million."""
    known = np.isfinite(values)
    if known.sum() < 2:
        return math.nan, math.nan
    return np.polyfit(np.log2(samples[known]), values[known], 1)


def meets(slope, start, bar):
    """Million samples at which the line meets the bar, in words."""
    doublings = (bar - start) / slope if slope else math.nan
    return f"{2**doublings:.0f} M" if doublings < 20 else "never"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("picture", type=Path, help="file to write")
    parser.add_argument("points", type=pair, nargs="+", help="million samples=report/")
    parser.add_argument("--system", default="student")
    parser.add_argument("--measures", nargs="+", default=MEASURES)
    parser.add_argument("--bar", type=pair, action="append", default=[])
    arguments = parser.parse_args()
    points = sorted((float(count), Path(report)) for count, report in arguments.points)
    if len(points) < 2 or points[0][0] <= 0:
        parser.error(f"Expected two points or more above 0. Received: {points}")
    bars = {key: float(value) for key, value in arguments.bar}
    samples = np.array([count for count, _ in points])
    reports = [
        json.loads((report / "summary.json").read_text("utf-8"))["systems"]
        for _, report in points
    ]

    columns = math.ceil(len(arguments.measures) / 2)
    figure, axes = plt.subplots(2, columns, figsize=(4 * columns, 7), squeeze=False)
    heads = [f"{count:.0f} M" for count in samples]
    print("|", " | ".join(["", *heads, "a doubling", "bar", "met at"]), "|")
    print("|---" * (len(heads) + 4) + "|")
    for axis, key in zip(axes.flat, arguments.measures, strict=False):
        measure = measure_of(key)
        found = [report[arguments.system].get(key) for report in reports]
        values = np.array(found, "float64")
        slope, start = trend(samples, values)
        axis.semilogx(samples, values, "o-", base=2)
        far = np.array([samples[0], 4 * samples[-1]])
        axis.plot(far, start + slope * np.log2(far), ":", color="grey")
        bar = bars.get(key)
        if bar is not None:
            axis.axhline(bar, color="green", label="bar")
            axis.legend()
        axis.set(title=measure.title, xlabel="million training samples")
        axis.grid(alpha=0.3)
        cells = [
            measure.title,
            *map(measure.text, found),
            "–" if math.isnan(slope) else f"{slope:+.3f}",
        ]
        cells += (
            ["", ""] if bar is None else [measure.text(bar), meets(slope, start, bar)]
        )
        print("|", " | ".join(cells), "|")
    for axis in axes.flat[len(arguments.measures) :]:
        axis.set_axis_off()
    figure.tight_layout()
    figure.savefig(arguments.picture, dpi=80)


if __name__ == "__main__":
    main()
