"""Arguments of several commands, and what refuses them before Keras is imported."""

import difflib
import json
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from keras_pwavenet.files import home_path

SEVERAL = 2  # speakers from which one must be named


class Preset(NamedTuple):
    """What a preset's files say of it.

    Attributes:
        kind: The class of its model.
        weights: Whether it has weights.
        config: Arguments of its model.
        metadata: As in its file.
    """

    kind: str
    weights: bool
    config: dict[str, Any]
    metadata: dict[str, Any]

    @property
    def speakers(self) -> list[str]:
        """Their names; numbers where they have none, and none where there are none."""
        count = self.config.get("num_speakers", 0)
        return self.metadata.get("speakers") or [str(n) for n in range(count)]


def refuse(message: str, hint: str | None = None) -> typer.BadParameter:
    """The error of an argument that is refused.

    Args:
        message: What was expected and received.
        hint: The option, if the message comes from outside of its own check.
    """
    return typer.BadParameter(message, param_hint=hint and f"'{hint}'")


def nearest(name: str, names: Iterable[str]) -> str:
    """A question that names the nearest name, or nothing."""
    near = difflib.get_close_matches(name.lower(), list(names), n=1)
    return f"Did you mean '{near[0]}'? " if near else ""


def one_of(*names: str) -> dict[str, Any]:
    """Settings of an option that takes one of these names, or a list of them."""

    def check(value):
        for name in value if isinstance(value, list | tuple) else [value]:
            if name is not None and name not in names:
                raise refuse(
                    f"{nearest(name, names)}Expected one of {', '.join(names)}. "
                    f"Received: {name}"
                )
        return value

    return {"callback": check, "autocompletion": starting_with(names)}


def starting_with(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Completes what begins like one of the names."""

    def complete(incomplete: str) -> list[str]:
        return [name for name in names if name.startswith(incomplete)]

    return complete


def path_of(*, file: bool = False) -> dict[str, Any]:
    """Settings of a path, `~` for the home folder.

    Args:
        file: Whether it must be a file that is there.
    """

    def check(path):
        if path is None or isinstance(path, list | tuple):
            return path and [check(entry) for entry in path]
        path = home_path(path)
        if file and not path.is_file():
            raise refuse(f"Expected a file. Received: {path}")
        return path

    return {"callback": check}


def check_writable(path: Path) -> None:
    """Refuses a path whose folder, or the nearest that is there, takes no new file."""
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise refuse(
            f"Expected a path in a folder that can be written to. Received: {path}, "
            f"{error.strerror or error}"
        ) from error


def _prepared(path):
    if isinstance(path, list | tuple):
        return [_prepared(entry) for entry in path]
    path = home_path(path)
    if not (path / "index.json").is_file():
        raise refuse(
            "Expected a folder written by `pwavenet prepare`, with index.json. "
            f"Received: {path}"
        )
    return path


def _new(path: Path) -> Path:
    path = home_path(path)
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise refuse(f"Expected a new or an empty folder. Received: {path}")
    check_writable(path)
    return path


def _preset_to_write(path: Path | None) -> Path | None:
    if path is None:
        return None
    path = home_path(path)
    empty = not path.exists() or (path.is_dir() and not any(path.iterdir()))
    if not empty and not (path / "config.json").is_file():
        raise refuse(
            "Expected a new or an empty folder, or a preset to replace. "
            f"Received: {path}"
        )
    check_writable(path)
    return path


def preset_of(*kinds: str, beside: tuple[str, ...] = ()) -> dict[str, Any]:
    """Settings of an option or argument that takes a preset, or a list of them.

    Args:
        *kinds: Classes that will do.
        beside: Words that are no presets but will do.
    """

    def check(value):
        for preset in value if isinstance(value, list | tuple) else [value]:
            if preset is None or preset in beside:
                continue
            found = read_preset(preset)
            if found is None:
                continue
            if found.kind not in kinds:
                raise refuse(
                    f"Expected a preset of a {' or a '.join(kinds)}. "
                    f"Received: {preset}, a {found.kind}"
                )
            if not found.weights:
                raise refuse(
                    f"Expected a preset with weights. Received: {preset}, a "
                    "configuration without"
                )
        return value

    def complete(incomplete: str) -> list[str]:
        from keras_pwavenet.presets import builtin_presets

        names = [
            name
            for name, entry in builtin_presets().items()
            if _class_name(entry["class"]) in kinds and entry["weights"]
        ]
        return starting_with([*beside, *names])(incomplete)

    return {"callback": check, "autocompletion": complete}


def read_preset(preset: str) -> Preset | None:
    """Reads what a preset's files say; None for one that lies on a hub.

    Raises:
        BadParameter: If there is no such preset.
    """
    from keras_pwavenet.presets import builtin_presets, registry, resolve

    if "://" in preset:
        return None
    try:
        builtin = preset in builtin_presets()
        folder = registry.FOLDER / preset if builtin else resolve(preset)
    except (OSError, ValueError) as error:
        raise refuse(" ".join(str(error).split())) from error
    try:
        config = _read_object(folder / "config.json")
        metadata = folder / "metadata.json"
        return Preset(
            _class_name(config["registered_name"]),
            (folder / "model.weights.h5").is_file(),
            dict(config["config"]),
            _read_object(metadata) if metadata.is_file() else {},
        )
    except (AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        text = f"{type(error).__name__}: {error}"
        raise refuse(f"Expected a preset. Received: {folder}, {text}") from error


def _read_object(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except RecursionError as error:
        raise ValueError(f"Expected JSON. Received: {path}") from error


def speaker_number(presets: Iterable[str], speaker: str | None) -> int:
    """The number of a speaker, by name or number, which presets must share.

    Raises:
        BadParameter: If a preset does not know the speaker, has several and none is
            named, or they have different numbers for one name.
    """
    numbers = {_number_in(preset, speaker) for preset in presets}
    if len(numbers) > 1:
        raise refuse(
            "Expected a speaker of one number in all presets. "
            f"Received: {speaker}, of {', '.join(map(str, sorted(numbers)))}",
            "--speaker",
        )
    return numbers.pop()


def _number_in(preset: str, speaker: str | None) -> int:
    found = read_preset(preset)
    if found is None:  # on a hub, where names are not looked up
        if speaker is not None and not speaker.isdecimal():
            raise refuse(
                f"Expected a number for {preset}. Received: {speaker}", "--speaker"
            )
        return int(speaker or 0)
    known = found.speakers
    if speaker is None and len(known) < SEVERAL:
        return 0
    if speaker in known:
        return known.index(speaker)
    if speaker is not None and speaker.isdecimal() and int(speaker) < len(known):
        return int(speaker)
    expected = f"one of {', '.join(known)}, the speakers" if known else "no speakers"
    raise refuse(
        f"{nearest(speaker or '', known)}Expected {expected} of {preset}. "
        f"Received: {speaker or 'none'}",
        "--speaker",
    )


def _class_name(registered: str) -> str:
    return registered.rpartition(">")[2]


Features = Annotated[
    Path, typer.Argument(help="Folder written by `prepare`.", callback=_prepared)
]
Caches = Annotated[
    list[Path], typer.Argument(help="Folders written by `prepare`.", callback=_prepared)
]
Corpus = Annotated[
    Path, typer.Option(help="Folder written by `prepare`.", callback=_prepared)
]
NewFeatures = Annotated[Path, typer.Argument(help="Folder to write.", callback=_new)]
Out = Annotated[
    Path | None,
    typer.Option(
        help="Folder to write the trained model to, as a preset.",
        callback=_preset_to_write,
    ),
]
Speaker = Annotated[
    str | None,
    typer.Option(help="Who speaks, by name or number, if the preset has several."),
]
