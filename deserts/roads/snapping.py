"""Put points onto the network: the nearest place *on an edge*, with the access leg from the point to it."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.errors import InputError
from deserts.roads.costs import cost_of
from deserts.roads.network import Network
from deserts.tables import Status

if TYPE_CHECKING:
    from deserts.roads.snap_grid import SegmentGrid

__all__ = ["Snaps", "snap"]

_FEW = 8
"""Up to so many points are compared with every edge near them by NumPy, which spares the start of the compiler."""


@dataclass(frozen=True)
class Snaps:
    """Points on a network, arrays of one length.

    Parameters
    ----------
    lon, lat
        The points, degrees.
    edge
        Edge of the network, int32, -1 when unsnapped.
    fraction
        Place along the edge, 0 at its tail to 1 at its head; NaN when unsnapped.
    snap_km
        Length of the access leg, kilometres; NaN when unsnapped.
    access_min
        Minutes of the access leg and half the fixed minutes of a trip; NaN when unsnapped.
    component_id
        Strongly connected component, int32, -1 when unsnapped.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    snap_km: NDArray[np.float64]
    access_min: NDArray[np.float64]
    component_id: NDArray[np.int32]

    def __len__(self) -> int:
        return int(self.edge.size)

    def __getitem__(self, index: Any) -> Snaps:
        """Return a selection (slice, mask or index array)."""
        return Snaps(*(getattr(self, name)[index] for name in _FIELDS))

    @property
    def snapped(self) -> NDArray[np.bool_]:
        """Whether each point found an edge."""
        return np.asarray(self.edge >= 0)

    @property
    def status(self) -> NDArray[np.object_]:
        """``ok`` or ``unsnapped``."""
        return np.where(self.snapped, str(Status.OK), str(Status.UNSNAPPED)).astype(object)

    @property
    def access_cost(self) -> NDArray[np.int64]:
        """Packed cost of each access leg; 0 when unsnapped."""
        return cost_of(np.nan_to_num(self.access_min) * 60_000, np.nan_to_num(self.snap_km) * 1000)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the columns of ``point_snaps`` and ``site_snaps`` but the id, plus lon and lat."""
        columns = {name: getattr(self, name) for name in ("snap_km", "access_min", "component_id", "edge", "fraction")}
        return pd.DataFrame({**columns, "status": pd.array(self.status, dtype="str"), "lon": self.lon, "lat": self.lat})

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Snaps:
        """Read back what `to_frame` gave."""
        missing = [name for name in _FIELDS if name not in frame.columns]
        if missing:
            raise InputError(f"the table of snapped points lacks {', '.join(missing)}", fix="snap the points again")
        kinds = {"edge": np.int32, "component_id": np.int32}
        return cls(*(frame[name].to_numpy(dtype=kinds.get(name, np.float64)) for name in _FIELDS))


_FIELDS = ("lon", "lat", "edge", "fraction", "snap_km", "access_min", "component_id")


def snap(
    network: Network, lon: ArrayLike, lat: ArrayLike, *, max_snap_km: float, grid: SegmentGrid | None = None
) -> Snaps:
    """Snap points to the nearest edge of a component of enough nodes.

    Parameters
    ----------
    network
        The roads.
    lon, lat
        Degrees, ``(points,)``; NaN gives ``unsnapped``.
    max_snap_km
        Longest access leg; points further from any road are ``unsnapped``.
    grid
        The same network's segments, for whoever snaps again and again; the result is the same without.

    Raises
    ------
    InputError
        If the arrays differ in length, or a coordinate is out of range.
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    _check(x, y)
    find = grid.nearest if grid is not None else functools.partial(_nearest, network)
    edge, fraction, metres = find(x, y, max_snap_km * 1000)
    found = edge >= 0
    leg_m = np.where(found, metres, np.nan)
    at = np.where(found, edge, 0)
    model = network.meta["speed_model"]
    urbanity = network.edge_urbanity[at] / 255.0
    rural, urban = model["access_rural_kmh"], model["access_urban_kmh"]
    access_min = leg_m * 0.06 / (rural + (urban - rural) * urbanity) + model["trip_min"] / 2
    return Snaps(
        lon=x,
        lat=y,
        edge=edge,
        fraction=np.where(found, fraction, np.nan),
        snap_km=leg_m / 1000,
        access_min=access_min,
        component_id=np.where(found, network.component_id[network.edge_tail[at]], -1).astype(np.int32),
    )


def _check(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> None:
    if lon.shape != lat.shape:
        raise InputError(f"{lon.size} longitudes and {lat.size} latitudes", expected="one of each a point")
    wrong = np.flatnonzero((np.abs(lon) > 180) | (np.abs(lat) > 90) | np.isinf(lon) | np.isinf(lat))
    if wrong.size:
        i = int(wrong[0])
        raise InputError(
            f"point {i} lies at longitude {lon[i]:g}, latitude {lat[i]:g}",
            expected="longitude -180 to 180 and latitude -90 to 90",
            fix="check whether the two are swapped",
        )


def _nearest(
    network: Network, lon: NDArray[np.float64], lat: NDArray[np.float64], limit_m: float
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return edge (-1 for none), fraction and distance in metres of each point."""
    if lon.size <= _FEW:
        found = [_nearest_of_all(network, float(x), float(y), limit_m) for x, y in zip(lon, lat, strict=True)]
        columns = list(zip(*found, strict=True)) or [(), (), ()]
        return (
            np.array(columns[0], dtype=np.int32),
            np.array(columns[1], dtype=float),
            np.array(columns[2], dtype=float),
        )
    from deserts.roads.snap_grid import nearest_in_grid

    return nearest_in_grid(network, lon, lat, limit_m)


def _nearest_of_all(network: Network, lon: float, lat: float, limit_m: float) -> tuple[int, float, float]:
    """Compare one point with every edge whose box is near enough; the rule of the grid search, without compiling."""
    none = (-1, np.nan, np.nan)
    if np.isnan(lon) or np.isnan(lat):
        return none
    from deserts.roads.lines import edge_lines

    shrink = np.cos(np.radians(lat))
    west, south, east, north = network.boxes
    dx = np.maximum(0, np.maximum(west - lon, lon - east)) * shrink
    dy = np.maximum(0, np.maximum(south - lat, lat - north))
    box_m = np.hypot(dx, dy) * METRES_PER_DEGREE
    box_m[~network.snappable] = np.inf
    reach = limit_m
    for count in (64, 4096, network.edges):
        near = np.argpartition(box_m, min(count, network.edges) - 1)[:count] if count < network.edges else slice(None)
        edges = np.sort(np.arange(network.edges)[near])
        edges = edges[box_m[edges] <= reach]
        if edges.size == 0:
            return none
        best = _closest(edges, edge_lines(network, edges), lon, lat, shrink)
        others = np.ones(network.edges, dtype=bool)
        others[edges] = False
        if count >= network.edges or best[2] <= box_m[others].min(initial=np.inf):
            return best if best[2] <= limit_m else none
    return none


def _closest(
    edges: NDArray[np.int64],
    lines: tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]],
    lon: float,
    lat: float,
    shrink: float,
) -> tuple[int, float, float]:
    """Return the closest edge, the fraction along it and the distance (metres), among a few edges."""
    ptr, line_lon, line_lat = lines
    x = (line_lon - lon) * (shrink * METRES_PER_DEGREE)
    y = (line_lat - lat) * METRES_PER_DEGREE
    is_end = np.zeros(x.size, dtype=bool)
    is_end[ptr[1:] - 1] = True
    first = np.flatnonzero(~is_end)
    ax, ay, dx, dy = x[first], y[first], x[first + 1] - x[first], y[first + 1] - y[first]
    length2 = dx * dx + dy * dy
    t = np.where(length2 > 0, -(ax * dx + ay * dy) / np.where(length2 > 0, length2, 1.0), 0.0)
    t = np.minimum(1.0, np.maximum(0.0, t))
    px, py = ax + t * dx, ay + t * dy
    d2 = px * px + py * py
    i = int(np.argmin(d2))
    which = int(np.searchsorted(ptr, first[i], side="right") - 1)
    lengths = np.sqrt(length2)
    mine = (first >= ptr[which]) & (first < ptr[which + 1])
    before = lengths[mine & (np.arange(first.size) < i)].sum()
    total = lengths[mine].sum()
    fraction = (before + t[i] * lengths[i]) / total if total > 0 else 0.0
    return int(edges[which]), float(min(1.0, fraction)), float(np.sqrt(d2[i]))
