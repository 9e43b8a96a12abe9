"""A map of the change that a scenario brings, county by county: SVG, PNG, PDF, one HTML file, and GeoJSON."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.access.gate import NO_FINDING, Gate
from deserts.documents import plain
from deserts.publish.drawing import INK, SOFT, drawing_bytes, file_kind, new_drawing, stamp, style, write_drawing
from deserts.publish.geometry import west_of_date_line
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.store import write_text

if TYPE_CHECKING:
    import geopandas as gpd
    from matplotlib.figure import Figure

__all__ = [
    "ChangeMap",
    "change_sentences",
    "change_title",
    "closing_words",
    "join_changes",
    "shut_words",
    "write_change_map",
    "write_geojson",
]

_STEPS_MIN = (-30.0, -10.0, -1.0, 1.0, 10.0, 30.0)
_WORDS = ("over 30 min less", "10 to 30 min less", "1 to 10 min less", "under 1 min either way", "1 to 10 min more",
          "10 to 30 min more", "over 30 min more")  # fmt: skip
_COLOURS = ("#1f5a7a", "#6fa3bf", "#c6dbe6", "#f5f5f3", "#f4cf8e", "#d98a45", "#63231c")
"""Blue is better, brown is worse, darker is more; what is better is hatched too, for grey print."""
_HATCHES = ("////", "////", "////", "", "", "", "")
_NO_DATA = "#dfe3e6"
_BORDER = "#8d8478"
_LABELLED = 8


@dataclass(frozen=True, slots=True)
class ChangeMap:
    """What a map of a scenario shows.

    Parameters
    ----------
    title
        The finding: what happens, and how many drive more or less (`change_title`).
    counties
        Result of `join_changes`.
    totals
        The same for the whole region, as plain values.
    closed, added
        Longitude and latitude of sites that close and of new places, each of shape (n, 2).
    lines
        Sentences that must stand on every output.
    gate
        The checks of the run. Where one failed, the map has no finding and is stamped.
    """

    title: str
    counties: gpd.GeoDataFrame
    totals: Mapping[str, Any]
    closed: npt.NDArray[np.float64]
    added: npt.NDArray[np.float64]
    lines: tuple[str, ...]
    gate: Gate

    @property
    def finding(self) -> str:
        """The title, where the run's checks allow one."""
        return self.title if self.gate.is_verified else NO_FINDING

    @property
    def sentences(self) -> tuple[str, ...]:
        """What changes for the whole region, where the run's checks allow it to be said."""
        return change_sentences(self.totals) if self.gate.is_verified else ()


def join_changes(counties: gpd.GeoDataFrame, changes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the region's counties with their shapes, names and changes, sorted by code."""
    own = counties.loc[counties["scored"] & counties.geometry.notna(), ["county_fips", "name", "state", "geometry"]]
    return own.merge(changes, on="county_fips", how="left").sort_values("county_fips", ignore_index=True)


def change_sentences(totals: Mapping[str, Any]) -> tuple[str, str]:
    """Return what a scenario changes for the region: its minutes, and its people."""

    def minutes(value: float | None) -> str:
        return "beyond the limit" if value is None else f"{value:.1f}"

    drive = (
        f"Drive to the nearest, minutes, people-weighted: mean {totals['mean_before_min']:.1f} → "
        f"{totals['mean_after_min']:.1f}, median {minutes(totals['median_before_min'])} → "
        f"{minutes(totals['median_after_min'])}."
    )
    people = (
        f"Of {totals['population']:,.0f} residents {totals['losers']:,.0f} drive more, {totals['winners']:,.0f} less; "
        f"{totals['stranded']:,.0f} lose their last site within the limit, {totals['gained']:,.0f} gain a first one."
    )
    return drive, people


def closing_words(sites: pd.DataFrame) -> str:
    """Return whose sites close: the names of the practices, at most two of them, with the verb."""
    named = sites["practice_name"].fillna("").where(sites["practice_name"].fillna("") != "", sites["address"])
    names = [plain(str(name), one_line=True) for name in sorted(set(named))]
    if len(names) > 2:
        names = [names[0], f"{len(names) - 1} other practices"]
    return f"{' and '.join(names)} {'closes' if len(names) == 1 else 'close'}"


def shut_words(stretches: int) -> str:
    """Return how many stretches of road close, with the verb."""
    return "1 stretch of road closes" if stretches == 1 else f"{stretches} stretches of road close"


def change_title(region: str, parts: Sequence[str], totals: Mapping[str, Any]) -> str:
    """Return the finding of a scenario: what happens, and how many drive more or less."""
    losers, winners = totals["losers"], totals["winners"]
    moved = [f"{losers:,.0f} residents drive more"] if losers else []
    moved += [f"{winners:,.0f} drive less" if losers else f"{winners:,.0f} residents drive less"] if winners else []
    return f"{region}: if {' and '.join(parts)}, {' and '.join(moved) or 'nobody drives more or less'}"


def write_change_map(change: ChangeMap, path: Path) -> None:
    """Draw the change of the mean drive of each county; the same bytes for the same input.

    Parameters
    ----------
    change
        What to show.
    path
        ``.svg``, ``.png`` or ``.pdf``, or ``.html``: one page with the map and a table of all counties, which fetches
        nothing.

    Raises
    ------
    InputError
        If the ending of the path is none of these.
    """
    kind = file_kind(path, option="--map", also=("html",))
    with style():
        if kind != "html":
            write_drawing(_draw(change), path, kind)
            return
        picture = base64.b64encode(drawing_bytes(_draw(change, titled=False), "svg")).decode("ascii")
    page = render_page(
        "change.html",
        policy=LOCKED,
        style=inline_style(read_static("page.css", "sheet.css")),
        picture=f"data:image/svg+xml;base64,{picture}",
        title=change.finding,
        sentences=change.sentences,
        banners=change.gate.banners(),
        rows=_table_rows(change.counties),
        lines=change.lines,
    )
    write_text(path, page)


def write_geojson(joined: gpd.GeoDataFrame, path: Path, *, lines: Sequence[str] = ()) -> None:
    """Write counties, shapes and changes as GeoJSON (RFC 7946), with the sentences of provenance beside."""
    features = json.loads(joined.to_json(drop_id=True))
    features["provenance"] = list(lines)
    write_text(path, json.dumps(features, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def _draw(change: ChangeMap, *, titled: bool = True) -> Figure:
    """Draw the map; on a page that has the title and the sentences itself they are not drawn a second time."""
    counties = change.counties.set_geometry(west_of_date_line(np.array(change.counties.geometry, dtype=object)))
    west, south, east, north = counties.total_bounds
    squeeze = float(np.cos(np.radians((south + north) / 2)))
    width_in = 8.0
    height_in = float(np.clip(5.2 * (north - south) / max((east - west) * squeeze, 1e-9), 3.2, 7.0))
    figure, bottom, top = new_drawing(
        change.finding if titled else "",
        "\n".join(change.sentences) if titled else "",
        change.lines if titled else (),
        width_in=width_in,
        height_in=height_in,
    )
    axes = figure.add_axes((0.02, bottom + 0.01, 0.70, top - bottom - 0.05))
    step = _classes(counties["mean_change_min"].to_numpy(dtype=float))
    for k in sorted(set(step.tolist())):
        counties[step == k].plot(
            ax=axes, color=_NO_DATA if k < 0 else _COLOURS[k], edgecolor=_BORDER, linewidth=0.4,
            hatch=None if k < 0 else _HATCHES[k],
        )  # fmt: skip
    axes.set_aspect(1 / squeeze)
    axes.set_axis_off()
    for place, mark, size in ((change.closed, "X", 70), (change.added, "P", 80)):
        if len(place):
            axes.scatter(
                place[:, 0], place[:, 1], marker=mark, s=size, color="white", edgecolor=INK, linewidth=1.4, zorder=4
            )
    _label(axes, counties, np.concatenate([change.closed, change.added]))
    _legend(figure, change, step, top=top - 0.05)
    stamp(figure, change.gate.stamp)
    return figure


def _classes(change: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Return the class of each county's change, -1 where nobody lives."""
    found = np.digitize(np.nan_to_num(change), _STEPS_MIN).astype(np.int64)
    return np.where(np.isnan(change), -1, found)


def _label(axes: Any, counties: gpd.GeoDataFrame, marks: npt.NDArray[np.float64]) -> None:
    """Name the counties with the largest change in people-minutes and say how much it is.

    A label that would cover a mark or a label of a larger change moves up or down, or is left out.
    """
    from matplotlib import patheffects
    from matplotlib.transforms import Bbox

    renderer = axes.figure.canvas.get_renderer()
    taken = [Bbox.from_bounds(x - 12, y - 12, 24, 24) for x, y in axes.transData.transform(marks)]
    change = counties["mean_change_min"].fillna(0.0)
    worth = (change.abs() * counties["population"].fillna(0.0)).where(change.abs() >= 1, 0.0)
    largest = worth.sort_values(ascending=False, kind="stable").index[:_LABELLED]
    for row in counties.loc[[i for i in largest if worth[i] > 0]].itertuples():
        point = row.geometry.representative_point()
        name = str(row.name).removesuffix(" County")
        text = axes.annotate(
            f"{name}\n{row.mean_change_min:+.0f} min", (point.x, point.y), xytext=(0, 0), textcoords="offset points",
            fontsize=7, color=INK, ha="center", va="center", zorder=5, parse_math=False,
            path_effects=[patheffects.withStroke(linewidth=2.2, foreground="white")],
        )  # fmt: skip
        for offset in (0, 13, -13):
            text.set_position((0, offset))
            box = text.get_window_extent(renderer)
            if not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
        else:
            text.remove()


def _legend(figure: Figure, change: ChangeMap, step: npt.NDArray[np.int64], *, top: float) -> None:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    shown = sorted(set(step.tolist()))[::-1]
    handles: list[Any] = [
        Patch(facecolor=_COLOURS[k], edgecolor=_BORDER, hatch=_HATCHES[k], label=_WORDS[k]) for k in shown if k >= 0
    ]
    if -1 in shown:
        handles.append(Patch(facecolor=_NO_DATA, edgecolor=_BORDER, label="nobody lives here"))
    for places, mark, word in ((change.closed, "X", "closes"), (change.added, "P", "opens")):
        if len(places):
            handles.append(
                Line2D([], [], marker=mark, linestyle="", markersize=8, markerfacecolor="white", markeredgecolor=INK,
                       markeredgewidth=1.3, label=word)
            )  # fmt: skip
    found = figure.legend(
        handles=handles, title="Change of the mean\ndrive, one way", loc="upper left", bbox_to_anchor=(0.73, top),
        frameon=False, fontsize=8.5, title_fontsize=9, alignment="left", handleheight=1.3,
    )  # fmt: skip
    found.get_title().set_color(SOFT)


def _table_rows(joined: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    """Return the table of the page, the county that loses most first."""
    ordered = joined.sort_values(["mean_change_min", "county_fips"], ascending=[False, True], na_position="last")

    def number(value: float, form: str = ",.0f") -> str:
        return "–" if pd.isna(value) else format(value, form)

    figures = ["population", "mean_before_min", "mean_after_min", "mean_change_min", "median_before_min",
               "median_after_min", "losers", "winners", "stranded"]  # fmt: skip
    forms = ["+.0f" if name == "mean_change_min" else ",.0f" for name in figures]
    names = ordered["name"].astype(str) + ", " + ordered["state"].astype(str)
    return [
        (name, *map(number, values, forms))
        for name, values in zip(names, ordered[figures].itertuples(index=False, name=None), strict=True)
    ]
