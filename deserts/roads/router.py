"""Drive times from one place after another, for a program that stays: roads are prepared once, each answer is quick.

`deserts.roads.times_from_point` gives the same without compiled code, which is quicker for a single question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deserts.errors import InputError
from deserts.roads.beside import beside
from deserts.roads.costs import UNREACHED, limit_cost
from deserts.roads.ends import least_costs
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
    least
        Cost of a drive inside each place, from `deserts.roads.ends.least_costs`.
    """

    snaps: Snaps
    states: NDArray[np.int32]
    costs: NDArray[np.int64]
    least: NDArray[np.int64]


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

    def snap(self, lon: ArrayLike, lat: ArrayLike, *, max_snap_km: float, within_km: ArrayLike = 0.0) -> Snaps:
        """Return places on the roads, as `deserts.roads.snap` does."""
        return snap(self._network, lon, lat, max_snap_km=max_snap_km, grid=self._grid, within_km=within_km)

    def destinations(self, snaps: Snaps) -> Destinations:
        """Prepare places that will be asked for."""
        return Destinations(snaps, *self._search.reads(snaps), least_costs(self._network, snaps))

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
        origins = origin[np.zeros(len(ends), dtype=np.int64)]
        best = np.minimum(best, beside(self._network, origins, ends))
        found = best < UNREACHED
        least = np.maximum(least_costs(self._network, origin), places.least)
        return read_out(origins, ends, np.where(found, np.maximum(best, least), 0), found, limit)
