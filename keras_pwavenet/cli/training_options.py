"""What `train` and `distill` have in common."""

from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.arguments import one_of, preset_of, refuse
from keras_pwavenet.cli.paths import folder_of_no_file, written
from keras_pwavenet.data import CONDITIONINGS
from keras_pwavenet.factors import HIGHEST_SEED
from keras_pwavenet.losses import DISTILLATION
from keras_pwavenet.presets import places
from keras_pwavenet.presets.limits import LARGEST

_NEW = "A new model's"
_NAMED = "; ".join(f"{name}: {what}" for name, (*_, what) in DISTILLATION.items())


def _check_losses(terms: list[str] | None) -> list[str] | None:
    from keras_pwavenet.losses.registry import parse_term

    try:
        parsed = [parse_term(term) for term in terms or ()]
    except ValueError as error:
        raise refuse(str(error)) from error
    if len(dict(parsed)) < len(parsed):
        raise refuse(f"Expected each loss once. Received: {', '.join(terms)}")
    if terms and not any(weight for _, weight in parsed):
        raise refuse(f"Expected a weight above 0. Received: {', '.join(terms)}")
    return terms


def _complete_losses(incomplete: str) -> list[str]:
    return [name for name in DISTILLATION if name.startswith(incomplete)]


def _run(path: Path) -> Path:
    return places.check_run_folder(folder_of_no_file(path))


Run = Annotated[
    Path,
    typer.Argument(
        help="Folder for checkpoint and history; the same command again goes on there.",
        **written(_run),
    ),
]
Minutes = Annotated[
    float | None,
    typer.Option(help="Stop after the step in which this time is over.", min=0),
]
Steps = Annotated[
    int,
    typer.Option(
        help="Stop after so many steps in all, earlier runs included.",
        min=1,
    ),
]
StepsPerEpoch = Annotated[
    int,
    typer.Option(
        help="Steps from one report to the next, an epoch; every fifth is validated.",
        min=1,
    ),
]
BatchSize = Annotated[
    int,
    typer.Option(
        help="Crops, short pieces of recordings, a step; of all devices together.",
        min=1,
    ),
]
Accumulate = Annotated[
    int,
    typer.Option(
        help="Steps from one update of the weights to the next, whose gradients are "
        "averaged: as a larger batch, in less memory.",
        min=1,
    ),
]
Frames = Annotated[int, typer.Option(help="Length of a crop in frames.", min=1)]
Channels = Annotated[
    int | None,
    typer.Option(
        help=f"{_NEW} width: numbers that it keeps for each sample or block.",
        min=1,
        max=LARGEST["residual_channels"],
        show_default="64",
    ),
]
KernelSize = Annotated[
    int | None,
    typer.Option(
        help=f"{_NEW} convolutions see so many places each.",
        min=1,
        max=LARGEST["kernel_size"],
        show_default="2",
    ),
]
Order = Annotated[
    int | None,
    typer.Option(
        help=f"{_NEW} linear prediction from so many samples before; 0: none.",
        min=0,
        max=LARGEST["predictor_order"],
        show_default="24 at 16 kHz, in step with the rate",
    ),
]
Pitch = Annotated[
    str | None,
    typer.Option(
        help=f"{_NEW} pitch predictor, a preset; auto: the built-in one for the "
        "features; none: a model that follows no pitch.",
        show_default="auto",
        **preset_of("PitchPredictor", beside=("auto", "none")),
    ),
]
Conditioning = Annotated[
    str | None,
    typer.Option(
        help=f"{_NEW} features: mel, or linguistic, the paper's, which `annotate` "
        "prepares: phones, durations and log-F0, without linear prediction.",
        show_default="mel",
        **one_of(*CONDITIONINGS),
    ),
]
LearningRate = Annotated[
    float, typer.Option(help="How far the first step goes.", min=0)
]
HalveEvery = Annotated[
    int, typer.Option(help="Steps in which the learning rate halves.", min=1)
]
Ema = Annotated[
    float,
    typer.Option(
        help="Momentum of the average of the weights over the steps; the average is "
        "what is validated and written. 0.999 looks back about 1000 steps.",
        min=0,
        max=1,
    ),
]
Seed = Annotated[
    int, typer.Option(help="Of weights, crops and noise.", min=0, max=HIGHEST_SEED)
]
TensorBoard = Annotated[
    bool, typer.Option("--tensorboard", help="Log for TensorBoard, with audio.")
]
Bfloat16 = Annotated[
    bool,
    typer.Option(
        "--bfloat16",
        help="Compute in 16 bits: faster on GPUs and on processors with AMX.",
    ),
]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile the step: minutes at first, then nearly twice as fast.",
    ),
]
Losses = Annotated[
    list[str] | None,
    typer.Option(
        help="What the student is to make small, NAME or NAME=WEIGHT; may be "
        f"repeated. {_NAMED}. By default kl=1 and stft=10; stft alone is a warm start.",
        callback=_check_losses,
        autocompletion=_complete_losses,
    ),
]


def check_places(run: Path, out: Path | None, *used: str | None) -> None:
    """Refuses a folder for the preset that would cost the run or another preset.

    Args:
        run: Folder of the run.
        out: Folder of the preset that will be written.
        *used: Presets that the training needs again.

    Raises:
        BadParameter: If it would.
    """
    from keras_pwavenet.presets import builtin_presets

    own = [preset for preset in used if preset not in builtin_presets()]
    try:
        places.check_places(run, out, *own)
    except OSError as error:
        raise refuse(str(error), "--out") from error


def for_new_models(start: str | None, **given) -> dict:
    """Picks the options that are given, and refuses them beside a model to start from.

    Args:
        start: The preset.
        **given: The options' values by name, None where one is not given.

    Returns:
        Those that are given.

    Raises:
        BadParameter: If there is one, and a preset.
    """
    given = {name: value for name, value in given.items() if value is not None}
    for name, value in given.items():
        if start is not None:
            raise refuse(
                "Expected none with --start, whose model stays as it is. "
                f"Received: {value}",
                f"--{name.replace('_', '-')}",
            )
    return given
