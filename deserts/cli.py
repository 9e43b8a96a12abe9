"""The command line: a thin face that finds commands by ``deserts.commands.groups`` and turns errors into exit codes."""

from __future__ import annotations

import difflib
import functools
import importlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperGroup

from deserts.commands.groups import FORMER_GROUPS, GROUPS, TOP, Entry, Group, former_names
from deserts.errors import DesertsError
from deserts.system import open_terminal
from deserts.version import __version__

if TYPE_CHECKING:
    from typer._click import Command, Context, HelpFormatter  # the copy of click that typer carries

__all__ = ["build_app", "main"]

_VERSION = f"deserts {__version__}"
_CONTEXT = {"help_option_names": ["-h", "--help"]}


def _load(entry: Entry, name: str, *, hidden: bool = False, notice: str | None = None) -> Command:
    """Import the module of a command and build it under a name; a notice is told before it does its work."""
    found: Callable[..., Any] | typer.Typer = getattr(importlib.import_module(entry.module), entry.attribute)
    app = typer.Typer(add_completion=False, rich_markup_mode="markdown", pretty_exceptions_enable=False)
    if isinstance(found, typer.Typer):
        app.add_typer(found, name=name, hidden=hidden, rich_help_panel=entry.panel)
        command: Command = typer.main.get_group(app).commands[name]
    else:
        app.command(name, hidden=hidden, rich_help_panel=entry.panel, context_settings=_CONTEXT)(found)
        command = typer.main.get_command(app)
    if notice is not None:
        command.callback = _telling(notice, command.callback)
    return command


def _telling(notice: str, body: Callable[..., Any] | None) -> Callable[..., Any]:
    """Return the body of a command, preceded by a line on standard error."""

    @functools.wraps(body or _telling)
    def told(*arguments: Any, **options: Any) -> Any:
        typer.echo(notice, err=True)
        return None if body is None else body(*arguments, **options)

    return told


def _meant(typed: str) -> str:
    """Return the commands that a mistyped word may mean, with their groups."""
    known = {name: name for name in (*TOP, *GROUPS)}
    for group, held in GROUPS.items():
        known |= {name: f"{group} {name}" for name in held.entries if name not in known}
    close = [known[name] for name in difflib.get_close_matches(typed, known)]
    return f" Did you mean {', '.join(f'`deserts {words}`' for words in close)}?" if close else ""


class _LazyGroup(TyperGroup):
    """A group that imports the module of a command when the command is asked for."""

    entries: Mapping[str, Entry] = {}

    def list_commands(self, ctx: Context) -> list[str]:  # noqa: ARG002  the signature is typer's
        """Return the names in the order of the table."""
        return list(self.entries)

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:  # noqa: ARG002
        """Return a command of the group, or None."""
        entry = self.entries.get(cmd_name)
        return None if entry is None else _load(entry, cmd_name)


def _group(name: str, group: Group) -> Command:
    built = _LazyGroup(
        name=name, help=group.help, no_args_is_help=True, hidden=not group.entries, rich_markup_mode="markdown",
        rich_help_panel=group.panel, context_settings=dict(_CONTEXT),
    )  # fmt: skip
    built.entries = group.entries
    return built


class _Root(_LazyGroup):
    """The top: what each user needs daily, the groups, and the names that commands had before the groups (hidden)."""

    entries = TOP

    def list_commands(self, ctx: Context) -> list[str]:
        """Return the commands at the top, then the groups."""
        return [*super().list_commands(ctx), *GROUPS]

    def get_command(self, ctx: Context, cmd_name: str) -> Command | None:
        """Return a command, a group, or the command that had this name before the groups."""
        if cmd_name in GROUPS:
            return _group(cmd_name, GROUPS[cmd_name])
        for former, group, name, entry in former_names():
            if former == cmd_name:
                notice = f"note: `deserts {former}` is now `deserts {group} {name}`; the old name will go"
                return _load(entry, former, hidden=True, notice=notice)
        return super().get_command(ctx, cmd_name)

    def format_commands(self, ctx: Context, formatter: HelpFormatter) -> None:
        """Write a paragraph a user: what each needs daily, then the groups."""
        panels: dict[str, list[tuple[str, str]]] = {}
        for name in self.list_commands(ctx):
            command = self.get_command(ctx, name)
            if command is not None and not command.hidden:
                purpose = " ".join((command.help or "").partition("\n\n")[0].split()).replace("`", "")
                panels.setdefault(getattr(command, "rich_help_panel", None) or "Commands", []).append((name, purpose))
        for panel, rows in panels.items():
            with formatter.section(panel):
                formatter.write_dl(rows)

    def resolve_command(self, ctx: Context, args: list[str]) -> tuple[str | None, Command | None, list[str]]:
        """Read a former command's name followed by a command of the group that may be called so as that command."""
        group = FORMER_GROUPS.get(args[0])
        if group is not None and args[1:] and args[1] in GROUPS[group].entries:
            args = [group, *args[1:]]
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            ctx.fail(f"No such command {args[0]!r}.{_meant(args[0])}")
        return super().resolve_command(ctx, args)


def build_app() -> typer.Typer:
    """Return the application: every command is found when it is asked for."""
    app = typer.Typer(
        name="deserts",
        cls=_Root,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,  # plain: rich takes longer to import than everything else that --help does
        pretty_exceptions_enable=False,
        context_settings=_CONTEXT,
        help="Who can refill this patient's pump, how far away are they, and what happens if they stop?\n\n"
        "Exit codes: 0 done, 2 bad input, 3 something must be made first, 4 a publisher failed, "
        "5 data too old (--strict), 6 a frozen input differs, 7 not to be published as it is.",
    )

    @app.callback(invoke_without_command=True)
    def root(*, version: bool = typer.Option(False, "--version", help="Print the version and leave.")) -> None:
        if version:
            typer.echo(_VERSION)
            raise typer.Exit

    return app


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; a user's mistake ends in a message and an exit code, never in a traceback."""
    open_terminal()
    if (sys.argv[1:] if arguments is None else arguments) == ["--version"]:
        typer.echo(
            _VERSION
        )  # before typer looks at it: its reading of options imports pydantic where that is installed
        sys.exit(0)
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
