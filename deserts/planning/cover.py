"""Covering: everyone within a threshold (LSCP), most people within it (MCLP), two practices within it (backup).

References
----------
Toregas, C., Swain, R., ReVelle, C. & Bergman, L. (1971). The location of emergency service facilities. Operations
Research 19(6), 1363-1373. doi:10.1287/opre.19.6.1363

Church, R. & ReVelle, C. (1974). The maximal covering location problem. Papers in Regional Science 32(1), 101-118.
doi:10.1111/j.1435-5597.1974.tb00902.x

Hogan, K. & ReVelle, C. (1986). Concepts and applications of backup coverage. Management Science 32(11), 1434-1444.
doi:10.1287/mnsc.32.11.1434
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from deserts.arrays import Bools, Floats, Ints
from deserts.planning.instance import Instance
from deserts.planning.median import Found
from deserts.planning.model import Rows, SolverOptions, solve_program

__all__ = ["Coverage", "coverage", "least_sites", "most_people"]

_OUT_OF_TIME = "greedy choice, the time limit left no search"


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which practices can cover each point, points with the same choice merged.

    Parameters
    ----------
    need
        Practices still needed at each row (existing ones are taken off).
    weight
        People of each row.
    row, group
        Entries: the row can be covered by the group.
    group_site
        Matrix groups x candidates: the sites of each group that could cover (one column a site for groups of one).
    out_of_reach
        Points that not even all sites together would cover as often as asked.
    covered
        Points that existing sites cover as often as asked.
    """

    need: Ints
    weight: Floats
    row: Ints
    group: Ints
    group_site: sparse.csr_matrix
    out_of_reach: Bools
    covered: Bools


def coverage(instance: Instance, threshold_min: float, *, times: int = 1) -> Coverage:
    """Find who can be covered within a threshold (included) by ``times`` different practices.

    Parameters
    ----------
    instance
        The problem.
    threshold_min
        Minutes.
    times
        1 for plain coverage, 2 for backup coverage.
    """
    pairs = instance.pairs.select(within_min=threshold_min)
    point = pairs.points().astype(np.int64)
    # for plain coverage it does not matter to which practice a site belongs
    practice = instance.practice if times > 1 else np.arange(instance.n_sites)
    there = instance.is_fixed[pairs.site]
    key = point * (int(practice.max(initial=0)) + 1) + practice[pairs.site]
    have_keys = np.unique(key[there])
    have = np.bincount(have_keys // (int(practice.max(initial=0)) + 1), minlength=instance.n_points)
    new = ~there & ~np.isin(key, have_keys)
    could = np.bincount(np.unique(key[new]) // (int(practice.max(initial=0)) + 1), minlength=instance.n_points)
    need = np.maximum(times - have, 0)
    out_of_reach = need > could
    open_point = (need > 0) & ~out_of_reach
    use = new & open_point[point]
    number = np.cumsum(~instance.is_fixed) - 1
    return _merged(
        instance, point[use], practice[pairs.site[use]], number[pairs.site[use]], need,
        out_of_reach=np.asarray(out_of_reach), covered=np.asarray(need == 0),
    )  # fmt: skip


def _merged(
    instance: Instance, point: Ints, practice: Ints, site: Ints, need: Ints, *,
    out_of_reach: Bools, covered: Bools,
) -> Coverage:  # fmt: skip
    """Merge points that the same sites can cover, and sites of one practice that stand in for each other."""
    n_candidates = instance.candidates.size
    matrix = sparse.csr_matrix((np.ones(point.size), (point, site)), shape=(instance.n_points, n_candidates))
    matrix.sort_indices()
    names = [matrix.indices[a:b].tobytes() for a, b in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True)]
    members = np.flatnonzero(np.diff(matrix.indptr) > 0)
    first: dict[tuple[bytes, int], int] = {}
    row_of = np.full(instance.n_points, -1, dtype=np.int64)
    for i in members:
        row_of[i] = first.setdefault((names[i], int(need[i])), len(first))
    summed = np.bincount(row_of[members], weights=instance.weight[members], minlength=len(first))
    weight = summed.astype(np.float64)
    leader = np.full(len(first), -1, dtype=np.int64)
    leader[row_of[members][::-1]] = members[::-1]
    use = np.isin(point, leader)
    row = row_of[point[use]]
    # a group is one practice as one row sees it: some set of its sites
    group_key = row * (int(practice.max(initial=0)) + 1) + practice[use]
    group_names, group = np.unique(group_key, return_inverse=True)
    group_site = sparse.csr_matrix((np.ones(group.size), (group, site[use])), shape=(group_names.size, n_candidates))
    group_row = np.zeros(group_names.size, dtype=np.int64)
    group_row[group] = row
    needed = need[leader].astype(np.int64)
    return Coverage(
        needed, weight, group_row,
        np.arange(group_names.size), group_site, out_of_reach, covered,
    )  # fmt: skip


def least_sites(found: Coverage, candidates: Ints, *, options: SolverOptions) -> Found:
    """Return the fewest sites that cover every row as often as it needs.

    That can always be done: `coverage` takes out the points that all sites together cannot cover.
    """
    n_sites = candidates.size
    if found.need.size == 0:
        return Found(np.empty(0, dtype=np.int64), 0.0, "nothing to add")
    rows, columns = _practice_columns(found, n_sites)
    rows.add(found.need.size, [(found.row, columns, 1.0)], lower=found.need, upper=np.inf)
    total = n_sites + int((_sizes(found) > 1).sum())
    cost = np.concatenate([np.ones(n_sites), np.zeros(total - n_sites)])
    answer = solve_program(cost, rows, upper=np.ones(total), is_integer=cost > 0, options=options)
    # even without any search: the row that needs most needs so many sites
    bound = max(float(np.ceil(answer.bound - 1e-6)), float(found.need.max()))
    if not answer.is_feasible:
        return Found(candidates[_greedy(found, n_sites, n_sites)], bound, _OUT_OF_TIME)
    picked = np.flatnonzero(answer.values[:n_sites] > 0.5)
    return Found(candidates[picked], bound, answer.how)


def most_people(found: Coverage, candidates: Ints, count: int, *, options: SolverOptions) -> Found:
    """Return the ``count`` sites that cover most people as often as asked; the bound is people, from above.

    People whom existing sites cover are not part of it.
    """
    n_sites, n_rows = candidates.size, found.need.size
    rows, columns = _practice_columns(found, n_sites)
    extra = int((_sizes(found) > 1).sum())
    total = n_sites + extra + n_rows
    people = n_sites + extra + np.arange(n_rows)
    scale = 1e3 / max(float(found.weight.sum()), 1e-12)
    if n_rows:
        rows.add(
            n_rows, [(found.row, columns, 1.0), (np.arange(n_rows), people, -found.need.astype(np.float64))],
            lower=0.0, upper=np.inf,
        )  # fmt: skip
        _add_without_each(rows, found, columns, people)
    rows.add(1, [(np.zeros(n_sites, dtype=int), np.arange(n_sites), 1.0)], lower=count, upper=count)
    cost = np.concatenate([np.zeros(n_sites + extra), -scale * found.weight])
    is_integer = np.zeros(total, dtype=bool)
    is_integer[:n_sites] = True
    answer = solve_program(cost, rows, upper=np.ones(total), is_integer=is_integer, options=options)
    bound = min(-answer.bound / scale, float(found.weight.sum()))
    if not answer.is_feasible:
        return Found(candidates[_greedy(found, n_sites, count)], bound, _OUT_OF_TIME)
    return Found(candidates[np.flatnonzero(answer.values[:n_sites] > 0.5)], bound, answer.how)


def _greedy(found: Coverage, n_sites: int, count: int) -> Ints:
    """Add the site that brings most people nearer to being covered, up to ``count``; among equals the first.

    Stops early when everyone is covered, unless ``count`` is below the number of sites: then it fills up.
    """
    need = found.need.astype(np.float64)
    is_on = np.zeros(found.row.size, dtype=bool)
    is_open = np.zeros(n_sites, dtype=bool)
    of_site = found.group_site.T.tocsr()
    while is_open.sum() < count and (need.any() or count < n_sites):
        worth = np.where(is_on | (need[found.row] == 0), 0.0, found.weight[found.row] + 1e-9)
        pick = int(np.argmax(np.where(is_open, -1.0, of_site @ worth)))
        is_open[pick] = True
        groups = of_site.indices[of_site.indptr[pick] : of_site.indptr[pick + 1]]
        np.subtract.at(need, found.row[groups[~is_on[groups]]], 1.0)
        need = np.maximum(need, 0.0)
        is_on[groups] = True
    return np.flatnonzero(is_open)


def _add_without_each(rows: Rows, found: Coverage, columns: Ints, people: Ints) -> None:
    """Require that a row that needs two practices stays covered whichever one of them is taken away.

    This both keeps half a cover from counting and makes the linear relaxation far tighter than "twice covered".
    """
    entries = np.flatnonzero(found.need[found.row] > 1)
    if not entries.size:
        return
    start = np.searchsorted(found.row, np.arange(found.need.size))
    size = np.bincount(found.row, minlength=found.need.size)[found.row[entries]]
    which = np.repeat(np.arange(entries.size), size)
    other = np.repeat(start[found.row[entries]] - (np.cumsum(size) - size), size) + np.arange(which.size)
    differs = other != entries[which]
    rows.add(
        entries.size,
        [(which[differs], columns[other[differs]], 1.0),
         (np.arange(entries.size), people[found.row[entries]], -1.0)],
        lower=0.0, upper=np.inf,
    )  # fmt: skip


def _sizes(found: Coverage) -> Ints:
    return np.diff(found.group_site.indptr)


def _practice_columns(found: Coverage, n_sites: int) -> tuple[Rows, Ints]:
    """Return the column that stands for each group: its site, or a new one that any of its sites switches on."""
    sizes = _sizes(found)
    several = np.flatnonzero(sizes > 1)
    columns = np.zeros(sizes.size, dtype=np.int64)
    single = sizes == 1
    columns[single] = found.group_site.indices[found.group_site.indptr[:-1][single]]
    columns[several] = n_sites + np.arange(several.size)
    rows = Rows()
    if several.size:
        part = found.group_site[several]
        inside = np.repeat(np.arange(several.size), np.diff(part.indptr))
        rows.add(
            several.size, [(np.arange(several.size), columns[several], -1.0), (inside, part.indices, 1.0)],
            lower=0.0, upper=np.inf,
        )  # fmt: skip
    return rows, columns
