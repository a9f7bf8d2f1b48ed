"""A preset folder on disk: its file names, its JSON, and writing it whole.

The layout is KerasHub's: `config.json`, `metadata.json`, `model.weights.h5`, and here
`preprocessor.json` for the feature settings and `README.md` for the model card.
"""

import hashlib
import json
import os
import warnings
from pathlib import Path
from typing import Any

import keras

from keras_pwavenet import files
from keras_pwavenet.files import home_path
from keras_pwavenet.presets.layout import (
    CARD,
    HASHED,
    HASHES,
    METADATA,
)
from keras_pwavenet.presets.limits import check_settings
from keras_pwavenet.presets.places import check_replaceable

_MOST_JSON = 2**22


def read_json(folder: Path, name: str) -> dict[str, Any]:
    """Reads one JSON object of a preset.

    Args:
        folder: The preset's folder.
        name: The file's name, such as `"config.json"`.

    Raises:
        FileNotFoundError: If the file is missing.
        ValueError: If it does not hold a JSON object, or is larger than 4 MiB.
    """
    path = folder / name
    if not path.is_file():
        raise FileNotFoundError(
            f"Expected a folder holding {name}. Received: folder='{folder}'"
        )
    if path.stat().st_size > _MOST_JSON:
        raise ValueError(
            f"Expected at most {_MOST_JSON} bytes in {path}. "
            f"Received: {path.stat().st_size} bytes"
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (RecursionError, ValueError) as error:
        raise ValueError(f"Expected valid JSON. Received: {path}, {error}") from error
    if not isinstance(content, dict):
        raise ValueError(f"Expected a JSON object in {path}. Received: {content!r:.80}")
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


def hashes(contents: dict[str, bytes]) -> dict[str, str]:
    """The sha256 of each file that says what a preset speaks like."""
    return {
        name: hashlib.sha256(contents[name]).hexdigest()
        for name in HASHED
        if name in contents
    }


def state_hash(folder: Path, name: str) -> None:
    """Writes the sha256 of one more file into a preset's metadata, if it has any.

    Args:
        folder: The folder; one that is no preset's is left alone.
        name: The file's.
    """
    metadata = read_json(folder, METADATA) if (folder / METADATA).is_file() else {}
    if isinstance(metadata.get(HASHES), dict):
        metadata[HASHES][name] = hashlib.sha256(
            (folder / name).read_bytes()
        ).hexdigest()
        files.write_bytes(folder / METADATA, json_bytes(metadata))


def check_hashes(folder: Path, weights: bool = True) -> None:
    """Refuses a preset whose files are not those that were saved.

    A preset whose metadata names no hashes is taken as it is, with a warning.

    Args:
        folder: The preset's folder.
        weights: Whether to look at the weights, too.

    Raises:
        ValueError: If a file is altered, missing, or was not saved with the others.
    """
    there = (folder / METADATA).is_file()
    expected = read_json(folder, METADATA).get(HASHES) if there else None
    if expected is None:
        warnings.warn(
            f"Nobody can tell whether {folder} is damaged, as {METADATA} has no "
            f"`{HASHES}`; `save_to_preset` writes it",
            stacklevel=3,
        )
        return
    if not isinstance(expected, dict):
        raise ValueError(
            f"Expected `{HASHES}` of each file in {folder / METADATA}. "
            f"Received: {HASHES}={expected!r:.80}"
        )
    for name in HASHED if weights else HASHED[:-1]:
        path = folder / name
        found = None
        if path.is_file():
            with open(path, "rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        if found != expected.get(name):
            raise ValueError(
                f"Expected {path} with the {HASHES} that {METADATA} gives it, "
                f"{expected.get(name)!r:.80}; save the preset anew, or take `{HASHES}` "
                "out of the metadata if you changed the file yourself. "
                f"Received: a damaged or altered one, {HASHES}={found}"
            )


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
        ValueError: If the file is of another format, its class is not registered, or
            the class cannot be built from the settings.
    """
    content = read_json(folder, name)
    registered_name = content.get("registered_name")
    config = content.get("config")
    if not isinstance(registered_name, str) or not isinstance(config, dict):
        raise ValueError(
            "Expected a serialised Keras object, with `registered_name` and `config`, "
            f"in {folder / name}. Received: keys={sorted(content)}"
        )
    found = keras.saving.get_registered_object(registered_name)
    if found is None:
        raise ValueError(
            f"Expected a registered class in {folder / name}. Import the module that "
            "defines it, decorated with `@keras.saving.register_keras_serializable`. "
            f"Received: registered_name='{registered_name}'"
        )
    check_settings(found, config, folder / name)
    return found, dict(config)


def build(kind: type, settings: dict[str, Any], path: Path) -> Any:
    """Builds an object from the settings in a file.

    Args:
        kind: The class.
        settings: The dictionary for its `from_config`.
        path: The file.

    Raises:
        ValueError: If the class refuses the settings; names the file.
    """
    try:
        return kind.from_config(settings)
    except (ArithmeticError, AttributeError, LookupError, TypeError) as error:
        text = f"{type(error).__name__}: {error}"
        raise ValueError(
            f"Expected settings of a {kind.__name__}. Received: {path}, {text}"
        ) from error
    except (RecursionError, ValueError) as error:
        raise ValueError(
            f"Expected settings of a {kind.__name__}. Received: {path}, {error}"
        ) from error


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
    target = home_path(folder).resolve()
    files.recover(target)
    check_replaceable(target)
    if (target / CARD).is_file():
        contents = {**contents, CARD: (target / CARD).read_bytes()}
    with files.replaced_folder(target) as fresh:
        for name, content in contents.items():
            files.write_bytes(fresh / name, content)
