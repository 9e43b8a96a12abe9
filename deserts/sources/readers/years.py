"""The calendar year that a file's name gives: the one place that reads it."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["FIRST_YEAR", "year_of_name"]

FIRST_YEAR: Final = 2000
"""Earlier years occur in none of the publishers' files; four digits below it are something else."""
_DATA_YEAR: Final = re.compile(r"(?<![A-Za-z])D(\d{2})(?=_|\.|$)")
"""The publisher's own mark of the year that data describe (``…_V10_D24_Prov_Svc.csv``), whatever else is numbered."""
_FOUR_DIGITS: Final = re.compile(r"(?<!\d)(20\d{2})(?!\d)")


def year_of_name(name: str) -> int | None:
    """Return the calendar year of the data that a file's name gives, None where it gives none or several.

    The mark ``D24`` goes before four digits (``cy2012``, ``claims_2023.csv``): a release year may stand beside it.
    Two different years without that mark tell nothing.
    """
    if marked := set(_DATA_YEAR.findall(name)):
        return FIRST_YEAR + int(marked.pop()) if len(marked) == 1 else None
    found = set(_FOUR_DIGITS.findall(name))
    return int(found.pop()) if len(found) == 1 else None
