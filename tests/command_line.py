"""Every command of the program, as a user types it."""

from __future__ import annotations

import functools

import click
import typer

from deserts.cli import build_app


def _below(group: click.Group, words: tuple[str, ...]) -> dict[str, click.Command]:
    context = click.Context(click.Command("deserts"))
    found: dict[str, click.Command] = {}
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if hasattr(command, "list_commands"):
            found |= _below(command, (*words, name))
        else:
            found[" ".join((*words, name))] = command
    return found


@functools.cache
def every_command() -> dict[str, click.Command]:
    """Return each command that is not hidden, by the words that call it."""
    return _below(typer.main.get_command(build_app()), ())


def name_of(words: tuple[str, ...] | list[str]) -> str:
    """Return the words that name a command, out of words that also hold what it is given."""
    names = [" ".join(words[:count]) for count in (3, 2, 1)]
    return next((name for name in names if name in every_command()), words[0] if words else "")
