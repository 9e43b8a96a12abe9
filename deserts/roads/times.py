"""Drive times between points and sites: all within a limit, and the k nearest.

A drive is: access leg from the point to a road near it, the quickest way along the roads, access leg to the site, and
the minutes at both ends of a trip; or straight over local roads where both are near. Of all such drives the quickest
counts, but none is shorter than one inside the place (a ZIP, a block group) that either end stands for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.progress import task
from deserts.roads import point_kernels
from deserts.roads.beside import Beside, beside
from deserts.roads.costs import UNREACHED, cost_to_km, cost_to_minutes, limit_cost
from deserts.roads.ends import least_costs
from deserts.roads.network import Network
from deserts.roads.search import search_of
from deserts.roads.snapping import Snaps
from deserts.roads.threads import in_threads

__all__ = [
    "BATCH_SOURCES",
    "PairTimes",
    "distinct_places",
    "nearest_sites",
    "node_costs",
    "times_to_sites",
]

BATCH_SOURCES = 16
"""Sources of one task; at least 10, so that handing out work stays a small part of it."""

_SITES_AT_ONCE = 256


@dataclass(frozen=True)
class PairTimes:
    """Pairs within the limit, sorted by point, then site: indices int32, minutes and kilometres float64."""

    point: NDArray[np.int32]
    site: NDArray[np.int32]
    drive_min: NDArray[np.float64]
    dist_km: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.point.size)


@dataclass(frozen=True)
class Batch:
    """Result of some sources: for each the points reached (int32) and total costs, one after the other."""

    counts: NDArray[np.int64]
    points: NDArray[np.int32]
    costs: NDArray[np.int64]


def times_to_sites(
    network: Network,
    points: Snaps,
    sites: Snaps,
    *,
    limit_min: float,
    max_workers: int | None = None,
    scheduler: str | None = None,
    processes: int | None = None,
) -> PairTimes:
    """Return every (point, site) within a time limit: one search from each place of a site on the reversed roads.

    Parameters
    ----------
    network
        The roads.
    points, sites
        From `deserts.roads.snap`.
    limit_min
        Longest drive in minutes, access legs included.
    max_workers
        Threads; None takes all cores.
    scheduler
        Address of a Dask scheduler whose workers can read the network's folder.
    processes
        Number of local Dask processes instead.
    """
    place_of_site, places = distinct_places(sites)
    if scheduler is not None or processes is not None:
        from deserts.roads.scale_out import spread

        batches = spread(
            network, _search_places, lambda start, stop: places[start:stop], len(places), shared=(points, limit_min),
            scheduler=scheduler, processes=processes,
        )  # fmt: skip
    else:
        batches = _threaded(network, points, places, limit_min, max_workers)
    counts = np.concatenate([batch.counts for batch in batches]) if batches else np.zeros(0, dtype=np.int64)
    ptr = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    reached = np.concatenate([batch.points for batch in batches]) if batches else np.zeros(0, dtype=np.int32)
    costs = np.concatenate([batch.costs for batch in batches]) if batches else np.zeros(0, dtype=np.int64)
    point, site, cost = point_kernels.by_point(ptr, reached, costs, place_of_site, len(points))
    return PairTimes(point, site, cost_to_minutes(cost), cost_to_km(cost))


def distinct_places(snaps: Snaps) -> tuple[NDArray[np.int32], Snaps]:
    """Return which distinct place each snapped site is at (-1 when unsnapped), and these places in a fixed order."""
    keys = np.column_stack([snaps.lon, snaps.lat])
    at = np.flatnonzero(snaps.snapped)
    _, first, inverse = np.unique(keys[at], axis=0, return_index=True, return_inverse=True)
    place = np.full(len(snaps), -1, dtype=np.int32)
    place[at] = inverse.ravel()
    return place, snaps[at[first]]


def _threaded(network: Network, points: Snaps, places: Snaps, limit_min: float, max_workers: int | None) -> list[Batch]:
    starts = range(0, len(places), BATCH_SOURCES)
    search = batch_search(network, points, limit_min)
    with task("drive times", total=len(places)) as ticker:

        def run(start: int) -> Batch:
            found = search(places[start : start + BATCH_SOURCES])
            ticker.advance(BATCH_SOURCES)
            return found

        return list(in_threads(run, starts, max_workers))


def batch_search(network: Network, points: Snaps, limit_min: float) -> Callable[[Snaps], Batch]:
    """Prepare the points once and return a function that searches from a few places."""
    searcher = search_of(network, reverse=True)
    exits = searcher.reads(points)
    near = Beside.of_points(network, points)
    least = least_costs(network, points)
    limit = limit_cost(limit_min)

    def search(places: Snaps) -> Batch:
        entry_states, entry_costs = searcher.starts(places)
        place_least = least_costs(network, places)
        place, point = near.pairs(places)
        without = beside(network, points[point], places[place])
        first = np.searchsorted(place, np.arange(len(places) + 1))
        counts = np.zeros(len(places), dtype=np.int64)
        bound = np.full(len(points), UNREACHED)
        found = np.empty(len(points), dtype=np.int32)
        costs = np.empty(len(points), dtype=np.int64)
        kept: list[tuple[NDArray[np.int32], NDArray[np.int64]]] = []
        for i in range(len(places)):
            mine = slice(first[i], first[i + 1])
            bound[point[mine]] = without[mine]
            with searcher.labels(entry_states[i], entry_costs[i], limit) as labels:
                counts[i] = point_kernels.read_points(labels, *exits, bound, least, place_least[i], limit, found, costs)
            bound[point[mine]] = UNREACHED
            kept.append((found[: counts[i]].copy(), costs[: counts[i]].copy()))
        return Batch(
            counts,
            np.concatenate([part[0] for part in kept]) if kept else found[:0],
            np.concatenate([part[1] for part in kept]) if kept else costs[:0],
        )

    return search


def _search_places(network: Network, shared: tuple[Snaps, float], places: Snaps) -> Batch:
    """Search from a few places on a Dask worker."""
    points, limit_min = shared
    return batch_search(network, points, limit_min)(places)


def node_costs(
    network: Network, nodes: NDArray[np.int64], *, limit_min: float | None = None, max_workers: int | None = None
) -> NDArray[np.int64]:
    """Return packed costs from every node of the network to each of some nodes, ``(len(nodes), network.nodes)``.

    `UNREACHED` marks what lies beyond the limit or is not connected. Meant for whole rows of moderate number:
    `times_to_sites` never holds such a matrix.
    """
    search = search_of(network, reverse=True)
    limit = limit_cost(limit_min)
    labels = np.empty((len(nodes), network.nodes), dtype=np.int64)

    def run(row: int) -> None:
        search.from_nodes(nodes[row : row + 1], labels[row], limit)

    for _ in in_threads(run, range(len(nodes)), max_workers):
        pass
    return labels


def nearest_sites(
    network: Network,
    points: Snaps,
    sites: Snaps,
    *,
    k: int,
    limit_min: float | None,
    groups: NDArray[np.int64] | None = None,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the k nearest sites of every point, by one search for all.

    Parameters
    ----------
    network
        The roads.
    points, sites
        From `deserts.roads.snap`.
    k
        How many; at least 1.
    limit_min
        Longest drive in minutes, or None.
    groups
        Practice of each site, whole numbers ``(sites,)``: then the k nearest *practices*, each by its nearest site.

    Returns
    -------
    site_index : int32 ``(points, k)``
        -1 where there is none.
    drive_min : float64 ``(points, k)``
        Minutes, NaN where there is none. Ties go to the shorter drive, then to the lower index.
    """
    if k < 1:
        raise InputError(f"k is {k}", expected="at least 1")
    group_of = np.arange(len(sites), dtype=np.int64) if groups is None else np.asarray(groups, dtype=np.int64)
    search = search_of(network, reverse=True)
    limit = limit_cost(limit_min)
    states, costs = search.starts(sites)
    site_of = np.repeat(np.arange(len(sites), dtype=np.int32), states.shape[1])
    near_cost, near_site = search.nearest((states.ravel(), costs.ravel()), site_of, group_of, k=k, limit=limit)
    best_cost = np.full((len(points), k), UNREACHED)
    best_site = np.full((len(points), k), -1, dtype=np.int32)
    point_kernels.merge_nearest(near_cost, near_site, group_of, *search.reads(points), limit, best_cost, best_site)
    near = Beside.of_points(network, points)
    for start in range(0, len(sites), _SITES_AT_ONCE):
        some = sites[start : start + _SITES_AT_ONCE]
        site, point = near.pairs(some)
        without = beside(network, points[point], some[site])
        point_kernels.offer_pairs(point, without, site + start, group_of, limit, best_cost, best_site)
    found = best_site >= 0
    site_least = least_costs(network, sites)[np.where(found, best_site, 0)] if len(sites) else np.int64(0)
    least = np.maximum(least_costs(network, points)[:, None], site_least)
    total = np.maximum(best_cost, np.where(found, least, 0))
    found &= total <= limit
    return np.where(found, best_site, -1), np.where(found, cost_to_minutes(np.where(found, total, 0)), np.nan)
