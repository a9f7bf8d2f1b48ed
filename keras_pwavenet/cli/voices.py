"""Commands that speak: presets, resynthesize, export."""

from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command


@command("pwavenet presets")
def presets() -> None:
    """List the built-in presets."""
    from keras_pwavenet.presets import builtin_presets

    rows = [("NAME", "CLASS", "PARAMETERS", "WEIGHTS", "LICENCE", "DESCRIPTION")]
    for name, entry in builtin_presets().items():
        kind = entry["class"].rpartition(">")[2]
        parameters = f"{entry['parameter_count']:,}"
        weights = "yes" if entry["weights"] else "no"
        licence, description = entry["licence"], entry["description"]
        rows.append((name, kind, parameters, weights, licence, description))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())


@command(
    "pwavenet resynthesize clip.wav spoken.wav --preset en_female",
    "pwavenet resynthesize clip.flac spoken.flac --preset runs/voice --seed 1",
    "pwavenet resynthesize clip.wav higher.wav --preset voice/ --pitch-scale 1.2",
)
def resynthesize(
    source: Annotated[Path, typer.Argument(metavar="IN", help="A recording.")],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="Audio to write.")],
    preset: Annotated[
        str, typer.Option(help="Built-in name, folder, hf:// or kaggle://.")
    ] = "en_female",
    seed: Annotated[
        int | None, typer.Option(help="The same number, the same audio.")
    ] = None,
    temperature: Annotated[
        float, typer.Option(help="Factor on a student's noise.")
    ] = 1.0,
    speaker: Annotated[
        int, typer.Option(help="Number of the voice, if it has several.")
    ] = 0,
    pitch_scale: Annotated[
        float, typer.Option(help="Factor on the pitch, of a voice that follows one.")
    ] = 1.0,
) -> None:
    """Speak a recording again with a preset's voice.

    OUT has as many samples as IN, at the same sample rate, in one channel. Its suffix
    names the format: .wav, .flac, .ogg, ...
    """
    from keras_pwavenet.audio import audio_format, read_audio, write_audio
    from keras_pwavenet.presets import PresetMixin
    from keras_pwavenet.resynthesis import resynthesize

    if not target.absolute().parent.is_dir():
        raise NotADirectoryError(f"No such folder. Received: OUT={target}")
    audio_format(target)
    audio, sample_rate = read_audio(source)
    model = PresetMixin.from_preset(preset)
    spoken = resynthesize(
        model,
        audio,
        sample_rate,
        *(seed, temperature, speaker),
        progress=True,
        pitch_scale=pitch_scale,
    )
    write_audio(target, spoken, sample_rate)
    typer.echo(f"{target}: {len(spoken) / sample_rate:.1f} s at {sample_rate} Hz")


@command(
    "pwavenet export en_female saved_models/en_female --format saved_model",
    "pwavenet export en_female voice.tflite --format litert",
    "pwavenet export en_female voice.onnx --format onnx",
)
def export(
    preset: Annotated[str, typer.Argument(help="Built-in name or folder.")],
    path: Annotated[Path, typer.Argument(help="Folder of versions, or file.")],
    format: Annotated[
        str, typer.Option(help="saved_model, litert or onnx.")
    ] = "saved_model",
    version: Annotated[int, typer.Option(help="Of a SavedModel.")] = 1,
    quantize: Annotated[
        str,
        typer.Option(
            help="LiteRT's weights: float32; float16 or int8 for students without "
            "filter and source."
        ),
    ] = "float32",
    frames: Annotated[
        list[int] | None,
        typer.Option(help="LiteRT: a signature of this length; may be repeated."),
    ] = None,
) -> None:
    """Write a student for TensorFlow Serving, LiteRT or ONNX runtimes."""
    from keras_pwavenet import ParallelWaveNet
    from keras_pwavenet.export import (
        export_litert,
        export_onnx,
        export_saved_model,
    )

    formats = {
        "saved_model": lambda model: export_saved_model(model, path, version),
        "litert": lambda model: export_litert(model, path, quantize, frames or ()),
        "onnx": lambda model: export_onnx(model, path),
    }
    if format not in formats:
        raise ValueError(
            f"Expected --format to be one of {', '.join(formats)}. "
            f"Received: --format={format}"
        )
    if format != "saved_model" and not path.absolute().parent.is_dir():
        raise NotADirectoryError(f"No such folder. Received: PATH={path}")
    typer.echo(formats[format](ParallelWaveNet.from_preset(preset)))
