"""How urban the land around each road is: by the people there, else by the main roads there, else taken as between."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.density import per_km2
from deserts.roads.road_density import MainRoads
from deserts.roads.speeds import SpeedModel, UrbanityScale
from deserts.roads.tags import ROAD_CLASSES

__all__ = ["Density", "Population", "Surroundings", "density_at_hand", "is_main_road", "scale_of"]

Population = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]
"""Longitudes, latitudes and numbers of people."""

_MAIN_CLASSES = ("motorway", "trunk", "primary", "secondary")
_LEAST_RADII = 4
"""An extract less than so many radii across is mostly rim, where roads beyond the cut are missed."""


class Density(StrEnum):
    """What tells how urban a road is."""

    PEOPLE = "people around"
    MAIN_ROADS = "main roads around"
    UNKNOWN = "unknown"


def density_at_hand(
    box: tuple[float, float, float, float], *, model: SpeedModel, population: Population | None
) -> Density:
    """Return what can tell how urban roads are: a population, else the roads of an extract that is wide enough.

    Parameters
    ----------
    box
        West, south, east and north of the extract, degrees.
    """
    if population is not None:
        return Density.PEOPLE
    west, south, east, north = box
    km = METRES_PER_DEGREE / 1000
    across = min((north - south) * km, (east - west) * km * np.cos(np.radians((south + north) / 2)))
    wide = across >= _LEAST_RADII * model.main_roads.radius_km
    return Density.MAIN_ROADS if wide else Density.UNKNOWN


def scale_of(density: Density, model: SpeedModel) -> UrbanityScale:
    """Return the scale on which the density is read, with the speeds of access legs that were fitted with it."""
    return model.main_roads if density is Density.MAIN_ROADS else model.people


@dataclass(frozen=True, slots=True)
class Surroundings:
    """How urban a place is, by what is known of its surroundings.

    Parameters
    ----------
    density
        From `density_at_hand`.
    model
        The speed model, whose scales are used.
    population
        People, where they tell.
    main_roads
        Main roads, where they tell.
    """

    density: Density
    model: SpeedModel
    population: Population | None = None
    main_roads: MainRoads | None = None

    def urbanity(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return 0 (rural) to 1 (urban) of places in degrees."""
        scale = scale_of(self.density, self.model)
        if self.population is not None:
            return scale.urbanity(per_km2(lon, lat, points=self.population, radius_km=scale.radius_km))
        if self.main_roads is not None:
            return scale.urbanity(self.main_roads.km_per_km2(lon, lat))
        return np.full(lon.size, self.model.unknown_urbanity)


def is_main_road(road_class: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Return which road classes count as main roads."""
    return np.isin(road_class, [ROAD_CLASSES.index(name) for name in _MAIN_CLASSES])
