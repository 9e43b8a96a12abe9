"""Copies of the log: one file that holds all of it, and the way back.

A copy is a SQLite file whatever the log is, checked after it was written. Putting a copy back never takes an entry
away: what the log lacks is appended. A SQLite log that cannot be read is set aside first, under a name that says when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from deserts.errors import InputError, SourceError
from deserts.specialists.entries import entry_of
from deserts.specialists.log.database import DamagedLogError, Kept, LogRow, VerificationLog
from deserts.store import atomic_path

__all__ = ["Restored", "copy_log", "restore_log"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What putting a copy back did: entries in the copy, what became of them, and where the old file was set aside."""

    entries: int
    kept: Kept
    set_aside: Path | None = None


def copy_log(log: VerificationLog, path: Path) -> int:
    """Write all of a log into one new file that its owner alone can read; return how many entries it holds.

    Raises
    ------
    InputError
        If the file is there already: a copy is never written over another.
    SourceError
        If the log cannot be read.
    """
    if path.exists():
        raise InputError("there is a file of that name already", where=path, fix="choose another name")
    rows = log.rows()
    with atomic_path(path, private=True) as temporary:
        temporary.unlink()
        copy = _log_in(temporary)
        copy.append_rows([_log_row(row) for row in rows])
        if not rows:
            temporary.touch(mode=0o600)
        written = [row["entry_key"] for row in copy.rows()] if rows else []
        if written != [row["entry_key"] for row in rows]:
            raise SourceError("the copy does not hold what the log holds", where=path, fix="try again")
    return len(rows)


def restore_log(path: Path, log: VerificationLog, *, now: dt.datetime) -> Restored:
    """Append to a log what a copy holds and the log lacks.

    Parameters
    ----------
    path
        A copy made by `copy_log`, or the SQLite file of another log.
    log
        Where it goes. A SQLite file that cannot be read is set aside and a new one made.
    now
        For the name under which it is set aside.

    Raises
    ------
    InputError
        If there is no such copy.
    SourceError
        If the copy is damaged, or the log cannot be written.
    """
    if not path.is_file():
        raise InputError("there is no such file", where=path, expected="a copy of the log")
    rows = [_log_row(row) for row in _log_in(path).rows()] if path.stat().st_size else []
    aside = None
    try:
        log.rows()
    except DamagedLogError:
        if log.file is None:
            raise
        aside = _set_aside(log.file, now)
    return Restored(len(rows), log.append_rows(rows), aside)


def _set_aside(file: Path, now: dt.datetime) -> Path:
    """Rename a damaged log, with the journal that a crashed writer may have left beside it."""
    aside = file.with_name(f"{file.name}.damaged-{now.strftime('%Y%m%dT%H%M%S')}")
    for ending in ("-journal", "-wal", "-shm", ""):
        part = file.with_name(file.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def _log_in(path: Path) -> VerificationLog:
    return VerificationLog(sa.URL.create("sqlite", database=str(path)), path)


def _log_row(row: Mapping[str, Any]) -> LogRow:
    return LogRow(entry_of(row), str(row["recorded_at"]))
