"""How old each listing is by its own date: the 90 days in which a Medicare Advantage plan has to verify a listing.

The date is the record's own (``meta.lastUpdated``, ``last_updated_on``); a payer may have verified a listing without
giving it a new date, so that an old date is a question to the payer and no proof.

References
----------
REAL Health Providers Act (Public Law of 2026-02-03, H.R. 7148, section 6220): verify each listing every 90 days.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import pandas as pd

__all__ = ["VERIFY_DAYS", "Clock", "clock_of", "days_old"]

VERIFY_DAYS = 90
"""Days after which a listing is to be verified again."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How many listings are how old.

    Parameters
    ----------
    dated
        Listings with a date of their own.
    over
        Of these, older than `VERIFY_DAYS` on the day on which the file was got.
    undated
        Listings without a date.
    """

    dated: int
    over: int
    undated: int


def days_old(listed: pd.DataFrame, today: dt.date) -> pd.Series:
    """Return the age of each listing in days (null where the record has no date), on the day it was got, else today.

    Parameters
    ----------
    listed
        Columns ``dated_on`` and ``got_on``, ISO 8601 or empty.
    today
        Day that counts where the day of getting the file is not known.
    """
    got = pd.to_datetime(listed["got_on"].where(listed["got_on"] != "", today.isoformat()), errors="coerce")
    dated = pd.to_datetime(listed["dated_on"].where(listed["dated_on"] != ""), errors="coerce")
    return (got - dated).dt.days.astype("Int64")


def clock_of(listed: pd.DataFrame, today: dt.date) -> Clock:
    """Return how many listings are how old; see `days_old`."""
    days = days_old(listed, today)
    return Clock(int(days.notna().sum()), int((days > VERIFY_DAYS).sum()), int(days.isna().sum()))
