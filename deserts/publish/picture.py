"""Any view of a map as a picture that stands still (PNG, SVG, PDF), in the colours and words of the page.

It is drawn from the same data as the page, so that a colour cannot mean another thing in print.
"""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.access.gate import Gate
from deserts.errors import UnknownNameError
from deserts.publish.county_colours import NO_DATA, UNKNOWN, UNKNOWN_WORDS
from deserts.publish.drawing import INK, drawing_bytes, file_kind, new_drawing, style
from deserts.publish.geometry import state_lines, west_of_date_line
from deserts.publish.map_data import MapContent, load_content
from deserts.publish.notes import about
from deserts.publish.plane import neighbouring_land, project_shapes
from deserts.publish.reach_bands import REACH
from deserts.publish.words import map_title
from deserts.services import Service
from deserts.store import Store, write_bytes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["PREVIEW_PX", "Picture", "chosen_view", "draw_picture", "load_picture", "picture_words", "write_picture"]

PREVIEW_PX = (1200, 630)
"""Size of the picture that stands for a shared link."""
_BORDER, _STATES, _OUTSIDE, _SEA, _HATCH = "#8d8478", "#4b4a46", "#f4f5f4", "#e4ebee", "#5b6268"
_PRACTICE, _PLACE = "#00636b", "#6d1a6a"
_PREVIEW_IN = (7.5, 3.9375)


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """What is drawn.

    Parameters
    ----------
    content
        What the page holds.
    counties
        The table ``counties``.
    view, measure
        The view of the supply and the measure, as the page has them.
    lines
        Sentences that must stand below.
    subject
        What it is about: region and care.
    stamp
        Word across it in the place of colours; empty for none.
    """

    content: MapContent
    counties: pd.DataFrame
    view: Mapping[str, Any]
    measure: Mapping[str, Any]
    lines: tuple[str, ...]
    subject: str
    stamp: str = ""


def load_picture(
    store: Store, *, service: Service, today: dt.date, gate: Gate, supply: str | None = None,
    measure: str | None = None, contact: str | None = None, content: MapContent | None = None,
) -> Picture:  # fmt: skip
    """Return the picture of a view of a run.

    Parameters
    ----------
    store, service, gate
        The run and its checks.
    today
        Day from which the age of the data is reckoned.
    supply, measure
        Keys of the view and of the measure; the first ones when None.
    contact
        Where corrections may be sent.
    content
        What the page holds, where it was loaded already.
    """
    loaded = load_content(store, service=service, gate=gate) if content is None else content
    view, shown = chosen_view(loaded, supply=supply, measure=measure)
    notes = about(
        store.provenance(), service=service, grade=store.grade, today=today, contact=contact, credits=loaded.credits,
        gate=gate,
    )  # fmt: skip
    lines = (*notes["banners"], notes["dated"], *notes["lines"], notes["corrections"],
             f"Credits: {'; '.join(notes['credits'])}.")  # fmt: skip
    once: dict[str, str] = {}
    for line in filter(None, lines):
        once.setdefault(line.rstrip(".").lower(), line)
    subject = map_title(service, store.grade, store.region)
    return Picture(loaded, store.read("counties"), view, shown, tuple(once.values()), subject, gate.stamp)


def chosen_view(
    content: MapContent, *, supply: str | None, measure: str | None
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """Return the view and the measure of these names, the first ones where none is named.

    Raises
    ------
    UnknownNameError
        If the map has no such view or measure; with those that it has.
    """
    views = {view["key"]: view for view in content.first["views"]}
    view = next(iter(views.values())) if supply is None else views.get(supply)
    if view is None:
        raise UnknownNameError(f"this map has no view {supply!r}", where="--supply", expected=", ".join(views))
    measures = {one["key"]: one for one in view["measures"]}
    found = view["measures"][0] if measure is None else measures.get(measure)
    if found is None:
        raise UnknownNameError(f"this view has no measure {measure!r}", where="--measure", expected=", ".join(measures))
    return view, found


def picture_words(picture: Picture) -> str:
    """Return what the picture shows, for readers who do not see it: the finding, and counties by class."""
    if picture.measure["key"] == REACH:
        nearest, *_, farthest = picture.measure["legend"]
        return f"Map. {picture.view['finding']} {picture.measure['label']}, from {nearest} (pale) to {farthest} (dark)."
    classes = pd.Series(picture.view["classes"][picture.measure["key"]])
    counted = classes[classes >= 0].value_counts().sort_index(ascending=False)
    parts = [f"{number} counties: {picture.measure['legend'][int(str(step))]}" for step, number in counted.items()]
    if unknown := int((classes == UNKNOWN).sum()):
        parts.append(f"{unknown} counties: {UNKNOWN_WORDS}")
    return f"Map. {picture.view['finding']} {picture.measure['label']}: {'; '.join(parts)}."


def write_picture(picture: Picture, path: Path, *, option: str) -> None:
    """Write the picture as ``.png``, ``.svg`` or ``.pdf``, the same bytes for the same map."""
    kind = file_kind(path, option=option)
    with style():
        write_bytes(path, drawing_bytes(draw_picture(picture), kind))


def draw_picture(picture: Picture, *, preview: bool = False) -> Figure:
    """Draw the picture; call it, and save it, inside `deserts.publish.drawing.style`.

    Parameters
    ----------
    picture
        What to draw.
    preview
        For a shared link: 1,200 by 630 pixels at 160 dots an inch, with the finding and without small print.
    """
    shapes, bounds, flat = _shapes(picture)
    west, south, east, north = bounds
    squeeze = 1.0 if flat else float(np.cos(np.radians((south + north) / 2)))
    width_in = _PREVIEW_IN[0] if preview else 8.0
    above = picture.subject if preview else f"{picture.subject}. {picture.view['meaning']}"
    lines = picture.lines[:1] if preview else picture.lines
    ratio = (north - south) / max((east - west) * squeeze, 1e-9)
    height_in = 2.9 if preview else float(np.clip(5.4 * ratio, 3.0, 7.2))
    figure, bottom, top = new_drawing(
        picture.view["finding"], _wrapped(above, width_in), lines, width_in=width_in, height_in=height_in
    )
    if preview:
        figure.set_size_inches(*_PREVIEW_IN)
    gap = 0.02 if preview else 0.04
    axes = figure.add_axes((0.02, bottom + 0.01, 0.69, top - bottom - gap))
    if flat:
        _draw_surroundings(axes, picture.content.first["frames"])
    _draw_shapes(axes, picture, shapes)
    if picture.measure["key"] == REACH:
        _draw_reach(axes, picture, shapes)
    _draw_points(axes, picture)
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_aspect(1 / squeeze, anchor="NW")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_facecolor(_SEA)
    if picture.stamp:
        axes.text(0.5, 0.5, picture.stamp, transform=axes.transAxes, rotation=24, ha="center", va="center",
                  fontsize=40, color=(0.55, 0.11, 0.09, 0.4), weight="bold")  # fmt: skip
    figure.legend(
        handles=_legend(picture), title=picture.measure["label"], loc="upper left",
        bbox_to_anchor=(0.715, top - gap), frameon=False, fontsize=7, title_fontsize=8,
        alignment="left", handleheight=1.2,
    )  # fmt: skip
    return figure


def _wrapped(text: str, width_in: float) -> str:
    return "\n".join(textwrap.wrap(text, int(width_in * 14))[:2])


def _shapes(picture: Picture) -> tuple[npt.NDArray[Any], tuple[float, float, float, float], bool]:
    """Return the shapes in the order of the page's counties, and the box in view with a margin."""
    ordered = picture.counties.set_index("county_fips").loc[picture.content.first["counties"]["fips"]]
    flat = bool(picture.content.first["flat"])
    shapes = west_of_date_line(np.array(ordered["geometry"], dtype=object))
    shapes = project_shapes(shapes) if flat else shapes
    west, south, east, north = picture.content.first["bounds"]
    margin = 0.02 * max(east - west, north - south)
    return shapes, (west - margin, south - margin, east + margin, north + margin), flat


def _draw_shapes(axes: Any, picture: Picture, shapes: npt.NDArray[Any]) -> None:
    from matplotlib.collections import PathCollection

    rows = np.array(picture.content.first["counties"]["row"])
    classes = np.array(picture.view["classes"][picture.measure["key"]])
    found = np.where(rows >= 0, classes[np.maximum(rows, 0)], -9)
    for step in sorted(set(found.tolist())):
        fill, hatch, edge = _paint(picture, step)
        paths = [_path(shape) for shape in shapes[found == step] if shape is not None and not shape.is_empty]
        axes.add_collection(
            PathCollection(paths, facecolors=fill, edgecolors=edge, linewidths=0.25, hatch=hatch), autolim=False
        )
    fips = picture.content.first["counties"]["fips"]
    states = picture.counties.set_index("county_fips").loc[fips, "state"].tolist()
    for border in state_lines(shapes, states):
        for line in shapely.get_parts(border):
            axes.plot(*shapely.get_coordinates(line).T, color=_STATES, linewidth=0.7)


def _draw_reach(axes: Any, picture: Picture, shapes: npt.NDArray[Any]) -> None:
    """Draw the land by driving time above the counties, the widest area first, lakes and borders above it."""
    from matplotlib.collections import PathCollection

    reach = picture.content.reach
    if reach is None:
        return
    areas = zip(reach.of_view[picture.view["key"]], picture.measure["shades"], strict=False)
    for area, shade in [*reversed(list(areas)), (reach.water, _SEA)]:
        if not area.is_empty:
            axes.add_collection(PathCollection([_path(area)], facecolors=shade, linewidths=0), autolim=False)
    borders = [_path(shape) for shape in shapes if shape is not None and not shape.is_empty]
    axes.add_collection(PathCollection(borders, facecolors="none", edgecolors=_BORDER, linewidths=0.25), autolim=False)


def _paint(picture: Picture, step: int) -> tuple[str, str | None, str]:
    """Return fill, hatch and edge of a class, as the page paints it."""
    if step == -9:
        return _OUTSIDE, None, "#c9cfd2"
    if step == UNKNOWN:
        return "white", "////", _HATCH
    if step < 0:
        return NO_DATA, None, _BORDER
    last = step == len(picture.measure["shades"]) - 1
    hatched = step in picture.measure["hatched"]
    return picture.measure["shades"][step], "////" if hatched else None, "white" if hatched and last else _BORDER


def _path(shape: Any) -> Any:
    """Return a polygon with its holes as one path."""
    from matplotlib.path import Path as DrawnPath

    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    points = [shapely.get_coordinates(ring) for ring in rings]
    codes = [np.r_[DrawnPath.MOVETO, np.full(len(ring) - 2, DrawnPath.LINETO), DrawnPath.CLOSEPOLY] for ring in points]
    return DrawnPath(np.concatenate(points), np.concatenate(codes))


def _draw_points(axes: Any, picture: Picture) -> None:
    from matplotlib.transforms import ScaledTranslation

    practices, places = picture.content.first["practices"], picture.content.first["places"]
    counted = np.array(picture.view["counted"], dtype=bool)
    lon, lat = np.array(practices["lon"], dtype=float)[counted], np.array(practices["lat"], dtype=float)[counted]
    size = 30 if counted.sum() <= 200 else 7
    # A hospital stands beside its place, as on the page, so that a practice in the same house is seen.
    axes.plot(places["lon"], places["lat"], "s", markersize=6, markerfacecolor="white", markeredgecolor=_PLACE,
              markeredgewidth=1.4, zorder=4,
              transform=axes.transData + ScaledTranslation(5 / 72, 5 / 72, axes.figure.dpi_scale_trans))  # fmt: skip
    axes.scatter(lon, lat, s=size, color=_PRACTICE, edgecolors="white", linewidths=0.7, zorder=5)


def _draw_surroundings(axes: Any, frames: Sequence[Mapping[str, Any]]) -> None:
    """Draw the neighbours' land, and the boxes of what lies far away above it."""
    from matplotlib.collections import PathCollection

    land = [_path(shape) for shape in neighbouring_land()]
    axes.add_collection(PathCollection(land, facecolors=_OUTSIDE, edgecolors="#c9cfd2", linewidths=0.25), autolim=False)
    for frame in frames:
        left, bottom, right, top = frame["box"]
        axes.fill(
            [left, right, right, left], [bottom, bottom, top, top], facecolor=_SEA, edgecolor=_HATCH, linewidth=0.6
        )
        axes.text(left + 0.2, top - 0.2, frame["words"], fontsize=5.5, color=INK, va="top")


def _legend(picture: Picture) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    classes = set(picture.view["classes"][picture.measure["key"]])
    handles: list[Any] = []
    for step, words in enumerate(picture.measure["legend"]):
        fill, hatch, edge = _paint(picture, step)
        handles.append(Patch(facecolor=fill, hatch=hatch, edgecolor=edge if hatch else _BORDER, label=_broken(words)))
    if UNKNOWN in classes:
        handles.append(Patch(facecolor="white", hatch="////", edgecolor=_HATCH, label=_broken(UNKNOWN_WORDS)))
    if any(step < 0 and step != UNKNOWN for step in classes):
        handles.append(Patch(facecolor=NO_DATA, edgecolor=_BORDER, label=_broken("nobody lives here, or not known")))
    words = picture.view["words"]
    handles.append(Line2D([], [], marker="o", linestyle="", color=_PRACTICE, markeredgecolor="white", markersize=6.5,
                          label=_broken(words["counted"])))  # fmt: skip
    if picture.content.first["places"]["lon"]:
        handles.append(Line2D([], [], marker="s", linestyle="", markerfacecolor="white", markeredgecolor=_PLACE,
                              markersize=6, label=_broken(words["places"])))  # fmt: skip
    return handles


def _broken(words: str) -> str:
    return "\n".join(textwrap.wrap(words, 34))
