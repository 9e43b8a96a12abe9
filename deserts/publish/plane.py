"""The plane on which a map of the nation is drawn: equal area, Alaska, Hawaii and Puerto Rico in boxes of their own.

Shares of a nation are read off a picture by area, so that areas must be true: the Albers projections of the US
Geological Survey, one for each part. The unit of the plane is 100 km on the mainland, so that its numbers are about as
large as degrees and are packed in the same way. Alaska is drawn at 0.35 of the mainland's scale, and the map says so.

References
----------
Snyder, J. P. (1987). Map projections: a working manual. US Geological Survey Professional Paper 1395, 98-103.
doi:10.3133/pp1395
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from deserts.arrays import Floats

__all__ = [
    "NEIGHBOURS_CREDIT",
    "PARTS",
    "Part",
    "is_national",
    "neighbouring_land",
    "part_of",
    "project_layer",
    "project_points",
    "project_shapes",
    "shown_parts",
]

NEIGHBOURS_CREDIT = "land of the neighbours: Natural Earth"
_UNIT_M = 100_000.0
_WIDE_DEG = 25.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the nation on the plane.

    Parameters
    ----------
    name
        Its name, empty for the mainland.
    proj
        Albers equal-area projection, for PROJ.
    scale
        Times the mainland's scale.
    shift
        What is added to its coordinates on the plane, after scaling.
    within
        West, south, east and north in degrees of what belongs to it, longitudes from -280 to 80.
    box
        Frame on the plane: left, bottom, right, top; None for none.
    state
        Its postal code, empty for the mainland.
    """

    name: str
    proj: str
    scale: float
    shift: tuple[float, float]
    within: tuple[float, float, float, float]
    box: tuple[float, float, float, float] | None = None
    state: str = ""

    @property
    def label(self) -> str:
        """Its name, and its scale where it is not the mainland's."""
        return self.name if self.scale == 1 else f"{self.name}, {self.scale:.0%} of the scale"


_ELLIPSOID = "+ellps=GRS80 +units=m"
PARTS = (
    Part(
        "Alaska", f"+proj=aea +lat_1=55 +lat_2=65 +lat_0=50 +lon_0=-154 {_ELLIPSOID}", 0.35, (-15.6, 0.0),
        (-200.0, 50.0, -129.0, 75.0), (-24.0, 0.6, -9.9, 8.9), "AK",
    ),
    Part(
        "Hawaii", f"+proj=aea +lat_1=8 +lat_2=18 +lat_0=13 +lon_0=-157 {_ELLIPSOID}", 1.0, (-5.9, -5.4),
        (-179.0, 15.0, -150.0, 24.0), (-9.5, 0.6, -3.3, 5.0), "HI",
    ),
    Part(
        "Puerto Rico", f"+proj=aea +lat_1=8 +lat_2=18 +lat_0=13 +lon_0=-66.5 {_ELLIPSOID}", 1.0, (20.6, -3.9),
        (-68.5, 17.0, -64.0, 19.5), (19.2, 0.6, 22.6, 2.6), "PR",
    ),
    Part("", f"+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 {_ELLIPSOID}", 1.0, (0.0, 0.0),
         (-280.0, -90.0, 80.0, 90.0)),
)  # fmt: skip
"""Parts in the order in which a place is looked for; the mainland takes what is left."""


def shown_parts(states: Iterable[str]) -> tuple[Part, ...]:
    """Return the parts in boxes of their own of which a region holds anything."""
    held = set(states)
    return tuple(part for part in PARTS if part.box is not None and part.state in held)


def is_national(bounds: tuple[float, float, float, float]) -> bool:
    """Whether a region is so wide (over 25 degrees) that it is drawn on the plane."""
    return bounds[2] - bounds[0] > _WIDE_DEG


@functools.cache
def _transformer(place: int) -> Any:
    from pyproj import Transformer  # heavy: only a map of the nation needs it

    return Transformer.from_crs("EPSG:4326", PARTS[place].proj, always_xy=True)


def _on_plane(lon: Floats, lat: Floats, place: int) -> tuple[Floats, Floats]:
    part = PARTS[place]
    x, y = _transformer(place).transform(lon, lat)
    return (
        np.asarray(x, dtype=np.float64) / _UNIT_M * part.scale + part.shift[0],
        np.asarray(y, dtype=np.float64) / _UNIT_M * part.scale + part.shift[1],
    )


def part_of(lon: Floats, lat: Floats) -> npt.NDArray[np.int64]:
    """Return the number of the part to which each place belongs."""
    east = np.asarray(lon, dtype=np.float64) - 360.0 * (np.asarray(lon) > 100)
    found = np.full(len(east), len(PARTS) - 1, dtype=np.int64)
    for place in reversed(range(len(PARTS) - 1)):
        west, south, right, north = PARTS[place].within
        found[(east >= west) & (east <= right) & (lat >= south) & (lat <= north)] = place
    return found


def project_points(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """Return places on the plane."""
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    parts = part_of(lon, lat)
    x, y = np.full(len(lon), np.nan), np.full(len(lat), np.nan)
    for place in range(len(PARTS)):
        own = parts == place
        if own.any():
            x[own], y[own] = _on_plane(lon[own], lat[own], place)
    return x, y


def project_shapes(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return polygons or lines on the plane, each with the part in which its middle lies; None stays None."""
    result = np.array(shapes, dtype=object)
    present = np.flatnonzero(~(shapely.is_missing(result) | shapely.is_empty(result)))
    if present.size == 0:
        return result
    boxes = shapely.bounds(result[present])
    parts = part_of((boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2)
    for place in np.unique(parts):
        rows = present[parts == place]
        result[rows] = shapely.transform(result[rows], functools.partial(_moved, place=int(place)))
    return result


def _moved(lonlat: Floats, *, place: int) -> Floats:
    return np.column_stack(_on_plane(lonlat[:, 0], lonlat[:, 1], place))


def project_layer(layer: Mapping[str, Any], *, decimals: int = 4) -> dict[str, Any]:
    """Return a layer of points with its ``lon`` and ``lat`` on the plane."""
    if not layer["lon"]:
        return dict(layer)
    x, y = project_points(np.asarray(layer["lon"], dtype=float), np.asarray(layer["lat"], dtype=float))
    return {**layer, "lon": np.round(x, decimals).tolist(), "lat": np.round(y, decimals).tolist()}


def neighbouring_land() -> npt.NDArray[Any]:
    """Return the land of the neighbours on the plane, so that Canada and Mexico are not drawn as sea.

    Natural Earth, 1:110 million, public domain; coarse, and drawn below the counties. It is projected as the mainland
    is, wherever it lies.
    """
    text = resources.files("deserts.publish").joinpath("static", "neighbours.json").read_text(encoding="utf-8")
    land = np.array([shapely.Polygon(ring) for ring in json.loads(text)["rings"]], dtype=object)
    moved: npt.NDArray[Any] = shapely.transform(land, functools.partial(_moved, place=len(PARTS) - 1))
    return moved
