"""The chain over the log's entries: each link is made of the link before, the entry and the moment it was written.

An entry that was changed, taken out or put in between breaks the chain from there on. It guards against accidents and
careless programs, not against somebody who computes a whole new chain: for that, keep a copy elsewhere
(``deserts verifications backup``).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

from deserts.specialists.entries import answer_key, entry_key, entry_of

__all__ = ["FIRST_LINK", "first_fault", "next_link"]

FIRST_LINK = "0" * 64
"""What stands before the first entry."""


def next_link(link: str, *, entry_key: str, recorded_at: str) -> str:
    """Return the link of an entry that follows another's link."""
    return hashlib.sha256(f"{link}\n{entry_key}\n{recorded_at}".encode()).hexdigest()


def first_fault(rows: Iterable[Mapping[str, Any]]) -> str | None:
    """Return what is wrong with the first entry that is not as it was written, None when all are.

    Parameters
    ----------
    rows
        The whole log in the order in which it was written: the fields of an entry, ``id``, ``entry_key``,
        ``recorded_at``, and ``link``, which a log of layout 1 lacks.
    """
    link = FIRST_LINK
    for row in rows:
        entry = entry_of(row)
        if entry_key(entry) != row["entry_key"] or answer_key(entry) != row.get("answer_key", answer_key(entry)):
            return f"entry {row['id']} does not say what was written"
        if "link" not in row:
            continue
        link = next_link(link, entry_key=row["entry_key"], recorded_at=row["recorded_at"])
        if link != row["link"]:
            return f"entry {row['id']} does not follow the one before: an entry was changed, taken out or put in"
    return None
