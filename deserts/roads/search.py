"""One side of a network, ready to be searched: every caller seeds, runs and reads a search through it.

A search spreads over *states*. Where each search starts (`Search.starts`) and where its labels are read for points at
the other end (`Search.reads`) is answered here, so nobody else needs to know what a state is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from deserts.roads import kernels
from deserts.roads.arrays import Arcs
from deserts.roads.costs import UNREACHED
from deserts.roads.ends import Ends, arrivals, departures
from deserts.roads.network import Network
from deserts.roads.snapping import Snaps

__all__ = ["Search", "search_of"]

_KEPT = "_searches"


def search_of(network: Network, *, reverse: bool) -> Search:
    """Return the searches of one side of a network, made once and kept with it."""
    kept: dict[bool, Search] = network.__dict__.setdefault(_KEPT, {})
    if reverse not in kept:
        kept.setdefault(reverse, Search(network, reverse=reverse))
    return kept[reverse]


class Search:
    """Searches from places along the roads, or against the traffic to places; any number of threads may run them.

    Parameters
    ----------
    network
        The roads.
    reverse
        Whether searches start where drives end.
    """

    def __init__(self, network: Network, *, reverse: bool) -> None:
        self._network = network
        self._reverse = reverse
        arcs = network.reverse if reverse else network.forward
        # plain views: a mapped file's own array type is slow to take parts of
        self._arcs = Arcs(np.asarray(arcs.ptr), np.asarray(arcs.heads), np.asarray(arcs.costs))
        self._workspaces = _Workspaces(network.nodes, kernels.bucket_count(network.longest_arc))

    def starts(self, snaps: Snaps) -> Ends:
        """Return the states and costs that a search of each point starts with; access legs are left out."""
        return (arrivals if self._reverse else departures)(self._network, snaps)

    def reads(self, snaps: Snaps) -> Ends:
        """Return the states whose labels tell the cost to each point at the other end, and what is to be added."""
        return (departures if self._reverse else arrivals)(self._network, snaps)

    @contextmanager
    def labels(
        self, states: NDArray[np.int32], costs: NDArray[np.int64], limit: np.int64
    ) -> Iterator[NDArray[np.int64]]:
        """Search from some states (-1 for none) and lend the labels of all states, `UNREACHED` beyond the limit."""
        arcs, work = self._arcs, self._work(costs[states >= 0])
        reached = kernels.one_to_all(arcs.ptr, arcs.heads, arcs.costs, states, costs, limit, *work.arrays)
        try:
            yield work.labels
        finally:
            kernels.reset(reached, work.labels, work.touched)

    def to_targets(self, starts: Ends, limit: np.int64, reads: Ends, best: NDArray[np.int64]) -> None:
        """Lower ``best``, the cost to each target, as far as one search from some states can.

        Parameters
        ----------
        starts
            States ``(n,)`` (-1 for none) and costs of one place.
        limit
            Greatest cost that a label may have.
        reads
            From `Search.reads`, ``(targets, n)``.
        best
            ``(targets,)``: upper bounds on entry, least costs on return.
        """
        arcs, work = self._arcs, self._work(starts[1][starts[0] >= 0])
        kernels.to_targets(arcs.ptr, arcs.heads, arcs.costs, *starts, limit, *reads, best, *work.arrays)

    def nearest(
        self, starts: Ends, sites: NDArray[np.int32], groups: NDArray[np.int64], *, k: int, limit: np.int64
    ) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Return costs and sites of the k nearest groups of every state, ``(states, k)``, by one search from all sites.

        Parameters
        ----------
        starts
            States ``(n,)`` (-1 for none) and costs.
        sites
            Site of each of them.
        groups
            Group of each site; a state counts a group once.
        k
            How many.
        limit
            Greatest cost that a label may have.
        """
        states, costs = starts
        used = states >= 0
        arcs = self._arcs
        found: tuple[NDArray[np.int64], NDArray[np.int32]] = kernels.nearest_labels(
            arcs.ptr, arcs.heads, arcs.costs, states[used], costs[used], sites[used], groups, k, limit,
            self._buckets(costs[used]),
        )  # fmt: skip
        return found

    def from_nodes(self, nodes: NDArray[np.int64], row: NDArray[np.int64], limit: np.int64) -> None:
        """Fill ``row`` with the costs between some nodes, as one place, and every node."""
        arcs, work = self._arcs, self._workspaces.work
        row[:] = UNREACHED
        seeds = np.asarray(nodes, dtype=np.int32)
        nothing = np.zeros(seeds.size, dtype=np.int64)
        kernels.one_to_all(arcs.ptr, arcs.heads, arcs.costs, seeds, nothing, limit, row, work.first, work.touched)

    def _buckets(self, costs: NDArray[np.int64]) -> int:
        """Return how many buckets a search needs whose seeds have these costs."""
        spread = int(np.ptp(costs)) if costs.size else 0
        return kernels.bucket_count(max(self._network.longest_arc, spread))

    def _work(self, costs: NDArray[np.int64]) -> kernels.Workspace:
        """Return this thread's scratch arrays, with buckets enough for seeds of these costs."""
        work: kernels.Workspace = self._workspaces.work
        needed = self._buckets(costs)
        if needed > work.first.size:
            work.first = np.full(needed, -1, dtype=np.int32)
        return work


class _Workspaces(threading.local):
    """One clean workspace a thread, made when it is first needed."""

    def __init__(self, nodes: int, buckets: int) -> None:
        self.work = kernels.Workspace(nodes, buckets)
