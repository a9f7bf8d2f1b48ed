"""The command that measures: evaluate."""

from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command
from keras_pwavenet.cli.arguments import (
    Corpus,
    Speaker,
    one_of,
    path_of,
    preset_of,
    speaker_number,
)
from keras_pwavenet.evaluate.measures import JUDGES

SPLITS = ("train", "validation", "test")


@command(
    "pwavenet evaluate en_female report/ --corpus features/",
    "pwavenet evaluate student/ report/ --corpus features/ --teacher teacher/",
    "pwavenet evaluate en_female report/ --judge level --judge pesq",
)
def evaluate(
    preset: Annotated[
        str,
        typer.Argument(
            help="Built-in name, folder, hf:// or kaggle://.",
            **preset_of("ParallelWaveNet", "WaveNet"),
        ),
    ],
    report: Annotated[
        Path, typer.Argument(help="Folder to write.", **path_of())
    ] = Path("report"),
    corpus: Corpus = Path("features"),
    teacher: Annotated[
        str | None,
        typer.Option(help="Preset of a student's teacher.", **preset_of("WaveNet")),
    ] = None,
    teacher_clips: Annotated[
        int,
        typer.Option(
            help="A teacher is slow: it speaks so many, the shortest of 1 s or more. "
            "0: all.",
            min=0,
        ),
    ] = 8,
    split: Annotated[
        str, typer.Option(help=f"{', '.join(SPLITS)}.", **one_of(*SPLITS))
    ] = "test",
    speaker: Speaker = None,
    seed: Annotated[
        int, typer.Option(help="Of noise, intervals and choice.", min=0)
    ] = 0,
    temperature: Annotated[
        float, typer.Option(help="Factor on a student's noise.", min=0)
    ] = 1.0,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Ask this judge, not all; may be repeated: {', '.join(JUDGES)}.",
            **one_of(*JUDGES),
        ),
    ] = None,
    report_clips: Annotated[
        int, typer.Option(help="Clips to play in the report.", min=0)
    ] = 8,
) -> None:
    """Measure a voice on recordings it was not trained on, beside other systems.

    Natural speech, the preset, its teacher, Griffin-Lim and WORLD speak the corpus'
    test clips; every judge installed judges them. The folder then holds report.html,
    summary.json, clips.json, summary.md, spectrograms.png and the audio. The same
    command again goes on where it stopped.
    """
    number = speaker_number([preset], speaker)

    from keras_pwavenet.data import FeatureCache
    from keras_pwavenet.evaluate import REPORT, evaluate_preset

    text = evaluate_preset(
        preset,
        report,
        FeatureCache(corpus),
        teacher,
        teacher_clips=teacher_clips or None,
        split=split,
        speaker=number,
        seed=seed,
        temperature=temperature,
        judges=judge,
        report_clips=report_clips,
    )
    typer.echo(text)
    typer.echo(report / REPORT)
