"""The clips of a prepared corpus, and the index file that lists them."""

import dataclasses
import json
from pathlib import Path
from typing import Any

FORMAT = 1


@dataclasses.dataclass(frozen=True)
class CachedClip:
    """One clip of a `FeatureCache`.

    Attributes:
        name: Name within the corpus.
        text: What is said; empty if unknown.
        speaker: Who says it; empty if unknown.
        split: "train", "validation" or "test".
        offset: Where the clip begins, in frames from the beginning of the corpus.
        frames: Length in frames.
        prompt: What was to be said, which decides the split; the name if empty.
    """

    name: str
    text: str
    speaker: str
    split: str
    offset: int
    frames: int
    prompt: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "prompt", self.prompt or self.name)


def index_of(clips: list[CachedClip], preparation: dict[str, dict]) -> dict:
    """Returns the content of the index file for these clips."""
    return {
        "format": FORMAT,
        "preparation": preparation,
        "clips": [dataclasses.asdict(clip) for clip in clips],
    }


def read_index(index_file: Path) -> dict[str, Any]:
    """Reads the content of an index file, and its clips as `CachedClip`.

    Raises:
        ValueError: If it is damaged, or of another format.
    """
    try:
        index = json.loads(index_file.read_text(encoding="utf-8"))
    except (RecursionError, ValueError) as error:
        raise ValueError(
            f"Expected valid JSON. Received: {index_file}, {error}"
        ) from error
    if not isinstance(index, dict):
        raise ValueError(
            f"Expected a JSON object in {index_file}. Received: {index!r:.80}"
        )
    if index.get("format") != FORMAT:
        raise ValueError(
            f"Expected a cache of format {FORMAT}. Received: "
            f"format={index.get('format')!r} in {index_file}"
        )
    return {**index, "clips": _clips(index.get("clips"), index_file)}


def _clips(rows: Any, path: Path) -> list[CachedClip]:
    types = {field.name: field.type for field in dataclasses.fields(CachedClip)}
    for row in rows if isinstance(rows, list) else [rows]:
        if (
            not isinstance(row, dict)
            or not types.keys() >= row.keys() >= types.keys() - {"prompt"}
            or any(type(value) is not types[name] for name, value in row.items())
            or row["frames"] < 1
        ):
            raise ValueError(f"Expected a clip in {path}. Received: {row!r:.200}")
    if not rows:
        raise ValueError(f"Expected a clip or more in {path}. Received: none")
    return [CachedClip(**row) for row in rows]
