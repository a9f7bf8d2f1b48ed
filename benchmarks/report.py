"""Seconds to rates, tables and a picture."""

import os
import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import Any

GROUPS = {
    "machine": "The machine",
    "vocoder": "Vocoders",
    "teacher": "Teacher, sample by sample",
    "training": "Training steps",
    "GPU": "Vocoders on the GPU",
}
SQUARE = "matrix product, 2048 x 2048 x 2048"
OURS = ("student", "en_female")


def rows(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Works out the rates of those that were measured.

    Args:
        results: What `measure` gave.

    Returns:
        For each its `group`, `model`, `form`, `precision`, and `seconds` (the median of
        a run), `low` and `high` (quartiles of the rate over the median rate), `turns`;
        with audio `samples_per_second` and `real_time`; where the operations are
        known, of this form or of another of the same model, `gflops` and
        `mac_per_sample`; and `share` of the rate of the square product in the same
        precision on the same device.
    """
    found = [_row(result) for result in with_flop(results) if result.get("seconds")]
    products = {
        ("GPU" in row["form"], row["precision"]): row["gflops"]
        for row in found
        if row["model"] == SQUARE
    }
    for row in found:
        product = products.get(("GPU" in row["form"], row["precision"]))
        if product and "gflops" in row:
            row["share"] = row["gflops"] / product
    return found


def with_flop(results: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Gives a form that cannot count its operations those of the same model's other."""
    counts = {
        result["model"]: result["flop"] / result["samples"]
        for result in results
        if result.get("flop") and result["samples"]
    }
    return [
        {**result, "flop": counts.get(result["model"], 0.0) * result["samples"]}
        if result.get("flop") == 0
        else result
        for result in results
    ]


def fastest(found: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The fastest form of each vocoder, fastest first."""
    best: dict[str, dict[str, Any]] = {}
    for row in found:
        if row["group"] == "vocoder":
            other = best.setdefault(row["model"], row)
            if row["real_time"] > other["real_time"]:
                best[row["model"]] = row
    return sorted(best.values(), key=lambda row: -row["real_time"])


def summary(record: dict[str, Any]) -> str:
    """Writes the machine, and each vocoder at its fastest.

    Args:
        record: `machine`, a text; `load`, of the machine before; `seconds` of audio;
            `threads`; `rounds`; `results`, as of `measure`.
    """
    found = rows(record["results"])
    load = record["load"]
    head = (
        f"{record['machine']}{'' if load is None else f'; load {load:.1f} before'}. "
        f"{record['threads']} threads, one clip of {record['seconds']:g} s unless a "
        f"batch is named, medians of {record['rounds']} rounds."
    )
    return f"{head}\n\n{_fastest_table(found)}\n"


def tables(record: dict[str, Any]) -> str:
    """Writes everything measured, a table a group, and what could not be measured."""
    found, parts = rows(record["results"]), []
    for group, title in GROUPS.items():
        chosen = [row for row in found if row["group"] == group]
        if group in ("vocoder", "GPU"):
            chosen.sort(key=lambda row: -row["real_time"])
        if chosen:
            parts += [f"### {title}", _table(chosen)]
    failed = [result for result in record["results"] if "error" in result]
    if failed:
        parts.append("### Not measured")
        parts.append("\n".join(f"- {_name(row)}: {row['error']}" for row in failed))
    return "\n\n".join(parts) + "\n"


def between(page: str, name: str, text: str) -> str:
    """Puts a text between a page's markers `<!-- name -->` and `<!-- end of name -->`.

    Raises:
        ValueError: If the page has no such markers.
    """
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(end)
    if not found or not ended:
        raise ValueError(f"Expected a page with the markers of '{name}'.")
    return f"{before}{begin}{text}{end}{after}"


def draw(record: dict[str, Any], path: Path) -> None:
    """Draws the vocoders' speeds with their quartiles (package matplotlib)."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    found = [row for row in rows(record["results"]) if row["group"] == "vocoder"]
    found.sort(key=lambda row: row["real_time"])
    speeds = [row["real_time"] for row in found]
    figure = Figure((8, 0.22 * len(found) + 1.2), layout="constrained")
    axis = figure.subplots()
    axis.barh(
        [_name(row) for row in found],
        speeds,
        xerr=[
            [
                speed * (1 - row["low"])
                for speed, row in zip(speeds, found, strict=True)
            ],
            [
                speed * (row["high"] - 1)
                for speed, row in zip(speeds, found, strict=True)
            ],
        ],
        color=["tab:blue" if _ours(row) else "silver" for row in found],
        ecolor="black",
        capsize=2,
    )
    for place, speed in enumerate(speeds):
        axis.text(speed * 1.08, place, f"{speed:.3g}", va="center", fontsize=7)
    axis.axvline(1.0, color="black", linewidth=0.8)
    axis.set(xscale="log", xlabel="× real time", ylim=(-0.6, len(found) - 0.4))
    axis.tick_params(axis="y", labelsize=7)
    axis.legend(
        handles=[
            Patch(color="tab:blue", label="keras_pwavenet"),
            Patch(color="silver", label="peers"),
        ],
        loc="lower right",
    )
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial{path.suffix}")
    try:
        figure.savefig(partial, dpi=100)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _ours(row):
    return row["model"].startswith(OURS)


def _name(row):
    return f"{row['model']} ({row['form']}, {row['precision']})"


def _row(result):
    seconds, flop = statistics.median(result["seconds"]), result["flop"]
    row = {
        name: result[name] for name in ("group", "model", "form", "precision", "rate")
    }
    row |= {"seconds": seconds, "turns": len(result["seconds"])}
    row["low"], row["high"] = _quartiles(result["seconds"])
    if result["samples"]:
        row["samples_per_second"] = result["samples"] / seconds
        row["real_time"] = row["samples_per_second"] / result["rate"]
        if flop:
            row["mac_per_sample"] = flop / 2 / result["samples"]
    if flop:
        row["gflops"] = flop / seconds / 1e9
    return row


def _quartiles(seconds):
    """Quartiles of the rate over the rate at the median."""
    if len(seconds) < 2:
        return 1.0, 1.0
    short, median, long = statistics.quantiles(seconds, n=4, method="inclusive")
    return median / long, median / short


def _fastest_table(found):
    """At its fastest at all, in float32 anywhere, and in float32 in torch."""
    exact = [row for row in found if row["precision"] == "float32"]
    torch = [row for row in exact if row["form"] in ("torch", "Keras on torch")]
    columns = [
        {row["model"]: row for row in fastest(rows)} for rows in (found, exact, torch)
    ]
    lines = [
        (
            "model",
            "× real time",
            "as",
            "in float32",
            "as",
            "in float32 in torch",
            "kMAC per sample",
        )
    ]
    for model, row in columns[0].items():
        best_exact, best_torch = (column.get(model) for column in columns[1:])
        lines.append(
            (
                f"**{model}**" if _ours(row) else model,
                _number(row["real_time"]),
                f"{row['form']}, {row['precision']}",
                _number(best_exact and best_exact["real_time"]),
                best_exact["form"] if best_exact else "–",
                _number(best_torch and best_torch["real_time"]),
                _number(row.get("mac_per_sample"), 1e-3),
            )
        )
    return markdown(lines)


def _table(chosen):
    lines = [
        (
            "what",
            "runtime",
            "precision",
            "× real time",
            "samples/s",
            "quartiles",
            "kMAC per sample",
            "GFLOP/s",
            "of the product's rate",
        )
    ]
    for row in chosen:
        spread = f"{100 * (row['low'] - 1):+.0f} % … {100 * (row['high'] - 1):+.0f} %"
        share = row.get("share")
        lines.append(
            (
                f"**{row['model']}**" if _ours(row) else row["model"],
                row["form"],
                row["precision"],
                _number(row.get("real_time")),
                f"{row['samples_per_second']:,.0f}" if "real_time" in row else "–",
                spread,
                _number(row.get("mac_per_sample"), 1e-3),
                _number(row.get("gflops")),
                "–" if share is None else f"{100 * share:.0f} %",
            )
        )
    return markdown(lines)


def _number(value, factor=1.0):
    if value is None:
        return "–"
    return f"{value * factor:.3g}" if value * factor < 100 else f"{value * factor:,.0f}"


def markdown(lines: Sequence[Sequence[str]]) -> str:
    """A table of Markdown; the first line is its head."""
    lines = [lines[0], ["---"] * len(lines[0]), *lines[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
