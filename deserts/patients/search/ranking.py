"""The order of backups: tiers, then what fits, then what is independent, then minutes.

Within a tier the order is: fits what was asked for (yes, unknown, no) · shares nothing with the lost clinician or with
a better one already placed in the tier · minutes · grade · NPI. The first ``k`` of that order do not depend on ``k``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deserts.arrays import Bools, Floats, Longs
from deserts.patients.search.backup_data import Links

__all__ = ["Eligible", "count_people", "nearest_beyond", "rank_tier", "tier_is_final"]


@dataclass(frozen=True, slots=True, eq=False)
class Eligible:
    """All sites with what one question makes of them; one entry a site of `BackupData.sites`.

    Parameters
    ----------
    open
        Not excluded.
    tier
        Position in `TIER_ORDER` after the question's filters.
    fit
        0 fits, 1 must be asked, 2 stated otherwise.
    dependent
        Shares a practice, building, telephone or hospital with a lost clinician.
    person, grade_rank
        Number of the clinician in NPI order, and rank of the grade.
    """

    open: Bools
    tier: Longs
    fit: Longs
    dependent: Bools
    person: Longs
    grade_rank: Longs

    def best_sites(self, drive_min: Floats, *, within_min: float) -> Longs:
        """Return one site a clinician, in the order tier, fit, minutes, grade, NPI.

        A clinician at several addresses is one option: an address that shares nothing with the lost one comes first,
        then the nearest.

        Parameters
        ----------
        drive_min
            Minutes to each site, not a number where there is no road.
        within_min
            Sites beyond are left out.
        """
        chosen = np.flatnonzero(self.open & (drive_min <= within_min))
        order = chosen[np.lexsort((chosen, drive_min[chosen], self.dependent[chosen], self.person[chosen]))]
        first = np.ones(len(order), dtype=bool)
        first[1:] = self.person[order][1:] != self.person[order][:-1]
        best = order[first]
        keys = (self.person[best], self.grade_rank[best], drive_min[best], self.fit[best], self.tier[best])
        return np.asarray(best[np.lexsort(keys)], dtype=np.int64)


def count_people(person: Longs, rows: Bools) -> int:
    """Return how many clinicians the marked sites have."""
    return int(np.count_nonzero(np.bincount(person[rows])))


def rank_tier(best: Longs, tier: int, *, eligible: Eligible, links: Links, k: int) -> tuple[list[int], int]:
    """Return the first ``k`` sites of a tier and how many of them lead as independent and best fitting.

    Parameters
    ----------
    best
        One site a clinician, as `Eligible.best_sites` orders them.
    tier
        Position in `TIER_ORDER`.
    eligible, links
        What the question makes of the sites, and their ties.
    k
        How many to return at most.
    """
    own = best[eligible.tier[best] == tier]
    placed: list[int] = []
    taken: set[tuple[str, int]] = set()
    leading = 0
    for fit in range(3):
        waiting: list[int] = []
        for site in own[eligible.fit[own] == fit]:
            if len(placed) == k:
                return placed, leading
            ties = links.of(int(site))
            if eligible.dependent[site] or not taken.isdisjoint(ties):
                waiting.append(int(site))
                continue
            placed.append(int(site))
            taken |= ties
            leading = len(placed)
        placed += waiting[: k - len(placed)]
    return placed, leading


def tier_is_final(placed: list[int], leading: int, *, tier: int, eligible: Eligible, k: int) -> bool:
    """Tell whether a search with a smaller limit has already settled the first ``k`` of a tier.

    It has when all of them are independent and fit as well as any clinician of the tier at any distance: whoever lies
    farther out comes later.
    """
    fits = eligible.fit[eligible.open & (eligible.tier == tier)]
    if not len(fits):
        return True
    return len(placed) == k and leading == k and bool((eligible.fit[placed] == fits.min()).all())


def nearest_beyond(drive_min: Floats, straight_km: Floats, *, tier: int, eligible: Eligible) -> int | None:
    """Return the honest nearest site of a tier when none is within the limit: by road, else by straight line."""
    rows = np.flatnonzero(eligible.open & (eligible.tier == tier))
    if not len(rows):
        return None
    road = np.where(np.isnan(drive_min[rows]), np.inf, drive_min[rows])
    line = np.where(np.isnan(straight_km[rows]), np.inf, straight_km[rows])
    keys = (rows, eligible.grade_rank[rows], eligible.fit[rows], line, road, eligible.dependent[rows])
    return int(rows[np.lexsort(keys)[0]])
