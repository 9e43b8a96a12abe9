"""Strongly connected components: parts of the network from each place of which a car can go to every other and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csgraph, csr_array

if TYPE_CHECKING:
    from deserts.roads.arrays import Arcs

__all__ = ["strong_components"]


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
    # few roads of a contracted network have vertices, and those between components count for none
    bent = np.flatnonzero((inner > 0) & (labels[tail] == labels[head]))
    sizes = sizes + np.bincount(labels[tail[bent]], weights=inner[bent], minlength=count).astype(np.int64)
    first_node = np.full(count, nodes, dtype=np.int64)
    np.minimum.at(first_node, labels, np.arange(nodes))
    order = np.lexsort((first_node, -sizes))
    rank = np.empty(count, dtype=np.int32)
    rank[order] = np.arange(count, dtype=np.int32)
    return rank[labels], sizes[order]
