"""Commands on recordings: prepare, annotate, join."""

import os
from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command
from keras_pwavenet.cli.arguments import nearest, one_of, refuse
from keras_pwavenet.cli.paths import Caches, Features, NewFeatures, path_of
from keras_pwavenet.data import LAYOUTS
from keras_pwavenet.data.bounds import check_preparation
from keras_pwavenet.files import home_path
from keras_pwavenet.presets.limits import LARGEST

_WITH_TRANSCRIPTS = [name for name, needs in LAYOUTS.items() if needs]


def _corpus(path: Path) -> Path:
    path = home_path(path)
    if not os.path.isdir(path):
        near = path.parent.is_dir() and nearest(
            path.name, [other.name for other in path.parent.iterdir() if other.is_dir()]
        )
        raise refuse(f"{near or ''}Expected a folder of recordings. Received: {path}")
    return path


@command(
    "pwavenet prepare recordings/ features/",
    "pwavenet prepare LJSpeech-1.1/ features/ --level -23",
    "pwavenet prepare prompts/ features/ --transcripts prompts.txt",
    "pwavenet prepare recordings/ features/ --one-take --level -23 --highpass 60",
)
def prepare(
    corpus: Annotated[
        Path, typer.Argument(help="Folder of recordings.", callback=_corpus)
    ],
    features: NewFeatures,
    layout: Annotated[
        str,
        typer.Option(
            help=f"How the folder is laid out: auto, {', '.join(LAYOUTS)}.",
            **one_of("auto", *LAYOUTS),
        ),
    ] = "auto",
    transcripts: Annotated[
        Path | None,
        typer.Option(help="File of prompts' texts or phrases.", **path_of(file=True)),
    ] = None,
    sample_rate: Annotated[
        int, typer.Option(help="In Hz.", min=1, max=LARGEST["sample_rate"])
    ] = 24_000,
    hop_length: Annotated[
        int,
        typer.Option(
            help="Samples from one frame to the next.", min=1, max=LARGEST["hop_length"]
        ),
    ] = 256,
    win_length: Annotated[
        int,
        typer.Option(
            help="Samples that a frame hears.", min=1, max=LARGEST["win_length"]
        ),
    ] = 1024,
    n_fft: Annotated[
        int,
        typer.Option(
            help="Samples of its Fourier transform.", min=1, max=LARGEST["n_fft"]
        ),
    ] = 1024,
    n_mels: Annotated[
        int, typer.Option(help="Mel bands of a frame.", min=1, max=LARGEST["n_mels"])
    ] = 100,
    fmax: Annotated[
        float | None,
        typer.Option(help="Upper edge of the bands in Hz, else half the rate.", min=0),
    ] = None,
    one_take: Annotated[
        bool, typer.Option("--one-take", help="Only the last take of each prompt.")
    ] = False,
    level: Annotated[
        float | None,
        typer.Option(
            help="Bring each speaker to this level of speech, in dB below full scale; "
            "-23 is usual.",
            min=-100,
            max=0,
        ),
    ] = None,
    highpass: Annotated[
        float | None,
        typer.Option(help="Filter out hum below this frequency, in Hz.", min=0),
    ] = None,
    workers: Annotated[
        int | None, typer.Option(help="Threads, else one a processor.", min=1, max=1024)
    ] = None,
) -> None:
    """Compute a corpus' features once, to train from.

    A feature is a log-mel frame: how loud each band of pitch is over some
    milliseconds. A tenth of the prompts is set aside for testing and a twentieth for
    validation.
    """
    if transcripts and layout not in ("auto", *_WITH_TRANSCRIPTS):
        raise refuse(
            f"Expected none with --layout {layout}. Received: {transcripts}",
            "--transcripts",
        )
    if layout in _WITH_TRANSCRIPTS and not transcripts:
        raise refuse(
            f"Expected a file with --layout {layout}. Received: none", "--transcripts"
        )
    from keras_pwavenet.audio.mel_scale import check_mel
    from keras_pwavenet.data import last_takes, read_corpus

    settings = {"sample_rate": sample_rate, "n_fft": n_fft, "hop_length": hop_length}
    settings |= {"win_length": win_length, "n_mels": n_mels}
    settings["fmax"] = sample_rate / 2 if fmax is None else fmax
    check_mel(**settings, fmin=0)
    check_preparation(level, highpass, sample_rate)
    clips = read_corpus(corpus, layout, transcripts)
    if one_take:
        clips = last_takes(clips)

    from keras_pwavenet.audio import LogMelSpectrogram
    from keras_pwavenet.data import prepare

    mel = LogMelSpectrogram(**settings)
    typer.echo(prepare(clips, features, mel, workers, level=level, highpass=highpass))


@command("pwavenet annotate features/")
def annotate(features: Features) -> None:
    """Find phones with their durations, and the pitch, in a corpus with transcripts.

    They make the linguistic features, the paper's, on which `pwavenet train
    --conditioning linguistic` trains. It takes some minutes for an hour of English
    speech; what is there already stays.
    """
    from keras_pwavenet.data import (
        FeatureCache,
        follow_pitch,
        segment_corpus,
        segmented,
    )
    from keras_pwavenet.text import phonemize

    cache = FeatureCache(features)
    if not segmented(cache):
        typer.echo(segment_corpus(cache, phonemize))
    if not cache.pitch_followed:
        follow_pitch(cache)
    typer.echo(f"{features} has phones, durations and pitch.")


@command(
    "pwavenet join features/en features/fr features/all",
    "pwavenet join features/vctk features/two --speaker p225 --speaker p226",
)
def join(
    caches: Caches,
    features: NewFeatures,
    speaker: Annotated[
        list[str] | None,
        typer.Option(help="Keep this speaker's clips alone; may be repeated."),
    ] = None,
) -> None:
    """Join prepared corpora to one with several speakers, named after the folders."""
    corpora = {path.absolute().name: path for path in caches}
    if len(corpora) < len(caches):
        raise refuse(
            "Expected folders of different names. Received: "
            + ", ".join(map(str, caches))
        )

    from keras_pwavenet.data import FeatureCache, join
    from keras_pwavenet.data.telling import count

    opened = {name: FeatureCache(path) for name, path in corpora.items()}
    joined = join(opened, features, speaker)
    typer.echo(
        f"{count(len(joined), 'clip')}, {count(len(joined.speakers), 'speaker')} in "
        f"{features}: " + ", ".join(joined.speakers)
    )
