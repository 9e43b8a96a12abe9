"""What depends on roads that are open for a part of the year: seasonal ferries, mountain passes.

Networks without them are made once and kept with the network; most networks have none, and then nothing is made.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from deserts.arrays import Bools, Floats, Texts
from deserts.roads.arrays import EdgeFlag
from deserts.roads.network import Network
from deserts.roads.seasons import SEASONS
from deserts.roads.shut import shut
from deserts.roads.tags import FERRY, ROAD_CLASSES

__all__ = [
    "CLOSED_SEASON_MIN", "CLOSED_SEASON_STATUS", "SEASONAL_FERRY", "SEASONAL_ROAD", "all_year", "closed_season",
    "hangs_on", "seasonal_roads", "without_seasonal",
]  # fmt: skip

CLOSED_SEASON_MIN, CLOSED_SEASON_STATUS = "closed_season_min", "closed_season_status"
"""Columns of tables of drives: minutes while seasonal roads are closed, and what becomes of the drive then."""

SEASONAL_FERRY, SEASONAL_ROAD = "ferry", "road"
"""Kinds of what is closed for a part of the year, as `deserts.rules.minutes.drive_notes` words them."""

_KEPT = "_without_seasonal"
_KEPT_ALL_YEAR = "_all_year"
_MORE_MIN = 1.0
"""A drive that takes less than this longer without a road does not hang on it (minutes)."""


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


def all_year(network: Network) -> Network | None:
    """Return the network without anything that is closed for a part of the year; None where nothing is.

    Kept with the network, as `without_seasonal`.
    """
    if _KEPT_ALL_YEAR not in network.__dict__:
        seasonal = seasonal_roads(network)
        network.__dict__[_KEPT_ALL_YEAR] = shut(network, seasonal) if seasonal.any() else None
    kept: Network | None = network.__dict__[_KEPT_ALL_YEAR]
    return kept


def hangs_on(drive_min: Floats, then_min: Floats) -> Bools:
    """Return which drives take noticeably longer without some roads, or are no longer there.

    Parameters
    ----------
    drive_min, then_min
        Minutes with and without these roads; not a number where there is no drive.
    """
    return np.asarray(~np.isnan(drive_min) & ~(then_min <= drive_min + _MORE_MIN))


def closed_season(drive_min: Floats, then_min: Floats, then_status: Texts) -> tuple[Floats, Texts]:
    """Return the two columns of what drives become while seasonal roads are closed.

    Parameters
    ----------
    drive_min, then_min
        Minutes with and without these roads; not a number where there is no drive.
    then_status
        Status of each drive without them.

    Returns
    -------
    minutes
        Not a number where nothing changes, and where there is no drive then.
    status
        Empty where nothing changes (or there was no drive before), else that of the drive then.
    """
    changed = hangs_on(drive_min, then_min)
    return np.where(changed, then_min, np.nan), np.where(changed, then_status, "").astype(object)
