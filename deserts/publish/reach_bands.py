"""Land by driving time: filled areas in the order of the minutes, cut at the coast and at lakes, one set a view.

They are for looking at: every number is counted for people, none for land. Where no road is, land takes the minutes of
the nearest road and those of the way there, within `OFF_ROAD_KM`.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.access.coverage import told
from deserts.earth import KM_PER_DEGREE
from deserts.publish import geometry
from deserts.publish.county_colours import SHADES, UNKNOWN, Measure
from deserts.publish.layers import Frame, on_map
from deserts.publish.supply_views import SupplyView
from deserts.publish.words import limit_words
from deserts.store import Store
from deserts.tables import BANDS_MIN, Status

if TYPE_CHECKING:
    from deserts.roads import Network

__all__ = ["OFF_ROAD_KM", "REACH", "ReachBands", "minute_steps", "reach_bands", "reach_measure"]

REACH = "reach"
"""Key of the measure under which a map shows them."""
OFF_ROAD_KM = 30.0
"""So far from any road land is told of; what lies farther is drawn as out of reach."""
_CELLS_ACROSS = 700
_LEAST_CELL_M = 500.0
_LEAST_CORNERS = 3
_E7 = 1e7


@dataclass(frozen=True, slots=True, eq=False)
class ReachBands:
    """Areas in the units of a map.

    Parameters
    ----------
    of_view
        One shape for each of `deserts.tables.BANDS_MIN` by the key of the view, each holding the one before it.
    water
        Lakes and wide rivers that the run's road extract draws; empty where it draws none.
    """

    of_view: Mapping[str, npt.NDArray[Any]]
    water: Any

    def encoded(self, frame: Frame) -> dict[str, Any]:
        """Return the areas as a page holds them, the widest first."""

        def packed(shapes: npt.NDArray[Any]) -> list[list[list[str]]]:
            return geometry.encode_polygons(shapes, grid_deg=frame.grid_deg, tolerance_deg=frame.tolerance_deg)

        areas = {key: packed(shapes)[::-1] for key, shapes in self.of_view.items()}
        return {"areas": areas, "water": packed(np.array([self.water], dtype=object))[0]}


def minute_steps() -> dict[str, Any]:
    """Return the steps by which single places are coloured: their ends in minutes, shades and words."""
    *inside, _ = _legend()
    return {
        "ends": list(BANDS_MIN),
        "shades": list(SHADES),
        "words": [*inside, f"over {limit_words(BANDS_MIN[-1])}, or none"],
    }


def _legend() -> tuple[str, ...]:
    ends = [limit_words(minutes) for minutes in BANDS_MIN]
    between = (f"{low} to {high}" for low, high in itertools.pairwise(ends))
    return (f"up to {ends[0]}", *between, f"over {ends[-1]}, or far from any road")


def reach_measure(scores: pd.DataFrame) -> Measure:
    """Return the measure by which counties lie below the areas: out of reach, where anything can be told at all."""
    nobody = scores["status"] == Status.NO_POPULATION
    classes = np.where(told(scores) | nobody, len(BANDS_MIN), UNKNOWN).astype(np.int64)
    return Measure(REACH, "Land by driving time to the nearest", _legend(), SHADES, (), classes)


def reach_bands(
    store: Store, views: Sequence[SupplyView], counties: pd.DataFrame, *, frame: Frame
) -> ReachBands | None:
    """Return the areas of each view, or None where the run has no roads or nobody to drive to.

    Parameters
    ----------
    store
        Gives the road network and ``site_snaps``.
    views
        The views of the supply: areas of each are those of its own sites.
    counties
        The table ``counties``: areas end where the scored ones of which anything can be told do.
    frame
        Fineness, and whether the map is drawn on a plane.
    """
    if not store.has_network() or not store.has("site_snaps"):
        return None
    from deserts.roads import Network, Snaps
    from deserts.roads.isochrone import Lines, RasterSettings, band_polygons, raster_settings

    network = Network.load(store.find_network())
    snaps = store.read("site_snaps").drop_duplicates("site_id")
    snaps = snaps[(snaps["status"] == Status.OK) & (snaps["edge"] >= 0)]
    if "lon" not in snaps or not snaps["site_id"].isin(set().union(*(view.site_ids for view in views))).any():
        return None
    speed = raster_settings(network, cell_m=None, off_road_km=OFF_ROAD_KM).off_road_kmh
    settings = RasterSettings(_cell_m(counties), OFF_ROAD_KM, speed)
    lines, land = Lines.of(network), _land(counties, views[-1].scores, frame)
    found = {}
    for view in views:
        own = snaps[snaps["site_id"].isin(view.site_ids)].drop_duplicates(["lon", "lat"])
        shapes = band_polygons(network, lines, Snaps.from_frame(own), BANDS_MIN, settings)
        found[view.key] = np.array([_cut(shape, land, frame) for shape in shapes], dtype=object)
    return ReachBands(found, shapely.intersection(_water(network, frame), land))


def _cell_m(counties: pd.DataFrame) -> float:
    """Return the size of a cell in metres: the region is so many cells tall or wide."""
    shapes = geometry.west_of_date_line(np.array(counties.loc[counties["scored"], "geometry"], dtype=object))
    west, south, east, north = shapely.total_bounds(shapes)
    shrink = np.cos(np.radians((south + north) / 2))
    across_km = max((east - west) * shrink, north - south) * KM_PER_DEGREE
    return float(max(_LEAST_CELL_M, across_km * 1000 / _CELLS_ACROSS))


def _land(counties: pd.DataFrame, scores: pd.DataFrame, frame: Frame) -> Any:
    """Return the ground of the counties of which anything can be told."""
    classes = reach_measure(scores).classes
    known = counties["county_fips"].isin(scores.loc[classes != UNKNOWN, "county_fips"])
    shapes, _ = geometry.simplify_coverage(
        on_map(np.array(counties.loc[known & counties["scored"], "geometry"], dtype=object), frame),
        tolerance_deg=frame.tolerance_deg, max_vertices=frame.max_vertices,
    )  # fmt: skip
    return shapely.union_all(shapes)


def _cut(shape: Any, land: Any, frame: Frame) -> Any:
    # Part by part: on the plane of a nation each lies in the box of its own part.
    parts = on_map(np.array(shapely.get_parts(shape), dtype=object), frame)
    return shapely.intersection(shapely.union_all(shapely.make_valid(parts)), land)


def _water(network: Network, frame: Frame) -> Any:
    """Return the lakes and wide rivers of the extract; the sea is where no county is."""
    rings = _closed_shores(network)
    boxes = shapely.bounds(rings).reshape(-1, 4)
    rings = rings[(boxes[:, 2:] - boxes[:, :2]).max(axis=1, initial=0) > frame.tolerance_deg]
    is_lake = shapely.is_ccw(shapely.get_exterior_ring(rings))
    lakes = shapely.union_all(shapely.make_valid(on_map(rings[is_lake], frame)))
    others = shapely.make_valid(on_map(rings[~is_lake], frame))
    # An island of the sea may hold lakes; only those that lie in a lake are taken out of it.
    shapely.prepare(lakes)
    return shapely.difference(lakes, shapely.union_all(others[shapely.within(others, lakes)]))


def _closed_shores(network: Network) -> npt.NDArray[Any]:
    """Return the extract's own shores that close, as polygons: those of a lake run anticlockwise."""
    own = int(network.meta.get("shores", {}).get("own_lines", 0))
    ptr, lon, lat = network.shore_ptr[: own + 1], network.shore_lon, network.shore_lat
    first, last = ptr[:-1], ptr[1:] - 1
    closed = (last - first >= _LEAST_CORNERS) & (lon[first] == lon[last]) & (lat[first] == lat[last])
    lonlat = np.column_stack([lon, lat]) / _E7
    return np.array([shapely.Polygon(lonlat[a : b + 1]) for a, b in zip(first[closed], last[closed], strict=True)],
                    dtype=object)  # fmt: skip
