"""Commands that copy the log of calls, put a copy back, write what waits on this machine, and try the connection."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Annotated

import typer

from deserts.commands.context import build_settings
from deserts.commands.options import DataDir, JsonOut, LocalDir

__all__ = ["backup_log", "connection", "merge", "restore_log"]


def connection(*, json_out: JsonOut = False, data: DataDir = None, local: LocalDir = None) -> None:
    """Say where the log of calls is, and try to read it; its password is never printed, and nothing is written.

    A team shares one log by the environment variable `DESERTS_DATABASE_URL`.

    Examples
    --------
        deserts log verifications connection
    """
    from deserts.errors import SourceError
    from deserts.specialists.log.connection import try_connection

    found = try_connection(build_settings(data=data, local=local))
    if json_out:
        typer.echo(json.dumps(dataclasses.asdict(found), indent=1, ensure_ascii=False))
    else:
        typer.echo("\n".join(found.lines()))
    if not found.works:
        raise SourceError("the log of calls cannot be read", where=found.place, fix=found.problem)


def backup_log(
    path: Annotated[Path, typer.Argument(help="New file to write, for example calls-2026-11.sqlite.")],
    *,
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Copy the whole log, of all services, into one file that only you can read.

    Examples
    --------
        deserts log verifications backup calls-2026-11.sqlite
    """
    from deserts.specialists.log import open_log
    from deserts.specialists.log.copies import copy_log

    log = open_log(build_settings(data=data, local=local))
    count = copy_log(log, path)
    typer.echo(f"{count} entries of {log.place} copied to {path} and checked; team only: holds answers")


def restore_log(
    path: Annotated[Path, typer.Argument(help="A copy that `backup` made.")],
    *,
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Put a copy back: what the log lacks is appended, nothing is taken away; a damaged log is set aside first.

    Examples
    --------
        deserts log verifications restore calls-2026-11.sqlite
    """
    import datetime as dt

    from deserts.specialists.log import copies, open_log

    log = open_log(build_settings(data=data, local=local))
    done = copies.restore_log(path, log, now=dt.datetime.now(dt.UTC))
    if done.set_aside is not None:
        typer.echo(f"the damaged log was set aside: {done.set_aside}", err=True)
    typer.echo(f"{done.entries} entries in the copy, {done.kept.new} of them new in {log.place}")


def merge(
    *,
    data: DataDir = None,
    local: LocalDir = None,
) -> None:
    """Write the calls that wait on this machine to the log.

    Examples
    --------
        deserts log verifications merge
    """
    from deserts.specialists.log import open_log
    from deserts.specialists.log.waiting import merge_waiting

    settings = build_settings(data=data, local=local)
    kept = merge_waiting(settings, open_log(settings))
    typer.echo(f"{kept.new} calls written")
