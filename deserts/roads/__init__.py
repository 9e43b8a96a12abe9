"""Roads: exact, fast drive times and isochrones, from a city to a continent.

`deserts.drive_times` and `deserts.isochrones` are the way in for anybody's points; here is what they are made of:
`read_network` makes arrays of extracts, `snap` finds the road next to a point, `pair_times`, `times_to_sites` and
`nearest_sites` search.

Names are imported when they are first used, so that a command pays only for what it needs.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deserts.roads.isochrone import isochrones
    from deserts.roads.network import Network
    from deserts.roads.pairs import pair_times
    from deserts.roads.reader import OSM_CREDIT, read_network
    from deserts.roads.router import Router
    from deserts.roads.single import times_from_point
    from deserts.roads.snapping import Snaps, snap
    from deserts.roads.speeds import SpeedModel, load_speeds
    from deserts.roads.times import PairTimes, nearest_sites, times_to_sites
    from deserts.roads.within import within_km

__all__ = [
    "OSM_CREDIT",
    "Network",
    "PairTimes",
    "Router",
    "Snaps",
    "SpeedModel",
    "isochrones",
    "load_speeds",
    "nearest_sites",
    "pair_times",
    "read_network",
    "snap",
    "times_from_point",
    "times_to_sites",
    "within_km",
]

_HOMES = {
    "Network": "network",
    "OSM_CREDIT": "reader",
    "PairTimes": "times",
    "Router": "router",
    "Snaps": "snapping",
    "SpeedModel": "speeds",
    "isochrones": "isochrone",
    "load_speeds": "speeds",
    "nearest_sites": "times",
    "pair_times": "pairs",
    "read_network": "reader",
    "snap": "snapping",
    "times_from_point": "single",
    "times_to_sites": "times",
    "within_km": "within",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
