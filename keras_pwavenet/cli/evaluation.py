"""The command that measures: evaluate."""

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
from keras_pwavenet.cli.features import Prepared, conditioning_of
from keras_pwavenet.cli.paths import Corpus, folder_of_no_file, written
from keras_pwavenet.data.split import SPLITS
from keras_pwavenet.evaluate.measures import JUDGES
from keras_pwavenet.factors import HIGHEST_SEED


@command(
    "pwavenet evaluate en_female --corpus features/ --out report/",
    "pwavenet evaluate student/ --corpus features/ --teacher teacher/",
    "pwavenet evaluate before/ after/ --corpus features/ --out report/",
    "pwavenet evaluate en_female --judge level --judge pesq",
)
def evaluate(
    presets: Annotated[
        list[str],
        typer.Argument(
            help="Built-in name, folder, hf:// or kaggle://; several are compared.",
            **preset_of("ParallelWaveNet", "WaveNet"),
        ),
    ],
    out: Annotated[
        Path,
        typer.Option(
            help="Folder to write the report to.", **written(folder_of_no_file)
        ),
    ] = Path("report"),
    corpus: Corpus = Path("features"),
    teacher: Annotated[
        str | None,
        typer.Option(help="Preset of a student's teacher.", **preset_of("WaveNet")),
    ] = None,
    teacher_clips: Annotated[
        int | None,
        typer.Option(
            help="A teacher is slow: it speaks so many, the shortest of 1 s or more. "
            "0: all.",
            min=0,
            show_default="8",
        ),
    ] = None,
    split: Annotated[
        str, typer.Option(help=f"{', '.join(SPLITS)}.", **one_of(*SPLITS))
    ] = "test",
    speaker: Speaker = None,
    seed: Annotated[
        int,
        typer.Option(help="Of noise, intervals and choice.", min=0, max=HIGHEST_SEED),
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
    """Measure presets on recordings they were not trained on, beside other systems.

    Natural speech, the presets, its teacher, Griffin-Lim and WORLD speak the corpus'
    test clips; every judge installed judges them. The folder then holds report.html,
    summary.json, clips.json, summary.md, spectrograms.png and the audio. The same
    command again goes on where it stopped.
    """
    number = speaker_number(presets, speaker)
    teachers = [
        preset
        for preset in presets
        if (found := read_preset(preset)) and found.kind == "WaveNet"
    ]
    for option, value, given in (
        ("--teacher", teacher, teacher is not None),
        ("--temperature", temperature, temperature != 1),
    ):
        if teachers and given:
            raise refuse(
                f"Expected none with {teachers[0]}, a teacher. Received: {value}",
                option,
            )
    if teacher_clips is not None and not (teacher or teachers):
        raise refuse(
            f"Expected none without a teacher. Received: {teacher_clips}",
            "--teacher-clips",
        )

    names = [Path(preset).name for preset in presets]
    if len(set(names)) < len(names):
        raise refuse(
            "Expected presets of different names, by which the report calls them. "
            f"Received: {', '.join(presets)}",
            "PRESETS",
        )
    kind = conditioning_of(teacher, *presets)
    prepared = Prepared.read(corpus, kind)
    prepared.check_preset(teacher, "--teacher")
    for preset in presets:
        prepared.check_preset(preset, "PRESETS")

    from keras_pwavenet.data import FeatureCache, LinguisticCache
    from keras_pwavenet.evaluate import REPORT, evaluate_preset

    text = evaluate_preset(
        presets[0] if len(presets) == 1 else presets,
        out,
        (LinguisticCache if kind == "linguistic" else FeatureCache)(corpus),
        teacher,
        teacher_clips=8 if teacher_clips is None else teacher_clips or None,
        split=split,
        speaker=number,
        seed=seed,
        temperature=temperature,
        judges=judge,
        report_clips=report_clips,
    )
    typer.echo(text)
    typer.echo(out / REPORT)
