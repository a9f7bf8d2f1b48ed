"""The command `pwavenet`. Keras is imported by the commands that need it."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

_EXPECTED = (FloatingPointError, ImportError, OSError, RuntimeError, ValueError)

app = typer.Typer(
    name="pwavenet",
    help="Parallel WaveNet: speak recordings again, train teachers, distil students.",
    epilog="The backend is chosen by KERAS_BACKEND: tensorflow, jax or torch.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Features = Annotated[Path, typer.Argument(help="Folder written by `prepare`.")]
Run = Annotated[Path, typer.Argument(help="Folder for checkpoint and logs.")]
Save = Annotated[Path | None, typer.Option("--preset", help="Write the result here.")]
Minutes = Annotated[float | None, typer.Option(help="Stop after this time.")]
Steps = Annotated[
    int, typer.Option(help="Steps in all, earlier runs included; whole epochs.")
]
StepsPerEpoch = Annotated[
    int, typer.Option(help="Steps in an epoch, between two reports.")
]
BatchSize = Annotated[int, typer.Option(help="Crops a step, on all devices.")]
Accumulate = Annotated[int, typer.Option(help="Steps an update.")]
Frames = Annotated[int, typer.Option(help="Conditioning frames in a crop.")]
Channels = Annotated[int, typer.Option(help="Width of a new model.")]
LearningRate = Annotated[float, typer.Option(help="At the first step.")]
HalveEvery = Annotated[int, typer.Option(help="Steps to half the learning rate.")]
Ema = Annotated[float, typer.Option(help="Momentum of the averaged weights.")]
Seed = Annotated[int, typer.Option(help="Of weights, crops and noise.")]
TensorBoard = Annotated[bool, typer.Option("--tensorboard", help="Log audio too.")]
Bfloat16 = Annotated[bool, typer.Option("--bfloat16", help="Mixed precision.")]


def command(*examples: str) -> Callable[[Callable], Callable]:
    """Registers a command whose expected errors end it with one line and status 1."""

    def register(function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*args, **kwargs):
            try:
                function(*args, **kwargs)
            except _EXPECTED as error:
                typer.echo(f"Error: {' '.join(str(error).split())}", err=True)
                raise typer.Exit(1) from error

        # \b keeps the lines as they are.
        epilog = "\n  ".join(["\b\nExamples:", *examples])
        return app.command(epilog=epilog)(run)

    return register


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
        model, audio, sample_rate, seed, temperature, speaker, progress=True
    )
    write_audio(target, spoken, sample_rate)


@command(
    "pwavenet prepare recordings/ features/",
    "pwavenet prepare LJSpeech-1.1/ features/ --sample-rate 22050",
    "pwavenet prepare prompts/ features/ --transcripts prompts.txt",
)
def prepare(
    corpus: Annotated[Path, typer.Argument(help="Folder of recordings.")],
    features: Annotated[Path, typer.Argument(help="Folder to write.")],
    layout: Annotated[
        str, typer.Option(help="auto, folder, ljspeech, vctk or prompts.")
    ] = "auto",
    transcripts: Annotated[
        Path | None, typer.Option(help="File of a prompt collection.")
    ] = None,
    sample_rate: Annotated[int, typer.Option(help="In Hz.")] = 16_000,
    hop_length: Annotated[int, typer.Option(help="Samples a frame.")] = 160,
    win_length: Annotated[int, typer.Option(help="Samples.")] = 800,
    n_fft: Annotated[int, typer.Option(help="Samples.")] = 1024,
    n_mels: Annotated[int, typer.Option(help="Mel bands.")] = 80,
    fmax: Annotated[float, typer.Option(help="Upper edge in Hz.")] = 8000.0,
    workers: Annotated[int | None, typer.Option(help="Threads.")] = None,
) -> None:
    """Compute a corpus' features once, to train from."""
    from keras_pwavenet.audio import LogMelSpectrogram
    from keras_pwavenet.data import prepare, read_corpus

    mel = LogMelSpectrogram(
        sample_rate=sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        n_mels=n_mels,
        fmax=fmax,
    )
    clips = read_corpus(corpus, layout, transcripts)
    typer.echo(prepare(clips, features, mel, workers))


@command("pwavenet join features/en features/fr features/all")
def join(
    caches: Annotated[list[Path], typer.Argument(help="Folders written by `prepare`.")],
    features: Annotated[Path, typer.Argument(help="Folder to write.")],
) -> None:
    """Join prepared corpora to one with several speakers, named after the folders."""
    from keras_pwavenet.data import FeatureCache, join

    voices = {cache.absolute().name: FeatureCache(cache) for cache in caches}
    if len(voices) < len(caches):
        raise ValueError(
            "Expected folders of different names. Received: "
            + ", ".join(map(str, caches))
        )
    joined = join(voices, features)
    typer.echo(
        f"{len(joined)} clips, {len(joined.speakers)} speakers in {features}: "
        + ", ".join(joined.speakers)
    )


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
    speakers: Annotated[
        bool, typer.Option("--speakers", help="The model tells voices apart.")
    ] = False,
    learning_rate: LearningRate = 1e-3,
    halve_every: HalveEvery = 20_000,
    ema: Ema = 0.999,
    seed: Seed = 0,
    tensorboard: TensorBoard = False,
    bfloat16: Bfloat16 = False,
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
            conditioning_channels=cache.mel.n_mels,
            hop_length=cache.mel.hop_length,
            num_layers=layers,
            num_cycles=cycles,
            residual_channels=channels,
            skip_channels=channels,
            num_speakers=len(cache.speakers) if speakers else 0,
            dtype=dtype,
        )
        model.preprocessor = cache.mel
    model.compile(
        training.optimizer(learning_rate, halve_every, ema, accumulate=accumulate),
        losses.MixtureLogisticNLL(),
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
    "pwavenet distill features/ runs/warm --teacher teacher/ --kl-weight 0",
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
    kl_weight: Annotated[float, typer.Option(help="0: a warm start.")] = 1.0,
    power_weight: Annotated[float, typer.Option(help="Of the power loss.")] = 0.0,
    stft_weight: Annotated[float, typer.Option(help="Of the STFT loss.")] = 10.0,
    tone_weight: Annotated[float, typer.Option(help="Of the block tone loss.")] = 0.0,
    contrastive_weight: Annotated[
        float, typer.Option(help="Of minus the KL under another clip's conditioning.")
    ] = 0.0,
    perceptual_weight: Annotated[
        float, typer.Option(help="Of the loss on a phoneme classifier's features.")
    ] = 0.0,
    perceptual_form: Annotated[str, typer.Option(help="gram or features.")] = "gram",
    classifier: Annotated[
        str | None, typer.Option(help="Preset of the phoneme classifier.")
    ] = None,
    inner_samples: Annotated[int, typer.Option(help="Strata of the KL.")] = 8,
    block_size: Annotated[int, typer.Option(help="Of a new student.")] = 8,
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
) -> None:
    """Distil a student from a teacher. The same command again goes on."""
    import keras

    from keras_pwavenet import (
        Distiller,
        ParallelWaveNet,
        PhonemeClassifier,
        WaveNet,
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
            conditioning_channels=cache.mel.n_mels,
            hop_length=cache.mel.hop_length,
            residual_channels=channels,
            block_size=block_size,
            num_speakers=teacher_model.num_speakers,
            dtype=dtype,
        )
        model.preprocessor = cache.mel
    ears = (
        PhonemeClassifier.from_preset(classifier, dtype=dtype) if classifier else None
    )
    distiller = Distiller(
        teacher_model,
        model,
        kl_weight=kl_weight,
        power_weight=power_weight,
        stft_weight=stft_weight,
        tone_weight=tone_weight,
        contrastive_weight=contrastive_weight,
        perceptual_weight=perceptual_weight,
        perceptual_form=perceptual_form,
        classifier=ears,
        inner_samples=inner_samples,
        seed=seed,
    )
    distiller.compile(
        training.optimizer(learning_rate, halve_every, ema, accumulate=accumulate)
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


@command(
    "pwavenet export en_female saved_models/en_female --format saved_model",
    "pwavenet export student/ voice.tflite --format litert --quantize int8",
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
        str, typer.Option(help="LiteRT's weights: float32, float16 or int8.")
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
    if not path.absolute().parent.is_dir():
        raise NotADirectoryError(f"No such folder. Received: PATH={path}")
    typer.echo(formats[format](ParallelWaveNet.from_preset(preset)))


def main() -> None:
    """Runs the command line."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    app()


if __name__ == "__main__":
    main()
