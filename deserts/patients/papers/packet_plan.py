"""What a plan's directory and public files say together for one place: facts and evidence page of a packet.

A packet is filed, so all of it rests on public files: the directory, the evidence without any call, the roads. Whom a
file contradicts is not named, no call is repeated, and what is not shown is never called untrue.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from deserts.arrays import Bools
from deserts.earth import KM_PER_MILE
from deserts.networks import check_listings, public_lines
from deserts.networks.listings import rows_of_plan
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import Reach, search_roads
from deserts.patients.search.doubts import doubts_of, plus_minus
from deserts.patients.search.origin import Origin
from deserts.patients.search.plan_listing import PlanMarks, mark_plan
from deserts.patients.search.routes import snap_origin
from deserts.tables.drives import minutes_words

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["PlanFacts", "plan_facts"]


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """What is filed about a plan.

    Parameters
    ----------
    sentences
        The facts of the case: nearest listed and shown, nearest shown at all.
    page
        The evidence page: counts, the listing of the one who is named, dates, hashes, limits.
    drives
        What is doubtful of the drives that are named, see `ComputedFacts`.
    """

    sentences: tuple[str, ...] = ()
    page: tuple[str, ...] = ()
    drives: tuple[Mapping[str, Any], ...] = ()


def plan_facts(plan: str, origin: Origin, data: BackupData) -> PlanFacts:
    """Return what is filed about a plan for one place.

    Parameters
    ----------
    plan
        Identifier or name.
    origin
        Where the patient is; it is not repeated.
    data
        The region, loaded. Answers that are laid over it are set aside.

    Raises
    ------
    UnknownNameError
        If no directory of the run has the plan.
    """
    public = data.unasked or data
    marks = mark_plan(plan, public.sites, public.listings)
    rows = rows_of_plan(public.listings, plan)
    check = check_listings(
        rows, specialists=public.people, sites=public.sites, service=public.service,
        grade=public.service.default_grade, states=public.region_states,
    )  # fmt: skip
    shown = _shown(public)
    start = snap_origin(origin, public)
    reach = search_roads(start, public, limit_min=public.limit_min)
    listed = _nearest(reach, shown & (marks.told == "yes"), public.limit_min)
    of_any = _nearest(reach, shown, public.limit_min)
    first, nearest = (None if site is None else _named(site, start, reach, public) for site in (listed, of_any))
    sentences = (
        _listed_sentence(first, public, is_whole=not check.files.gaps),
        _any_sentence(nearest, public),
    )
    lines = public_lines(
        check, provenance=public.provenance, service=public.service, grade=public.service.default_grade
    )
    drives = tuple({"give": one.give, "unchecked": one.unchecked} for one in (first, nearest) if one)
    return PlanFacts(sentences, (*lines[:1], *_listing(listed, marks), *lines[1:]), drives)


def _shown(data: BackupData) -> Bools:
    """Return the sites of those whom public files alone show at the service's own grade."""
    rank = data.people.set_index("npi")["filed_rank"].reindex(data.sites["npi"]).to_numpy()
    return np.asarray(data.listed & (rank >= 0) & (rank <= data.service.grade(data.service.default_grade).rank))


def _nearest(reach: Reach, member: Bools, limit_min: float) -> int | None:
    """Return the nearest of some sites within the limit; of equally near ones the first by identifier."""
    minutes = np.where(member & (reach.drive_min <= limit_min), reach.drive_min, np.inf)
    site = int(np.argmin(minutes)) if len(minutes) else 0
    return site if len(minutes) and np.isfinite(minutes[site]) else None


@dataclass(frozen=True, slots=True)
class _Named:
    """Somebody who is named, in words; by how many minutes the drive may be off, and whether nobody checked it."""

    words: str
    give: int
    unchecked: bool


def _listed_sentence(named: _Named | None, data: BackupData, *, is_whole: bool) -> str:
    if named is not None:
        return f"Of those whom the plan's directory lists by name, public files show nearest: {named.words}."
    limit = f"within {data.limit_min:.0f} minutes of driving"
    if not is_whole:
        return f"The plan's directory could not be read whole; whether it lists anybody shown {limit} is not known."
    return f"Of those whom the plan's directory lists by name, public files show nobody doing this {limit}."


def _any_sentence(named: _Named | None, data: BackupData) -> str:
    if named is None:
        return f"Of any network, public files show nobody doing this within {data.limit_min:.0f} minutes of driving."
    return f"Of any network, public files show nearest: {named.words}."


def _named(site: int, start: Snaps, reach: Reach, data: BackupData) -> _Named:
    row = data.row(site)
    rank = int(data.people.loc[data.people["npi"] == row["npi"], "filed_rank"].iloc[0])
    place = ", ".join(part for part in (str(row["city"]), str(row["state"])) if part)
    miles = reach.dist_km[site] / KM_PER_MILE
    drive_min = float(reach.drive_min[site])
    (doubt,) = doubts_of(start, data.snaps[np.array([site])], reach.drive_min[[site]], data)
    give = plus_minus(drive_min, row["precision"], doubt, data)
    drive = f"{minutes_words(drive_min, give)} and {miles:.0f} miles by car"
    words = f"{row['name']} in {place} ({data.service.grades[rank].words}), {drive}"
    return _Named(words, give, bool(doubt["unchecked"]))


def _listing(site: int | None, marks: PlanMarks) -> tuple[str, ...]:
    return () if site is None or site not in marks.words else (f"The listing: {marks.words[site]}.",)
