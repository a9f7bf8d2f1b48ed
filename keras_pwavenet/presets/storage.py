"""A preset folder on disk: its file names, its JSON, and writing it whole.

The layout is KerasHub's: `config.json`, `metadata.json`, `model.weights.h5`, and here
`preprocessor.json` for the feature settings and `README.md` for the model card.
"""

import json
import os
from pathlib import Path
from typing import Any

import keras

from keras_pwavenet import files

CONFIG = "config.json"
METADATA = "metadata.json"
PREPROCESSOR = "preprocessor.json"
WEIGHTS = "model.weights.h5"
CARD = "README.md"
PRESET_FILES = (CONFIG, METADATA, PREPROCESSOR, WEIGHTS, CARD)


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Reads one JSON object of a preset.

    Args:
        folder: The preset's folder.
        name: The file's name, such as `"config.json"`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it does not hold a JSON object.
    """
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a preset folder holding {name}. Received: folder='{folder}'"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"{path} must hold a JSON object. Received: {content!r}")
    return content


def json_bytes(content: dict[str, Any]) -> bytes:
    """One JSON object of a preset as it is written."""
    text = json.dumps(content, indent=4, ensure_ascii=False)
    return (text + "\n").encode("utf-8")


def serialize(thing: Any) -> dict[str, Any]:
    """Describes a registered Keras object, leaving out how it was compiled or built."""
    return _without_state(keras.saving.serialize_keras_object(thing))


def _without_state(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _without_state(value)
            for key, value in node.items()
            if key not in ("build_config", "compile_config")
        }
    if isinstance(node, list):
        return [_without_state(value) for value in node]
    return node


def registered_class(folder: Path, name: str) -> tuple[type, dict[str, Any]]:
    """Reads which class a serialised object is of, and its configuration.

    Only classes that are registered with Keras are found: nothing that the file names
    is imported.

    Args:
        folder: The preset's folder.
        name: The file's name, `"config.json"` or `"preprocessor.json"`.

    Returns:
        The class, and the dictionary for its `from_config`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If the file is of another format or its class is not registered.
    """
    content = read_json(folder, name)
    registered_name = content.get("registered_name")
    config = content.get("config")
    if not isinstance(registered_name, str) or not isinstance(config, dict):
        raise ValueError(
            f"{folder / name} is not a serialised Keras object: expected the keys "
            f"`registered_name` and `config`. Received: keys={sorted(content)}"
        )
    found = keras.saving.get_registered_object(registered_name)
    if found is None:
        raise ValueError(
            f"{folder / name} describes a `{registered_name}`, a class that is not "
            "registered. Import the module that defines it; the class must be "
            "decorated with `@keras.saving.register_keras_serializable`. "
            f"Received: registered_name='{registered_name}'"
        )
    return found, dict(config)


def write_preset(folder: str | os.PathLike, contents: dict[str, bytes]) -> None:
    """Writes a preset, whole or not at all.

    A preset that was there before is replaced as a whole, but for its model card,
    which is kept. On an error everything is as it was.

    Args:
        folder: The folder to write: new, empty, or holding a preset.
        contents: What its files hold, by name.

    Raises:
        FileExistsError: If `folder` is a file or holds anything but a preset.
        OSError: If it cannot be written; names the folder.
    """
    target = Path(folder).expanduser().resolve()
    files.recover(target)
    _check_replaceable(target)
    if (target / CARD).is_file():
        contents = {**contents, CARD: (target / CARD).read_bytes()}
    with files.replaced_folder(target) as fresh:
        for name, content in contents.items():
            files.write_bytes(fresh / name, content)


def _check_replaceable(target: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise FileExistsError(
            f"Expected a folder to save the preset in. Received: folder='{target}'"
        )
    others = sorted({entry.name for entry in target.iterdir()} - set(PRESET_FILES))
    if others:
        raise FileExistsError(
            "Expected a new or empty folder, or one holding a preset only: saving "
            f"replaces the whole folder, and this one also holds {others}. "
            f"Received: folder='{target}'"
        )
