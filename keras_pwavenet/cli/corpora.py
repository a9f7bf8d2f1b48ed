"""Commands on recordings: prepare, join."""

from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import command


@command(
    "pwavenet prepare recordings/ features/",
    "pwavenet prepare LJSpeech-1.1/ features/ --level -23",
    "pwavenet prepare prompts/ features/ --transcripts prompts.txt",
    "pwavenet prepare recordings/ features/ --one-take --level -23 --highpass 60",
)
def prepare(
    corpus: Annotated[Path, typer.Argument(help="Folder of recordings.")],
    features: Annotated[Path, typer.Argument(help="Folder to write.")],
    layout: Annotated[
        str,
        typer.Option(
            help="auto, folder, ljspeech, piper, vctk, wanikani, prompts or freeswitch."
        ),
    ] = "auto",
    transcripts: Annotated[
        Path | None, typer.Option(help="File of prompts' texts or phrases.")
    ] = None,
    sample_rate: Annotated[int, typer.Option(help="In Hz.")] = 24_000,
    hop_length: Annotated[int, typer.Option(help="Samples a frame.")] = 256,
    win_length: Annotated[int, typer.Option(help="Samples.")] = 1024,
    n_fft: Annotated[int, typer.Option(help="Samples.")] = 1024,
    n_mels: Annotated[int, typer.Option(help="Mel bands.")] = 100,
    fmax: Annotated[
        float | None, typer.Option(help="Upper edge in Hz, else half the rate.")
    ] = None,
    one_take: Annotated[
        bool, typer.Option("--one-take", help="Only the last take of each prompt.")
    ] = False,
    level: Annotated[
        float | None, typer.Option(help="Active-speech level of each speaker in dB.")
    ] = None,
    highpass: Annotated[
        float | None, typer.Option(help="Filter out hum below, in Hz.")
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Threads.")] = None,
) -> None:
    """Compute a corpus' features once, to train from."""
    from keras_pwavenet.audio import LogMelSpectrogram
    from keras_pwavenet.data import last_takes, prepare, read_corpus

    mel = LogMelSpectrogram(
        sample_rate=sample_rate,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        n_mels=n_mels,
        fmax=sample_rate / 2 if fmax is None else fmax,
    )
    clips = read_corpus(corpus, layout, transcripts)
    if one_take:
        clips = last_takes(clips)
    typer.echo(prepare(clips, features, mel, workers, level=level, highpass=highpass))


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
