"""What drives become at the hour of an appointment, by the team's own table of hour factors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deserts.patients.jsonable import Jsonable
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Candidate
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.routes import snap_origin
from deserts.roads.clock import hour_text
from deserts.rules.minutes import TICKS_A_MINUTE, hour_band, hour_words, in_words

if TYPE_CHECKING:
    from deserts.roads.hours import HourFactors

__all__ = ["NO_TABLE", "AtHour", "HourDrive", "at_hour", "worded"]

NO_TABLE = (
    "The minutes stay those of an average daytime drive, without an hour: there is no table of hour factors "
    "(hour_factors.csv in the folder of your own tables), and none comes with this program."
)


@dataclass(frozen=True, slots=True)
class HourDrive(Jsonable):
    """One candidate's drive for an appointment at that hour.

    Parameters
    ----------
    npi, name, drive_min
        Who, and the average daytime drive.
    least_min, most_min
        Between how many whole minutes it may take at that hour; null where the table has no row for it.
    words
        The same to read out.
    """

    npi: str
    name: str
    drive_min: float
    least_min: int | None
    most_min: int | None
    words: str


@dataclass(frozen=True, slots=True)
class AtHour(Jsonable):
    """Drives at the hour of an appointment, beside the average daytime drives of the answer.

    Parameters
    ----------
    arrive
        The hour, as 09:00.
    drives
        Each candidate of the answer that has a road; none without a table.
    sources
        Where the factors that were used come from, in the words of the table.
    sentences
        The same to read out.
    """

    arrive: str
    drives: tuple[HourDrive, ...]
    sources: tuple[str, ...]
    sentences: tuple[str, ...]


def at_hour(
    query: BackupQuery, data: BackupData, answer: BackupAnswer, factors: HourFactors | None, *, minute: int | None
) -> AtHour | None:
    """Return what the drives of an answer become at an hour of arrival; None where that was not asked.

    Parameters
    ----------
    query, data, answer
        The question, its tables and its answer.
    factors
        The team's table; None without one.
    minute
        The hour (minutes after midnight).
    """
    if minute is None:
        return None
    arrive = hour_text(minute)
    head = f"To arrive at {arrive}:"
    if factors is None:
        return AtHour(arrive, (), (), (head, NO_TABLE))
    asked = [c for c in answer.candidates if c.drive_min is not None]
    row_of = {str(site): row for row, site in enumerate(data.sites["site_id"])}
    ends = data.snaps[np.array([row_of[c.site_id] for c in asked], dtype=np.int64)]
    start = snap_origin(query.origin, data)[np.zeros(len(asked), dtype=np.int64)]
    low, high, sources = factors.of_drives(data.network, start, ends, minute)
    drives = _drives(asked, low.tolist(), high.tolist())
    told = [f"{drive.name}: {drive.words}" for drive in drives] or ["no drive to say anything of"]
    return AtHour(arrive, drives, sources, (head, *told, *(f"Source of the hours: {source}" for source in sources)))


def _drives(candidates: Sequence[Candidate], low: Sequence[int], high: Sequence[int]) -> tuple[HourDrive, ...]:
    found = []
    for candidate, least, most in zip(candidates, low, high, strict=True):
        assert candidate.drive_min is not None
        told = worded(candidate.drive_min, candidate.plus_minus_min, least, most)
        found.append(HourDrive(candidate.npi, candidate.name, candidate.drive_min, *told))
    return tuple(found)


def worded(drive_min: float, give: int, least: int, most: int) -> tuple[int | None, int | None, str]:
    """Return between how many minutes a drive may take at an hour, None where the table has no row, and words.

    Parameters
    ----------
    drive_min, give
        The average daytime drive, and how far off that may be (minutes).
    least, most
        Between how many thousandths of it a drive takes at that hour; 0 where the table has no row for it.
    """
    ticks = round(drive_min * TICKS_A_MINUTE)
    if not least:
        return None, None, f"{in_words(ticks, give)}; the table says nothing of such places at that hour"
    band = hour_band(ticks, give, least, most)
    return band[0], band[1], hour_words(ticks, give, band)
