"""Roads that are closed for a while: a bridge, a flooded area, mountain passes in snow. What a drive takes then.

A shut road keeps its place in the network, so points stay where they lie on it; only nobody drives it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from deserts.errors import InputError, MissingDataError
from deserts.roads.arrays import Arcs
from deserts.roads.build import arcs_of
from deserts.roads.costs import CLOSED
from deserts.roads.network import EdgeFlag, Network
from deserts.roads.seasons import Season

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Closing", "closing_of", "read_closing", "roads_in", "roads_to_shut", "shut"]

_LINES_AND_AREAS = {"LineString", "MultiLineString", "Polygon", "MultiPolygon"}
_UNNAMED = "what the GeoJSON marks"
_LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Closing:
    """Lines and areas whose roads nobody drives.

    Parameters
    ----------
    name
        What the reader calls them.
    shapes
        In degrees.
    """

    name: str
    shapes: tuple[BaseGeometry, ...] = field(repr=False)


def read_closing(path: Path) -> Closing:
    """Read lines that cut roads, and areas, from a GeoJSON file in degrees.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        As `closing_of`.
    """
    if not path.is_file():
        raise MissingDataError("the file of closed roads is not there", where=path)
    return closing_of(path.read_bytes(), name=path.name, where=path)


def closing_of(held: object, *, name: str = "", where: str | Path) -> Closing:
    """Return the lines and areas of a GeoJSON object, or of its text.

    Parameters
    ----------
    held
        The object, or text.
    name
        What the reader calls it; else its own ``name``, as some programs write one.
    where
        For messages.

    Raises
    ------
    InputError
        If it is no GeoJSON, or holds anything but lines and areas in degrees.
    """
    import shapely

    expected = "GeoJSON with lines across the roads, or areas around them, in degrees (longitude first)"
    try:
        read = json.loads(held) if isinstance(held, str | bytes) else held
        own = read.get("name") if isinstance(read, Mapping) else None
        shapes = [shapely.from_geojson(json.dumps(one)) for one in _geometries(read)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, shapely.errors.GEOSException) as error:
        # a parser of shapes may repeat what it was given; where the text breaks off is safe to tell
        why = f": {error}" if isinstance(error, json.JSONDecodeError | KeyError) else ""
        raise InputError(f"no GeoJSON{why}", where=where, expected=expected) from None
    for number, shape in enumerate(shapes, start=1):
        if shape.is_empty or shape.geom_type not in _LINES_AND_AREAS:
            raise InputError(f"shape {number} is a {shape.geom_type}", where=where, expected=expected)
        west, south, east, north = shape.bounds
        if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
            raise InputError(f"shape {number} is not in degrees", where=where, expected=expected)
    if not shapes:
        raise InputError("no shape in the file", where=where, expected=expected)
    told = "".join(letter for letter in name or (own if isinstance(own, str) else "") if letter.isprintable())
    return Closing(told.strip()[:_LONGEST_NAME] or _UNNAMED, tuple(shapes))


def _geometries(held: Any) -> list[Any]:
    """Return the geometries of a GeoJSON object."""
    if held["type"] == "FeatureCollection":
        return [feature["geometry"] for feature in held["features"]]
    return [held["geometry"] if held["type"] == "Feature" else held]


def roads_in(network: Network, shapes: Sequence[BaseGeometry]) -> NDArray[np.bool_]:
    """Return which edges meet any of some lines or areas (degrees)."""
    import shapely

    west, south, east, north = network.boxes
    found = np.zeros(network.edges, dtype=bool)
    for shape in shapes:
        left, bottom, right, top = shape.bounds
        near = np.flatnonzero((west <= right) & (east >= left) & (south <= top) & (north >= bottom) & ~found)
        lines = [shapely.LineString(network.shape(edge)) for edge in near.tolist()]
        found[near] = shapely.intersects(np.array(lines, dtype=object), shape)
    return found


def roads_to_shut(network: Network, closings: Sequence[Closing], *, snow: bool) -> NDArray[np.bool_]:
    """Return which edges some closings meet; with ``snow`` also those that are closed in winter.

    Raises
    ------
    InputError
        If one of them meets no road.
    """
    found = np.zeros(network.edges, dtype=bool)
    for closing in closings:
        met = roads_in(network, closing.shapes)
        if not met.any():
            expected = "lines or areas that meet a road of the region"
            raise InputError("no road to close", where=closing.name, expected=expected)
        found |= met
    return found | (network.edge_flags & int(EdgeFlag.closed(Season.WINTER)) > 0) if snow else found


def shut(network: Network, roads: NDArray[np.bool_]) -> Network:
    """Return the network with some edges closed to everybody; places on the roads stay where they are.

    Parts of the network stay as they were: what is cut off is found by searching, not told beforehand.

    Parameters
    ----------
    network
        The roads.
    roads
        ``(edges,)``; copies of a road are shut with it.
    """
    gone = roads.copy()
    gone[network.copy_edge[roads[network.copy_of]]] = True
    flags = np.where(gone, network.edge_flags | np.uint8(EdgeFlag.SHUT), network.edge_flags).astype(np.uint8)
    closed = network.closed | gone
    if network.turns is None:
        ends = network.edge_tail, network.edge_head
        times = network.edge_ms, network.edge_back_ms, network.edge_m
        forward, reverse = (arcs_of(network.nodes, ends, times, closed, reverse=side)[0] for side in (False, True))
    else:
        forward, reverse = (
            _closed_arcs(arcs, network.turns.arcs_of(reverse=side)[gone])
            for arcs, side in ((network.forward, False), (network.reverse, True))
        )
    return replace(network, edge_flags=flags, forward=forward, reverse=reverse, folder=None)


def _closed_arcs(arcs: Arcs, gone: NDArray[np.int32]) -> Arcs:
    """Return arcs in the same order, some of them closed (-1 for none)."""
    costs = np.array(arcs.costs)
    costs[gone[gone >= 0]] = CLOSED
    return replace(arcs, costs=costs)
