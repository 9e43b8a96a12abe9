"""Calls that could not be written to the log: kept one a file in the user's own folder until they can be.

Readers count them in at once. A file is taken away only after the log has its entry, and the log knows an entry that it
already has: whatever breaks in between, nothing is lost and nothing stands twice.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from deserts.config import Settings
from deserts.errors import WRONG_SHAPE, InputError
from deserts.specialists.entries import Verification, entry_key, entry_of
from deserts.specialists.log.database import Kept, LogRow, VerificationLog
from deserts.specialists.log_places import waiting_folder
from deserts.store import write_json
from deserts.store.files import LEFTOVER_S, finished, sweep

__all__ = ["keep_waiting", "merge_waiting", "waiting_rows"]


def keep_waiting(settings: Settings, entries: Sequence[Verification], *, recorded_at: str) -> None:
    """Keep entries until the log can be written; files are readable by their owner alone.

    Parameters
    ----------
    recorded_at
        Moment at which they were entered (UTC, ISO 8601), which goes into the log with them.
    """
    folder = waiting_folder(settings)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(folder, older_than_s=LEFTOVER_S)
    for entry in entries:
        content = {"recorded_at": recorded_at, "entry": dataclasses.asdict(entry)}
        write_json(folder / f"{entry_key(entry)}.json", content, private=True)


def waiting_rows(settings: Settings) -> list[LogRow]:
    """Return the calls that wait, oldest first.

    Raises
    ------
    InputError
        If a file is damaged: it is not passed over, since a call would be lost.
    """
    folder = waiting_folder(settings)
    found = [_read(path) for path in finished(folder, "*.json")]
    return sorted(found, key=lambda row: (row.recorded_at, entry_key(row.entry)))


def merge_waiting(settings: Settings, log: VerificationLog) -> Kept:
    """Write the calls that wait to the log, then take their files away.

    Raises
    ------
    SourceError
        If the log cannot be written; all of them go on waiting then.
    """
    rows = waiting_rows(settings)
    kept = log.append_rows(rows)
    for row in rows:
        (waiting_folder(settings) / f"{entry_key(row.entry)}.json").unlink(missing_ok=True)
    return kept


def _read(path: Path) -> LogRow:
    try:
        content: Any = json.loads(path.read_text(encoding="utf-8"))
        row = LogRow(entry_of(content["entry"]), str(content["recorded_at"]))
    except (*WRONG_SHAPE, OSError) as error:
        raise InputError(
            "a call that waits for the log cannot be read",
            where=path,
            expected="the file as it was written",
            fix="move the file away, then log its call again; calls logged meanwhile are kept and wait, too",
        ) from error
    if entry_key(row.entry) != path.stem:
        raise InputError(
            "a call that waits for the log does not say what was written",
            where=path,
            fix="move the file away, then log its call again; calls logged meanwhile are kept and wait, too",
        )
    return row
