"""Find the next clinician for one patient: one forward search on the road network, then tiers.

`find_backups` is pure: data and question in, answer out. Nothing is written, cached or logged.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from deserts.arrays import Floats
from deserts.errors import InputError
from deserts.patients.search.answer import BackupAnswer, BackupQuery, Candidate, PlaceOption, TierList
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.candidates import CandidateMaker
from deserts.patients.search.eligibility import Marks, mark_sites
from deserts.patients.search.nearest import great_circle_km
from deserts.patients.search.origin import Origin
from deserts.patients.search.pump_places import find_places
from deserts.patients.search.ranking import (
    RankedTier,
    count_people,
    nearest_beyond,
    rank_tier,
    tier_is_final,
)
from deserts.patients.search.routes import snap_origin, times_to
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.unread import list_phrases, search_of
from deserts.patients.search.wording import tier_title
from deserts.patients.words import phrases
from deserts.rules.answer import EVIDENCE_TIERS, nearer_place, tier_notes
from deserts.rules.minutes import TICKS_A_MINUTE, list_notes
from deserts.tables import Status

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = [
    "BackupData",
    "Reach",
    "TeamFacts",
    "find_backups",
    "search_from",
    "search_roads",
    "snap_origin",
    "straight_km",
]

FIRST_SEARCH_MIN = 150.0
"""A smaller search tried before the full limit: near a city it settles the answer. Shorter ones save nothing more."""


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """Minutes (not a number where there are none), kilometres and status from the patient to every site."""

    drive_min: Floats
    dist_km: Floats
    status: np.ndarray


def find_backups(query: BackupQuery, data: BackupData, facts: TeamFacts | None = None) -> BackupAnswer:
    """Return who could take a patient over, in tiers, nearest and independent first.

    Parameters
    ----------
    query
        The question.
    data
        Tables of the region, loaded once.
    facts
        Calls and payer networks of the team; None when there are none.

    Returns
    -------
    BackupAnswer
        Each tier holds up to ``k`` candidates within the limit, or, when it has none there, the nearest one beyond it.
        A shorter answer's tier is the beginning of a longer one's.

    Raises
    ------
    InputError
        If ``k`` or ``max_min`` is not positive.
    UnknownNameError
        If an excluded name is neither an NPI nor a practice of the data, or no directory of the run has the plan.
    """
    _check(query)
    team = facts or TeamFacts()
    data = data.asked(team.standings)
    marks = mark_sites(query, data, team)
    limit_min = data.limit_min if query.max_min is None else query.max_min
    # One more than is shown is ranked, so that what remains when the last one falls is known as well.
    start = snap_origin(query.origin, data)
    lists, reach = _settle(query, data, marks, start, limit_min=limit_min, k=query.k + 1)
    maker = CandidateMaker(
        query=query,
        data=data,
        marks=marks,
        drive_min=reach.drive_min,
        dist_km=reach.dist_km,
        status=_shown_status(reach, limit_min),
        straight_km=straight_km(query.origin, data),
        shown=tuple(site for tier in lists for site in tier.placed[: query.k]),
        ranked=tuple(site for tier in lists for site in tier.placed),
        start=start,
        folded=tuple(site for tier in lists for site in tier.folded[: query.k]),
    )
    words = list_phrases(data.provenance, service=data.service)
    tiers = _tiers(maker, lists, query.k, words)
    places = find_places(query, data, limit_min=limit_min)
    return BackupAnswer(
        place=query.origin.label,
        limit_min=limit_min,
        tiers=tuple(tiers),
        notes=(
            *_notes(query, tiers, limit_min, words),
            *_nearer_place(tiers, places, limit_min),
            *_minutes_notes([*(one for tier in tiers for one in tier.candidates), *places]),
            *filter(None, [marks.plan.note]),
        ),
        set_aside=marks.set_aside,
        provenance=(*data.provenance.lines(query.today), team.last_call_line()),
        is_old=data.provenance.is_old(query.today),
        disclaimer=data.service.words.get("disclaimer", "This informs and is not medical advice."),
        search=search_of(
            data.provenance, service=data.service, found=any(tier.candidates for tier in tiers), name="backups"
        ),
        warnings=team.warnings,
        calls_read=team.calls_read,
        places=places,
        places_in_data=len(data.places.frame),
    )


def _tiers(maker: CandidateMaker, lists: list[RankedTier], k: int, words: dict[str, str]) -> list[TierList]:
    """Return the tiers with their candidates, numbered through the whole answer, and who is folded in each."""
    data, eligible = maker.data, maker.marks.eligible
    tiers: list[TierList] = []
    number = 0
    for position, tier in enumerate(TIER_ORDER):
        shown: list[Candidate] = []
        for site in lists[position].placed[:k]:
            number += 1
            shown.append(maker.make(site, number=number))
        away = lists[position].folded
        in_data = count_people(data.person, eligible.open & (eligible.tier == position))
        folded = tuple(maker.make(site, number=None) for site in away[:k])
        too_far = len(away) - int(eligible.refused[away].sum())
        none = words["tier.none_to_call" if away else "tier.none_found"]
        title = tier_title(tier, data.service)
        tiers.append(TierList(tier, title, in_data, tuple(shown), len(away), folded, too_far, "" if shown else none))
    return tiers


def search_from(origin: Origin, data: BackupData, *, limit_min: float | None) -> Reach:
    """Search once from a patient's place over the road network to every site; see `search_roads`."""
    return search_roads(snap_origin(origin, data), data, limit_min=limit_min)


def search_roads(start: Snaps, data: BackupData, *, limit_min: float | None) -> Reach:
    """Search once from a patient's place over the road network to every site.

    Parameters
    ----------
    start
        The place, from `snap_origin`.
    data
        Network and snapped sites.
    limit_min
        Minutes at which the search stops; None searches everything that has a road.
    """
    return Reach(*times_to(start, data.snaps, data, limit_min=limit_min))


def straight_km(origin: Origin, data: BackupData) -> Floats:
    """Return the great-circle distance (km) from a place to every site, not a number where the site has no place."""
    return great_circle_km(origin, data.lon, data.lat)


def _check(query: BackupQuery) -> None:
    if query.k < 1:
        raise InputError("at least one backup must be asked for", where="-k", expected="a whole number from 1")
    if query.max_min is not None and not query.max_min > 0:
        raise InputError("the longest drive must be positive", where="--max-min", expected="minutes, for example 120")


def _settle(
    query: BackupQuery, data: BackupData, marks: Marks, start: Snaps, *, limit_min: float, k: int
) -> tuple[list[RankedTier], Reach]:
    """Search farther and farther until the first ``k`` of every tier are settled, then fill empty tiers from beyond."""
    eligible = marks.eligible
    farthest = max(limit_min, FIRST_SEARCH_MIN)
    for search_min in [farthest] if eligible.may_fold_far_ones else sorted({FIRST_SEARCH_MIN, farthest}):
        reach = search_roads(start, data, limit_min=search_min)
        best = eligible.best_sites(reach.drive_min, within_min=min(search_min, limit_min))
        tiers = [
            rank_tier(best, tier, drive_min=reach.drive_min, eligible=eligible, links=data.links, k=k)
            for tier in range(len(TIER_ORDER))
        ]
        if all(tier_is_final(ranked, tier=tier, eligible=eligible, k=k) for tier, ranked in enumerate(tiers)):
            break
    wanting = [t for t, tier in enumerate(tiers) if not tier.placed and (eligible.open & (eligible.tier == t)).any()]
    if wanting:
        reach = search_roads(start, data, limit_min=None)
        line = straight_km(query.origin, data)
        for tier in wanting:
            site = nearest_beyond(reach.drive_min, line, tier=tier, eligible=eligible)
            tiers[tier] = dataclasses.replace(tiers[tier], placed=[] if site is None else [site])
    return tiers, reach


def _shown_status(reach: Reach, limit_min: float) -> np.ndarray:
    """Return the status of each site, ``beyond_limit`` where there is a road that is longer than the limit."""
    beyond = ~np.isnan(reach.drive_min) & (reach.drive_min > limit_min)
    return np.where(beyond, Status.BEYOND_LIMIT.value, reach.status)


def _notes(query: BackupQuery, tiers: list[TierList], limit_min: float, words: dict[str, str]) -> tuple[str, ...]:
    found = [
        {"within": [one.status == Status.OK for one in tier.candidates], "folded": tier.said_no_in_all}
        for tier in tiers
    ]
    return (*tier_notes(found, round(limit_min), words), *query.origin.notes)


def _nearer_place(tiers: list[TierList], places: tuple[PlaceOption, ...], limit_min: float) -> tuple[str, ...]:
    """Point to a hospital that was paid for it and lies nearer than anybody with evidence: it stands below them all."""
    known = [
        round(one.drive_min * TICKS_A_MINUTE)
        for tier in tiers[:EVIDENCE_TIERS]
        for one in tier.candidates
        if one.drive_min is not None
    ]
    shown = [
        {"name": place.name, "ticks": round(place.drive_min * TICKS_A_MINUTE), "give": place.plus_minus_min}
        for place in places
        if place.payer != "no"
    ]
    return tuple(nearer_place(known, shown, round(limit_min * TICKS_A_MINUTE), dict(phrases())))


def _minutes_notes(shown: Sequence[Candidate | PlaceOption]) -> list[str]:
    """Say once what must be known of the minutes of a list."""
    drives = [{"give": one.plus_minus_min, "unchecked": not one.checked} for one in shown if one.drive_min is not None]
    return list_notes(drives, dict(phrases()))
