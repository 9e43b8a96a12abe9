"""Drive times from one place, with SciPy's search: nothing has to be compiled, so a cold command answers at once.

A network that knows turns is searched as everywhere else, since SciPy has no such search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array

from deserts.errors import InputError
from deserts.roads.arrays import Arcs
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.ends import along_edge, ends_on_nodes
from deserts.roads.network import Network
from deserts.roads.readout import read_out
from deserts.roads.snapping import Snaps

__all__ = ["scipy_costs", "times_from_point"]


def times_from_point(
    network: Network, origin: Snaps, sites: Snaps, *, limit_min: float | None = None
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Return minutes, kilometres and status from one origin to every site: one forward search.

    Equal to `deserts.roads.pair_times` to the millisecond, since packed costs are exact as doubles too.

    Parameters
    ----------
    network
        The roads.
    origin
        One point, from `deserts.roads.snap`.
    sites
        From `deserts.roads.snap`.
    limit_min
        Longest drive in minutes; None sets no limit.
    """
    if len(origin) != 1:
        raise InputError(f"{len(origin)} origins", expected="one")
    origins = origin[np.zeros(len(sites), dtype=np.int64)]
    best = along_edge(network, origins, sites)
    limit = limit_cost(limit_min)
    if network.turns is None:
        best = _by_nodes(network, origin, sites, limit, best)
    elif len(sites):
        from deserts.roads.search import search_of

        search = search_of(network, reverse=False)
        states, costs = search.starts(origin)
        search.to_targets((states[0], costs[0]), limit, search.reads(sites), best)
    reached = best < UNREACHED
    same = sites.snapped & (sites.lon == origin.lon[0]) & (sites.lat == origin.lat[0])
    total = np.where(reached, best + origins.access_cost + sites.access_cost, 0)
    total[same] = 0
    return read_out(origins, sites, total, reached | same, limit)


def _by_nodes(
    network: Network, origin: Snaps, sites: Snaps, limit: np.int64, best: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the cost of each site, ``best`` where no way over nodes is less."""
    nodes, costs = ends_on_nodes(network, origin, leaving=True)
    ends, last = ends_on_nodes(network, sites, leaving=False)
    for side in np.flatnonzero(nodes[0] >= 0) if len(sites) else ():
        labels = scipy_costs(network.forward, int(nodes[0, side]), max(limit - costs[0, side], 0))
        via = np.where(ends >= 0, labels[np.where(ends >= 0, ends, 0)], UNREACHED)
        through = np.where(via < UNREACHED, via + last + costs[0, side], UNREACHED)
        best = np.minimum(best, through.min(axis=1))
    return best


def scipy_costs(arcs: Arcs, source: int, limit: np.int64 | int) -> NDArray[np.int64]:
    """Return packed costs from one node to all (`UNREACHED` beyond the limit) by SciPy's Dijkstra."""
    nodes = arcs.ptr.size - 1
    graph = csr_array((arcs.costs.astype(np.float64), arcs.heads, arcs.ptr), shape=(nodes, nodes))
    found = csgraph.dijkstra(graph, directed=True, indices=source, limit=float(limit))
    return np.where(np.isfinite(found), np.nan_to_num(found, posinf=0.0), float(UNREACHED)).astype(np.int64)
