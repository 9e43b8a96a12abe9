"""A small map that stands still, for a sheet of paper: counties by where most residents live, the area outlined."""

from __future__ import annotations

import io
from collections.abc import Collection

import numpy as np
import pandas as pd
import shapely

from deserts.publish.geometry import west_of_date_line
from deserts.publish.measures import NO_DATA, SHADES, desert_legend
from deserts.services import Service
from deserts.tables import Status

__all__ = ["draw_static_map"]


def draw_static_map(
    counties: pd.DataFrame, scores: pd.DataFrame, *, fips: Collection[str], service: Service,
    limit_min: float, width_in: float = 3.6,
) -> bytes:  # fmt: skip
    """Return a PNG of the counties around an area, the same bytes in every run.

    Parameters
    ----------
    counties, scores
        The tables ``counties`` and ``county_scores``.
    fips
        Counties that must be in view; their common border is outlined.
    service, limit_min
        Give the words of the legend.
    width_in
        Width in inches; printed at 200 dots an inch.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    shown = counties.merge(scores[["county_fips", "desert_rank", "status"]], on="county_fips", suffixes=("", "_score"))
    shapes = west_of_date_line(np.array(shown["geometry"], dtype=object))
    wanted = shown["county_fips"].isin(fips).to_numpy()
    border = shapely.union_all(shapes[wanted])
    colours = [
        NO_DATA if status == Status.NO_POPULATION else SHADES[rank]
        for rank, status in zip(shown["desert_rank"], shown["status_score"], strict=True)
    ]
    parts, owner = shapely.get_parts(shapes, return_index=True)
    figure = Figure(figsize=(width_in, width_in * 0.9))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0.27, 1, 0.73))
    rings = [shapely.get_coordinates(shapely.get_exterior_ring(part)) for part in parts]
    axes.add_collection(
        PolyCollection(rings, facecolors=[colours[i] for i in owner], edgecolors="#8d8478", linewidths=0.3)
    )
    for line in shapely.get_parts(shapely.boundary(border)):
        axes.plot(*shapely.get_coordinates(line).T, color="#1d2429", linewidth=1.2)
    west, south, east, north = shapely.bounds(border)
    margin = 0.04 * max(east - west, north - south)
    axes.set_xlim(west - margin, east + margin)
    axes.set_ylim(south - margin, north + margin)
    axes.set_aspect(1 / np.cos(np.radians((south + north) / 2)))
    axes.set_axis_off()
    legend = [
        Patch(facecolor=shade, edgecolor="#8d8478", label=words)
        for shade, words in zip(SHADES, desert_legend(service, limit_min), strict=True)
    ]
    figure.legend(handles=legend, loc="lower left", ncols=1, fontsize=6.5, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
    return buffer.getvalue()
