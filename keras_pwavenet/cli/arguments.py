"""Arguments of several commands, and what refuses them before Keras is imported."""

import difflib
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

SEVERAL = 2  # speakers from which one must be named


class Preset(NamedTuple):
    """What a preset's files say of it.

    Attributes:
        kind: The class of its model.
        weights: Whether it has weights.
        config: Arguments of its model.
        metadata: As in its file.
        mel: Settings of the features that it hears; empty if it states none.
    """

    kind: str
    weights: bool
    config: dict[str, Any]
    metadata: dict[str, Any]
    mel: dict[str, Any]

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
                    f"Expected a preset of {' or '.join(map(_a, kinds))}. "
                    f"Received: {preset}, {_a(found.kind)}"
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


def _a(kind: str) -> str:
    return f"a{'n' * (kind[:1] in 'AEIOU')} {kind}"


def read_preset(preset: str) -> Preset | None:
    """Reads what a preset's files say; None for one that lies on a hub.

    Raises:
        BadParameter: If there is no such preset.
    """
    from keras_pwavenet.presets import builtin_presets, registry, resolve
    from keras_pwavenet.presets.layout import CONFIG, METADATA, PREPROCESSOR, WEIGHTS

    if "://" in preset:
        return None
    try:
        builtin = preset in builtin_presets()
        folder = registry.FOLDER / preset if builtin else resolve(preset)
    except (OSError, ValueError) as error:
        raise refuse(" ".join(str(error).split())) from error
    files = [folder / name for name in (METADATA, PREPROCESSOR)]
    if not (folder / CONFIG).is_file():
        raise refuse(
            f"Expected a preset, a folder with {CONFIG}. Received: {preset or 'none'}"
        )
    try:
        config = read_object(folder / CONFIG)
        metadata, mel = [read_object(f) if f.is_file() else {} for f in files]
        _check_metadata(metadata)
        return Preset(
            _class_name(config["registered_name"]),
            (folder / WEIGHTS).is_file(),
            dict(config["config"]),
            metadata,
            dict(mel.get("config", {})),
        )
    except (AttributeError, LookupError, OSError, TypeError, ValueError) as error:
        text = f"{type(error).__name__}: {error}"
        raise refuse(f"Expected a preset. Received: {folder}, {text}") from error


def _check_metadata(metadata: dict[str, Any]) -> None:
    """Refuses what is shown of a preset, and could not be."""
    speakers = metadata.get("speakers") or []
    texts = [metadata.get(name) or "" for name in ("description", "licence")]
    texts += speakers if isinstance(speakers, list) else [None]
    count = metadata.get("parameter_count", 0)
    if not all(isinstance(text, str) for text in texts) or not isinstance(count, int):
        raise ValueError(
            "Expected metadata with a whole number as parameter_count, and with "
            "description, licence and each speaker as text. "
            f"Received: {[count, *texts]!r:.200}"
        )


def read_object(path: Path) -> dict[str, Any]:
    """Reads a JSON object; ValueError or TypeError if it is none."""
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
    if not known:
        expected = f"no --speaker, as {preset} has one voice"
    else:
        expected = f"one of {', '.join(known)}, the speakers of {preset}"
    raise refuse(
        f"{nearest(speaker or '', known)}Expected {expected}. "
        f"Received: {speaker or 'none'}",
        "--speaker",
    )


def _class_name(registered: str) -> str:
    return registered.rpartition(">")[2]


Speaker = Annotated[
    str | None,
    typer.Option(help="Who speaks, by name or number, if the preset has several."),
]
