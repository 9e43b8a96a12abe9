"""The order of backups over whole tables: the keys and the pass for independence of `deserts.rules.ranking`, by numpy.

The rule is written there once; a page runs the same module. Here its keys sort arrays, since a region has many sites.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from deserts.arrays import Bools, Floats, Longs
from deserts.patients.search.links import Links
from deserts.rules.ranking import (
    BEYOND_KEYS,
    FARTHEST,
    REFUSED,
    SITE_KEYS,
    TICKS_A_MINUTE,
    TIER_KEYS,
    TOO_FAR,
    most_ticks,
    place_tier,
)

__all__ = [
    "Eligible", "RankedTier", "count_people", "most_minutes", "nearest_beyond", "rank_tier", "ticks_of",
    "tier_is_final",
]  # fmt: skip

_METRES_A_KM = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """All sites with what one question makes of them; one entry a site of `BackupData.sites`.

    Parameters
    ----------
    open
        Not excluded.
    tier
        Position in `TIER_ORDER`, by evidence alone.
    fit
        0 fits, 1 must be asked, 2 stated otherwise.
    refused
        A hard no keeps this patient away.
    dependent
        Shares a practice, building, telephone, owner or hospital with a lost clinician.
    person, grade_rank
        Number of the clinician in NPI order, and rank of the grade.
    most_min
        Longest drive that the days left allow (minutes), infinite without a date.
    """

    open: Bools
    tier: Longs
    fit: Longs
    refused: Bools
    dependent: Bools
    person: Longs
    grade_rank: Longs
    most_min: float = np.inf

    def folded(self, drive_min: Floats) -> Bools:
        """Return which sites are no number to dial: a hard no, or too far for the days left."""
        return self.refused | (drive_min > self.most_min)

    @property
    def may_fold_far_ones(self) -> bool:
        """Whether somebody of these may be folded, so that a short search does not settle who is."""
        return bool(np.isfinite(self.most_min) or (self.refused & self.open).any())

    def best_sites(self, drive_min: Floats, *, within_min: float) -> Longs:
        """Return one site a clinician in the order of `TIER_KEYS`, folded ones among them.

        A clinician at several addresses is one option, see `SITE_KEYS`.

        Parameters
        ----------
        drive_min
            Minutes to each site, not a number where there is no road.
        within_min
            Sites beyond are left out.
        """
        chosen = np.flatnonzero(self.open & (drive_min <= within_min))
        columns = self._columns(chosen, drive_min)
        order = _order(columns, SITE_KEYS)
        person = columns["person"][order]
        first = np.ones(len(order), dtype=bool)
        first[1:] = person[1:] != person[:-1]
        kept = order[first]
        again = _order({name: column[kept] for name, column in columns.items()}, TIER_KEYS)
        return np.asarray(chosen[kept[again]], dtype=np.int64)

    def _columns(self, rows: Longs, drive_min: Floats) -> Mapping[str, Longs]:
        return {
            "site": rows,
            "tier": self.tier[rows],
            "fit": self.fit[rows],
            "folded": np.where(self.refused, REFUSED, TOO_FAR * (drive_min > self.most_min))[rows],
            "dependent": self.dependent[rows].astype(np.int64),
            "person": self.person[rows],
            "grade": self.grade_rank[rows],
            "ticks": ticks_of(drive_min[rows]),
        }

    def beyond_columns(self, rows: Longs, drive_min: Floats, straight_km: Floats) -> Mapping[str, Longs]:
        """Return the columns of `BEYOND_KEYS` for some sites."""
        line = np.where(np.isnan(straight_km[rows]), FARTHEST, np.rint(straight_km[rows] * _METRES_A_KM))
        return {**self._columns(rows, drive_min), "metres": line.astype(np.int64)}


def ticks_of(drive_min: Floats) -> Longs:
    """Return minutes as the whole ten-thousandths that the order counts in; `FARTHEST` where there are none."""
    whole = np.rint(np.where(np.isnan(drive_min), 0.0, drive_min) * TICKS_A_MINUTE)
    return np.where(np.isnan(drive_min), FARTHEST, whole).astype(np.int64)


def most_minutes(days_left: int, drive_day_min: int) -> float:
    """Return the longest drive that the days left allow (minutes)."""
    return most_ticks(days_left, drive_day_min) / TICKS_A_MINUTE


def count_people(person: Longs, rows: Bools) -> int:
    """Return how many clinicians the marked sites have."""
    return int(np.count_nonzero(np.bincount(person[rows])))


def rank_tier(best: Longs, tier: int, *, drive_min: Floats, eligible: Eligible, links: Links, k: int) -> RankedTier:
    """Return the first ``k`` sites of a tier, and who is folded under its heading.

    Parameters
    ----------
    best
        One site a clinician, as `Eligible.best_sites` orders them.
    tier
        Position in `TIER_ORDER`.
    drive_min
        Minutes to each site.
    eligible, links
        What the question makes of the sites, and their ties.
    k
        How many to return at most.
    """
    own = best[eligible.tier[best] == tier]
    away = eligible.folded(drive_min)[own]
    placed, leading = place_tier(own[~away].tolist(), eligible.fit, eligible.dependent, links.ties, k)
    return RankedTier(placed, leading, own[away].tolist())


@dataclass(frozen=True, slots=True)
class RankedTier:
    """Sites of one tier: those to call, how many lead as independent and best fitting, and those who are folded."""

    placed: list[int]
    leading: int
    folded: list[int]


def tier_is_final(ranked: RankedTier, *, tier: int, eligible: Eligible, k: int) -> bool:
    """Tell whether a search with a smaller limit has already settled the first ``k`` of a tier.

    It has when all of them are independent and fit as well as any clinician of the tier at any distance: whoever lies
    farther out comes later.
    """
    if eligible.may_fold_far_ones:
        return False
    fits = eligible.fit[eligible.open & (eligible.tier == tier)]
    if not len(fits):
        return True
    placed = ranked.placed
    return len(placed) == k and ranked.leading == k and bool((eligible.fit[placed] == fits.min()).all())


def nearest_beyond(drive_min: Floats, straight_km: Floats, *, tier: int, eligible: Eligible) -> int | None:
    """Return the honest nearest site of a tier when none is within the limit: by road, else by straight line."""
    rows = np.flatnonzero(eligible.open & (eligible.tier == tier) & ~eligible.folded(drive_min))
    if not len(rows):
        return None
    return int(rows[_order(eligible.beyond_columns(rows, drive_min, straight_km), BEYOND_KEYS)[0]])


def _order(columns: Mapping[str, Longs], keys: tuple[str, ...]) -> Longs:
    """Return the order of rows by some keys, the first of them the strongest."""
    return np.lexsort([columns[name] for name in reversed(keys)])
