"""What depends on roads that are open for a part of the year: seasonal ferries, mountain passes.

The network without them is made once and kept with the network; most networks have none, and then nothing is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deserts.arrays import Bools
from deserts.roads.arrays import EdgeFlag
from deserts.roads.network import Network
from deserts.roads.seasons import SEASONS
from deserts.roads.shut import shut
from deserts.roads.tags import FERRY, ROAD_CLASSES

__all__ = ["SEASONAL_FERRY", "SEASONAL_ROAD", "seasonal_roads", "without_seasonal"]

SEASONAL_FERRY, SEASONAL_ROAD = "ferry", "road"
"""Kinds of what is closed for a part of the year, as `deserts.rules.minutes.drive_notes` words them."""

_KEPT = "_without_seasonal"


def seasonal_roads(network: Network) -> Bools:
    """Return which edges are open now and closed for a part of the year ``(edges,)``."""
    flags = 0
    for season in SEASONS:
        flags |= int(EdgeFlag.closed(season))
    return np.asarray((network.edge_flags & flags > 0) & ~network.closed)


def without_seasonal(network: Network) -> Mapping[str, Network]:
    """Return the network without its seasonal ferries, and without its seasonal roads, as far as it has any.

    Kept with the network, so that a program that stays makes it once.
    """
    kept: dict[str, Network] | None = network.__dict__.get(_KEPT)
    if kept is None:
        seasonal = seasonal_roads(network)
        ferry = network.road_class == ROAD_CLASSES.index(FERRY)
        kinds = {SEASONAL_FERRY: seasonal & ferry, SEASONAL_ROAD: seasonal & ~ferry}
        kept = {kind: shut(network, roads) for kind, roads in kinds.items() if roads.any()}
        network.__dict__[_KEPT] = kept
    return kept
