"""Paths as arguments, and what refuses them before Keras is imported."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from keras_pwavenet.cli.arguments import refuse
from keras_pwavenet.files import home_path
from keras_pwavenet.presets import places

_FILES = (
    *(".csv", ".flac", ".gz", ".h5", ".hdf5", ".htm", ".html", ".json", ".keras"),
    *(".md", ".npy", ".npz", ".onnx", ".pb", ".pdf", ".png", ".pt", ".pth", ".tar"),
    *(".safetensors", ".tflite", ".txt", ".wav", ".zip"),
)


def path_of(*, file: bool = False) -> dict[str, Any]:
    """Settings of a path, `~` for the home folder.

    Args:
        file: Whether it must be a file that is there.
    """

    def check(path):
        if path is None or isinstance(path, list | tuple):
            return path and [check(entry) for entry in path]
        path = home_path(path)
        if file and not os.path.isfile(path):
            raise refuse(f"Expected a file. Received: {path}")
        return path

    return {"callback": check}


def written(check: Callable[[Path], Path]) -> dict[str, Any]:
    """Settings of a path that will be written.

    Args:
        check: A function of `presets.places`.
    """

    def callback(path):
        if path is None:
            return None
        try:
            return check(path)
        except OSError as error:
            raise refuse(str(error)) from error

    return {"callback": callback}


def folder_of_no_file(path: Path) -> Path:
    """Refuses a folder to write whose name is a file's, and what `check_folder` does.

    Raises:
        OSError: If it is refused.
    """
    path = places.check_folder(path)
    if path.suffix.lower() in _FILES and not path.exists():
        raise FileExistsError(
            f"Expected the name of a folder. Received: {path}, a file's by its suffix"
        )
    return path


def _prepared(path):
    if isinstance(path, list | tuple):
        return [_prepared(entry) for entry in path]
    path = home_path(path)
    if not os.path.isfile(path / "index.json"):
        raise refuse(
            "Expected a folder written by `pwavenet prepare`, with index.json. "
            f"Received: {path}"
        )
    return path


def _new(path: Path) -> Path:
    path = folder_of_no_file(path)
    if path.exists() and any(path.iterdir()):
        raise FileExistsError(f"Expected a new or an empty folder. Received: {path}")
    return path


def _preset_to_write(path: Path) -> Path:
    return places.check_preset_folder(folder_of_no_file(path))


Features = Annotated[
    Path, typer.Argument(help="Folder written by `prepare`.", callback=_prepared)
]
Caches = Annotated[
    list[Path], typer.Argument(help="Folders written by `prepare`.", callback=_prepared)
]
Corpus = Annotated[
    Path, typer.Option(help="Folder written by `prepare`.", callback=_prepared)
]
NewFeatures = Annotated[Path, typer.Argument(help="Folder to write.", **written(_new))]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder to write the trained model to, as a preset.",
        **written(_preset_to_write),
    ),
]
