"""One side of a network, ready to be searched: every caller seeds, runs and reads a search through it.

A search spreads over *states*. Where each search starts (`Search.starts`) and where its labels are read for points at
the other end (`Search.reads`) is answered here, so nobody else needs to know what a state is.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.roads import kernels, turn_kernels
from deserts.roads.costs import UNREACHED
from deserts.roads.ends import Ends, ends_on_arcs, ends_on_nodes
from deserts.roads.network import Network
from deserts.roads.snapping import Snaps
from deserts.roads.turns import Turns

__all__ = ["Search", "search_of"]

_KEPT = "_searches"
_NO_READS: Ends = (np.empty((0, 1), dtype=np.int32), np.empty((0, 1), dtype=np.int64))
_NO_COSTS = np.empty(0, dtype=np.int64)


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
        The roads. One that knows turns is searched on its arcs, any other on its nodes.
    reverse
        Whether searches start where drives end.
    """

    def __init__(self, network: Network, *, reverse: bool) -> None:
        self._network = network
        self._reverse = reverse
        arcs = network.reverse if reverse else network.forward
        # plain views: a mapped file's own array type is slow to take parts of
        self._arcs = tuple(np.asarray(part) for part in (arcs.ptr, arcs.heads, arcs.costs))
        self._longest = network.longest_arc
        self._turns = None if network.turns is None else _TurnArrays.of(network.turns, reverse=reverse)
        states = network.nodes
        if self._turns is not None:
            self._longest += int(self._turns.delays[:-1].max(where=self._turns.delays[:-1] < UNREACHED, initial=0))
            states = self._arcs[1].size
        self._workspaces = _Workspaces(states, network.nodes if self._turns is not None else 0, self._buckets(None))

    def starts(self, snaps: Snaps) -> Ends:
        """Return the states and costs that a search of each point starts with, access legs included."""
        if self._turns is not None:
            return ends_on_arcs(self._network, snaps, self._turns.of_edge, leaving=not self._reverse)
        return ends_on_nodes(self._network, snaps, leaving=not self._reverse)

    def reads(self, snaps: Snaps) -> Ends:
        """Return the states whose labels tell the cost to each point at the other end, and what is to be added."""
        if self._turns is None:
            return ends_on_nodes(self._network, snaps, leaving=self._reverse)
        arcs, parts = ends_on_arcs(self._network, snaps, self._turns.of_edge, leaving=self._reverse)
        other = self._network.forward if self._reverse else self._network.reverse
        found: Ends = turn_kernels.arcs_before(
            self._turns.mate, np.asarray(other.ptr), np.asarray(other.heads), *self._turns.other, self._turns.delays,
            arcs, parts,
        )  # fmt: skip
        return found

    @contextmanager
    def labels(
        self, states: NDArray[np.int32], costs: NDArray[np.int64], limit: np.int64
    ) -> Iterator[NDArray[np.int64]]:
        """Search from some states (-1 for none) and lend the labels of all states, `UNREACHED` beyond the limit."""
        work = self._work(costs[states >= 0])
        reached = self._run((states, costs), limit, _NO_READS, _NO_COSTS, work)
        try:
            yield work.labels
        finally:
            self._clean(reached, work)

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
        if not best.size:
            return
        work = self._work(starts[1][starts[0] >= 0])
        reached = self._run(starts, limit, reads, best, work)
        kernels.improve_all(*reads, best, work.labels)
        self._clean(reached, work)

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
        places = states[used], costs[used], sites[used], groups, k, limit, self._buckets(costs[used])
        found: tuple[NDArray[np.int64], NDArray[np.int32]]
        if self._turns is not None:
            turns = self._turns.row, self._turns.slack, self._turns.codes, self._turns.delays
            found = turn_kernels.nearest_turns(*self._arcs, *turns, *places)
        else:
            found = kernels.nearest_labels(*self._arcs, *places)
        return found

    def from_nodes(self, nodes: NDArray[np.int64], row: NDArray[np.int64], limit: np.int64) -> None:
        """Fill ``row`` with the costs between some nodes, as one place, and every node; no turn is taken at them."""
        work = self._workspaces.work
        seeds = np.asarray(nodes, dtype=np.int32)
        if self._turns is None:
            row[:] = UNREACHED
            starts = seeds, np.zeros(seeds.size, dtype=np.int64)
            kernels.search(*self._arcs, *starts, limit, *_NO_READS, _NO_COSTS, row, work.first, work.touched)
            return
        ptr, _, costs = self._arcs
        out = np.concatenate([np.arange(ptr[node], ptr[node + 1], dtype=np.int32) for node in seeds])
        reached = self._run((out, costs[out]), limit, _NO_READS, _NO_COSTS, work)
        row[:] = work.least
        row[seeds] = 0
        self._clean(reached, work)

    def beyond_edges(self, labels: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the cost from where each edge ends when driven ahead and back, ``(edges, 2)``, from lent labels.

        Only of a reversed search: the cost from the end of the edge to where drives end.
        """
        if self._turns is None:
            return np.stack([labels[self._network.edge_head], labels[self._network.edge_tail]], axis=1)
        of_edge, turns = self._turns.of_edge, self._turns
        beyond = turn_kernels.beyond_arcs(*self._arcs[:2], turns.row, turns.codes, turns.delays, labels)
        return np.where(of_edge >= 0, beyond[np.where(of_edge >= 0, of_edge, 0)], UNREACHED)

    def _run(self, starts: Ends, limit: np.int64, reads: Ends, best: NDArray[np.int64], work: _Workspace) -> int:
        """Run one search; return how many states it touched."""
        scratch = work.labels, work.least, work.first, work.touched
        if self._turns is not None:
            turns = self._turns.row, self._turns.slack, self._turns.codes, self._turns.delays
            return int(turn_kernels.search_turns(*self._arcs, *turns, *starts, limit, *reads, best, *scratch))
        labels, _, first, touched = scratch
        return int(kernels.search(*self._arcs, *starts, limit, *reads, best, labels, first, touched))

    def _clean(self, reached: int, work: _Workspace) -> None:
        if self._turns is not None:
            turn_kernels.reset_turns(reached, self._arcs[1], work.labels, work.least, work.touched)
        else:
            kernels.reset(reached, work.labels, work.touched)

    def _buckets(self, costs: NDArray[np.int64] | None) -> int:
        """Return how many buckets a search needs whose seeds have these costs."""
        spread = int(np.ptp(costs)) if costs is not None and costs.size else 0
        return kernels.bucket_count(max(self._longest, spread))

    def _work(self, costs: NDArray[np.int64]) -> _Workspace:
        """Return this thread's scratch arrays, with buckets enough for seeds of these costs."""
        work: _Workspace = self._workspaces.work
        needed = self._buckets(costs)
        if needed > work.first.size:
            work.first = np.full(needed, -1, dtype=np.int32)
        return work


@dataclass(frozen=True, slots=True)
class _TurnArrays:
    """Turns of the searched side as plain arrays; ``other`` holds rows, codes and mates of the other side."""

    row: NDArray[np.uint32]
    slack: NDArray[np.uint16]
    codes: NDArray[np.uint8]
    mate: NDArray[np.int32]
    other: tuple[NDArray[np.uint32], NDArray[np.uint8], NDArray[np.int32]]
    of_edge: NDArray[np.int32]
    delays: NDArray[np.int64]

    @classmethod
    def of(cls, turns: Turns, *, reverse: bool) -> _TurnArrays:
        side, other = (turns.reverse, turns.forward) if reverse else (turns.forward, turns.reverse)
        return cls(
            row=np.asarray(side.row), slack=np.asarray(side.slack), codes=np.asarray(side.codes),
            mate=np.asarray(side.mate),
            other=(np.asarray(other.row), np.asarray(other.codes), np.asarray(other.mate)),
            of_edge=turns.arcs_of(reverse=reverse), delays=turns.delays,
        )  # fmt: skip


class _Workspace:
    """Scratch arrays of one thread, made once and left clean by every search; on arcs also the least label at nodes."""

    def __init__(self, states: int, nodes: int, buckets: int) -> None:
        self.labels = np.full(states, UNREACHED, dtype=np.int64)
        self.first = np.full(buckets, -1, dtype=np.int32)
        self.touched = np.empty(states, dtype=np.int32)
        self.least = np.full(nodes, UNREACHED, dtype=np.int64)


class _Workspaces(threading.local):
    """One clean workspace a thread, made when it is first needed."""

    def __init__(self, states: int, nodes: int, buckets: int) -> None:
        self.work = _Workspace(states, nodes, buckets)
