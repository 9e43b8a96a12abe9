"""Read the calls for an answer that must come: the log itself, or what it said last, with a loud line.

Nothing here raises for a log that is locked, damaged, gone or out of reach: the list still comes, and says so.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pandas as pd

from deserts.config import Settings
from deserts.errors import DesertsError, SourceError
from deserts.specialists.log.database import VerificationLog, as_frame, open_log, row_of
from deserts.specialists.log.packed import packed_rows
from deserts.specialists.log.remembered import Remembered, recall_rows, remember_rows
from deserts.specialists.log.waiting import waiting_rows
from deserts.specialists.log_places import remembered_path

__all__ = ["CALLS_NOT_READ", "CallsRead", "accept_as_whole", "read_calls", "within"]

CALLS_NOT_READ = "CALLS NOT READ: names below may have refused or stopped"
"""How every answer begins that was made without the log."""

DEADLINE_S = 1.0
"""Longest time that an answer waits for the log (seconds)."""

_LOCK_WAIT_S = 0.15
"""Longest time that it waits for another program's lock, so that it comes within two seconds; beside two programs that
wrote without pause none of 60 readings was given up."""

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class CallsRead:
    """The calls as far as they could be read.

    Parameters
    ----------
    rows
        Entries with ``LOG_COLUMNS``, those that wait to be written among them; free text is empty in remembered ones.
    warnings
        What every answer must say first; empty when all is well.
    were_read
        Whether the log itself was read, and every call that waits for it.
    """

    rows: pd.DataFrame
    warnings: tuple[str, ...] = ()
    were_read: bool = True


def read_calls(settings: Settings, *, service: str, deadline_s: float = DEADLINE_S) -> CallsRead:
    """Return the calls about a service, in time.

    Parameters
    ----------
    settings
        Gives the folder of own tables, and with the environment the log.
    service
        Only entries of this service.
    deadline_s
        Longest wait (seconds).
    """
    warnings: list[str] = []
    try:
        log = dataclasses.replace(open_log(settings), read_wait_s=_LOCK_WAIT_S)
        last = recall_rows(settings, log.place)
        found = within(deadline_s, log.rows, what=log.place)
        if last is not None and not last.still_stands_in(found):
            warnings.append(_shorter_words(last, found, log.place))
            rows: Sequence[Mapping[str, Any]] = _joined(found, last.rows)
        else:
            rows = found
            _remember(settings, log.place, found)
        warnings += _clock_warning(found)
    except DesertsError as error:
        last = _last_of(settings)
        warnings.append(_loud(error, last))
        rows = () if last is None else last.rows
        return _with_waiting(settings, rows, warnings, service, were_read=False)
    return _with_waiting(settings, rows, warnings, service, were_read=True)


def accept_as_whole(settings: Settings, log: VerificationLog, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keep a reading as the last one although the log does not go on from the one before: somebody said that it may."""
    remember_rows(settings, log.place, rows, now=dt.datetime.now().astimezone())


def within(seconds: float, work: Callable[[], Result], *, what: str) -> Result:
    """Return what some work returns, or give it up after a while: a dead server may answer to no time limit of its own.

    Raises
    ------
    SourceError
        If it took too long.
    """
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  carried over to the caller's thread
            failed.append(error)

    # A daemon: when it hangs for good, the program can still end.
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if failed:
        raise failed[0]
    if not done:
        raise SourceError(f"the verification log did not answer within {seconds:g} seconds", where=what)
    return done[0]


def _last_of(settings: Settings) -> Remembered | None:
    try:
        return recall_rows(settings, open_log(settings).place)
    except DesertsError:
        return None


def _remember(settings: Settings, place: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows and not remembered_path(settings).exists():
        return
    try:
        remember_rows(settings, place, rows, now=dt.datetime.now().astimezone())
    except OSError:
        return  # a folder that cannot be written: the next failure is told without a last reading


def _with_waiting(
    settings: Settings, rows: Sequence[Mapping[str, Any]], warnings: list[str], service: str, *, were_read: bool
) -> CallsRead:
    try:
        waiting = [row_of(row) for row in waiting_rows(settings)]
    except DesertsError as error:
        warnings.append(f"{CALLS_NOT_READ}: {error.what} ({error.where})")
        waiting, were_read = [], False
    try:
        packed = packed_rows(settings)
    except DesertsError as error:
        warnings.append(f"{CALLS_NOT_READ}: {error.what} ({error.where})")
        packed, were_read = [], False
    frame = as_frame(_joined(_joined(rows, waiting), packed))
    return CallsRead(frame[frame["service"] == service].reset_index(drop=True), tuple(warnings), were_read)


def _joined(rows: Sequence[Mapping[str, Any]], more: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    known = {_key(row) for row in rows}
    return [*rows, *(row for row in more if _key(row) not in known)]


def _key(row: Mapping[str, Any]) -> str:
    return str(row.get("entry_key") or row.get("entry"))


def _loud(error: DesertsError, last: Remembered | None) -> str:
    words = f"{CALLS_NOT_READ}. {error.what}."
    if last is None:
        return f"{words} No earlier reading of the log can be read on this machine: ask everybody first."
    return f"{words} What the log said on {last.read_on} still counts; later calls are missing."


def _shorter_words(last: Remembered, found: Sequence[object], place: str) -> str:
    return (
        f"{CALLS_NOT_READ}: the log at {place} had {len(last.rows)} entries on {last.read_on} that it does not go on "
        f"from now ({len(found)} entries). Both are counted. If the log was changed on purpose, run `deserts "
        "verifications check --accept`."
    )


def _clock_warning(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    now = dt.datetime.now(dt.UTC).isoformat(timespec="microseconds")
    newest = max((str(row["recorded_at"]) for row in rows), default="")
    if newest <= now:
        return []
    words = f"CHECK THE CLOCK: this computer says {now[:16]} UTC, and the log has an entry of {newest[:16]}."
    return [f"{words} Answers dated after today are not counted."]
