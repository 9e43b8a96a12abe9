"""The mean delay at junctions, for networks that are searched on their nodes: by class of road, in town and country.

A junction is where at least three roads meet; driveways, tracks and ramps make none. Where turns are known, they have
delays of their own instead.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deserts.roads.edges import Edges
from deserts.roads.speeds import KindModel
from deserts.roads.tags import ROAD_CLASSES

__all__ = ["held_at_junctions"]

_ARMS = 3
_NO_ARMS = [index for index, name in enumerate(ROAD_CLASSES) if name.endswith("_link") or name in ("service", "track")]
"""Ramps, driveways and tracks join a road without holding up those who stay on it, and the streets that the delays
were fitted on have none of them."""


def held_at_junctions(edges: Edges, rules: KindModel) -> Edges:
    """Add to each edge the mean delay at the junction where it ends, for each direction in which it may be driven."""
    counted = ~np.isin(edges.road_class, _NO_ARMS)
    same = np.arange(edges.node_id.size, dtype=np.int32) if edges.same_node is None else edges.same_node
    if edges.of is not None:
        counted &= edges.of == np.arange(edges.of.size)
    arms = np.bincount(same[edges.tail[counted]], minlength=same.size)
    arms += np.bincount(same[edges.head[counted]], minlength=same.size)
    is_junction = (arms >= _ARMS)[same]
    rural, urban = (np.asarray(side) for side in (rules.junction_rural_s, rules.junction_urban_s))
    share = np.arange(256) / 255.0
    held_ms = np.rint(1000 * (rural[:, None] + (urban - rural)[:, None] * share)).astype(np.int32)

    def held(ms: NDArray[np.int32], end: NDArray[np.int32]) -> NDArray[np.int32]:
        more = held_ms[edges.road_class, edges.urbanity]
        more[(ms <= 0) | ~is_junction[end]] = 0
        return np.asarray(more + ms)

    return replace(edges, ms=held(edges.ms, edges.head), back_ms=held(edges.back_ms, edges.tail))
