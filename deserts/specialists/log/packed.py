"""What clinics told the team that made a region pack: read beside the log of this machine, never written to it."""

from __future__ import annotations

from typing import Any

from deserts.config import Settings
from deserts.errors import InputError
from deserts.sandbox import load_json

__all__ = ["packed_rows"]


def packed_rows(settings: Settings) -> list[dict[str, Any]]:
    """Return the entries that an open pack brings; none where no pack does.

    Raises
    ------
    InputError
        If they cannot be read.
    """
    path = settings.calls_of_pack
    if path is None:
        return []
    try:
        rows = load_json(path.read_bytes(), where=path, what="the calls of a pack")
    except OSError as error:
        raise InputError("the calls of the pack are gone", where=path, fix="open the pack again") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) and row.get("entry") for row in rows):
        raise InputError("the calls of the pack are no list of entries", where=path, fix="get the pack again")
    return rows
