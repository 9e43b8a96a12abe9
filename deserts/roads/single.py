"""Drive times from one place, with SciPy's search: nothing has to be compiled, so a cold command answers at once.

A network that knows turns is searched as everywhere else, since SciPy has no such search.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array

from deserts.errors import InputError
from deserts.roads.arrays import Arcs
from deserts.roads.beside import beside
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.ends import ends_on_nodes, least_costs
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
    best = beside(network, origins, sites)
    limit = limit_cost(limit_min)
    if network.turns is None:
        best = _by_nodes(network, origin, sites, limit, best)
    elif len(sites):
        from deserts.roads.search import search_of

        search = search_of(network, reverse=False)
        states, costs = search.starts(origin)
        search.to_targets((states[0], costs[0]), limit, search.reads(sites), best)
    reached = best < UNREACHED
    least = np.maximum(least_costs(network, origin), least_costs(network, sites))
    return read_out(origins, sites, np.where(reached, np.maximum(best, least), 0), reached, limit)


def _by_nodes(
    network: Network, origin: Snaps, sites: Snaps, limit: np.int64, best: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the cost of each site, ``best`` where no way over nodes is less."""
    nodes, costs = ends_on_nodes(network, origin, leaving=True)
    ends, last = ends_on_nodes(network, sites, leaving=False)
    labels = scipy_costs(network.forward, nodes[0], costs[0], limit)
    via = np.where(ends >= 0, labels[np.where(ends >= 0, ends, 0)], UNREACHED)
    through = np.where(via < UNREACHED, via + np.where(ends >= 0, last, 0), UNREACHED)
    return np.asarray(np.minimum(best, through.min(axis=1)))


def scipy_costs(arcs: Arcs, starts: NDArray[np.int32], costs: NDArray[np.int64], limit: np.int64) -> NDArray[np.int64]:
    """Return the least packed costs to all nodes (`UNREACHED` beyond the limit) by SciPy's Dijkstra.

    Parameters
    ----------
    arcs
        The roads.
    starts, costs
        Nodes, -1 for none, and the cost at which each is come to.
    limit
        Greatest cost that a label may have.
    """
    nodes = arcs.ptr.size - 1
    used = np.flatnonzero(starts >= 0)
    # one more node, from which all starts are left: then one search answers
    heads = np.concatenate([arcs.heads, starts[used]])
    weights = np.concatenate([arcs.costs, costs[used]]).astype(np.float64)
    ptr = np.append(arcs.ptr, arcs.ptr[-1] + used.size)
    graph = csr_array((weights, heads, ptr), shape=(nodes + 1, nodes + 1))
    found = csgraph.dijkstra(graph, directed=True, indices=nodes, limit=float(limit))[:nodes]
    return np.where(np.isfinite(found), np.nan_to_num(found, posinf=0.0), float(UNREACHED)).astype(np.int64)
