"""A small map without tiles: county outlines, the area of the ZIP, numbered sites; drawn as inline SVG on this machine.

The patient's own point is never drawn or stored: the ring around the ZIP's centre is as wide as a ZIP area usually is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.arrays import Floats
from deserts.documents.mercator import UNITS_PER_DEGREE, eastings, outline_paths, southings
from deserts.earth import KM_PER_DEGREE, KM_PER_MILE
from deserts.patients.search.answer import Candidate, PlaceOption, Tier
from deserts.patients.search.origin import Origin
from deserts.tables.drives import minutes_words

__all__ = ["County", "Drawing", "Marker", "Outlines"]

_ZIP_RING_KM = 9.0
"""Half of all ZIP areas with residents are smaller than a circle of about this radius."""
_LEAST_WIDTH_KM = 60.0
_ASPECT = 4 / 3
_LEVELS = ((400.0, 0.002), (1500.0, 0.01), (math.inf, 0.04))
"""Widest drawing (km) and tolerance (degrees) of each level of detail."""
_MOST_NAMES = 45


@dataclass(frozen=True, slots=True)
class County:
    """One county in the drawing; its name only where there is room for it."""

    path: str
    name: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Marker:
    """One site: where it is drawn, moved aside when it would hide another one."""

    number: str
    tier: str
    label: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Drawing:
    """What the map's template draws; ``view`` is x, y, width, height and ``unit`` a hundredth of the width."""

    view: tuple[int, int, int, int]
    unit: float
    counties: tuple[County, ...]
    markers: tuple[Marker, ...]
    ring: tuple[int, int, int]
    place: str
    scale_bar: tuple[int, str]
    not_drawn: int


class Outlines:
    """County outlines in drawing units, prepared once.

    Parameters
    ----------
    counties
        The table ``counties`` with its geometry; None or empty draws sites alone.
    """

    def __init__(self, counties: pd.DataFrame | None) -> None:
        self._names: list[str] = []
        self._bounds: Floats = np.empty((0, 4))
        self._labels: Floats = np.empty((0, 2))
        self._paths: tuple[list[str], ...] = tuple([] for _ in _LEVELS)
        if counties is None or counties.empty:
            return
        import shapely

        rows = counties[counties["geometry"].notna()]
        shapes = np.asarray(rows["geometry"].to_numpy(), dtype=object)
        self._names = [str(name) for name in rows["name"]]
        bounds = shapely.bounds(shapes)
        west, east = eastings(bounds[:, 0]), eastings(bounds[:, 2])
        self._bounds = np.column_stack([west, southings(bounds[:, 3]), east, southings(bounds[:, 1])])
        inside = shapely.get_coordinates(shapely.point_on_surface(shapes))
        self._labels = np.column_stack([eastings(inside[:, 0]), southings(inside[:, 1])])
        self._paths = tuple(outline_paths(shapely.simplify(shapes, tolerance)) for _, tolerance in _LEVELS)

    def draw(self, origin: Origin, candidates: Sequence[Candidate], places: Sequence[PlaceOption] = ()) -> Drawing:
        """Arrange the map of one answer.

        Parameters
        ----------
        origin
            Centre of the ZIP, or coordinates, which are drawn on a grid of a tenth of a degree.
        candidates
            What was found; those without a place are counted in ``not_drawn``.
        places
            Hospitals to ask for their pump clinic.
        """
        known = [c for c in candidates if c.lon is not None and c.lat is not None]
        placed: list[Candidate | PlaceOption] = [*known, *places]
        # Given coordinates may be a home: the ring is centred on a coarse grid, wide enough to hold the place.
        here_lon, here_lat = (
            (origin.lon, origin.lat) if origin.zip_precise else (round(origin.lon, 1), round(origin.lat, 1))
        )
        lon = np.array([here_lon, *(float(c.lon or 0) for c in placed)])
        lat = np.array([here_lat, *(float(c.lat or 0) for c in placed)])
        xs, ys = eastings(lon), southings(lat)
        units_per_km = UNITS_PER_DEGREE / (KM_PER_DEGREE * math.cos(math.radians(origin.lat)))
        view = _view(xs, ys, least_width=_LEAST_WIDTH_KM * units_per_km)
        unit = view[2] / 100
        return Drawing(
            view=view,
            unit=round(unit, 2),
            counties=self._counties(view, view[2] / units_per_km),
            markers=_markers(placed, xs[1:], ys[1:], apart=unit * 5.2),
            ring=(int(xs[0]), int(ys[0]), round(_ZIP_RING_KM * units_per_km)),
            place=origin.label,
            scale_bar=_scale_bar(view[2], units_per_km),
            not_drawn=len(candidates) - len(known),
        )

    def _counties(self, view: tuple[int, int, int, int], width_km: float) -> tuple[County, ...]:
        left, top, width, height = view
        box = self._bounds
        seen = (box[:, 0] <= left + width) & (box[:, 2] >= left) & (box[:, 1] <= top + height) & (box[:, 3] >= top)
        chosen = np.flatnonzero(seen)
        level = next(i for i, (widest, _) in enumerate(_LEVELS) if width_km <= widest)
        made = []
        for i in chosen:
            x, y = self._labels[i]
            inside = left < x < left + width and top < y < top + height
            room = len(chosen) <= _MOST_NAMES and inside and (box[i, 2] - box[i, 0]) > width * 0.09
            made.append(County(self._paths[level][i], self._names[i] if room else "", int(x), int(y)))
        return tuple(made)


def _view(xs: Floats, ys: Floats, *, least_width: float) -> tuple[int, int, int, int]:
    middle_x, middle_y = (xs.min() + xs.max()) / 2, (ys.min() + ys.max()) / 2
    width = max(least_width, (xs.max() - xs.min()) * 1.3, (ys.max() - ys.min()) * 1.3 * _ASPECT)
    height = width / _ASPECT
    return (round(middle_x - width / 2), round(middle_y - height / 2), round(width), round(height))


def _markers(placed: Sequence[Candidate | PlaceOption], xs: Floats, ys: Floats, *, apart: float) -> tuple[Marker, ...]:
    taken: list[tuple[float, float]] = []
    made = []
    for candidate, x, y in zip(placed, xs, ys, strict=True):
        spot = _free_spot(float(x), float(y), taken, apart)
        taken.append(spot)
        minutes, give = candidate.drive_min, candidate.plus_minus_min
        drive = "" if minutes is None else f", {minutes_words(minutes, give)}"
        number, tier = (
            (f"H{candidate.number}", PLACE)
            if isinstance(candidate, PlaceOption)
            else (str(candidate.number or 0), candidate.tier.value)
        )
        label = f"{number}: {candidate.name}, {candidate.city}{drive}"
        made.append(Marker(number, tier, label, round(spot[0]), round(spot[1])))
    return tuple(made)


def _free_spot(x: float, y: float, taken: Sequence[tuple[float, float]], apart: float) -> tuple[float, float]:
    """Return the place itself, or the first free one on growing circles around it."""
    for step in range(64):
        circle, slot = divmod(step + 7, 8)
        angle = slot * math.pi / 4
        spot = (x + circle * apart * math.cos(angle) * 0.55, y + circle * apart * math.sin(angle) * 0.55)
        if step == 0:
            spot = (x, y)
        if all(math.dist(spot, other) >= apart for other in taken):
            return spot
    return (x, y)


def _scale_bar(width: float, units_per_km: float) -> tuple[int, str]:
    """Return the length of the scale bar in drawing units, and its words: about a fifth of the width, in miles."""
    wanted = width * 0.22 / units_per_km / KM_PER_MILE
    steps = [step for step in (5, 10, 20, 50, 100, 200, 500) if step <= max(wanted, 5)]
    return round(steps[-1] * KM_PER_MILE * units_per_km), f"{steps[-1]} miles"


PLACE = "place"
"""Class of a hospital's mark: it belongs to no tier."""

TIER_SHAPES = {
    Tier.PROVEN.value: "circle", Tier.DRUG_UNKNOWN.value: "square", Tier.MUST_BE_ASKED.value: "diamond",
    PLACE: "house",
}  # fmt: skip
"""Shape of each tier's marker, so that the map can be read without colours."""
