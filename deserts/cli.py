"""The command line: a thin face that gathers the topics of ``deserts.commands`` and turns errors into exit codes."""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys

import typer

from deserts import __version__, commands
from deserts.errors import DesertsError

__all__ = ["build_app", "main"]


def build_app() -> typer.Typer:
    """Return the application with every topic's commands registered."""
    app = typer.Typer(
        name="deserts",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="markdown",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="Who can refill this patient's pump, how far away are they, and what happens if they stop?\n\n"
        "Exit codes: 0 done, 2 bad input, 3 something must be made first, 4 a publisher failed, "
        "5 data too old (--strict), 6 a frozen input differs.",
    )

    @app.callback(invoke_without_command=True)
    def root(*, version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
        if version:
            typer.echo(f"deserts {__version__}")
            raise typer.Exit

    for module in sorted(entry.name for entry in pkgutil.iter_modules(commands.__path__)):
        topic = importlib.import_module(f"deserts.commands.{module}")
        if hasattr(topic, "register"):
            topic.register(app)
    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a user's mistake ends in a message and an exit code, never in a traceback."""
    try:
        build_app()(args=arguments)
    except DesertsError as error:
        typer.echo(f"error: {error}", err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:  # a full disk, a folder that may not be written: the user's to mend, not a fault of ours
        typer.echo(f"error: {error.filename or 'input or output'}: {error.strerror or error}", err=True)
        sys.exit(1)
