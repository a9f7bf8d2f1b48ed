"""The application, and how a command joins it."""

import contextlib
import functools
import math
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Annotated

import typer
import typer.core

from keras_pwavenet.cli.backend import check_backend, keep_quiet
from keras_pwavenet.version import __version__

_EXPECTED = (FloatingPointError, ImportError, OSError, RuntimeError, ValueError)


class _Group(typer.core.TyperGroup):
    """Ends the command with one line where looking at its arguments fails, too."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, BrokenPipeError):
            raise  # typer ends in silence where nobody reads on.
        except _EXPECTED as error:
            raise _told(error) from error

    def resolve_command(self, ctx, args):
        if args[:1] == ["help"]:
            ctx.fail(
                "Expected a command; for help type `pwavenet --help`, or "
                "`pwavenet COMMAND --help`. Received: help"
            )
        return super().resolve_command(ctx, args)


class Command(typer.core.TyperCommand):
    """Says of numbers that are refused what was expected and received."""

    def make_context(self, info_name, args, parent=None, **extra):
        try:
            ctx = super().make_context(info_name, args, parent, **extra)
        except typer.BadParameter as error:
            found = getattr(error.__cause__, "errors", list)()  # pydantic's
            if found:
                received = found[0]["input"]
                error.message = f"Expected {_wanted(error.param)}. Received: {received}"
            raise
        for param in self.params:
            value = ctx.params.get(param.name)
            if isinstance(value, float) and not math.isfinite(value):
                message = f"Expected {_wanted(param)}. Received: {value}"
                raise typer.BadParameter(message, ctx, param)
        return ctx


def _wanted(param) -> str:
    kind = param.type_descriptor.annotation
    text = {float: "a number"}.get(kind, "a whole number")
    if None not in (param.min, param.max):
        return f"{text} from {param.min:.15g} to {param.max:.15g}"
    return text if param.min is None else f"{text} of {param.min:.15g} or more"


def _told(error: Exception) -> typer.Exit:
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        place = error.filename or "the output"
        reason = f"{place}, {error.strerror}"
        text = f"Expected what can be read or written. Received: {reason}"
    typer.echo(f"Error: {text}", err=True)
    return typer.Exit(1)


app = typer.Typer(
    name="pwavenet",
    cls=_Group,
    epilog="The backend is chosen by KERAS_BACKEND: tensorflow, jax or torch.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pwavenet {__version__}")
        raise typer.Exit


@app.callback()
def pwavenet(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Parallel WaveNet: speak recordings again, train, distil, evaluate voices."""


@contextlib.contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Ends the block, not the process, when a signal comes: nothing half done stays."""

    def end(number, frame):
        signal.signal(number, signal.SIG_DFL)
        raise SystemExit(128 + number)

    numbers = []
    if threading.current_thread() is threading.main_thread():
        names = ("SIGTERM", "SIGHUP")  # Windows lacks the second.
        numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    numbers = [one for one in numbers if signal.getsignal(one) is signal.SIG_DFL]
    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)


def command(
    *examples: str, needs_keras: bool = True, cls: type[Command] = Command
) -> Callable[[Callable], Callable]:
    """Registers a command, whose expected errors end it with one line and status 1.

    Ctrl-C ends it with status 130, and with the line that a training run has left;
    SIGTERM and SIGHUP with 143 and 129.

    Args:
        *examples: Lines for its help.
        needs_keras: Whether it is refused where Keras would find no backend.
        cls: The class of the command.
    """

    def register(function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*args, **kwargs):
            try:
                if needs_keras:
                    check_backend()
                    keep_quiet()
                with _ended_by_signals():
                    function(*args, **kwargs)
            except KeyboardInterrupt as interrupt:
                if str(interrupt):
                    typer.echo(str(interrupt), err=True)
                raise typer.Exit(130) from interrupt

        # \b keeps the lines as they are.
        epilog = "\n  ".join(["\b\nExamples:", *examples])
        return app.command(epilog=epilog, cls=cls)(run)

    return register
