"""The built-in presets: folders beside this file, listed with sha256 in an index.

A built-in is added in three steps: `model.save_to_preset(...)` into a folder here with
`description` and `licence` in its metadata, a model card `README.md` beside it, and
`python -m keras_pwavenet.presets`, which writes the index anew.

Reading the index imports no Keras: the functions import what does.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from keras_pwavenet import files
from keras_pwavenet.presets import layout

FOLDER = Path(__file__).parent
INDEX = "index.json"


def builtin_presets() -> dict[str, dict[str, Any]]:
    """Returns the built-in presets.

    Returns:
        For each name a dictionary with the keys `class` (the registered name of its
        class), `description`, `licence`, `parameter_count`, `weights` (whether it has
        weights or is a configuration only) and `files` (file name to sha256).
    """
    return json.loads((FOLDER / INDEX).read_text(encoding="utf-8"))


def builtin_folder(name: str) -> Path:
    """Returns the folder of a built-in preset, once every file has been checked.

    Args:
        name: A name of `builtin_presets()`.

    Raises:
        ValueError: If a file is missing, altered, or not in the index.
    """
    folder = FOLDER / name
    expected = builtin_presets()[name]["files"]
    found = file_hashes(folder)
    for file in sorted(expected.keys() | found.keys()):
        if expected.get(file) != found.get(file):
            raise ValueError(
                f"Expected {folder / file} with the sha256 that it was shipped with, "
                f"{expected.get(file)}; install keras-pwavenet anew. "
                f"Received: a damaged one, sha256={found.get(file)}"
            )
    return folder


def file_hashes(folder: Path) -> dict[str, str]:
    """Returns the sha256 of each preset file that the folder holds."""
    hashes = {}
    for name in layout.PRESET_FILES:
        if (folder / name).is_file():
            with open(folder / name, "rb") as file:
                hashes[name] = hashlib.file_digest(file, "sha256").hexdigest()
    return hashes


def build_index() -> dict[str, dict[str, Any]]:
    """Describes every preset folder beside this file as the index should.

    Raises:
        FileNotFoundError: If a folder lacks its configuration, metadata or model card.
        ValueError: If the metadata lacks a description or a licence.
    """
    folders = sorted(path.parent for path in FOLDER.glob(f"*/{layout.CONFIG}"))
    return {folder.name: _describe(folder) for folder in folders}


def _describe(folder: Path) -> dict[str, Any]:
    from keras_pwavenet.presets import storage

    metadata = storage.read_json(folder, layout.METADATA)
    for key in ("description", "licence"):
        if not metadata.get(key):
            raise ValueError(
                f"Expected a `{key}` in {folder / layout.METADATA}: "
                f"`save_to_preset(..., metadata={{'{key}': ...}})`. "
                f"Received: keys={sorted(metadata)}"
            )
    if not (folder / layout.CARD).is_file():
        raise FileNotFoundError(
            f"Expected a model card {layout.CARD}. Received: folder='{folder}'"
        )
    hashes = file_hashes(folder)
    return {
        "class": storage.read_json(folder, layout.CONFIG)["registered_name"],
        "description": metadata["description"],
        "licence": metadata["licence"],
        "parameter_count": metadata["parameter_count"],
        "weights": layout.WEIGHTS in hashes,
        "files": hashes,
    }


def write_index() -> Path:
    """Writes the index of the preset folders as they are now, and returns its path."""
    return files.write_json(FOLDER / INDEX, build_index(), indent=4)
