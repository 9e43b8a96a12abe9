"""What an answer becomes while some roads are closed: how much longer each drive is, and who is the nearest then."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deserts.errors import InputError
from deserts.patients.jsonable import Jsonable
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Candidate, TierList
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import find_backups
from deserts.patients.search.routes import snap_origin, times_to
from deserts.patients.search.team import TeamFacts
from deserts.tables.drives import minutes_words

if TYPE_CHECKING:
    from deserts.arrays import Floats
    from deserts.roads.closings import Closing

__all__ = ["ClosedDrive", "RoadsClosed", "roads_closed"]

_SNOW = "every road that is shut in winter"
_SAME_MIN = 0.5
"""Minutes by which a drive has to change to be told."""


@dataclass(frozen=True, slots=True)
class ClosedDrive(Jsonable):
    """One candidate's drive while the roads are closed.

    Parameters
    ----------
    npi, name, drive_min
        Who, and the drive on open roads.
    closed_min, more_min
        The drive then, and how much longer it is; null where no road leads there then.
    """

    npi: str
    name: str
    drive_min: float
    closed_min: float | None
    more_min: float | None


@dataclass(frozen=True, slots=True)
class RoadsClosed(Jsonable):
    """The answer while roads are closed, beside the answer on open ones.

    Parameters
    ----------
    closed
        Which roads, in words.
    edges
        How many stretches of road that closes.
    drives
        Each candidate of the answer on open roads that has a road.
    first_npi
        NPI of the first candidate of each tier then, by tier; empty where there is none.
    sentences
        The same to read out.
    """

    closed: str
    edges: int
    drives: tuple[ClosedDrive, ...]
    first_npi: dict[str, str]
    sentences: tuple[str, ...]


def roads_closed(
    query: BackupQuery,
    data: BackupData,
    facts: TeamFacts,
    answer: BackupAnswer,
    *,
    closings: Sequence[Closing] = (),
    snow: bool = False,
) -> RoadsClosed | None:
    """Return what an answer becomes while some roads are closed; None where none is to be closed.

    Parameters
    ----------
    query, data, facts, answer
        The question, its tables and its answer on open roads.
    closings
        Lines across roads, or areas whose roads are closed.
    snow
        Whether roads that are shut in winter are closed too.

    Raises
    ------
    InputError
        If nothing meets a road.
    """
    if not closings and not snow:
        return None
    from deserts.roads.shut import roads_to_shut, shut

    roads = roads_to_shut(data.network, closings, snow=snow)
    if not roads.any():
        raise InputError(
            "no road of the region is shut in winter, by the tags of its extract", where="snow",
            expected="an extract with seasonal roads, or GeoJSON of what is closed",
        )  # fmt: skip
    plain = data if data.unasked is None else data.unasked
    there = dataclasses.replace(plain, network=shut(plain.network, roads), ready=None)
    then = find_backups(query, there, facts)
    drives = _drives(query, there, [c for c in answer.candidates if c.drive_min is not None])
    words = " and ".join([*(closing.name for closing in closings), *([_SNOW] if snow else [])])
    return RoadsClosed(
        closed=words,
        edges=int(roads.sum()),
        drives=drives,
        first_npi={str(tier.tier): tier.candidates[0].npi if tier.candidates else "" for tier in then.tiers},
        sentences=_sentences(answer.tiers, then.tiers, drives, words),
    )


def _drives(query: BackupQuery, there: BackupData, candidates: Sequence[Candidate]) -> tuple[ClosedDrive, ...]:
    """Return the drives to some candidates on a network with closed roads."""
    row_of = {str(site): row for row, site in enumerate(there.sites["site_id"])}
    ends = there.snaps[np.array([row_of[c.site_id] for c in candidates], dtype=np.int64)]
    closed: Floats = times_to(snap_origin(query.origin, there), ends, there, limit_min=None)[0]
    return tuple(
        ClosedDrive(c.npi, c.name, c.drive_min, *((None, None) if np.isnan(m) else (float(m), float(m - c.drive_min))))
        for c, m in zip(candidates, closed, strict=True)
        if c.drive_min is not None
    )


def _sentences(
    before: Sequence[TierList], then: Sequence[TierList], drives: Sequence[ClosedDrive], words: str
) -> tuple[str, ...]:
    """Say of each tier what happens to its first candidate, and who is first then."""
    by_npi = {drive.npi: drive for drive in drives}
    found = []
    for tier, after in zip(before, then, strict=True):
        if not tier.candidates or tier.candidates[0].npi not in by_npi:
            continue
        drive = by_npi[tier.candidates[0].npi]
        more = _more_words(drive)
        if after.candidates and after.candidates[0].npi != drive.npi:
            first = after.candidates[0]
            away = "no road found" if first.drive_min is None else minutes_words(first.drive_min)
            more = f"{more or 'as near as before'}, and the first is another one: {first.name}, {away}"
        found.append(f"{tier.title}: {drive.name}: {more or 'nothing changes'}")
    head = f"If {words} is closed:"
    return (head, *found) if found else (head, "nothing changes")


def _more_words(drive: ClosedDrive) -> str:
    """Return how much longer a drive is, in words; empty where it is not."""
    if drive.closed_min is None or drive.more_min is None:
        return "no road leads there then"
    if drive.more_min < _SAME_MIN:
        return ""
    longer = f"{max(1, round(drive.more_min))} min more"
    return f"{longer} ({minutes_words(drive.closed_min)} instead of {minutes_words(drive.drive_min)})"
