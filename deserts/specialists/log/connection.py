"""Where the team's log is, and whether it can be reached: said without its password."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from deserts.config import Settings
from deserts.errors import DesertsError
from deserts.specialists.log.database import open_log
from deserts.specialists.log.reading import DEADLINE_S, within
from deserts.specialists.log_places import DATABASE_URL, log_file

__all__ = ["Connection", "try_connection", "where_log_is"]


@dataclass(frozen=True, slots=True)
class Connection:
    """The log's place, and what a try to read it gave.

    Parameters
    ----------
    place
        Where the log is, without password or options.
    is_shared
        Whether `DATABASE_URL` is set.
    works
        Whether it was read; None before a try.
    entries
        How many entries it holds; None when it was not read.
    taken_ms
        How long that took (milliseconds); None when it was not read.
    problem
        Why not, and what to do.
    """

    place: str
    is_shared: bool
    works: bool | None = None
    entries: int | None = None
    taken_ms: int | None = None
    problem: str = ""

    def lines(self) -> list[str]:
        """Return all of it as lines of text."""
        source = f"by the environment variable {DATABASE_URL}" if self.is_shared else f"{DATABASE_URL} is not set"
        found = [f"log: {self.place} ({source})"]
        if self.works:
            found.append(f"reading works: {self.entries} entries in {self.taken_ms} ms; each of them is whole")
        elif self.works is False:
            found.append(f"reading fails: {self.problem}")
        return found


def where_log_is(settings: Settings) -> Connection:
    """Return where the log is, without asking it."""
    is_shared = bool(os.environ.get(DATABASE_URL))
    try:
        return Connection(open_log(settings).place if is_shared else str(log_file(settings)), is_shared)
    except DesertsError as error:
        return Connection("an address that cannot be read", is_shared, works=False, problem=_told(error))


def try_connection(settings: Settings, *, deadline_s: float = DEADLINE_S) -> Connection:
    """Read the log once, and verify every entry; nothing is written, and nothing of it is kept.

    Parameters
    ----------
    settings
        Gives the folder of own tables, and with the environment the log.
    deadline_s
        Longest wait (seconds).
    """
    known = where_log_is(settings)
    if known.works is False:
        return known
    started = time.monotonic()
    try:
        log = open_log(settings)
        entries = len(within(deadline_s, log.rows, what=log.place))
    except DesertsError as error:
        return Connection(known.place, known.is_shared, works=False, problem=_told(error))
    taken = round((time.monotonic() - started) * 1000)
    return Connection(known.place, known.is_shared, works=True, entries=entries, taken_ms=taken)


def _told(error: DesertsError) -> str:
    return ". ".join(part for part in (error.what, error.expected and f"Expected: {error.expected}", error.fix) if part)
