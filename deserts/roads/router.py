"""Drive times from one place after another, for a program that stays: roads are prepared once, each answer is quick.

`deserts.roads.times_from_point` gives the same without compiled code, which is quicker for a single question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deserts.errors import InputError
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.ends import along_edge
from deserts.roads.network import Network
from deserts.roads.readout import read_out
from deserts.roads.search import search_of
from deserts.roads.snap_grid import SegmentGrid
from deserts.roads.snapping import Snaps, snap

__all__ = ["Destinations", "Router"]


@dataclass(frozen=True, slots=True, eq=False)
class Destinations:
    """Places that are asked for again and again, from `Router.destinations`.

    Parameters
    ----------
    snaps
        The places.
    states, costs
        From `deserts.roads.search.Search.reads`.
    access
        Cost of each access leg.
    """

    snaps: Snaps
    states: NDArray[np.int32]
    costs: NDArray[np.int64]
    access: NDArray[np.int64]


class Router:
    """Answers questions on one network; any number of threads may ask at once.

    Parameters
    ----------
    network
        The roads.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._grid = SegmentGrid.build(network)
        self._search = search_of(network, reverse=False)

    def snap(self, lon: ArrayLike, lat: ArrayLike, *, max_snap_km: float) -> Snaps:
        """Return places on the roads, as `deserts.roads.snap` does."""
        return snap(self._network, lon, lat, max_snap_km=max_snap_km, grid=self._grid)

    def destinations(self, snaps: Snaps) -> Destinations:
        """Prepare places that will be asked for."""
        return Destinations(snaps, *self._search.reads(snaps), snaps.access_cost)

    def times(
        self, origin: Snaps, places: Destinations, *, limit_min: float | None = None
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
        """Return minutes, kilometres and status from one origin to every place, as `times_from_point` does.

        Parameters
        ----------
        origin
            One place, from `snap`.
        places
            From `destinations`.
        limit_min
            Longest drive in minutes; None sets no limit.
        """
        if len(origin) != 1:
            raise InputError(f"{len(origin)} origins", expected="one")
        ends = places.snaps
        limit = limit_cost(limit_min)
        states, costs = self._search.starts(origin)
        with self._search.labels(states[0], costs[0], limit) as found_labels:
            labels = found_labels[np.where(places.states >= 0, places.states, 0)]
        entered = (places.states >= 0) & (labels < UNREACHED)
        best = np.where(entered, labels + np.where(entered, places.costs, 0), UNREACHED).min(axis=1)
        shared = np.flatnonzero(ends.snapped & (ends.edge == origin.edge[0]))
        if shared.size:
            straight = along_edge(self._network, origin[np.zeros(shared.size, dtype=np.int64)], ends[shared])
            best[shared] = np.minimum(best[shared], straight)
        found = best < UNREACHED
        same = ends.snapped & (ends.lon == origin.lon[0]) & (ends.lat == origin.lat[0])
        total = np.where(found, best + origin.access_cost[0] + places.access, 0)
        total[same] = 0
        return read_out(origin[np.zeros(len(ends), dtype=np.int64)], ends, total, found | same, limit)
