"""Commands that train: train, distill."""

from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command

Features = Annotated[Path, typer.Argument(help="Folder written by `prepare`.")]
Run = Annotated[Path, typer.Argument(help="Folder for checkpoint and logs.")]
Save = Annotated[Path | None, typer.Option("--preset", help="Write the result here.")]
Minutes = Annotated[float | None, typer.Option(help="Stop after this time.")]
Steps = Annotated[int, typer.Option(help="Steps in all, earlier runs included.")]
StepsPerEpoch = Annotated[
    int, typer.Option(help="Steps in an epoch, between two reports.")
]
BatchSize = Annotated[int, typer.Option(help="Crops a step, on all devices.")]
Accumulate = Annotated[int, typer.Option(help="Steps an update.")]
Frames = Annotated[int, typer.Option(help="Conditioning frames in a crop.")]
Channels = Annotated[int, typer.Option(help="Width of a new model.")]
KernelSize = Annotated[int, typer.Option(help="Taps of a new model's convolutions.")]
Order = Annotated[
    int | None,
    typer.Option(
        help="Linear prediction in a new model: taps, 0 for none; by default 24 at "
        "16 kHz."
    ),
]
Pitch = Annotated[
    str,
    typer.Option(
        help="Preset of the pitch predictor of a new model; auto: a built-in one; none."
    ),
]
LearningRate = Annotated[float, typer.Option(help="At the first step.")]
HalveEvery = Annotated[int, typer.Option(help="Steps to half the learning rate.")]
Ema = Annotated[float, typer.Option(help="Momentum of the averaged weights.")]
Seed = Annotated[int, typer.Option(help="Of weights, crops and noise.")]
TensorBoard = Annotated[bool, typer.Option("--tensorboard", help="Log audio too.")]
Bfloat16 = Annotated[bool, typer.Option("--bfloat16", help="Mixed precision.")]
Compile = Annotated[
    bool,
    typer.Option(
        "--compile",
        help="Compile the step: minutes at first, then nearly twice as fast.",
    ),
]


@command(
    "pwavenet train features/ runs/teacher --preset teacher/ --minutes 60",
)
def train(
    features: Features,
    run: Run,
    teacher: Annotated[
        str | None, typer.Option(help="Preset to start from, else a new model.")
    ] = None,
    preset: Save = None,
    minutes: Minutes = None,
    steps: Steps = 1_000_000,
    steps_per_epoch: StepsPerEpoch = 100,
    batch_size: BatchSize = 4,
    accumulate: Accumulate = 1,
    frames: Frames = 48,
    channels: Channels = 64,
    layers: Annotated[int, typer.Option(help="Depth of a new model.")] = 20,
    cycles: Annotated[int, typer.Option(help="Dilation cycles of it.")] = 2,
    kernel_size: KernelSize = 2,
    order: Order = None,
    pitch: Pitch = "auto",
    speakers: Annotated[
        bool, typer.Option("--speakers", help="The model tells voices apart.")
    ] = False,
    learning_rate: LearningRate = 1e-3,
    halve_every: HalveEvery = 20_000,
    ema: Ema = 0.999,
    seed: Seed = 0,
    tensorboard: TensorBoard = False,
    bfloat16: Bfloat16 = False,
    compile_step: Compile = False,
) -> None:
    """Train a WaveNet teacher. The same command again goes on where it stopped."""
    import keras

    from keras_pwavenet import WaveNet, losses, training
    from keras_pwavenet.data import FeatureCache
    from keras_pwavenet.models import add_speakers

    training.distribute()
    keras.utils.set_random_seed(seed)
    cache = FeatureCache(features)
    dtype = "mixed_bfloat16" if bfloat16 else "float32"
    if teacher:
        model = WaveNet.from_preset(teacher, dtype=dtype)
        if speakers and not model.num_speakers:
            model = add_speakers(model, len(cache.speakers))
    else:
        model = WaveNet(
            num_layers=layers,
            num_cycles=cycles,
            residual_channels=channels,
            skip_channels=channels,
            kernel_size=kernel_size,
            num_speakers=len(cache.speakers) if speakers else 0,
            preprocessor=cache.mel,
            predictor_order=order,
            pitch_predictor=training.pitch_predictor(cache.mel, pitch),
            dtype=dtype,
        )
    model.compile(
        training.optimizer(learning_rate, halve_every, ema, accumulate=accumulate),
        losses.MixtureLogisticNLL(),
        jit_compile=compile_step or "auto",
    )
    training.fit(
        model,
        cache,
        run,
        steps=steps,
        minutes=minutes,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        frames=frames,
        seed=seed,
        tensorboard=tensorboard,
    )
    if preset:
        with training.chief_path(preset) as path:
            model.save_to_preset(path)


@command(
    "pwavenet distill features/ runs/warm --teacher teacher/ --loss stft=1",
    "pwavenet distill features/ runs/new --teacher teacher/ --student warm/",
)
def distill(
    features: Features,
    run: Run,
    teacher: Annotated[str, typer.Option(help="Preset of the teacher.")],
    student: Annotated[
        str | None, typer.Option(help="Preset to start from, else a new model.")
    ] = None,
    preset: Save = None,
    loss: Annotated[
        list[str] | None,
        typer.Option(
            help="Train on this loss, NAME or NAME=WEIGHT; may be repeated. By default "
            "kl=1 and stft=10; stft alone is a warm start. A wrong name lists them all."
        ),
    ] = None,
    classifier: Annotated[
        str | None, typer.Option(help="Preset that the perceptual loss hears with.")
    ] = None,
    block_size: Annotated[int, typer.Option(help="Of a new student.")] = 16,
    flows: Annotated[int, typer.Option(help="Of a new student.")] = 3,
    layers: Annotated[int, typer.Option(help="Of each of its flows.")] = 6,
    kernel_size: KernelSize = 2,
    order: Order = None,
    pitch: Pitch = "auto",
    minutes: Minutes = None,
    steps: Steps = 1_000_000,
    steps_per_epoch: StepsPerEpoch = 100,
    batch_size: BatchSize = 4,
    accumulate: Accumulate = 1,
    frames: Frames = 48,
    channels: Channels = 64,
    learning_rate: LearningRate = 1e-3,
    halve_every: HalveEvery = 20_000,
    ema: Ema = 0.999,
    seed: Seed = 0,
    tensorboard: TensorBoard = False,
    bfloat16: Bfloat16 = False,
    compile_step: Compile = False,
) -> None:
    """Distil a student from a teacher. The same command again goes on."""
    import keras

    from keras_pwavenet import (
        Distiller,
        ParallelWaveNet,
        PhonemeClassifier,
        WaveNet,
        losses,
        training,
    )
    from keras_pwavenet.data import FeatureCache
    from keras_pwavenet.models import add_speakers

    training.distribute()
    keras.utils.set_random_seed(seed)
    cache = FeatureCache(features)
    dtype = "mixed_bfloat16" if bfloat16 else "float32"
    teacher_model = WaveNet.from_preset(teacher, dtype=dtype)
    if student:
        model = ParallelWaveNet.from_preset(student, dtype=dtype)
        if teacher_model.num_speakers and not model.num_speakers:
            model = add_speakers(model, teacher_model.num_speakers)
    else:
        model = ParallelWaveNet(
            flow_layers=[layers] * flows,
            layers_per_cycle=layers,
            residual_channels=channels,
            kernel_size=kernel_size,
            block_size=block_size,
            num_speakers=teacher_model.num_speakers,
            preprocessor=cache.mel,
            predictor_order=order,
            pitch_predictor=training.pitch_predictor(cache.mel, pitch),
            dtype=dtype,
        )
    ears = (
        PhonemeClassifier.from_preset(classifier, dtype=dtype) if classifier else None
    )
    settings = {"classifier": ears, "block_size": model.block_size}
    terms = losses.from_terms(loss, **settings) if loss else ()
    distiller = Distiller(teacher_model, model, *terms, seed=seed)
    distiller.compile(
        training.optimizer(learning_rate, halve_every, ema, accumulate=accumulate),
        jit_compile=compile_step or "auto",
    )
    training.fit(
        distiller,
        cache,
        run,
        steps=steps,
        minutes=minutes,
        steps_per_epoch=steps_per_epoch,
        batch_size=batch_size,
        frames=frames,
        seed=seed,
        tensorboard=tensorboard,
    )
    if preset:
        with training.chief_path(preset) as path:
            model.save_to_preset(path)
