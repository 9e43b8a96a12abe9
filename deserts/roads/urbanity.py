"""How urban the land around each road is: by the people there, else by the roads there, else taken as between."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from deserts.earth import KM_PER_DEGREE
from deserts.roads.density import Amounts
from deserts.roads.road_density import Points, around
from deserts.roads.speeds import KindModel, RoadKind, SpeedModel, StandIn
from deserts.roads.tags import ROAD_CLASSES

__all__ = [
    "Density", "Population", "Surroundings", "has_blocks", "is_main_road", "kind_of_roads", "wide_enough",
]  # fmt: skip

Population = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Longitudes, latitudes and numbers of people."""

_MAIN_CLASSES = ("motorway", "trunk", "primary", "secondary")
_COLLECTORS = ("tertiary", "unclassified")
_LOCAL_CLASSES = (*_COLLECTORS, "residential", "living_street", "road")
_STREETS = (*_LOCAL_CLASSES, "service")
_WITH_BLOCKS = ("trunk", "primary", "secondary", *_LOCAL_CLASSES)
_LEAST_RADII = 4
"""An extract less than so many radii across is mostly rim, where roads beyond the cut are missed."""


class Density(StrEnum):
    """What tells how urban a road is."""

    PEOPLE = "people around"
    ROADS = "roads around"
    UNKNOWN = "unknown"


def kind_of_roads(length: NDArray[np.float64], model: SpeedModel) -> RoadKind:
    """Return what roads of so many metres of each class are: highways only, or streets."""
    if length[_indices(_STREETS)].sum() < model.street_share * length.sum():
        return RoadKind.HIGHWAYS
    return RoadKind.STREETS if length[_indices(_COLLECTORS)].any() else RoadKind.PLAIN_STREETS


def is_main_road(road_class: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which road classes count as main roads."""
    return np.isin(road_class, _indices(_MAIN_CLASSES))


def has_blocks(road_class: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return along which road classes crossings are corners of city blocks."""
    return np.isin(road_class, _indices(_WITH_BLOCKS))


def _indices(names: tuple[str, ...]) -> list[int]:
    return [ROAD_CLASSES.index(name) for name in names]


@dataclass(frozen=True)
class Surroundings:
    """How urban a place is, by what is known of its surroundings.

    Parameters
    ----------
    kind, model
        What the network holds, and the speed model.
    density
        What tells.
    population
        People, where they tell.
    roads
        What tells among the roads: kilometres of highway, or crossings of streets.
    """

    kind: RoadKind
    model: SpeedModel
    density: Density
    population: Population | None = None
    roads: Points | None = None

    @property
    def rules(self) -> KindModel:
        """What holds for the kind of network."""
        return self.model.kinds[self.kind]

    def people_per_km2(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return people per square kilometre around places in degrees, or what stands in for them."""
        if self._amounts is None:
            return np.full(lon.size, self.model.unknown_per_km2)
        if self.population is not None:
            return self._amounts.per_km2(lon, lat)
        return self.rules.stand_in.people_per_km2(around((lon, lat), self._amounts))

    @functools.cached_property
    def _amounts(self) -> Amounts | None:
        if self.population is not None:
            return Amounts.of(self.population, self.model.people_radius_km)
        return None if self.roads is None else Amounts.of(self.roads, self.rules.stand_in.radius_km)

    def urbanity(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 (rural) to 1 (urban) of places in degrees."""
        return self.rules.scale.urbanity(self.people_per_km2(lon, lat))


def wide_enough(box: tuple[float, float, float, float], stand_in: StandIn) -> bool:
    """Whether an extract (west, south, east, north, degrees) is so wide that its roads tell of the people."""
    west, south, east, north = box
    across = min(north - south, (east - west) * float(np.cos(np.radians((south + north) / 2))))
    return across * KM_PER_DEGREE >= _LEAST_RADII * stand_in.radius_km
