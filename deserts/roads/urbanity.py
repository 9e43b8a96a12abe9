"""How urban the land around each road is: by the people there, else by the main roads there, else taken as between."""

from __future__ import annotations

from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.roads.density import per_km2
from deserts.roads.road_density import Lines, main_road_km_per_km2
from deserts.roads.speeds import SpeedModel, UrbanityScale
from deserts.roads.tags import ROAD_CLASSES

__all__ = ["Density", "Population", "density_at_hand", "scale_of", "urbanity_of"]

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
    lon: NDArray[np.float64], lat: NDArray[np.float64], *, model: SpeedModel, population: Population | None
) -> Density:
    """Return what can tell how urban roads are: a population, else the roads of an extract that is wide enough.

    Parameters
    ----------
    lon, lat
        Nodes of the extract, degrees.
    """
    if population is not None:
        return Density.PEOPLE
    if lon.size == 0:
        return Density.UNKNOWN
    km = METRES_PER_DEGREE / 1000
    across = min(np.ptp(lat) * km, np.ptp(lon) * km * np.cos(np.radians(lat.mean())))
    wide = across >= _LEAST_RADII * model.main_roads.radius_km
    return Density.MAIN_ROADS if wide else Density.UNKNOWN


def scale_of(density: Density, model: SpeedModel) -> UrbanityScale:
    """Return the scale on which the density is read, with the speeds of access legs that were fitted with it."""
    return model.main_roads if density is Density.MAIN_ROADS else model.people


def urbanity_of(
    segments: Lines,
    *,
    density: Density,
    model: SpeedModel,
    population: Population | None,
    road_class: NDArray[np.uint8],
    both_ways: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return 0 (rural) to 1 (urban) at the middle of each segment.

    Parameters
    ----------
    segments
        ``(segments,)`` each.
    density, population
        From `density_at_hand`.
    road_class, both_ways
        ``(segments,)``: of one way of a divided road half the length counts.
    """
    if density is Density.UNKNOWN:
        return np.full(road_class.size, model.unknown_urbanity)
    lon, lat, to_lon, to_lat = segments
    middle = (lon + to_lon) / 2, (lat + to_lat) / 2
    scale = scale_of(density, model)
    if population is not None:
        return scale.urbanity(per_km2(*middle, points=population, radius_km=scale.radius_km))
    main = np.flatnonzero(np.isin(road_class, [ROAD_CLASSES.index(name) for name in _MAIN_CLASSES]))
    around = main_road_km_per_km2(
        middle,
        roads=(lon[main], lat[main], to_lon[main], to_lat[main]),
        weight=np.where(both_ways[main], 1.0, 0.5),
        radius_km=scale.radius_km,
    )
    return scale.urbanity(around)
