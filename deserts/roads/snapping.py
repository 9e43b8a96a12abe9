"""Put points onto the network: the roads *on* which each may be left or come to, and the legs to them."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from deserts.errors import InputError
from deserts.roads.candidates import candidate_roads
from deserts.roads.local import LocalRoads
from deserts.roads.network import Network
from deserts.tables import SNAP_ROADS, Status

if TYPE_CHECKING:
    from deserts.roads.snap_grid import SegmentGrid

__all__ = ["Snaps", "snap"]


@dataclass(frozen=True)
class Snaps:
    """Points on a network: of each some roads, the nearest first.

    Parameters
    ----------
    lon, lat
        The points, degrees ``(points,)``.
    edge
        Edges of the network ``(points, roads)``, int32, -1 for none; a point without any is unsnapped.
    fraction
        Place along each edge, 0 at its tail to 1 at its head; NaN for none.
    leg_km
        Straight length of each access leg; NaN for none.
    component_id
        Largest strongly connected part of the network among those of the edges ``(points,)``, int32, -1 for none.
    km_min
        Minutes for each straight kilometre on local roads about the point; NaN when unsnapped.
    end_min
        Minutes at this end of a trip, beside driving; NaN when unsnapped.
    within_km
        Straight length of a typical drive inside the place that a point stands for (a ZIP, a block group): no trip
        from there is shorter. Zero for an address.
    """

    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    edge: NDArray[np.int32]
    fraction: NDArray[np.float64]
    leg_km: NDArray[np.float64]
    component_id: NDArray[np.int32]
    km_min: NDArray[np.float64]
    end_min: NDArray[np.float64]
    within_km: NDArray[np.float64]

    def __len__(self) -> int:
        return int(self.lon.size)

    def __getitem__(self, index: Any) -> Snaps:
        """Return a selection (slice, mask or index array)."""
        return Snaps(*(getattr(self, field.name)[index] for field in fields(self)))

    @property
    def snapped(self) -> NDArray[np.bool_]:
        """Whether each point found an edge."""
        return np.asarray(self.edge[:, 0] >= 0)

    @property
    def roads(self) -> int:
        """How many roads a point has at most."""
        return int(self.edge.shape[1])

    @property
    def snap_km(self) -> NDArray[np.float64]:
        """Length of the leg to the nearest road; NaN when unsnapped."""
        return self.leg_km[:, 0]

    @property
    def access_min(self) -> NDArray[np.float64]:
        """Minutes from the nearest road: the leg, and what an end of a trip takes; NaN when unsnapped."""
        return np.asarray(self.snap_km * self.km_min + self.end_min, dtype=np.float64)

    @property
    def status(self) -> NDArray[np.object_]:
        """``ok`` or ``unsnapped``."""
        return np.where(self.snapped, str(Status.OK), str(Status.UNSNAPPED)).astype(object)

    def to_frame(self) -> pd.DataFrame:
        """Return a table with the columns of ``point_snaps`` and ``site_snaps`` but the id, plus lon and lat.

        Columns of a road beyond the first end in its number, as ``edge_2``.
        """
        columns: dict[str, Any] = {name: getattr(self, name) for name in ("snap_km", "access_min", *_OF_A_POINT)}
        for road in range(min(self.roads, SNAP_ROADS)):
            columns |= {_column(name, road): getattr(self, name)[:, road] for name in _OF_A_ROAD}
        return pd.DataFrame(columns | {"status": pd.array(self.status, dtype="str")})

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> Snaps:
        """Read back what `to_frame` gave."""
        roads = max(1, sum(_column("edge", road) in frame.columns for road in range(SNAP_ROADS)))
        named = {name: [_column(name, road) for road in range(roads)] for name in _OF_A_ROAD}
        needed = [*_OF_A_POINT, *itertools.chain.from_iterable(named.values())]
        missing = [name for name in needed if name not in frame.columns]
        if missing:
            raise InputError(f"the table of snapped points lacks {', '.join(missing)}", fix="snap the points again")
        kinds = {"edge": np.int32, "component_id": np.int32}
        values = {name: frame[name].to_numpy(dtype=kinds.get(name, np.float64)) for name in _OF_A_POINT}
        for name, columns in named.items():
            kind = kinds.get(name, np.float64)
            values[name] = np.stack([frame[column].to_numpy(dtype=kind) for column in columns], axis=1)
        return cls(**values)


_OF_A_POINT = ("lon", "lat", "component_id", "km_min", "end_min", "within_km")
_OF_A_ROAD = ("edge", "fraction", "leg_km")


def _column(name: str, road: int) -> str:
    return name if road == 0 else f"{name}_{road + 1}"


def snap(
    network: Network,
    lon: ArrayLike,
    lat: ArrayLike,
    *,
    max_snap_km: float,
    grid: SegmentGrid | None = None,
    within_km: ArrayLike = 0.0,
) -> Snaps:
    """Snap points to the roads near them.

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
    within_km
        Straight length of a typical drive inside the place that each point stands for; 0 for an address.

    Raises
    ------
    InputError
        If the arrays differ in length, or a coordinate is out of range.
    """
    x = np.atleast_1d(np.asarray(lon, dtype=np.float64))
    y = np.atleast_1d(np.asarray(lat, dtype=np.float64))
    _check(x, y)
    found = candidate_roads(network, x, y, limit_m=max_snap_km * 1000, grid=grid)
    there = found.edge >= 0
    at = np.where(there, found.edge, 0)
    local = LocalRoads.of(network.meta["ends"])
    urbanity = np.where(there[:, 0], network.edge_urbanity[at[:, 0]] / 255.0, np.nan)
    part = np.where(there, network.component_id[network.edge_tail[at]], np.iinfo(np.int32).max).min(axis=1)
    return Snaps(
        lon=x,
        lat=y,
        edge=found.edge.astype(np.int32),
        fraction=found.fraction,
        leg_km=found.metres / 1000,
        component_id=np.where(there[:, 0], part, -1).astype(np.int32),
        km_min=local.minutes_per_km(urbanity),
        end_min=local.end_minutes(urbanity),
        within_km=np.broadcast_to(np.asarray(within_km, dtype=np.float64), x.shape).copy(),
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
