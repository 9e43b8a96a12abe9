"""The lines of edges as flat arrays: boxes, and all vertices of a selection."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deserts.roads.arrays import RoadArrays

__all__ = ["edge_boxes", "edge_lines"]


def edge_boxes(network: RoadArrays) -> tuple[NDArray[np.float64], ...]:
    """Return west, south, east, north of every edge, degrees ``(edges,)``."""
    found = []
    for pick in (np.minimum, np.maximum):
        for nodes, inner in ((network.node_lon, network.shape_lon), (network.node_lat, network.shape_lat)):
            box = pick(nodes[network.edge_tail], nodes[network.edge_head])
            with_inner = np.flatnonzero(np.diff(network.shape_ptr))
            if with_inner.size:
                # between two edges with inner vertices lie only edges without any, so the runs are contiguous
                extreme = pick.reduceat(inner, network.shape_ptr[with_inner]) * 1e-7
                box[with_inner] = pick(box[with_inner], extreme)
            found.append(box)
    west, south, east, north = found
    return west, south, east, north


def edge_lines(
    network: RoadArrays, edges: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """Return the lines of some edges: offsets ``(edges + 1,)`` and the longitudes and latitudes of all vertices."""
    start = network.shape_ptr[edges]
    inner = network.shape_ptr[edges + 1] - start
    ptr = np.concatenate([[0], np.cumsum(inner + 2)]).astype(np.int64)
    lon = np.empty(int(ptr[-1]))
    lat = np.empty(int(ptr[-1]))
    for line, nodes, shape in ((lon, network.node_lon, network.shape_lon), (lat, network.node_lat, network.shape_lat)):
        line[ptr[:-1]] = nodes[network.edge_tail[edges]]
        line[ptr[1:] - 1] = nodes[network.edge_head[edges]]
        within = np.arange(int(inner.sum())) - np.repeat(np.cumsum(inner) - inner, inner)
        line[np.repeat(ptr[:-1] + 1, inner) + within] = shape[np.repeat(start, inner) + within] * 1e-7
    return ptr, lon, lat
