"""An hour of the day, as people write it."""

from __future__ import annotations

import re
from pathlib import Path

from deserts.errors import InputError

__all__ = ["DAY_MINUTES", "hour_text", "read_hour"]

DAY_MINUTES = 24 * 60
_FORM = "an hour as 09:00 or 14:30"
_HOUR = re.compile(r"([0-9]{1,2}):([0-9]{2})")


def read_hour(text: str, *, where: str | Path, last: int = DAY_MINUTES - 1) -> int:
    """Return an hour of the day as minutes after midnight.

    Parameters
    ----------
    text
        Such as ``09:00``.
    where
        For messages.
    last
        The latest that is allowed (minutes after midnight).

    Raises
    ------
    InputError
        If it is none.
    """
    found = _HOUR.fullmatch(text.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found is not None and int(found[2]) < 60 else DAY_MINUTES + 1
    if minutes > last:
        raise InputError("that is no hour of a day", where=where, expected=_FORM)
    return minutes


def hour_text(minute: int) -> str:
    """Return minutes after midnight as 09:00."""
    return f"{minute // 60:02}:{minute % 60:02}"
