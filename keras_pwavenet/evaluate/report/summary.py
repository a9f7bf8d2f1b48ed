"""Results of many clips to one row a system, as JSON and as a table."""

import collections
import dataclasses
import os
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_pwavenet.evaluate.copies import Result
from keras_pwavenet.evaluate.measures import MEASURES, Measure, measure_of
from keras_pwavenet.evaluate.measures.measure import EACH, FARTHEST, SHARE
from keras_pwavenet.evaluate.report.paired import Difference
from keras_pwavenet.files import home_path, write_json, write_text


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
    """Writes a summary as a Markdown table, a column a system.

    A measure that no system has gets no row, a system that lacks it gets a dash, and
    a system that spoke fewer clips than others says so at the head of its column.
    """
    lines = [["", *table_heads(summary)]]
    lines.append(["---"] * len(lines[0]))
    for measure in measures_of(summary):
        cells = [measure.text(row.get(measure.key)) for row in summary.values()]
        lines.append([measure.title, *cells])
    return "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"


def table_heads(summary: dict[str, dict[str, Any]]) -> list[str]:
    """Returns the systems' names, with their clips where others spoke more."""
    most = max((row["clips"] for row in summary.values()), default=0)
    return [
        system if row["clips"] == most else f"{system} ({_clips(row['clips'])})"
        for system, row in summary.items()
    ]


def measures_of(summary: dict[str, dict[str, Any]]) -> list[Measure]:
    """Returns the measures that any system has, in the tables' order."""
    return [
        measure
        for measure in MEASURES
        if any(measure.key in row for row in summary.values())
    ]


def write_summary(
    results: Sequence[Result],
    directory: str | os.PathLike,
    differences: Sequence[Difference] = (),
    notes: Sequence[str] = (),
) -> str:
    """Writes `summary.json`, `clips.json` and `summary.md`.

    Where a system spoke some clips only, a second table compares all systems on those.

    Args:
        results: What `copy_synthesis` returned.
        directory: The folder.
        differences: What `paired_differences` found, for `summary.json`.
        notes: Lines to put under the table, such as the judges left out.

    Returns:
        The text of `summary.md`.
    """
    directory = home_path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    whole = summarise(results)
    common = summarise(on_common_clips(results))
    text = f"{heading(whole)}\n\n{markdown_table(whole)}"
    content = {"systems": whole, "notes": list(notes)}
    if common and common != whole:
        text += f"\nOn the same clips: {heading(common)}\n\n{markdown_table(common)}"
        content["on_common_clips"] = common
    if differences:
        content["differences"] = [dataclasses.asdict(entry) for entry in differences]
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
    write_json(directory / "summary.json", content)
    write_json(directory / "clips.json", clips)
    write_text(directory / "summary.md", text)
    return text


def _row(results: list[Result]) -> dict[str, Any]:
    row: dict[str, Any] = {
        "clips": len(results),
        "seconds": round(sum(result.seconds for result in results), 2),
    }
    names = dict.fromkeys(name for result in results for name in result.values)
    unknown = {measure_of(name): None for name in names if not _is_part(name)}
    for measure in [*MEASURES, *unknown]:
        row |= _overall(measure, results)
    return row


def _is_part(name: str) -> bool:
    return any(measure.makes_of(name) for measure in MEASURES)


def _overall(measure: Measure, results: list[Result]) -> dict[str, Any]:
    """The entries of a row that a measure gives; none if no clip has its values."""
    results = [r for r in results if r.seconds >= measure.from_seconds]
    if measure.over_clips == EACH:
        names = {name for r in results for name in r.values if measure.makes_of(name)}
        columns = [
            column
            for name in sorted(names, key=measure.place)
            if (column := list(_column(name, results).values()))
        ]
        means = [float(np.mean(column)) for column in columns]
        return {measure.key: means} if means else {}
    columns = [_column(name, results) for name in measure.values]
    if not columns[0]:
        return {}
    found = list(columns[0].values())
    if measure.over_clips == SHARE:
        whole = int(sum(columns[1].values()))
        return {measure.values[1]: whole, measure.key: sum(found) / whole}
    if measure.over_clips == FARTHEST:
        clip = max(columns[0], key=lambda clip: abs(columns[0][clip]))
        named = f"{measure.key.removesuffix('_db')}_clip"
        return {named: clip, measure.key: columns[0][clip]}
    draw = {"mean": np.mean, "sum": np.sum, "largest": np.max}[measure.over_clips]
    return {measure.key: draw(found).item()}


def _column(name: str, results: list[Result]) -> dict[str, float]:
    """A judge's numbers of this name by their clips; the clips without are left out."""
    return {
        result.clip: value
        for result in results
        if (value := result.values.get(name)) is not None and not isinstance(value, str)
    }


def heading(summary: dict[str, dict[str, Any]]) -> str:
    """Says in a sentence what a summary is over."""
    largest = max(summary.values(), key=lambda row: row["clips"], default=None)
    if largest is None:
        return ""
    text = f"{_clips(largest['clips'])}, {largest['seconds']:.0f} s of audio"
    if "words" in largest:
        text += f"; word error rate over {largest['words']} words in prompts of "
        text += "four or more"
    return text + "."


def _clips(count: int) -> str:
    return "1 clip" if count == 1 else f"{count} clips"
