"""The application, and how a command joins it."""

import functools
from collections.abc import Callable

import typer

_EXPECTED = (FloatingPointError, ImportError, OSError, RuntimeError, ValueError)

app = typer.Typer(
    name="pwavenet",
    help="Parallel WaveNet: speak recordings again, train, distil, evaluate voices.",
    epilog="The backend is chosen by KERAS_BACKEND: tensorflow, jax or torch.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def command(*examples: str) -> Callable[[Callable], Callable]:
    """Registers a command whose expected errors end it with one line and status 1.

    Ctrl-C ends it with status 130, and with the line that a training run has left.
    """

    def register(function: Callable) -> Callable:
        @functools.wraps(function)
        def run(*args, **kwargs):
            try:
                function(*args, **kwargs)
            except _EXPECTED as error:
                typer.echo(f"Error: {' '.join(str(error).split())}", err=True)
                raise typer.Exit(1) from error
            except KeyboardInterrupt as interrupt:
                if str(interrupt):
                    typer.echo(str(interrupt), err=True)
                raise typer.Exit(130) from interrupt

        # \b keeps the lines as they are.
        epilog = "\n  ".join(["\b\nExamples:", *examples])
        return app.command(epilog=epilog)(run)

    return register
