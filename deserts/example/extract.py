"""Write the roads as Geofabrik-like extracts, one a state, with ways over the state line whole in both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium
from numpy.typing import NDArray

from deserts.example.drawing import Board
from deserts.example.land import Land, to_lonlat

__all__ = ["states_of_nodes", "write_extract"]

_FIRST_NODE_ID = 1_000_000_001
_FIRST_WAY_ID = 500_000_001


def states_of_nodes(board: Board, land: Land) -> NDArray[np.str_]:
    """Return the postal code of the state of each node, shape (nodes,); at sea, that of the nearest county."""
    return np.array([county.state for county in land.counties])[land.county_of(np.array(board.xy))]


def write_extract(board: Board, states: NDArray[np.str_], state: str, path: Path) -> int:
    """Write the ways that touch a state as a ``.osm.pbf`` file, sorted by type and id, and return their number.

    The bytes depend on the board alone: no times, users or versions are stored.

    Parameters
    ----------
    board
        The roads of both states.
    states
        State of each node.
    state
        The state to write.
    path
        Where to.
    """
    xy = np.array(board.xy)
    is_inside = states == state
    ways = [(i, way) for i, way in enumerate(board.ways) if is_inside[list(way.nodes)].any()]
    used = sorted({node for _, way in ways for node in way.nodes})
    lonlat = to_lonlat(xy)
    header = osmium.io.Header()
    header.set("generator", "deserts source example")
    header.set("sorting", "Type_then_ID")
    with osmium.SimpleWriter(str(path), header=header, overwrite=True) as writer:
        for node in used:
            place = (float(lonlat[node, 0]), float(lonlat[node, 1]))
            tags = dict(board.node_tags.get(node, ()))
            writer.add_node(osmium.osm.mutable.Node(id=_FIRST_NODE_ID + node, location=place, tags=tags))
        for number, way in ways:
            refs = [_FIRST_NODE_ID + node for node in way.nodes]
            writer.add_way(osmium.osm.mutable.Way(id=_FIRST_WAY_ID + number, nodes=refs, tags=dict(way.tags)))
    return len(ways)
