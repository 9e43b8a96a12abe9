"""What people type, read alike at every door: days, words of a list, telephone numbers."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Final

from deserts.rules import typed

__all__ = ["DAY_EXPECTED", "day_in_words", "plain_phone", "read_day", "word_among"]

DAY_EXPECTED: Final = "a day as 12/20/2026 (month first), Dec 20 2026, or 2026-12-20 (YYYY-MM-DD)"

_US_DIGITS: Final = 10


def read_day(text: str) -> dt.date | None:
    """Return the day that a text names in US or ISO form, None when it names none; see `deserts.rules.typed`."""
    number = typed.read_day(text)
    return None if number is None else dt.date.fromordinal(number)


def day_in_words(day: dt.date, *, today: dt.date) -> str:
    """Return a day with its name and distance: ``Sunday, December 20, 2026, 22 days from now``."""
    return typed.in_words(day.toordinal(), today.toordinal())


def word_among(text: str, allowed: Iterable[str]) -> str | None:
    """Return the word of a list that a text means, in any case, blank, ``-`` and ``_`` being alike; None for none."""
    words = {_bare(word): word for word in allowed}
    return words.get(_bare(text))


def _bare(text: str) -> str:
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def plain_phone(text: str) -> str:
    """Return a US telephone number as ``207-555-0100``, whatever stood between its digits; other text as it is.

    An extension, or anything that is no digit or separator, leaves the text alone: what a clinic wrote is kept.
    """
    if re.fullmatch(r"\s*(\+?1[\s.-]*)?\(?\d{3}\)?[\s./-]*\d{3}[\s.-]*\d{4}\s*", text) is None:
        return text
    digits = re.sub(r"\D", "", text)[-_US_DIGITS:]
    return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
