"""Strongly connected components, and which of them points may snap to.

Points snap to any component of at least 50 nodes, so an island with roads of its own keeps its people on the island.
One kind of component is left out: a smaller one whose roads *cross* those of a larger one without a junction. It
shares the land, so it is no island but a flaw of the data (a highway file without some interchanges) or roads behind
a gate; points go to the larger one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array

if TYPE_CHECKING:
    from deserts.roads.arrays import Arcs

__all__ = ["MIN_COMPONENT_NODES", "snappable_components", "strong_components"]

MIN_COMPONENT_NODES = 50
"""Points snap to edges of strongly connected components of at least this many nodes (counted as in the extract)."""


def strong_components(
    forward: Arcs, tail: NDArray[np.int32], head: NDArray[np.int32], inner: NDArray[np.int64]
) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """Return the strongly connected components, numbered by size, and count their nodes with the contracted ones."""
    nodes = forward.ptr.size - 1
    # not doubles: SciPy's search never ends on parallel arcs, which it merges while converting other numbers to doubles
    graph = csr_array((np.ones(forward.heads.size, dtype=np.int8), forward.heads, forward.ptr), shape=(nodes, nodes))
    count, labels = csgraph.connected_components(graph, directed=True, connection="strong")
    del graph
    sizes = np.bincount(labels, minlength=count)
    same = labels[tail] == labels[head]
    sizes = sizes + np.bincount(labels[tail][same], weights=inner[same], minlength=count).astype(np.int64)
    first_node = np.full(count, nodes, dtype=np.int64)
    np.minimum.at(first_node, labels, np.arange(nodes))
    order = np.lexsort((first_node, -sizes))
    rank = np.empty(count, dtype=np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return rank[labels], sizes[order]


def snappable_components(
    sizes: NDArray[np.int64], component: NDArray[np.int32], ends: tuple[NDArray[np.float64], ...]
) -> NDArray[np.bool_]:
    """Return whether points may snap to each component.

    Parameters
    ----------
    sizes
        Nodes of each component, largest first.
    component
        Component of each segment.
    ends
        Longitudes of tail and head, latitudes of tail and head of each segment (degrees).
    """
    snappable = sizes >= MIN_COMPONENT_NODES
    for number in np.flatnonzero(snappable)[1:]:
        mine = np.flatnonzero(component == number)
        larger = np.flatnonzero((component < number) & _overlaps(ends, mine))
        larger = larger[sizes[component[larger]] >= MIN_COMPONENT_NODES]
        snappable[number] = not _cross(ends, mine, larger)
    return np.asarray(snappable)


def _overlaps(ends: tuple[NDArray[np.float64], ...], mine: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return whether the box of each segment meets the box of some segments."""
    inside = np.ones(ends[0].size, dtype=bool)
    for a, b in (ends[:2], ends[2:]):
        low, high = min(a[mine].min(), b[mine].min()), max(a[mine].max(), b[mine].max())
        inside &= (np.maximum(a, b) >= low) & (np.minimum(a, b) <= high)
    return inside


def _cross(ends: tuple[NDArray[np.float64], ...], mine: NDArray[np.int64], others: NDArray[np.int64]) -> bool:
    """Whether any of two sets of segments cross inside both."""
    if not others.size:
        return False
    import shapely  # only extracts with several sizeable components need it

    def lines(which: NDArray[np.int64]) -> NDArray[np.object_]:
        corners = np.stack([np.stack([ends[0], ends[2]], -1)[which], np.stack([ends[1], ends[3]], -1)[which]], 1)
        return np.asarray(shapely.linestrings(corners))

    return bool(shapely.STRtree(lines(others)).query(lines(mine), predicate="crosses").size)
