"""Where minutes were compared with somebody else's, and which drives are doubtful: a network says both.

Numbers of highways were compared all over the contiguous United States, those of full streets around New York alone: no
other extract at hand holds published drives. Where it is not known how built-up the land is, nothing was compared.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from deserts.arrays import Floats, Longs
from deserts.roads.speeds import RoadKind
from deserts.roads.urbanity import Density
from deserts.rules.minutes import TICKS_A_MINUTE, per_mille

if TYPE_CHECKING:
    from deserts.roads.network import Network
    from deserts.roads.snapping import Snaps

__all__ = [
    "HIGHWAYS_NOT_CHECKED", "NOT_CHECKED_HERE", "doubt_shares", "doubt_words", "long_legs", "not_checked", "unchecked",
]  # fmt: skip

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees."""

NOT_CHECKED_HERE = "Minutes on streets not checked here: compared with others' near New York only."
HIGHWAYS_NOT_CHECKED = "Minutes not checked outside the 48 contiguous states: compared with others' there only."

_EITHER = (False, True)
_CHECKED_STREETS: Box = (-74.75, 40.05, -73.25, 41.55)
"""New York's extract and a quarter of a degree around it."""
_CHECKED_HIGHWAYS: Box = (-125.0, 24.3, -66.8, 49.6)


def _checked_box(kind: RoadKind) -> Box:
    return _CHECKED_HIGHWAYS if kind is RoadKind.HIGHWAYS else _CHECKED_STREETS


def not_checked(kind: RoadKind, box: Box) -> str | None:
    """Return what is to be said of a network that lies, in part, where its kind of roads was never compared, else None.

    Parameters
    ----------
    kind
        What it holds.
    box
        Where it lies.
    """
    west, south, east, north = _checked_box(kind)
    if box[0] >= west and box[1] >= south and box[2] <= east and box[3] <= north:
        return None
    return HIGHWAYS_NOT_CHECKED if kind is RoadKind.HIGHWAYS else NOT_CHECKED_HERE


def unchecked(network: Network, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    """Return at which places (degrees) minutes of a network were never compared with others'."""
    if network.meta["density"] == Density.UNKNOWN:
        return np.ones(np.shape(lon), dtype=bool)
    west, south, east, north = _checked_box(RoadKind(network.meta["kind"]))
    return np.asarray(~((lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)))


def doubt_shares(network: Network, start: Snaps, end: Snaps, drive_min: Floats) -> Longs:
    """Return within how many thousandths of the minutes nine drives in ten lie; see `deserts.rules.minutes.per_mille`.

    Parameters
    ----------
    start, end
        Both ends of each drive.
    drive_min
        Minutes; not a number where there are none, which gives 0.
    """
    doubts = network.meta["doubts"]
    bands = np.array(
        [
            [[per_mille(doubts, is_far=far, unchecked=never, long_leg=rough) for rough in _EITHER] for never in _EITHER]
            for far in _EITHER
        ]
    )
    there, legs = _doubts(network, start, end)
    far = np.rint(np.nan_to_num(drive_min) * TICKS_A_MINUTE) >= doubts["far_min"] * TICKS_A_MINUTE
    shares = bands[far.astype(int), there.astype(int), legs.astype(int)]
    return np.where(np.isnan(drive_min), 0, shares).astype(np.int64)


def doubt_words(network: Network, start: Snaps, end: Snaps) -> list[str]:
    """Return why the minutes of each drive are in doubt, empty for those that are not."""
    reasons = ("not checked here", "far from any road")
    return ["; ".join(itertools.compress(reasons, both)) for both in zip(*_doubts(network, start, end), strict=True)]


def _doubts(network: Network, start: Snaps, end: Snaps) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return of which drives an end lies where nothing was compared, and of which one lies far from any road."""
    never = unchecked(network, start.lon, start.lat) | unchecked(network, end.lon, end.lat)
    return never, long_legs(network, start) | long_legs(network, end)


def long_legs(network: Network, snaps: Snaps) -> NDArray[np.bool_]:
    """Return which points lie so far from any road of the network that minutes there are rough."""
    return np.asarray(snaps.snap_km > network.meta["ends"]["long_leg_km"])
