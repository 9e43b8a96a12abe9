"""Isochrones: the land from which sites are reached within so many minutes.

They are for looking at; no score is computed from them. Arrival times are sampled along every road onto a fine raster
(the least time in each cell). A cell without a road takes the time of the nearest road cell, reached or not, plus the
way there off the road, and only within a short distance: so lakes and bays stay empty and the land beside an unreached
road stays out. Contour lines of that one raster give all bands, hence they are nested. Nothing is simplified beyond the
cell size.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.earth import METRES_PER_DEGREE
from deserts.errors import InputError
from deserts.progress import track
from deserts.roads import raster_kernels
from deserts.roads.costs import METRE_BITS, UNREACHED, cost_of, limit_cost
from deserts.roads.lines import edge_lines
from deserts.roads.network import Network
from deserts.roads.search import search_of
from deserts.roads.snapping import Snaps
from deserts.roads.speeds import RoadKind

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "Lines",
    "RasterSettings",
    "arrival_minutes",
    "band_polygons",
    "isochrones",
    "node_minutes",
    "raster_settings",
]

_STREET_OFF_ROAD_KM, _HIGHWAY_OFF_ROAD_KM = 0.5, 4.0
_LEAST_CELL_M = 100.0
_MOST_CELLS = 4_000_000
_MARGIN_CELLS = 2
_LINE_RANGE = (0.05, 0.05, 1.0)
"""Least, most inside and most outside distance from a band that counts, in minutes a cell takes off the road."""


@dataclass(frozen=True, slots=True)
class RasterSettings:
    """Cell size (metres), how far off the road a band reaches (km), and the speed there (km/h)."""

    cell_m: float
    off_road_km: float
    off_road_kmh: float


@dataclass(frozen=True, slots=True)
class Lines:
    """All edges as lines: offsets, longitudes and latitudes of the vertices, and the box of each line."""

    ptr: NDArray[np.int64]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    boxes: tuple[NDArray[np.float64], ...]

    @classmethod
    def of(cls, network: Network) -> Lines:
        """Lay out the lines of a network once, for any number of rasters."""
        return cls(*edge_lines(network, np.arange(network.edges)), network.boxes)


def isochrones(
    network: Network,
    sites: Snaps,
    *,
    bands_min: Sequence[float],
    merged: bool = True,
    cell_m: float | None = None,
    off_road_km: float | None = None,
) -> gpd.GeoDataFrame:
    """Return the land within each band.

    Parameters
    ----------
    network
        The roads.
    sites
        From `deserts.roads.snap`; unsnapped ones have no land.
    bands_min
        Upper edges of the bands, minutes.
    merged
        One shape a band for all sites together, or one a band and site.
    cell_m
        Cell size in metres; None takes 100 m, or more where that would give over 4 million cells.
    off_road_km
        How far land without roads counts with the nearest road; None takes 0.5 km on street networks, 4 km on highways.

    Returns
    -------
    GeoDataFrame
        band_min, site_index (-1 when merged), geometry (EPSG:4326, empty where nothing is reached).
    """
    import geopandas as gpd

    bands = sorted({float(band) for band in bands_min})
    if not bands or bands[0] <= 0:
        raise InputError(f"bands {list(bands_min)}", expected="minutes above zero, for example 30 60 120")
    settings = raster_settings(network, cell_m=cell_m, off_road_km=off_road_km)
    lines = Lines.of(network)
    groups = [np.flatnonzero(sites.snapped)] if merged else [np.array([i]) for i in range(len(sites))]
    rows: list[dict[str, Any]] = []
    for number, members in enumerate(track(groups, "isochrones")):
        chosen = sites[members[sites.snapped[members]]]
        shapes = band_polygons(network, lines, chosen, bands, settings)
        index = -1 if merged else number
        rows += [
            {"band_min": int(band) if band == int(band) else band, "site_index": index, "geometry": shape}
            for band, shape in zip(bands, shapes, strict=True)
        ]
    return gpd.GeoDataFrame(rows, columns=["band_min", "site_index", "geometry"], geometry="geometry", crs="EPSG:4326")


def raster_settings(network: Network, *, cell_m: float | None, off_road_km: float | None) -> RasterSettings:
    """Fill in what the caller left open from the kind of network."""
    streets = network.meta["kind"] != RoadKind.HIGHWAYS
    ends = network.meta["ends"]
    off_road = off_road_km if off_road_km is not None else (_STREET_OFF_ROAD_KM if streets else _HIGHWAY_OFF_ROAD_KM)
    return RasterSettings(
        cell_m=cell_m or _LEAST_CELL_M,
        off_road_km=off_road,
        off_road_kmh=(ends["rural_kmh"] + ends["urban_kmh"]) / 2,
    )


def arrival_minutes(network: Network, sites: Snaps, limit_min: float) -> NDArray[np.float64]:
    """Return minutes from where each edge ends, driven ahead and back, to the nearest of some sites, ``(edges, 2)``.

    Infinite beyond the limit. Access legs of the sites and the minutes at both ends of a trip are included.
    """
    search = search_of(network, reverse=True)
    states, costs = search.starts(sites)
    start = cost_of(network.meta["ends"]["end_rural_min"] * 60_000, 0)
    seeds = np.where(states >= 0, costs + start, UNREACHED)
    with search.labels(states.ravel(), seeds.ravel(), limit_cost(limit_min)) as labels:
        beyond = search.beyond_edges(labels)
    return np.where(beyond < UNREACHED, (beyond >> METRE_BITS) / 60_000, np.inf)


def node_minutes(network: Network, beyond: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return minutes from every node, infinite beyond the limit, from those that `arrival_minutes` gave."""
    found = np.full(network.nodes, np.inf)
    for side, end in enumerate((network.edge_head, network.edge_tail)):
        np.minimum.at(found, end, beyond[:, side])
    return found


def band_polygons(
    network: Network, lines: Lines, sites: Snaps, bands: Sequence[float], settings: RasterSettings
) -> list[Any]:
    """Return one shape a band for some sites together."""
    from shapely import MultiPolygon

    if not len(sites):
        return [MultiPolygon() for _ in bands]
    minutes = arrival_minutes(network, sites, bands[-1])
    grid = _grid_around(lines, minutes, sites, settings)
    cells = np.full((grid.rows, grid.columns), np.inf)
    has_road = np.zeros(cells.shape, dtype=np.bool_)
    shut = network.closed
    ahead_min, back_min = (np.where(shut, 0.0, ms / 60_000.0) for ms in (network.edge_ms, network.edge_back_ms))
    raster_kernels.draw_edges(
        lines.ptr, lines.lon, lines.lat, ahead_min, back_min, minutes, grid.west, grid.south, grid.width, grid.height,
        cells, has_road,
    )  # fmt: skip
    site, road = np.nonzero(sites.edge >= 0)
    legs = sites.leg_km[site, road] * sites.km_min[site] + sites.end_min[site] + network.meta["ends"]["end_rural_min"]
    raster_kernels.draw_own_edges(
        lines.ptr, lines.lon, lines.lat, sites.edge[site, road], sites.fraction[site, road], legs, ahead_min, back_min,
        grid.west, grid.south, grid.width, grid.height, cells, has_road,
    )  # fmt: skip
    minutes_a_cell = grid.cell_m * 0.06 / settings.off_road_kmh
    raster_kernels.leave_the_road(cells, has_road, settings.off_road_km * 1000 / grid.cell_m, minutes_a_cell)
    return _contours(cells, grid, bands, minutes_a_cell)


@dataclass(frozen=True, slots=True)
class _Grid:
    west: float
    south: float
    width: float
    height: float
    columns: int
    rows: int
    cell_m: float


def _grid_around(lines: Lines, minutes: NDArray[np.float64], sites: Snaps, settings: RasterSettings) -> _Grid:
    """Lay a grid around what is reached: cells square at its middle latitude."""
    near = np.asarray(np.isfinite(minutes).any(axis=1))
    near[sites.edge[sites.edge >= 0]] = True
    west, south, east, north = (box[near] for box in lines.boxes)
    lon, lat = (np.array([low.min(), high.max()]) for low, high in ((west, east), (south, north)))
    middle = (lat.min() + lat.max()) / 2
    shrink = max(0.05, float(np.cos(np.radians(middle))))
    span = np.array([(lon.max() - lon.min()) * shrink, lat.max() - lat.min()]) * METRES_PER_DEGREE
    margin = settings.off_road_km * 1000
    area = float(np.prod(span + 2 * margin))
    cell_m = max(settings.cell_m, float(np.sqrt(area / _MOST_CELLS)))
    height = cell_m / METRES_PER_DEGREE
    width = height / shrink
    pad = int(np.ceil(margin / cell_m)) + _MARGIN_CELLS
    return _Grid(
        west=float(lon.min()) - pad * width,
        south=float(lat.min()) - pad * height,
        width=width,
        height=height,
        columns=int((lon.max() - lon.min()) / width) + 1 + 2 * pad,
        rows=int((lat.max() - lat.min()) / height) + 1 + 2 * pad,
        cell_m=cell_m,
    )


def _contours(cells: NDArray[np.float64], grid: _Grid, bands: Sequence[float], minutes_a_cell: float) -> list[Any]:
    """Return the land within each band: contours of the corners' times, each the least of its four cells.

    A cell that is reached has four reached corners, so it lies inside as a whole. Near the line, times count within
    a narrow range only: the line then keeps off the corners, where rings would touch themselves, and stays close to
    the reached side where the next road is far slower. The range moves with the band, so bands stay nested.
    """
    import contourpy

    corners = raster_kernels.corner_times(cells)
    x = grid.west + np.arange(grid.columns + 1) * grid.width
    y = grid.south + np.arange(grid.rows + 1) * grid.height
    low, near, far = (minutes_a_cell * factor for factor in _LINE_RANGE)
    shapes = []
    for band in bands:
        rows, columns = (_window((corners <= band).any(axis=axis)) for axis in (1, 0))
        depth = raster_kernels.depths(corners[rows, columns], band, low, near, far)
        lines = contourpy.contour_generator(x[columns], y[rows], depth, fill_type=contourpy.FillType.OuterOffset)
        shapes.append(_polygons(*lines.filled(-2 * far, 0.0)))
    return shapes


def _window(used: NDArray[np.bool_]) -> slice:
    """Return the stretch that is used and one place more on each side."""
    at = np.flatnonzero(used)
    return slice(max(0, int(at[0]) - 1), int(at[-1]) + 2) if at.size else slice(0, 2)


def _polygons(points: Sequence[Any], offsets: Sequence[Any]) -> Any:
    """Turn rings (an outer one and its holes each) into one valid shape."""
    import shapely

    parts = [
        shapely.Polygon(ring[cut[0] : cut[1]], [ring[a:b] for a, b in itertools.pairwise(cut[1:])])
        for ring, cut in zip(points, offsets, strict=True)
    ]
    polygons = np.array(parts, dtype=object)
    whole = shapely.MultiPolygon(parts)
    if whole.is_valid:
        return whole
    broken = ~shapely.is_valid(polygons)
    repaired = shapely.get_parts(shapely.make_valid(polygons[broken]))
    areas = [part for part in shapely.get_parts(repaired) if part.geom_type == "Polygon" and part.area > 0]
    shape = shapely.MultiPolygon([*polygons[~broken], *areas])
    return shape if shape.is_valid else shapely.union_all([*polygons[~broken], *areas])
