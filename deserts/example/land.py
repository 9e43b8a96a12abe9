"""The land of the example: coast, counties that share their borders exactly, islands, a river, a mountain ridge.

Everything is drawn on a plane in kilometres (x east, y north of the south-west corner of the state) and moved to
longitude and latitude by `to_lonlat`. The spot is open ocean, so that no real place is meant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from deserts.arrays import Floats

__all__ = ["COUNTY_NAMES", "SEED", "County", "Land", "build_land", "to_lonlat"]

SEED = 20261121
"""Seed of every random draw of the example."""

_LON0, _LAT0 = -62.0, 36.5
_KM_PER_DEGREE_LAT = 110.99
_KM_PER_DEGREE_LON = 111.32 * math.cos(math.radians(38.1))

_CELL_X_KM, _CELL_Y_KM = 62.0, 59.0
_COLUMNS = range(-2, 7)
_ROWS = range(6)
_SEA_CELLS = frozenset({(5, 0), (6, 0), (6, 5), (0, 0), (-2, 5), (-2, 0)})
_STATE_LINE_COLUMN = 0

COUNTY_NAMES = (
    "Amberly", "Brackwater", "Calderhope", "Dunmarrow", "Eastreach", "Fennimoor", "Gallowmere", "Hathersedge",
    "Inverlight", "Jessamine Vale", "Kettleburn", "Larkspire", "Merrowdale", "Nettlecombe", "Oxenholt", "Penhallow",
    "Quillbrook", "Ravensworth", "Saint Brannoc", "Thistledown", "Umberleigh", "Vexmoor", "Wintershall", "Yarrowby",
    "Zennorby", "Ashcroft Bay", "Bellweather", "Cinderford", "Dovestone", "Elmsreach", "Foxglen", "Greyhaven",
    "Hollowell", "Islemoor", "Juniper Falls", "Kestrelmoor", "Longacre", "Mistlethwaite", "Northmoor", "Orrinshead",
    "Pellwater", "Quarrington", "Rushmere", "Sallowfield", "Tarnbrook", "Underfell", "Valewood", "Wexcombe",
    "Yewdale", "Zephyrhill",
)  # fmt: skip
"""Invented county names, in the order in which counties are numbered."""

RIVER_KM = ((150.0, 268.0), (158.0, 243.0), (147.0, 215.0), (163.0, 186.0), (152.0, 158.0), (166.0, 130.0),
            (155.0, 101.0), (172.0, 72.0), (161.0, 40.0), (170.0, 8.0), (169.0, -20.0))  # fmt: skip
"""The river, from the foot of the ridge to the southern sea; roads cross it on bridges only."""

RIDGE_KM = ((-140.0, 288.0), (-90.0, 276.0), (-30.0, 283.0), (40.0, 270.0), (100.0, 279.0), (150.0, 268.0),
            (205.0, 262.0), (262.0, 273.0), (318.0, 259.0), (372.0, 268.0), (460.0, 258.0))  # fmt: skip
"""The ridge that shuts off the north; two pass roads cross it."""

ISLANDS_KM = {
    "own_clinic": (487.0, 243.0, 13.0),
    "no_clinic": (486.0, 96.0, 10.0),
    "ferry": (356.0, 20.0, 7.5),
    "rock": (560.0, 300.0, 0.8),
}
"""Centre x, centre y and mean radius of each island."""


def to_lonlat(xy_km: Floats) -> Floats:
    """Move plane coordinates (km) to longitude and latitude (degrees), rounded to 6 decimals."""
    xy = np.asarray(xy_km, dtype=np.float64)
    lon = _LON0 + xy[..., 0] / _KM_PER_DEGREE_LON
    lat = _LAT0 + xy[..., 1] / _KM_PER_DEGREE_LAT
    return np.asarray(np.round(np.stack([lon, lat], axis=-1), 6), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class County:
    """One county of the example.

    Parameters
    ----------
    fips
        Five-digit code.
    name
        Name without the state.
    state
        Postal code.
    shape_km
        Land on the plane (km).
    """

    fips: str
    name: str
    state: str
    shape_km: BaseGeometry

    @property
    def shape(self) -> BaseGeometry:
        """Land in longitude and latitude; neighbours share every vertex of their border."""
        placed: BaseGeometry = shapely.transform(self.shape_km, to_lonlat)
        return placed


@dataclass(frozen=True)
class Land:
    """Counties and barriers."""

    counties: tuple[County, ...]

    @cached_property
    def river(self) -> shapely.LineString:
        """The river as a line on the plane."""
        return shapely.LineString(RIVER_KM)

    @cached_property
    def ridge(self) -> shapely.LineString:
        """The ridge as a line on the plane."""
        return shapely.LineString(RIDGE_KM)

    @cached_property
    def mainland(self) -> BaseGeometry:
        """The largest piece of land of both states together."""
        whole = shapely.union_all([county.shape_km for county in self.counties])
        largest: BaseGeometry = max(shapely.get_parts(whole), key=lambda part: part.area)
        return largest

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree([county.shape_km for county in self.counties])

    def county_of(self, xy_km: Floats) -> NDArray[np.int64]:
        """Return the index of the county that holds each point, or of the nearest one for a point at sea."""
        places = np.atleast_2d(xy_km)
        points = np.asarray(shapely.points(places))
        index = np.full(len(places), -1, dtype=np.int64)
        hits = self._tree.query(points, predicate="intersects")
        # a point on a border lies in two counties: the first county wins
        order = np.lexsort((-hits[1], hits[0]))
        index[hits[0][order]] = hits[1][order]
        at_sea = np.flatnonzero(index < 0)
        index[at_sea] = self._tree.nearest(points[at_sea])
        return index

    def is_barred(self, line_km: Floats) -> bool:
        """Whether a line crosses the river, the ridge or the sea."""
        line = shapely.LineString(line_km)
        return bool(
            line.intersects(self.river) or line.intersects(self.ridge) or not shapely.covers(self.mainland, line)
        )


def _rng(*key: int) -> np.random.Generator:
    return np.random.default_rng([SEED, *(part + 1000 for part in key)])


def _vertex(column: int, row: int) -> Floats:
    rng = _rng(1, column, row)
    jitter = rng.uniform(-9.0, 9.0, 2)
    return np.array([column * _CELL_X_KM, row * _CELL_Y_KM]) + jitter


def _border(start: tuple[int, int], end: tuple[int, int], *, is_coast: bool) -> Floats:
    """Return the border between two corners as a broken line, the same whichever county asks for it."""
    low, high = sorted((start, end))
    rng = _rng(2, *low, *high)
    line = np.array([_vertex(*low), _vertex(*high)])
    roughness = 0.16 if is_coast else (0.10 if rng.random() < 0.4 else 0.015)
    for _ in range(5 if is_coast else 4):
        middle = (line[:-1] + line[1:]) / 2
        along = line[1:] - line[:-1]
        across = np.stack([-along[:, 1], along[:, 0]], axis=1)
        middle += across * rng.uniform(-roughness, roughness, (len(middle), 1))
        line = np.insert(line, np.arange(1, len(line)), middle, axis=0)
    return line if (low, high) == (start, end) else line[::-1]


def _cell(column: int, row: int) -> shapely.Polygon:
    corners = [(column, row), (column + 1, row), (column + 1, row + 1), (column, row + 1)]
    beyond = [(column, row - 1), (column + 1, row), (column, row + 1), (column - 1, row)]
    ring: list[Floats] = []
    for side in range(4):
        neighbour = beyond[side]
        at_sea = neighbour in _SEA_CELLS or neighbour[0] not in _COLUMNS or neighbour[1] not in _ROWS
        ring.append(_border(corners[side], corners[(side + 1) % 4], is_coast=at_sea)[:-1])
    return shapely.Polygon(np.concatenate(ring))


def _island(key: str) -> shapely.Polygon:
    x, y, radius = ISLANDS_KM[key]
    rng = _rng(3, *(ord(letter) for letter in key))
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    waves = sum(rng.uniform(0.03, 0.12) * np.sin(order * angle + rng.uniform(0, 2 * np.pi)) for order in range(2, 7))
    reach = radius * (1 + waves)
    return shapely.Polygon(np.stack([x + reach * np.cos(angle), y + reach * np.sin(angle)], axis=1))


def build_land() -> Land:
    """Draw both states: the counties of the mainland by rows from the south, then the island counties."""
    names = iter(COUNTY_NAMES)
    number = {"XA": iter(range(1, 200, 2)), "XB": iter(range(1, 200, 2))}
    code = {"XA": "97", "XB": "98"}
    found: list[County] = []

    def add(state: str, shape: BaseGeometry) -> None:
        found.append(County(f"{code[state]}{next(number[state]):03d}", next(names), state, shape))

    cells = [(c, r) for r in _ROWS for c in _COLUMNS if (c, r) not in _SEA_CELLS]
    for column, row in (cell for cell in cells if cell[0] >= _STATE_LINE_COLUMN):
        cell = _cell(column, row)
        # the island with the ferry belongs to the county across the water, which is a multipolygon therefore
        has_island = (column, row) == (4, 0)
        add("XA", shapely.MultiPolygon([cell, _island("ferry")]) if has_island else cell)
    add("XA", shapely.MultiPolygon([_island("own_clinic"), _island("rock")]))
    add("XA", _island("no_clinic"))
    for column, row in (cell for cell in cells if cell[0] < _STATE_LINE_COLUMN):
        add("XB", _cell(column, row))
    return Land(tuple(sorted(found, key=lambda county: county.fips)))
