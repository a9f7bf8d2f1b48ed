"""Results of many clips to one row a system, as JSON and as a table."""

import collections
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from keras_pwavenet.evaluate.copy_synthesis import Result

_LEVEL_FROM_SECONDS = 1.0
_POOLED = ("words", "word_errors")
_SUMMED = ("clipped", "not_finite")

# Head of the column, entry of the summary, format.
_COLUMNS = (
    ("level, dB", "level_db", "+.2f"),
    ("worst level, dB", "worst_level_db", "+.1f"),
    ("WER", "wer", ".3f"),
    ("DNSMOS", "dnsmos", ".2f"),
    ("PESQ", "pesq", ".2f"),
    ("STOI", "stoi", ".3f"),
    ("log-F0 RMSE", "log_f0_rmse", ".3f"),
    ("V/UV F1", "voicing_f1", ".3f"),
    ("tones, dB", "tones_db", "+.1f"),
    ("peak", "peak", ".2f"),
    ("clipped", "clipped", "d"),
    ("NaN", "not_finite", "d"),
)


def summarise(results: Sequence[Result]) -> dict[str, dict[str, Any]]:
    """Draws the results of each system together.

    Most measures are averaged over the clips that have one. The word error rate is
    that of all words together, `worst_level_db` the one farthest from 0 among the
    clips of a second or more, `level_db` their mean, `peak` the highest, `clipped` and
    `not_finite` are sums, `tones_db` lists the tones from the lowest to the highest.

    Args:
        results: Any number of clips by any number of systems.

    Returns:
        For each system a dictionary of `clips`, `seconds` and the measures; a measure
        that no clip has is missing.
    """
    by_system = collections.defaultdict(list)
    for result in results:
        by_system[result.system].append(result)
    return {system: _row(found) for system, found in by_system.items()}


def on_common_clips(results: Sequence[Result]) -> list[Result]:
    """Keeps the clips that every system has spoken, for a fair comparison."""
    clips = collections.defaultdict(set)
    for result in results:
        clips[result.system].add(result.clip)
    common = set.intersection(*clips.values()) if clips else set()
    return [result for result in results if result.clip in common]


def markdown_table(summary: dict[str, dict[str, Any]]) -> str:
    """Writes a summary as a Markdown table, a row a system.

    A measure that no system has gets no column, a system that lacks it gets a dash,
    and a system that spoke fewer clips than others says so beside its name.
    """
    columns = [
        column
        for column in _COLUMNS
        if any(column[1] in row for row in summary.values())
    ]
    heads = ["system", *(head for head, _, _ in columns)]
    lines = [heads, ["---"] * len(heads)]
    most = max((row["clips"] for row in summary.values()), default=0)
    for system, row in summary.items():
        if row["clips"] < most:
            system += f" (the {row['clips']} shortest clips of 1 s or more)"
        cells = [_cell(row.get(key), form) for _, key, form in columns]
        lines.append([system, *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def write_summary(
    results: Sequence[Result],
    directory: str | os.PathLike,
    notes: Sequence[str] = (),
) -> str:
    """Writes `summary.json`, `clips.json` and `summary.md`.

    Where a system spoke some clips only, a second table compares all systems on those.

    Args:
        results: What `copy_synthesis` returned.
        directory: The folder.
        notes: Lines to put under the table, such as the judges left out.

    Returns:
        The text of `summary.md`.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    whole = summarise(results)
    common = summarise(on_common_clips(results))
    text = _heading(whole) + markdown_table(whole)
    content = {"systems": whole, "notes": list(notes)}
    if common and common != whole:
        text += f"\nOn the same clips. {_heading(common)}{markdown_table(common)}"
        content["on_common_clips"] = common
    if notes:
        text += "\n" + "\n".join(f"- {note}" for note in notes) + "\n"
    clips = [
        {
            "system": result.system,
            "clip": result.clip,
            "seconds": result.seconds,
            **result.values,
        }
        for result in results
    ]
    _write(directory / "summary.json", json.dumps(content, indent=1) + "\n")
    _write(directory / "clips.json", json.dumps(clips, indent=1) + "\n")
    _write(directory / "summary.md", text)
    return text


def _row(results: list[Result]) -> dict[str, Any]:
    columns = collections.defaultdict(list)
    for result in results:
        for name, value in result.values.items():
            if value is not None and not isinstance(value, str):
                columns[name].append(value)
    row: dict[str, Any] = {
        "clips": len(results),
        "seconds": round(sum(result.seconds for result in results), 2),
    }
    tones = {}
    for name, values in columns.items():
        if name in _POOLED or name == "level_db":
            continue
        if name.startswith("tone_"):
            tones[float(name.removeprefix("tone_"))] = float(np.mean(values))
        elif name in _SUMMED:
            row[name] = int(sum(values))
        else:
            row[name] = float(max(values) if name == "peak" else np.mean(values))
    if tones:
        row["tones_db"] = [tones[frequency] for frequency in sorted(tones)]
    if columns["words"]:
        row["words"] = int(sum(columns["words"]))
        row["wer"] = sum(columns["word_errors"]) / row["words"]
    levels = {
        result.clip: result.values["level_db"]
        for result in results
        if result.seconds >= _LEVEL_FROM_SECONDS
        and result.values.get("level_db") is not None
    }
    if levels:
        row["level_db"] = float(np.mean(list(levels.values())))
        row["worst_level_clip"] = max(levels, key=lambda clip: abs(levels[clip]))
        row["worst_level_db"] = levels[row["worst_level_clip"]]
    return row


def _heading(summary: dict[str, dict[str, Any]]) -> str:
    largest = max(summary.values(), key=lambda row: row["clips"], default=None)
    if largest is None:
        return ""
    text = f"{largest['clips']} clips, {largest['seconds']:.0f} s"
    if "words" in largest:
        text += f"; word error rate over {largest['words']} words in prompts of "
        text += "four or more"
    return text + ".\n\n"


def _cell(value: Any, form: str) -> str:
    if value is None:
        return "–"
    if isinstance(value, list):
        return " / ".join(format(entry, form) for entry in value)
    return format(value, form)


def _write(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    partial.write_text(text, encoding="utf-8")
    os.replace(partial, path)
