"""What a network holds, and what among its roads tells how built-up the land is where no population is given."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.roads.plan import Plan
from deserts.roads.road_density import Points, by_cell, pieces_of_road
from deserts.roads.speeds import RoadKind, SpeedModel
from deserts.roads.strokes import Strokes
from deserts.roads.tags import ROAD_CLASSES
from deserts.roads.timing import Lines, RuleTable, segments_of
from deserts.roads.urbanity import (
    Density,
    Population,
    Surroundings,
    has_blocks,
    is_main_road,
    kind_of_roads,
    wide_enough,
)  # fmt: skip

__all__ = ["surroundings_of"]

_ARMS_OF_A_CROSSING = 4
_ONE = 1000.0
"""Amounts are in thousandths: a crossing, or the metres of a kilometre."""

_NONE = np.zeros(0)
_PART = 1 << 14
"""So many roads are measured at once."""

_Places = tuple[NDArray[np.int32], NDArray[np.int32]]


def surroundings_of(
    lines: Lines,
    plan: Plan,
    strokes: Strokes,
    *,
    box: tuple[float, float, float, float],
    model: SpeedModel,
    population: Population | None,
) -> Surroundings:
    """Find out what a network holds and what can tell how urban it is: people, else the roads if it is wide enough.

    Parameters
    ----------
    lines, plan, strokes
        The roads.
    box
        West, south, east and north of them, degrees.
    model
        The speed model.
    population
        People, where they are known.
    """
    table = RuleTable.of(strokes.rules)
    own = plan.copy[lines.edges] == 0
    places = strokes.node_lon[plan.node[lines.nodes]], strokes.node_lat[plan.node[lines.nodes]]
    road_class = table.road_class[lines.rule]
    kind = kind_of_roads(_metres_by_class(lines, road_class, own, places), model)
    if population is not None:
        return Surroundings(kind, model, Density.PEOPLE, population=population)
    if not wide_enough(box, model.kinds[kind].stand_in):
        return Surroundings(kind, model, Density.UNKNOWN)
    if kind is RoadKind.HIGHWAYS:
        points = _highways(lines, table, np.flatnonzero(own & is_main_road(road_class)), places)
    else:
        points = _crossings(lines, np.flatnonzero(own & has_blocks(road_class)), places)
    return Surroundings(kind, model, Density.ROADS, roads=by_cell(points))


def _metres_by_class(
    lines: Lines, road_class: NDArray[np.uint8], own: NDArray[np.bool_], places: _Places
) -> NDArray[np.float64]:
    """Add up roads, straight from end to end, which tells the share of streets well enough."""
    metres = np.zeros(len(ROAD_CLASSES))
    for first in range(0, own.size, _PART):
        some = first + np.flatnonzero(own[first : first + _PART])
        ends = (place[end[some]] * 1e-7 for end in (lines.tail, lines.head) for place in places)
        metres += np.bincount(road_class[some], weights=great_circle_m(*ends), minlength=metres.size)
    return metres


def _highways(lines: Lines, table: RuleTable, chosen: NDArray[np.int64], places: _Places) -> Points:
    """Add up highways, some at a time."""
    parts = [
        by_cell(_pieces(lines, table, chosen[first : first + _PART], places)) for first in range(0, chosen.size, _PART)
    ]
    lon, lat, amount = (np.concatenate([_NONE, *(part[column] for part in parts)]) for column in range(3))
    return lon, lat, amount


def _pieces(lines: Lines, table: RuleTable, chosen: NDArray[np.int64], places: _Places) -> Points:
    """Return pieces of highways, one carriageway of a divided one as a half."""
    inner = np.diff(lines.ptr)[chosen]
    ptr = np.concatenate([[0], np.cumsum(inner)]).astype(np.int64)
    vertex = np.repeat(lines.ptr[chosen] - ptr[:-1], inner) + np.arange(ptr[-1])
    some = replace(
        lines, tail=lines.tail[chosen], head=lines.head[chosen], ptr=ptr, lon=lines.lon[vertex], lat=lines.lat[vertex]
    )
    ends, edge, _ = segments_of(some, (0, chosen.size), places)
    both = (table.ahead & table.back)[lines.rule[chosen]][edge]
    return pieces_of_road(ends, np.where(both, 1.0, 0.5))


def _crossings(lines: Lines, chosen: NDArray[np.int64], places: _Places) -> Points:
    """Return the places where two streets cross, the corners of city blocks."""
    arms = np.bincount(lines.tail[chosen], minlength=places[0].size)
    arms += np.bincount(lines.head[chosen], minlength=places[0].size)
    at = np.flatnonzero(arms >= _ARMS_OF_A_CROSSING)
    lon, lat = (np.asarray(place[at] * 1e-7, dtype=np.float64) for place in places)
    return lon, lat, np.full(at.size, _ONE)
