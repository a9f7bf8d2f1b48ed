"""An evaluation as one HTML file: tables, players, spectrograms."""

import base64
import html
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import tqdm

from keras_pwavenet.audio import read_audio, to_int16
from keras_pwavenet.evaluate.copy_synthesis import Result
from keras_pwavenet.evaluate.measures import ABSENT, Measure, measure_of, table_order
from keras_pwavenet.evaluate.paired import Difference
from keras_pwavenet.evaluate.pictures import spectrogram, spectrogram_png
from keras_pwavenet.evaluate.summary import (
    heading,
    measures_of,
    on_common_clips,
    summarise,
    table_heads,
)
from keras_pwavenet.files import write_text

_MOST_BYTES = 25_000_000
_BESIDE_A_PLAYER = (
    *("pesq", "visqol", "dnsmos", "distillmos", "plcmos", "stoi", "mcd_db"),
    *("log_f0_rmse", "silence_db", "level_db"),
)
# Nothing may be fetched, run or sent, whatever the names and texts are.
_POLICY = (
    "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'"
)
_DIFFERENCES = """<p>Means of the differences clip by clip, on the clips that both have,
with 95 % confidence intervals: Student's interval of the mean (paired t); for the word
error rate, pooled over all words, the percentile bootstrap over clips. An interval that
leaves 0 out is marked where the measure has a better side. Each interval stands for
itself: among many, expect one in twenty to be wrong.</p>"""


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
        progress: Whether to show a progress bar.

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
    bar = tqdm.tqdm(clips, "report", unit="clip", disable=not progress)
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
    chapters = {
        "Measures": _measures(results),
        "Paired differences": _compared(differences) if differences else [],
        "Clips": sections,
        "Notes": [_list([*left_out, *notes])],
    }
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, _page(title, chapters))
    return left_out


def _page(title: str, chapters: dict[str, list[str]]) -> str:
    chapters = {head: parts for head, parts in chapters.items() if parts}
    links = [
        f'<a href="#chapter-{number}">{head}</a>'
        for number, head in enumerate(chapters, 1)
    ]
    lines = [f"<h1>{html.escape(title)}</h1>", f"<nav>{' · '.join(links)}</nav>"]
    for number, (head, parts) in enumerate(chapters.items(), 1):
        lines += [f'<h2 id="chapter-{number}">{head}</h2>', *parts]
    body = "\n".join(lines)
    style = Path(__file__).with_name("report.css").read_text(encoding="utf-8")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{html.escape(title)}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}
</main>
</body>
</html>
"""


def _measures(results: Sequence[Result]) -> list[str]:
    whole = summarise(results)
    common = summarise(on_common_clips(results))
    parts = [_measures_table(f"All clips: {heading(whole)}", whole)]
    if common and common != whole:
        caption = f"The clips that every system has spoken: {heading(common)}"
        parts.append(_measures_table(caption, common))
    return parts


def _measures_table(caption: str, summary: dict[str, dict[str, Any]]) -> str:
    rows = [
        (
            _measure_head(measure),
            [(measure.text(row.get(measure.key)), "") for row in summary.values()],
        )
        for measure in measures_of(summary)
    ]
    return _table(caption, table_heads(summary), rows)


def _compared(differences: Sequence[Difference]) -> list[str]:
    parts = [_DIFFERENCES]
    references = {entry.reference for entry in differences}
    systems = dict.fromkeys(entry.system for entry in differences)
    # What nothing else is measured by comes first: the voice that is evaluated.
    for system in sorted(systems, key=lambda name: name in references):
        own = [entry for entry in differences if entry.system == system]
        most = {
            reference: max(e.clips for e in own if e.reference == reference)
            for reference in dict.fromkeys(entry.reference for entry in own)
        }
        cells = {(entry.measure, entry.reference): entry for entry in own}
        rows = []
        for key in sorted({entry.measure for entry in own}, key=table_order):
            measure = measure_of(key)
            row = [
                _difference_cell(measure, cells.get((key, reference)), count)
                for reference, count in most.items()
            ]
            rows.append((_measure_head(measure), row))
        heads = [f"minus {name} ({count} clips)" for name, count in most.items()]
        parts.append(_table(f"{system}, clip by clip", heads, rows))
    return parts


def _difference_cell(
    measure: Measure, entry: Difference | None, most: int
) -> tuple[str, str]:
    if entry is None:
        return ABSENT, ""
    text = measure.difference_text(entry.difference)
    if entry.low is not None and entry.high is not None:
        low, high = map(measure.difference_text, (entry.low, entry.high))
        text += f" <small>[{low}, {high}]"
        verdict = measure.verdict(entry.difference) if entry.is_clear else ""
        text += f" {verdict}" if verdict else ""
        text += f" ({entry.clips} clips)" if entry.clips < most else ""
        return f"{text}</small>", verdict
    return f"{text} <small>({entry.clips} clip)</small>", ""


def _measure_head(measure: Measure) -> str:
    direction = f"{measure.better} is better" if measure.better else ""
    explained = "; ".join(filter(None, (measure.meaning, direction)))
    small = f" <small>{html.escape(explained)}</small>" if explained else ""
    return html.escape(measure.title) + small


def _table(
    caption: str,
    heads: Sequence[str],
    rows: Sequence[tuple[str, list[tuple[str, str]]]],
) -> str:
    """A table; its rows are (head, [(cell, class)]) in HTML, the rest is text."""
    head = "".join(f'<th scope="col">{html.escape(name)}</th>' for name in heads)
    lines = [
        '<div class="scroll" role="region" tabindex="0" '
        f'aria-label="{html.escape(caption)}">',
        f"<table><caption>{html.escape(caption)}</caption>",
        f"<thead><tr><td></td>{head}</tr></thead>",
        "<tbody>",
    ]
    for title, cells in rows:
        body = "".join(
            f'<td class="{kind}">{cell}</td>' if kind else f"<td>{cell}</td>"
            for cell, kind in cells
        )
        lines.append(f'<tr><th scope="row">{title}</th>{body}</tr>')
    return "\n".join([*lines, "</tbody></table>", "</div>"])


def _section(name: str, why: str, results: list[Result], pictures: bool) -> str:
    audio = [read_audio(result.audio) for result in results]
    top = max(spectrogram(wave, rate).max() for wave, rate in audio)
    said = f"“{html.escape(results[0].text)}” " if results[0].text else ""
    lines = [
        "<section>",
        f"<h3>{html.escape(name)}</h3>",
        f"<p>{said}{results[0].seconds:.1f} s. "
        f'<span class="why">Chosen: {html.escape(why)}.</span></p>',
        '<div class="systems">',
    ]
    for result, (wave, rate) in zip(results, audio, strict=True):
        system = html.escape(result.system)
        label = f"{system}: {html.escape(name)}"
        lines += ["<figure>", f"<figcaption>{system}</figcaption>"]
        if pictures:
            picture = _data_address("image/png", spectrogram_png(wave, rate, top))
            lines.append(f'<img src="{picture}" alt="Spectrogram of {label}">')
        sound = _data_address("audio/flac", _flac(wave, rate))
        lines.append(f'<audio controls src="{sound}" aria-label="{label}"></audio>')
        lines += [f'<p class="values">{_values(result)}</p>', "</figure>"]
    return "\n".join([*lines, "</div>", "</section>"])


def _values(result: Result) -> str:
    texts = [
        f"{measure.title}: {measure.text(result.values[key])}"
        for key, measure in ((key, measure_of(key)) for key in _BESIDE_A_PLAYER)
        if result.values.get(key) is not None
    ]
    if result.values.get("heard") is not None:
        texts.append(f"recognised: “{result.values['heard']}”")
    return html.escape(" · ".join(texts))


def _list(lines: Sequence[str]) -> str:
    items = "\n".join(f"<li>{html.escape(line)}</li>" for line in lines)
    return f"<ul>\n{items}\n</ul>"


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
            "pip install 'keras-pwavenet[evaluate]'"
        )
    return ""
