"""Drives that pass no node of the network: along a road that both ends have, or on local roads between near places."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE, great_circle_m
from deserts.roads.costs import UNREACHED, cost_of
from deserts.roads.ends import along_edges
from deserts.roads.local import LocalRoads
from deserts.roads.network import Network
from deserts.roads.snapping import Snaps

__all__ = ["Beside", "beside"]


def beside(network: Network, start: Snaps, end: Snaps) -> NDArray[np.int64]:
    """Return the least cost without passing a node, pair by pair; `UNREACHED` where there is none."""
    return np.minimum(along_edges(network, start, end), _on_local_roads(network, start, end))


def _on_local_roads(network: Network, start: Snaps, end: Snaps) -> NDArray[np.int64]:
    """Return the cost of a direct drive on local roads, where places are near and no water lies between."""
    local = LocalRoads.of(network.meta["ends"])
    cost = np.full(len(start), UNREACHED)
    near = np.flatnonzero(start.snapped & end.snapped & _near(start, end, local.direct_km))
    km = great_circle_m(start.lon[near], start.lat[near], end.lon[near], end.lat[near]) / 1000
    # where the network's roads are far, the land is empty, and no local road leads straight across
    settled = km + local.direct_leg * (start.snap_km[near] + end.snap_km[near]) <= local.direct_km
    near, km = near[settled], km[settled]
    if network.shores is not None and near.size:
        legs = (start.lon[near], start.lat[near], end.lon[near], end.lat[near])
        dry = ~network.shores.blocks(legs, both_places=True)
        near, km = near[dry], km[dry]
    minutes = km * (start.km_min[near] + end.km_min[near]) / 2 + start.end_min[near] + end.end_min[near]
    cost[near] = cost_of(minutes * 60_000, km * local.detour * 1000)
    return cost


def _near(start: Snaps, end: Snaps, km: float) -> NDArray[np.bool_]:
    """Return which pairs lie within a box, which spares most of them the exact distance."""
    degrees = km * 1000 / METRES_PER_DEGREE * 1.001
    up = np.abs(start.lat - end.lat) <= degrees
    shrink = np.maximum(np.cos(np.radians(np.maximum(np.abs(start.lat), np.abs(end.lat)))), 1e-3)
    return np.asarray(up & (np.abs(start.lon - end.lon) * shrink <= degrees * 1.01))


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """Finds the points to which a drive may pass no node, for places one after the other.

    Parameters
    ----------
    network, points
        The roads, and the points.
    by_lat, lat
        The snapped points by latitude, and their latitudes.
    edge, of
        Edges of all points in order, and the point of each.
    """

    network: Network
    points: Snaps
    by_lat: NDArray[np.int64]
    lat: NDArray[np.float64]
    edge: NDArray[np.int32]
    of: NDArray[np.int64]

    @classmethod
    def of_points(cls, network: Network, points: Snaps) -> Beside:
        """Prepare points."""
        snapped = np.flatnonzero(points.snapped)
        by_lat = snapped[np.argsort(points.lat[snapped], kind="stable")]
        point, road = np.nonzero(points.edge >= 0)
        edge = points.edge[point, road]
        order = np.argsort(edge, kind="stable")
        return cls(network, points, by_lat, points.lat[by_lat], edge[order], point[order])

    def pairs(self, places: Snaps) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return place and point of every pair that shares a road or lies near, sorted, each once."""
        degrees = LocalRoads.of(self.network.meta["ends"]).direct_km * 1000 / METRES_PER_DEGREE * 1.001
        low = np.searchsorted(self.lat, places.lat - degrees)
        high = np.searchsorted(self.lat, places.lat + degrees, side="right")
        place, point = [], []
        for i in np.flatnonzero(places.snapped).tolist():
            window = self.by_lat[low[i] : high[i]]
            shrink = max(np.cos(np.radians(min(90.0, abs(places.lat[i]) + degrees))), 1e-3)
            near = window[np.abs(self.points.lon[window] - places.lon[i]) * shrink <= degrees]
            edges = places.edge[i][places.edge[i] >= 0]
            first, last = (np.searchsorted(self.edge, edges, side=side) for side in ("left", "right"))
            shared = [self.of[a:b] for a, b in zip(first, last, strict=True)]
            mine = np.unique(np.concatenate([near, *shared]))
            place.append(np.full(mine.size, i))
            point.append(mine)
        none = np.zeros(0, dtype=np.int64)
        return np.concatenate([none, *place]), np.concatenate([none, *point])
