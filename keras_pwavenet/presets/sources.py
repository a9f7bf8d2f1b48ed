"""Where a preset comes from: a built-in name, a local folder, `hf://` or `kaggle://`."""

import contextlib
import difflib
import os
import re
from collections.abc import Callable
from pathlib import Path

from keras_pwavenet import files
from keras_pwavenet.files import home_path
from keras_pwavenet.presets import layout, registry

_NETWORK_LIBRARIES = {"httpcore", "httpx", "httpx2", "requests", "urllib3"}


def resolve(preset: str | os.PathLike) -> Path:
    """Finds the local folder of a preset, downloading it if it lies on a hub.

    Args:
        preset: The name of a built-in preset (never touches the network), the path of
            a local folder, `"hf://organisation/model[@revision]"`, or
            `"kaggle://organisation/model/framework/variation[/version]"`. A local
            folder with the name of a built-in is reached as `"./name"`.

    Raises:
        ValueError: If there is no such preset, a handle is malformed, a hub refuses,
            or a built-in's files are not those it was shipped with.
        FileNotFoundError: If a path has no folder.
        ImportError: If the library for a hub is not installed.
        ConnectionError: If a hub cannot be reached.
    """
    if isinstance(preset, str):
        if preset in registry.builtin_presets():
            return registry.builtin_folder(preset)
        scheme, separator, handle = preset.partition("://")
        if separator:
            return _download(preset, scheme, handle)
    folder = home_path(preset)
    with contextlib.suppress(OSError):
        files.recover(folder)
    if folder.is_dir():
        return folder
    if not isinstance(preset, str) or re.search(r"[/\\~]|^\.", preset):
        raise FileNotFoundError(
            f"Expected a preset's folder. Received: preset='{preset}'"
        )
    raise ValueError(_unknown(preset))


def _unknown(preset: str) -> str:
    names = list(registry.builtin_presets())
    near = difflib.get_close_matches(preset.lower(), names, n=1)
    hint = f"Did you mean '{near[0]}'? " if near else ""
    return (
        f"{hint}Expected a built-in name (list them with `pwavenet presets`), a local "
        "folder, 'hf://organisation/model' or "
        "'kaggle://organisation/model/keras/variation'. "
        f"Received: preset='{preset}'"
    )


def _download(preset: str, scheme: str, handle: str) -> Path:
    if scheme not in _HUBS:
        raise ValueError(
            f"Expected one of the schemes {[f'{name}://' for name in _HUBS]}. "
            f"Received: preset='{preset}'"
        )
    form, pattern, library, download = _HUBS[scheme]
    if not re.fullmatch(pattern, handle):
        raise ValueError(f"Expected '{form}'. Received: preset='{preset}'")
    try:
        return Path(download(handle))
    except ImportError as error:
        raise ImportError(
            f"Presets from {scheme}:// need one more library: "
            f"pip install {library}. Received: preset='{preset}'"
        ) from error
    except Exception as error:
        response = getattr(error, "response", None)
        if response is not None:
            raise ValueError(
                "Expected the handle of a model that you may read. Received: "
                f"preset='{preset}', refused with HTTP status {response.status_code}"
            ) from error
        library = type(error).__module__.partition(".")[0]
        if isinstance(error, OSError) or library in _NETWORK_LIBRARIES:
            raise ConnectionError(
                f"The network failed while fetching from {scheme}:// "
                f"({type(error).__name__}: {error}). Received: preset='{preset}'"
            ) from error
        raise


def _from_hugging_face(handle: str) -> str:
    from huggingface_hub import snapshot_download

    repository, _, revision = handle.partition("@")
    return snapshot_download(
        repository,
        revision=revision or None,
        allow_patterns=list(layout.PRESET_FILES),
    )


def _from_kaggle(handle: str) -> str:
    from kagglehub import model_download

    return model_download(handle)


_HUBS: dict[str, tuple[str, str, str, Callable[[str], str]]] = {
    "hf": (
        "hf://organisation/model[@revision]",
        r"[\w.-]+/[\w.-]+(@[\w./-]+)?",
        "huggingface_hub",
        _from_hugging_face,
    ),
    "kaggle": (
        "kaggle://organisation/model/framework/variation[/version]",
        r"[\w.-]+/[\w.-]+/[\w.-]+/[\w.-]+(/\d+)?",
        "kagglehub",
        _from_kaggle,
    ),
}
