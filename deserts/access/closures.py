"""What a closure costs: who loses how many minutes when a site, practice, hospital, or any set of sites closes.

People go to the nearest site that is left. Someone with none left within the time limit is *stranded*; in sums of
minutes a stranded person counts at the limit, so such sums are lower bounds, and the number stranded stands beside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.access.kernels import close_groups, rank_practices
from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints

__all__ = ["Closure", "Groups", "close_sites", "compare", "single_closures", "twin_closures"]


@dataclass(frozen=True, slots=True)
class Groups:
    """Sites that close together. A site may belong to several groups (hospitals) or to none.

    Parameters
    ----------
    names
        Name of each group.
    indptr, group
        Groups of site j: ``group[indptr[j]:indptr[j + 1]]``.
    """

    names: pd.Index
    indptr: Ints
    group: Ints

    @classmethod
    def from_labels(cls, labels: pd.Series) -> Groups:
        """Build groups from one label a site: its own name, its practice, its clinician."""
        codes, names = pd.factorize(labels, sort=True)
        return cls(pd.Index(names), np.arange(len(labels) + 1), codes.astype(np.int64))

    @classmethod
    def from_members(cls, sites: pd.Series, groups: pd.Series, *, site_ids: pd.Index) -> Groups:
        """Build groups from one row a site and group, such as the hospitals that clinicians are affiliated with."""
        place = site_ids.get_indexer(pd.Index(sites))
        codes, names = pd.factorize(groups, sort=True)
        key = np.unique(place[place >= 0].astype(np.int64) * max(len(names), 1) + codes[place >= 0])
        site, group = np.divmod(key, max(len(names), 1))
        return cls(pd.Index(names), np.searchsorted(site, np.arange(len(site_ids) + 1)), group)

    def sites_per_group(self) -> Ints:
        """Return the number of sites of each group."""
        return np.bincount(self.group, minlength=len(self.names))


@dataclass(frozen=True, slots=True)
class Closure:
    """Minutes to the nearest site of each point, before and after a set of sites closes; infinite where none is left.

    Parameters
    ----------
    before_min, after_min
        Minutes, one entry a point.
    before_site, after_site
        Position of the nearest site, -1 where there is none.
    """

    before_min: Floats
    after_min: Floats
    before_site: Ints
    after_site: Ints

    @property
    def loses(self) -> Bools:
        """Points whose nearest site is gone and whose drive grows."""
        return np.asarray(self.after_min > self.before_min)

    @property
    def displaced(self) -> Bools:
        """Points whose nearest site is gone, whether or not another is just as near."""
        return np.asarray(self.before_site != self.after_site)

    @property
    def stranded(self) -> Bools:
        """Points that had a site within the limit and have none left."""
        return np.asarray(np.isfinite(self.before_min) & ~np.isfinite(self.after_min))

    def added_min(self, *, time_limit_min: float) -> Floats:
        """Return the minutes that each point loses; a stranded one counts at the limit (a lower bound)."""
        after = np.minimum(self.after_min, time_limit_min)
        added: Floats = np.maximum(after - np.minimum(self.before_min, time_limit_min), 0.0)
        return added


def close_sites(pairs: PairTable, closed: Bools) -> Closure:
    """Close any set of sites at once.

    Parameters
    ----------
    pairs
        Drive times within the limit.
    closed
        Whether each site closes.
    """
    return compare(pairs, pairs.select(sites=~closed))


def compare(before: PairTable, after: PairTable) -> Closure:
    """Compare two tables of the same points and sites: minutes to the nearest site in either."""
    first, last = before.nearest(1)[:, 0], after.nearest(1)[:, 0]
    return Closure(before.minutes_at(first), after.minutes_at(last), _site_at(before, first), _site_at(after, last))


def single_closures(pairs: PairTable, population: Floats, groups: Groups, *, time_limit_min: float) -> pd.DataFrame:
    """Close each group in turn (N-1).

    Returns
    -------
    One row a group, in the order of ``groups.names``: ``group_id, sites, people_nearest`` (people whose nearest site
    belongs to it, shared where several are exactly as near), ``people_losing`` (whose drive grows),
    ``people_stranded`` (none left within the limit), ``added_person_min`` (sum over people, one way, a lower bound
    where people are stranded), ``added_mean_min`` and ``added_median_min`` (over the people whose nearest it is; the
    median is null where it falls among the stranded), ``people_pushed_over_60``, ``people_pushed_over_120``,
    ``people_without_backup`` (stranded, or pushed over 120).
    """
    point, group, pair, share = close_groups(pairs.indptr, pairs.site, pairs.drive_min, groups.indptr, groups.group)
    before = pairs.drive_min[pairs.indptr[point]]
    after = pairs.minutes_at(pair)
    people = population[point]
    n = len(groups.names)

    def total(amount: Floats | Bools) -> Floats:
        return np.bincount(group, weights=people * amount, minlength=n).astype(np.float64)

    added = np.minimum(after, time_limit_min) - before
    nearest = total(share)
    summed = total(added)
    return pd.DataFrame(
        {
            "group_id": groups.names.to_numpy(),
            "sites": groups.sites_per_group(),
            "people_nearest": nearest,
            "people_losing": total(after > before),
            "people_stranded": total(np.isinf(after)),
            "added_person_min": summed,
            "added_mean_min": np.divide(summed, nearest, out=np.full(n, np.nan), where=nearest > 0),
            "added_median_min": _median(after - before, people * share, group, n),
            "people_pushed_over_60": total((before <= 60) & (after > 60)),
            "people_pushed_over_120": total((before <= 120) & (after > 120)),
            "people_without_backup": total(np.isinf(after) | ((before <= 120) & (after > 120))),
        }
    )


def twin_closures(pairs: PairTable, population: Floats, labels: pd.Series, *, time_limit_min: float) -> pd.DataFrame:
    """Close every two groups at once (N-2), for disjoint groups (one label a site).

    The cost of closing a and b is the cost of a alone, plus that of b alone, plus what the points pay for whom a and
    b are the nearest two. Only pairs that are the nearest two of somebody are listed; for every other pair the cost
    is the sum of the two single closures.

    Returns
    -------
    ``group_a, group_b`` (sorted by name), ``people_first_two`` (people for whom these are the nearest two),
    ``people_stranded`` (of all), ``added_person_min`` (of all), ``extra_person_min`` (beyond the two single closures).
    """
    codes, names = pd.factorize(labels, sort=True)
    codes = codes.astype(np.int64)
    ranked = rank_practices(pairs.indptr, pairs.site, codes, 3)
    minutes = np.minimum(pairs.minutes_at(ranked), time_limit_min)
    has_two = ranked[:, 1] >= 0
    people = population[has_two]
    first, second = (codes[pairs.site[ranked[has_two, place]]] for place in (0, 1))
    key = np.minimum(first, second) * np.int64(len(names)) + np.maximum(first, second)
    twins, entry = np.unique(key, return_inverse=True)

    def total(amount: Floats | Bools) -> Floats:
        return np.bincount(entry, weights=people * amount, minlength=twins.size).astype(np.float64)

    extra = total(minutes[has_two, 2] - minutes[has_two, 1])
    a, b = np.divmod(twins, len(names)) if len(names) else (twins, twins)
    single = single_closures(
        pairs, population, Groups(pd.Index(names), np.arange(len(labels) + 1), codes), time_limit_min=time_limit_min
    )
    alone, stranded = single["added_person_min"].to_numpy(), single["people_stranded"].to_numpy()
    return pd.DataFrame(
        {
            "group_a": names[a],
            "group_b": names[b],
            "people_first_two": total(np.ones(people.size)),
            "people_stranded": stranded[a] + stranded[b] + total(ranked[has_two, 2] < 0),
            "added_person_min": alone[a] + alone[b] + extra,
            "extra_person_min": extra,
        }
    )


def _site_at(pairs: PairTable, pair: Ints) -> Ints:
    return np.append(pairs.site, np.int32(-1))[pair]


def _median(added: Floats, people: Floats, group: Ints, n_groups: int) -> Floats:
    found = weighted_quantile(added, people, group, n_groups, 0.5)
    return np.where(np.isfinite(found), found, np.nan)
