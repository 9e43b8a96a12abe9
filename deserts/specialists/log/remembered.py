"""What the log said when it was last read, kept on this machine: who had retired must not come back with a lost server.

Free text, names of who answered and of who wrote stay out; nothing in the file is about a patient.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deserts.config import Settings
from deserts.errors import WRONG_SHAPE, DesertsError
from deserts.specialists.entries import LOG_COLUMNS
from deserts.specialists.log.chain import FIRST_LINK
from deserts.specialists.log_places import remembered_path
from deserts.store import read_sealed, write_sealed
from deserts.store.files import LEFTOVER_S, sweep

__all__ = ["Remembered", "recall_rows", "remember_rows"]

_LEFT_OUT = ("note", "asked", "answered_by", "logged_by")
_KEPT = [name for name in LOG_COLUMNS if name not in _LEFT_OUT]


@dataclass(frozen=True, slots=True)
class Remembered:
    """The last reading of a log.

    Parameters
    ----------
    read_on
        Day of the reading (YYYY-MM-DD).
    rows
        Its entries without free text and names.
    last_link, links
        Link of the last entry that had one, and how many had one.
    """

    read_on: str
    rows: tuple[dict[str, Any], ...]
    last_link: str
    links: int

    def still_stands_in(self, rows: Sequence[Mapping[str, Any]]) -> bool:
        """Whether a log that is read now goes on where this reading ended: nothing was cut off at its end."""
        if not self.links:
            return len(rows) >= len(self.rows)
        return len(rows) >= self.links and rows[self.links - 1].get("link") == self.last_link


def remember_rows(settings: Settings, place: str, rows: Sequence[Mapping[str, Any]], *, now: dt.datetime) -> None:
    """Keep a reading, readable by its owner alone; nothing is written when the same stands there already.

    Parameters
    ----------
    place
        Where the log is, so that two logs are not taken for one.
    rows
        The whole log as `VerificationLog.rows` returns it.
    """
    linked = [row["link"] for row in rows if row.get("link")]
    content = {
        "place": place,
        "last_link": linked[-1] if linked else FIRST_LINK,
        "links": len(linked),
        "rows": [{name: row[name] for name in _KEPT if name in row} | {"entry": row["entry_key"]} for row in rows],
    }
    content["read_on"] = now.date().isoformat()
    if _read(settings) != content:
        path = remembered_path(settings)
        sweep(path.parent, older_than_s=LEFTOVER_S)
        write_sealed(path, content, private=True)


def recall_rows(settings: Settings, place: str) -> Remembered | None:
    """Return the last reading of the log at a place, None when there was none or it cannot be read."""
    content = _read(settings)
    if content is None or content.get("place") != place:
        return None
    try:
        rows = tuple(dict(row) for row in content["rows"])
        return Remembered(str(content["read_on"]), rows, str(content["last_link"]), int(content["links"]))
    except WRONG_SHAPE:
        return None


def _read(settings: Settings) -> dict[str, Any] | None:
    try:
        return read_sealed(remembered_path(settings), fix="", unsealed=True)  # those of before have no seal
    except DesertsError:
        return None
