"""Crossings with signals: which signals belong together, so that a car waits once.

Signals are mapped once for each approach of a crossing, and again for walkers. Signals with a stretch of road between
them that is no longer than a wide crossing are one crossing, with the junctions on that stretch: a car waits where it
drives into it, not inside and not on its way out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray
from scipy.sparse import coo_array, csgraph

from deserts.earth import METRES_PER_DEGREE, great_circle_m
from deserts.roads.node_tags import NodeFact
from deserts.roads.osm.extract import Nodes

__all__ = ["CROSSING_M", "Crossings", "find_crossings"]

CROSSING_M = 60.0
"""Longest stretch between two signals of one crossing: two carriageways, their turning lanes and a median."""

_ANY_SIGNALS = NodeFact.SIGNALS | NodeFact.WALKERS_SIGNALS
_TABLE_BITS = 22


@dataclass(frozen=True, slots=True)
class Crossings:
    """Crossings with signals.

    Parameters
    ----------
    of
        Crossing of each node, int32, -1 for none.
    for_cars
        Whether each crossing has signals for cars, not for walkers alone.
    nodes
        How many nodes each has.
    """

    of: NDArray[np.int32]
    for_cars: NDArray[np.bool_]
    nodes: NDArray[np.int64]


def find_crossings(nodes: Nodes, place: NDArray[np.int32], steps: NDArray[np.bool_]) -> Crossings:
    """Find the crossings among the nodes of ways.

    Parameters
    ----------
    nodes
        The nodes.
    place
        Node of each place of the row of ways.
    steps
        At which places a step begins.
    """
    of = np.full(nodes.ids.size, -1, dtype=np.int32)
    signals = np.flatnonzero(nodes.facts & _ANY_SIGNALS)
    if not signals.size:
        return Crossings(of, np.zeros(0, dtype=bool), np.zeros(0, dtype=np.int64))
    tail, head, metres = _short_steps(nodes, place, steps, _near(nodes.lon, nodes.lat, signals))
    local, ends = np.unique(np.concatenate([signals, tail, head]), return_inverse=True)
    mine, tail, head = np.split(ends, [signals.size, signals.size + tail.size])
    graph = coo_array((metres, (tail, head)), shape=(local.size, local.size)).tocsr()
    graph = graph.maximum(graph.T).tocsr()
    distances = _two_nearest(graph.indptr, graph.indices, graph.data, mine)
    inside = (distances[:, 0] + distances[:, 1] <= CROSSING_M) | (distances[:, 0] == 0)
    joins = inside[tail] & inside[head] & (distances[tail, 0] + metres + distances[head, 0] <= CROSSING_M)
    links = coo_array((np.ones(int(joins.sum()), dtype=np.int8), (tail[joins], head[joins])), shape=graph.shape)
    _, label = csgraph.connected_components(links, directed=False)
    _, number = np.unique(label[inside], return_inverse=True)
    of[local[inside]] = number
    for_cars = np.zeros(int(number.max()) + 1, dtype=bool)
    for_cars[of[np.flatnonzero(nodes.facts & NodeFact.SIGNALS)]] = True
    return Crossings(of, for_cars, np.bincount(number))


def _near(lon: NDArray[np.int32], lat: NDArray[np.int32], signals: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which nodes may lie within a crossing's width of a signal (some lie further)."""
    height = 1.05 * CROSSING_M / METRES_PER_DEGREE * 1e7
    width = height / max(0.05, float(np.cos(np.radians(np.abs(lat[signals]).max() * 1e-7))))
    table = np.zeros(1 << _TABLE_BITS, dtype=np.bool_)
    return np.asarray(_mark_near(lon, lat, signals, width, height, table))


@njit(cache=True, nogil=True, inline="always")
def _cell(column, row, table):  # type: ignore[no-untyped-def]
    """Return the place of a cell in the table; two cells may share one."""
    mixed = (np.uint64(column) * np.uint64(0x9E3779B97F4A7C15)) ^ (np.uint64(row) * np.uint64(0xC2B2AE3D27D4EB4F))
    return np.int64((mixed >> np.uint64(20)) & np.uint64(table.size - 1))


@njit(cache=True, nogil=True)
def _mark_near(lon, lat, signals, width, height, table):  # type: ignore[no-untyped-def]
    for node in signals:
        column, row = np.int64(np.floor(lon[node] / width)), np.int64(np.floor(lat[node] / height))
        for x in range(column - 1, column + 2):
            for y in range(row - 1, row + 2):
                table[_cell(x, y, table)] = True
    near = np.empty(lon.size, dtype=np.bool_)
    for node in range(lon.size):
        near[node] = table[_cell(np.int64(np.floor(lon[node] / width)), np.int64(np.floor(lat[node] / height)), table)]
    return near


def _short_steps(
    nodes: Nodes, place: NDArray[np.int32], steps: NDArray[np.bool_], near: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return tail, head and metres of the steps near signals that are no longer than a crossing."""
    at = np.flatnonzero(steps & near[place])
    at = at[near[place[at + 1]]]
    tail, head = place[at].astype(np.int64), place[at + 1].astype(np.int64)
    ends = (axis[end] * 1e-7 for end in (tail, head) for axis in (nodes.lon, nodes.lat))
    metres = great_circle_m(*ends)
    short = metres <= CROSSING_M
    # a step of no length would be no link at all in a sparse graph
    return tail[short], head[short], np.maximum(metres[short], 1e-3)


@njit(cache=True, nogil=True)
def _two_nearest(ptr, heads, metres, signals):  # type: ignore[no-untyped-def]
    """Return how far the two nearest signals of each node are, ``(nodes, 2)``, without driving through a third one."""
    nodes = ptr.size - 1
    nearest = np.full((nodes, 2), np.inf)
    is_signal = np.zeros(nodes, dtype=np.bool_)
    for node in signals:
        is_signal[node] = True
    reached = np.full(nodes, np.inf)
    queue = np.empty(4 * nodes + 64, dtype=np.int64)
    for signal in signals:
        reached[signal] = 0.0
        queue[0] = signal
        first, last = 0, 1
        while first < last:
            node = queue[first]
            first += 1
            if node != signal and is_signal[node]:
                continue
            for arc in range(ptr[node], ptr[node + 1]):
                other = heads[arc]
                far = reached[node] + metres[arc]
                if far <= CROSSING_M and far < reached[other] and last < queue.size:
                    reached[other] = far
                    queue[last] = other
                    last += 1
        for i in range(last):
            node = queue[i]
            if reached[node] < nearest[node, 0]:
                nearest[node, 1] = nearest[node, 0]
                nearest[node, 0] = reached[node]
            elif reached[node] < nearest[node, 1]:
                nearest[node, 1] = reached[node]
            reached[node] = np.inf
    return nearest
