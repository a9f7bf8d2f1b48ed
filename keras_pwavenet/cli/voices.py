"""Commands that speak: presets, resynthesize, export."""

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command
from keras_pwavenet.cli.arguments import (
    Speaker,
    one_of,
    preset_of,
    read_preset,
    refuse,
    speaker_number,
)
from keras_pwavenet.cli.backend import chosen_backend
from keras_pwavenet.cli.paths import path_of, written
from keras_pwavenet.export import FORMATS, QUANTIZE
from keras_pwavenet.factors import HIGHEST_SEED, PITCH_SCALES, TEMPERATURES
from keras_pwavenet.presets import places

SUFFIXES = {}  # of formats with the same suffix the first is meant
for _name, _entry in FORMATS.items():
    if _entry.suffix:
        SUFFIXES.setdefault(_entry.suffix, _name)


@command("pwavenet presets", "pwavenet presets voices/mine/", needs_keras=False)
def presets(
    folders: Annotated[
        list[str] | None,
        typer.Argument(
            help="Presets of your own, the folder of each; else those built in."
        ),
    ] = None,
) -> None:
    """List presets, with the names of their speakers if they have several."""
    from keras_pwavenet.presets import builtin_presets

    columns = ("NAME", "CLASS", "PARAMETERS", "WEIGHTS", "LICENCE", "DESCRIPTION")
    rows = [columns]
    for name in folders or builtin_presets():
        found = read_preset(name)
        if found is None:
            raise refuse(f"Expected a name or a folder. Received: {name}", "FOLDERS")
        told = found.metadata
        description = [told.get("description")]
        if len(found.speakers) > 1:
            description.append(f"speakers: {', '.join(found.speakers)}")
        rows.append(
            (
                name,
                found.kind,
                f"{told.get('parameter_count', 0):,}",
                "yes" if found.weights else "no",
                told.get("licence") or "",
                "; ".join(filter(None, description)),
            )
        )
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        line = "  ".join(cells).rstrip()
        typer.echo("".join(sign if sign.isprintable() else "?" for sign in line))


def audio_to_write(path: Path | None) -> Path | None:
    """Refuses a file that cannot become audio."""
    if path is None:
        return None
    from keras_pwavenet.audio import audio_format

    path = written(places.check_file)["callback"](path)
    try:
        audio_format(path)
    except ValueError as error:
        raise refuse(str(error)) from error
    return path


@command(
    "pwavenet resynthesize clip.wav spoken.wav --preset en_female",
    "pwavenet resynthesize clip.flac spoken.flac --preset student/ --seed 1",
    "pwavenet resynthesize clip.wav higher.wav --preset student/ --pitch-scale 1.2",
)
def resynthesize(
    source: Annotated[
        Path, typer.Argument(metavar="IN", help="A recording.", **path_of(file=True))
    ],
    target: Annotated[
        Path,
        typer.Argument(metavar="OUT", help="Audio to write.", callback=audio_to_write),
    ],
    preset: Annotated[
        str,
        typer.Option(
            help="Who speaks: a built-in name, a folder, hf:// or kaggle://.",
            **preset_of("ParallelWaveNet", "WaveNet"),
        ),
    ] = "en_female",
    seed: Annotated[
        int | None,
        typer.Option(help="The same number, the same audio.", min=0, max=HIGHEST_SEED),
    ] = None,
    temperature: Annotated[
        float,
        typer.Option(
            help="Factor on a student's noise.",
            min=TEMPERATURES[0],
            max=TEMPERATURES[1],
        ),
    ] = 1.0,
    speaker: Speaker = None,
    pitch_scale: Annotated[
        float,
        typer.Option(
            help="Factor on the pitch, of a student that follows one.",
            min=PITCH_SCALES[0],
            max=PITCH_SCALES[1],
        ),
    ] = 1.0,
) -> None:
    """Speak a recording again with a preset.

    OUT has as many samples as IN, at the same sample rate, in one channel. Its suffix
    names the format: .wav, .flac, .ogg, ...
    """
    if target.exists() and target.samefile(source):
        raise refuse(f"Expected another file than IN. Received: {target}", "OUT")
    number = speaker_number([preset], speaker)
    found = read_preset(preset)
    if found and found.kind == "WaveNet":
        for option, value in (
            ("--temperature", temperature),
            ("--pitch-scale", pitch_scale),
        ):
            if value != 1:
                raise refuse(f"Expected none with a teacher. Received: {value}", option)
    if found and pitch_scale != 1 and not found.config.get("pitch_predictor"):
        raise refuse(
            f"Expected a preset that follows a pitch; {preset} has no pitch predictor. "
            f"Received: {pitch_scale}",
            "--pitch-scale",
        )

    from keras_pwavenet.audio import read_audio, write_audio

    audio, sample_rate = read_audio(source)

    from keras_pwavenet.presets import PresetMixin
    from keras_pwavenet.resynthesis import resynthesize

    model = PresetMixin.from_preset(preset)
    spoken = resynthesize(
        model,
        audio,
        sample_rate,
        *(seed, temperature, number),
        progress=True,
        pitch_scale=pitch_scale,
    )
    write_audio(target, spoken, sample_rate)
    typer.echo(f"{target}: {len(spoken) / sample_rate:.1f} s at {sample_rate} Hz")


@command(
    "pwavenet export en_female served/en_female",
    "pwavenet export en_female served/en_female --version 2",
    "pwavenet export en_female voice.tflite",
    "pwavenet export en_female stream.tflite --format litert_stream",
    "pwavenet export en_female voice.onnx",
    "pwavenet export en_female stream/ --format onnx_stream",
)
def export(
    preset: Annotated[
        str,
        typer.Argument(
            help="Built-in name or folder of a student, or an acoustic model.",
            **preset_of("ParallelWaveNet", "AcousticModel"),
        ),
    ],
    path: Annotated[
        Path, typer.Argument(help="Folder of versions, or file.", **path_of())
    ],
    format: Annotated[
        str | None,
        typer.Option(
            help=f"{', '.join(FORMATS)}.",
            show_default=", ".join(
                [*(f"{name} for {end}" for end, name in SUFFIXES.items()), "else "]
            )
            + "saved_model",
            **one_of(*FORMATS),
        ),
    ] = None,
    version: Annotated[
        int | None,
        typer.Option(help="Of a SavedModel.", min=1, show_default="1"),
    ] = None,
    quantize: Annotated[
        str | None,
        typer.Option(
            help="LiteRT's weights: float32; float16 for acoustic models; either or "
            "int8 for students without filter and source.",
            show_default="float32",
            **one_of(*QUANTIZE),
        ),
    ] = None,
    frames: Annotated[
        list[int] | None,
        typer.Option(
            help="LiteRT: a signature of this length; of a stream a step; may be "
            "repeated.",
            min=1,
        ),
    ] = None,
) -> None:
    """Write a student for TensorFlow Serving, LiteRT or ONNX runtimes."""
    named = SUFFIXES.get(path.suffix.lower())
    if path.suffix and not named and format is None and not path.is_dir():
        raise refuse(
            f"Expected a suffix that names a format, {' or '.join(SUFFIXES)}, or a "
            "folder's name without; for a folder with one give --format saved_model. "
            f"Received: {path}",
            "PATH",
        )
    format = format or named or "saved_model"
    if named and FORMATS[format].suffix != path.suffix.lower():
        raise refuse(
            f"Expected {named} for a name that ends in {path.suffix}. "
            f"Received: {format}",
            "--format",
        )
    given = {"version": version, "quantize": quantize, "frames": frames}
    given = {option: value for option, value in given.items() if value}
    for option in given:
        if option not in FORMATS[format].options:
            owners = [name for name in FORMATS if option in FORMATS[name].options]
            raise refuse(
                f"Only --format {' or '.join(owners)} has it. "
                f"Received: --format {format}",
                f"--{option}",
            )
    if not FORMATS[format].suffix and (path / str(version or 1)).exists():
        raise refuse(
            "Expected a version that does not exist yet: a server may have it in use. "
            f"Received: {path / str(version or 1)}",
            "--version",
        )
    check = places.check_file if FORMATS[format].suffix else places.check_folder
    try:
        check(path)
    except OSError as error:
        raise refuse(str(error), "PATH") from error
    if len(set(frames or ())) < len(frames or ()):
        raise refuse(f"Expected different ones. Received: {frames}", "--frames")
    _check_exportable(preset, format, quantize)
    if chosen_backend() != "tensorflow":
        raise ValueError(
            "Expected the TensorFlow backend, whose graphs are exported; a preset "
            f"loads on any. Received: KERAS_BACKEND={chosen_backend()}"
        )

    from keras_pwavenet.export import export

    typer.echo(export(preset, path, format, **given))


def _check_exportable(preset: str, format: str, quantize: str | None) -> None:
    """Refuses what the format's function would, once Keras is loaded."""
    found = read_preset(preset)
    if found and found.kind == "AcousticModel" and format != "litert":
        raise refuse(
            f"Expected litert for an AcousticModel. Received: {format}", "--format"
        )
    steep = found and (
        found.config.get("predictor_order") or found.config.get("pitch_predictor")
    )
    if quantize == "int8" and found and found.kind == "AcousticModel":
        raise refuse(
            "Expected float32 or float16 for an AcousticModel. Received: int8",
            "--quantize",
        )
    if quantize not in (None, "float32") and steep:
        raise refuse(
            f"Expected float32, as {preset} has a synthesis filter or a harmonic "
            f"source. Received: {quantize}",
            "--quantize",
        )
    if format == "onnx" and importlib.util.find_spec("tf2onnx") is None:
        raise ImportError(
            "Exporting to ONNX needs tf2onnx: pip install onnx tf2onnx. "
            "Received: none installed"
        )
