"""Write the roads as Geofabrik-like extracts, one a state, with ways over the state line whole in both."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import osmium

from deserts.example.drawing import Board
from deserts.example.land import Land, to_lonlat

__all__ = ["write_extract"]

_FIRST_NODE_ID = 1_000_000_001
_FIRST_WAY_ID = 500_000_001


def write_extract(board: Board, land: Land, state: str, path: Path) -> int:
    """Write the ways that touch a state as a ``.osm.pbf`` file, sorted by type and id, and return their number.

    The bytes depend on the board alone: no times, users or versions are stored.
    """
    xy = np.array(board.xy)
    is_inside = np.array([county.state == state for county in land.counties])[land.county_of(xy)]
    ways = [(i, way) for i, way in enumerate(board.ways) if is_inside[list(way.nodes)].any()]
    used = sorted({node for _, way in ways for node in way.nodes})
    lonlat = to_lonlat(xy)
    header = osmium.io.Header()
    header.set("generator", "deserts example")
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
