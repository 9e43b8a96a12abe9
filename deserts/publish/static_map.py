"""A small map that stands still, for a sheet of paper: counties by where most residents live, the area outlined."""

from __future__ import annotations

import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.publish.county_colours import NO_DATA, SHADES, UNKNOWN_WORDS, desert_legend
from deserts.publish.geometry import west_of_date_line
from deserts.services import Service
from deserts.tables import Status

__all__ = ["DrawnCounties", "draw_static_map", "prepare_counties"]

_BORDER = "#8d8478"
_HATCH = "#5b6268"
_STAMP = (0.55, 0.11, 0.09, 0.5)


@dataclass(frozen=True, slots=True, eq=False)
class DrawnCounties:
    """The counties of a run, ready to be drawn around any of its areas.

    Parameters
    ----------
    county_fips, shapes
        One entry a county.
    rings, colours
        Outer ring of each part of each county as an array of lon and lat, and its fill.
    extents
        West, south, east and north of each ring, ``(rings, 4)``.
    legend
        Words of each shade.
    unknown
        Whether nothing can be told of the county of each ring: it is hatched.
    """

    county_fips: pd.Series
    shapes: npt.NDArray[Any]
    rings: Sequence[npt.NDArray[np.float64]]
    colours: Sequence[str]
    extents: npt.NDArray[np.float64]
    legend: tuple[str, ...]
    unknown: npt.NDArray[np.bool_]


def prepare_counties(
    counties: pd.DataFrame, scores: pd.DataFrame, *, service: Service, limit_min: float
) -> DrawnCounties:
    """Return the counties that have scores, once for all the areas of a run.

    Parameters
    ----------
    counties, scores
        The tables ``counties`` and ``county_scores``.
    service, limit_min
        Give the words of the legend.
    """
    shown = counties.merge(scores[["county_fips", "desert_rank", "status"]], on="county_fips", suffixes=("", "_score"))
    shapes = west_of_date_line(np.array(shown["geometry"], dtype=object))
    known = ~shown["status_score"].isin([Status.NO_POPULATION, Status.NOT_SEARCHED, Status.NOT_ASSESSABLE])
    unknown = shown["status_score"].isin([Status.NOT_SEARCHED, Status.NOT_ASSESSABLE]).to_numpy()
    fills = np.where(known, np.array(SHADES)[shown["desert_rank"].fillna(0).to_numpy(dtype=np.int64)], NO_DATA)
    parts, owner = shapely.get_parts(shapes, return_index=True)
    outer = shapely.get_exterior_ring(parts)
    points, ring = shapely.get_coordinates(outer, return_index=True)
    rings = np.split(points, np.flatnonzero(np.diff(ring)) + 1)
    return DrawnCounties(
        shown["county_fips"], shapes, rings, [str(fills[county]) for county in owner], shapely.bounds(outer),
        desert_legend(service, limit_min), unknown[owner],
    )  # fmt: skip


def draw_static_map(drawn: DrawnCounties, *, fips: Collection[str], width_in: float = 3.6, stamp: str = "") -> bytes:
    """Return a PNG of the counties around an area, the same bytes in every run.

    Parameters
    ----------
    drawn
        Result of `prepare_counties`.
    fips
        Counties that must be in view; their common border is outlined.
    width_in
        Width in inches; printed at 200 dots an inch.
    stamp
        Word that stands across the picture in the place of classes; empty for none.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    border = shapely.union_all(drawn.shapes[drawn.county_fips.isin(fips).to_numpy()])
    west, south, east, north = shapely.bounds(border)
    margin = 0.04 * max(east - west, north - south)
    figure = Figure(figsize=(width_in, width_in * 0.9))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0.27, 1, 0.73))
    # The axes keep their shape, so more than the area's own box can come into view on two sides.
    near = _overlaps(drawn.extents, (west, south, east, north), margin=2 * max(east - west, north - south))
    axes.add_collection(
        PolyCollection(
            [drawn.rings[i] for i in near],
            facecolors=NO_DATA if stamp else [drawn.colours[i] for i in near], edgecolors=_BORDER,
            linewidths=0.3,
        )
    )  # fmt: skip
    hatched = [drawn.rings[i] for i in near if drawn.unknown[i]]
    if hatched:
        axes.add_collection(
            PolyCollection(hatched, facecolors="white", edgecolors=_HATCH, hatch="////", linewidths=0.3)
        )
    for line in shapely.get_parts(shapely.boundary(border)):
        axes.plot(*shapely.get_coordinates(line).T, color="#1d2429", linewidth=1.2)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - margin, north + margin)
    axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
    axes.set_axis_off()
    legend = [
        Patch(facecolor=shade, edgecolor=_BORDER, label=words)
        for shade, words in zip(() if stamp else SHADES, () if stamp else drawn.legend, strict=True)
    ]
    if stamp:
        figure.text(0.5, 0.62, stamp, rotation=24, ha="center", va="center", fontsize=26, color=_STAMP, weight="bold")
    if hatched:
        legend.append(Patch(facecolor="white", edgecolor=_HATCH, hatch="////", label=UNKNOWN_WORDS))
    figure.legend(handles=legend, loc="lower left", ncols=1, fontsize=6.5, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()


def _overlaps(
    extents: npt.NDArray[np.float64], box: tuple[float, float, float, float], *, margin: float
) -> npt.NDArray[np.int64]:
    """Return which extents meet a box that is widened by a margin."""
    west, south, east, north = box
    apart = (
        (extents[:, 0] > east + margin) | (extents[:, 2] < west - margin)
        | (extents[:, 1] > north + margin) | (extents[:, 3] < south - margin)
    )  # fmt: skip
    return np.flatnonzero(~apart)
