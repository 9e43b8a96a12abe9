"""A map of the change that a scenario brings, county by county, as SVG, PNG or PDF, and as GeoJSON for other tools."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deserts.store import atomic_path, write_text

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = ["draw_change", "join_changes", "write_geojson"]

_STEPS_MIN = (-60, -30, -15, -5, -0.5, 0.5, 5, 15, 30, 60)
_WORDS = ("over 60 less", "30 to 60 less", "15 to 30 less", "5 to 15 less", "up to 5 less", "no change", "up to 5 more",
          "5 to 15 more", "15 to 30 more", "30 to 60 more", "over 60 more")  # fmt: skip
_COLOURS = ("#053061", "#2166ac", "#4393c3", "#92c5de", "#d1e5f0", "#f2f2f2", "#fddbc7", "#f4a582", "#d6604d",
            "#b2182b", "#67001f")  # fmt: skip


def join_changes(counties: gpd.GeoDataFrame, changes: pd.DataFrame) -> gpd.GeoDataFrame:
    """Return the region's counties with their shapes, names and changes, sorted by code."""
    own = counties.loc[counties["scored"] & counties.geometry.notna(), ["county_fips", "name", "state", "geometry"]]
    return own.merge(changes, on="county_fips", how="left").sort_values("county_fips", ignore_index=True)


def draw_change(joined: gpd.GeoDataFrame, path: Path, *, title: str, lines: tuple[str, ...] = ()) -> None:
    """Draw the change of the mean drive of each county; the same bytes for the same input.

    Parameters
    ----------
    joined
        Result of `join_changes`.
    path
        ``.svg``, ``.png`` or ``.pdf``.
    title
        What happens.
    lines
        Sentences that must stand on every output.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

    kind = path.suffix.lstrip(".").lower() or "svg"
    change = joined["mean_change_min"].to_numpy(dtype=float)
    step = np.digitize(np.nan_to_num(change), _STEPS_MIN)
    colours = np.where(np.isnan(change), "#ffffff", np.array(_COLOURS)[step])
    with mpl.rc_context({"svg.hashsalt": "deserts", "font.size": 9, "path.simplify": False}):
        figure = Figure(figsize=(8, 6.4), layout="constrained")
        axes = figure.add_subplot()
        joined.plot(ax=axes, color=colours, edgecolor="#777777", linewidth=0.4)
        axes.set_aspect(1 / np.cos(np.radians(joined.total_bounds[[1, 3]].mean())))
        axes.set_axis_off()
        axes.set_title(title, fontsize=11, loc="left", parse_math=False)
        shown = sorted(set(step[~np.isnan(change)].tolist()))
        axes.legend(
            handles=[Patch(facecolor=_COLOURS[k], edgecolor="#777777", label=_WORDS[k]) for k in shown],
            title="mean drive (minutes)", loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False,
        )  # fmt: skip
        figure.supxlabel("\n".join(lines), fontsize=6, wrap=True, parse_math=False)
        with atomic_path(path) as temporary:
            metadata = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind, {"Software": None})
            figure.savefig(temporary, format=kind, dpi=150, metadata=metadata)


def write_geojson(joined: gpd.GeoDataFrame, path: Path, *, lines: tuple[str, ...] = ()) -> None:
    """Write counties, shapes and changes as GeoJSON (RFC 7946), with the sentences of provenance beside."""
    features = json.loads(joined.to_json(drop_id=True))
    features["provenance"] = list(lines)
    write_text(path, json.dumps(features, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")
