"""Roads that are closed for a while: a bridge, a flooded area, mountain passes in snow. What a drive takes then.

A shut road keeps its place in the network, so points stay where they lie on it; only nobody drives it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError
from deserts.roads.arrays import Arcs
from deserts.roads.build import arcs_of
from deserts.roads.costs import CLOSED
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.seasons import Season

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

    from deserts.roads.closings import Closing

__all__ = ["roads_in", "roads_to_shut", "shut"]


def roads_in(network: Network, shapes: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """Return which edges meet any of some lines or areas (degrees)."""
    import shapely

    west, south, east, north = network.boxes
    found = np.zeros(network.edges, dtype=bool)
    for shape in shapes:
        left, bottom, right, top = shape.bounds
        near = np.flatnonzero((west <= right) & (east >= left) & (south <= top) & (north >= bottom) & ~found)
        shapely.prepare(shape)
        points, line = network.shapes(near)
        found[near] = shapely.intersects(shape, shapely.linestrings(points, indices=line))
    return found


def roads_to_shut(network: Network, closings: Sequence[Closing], *, snow: bool) -> NDArray[np.bool_]:
    """Return which edges some closings meet; with ``snow`` also those that are closed in winter.

    Raises
    ------
    InputError
        If one of them meets no road.
    """
    found = np.zeros(network.edges, dtype=bool)
    for closing in closings:
        met = roads_in(network, closing.shapes)
        if not met.any():
            expected = "lines or areas that meet a road of the region"
            raise InputError("no road to close", where=closing.name, expected=expected)
        found |= met
    return found | (network.edge_flags & int(EdgeFlag.closed(Season.WINTER)) > 0) if snow else found


def shut(network: Network, roads: NDArray[np.bool_]) -> Network:
    """Return the network with some edges closed to everybody; places on the roads stay where they are.

    Parts of the network stay as they were: what is cut off is found by searching, not told beforehand.

    Parameters
    ----------
    network
        The roads.
    roads
        ``(edges,)``; copies of a road are shut with it.
    """
    gone = roads.copy()
    gone[network.copy_edge[roads[network.copy_of]]] = True
    flags = np.where(gone, network.edge_flags | np.uint8(EdgeFlag.SHUT), network.edge_flags).astype(np.uint8)
    closed = network.closed | gone
    if network.turns is None:
        ends = network.edge_tail, network.edge_head
        times = network.edge_ms, network.edge_back_ms, network.edge_m
        forward, reverse = (arcs_of(network.nodes, ends, times, closed, reverse=side)[0] for side in (False, True))
    else:
        forward, reverse = (
            _closed_arcs(arcs, network.turns.arcs_of(reverse=side)[gone])
            for arcs, side in ((network.forward, False), (network.reverse, True))
        )
    return replace(network, edge_flags=flags, forward=forward, reverse=reverse, folder=None)


def _closed_arcs(arcs: Arcs, gone: NDArray[np.int32]) -> Arcs:
    """Return arcs in the same order, some of them closed (-1 for none)."""
    costs = np.array(arcs.costs)
    costs[gone[gone >= 0]] = CLOSED
    return replace(arcs, costs=costs)
