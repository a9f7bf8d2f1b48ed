"""The command that speaks text."""

import contextlib
import re
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from keras_pwavenet.cli.app import Command, command
from keras_pwavenet.cli.arguments import preset_of, refuse
from keras_pwavenet.cli.backend import check_backend, keep_quiet
from keras_pwavenet.cli.paths import path_of
from keras_pwavenet.cli.voices import audio_to_write
from keras_pwavenet.factors import HIGHEST_SEED, PITCH_SCALES, RATES
from keras_pwavenet.files import home_path

_BAR = 3  # sentences that are worth a progress bar
_FILES = "txt|text|md|rst|srt|vtt|csv|tsv|log|html?|xml|json|docx?|odt|rtf|pdf|epub"
_PATH = re.compile(
    rf"\S+\.({_FILES})|[^\n]*[/\\][^\n]*\.({_FILES})|(~|\.{{0,2}})/\S+|[A-Z]:\\\S+",
    re.IGNORECASE,
)


class _Say(Command):
    """Says what text wants of the shell, where its words become other arguments."""

    def parse_args(self, ctx, args):
        given = list(args)
        try:
            return super().parse_args(ctx, args)
        except typer.TyperException as error:
            # What is not by a name of typer's own is told by its text.
            message = str(getattr(error, "message", ""))
            minus = any(re.match(r"-(\d|\S*\s)", word) for word in given)
            if "No such option" in message and minus:
                error.message = f"Text that begins with - goes after --. {message}"
            elif "unexpected extra argument" in message or "the suffix" in message:
                error.message = f"Text of several words needs quotes. {message}"
            raise


@command(
    'pwavenet say "Your call will be answered in 5 minutes." hello.wav',
    "pwavenet say book.txt book.flac --rate 1.2",
    'echo "Checkbox checked" | pwavenet say - --play',
    'pwavenet say "The [ˈkjuːblət] runs." --phonemes',
    needs_keras=False,
    cls=_Say,
)
def say(
    text: Annotated[
        str, typer.Argument(help="What to say, a text file, or - for standard input.")
    ],
    target: Annotated[
        Path | None,
        typer.Argument(metavar="OUT", help="Audio to write.", callback=audio_to_write),
    ] = None,
    preset: Annotated[
        str,
        typer.Option(
            help="Who speaks: a built-in name, a folder, hf:// or kaggle://.",
            **preset_of("ParallelWaveNet"),
        ),
    ] = "en_female",
    rate: Annotated[
        float, typer.Option(help="How fast.", min=RATES[0], max=RATES[1])
    ] = 1.0,
    pitch_scale: Annotated[
        float,
        typer.Option(
            help="Factor on the pitch.", min=PITCH_SCALES[0], max=PITCH_SCALES[1]
        ),
    ] = 1.0,
    seed: Annotated[
        int,
        typer.Option(help="Another number, another take.", min=0, max=HIGHEST_SEED),
    ] = 0,
    lexicon: Annotated[
        Path | None,
        typer.Option(
            help="Words that are said otherwise: a word and its IPA on each line.",
            **path_of(file=True),
        ),
    ] = None,
    play: Annotated[
        bool,
        typer.Option(
            "--play",
            help="Play it while it is made; needs sounddevice and PortAudio.",
        ),
    ] = False,
    phonemes: Annotated[
        bool, typer.Option("--phonemes", help="Show what would be said, in IPA.")
    ] = False,
) -> None:
    """Speak text.

    Words that come out wrong can be given as phonemes in brackets. OUT's suffix names
    the format: .wav, .flac, .ogg, ...
    """
    if target is None and not play and not phonemes:
        raise refuse("Expected OUT, --play or --phonemes. Received: none of them")
    for source in filter(_is_file, (text, lexicon or "")):
        if target and target.exists() and target.samefile(home_path(source)):
            raise refuse(
                f"Expected another file than is read. Received: {target}", "OUT"
            )
    if play:
        _sounddevice()
    from keras_pwavenet.speech.base import text_settings
    from keras_pwavenet.text import phonemize, read_lexicon

    speaks = target is not None or play
    settings = text_settings(preset) if speaks else {}
    language = settings.get("language", "en-us")
    own = read_lexicon(lexicon, language) if lexicon else None
    with warnings.catch_warnings(record=True, action="always") as told:
        said = phonemize(_text(text), language, own)
    for warning in told:
        typer.echo(f"Warning: {warning.message}", err=True)
    if not said:
        raise ValueError(
            f"Expected a text in which something can be said. Received: {text!r:.80}"
        )
    if phonemes:
        typer.echo("\n".join("".join(sentence) for sentence in said))
    if speaks:
        _speak(preset, said, target, play, (rate, pitch_scale, seed))


def _text(text: str) -> str:
    """What an argument stands for."""
    if text == "-":
        name = "standard input"
        content = sys.stdin.buffer.read() if sys.stdin else b""
    elif _is_file(text):
        content, name = home_path(text).read_bytes(), text
    elif _PATH.fullmatch(text):
        raise FileNotFoundError(
            "Expected a text, or a text file that exists; to say its name, write "
            f"`echo {text} | pwavenet say - ...`. Received: {text}"
        )
    else:  # What of an argument is no UTF-8 becomes surrogates.
        content, name = text.encode("utf-8", "surrogateescape"), "an argument"
    try:
        found = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"Expected text in UTF-8. Received: {name}, where byte {error.start} is "
            f"{content[error.start]:#04x}"
        ) from error
    if not found.strip():
        raise ValueError(
            "Expected a text in which something can be said. "
            f"Received: {name}, which is empty"
        )
    return found


def _is_file(text: str) -> bool:
    try:
        return home_path(text).is_file()
    except (OSError, RuntimeError, ValueError):  # too long for a name, ...
        return False


def _speak(preset, said, target, play, options):
    import tqdm

    from keras_pwavenet.audio import writing_audio

    tts = _loaded(preset)
    few = len(said) < _BAR
    bar = tqdm.tqdm(said, unit="sentence", disable=True if few else None)
    samples = 0
    with contextlib.ExitStack() as stack:
        sinks = []
        if target is not None:
            sinks.append(stack.enter_context(writing_audio(target, tts.sample_rate)))
        if play:
            sinks.append(stack.enter_context(_player(tts.sample_rate)))
        for audio in tts.speak(bar, *options):
            samples += len(audio)
            for sink in sinks:
                sink(audio)
    if target is not None:
        seconds = samples / tts.sample_rate
        typer.echo(f"{target}: {seconds:.1f} s at {tts.sample_rate} Hz")


def _loaded(preset):
    """The voice: on LiteRT if it can, else on Keras."""
    from keras_pwavenet.speech import light

    if light.can_speak(preset):
        return light.LightTextToSpeech.from_preset(preset)
    check_backend()
    keep_quiet()
    from keras_pwavenet.speech import TextToSpeech

    return TextToSpeech.from_preset(preset)


@contextlib.contextmanager
def _player(sample_rate: int) -> Iterator:
    """Plays what it is given."""
    with _sounddevice().OutputStream(
        sample_rate, channels=1, dtype="float32"
    ) as stream:
        yield lambda audio: stream.write(audio[:, None])


def _sounddevice():
    """The package that plays, where there is something to play on."""
    try:
        import sounddevice
    except ImportError as error:
        raise ImportError(
            "--play needs one more package: pip install sounddevice"
        ) from error
    except OSError as error:
        raise OSError(
            "--play needs the library PortAudio, on Debian and Ubuntu: "
            f"apt-get install libportaudio2. Received: {error}"
        ) from error
    try:
        sounddevice.query_devices(kind="output")
    except (ValueError, sounddevice.PortAudioError) as error:
        raise OSError(
            f"Expected a device that plays, for --play. Received: {error}"
        ) from error
    return sounddevice
