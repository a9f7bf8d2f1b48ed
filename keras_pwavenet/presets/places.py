"""Where presets, runs and files go, looked at before the work. Without Keras."""

import contextlib
import os
import tempfile
from pathlib import Path

from keras_pwavenet.files import home_path, real_path
from keras_pwavenet.presets.layout import PRESET_FILES

RUN_FILES = ("checkpoint.weights.h5", "history.csv", "tensorboard")


def check_folder(path: str | os.PathLike) -> Path:
    """Refuses a place where no folder can be written; missing parents will do.

    Args:
        path: The folder.

    Returns:
        The path, `~` for the home folder.

    Raises:
        FileExistsError: If it is a file.
        OSError: If it lies in a file, or the system takes nothing there.
    """
    path = home_path(path)
    if os.path.isfile(path):
        raise FileExistsError(f"Expected a folder to write. Received: {path}, a file")
    _try(path, path.absolute(), "folder")
    return path


def check_file(path: str | os.PathLike) -> Path:
    """Refuses a place where no file can be written.

    Args:
        path: The file.

    Returns:
        The path, `~` for the home folder.

    Raises:
        FileExistsError: If it is a folder, a pipe or a device.
        FileNotFoundError: If its folder does not exist.
        OSError: If the system takes nothing there.
    """
    path = home_path(path)
    there = real_path(path).absolute().parent
    if not os.path.isdir(there):
        raise FileNotFoundError(
            f"Expected a path in a folder that exists. Received: {path}"
        )
    if os.path.isdir(path):
        raise FileExistsError(f"Expected a file to write. Received: {path}, a folder")
    _try(path, there, "file")
    return path


def check_replaceable(path: Path) -> None:
    """Refuses a folder that a preset must not replace.

    Args:
        path: The preset's folder.

    Raises:
        FileExistsError: If it is a file, or holds anything but a preset.
    """
    if path.exists() and not path.is_dir():
        raise FileExistsError(f"Expected a folder to write. Received: {path}, a file")
    others = _beside(path, PRESET_FILES)
    if others:
        raise FileExistsError(
            "Expected a new or an empty folder, or a preset to replace: saving "
            f"replaces the whole folder. Received: {path}, which holds "
            f"{', '.join(others[:5])}"
        )


def check_preset_folder(path: str | os.PathLike) -> Path:
    """Refuses a place where no preset can be saved.

    Args:
        path: The preset's folder.

    Returns:
        The path, `~` for the home folder.

    Raises:
        FileExistsError: As `check_replaceable`.
        OSError: As `check_folder`.
    """
    path = check_folder(path)
    check_replaceable(path)
    return path


def check_run_folder(path: str | os.PathLike) -> Path:
    """Refuses a place where no run can be kept.

    Args:
        path: The run's folder.

    Returns:
        The path, `~` for the home folder.

    Raises:
        FileExistsError: If it holds something and no run.
        OSError: As `check_folder`.
    """
    path = check_folder(path)
    others = [name for name in _beside(path, RUN_FILES) if not name.startswith(".")]
    if others and not any((path / name).exists() for name in RUN_FILES):
        raise FileExistsError(
            "Expected a new or an empty folder, or that of a run. "
            f"Received: {path}, which holds {', '.join(others[:5])}"
        )
    return path


def check_places(
    run: str | os.PathLike,
    out: str | os.PathLike | None = None,
    *used: str | os.PathLike | None,
) -> None:
    """Refuses, before training, folders that cannot be written after it.

    Args:
        run: Folder of the run.
        out: Folder of the preset that will be written, if any.
        *used: Presets that the training needs and must not lose, such as the teacher.

    Raises:
        FileExistsError: If the run's folder holds something else, or the preset would
            replace something that is no preset, or one of those, or the run.
        OSError: As `check_folder`.
    """
    run = check_run_folder(run)
    if out is None:
        return
    out = check_preset_folder(out)
    if run.resolve() == out.resolve() or out.resolve() in run.resolve().parents:
        raise FileExistsError(
            "Expected a preset's folder apart from the run's, which would be in it. "
            f"Received: {out}, and the run {run}"
        )
    for preset in used:
        if preset is not None and home_path(preset).resolve() == out.resolve():
            raise FileExistsError(
                "Expected another folder than a preset that is needed to go on. "
                f"Received: {out}"
            )


def _try(path: Path, there: Path, kind: str) -> None:
    """Refuses a path if its name is none, or nothing can be written to a folder."""
    try:
        with contextlib.suppress(FileNotFoundError):
            os.stat(path)
        while not os.path.exists(there):
            there = there.parent
        with tempfile.TemporaryDirectory(prefix=".", dir=there):
            pass
    except (OSError, ValueError) as error:  # ValueError: a NUL
        reason = getattr(error, "strerror", None) or error
        raise OSError(
            f"Expected a {kind} that can be written. Received: {path}, {reason}"
        ) from error


def _beside(folder: Path, names: tuple[str, ...]) -> list[str]:
    if not folder.is_dir():
        return []
    return sorted({entry.name for entry in folder.iterdir()} - set(names))
