"""Compiled loops over the sparse pair table. Arrays in, arrays out; no frames, no checks (the callers check).

A pair table is stored row by row (a row is a demand point): ``indptr[i]:indptr[i + 1]`` are the pairs of point ``i``,
nearest first, ties by site index. Each loop visits a pair once, so 20 million pairs take about a tenth of a second.
"""

from __future__ import annotations

import numba
import numpy as np

from deserts.arrays import Bools, Floats, Ints

__all__ = [
    "close_groups",
    "column_sums",
    "first_repeat",
    "group_rows",
    "quantile_by_group",
    "rank_practices",
    "reached_by_county",
    "row_counts_within",
    "row_sums",
    "sort_rows",
    "within_both",
]

_JIT = {"cache": True, "nogil": True}


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def group_rows(point: Ints, n_points: int) -> tuple[Ints, Ints]:
    """Return the start of each point's entries and the order that brings them together (a stable counting sort)."""
    indptr = np.zeros(n_points + 1, dtype=np.int64)
    for entry in range(point.size):
        indptr[point[entry] + 1] += 1
    for row in range(n_points):
        indptr[row + 1] += indptr[row]
    free = indptr[:-1].copy()
    order = np.empty(point.size, dtype=np.int64)
    for entry in range(point.size):
        row = point[entry]
        order[free[row]] = entry
        free[row] += 1
    return indptr, order


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def first_repeat(indptr: Ints, site: Ints, n_sites: int) -> tuple[int, int]:
    """Return point and site of the first pair that occurs twice, or (-1, -1)."""
    seen_by = np.full(n_sites, -1, dtype=np.int64)
    for row in range(indptr.size - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            if seen_by[site[pair]] == row:
                return row, int(site[pair])
            seen_by[site[pair]] = row
    return -1, -1


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def sort_rows(indptr: Ints, order: Ints, site: Ints, drive_min: Floats) -> None:
    """Put ``order`` (positions of entries, row by row) nearest first within each row, ties by site, in place."""
    for row in range(indptr.size - 1):
        start, end = indptr[row], indptr[row + 1]
        in_order = True
        for place in range(start + 1, end):
            one, two = order[place - 1], order[place]
            before, after = drive_min[one], drive_min[two]
            if before > after or (before == after and site[one] > site[two]):
                in_order = False
                break
        if in_order:
            continue
        row_order = order[start:end].copy()
        ranked = row_order[np.argsort(drive_min[row_order], kind="mergesort")]
        for place in range(1, ranked.size):
            moving = ranked[place]
            free = place
            while (
                free > 0 and drive_min[ranked[free - 1]] == drive_min[moving] and site[ranked[free - 1]] > site[moving]
            ):
                ranked[free] = ranked[free - 1]
                free -= 1
            ranked[free] = moving
        order[start:end] = ranked


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def column_sums(indptr: Ints, site: Ints, weight: Floats, row_value: Floats, n_sites: int) -> Floats:
    """Return for every site the sum over its pairs of ``row_value[point] * weight``."""
    total = np.zeros(n_sites)
    for row in range(indptr.size - 1):
        value = row_value[row]
        for pair in range(indptr[row], indptr[row + 1]):
            total[site[pair]] += value * weight[pair]
    return total


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def row_sums(indptr: Ints, site: Ints, weight: Floats, site_value: Floats) -> Floats:
    """Return for every point the sum over its pairs of ``site_value[site] * weight``."""
    total = np.zeros(indptr.size - 1)
    for row in range(indptr.size - 1):
        summed = 0.0
        for pair in range(indptr[row], indptr[row + 1]):
            summed += site_value[site[pair]] * weight[pair]
        total[row] = summed
    return total


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def row_counts_within(indptr: Ints, site: Ints, drive_min: Floats, group: Ints, n_groups: int, limits: Floats) -> Ints:
    """Return the number of distinct groups within each limit (ascending, closed above): points x limits.

    The last column counts the groups of all pairs of the point, whatever their minutes.
    """
    counts = np.zeros((indptr.size - 1, limits.size + 1), dtype=np.int32)
    seen_by = np.full(n_groups, -1, dtype=np.int64)
    for row in range(indptr.size - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            this = group[site[pair]]
            if seen_by[this] == row:
                continue
            seen_by[this] = row
            for column in range(limits.size):
                if drive_min[pair] <= limits[column]:
                    counts[row, column] += 1
            counts[row, limits.size] += 1
    return counts


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def rank_practices(indptr: Ints, site: Ints, group: Ints, k: int) -> Ints:
    """Return the pair that leads to the k-th nearest distinct group: points x k, -1 where there is none."""
    found = np.full((indptr.size - 1, k), -1, dtype=np.int64)
    for row in range(indptr.size - 1):
        filled = 0
        for pair in range(indptr[row], indptr[row + 1]):
            this = group[site[pair]]
            is_new = True
            for earlier in range(filled):
                if group[site[found[row, earlier]]] == this:
                    is_new = False
                    break
            if is_new:
                found[row, filled] = pair
                filled += 1
                if filled == k:
                    break
    return found


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def close_groups(
    indptr: Ints, site: Ints, drive_min: Floats, member_indptr: Ints, member_group: Ints
) -> tuple[Ints, Ints, Ints, Floats]:
    """Find for each point and each group that holds a nearest site of it the first pair outside that group.

    Several sites may be exactly as near (all of a ZIP stand at one point): their groups share the people of the point,
    equally where each tied site belongs to one group, else by the tied sites that they hold. No name decides.

    Parameters
    ----------
    indptr, site, drive_min
        The pair table.
    member_indptr, member_group
        Groups of each site (a site may belong to several, or to none).

    Returns
    -------
    point, group, pair, share
        One entry a point and group; ``pair`` is -1 where nothing is left within the table; ``share`` of the people.
    """
    n_points = indptr.size - 1
    size = 0
    for row in range(n_points):
        for pair in range(indptr[row], _tied_end(indptr, drive_min, row)):
            size += member_indptr[site[pair] + 1] - member_indptr[site[pair]]
    point = np.empty(size, dtype=np.int64)
    group = np.empty(size, dtype=np.int64)
    left = np.full(size, -1, dtype=np.int64)
    share = np.zeros(size, dtype=np.float64)
    entry = 0
    for row in range(n_points):
        start, tied_end = indptr[row], _tied_end(indptr, drive_min, row)
        first, one_each = entry, True
        for pair in range(start, tied_end):
            members = member_group[member_indptr[site[pair]] : member_indptr[site[pair] + 1]]
            one_each &= members.size == 1
            for closed in members:
                known = first
                while known < entry and group[known] != closed:
                    known += 1
                if known == entry:
                    point[entry], group[entry] = row, closed
                    left[entry] = _first_outside(site, member_indptr, member_group, start, indptr[row + 1], closed)
                    entry += 1
                share[known] += 1.0 / (tied_end - start)
        if one_each:
            share[first:entry] = 1.0 / max(entry - first, 1)
    return point[:entry], group[:entry], left[:entry], share[:entry]


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def _tied_end(indptr: Ints, drive_min: Floats, row: int) -> int:
    """Return the end of the pairs that are exactly as near as the nearest."""
    end = indptr[row]
    while end < indptr[row + 1] and drive_min[end] == drive_min[indptr[row]]:
        end += 1
    return int(end)


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def _first_outside(site: Ints, member_indptr: Ints, member_group: Ints, start: int, end: int, closed: int) -> int:
    """Return the first pair whose site is not in a group; -1 where there is none."""
    for pair in range(start, end):
        survives = True
        for slot in range(member_indptr[site[pair]], member_indptr[site[pair] + 1]):
            if member_group[slot] == closed:
                survives = False
        if survives:
            return pair
    return -1


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def within_both(indptr: Ints, drive_min: Floats, dist_km: Floats, time_min: Floats, max_km: Floats) -> Bools:
    """Say for each point whether one and the same site lies within its time limit and its distance limit."""
    found = np.zeros(indptr.size - 1, dtype=np.bool_)
    for row in range(indptr.size - 1):
        for pair in range(indptr[row], indptr[row + 1]):
            if drive_min[pair] > time_min[row]:
                break
            if dist_km[pair] <= max_km[row]:
                found[row] = True
                break
    return found


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def reached_by_county(
    indptr: Ints,
    site: Ints,
    drive_min: Floats,
    dist_km: Floats,
    time_min: Floats,
    max_km: Floats,
    county: Ints,
    n_counties: int,
    clinician: Ints,
    n_clinicians: int,
) -> Ints:
    """Return the number of clinicians of each county that lie within both limits of at least one of its points."""
    reached = np.zeros((n_counties, n_clinicians), dtype=np.bool_)
    for row in range(indptr.size - 1):
        if county[row] < 0:
            continue
        for pair in range(indptr[row], indptr[row + 1]):
            if drive_min[pair] > time_min[row]:
                break
            if dist_km[pair] <= max_km[row]:
                reached[county[row], clinician[site[pair]]] = True
    number: Ints = reached.sum(axis=1)
    return number


@numba.njit(**_JIT)  # type: ignore[untyped-decorator]
def quantile_by_group(value: Floats, weight: Floats, starts: Ints, quantile: float) -> Floats:
    """Return for each group the smallest value that at least ``quantile`` of its weight does not exceed.

    ``value`` ascends within ``starts[g]:starts[g + 1]``; a group without weight gives NaN. Each group is summed up by
    itself, so that rounding in one cannot move the quantile of another.
    """
    result = np.full(starts.size - 1, np.nan)
    for group in range(starts.size - 1):
        total = 0.0
        for entry in range(starts[group], starts[group + 1]):
            total += weight[entry]
        if total <= 0:
            continue
        # A hair below the exact share: sums of fractions must not push the quantile one place too far.
        target, summed = quantile * total * (1 - 1e-12), 0.0
        for entry in range(starts[group], starts[group + 1]):
            summed += weight[entry]
            if summed >= target and weight[entry] > 0:
                result[group] = value[entry]
                break
    return result
