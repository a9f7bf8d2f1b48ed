"""Commands that train: train, distill."""

from typing import Annotated

import typer

from keras_pwavenet.cli import training_options as options
from keras_pwavenet.cli.app import command
from keras_pwavenet.cli.arguments import preset_of, refuse
from keras_pwavenet.cli.features import Prepared, conditioning_of
from keras_pwavenet.cli.paths import Features, Out
from keras_pwavenet.presets.limits import LARGEST


@command(
    "pwavenet train features/ runs/teacher --out teacher/ --minutes 60",
    "pwavenet train features/ runs/more --start teacher/ --out better/",
)
def train(
    features: Features,
    run: options.Run,
    start: Annotated[
        str | None,
        typer.Option(
            help="Preset of a teacher to start from, else a new one.",
            **preset_of("WaveNet"),
        ),
    ] = None,
    out: Out = None,
    minutes: options.Minutes = None,
    steps: options.Steps = 1_000_000,
    steps_per_epoch: options.StepsPerEpoch = 100,
    batch_size: options.BatchSize = 4,
    accumulate: options.Accumulate = 1,
    frames: options.Frames = 48,
    channels: options.Channels = None,
    layers: Annotated[
        int | None,
        typer.Option(
            help="A new model's depth.",
            min=1,
            max=LARGEST["num_layers"],
            show_default="20",
        ),
    ] = None,
    cycles: Annotated[
        int | None,
        typer.Option(
            help="How often its layers begin anew to look at neighbours, before they "
            "look twice as far each.",
            min=1,
            max=LARGEST["num_cycles"],
            show_default="2",
        ),
    ] = None,
    kernel_size: options.KernelSize = None,
    order: options.Order = None,
    pitch: options.Pitch = None,
    conditioning: options.Conditioning = None,
    speakers: Annotated[
        bool, typer.Option("--speakers", help="The model tells speakers apart.")
    ] = False,
    learning_rate: options.LearningRate = 1e-3,
    halve_every: options.HalveEvery = 20_000,
    ema: options.Ema = 0.999,
    seed: options.Seed = 0,
    tensorboard: options.TensorBoard = False,
    bfloat16: options.Bfloat16 = False,
    compile_step: options.Compile = False,
) -> None:
    """Train a WaveNet teacher, which speaks sample by sample, slowly.

    It learns how likely each sample is after those before; students learn from it
    with `pwavenet distill`. The same command again goes on where it stopped.
    """
    shape = {"channels": channels, "layers": layers, "cycles": cycles}
    shape |= {"kernel_size": kernel_size, "order": order, "pitch": pitch}
    shape = options.for_new_models(start, **shape, conditioning=conditioning)
    kind = shape.pop("conditioning", None) or conditioning_of(start)
    options.check_places(run, out, pitch)
    prepared = Prepared.read(features, kind)
    prepared.check_crops(frames, batch_size)
    prepared.check_preset(start, "--start")
    if not start:
        prepared.check_order(order)
        prepared.check_pitch(pitch or "auto")
        if (layers or 20) % (cycles or 2):
            raise refuse(
                f"Expected a multiple of the {cycles or 2} cycles. "
                f"Received: {layers or 20}",
                "--layers",
            )

    import keras

    from keras_pwavenet import WaveNet, losses, training
    from keras_pwavenet.data import FeatureCache, LinguisticCache, cache_of
    from keras_pwavenet.models import add_speakers

    training.distribute()
    keras.utils.set_random_seed(seed)
    dtype = "mixed_bfloat16" if bfloat16 else "float32"
    if start:
        model = WaveNet.from_preset(start, dtype=dtype)
        cache = cache_of(features, model.preprocessor)
        if speakers and not model.num_speakers:
            model = add_speakers(model, len(cache.speakers))
    else:
        cache = (LinguisticCache if kind == "linguistic" else FeatureCache)(features)
        several = len(cache.speakers) if speakers else 0
        model = training.new_teacher(cache, num_speakers=several, dtype=dtype, **shape)
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
    if out:
        training.save(model, out, cache)
    _say_what_is_next(
        out,
        f"pwavenet distill {features} runs/student --teacher {out} --out student/",
    )


@command(
    "pwavenet distill features/ runs/warm --teacher teacher/ --out warm/ --loss stft=1",
    "pwavenet distill features/ runs/new --teacher teacher/ --start warm/ --out new/",
)
def distill(
    features: Features,
    run: options.Run,
    teacher: Annotated[
        str, typer.Option(help="Preset of the teacher.", **preset_of("WaveNet"))
    ],
    start: Annotated[
        str | None,
        typer.Option(
            help="Preset of a student to start from, else a new one.",
            **preset_of("ParallelWaveNet"),
        ),
    ] = None,
    out: Out = None,
    loss: options.Losses = None,
    classifier: Annotated[
        str | None,
        typer.Option(
            help="Preset that the perceptual loss hears with.",
            **preset_of("PhonemeClassifier"),
        ),
    ] = None,
    block_size: Annotated[
        int | None,
        typer.Option(
            help="Samples that a new student makes together.",
            min=1,
            max=LARGEST["block_size"],
            show_default="16",
        ),
    ] = None,
    flows: Annotated[
        int | None,
        typer.Option(
            help="Networks of a new student, each of which refines what the one before "
            "has made of the noise.",
            min=1,
            max=LARGEST["flow_layers"],
            show_default="3",
        ),
    ] = None,
    layers: Annotated[
        int | None,
        typer.Option(
            help="Depth of each of them.",
            min=1,
            max=LARGEST["layers_per_cycle"],
            show_default="6",
        ),
    ] = None,
    channels: options.Channels = None,
    kernel_size: options.KernelSize = None,
    order: options.Order = None,
    pitch: options.Pitch = None,
    minutes: options.Minutes = None,
    steps: options.Steps = 1_000_000,
    steps_per_epoch: options.StepsPerEpoch = 100,
    batch_size: options.BatchSize = 4,
    accumulate: options.Accumulate = 1,
    frames: options.Frames = 48,
    learning_rate: options.LearningRate = 1e-3,
    halve_every: options.HalveEvery = 20_000,
    ema: options.Ema = 0.999,
    seed: options.Seed = 0,
    tensorboard: options.TensorBoard = False,
    bfloat16: options.Bfloat16 = False,
    compile_step: options.Compile = False,
) -> None:
    """Distil a student, which speaks all samples at once, fast, from a teacher.

    The same command again goes on where it stopped.
    """
    shape = {"channels": channels, "block_size": block_size, "flows": flows}
    shape |= {"layers": layers, "kernel_size": kernel_size, "order": order}
    shape = options.for_new_models(start, **shape, pitch=pitch)
    options.check_places(run, out, teacher, classifier, pitch)
    prepared = Prepared.read(features, conditioning_of(teacher, start))
    prepared.check_crops(frames, batch_size)
    prepared.check_preset(teacher, "--teacher")
    prepared.check_preset(start, "--start")
    prepared.check_preset(classifier, "--classifier", "sample_rate")
    if not start:
        prepared.check_order(order)
        prepared.check_pitch(pitch or "auto")
        prepared.check_block(block_size or 16)
    hears = any(term.partition("=")[0] == "perceptual" for term in loss or ())
    if hears and not classifier:
        raise refuse("Expected one for the perceptual loss.", "--classifier")
    if classifier and not hears:
        raise refuse(
            f"Only --loss perceptual hears with it. Received: {classifier}",
            "--classifier",
        )

    import keras

    from keras_pwavenet import (
        Distiller,
        ParallelWaveNet,
        PhonemeClassifier,
        WaveNet,
        losses,
        training,
    )
    from keras_pwavenet.data import cache_of
    from keras_pwavenet.models import add_speakers

    training.distribute()
    keras.utils.set_random_seed(seed)
    dtype = "mixed_bfloat16" if bfloat16 else "float32"
    teacher_model = WaveNet.from_preset(teacher, dtype=dtype)
    cache = cache_of(features, teacher_model.preprocessor)
    if start:
        model = ParallelWaveNet.from_preset(start, dtype=dtype)
        if teacher_model.num_speakers and not model.num_speakers:
            model = add_speakers(model, teacher_model.num_speakers)
    else:
        several = teacher_model.num_speakers
        model = training.new_student(cache, num_speakers=several, dtype=dtype, **shape)
    ears = (
        PhonemeClassifier.from_preset(classifier, dtype=dtype) if classifier else None
    )
    settings = {"classifier": ears, "block_size": model.block_size, "policy": dtype}
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
    if out:
        training.save(model, out, cache)
    _say_what_is_next(out, f"pwavenet resynthesize clip.wav spoken.wav --preset {out}")


def _say_what_is_next(out, command: str) -> None:
    if out:
        typer.echo(f"Preset: {out}. Next: {command}")
    else:
        typer.echo(
            "No preset is written. The same command with --out FOLDER --minutes 0 does "
            "one more step and writes it."
        )
