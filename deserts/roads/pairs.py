"""Drive times of given pairs: one search from each end that pairs share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.progress import task
from deserts.roads.beside import beside
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.ends import least_costs
from deserts.roads.network import Network
from deserts.roads.readout import read_out
from deserts.roads.search import search_of
from deserts.roads.snapping import Snaps
from deserts.roads.threads import in_threads, thread_count
from deserts.roads.times import BATCH_SOURCES, distinct_places

__all__ = ["pair_times"]


@dataclass(frozen=True)
class _PairBatch:
    """Some places that pairs share, and the other ends of these pairs.

    Parameters
    ----------
    hubs
        The places to search from.
    others
        The other ends, hub by hub.
    ptr
        Others ``ptr[i]`` to ``ptr[i + 1]`` belong to hub i, int64 ``(hubs + 1,)``.
    bound
        Cost of each pair without passing a node, int64 ``(others,)``.
    reverse
        Whether hubs are where drives end, so that the search runs against the traffic.
    """

    hubs: Snaps
    others: Snaps
    ptr: NDArray[np.int64]
    bound: NDArray[np.int64]
    reverse: bool


_MakeBatch = Callable[[int, int], _PairBatch]


def pair_times(
    network: Network,
    origins: Snaps,
    destinations: Snaps,
    *,
    max_min: float | None = None,
    max_workers: int | None = None,
    scheduler: str | None = None,
    processes: int | None = None,
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Return minutes, kilometres and status of given pairs, origin i to destination i.

    Pairs that share an end are answered by one search from it, which stops when none can improve.

    Parameters
    ----------
    network
        The roads.
    origins, destinations
        From `deserts.roads.snap`, of one length.
    max_min
        Longest drive in minutes; None sets no limit.
    max_workers
        Threads; None takes all cores.
    scheduler
        Address of a Dask scheduler whose workers can read the network's folder.
    processes
        Number of local Dask processes instead.

    Returns
    -------
    drive_min, dist_km : float64 ``(pairs,)``
        NaN where the status is not ``ok``.
    status : object ``(pairs,)``
        ``ok``, ``beyond_limit``, ``unreachable`` or ``unsnapped``.

    Raises
    ------
    InputError
        If the two differ in length.
    """
    if len(origins) != len(destinations):
        raise InputError(f"{len(origins)} origins and {len(destinations)} destinations", expected="one of each a pair")
    start_place, starts = distinct_places(origins)
    end_place, ends = distinct_places(destinations)
    both = np.flatnonzero((start_place >= 0) & (end_place >= 0))
    from_end = len(ends) <= len(starts)
    place, hubs, others = (end_place, ends, origins) if from_end else (start_place, starts, destinations)
    order = both[np.argsort(place[both], kind="stable")]
    ptr = np.searchsorted(place[order], np.arange(len(hubs) + 1))
    cost = beside(network, origins, destinations)

    def batch(start: int, stop: int) -> _PairBatch:
        members = order[ptr[start] : ptr[stop]]
        offsets = ptr[start : stop + 1] - ptr[start]
        return _PairBatch(hubs[start:stop], others[members], offsets, cost[members], from_end)

    if scheduler is not None or processes is not None:
        from deserts.roads.scale_out import spread

        found = spread(network, _on_worker, batch, len(hubs), shared=max_min, scheduler=scheduler, processes=processes)
    else:
        found = _threaded(network, batch, len(hubs), max_min, max_workers)
    cost[order] = np.concatenate([cost[:0], *found])
    reached = np.zeros(len(origins), dtype=bool)
    reached[both] = cost[both] < UNREACHED
    least = np.maximum(least_costs(network, origins), least_costs(network, destinations))
    total = np.where(reached, np.maximum(cost, least), 0)
    return read_out(origins, destinations, total, reached, limit_cost(max_min))


def _search(network: Network, part: _PairBatch, max_min: float | None) -> NDArray[np.int64]:
    """Return the cost of each pair of some hubs (`UNREACHED` where there is no way)."""
    search = search_of(network, reverse=part.reverse)
    states, costs = search.starts(part.hubs)
    read_states, read_costs = search.reads(part.others)
    limit = limit_cost(max_min)
    best = part.bound.copy()
    for hub in range(len(part.hubs)):
        mine = slice(part.ptr[hub], part.ptr[hub + 1])
        search.to_targets((states[hub], costs[hub]), limit, (read_states[mine], read_costs[mine]), best[mine])
    return best


def _threaded(
    network: Network, batch: _MakeBatch, hubs: int, max_min: float | None, max_workers: int | None
) -> list[NDArray[np.int64]]:
    size = max(1, min(BATCH_SOURCES, hubs // (4 * thread_count(max_workers))))
    with task("drive times", total=hubs) as ticker:

        def run(start: int) -> NDArray[np.int64]:
            best = _search(network, batch(start, min(start + size, hubs)), max_min)
            ticker.advance(size)
            return best

        return list(in_threads(run, range(0, hubs, size), max_workers))


def _on_worker(network: Network, max_min: float | None, part: _PairBatch) -> NDArray[np.int64]:
    """Search from a few hubs on a Dask worker."""
    return _search(network, part, max_min)
