"""An evaluation as one HTML file: tables, players, spectrograms."""

import base64
import functools
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import numpy as np
import soundfile
import tqdm

from keras_pwavenet.audio import read_audio, to_int16
from keras_pwavenet.evaluate.copies import Result
from keras_pwavenet.evaluate.measures import MEASURES, measure_of, table_order
from keras_pwavenet.evaluate.measures.measure import ABSENT, Measure
from keras_pwavenet.evaluate.report.paired import Difference
from keras_pwavenet.evaluate.report.pictures import spectrogram, spectrogram_png
from keras_pwavenet.evaluate.report.summary import (
    heading,
    measures_of,
    on_common_clips,
    summarise,
    table_heads,
)
from keras_pwavenet.files import write_text

_MOST_BYTES = 25_000_000


def write_report(
    path: str | os.PathLike,
    title: str,
    results: Sequence[Result],
    differences: Sequence[Difference] = (),
    clips: Sequence[tuple[str, str]] = (),
    notes: Sequence[str] = (),
    progress: bool = False,
) -> list[str]:
    """Writes an evaluation as one HTML file that needs no other and no network.

    It holds the table of measures, the paired differences, and for chosen clips a
    player (FLAC) and a spectrogram (package matplotlib) of every system. It is written
    whole or not at all, and of about 25 MB at most: clips beyond that are left out.

    Args:
        path: The file.
        title: Its heading.
        results: What `copy_synthesis` returned; the audio is read from its files.
        differences: What `paired_differences` found.
        clips: (name, why it was chosen) of the clips to play, as from `choose_clips`.
        notes: Lines for the end, such as versions and judges left out.
        progress: Whether to show a progress bar, on a terminal.

    Returns:
        What was left out and why, a line each; the report says so too.

    Raises:
        ValueError: If a clip has no results.
    """
    spoken = {result.clip for result in results}
    unknown = [name for name, _ in clips if name not in spoken]
    if unknown:
        raise ValueError(f"Expected clips with results. Received: {unknown}")
    missing = _missing_matplotlib()
    left_out = [missing] if missing and clips else []
    sections, size = [], 0
    bar = tqdm.tqdm(clips, "report", unit="clip", disable=None if progress else True)
    for number, (name, why) in enumerate(bar):
        found = [result for result in results if result.clip == name]
        section = _section(name, why, found, pictures=not missing)
        size += len(section.encode())
        if size > _MOST_BYTES:
            left_out.append(
                f"{len(clips) - number} of the {len(clips)} clips chosen are left out: "
                "the report would be larger than 25 MB."
            )
            break
        sections.append(section)
    text = _template("page.html.jinja").render(
        title=title,
        tables=_measured(results),
        compared=_compared(differences),
        clips=sections,
        notes=[*left_out, *notes],
    )
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, text)
    return left_out


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template(name)


def _measured(results: Sequence[Result]) -> list[dict[str, Any]]:
    whole = summarise(results)
    common = summarise(on_common_clips(results))
    tables = [_measures_table(f"All clips: {heading(whole)}", whole)]
    if common and common != whole:
        caption = f"The clips that every system has spoken: {heading(common)}"
        tables.append(_measures_table(caption, common))
    return tables


def _measures_table(caption: str, summary: dict[str, dict[str, Any]]) -> dict[str, Any]:
    rows = [
        _row(
            measure,
            [_cell(measure.text(row.get(measure.key))) for row in summary.values()],
        )
        for measure in measures_of(summary)
    ]
    return {"caption": caption, "heads": table_heads(summary), "rows": rows}


def _compared(differences: Sequence[Difference]) -> list[dict[str, Any]]:
    tables = []
    references = {entry.reference for entry in differences}
    systems = dict.fromkeys(entry.system for entry in differences)
    # What nothing else is measured by comes first: the voice that is evaluated.
    for system in sorted(systems, key=lambda name: name in references):
        own = [entry for entry in differences if entry.system == system]
        most = {
            reference: max(e.clips for e in own if e.reference == reference)
            for reference in dict.fromkeys(entry.reference for entry in own)
        }
        found = {(entry.measure, entry.reference): entry for entry in own}
        rows = []
        for name in sorted({entry.measure for entry in own}, key=table_order):
            measure = measure_of(name).of(name)
            cells = [
                _difference_cell(measure, found.get((name, reference)), count)
                for reference, count in most.items()
            ]
            rows.append(_row(measure, cells))
        heads = [f"minus {name} ({count} clips)" for name, count in most.items()]
        tables.append(
            {"caption": f"{system}, clip by clip", "heads": heads, "rows": rows}
        )
    return tables


def _row(measure: Measure, cells: list[dict[str, str]]) -> dict[str, Any]:
    direction = f"{measure.better} is better" if measure.better else ""
    meaning = "; ".join(filter(None, (measure.meaning, direction)))
    return {"title": measure.title, "meaning": meaning, "cells": cells}


def _cell(text: str, detail: str = "", verdict: str = "") -> dict[str, str]:
    return {"text": text, "detail": detail, "verdict": verdict}


def _difference_cell(
    measure: Measure, entry: Difference | None, most: int
) -> dict[str, str]:
    if entry is None:
        return _cell(ABSENT)
    text = measure.difference_text(entry.difference)
    if entry.low is None or entry.high is None:
        return _cell(text, f"({entry.clips} clip)")
    low, high = map(measure.difference_text, (entry.low, entry.high))
    verdict = measure.verdict(entry.difference) if entry.is_clear else ""
    clips = f"({entry.clips} clips)" if entry.clips < most else ""
    detail = " ".join(filter(None, (f"[{low}, {high}]", verdict, clips)))
    return _cell(text, detail, verdict)


def _section(name: str, why: str, results: list[Result], pictures: bool) -> str:
    """One clip by every system, as escaped HTML."""
    audio = [read_audio(result.audio) for result in results]
    top = max(spectrogram(wave, rate).max() for wave, rate in audio)
    systems = []
    for result, (wave, rate) in zip(results, audio, strict=True):
        picture = spectrogram_png(wave, rate, top) if pictures else None
        systems.append(
            {
                "name": result.system,
                "picture": picture and _data_address("image/png", picture),
                "sound": _data_address("audio/flac", _flac(wave, rate)),
                "judged": _judged(result),
            }
        )
    text = _template("clip.html.jinja").render(
        name=name,
        why=why,
        text=results[0].text,
        seconds=results[0].seconds,
        systems=systems,
    )
    return markupsafe.Markup(text)


def _judged(result: Result) -> str:
    texts = [
        f"{measure.title}: {measure.text(result.values[measure.key])}"
        for measure in MEASURES
        if measure.beside_player and result.values.get(measure.key) is not None
    ]
    if result.values.get("heard") is not None:
        texts.append(f"recognised: “{result.values['heard']}”")
    return " · ".join(texts)


def _flac(audio: np.ndarray, sample_rate: int) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, to_int16(audio), sample_rate, "PCM_16", format="FLAC")
    return file.getvalue()


def _data_address(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _missing_matplotlib() -> str:
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError as error:
        return (
            f"The spectrograms are left out: they need matplotlib ({error}). "
            "pip install '.[evaluate]'"
        )
    return ""
