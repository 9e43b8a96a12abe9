"""What is closed, as people give it: lines across roads and areas, in GeoJSON. No network is touched here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deserts.errors import WRONG_SHAPE, InputError, MissingDataError

if TYPE_CHECKING:
    from shapely.geometry.base import BaseGeometry

__all__ = ["Closing", "closing_of", "read_closing"]

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
    except (*WRONG_SHAPE, shapely.errors.GEOSException) as error:
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
