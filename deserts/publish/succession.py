"""The succession map: every practice within 300 miles of a place, today and after one of them is gone."""

from __future__ import annotations

import base64
import datetime as dt
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from deserts.access.gate import NO_FINDING, Gate, require_countable
from deserts.documents import plain
from deserts.documents.html import drive_words
from deserts.earth import KM_PER_DEGREE, KM_PER_MILE
from deserts.errors import InputError, UnknownNameError
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.backups import search_from, straight_km
from deserts.patients.search.origin import Origin
from deserts.publish.drawing import stamp
from deserts.publish.geometry import west_of_date_line
from deserts.publish.layers import public_practices
from deserts.publish.notes import about, publish_command
from deserts.publish.page import LOCKED, inline_style, read_static, render_page
from deserts.publish.words import limit_words, who
from deserts.store import Store, write_text

__all__ = ["RADIUS_MILES", "Succession", "make_succession", "write_succession_map"]

RADIUS_MILES = 300
"""How far around the place practices are shown, in a straight line."""
_NEAR_MIN = 120


@dataclass(frozen=True, slots=True, eq=False)
class Succession:
    """Practices around a place, and the one that is taken away.

    Parameters
    ----------
    origin
        The place.
    practices
        practice_id, name, place, lon, lat, clinicians, words, drive_min (not a number without a road), nearest first.
    lost
        The practice that closes.
    gate
        The checks of the run. Where one failed, the map has no finding and is stamped.
    """

    origin: Origin
    practices: pd.DataFrame
    lost: str
    gate: Gate

    @property
    def after(self) -> pd.DataFrame:
        """The practices that remain."""
        return self.practices[self.practices["practice_id"] != self.lost]


def make_succession(store: Store, *, data: BackupData, origin: Origin, lose: str | None = None) -> Succession:
    """Return the practices at the run's grade around a place.

    Parameters
    ----------
    store
        Gives the grade and what the run's checks look at.
    data
        The region's tables as ``deserts backup`` loads them.
    origin
        The place.
    lose
        NPI or practice id of the one that closes; None takes the nearest.

    Raises
    ------
    InputError
        If nobody at the grade is within 300 miles.
    UnknownNameError
        If the one to lose is not among them.
    MissingDataError
        If a source without which there is no answer was not read.
    NotPublishableError
        If a check of the run failed that may not be overridden.
    """
    gate = require_countable(store, service=data.service)
    supply = data.listed & (data.sites["grade_rank"] <= data.service.rank(store.grade)).to_numpy()
    near = supply & (straight_km(origin, data) <= RADIUS_MILES * KM_PER_MILE)
    if not near.any():
        raise InputError(
            f"nobody at grade {store.grade} is known within {RADIUS_MILES} miles of that place",
            fix="choose another place, or a grade that asks for less",
        )
    reach = search_from(origin, data, limit_min=None)
    chosen = data.sites[near].assign(drive_min=reach.drive_min[near])
    nearest = chosen.sort_values(["drive_min", "site_id"], kind="stable").drop_duplicates("practice_id")
    minutes = nearest.set_index("practice_id")["drive_min"]
    at_nearest = chosen["address"] == chosen["practice_id"].map(nearest.set_index("practice_id")["address"])
    practices = public_practices(chosen[at_nearest], service=data.service, run_grade=store.grade)
    practices = practices.drop_duplicates("practice_id").assign(
        drive_min=lambda frame: frame["practice_id"].map(minutes).astype(float),
        words=lambda frame: [data.service.grades[rank].words for rank in frame["rank"]],
    )
    practices = practices.sort_values(["drive_min", "practice_id"], kind="stable", ignore_index=True)
    return Succession(origin, practices, _lost(practices, chosen, lose), gate)


def _lost(practices: pd.DataFrame, sites: pd.DataFrame, lose: str | None) -> str:
    if lose is None:
        return str(practices["practice_id"].iloc[0])
    hit = sites.loc[(sites["npi"] == lose) | (sites["practice_id"] == lose), "practice_id"]
    if hit.empty:
        raise UnknownNameError(
            f"{lose!r} is no clinician or practice at this grade within {RADIUS_MILES} miles",
            where="--lose", expected="an NPI or a practice id", fix="leave --lose away to take the nearest",
        )  # fmt: skip
    return str(hit.iloc[0])


def write_succession_map(
    store: Store, out_path: Path, *, data: BackupData, succession: Succession, today: dt.date,
    place: Mapping[str, str] | None = None,
) -> Path:  # fmt: skip
    """Write both maps and their table as one HTML file of the public class.

    Parameters
    ----------
    store, data, succession
        The run, its tables, and what was found.
    out_path
        The file to write.
    today
        Day from which the age of the data is reckoned.
    place
        The option of `deserts publish succession-map` that names the place; without it "Made by" leaves the place open,
        since coordinates may be somebody's home.
    """
    found = succession
    lost = found.practices[found.practices["practice_id"] == found.lost].iloc[0]
    name = plain(str(lost["name"]), one_line=True)
    label = found.origin.label
    command = publish_command(
        "succession-map", store, today=today, **(place or {"lonlat": "LON,LAT"}), lose=found.lost
    )  # a practice, never the person of --lose
    notes = about(
        data.provenance, service=data.service, grade=store.grade, today=today, gate=found.gate, command=command
    )
    counties = store.read("counties")
    html = render_page(
        "succession.html",
        subject=f"Who is left around {label} when one practice is gone",
        title=_finding(found, name) if found.gate.is_verified else NO_FINDING,
        policy=LOCKED,
        style=inline_style(read_static("page.css", "succession.css")),
        panels=[
            _panel("Today", found.practices, _picture(found, counties, gone=False)),
            _panel(f"Without {name}", found.after, _picture(found, counties, gone=True)),
        ],
        caption=f"Practices within {RADIUS_MILES} miles of {label} with {who(data.service, store.grade)}",
        rows=[
            {
                "name": plain(str(row["name"]), one_line=True),
                "place": plain(str(row["place"]), one_line=True),
                "minutes": "no road" if np.isnan(row["drive_min"]) else drive_words(row["drive_min"]),
                "clinicians": int(row["clinicians"]),
                "words": row["words"],
                "gone": row["practice_id"] == found.lost,
            }
            for row in found.practices.to_dict("records")
        ],
        **notes,
    )  # fmt: skip
    write_text(out_path, html)
    return out_path


def _finding(found: Succession, lost_name: str) -> str:
    def nearest(practices: pd.DataFrame) -> str:
        reached = practices.dropna(subset=["drive_min"])
        return "none by road" if reached.empty else drive_words(float(reached["drive_min"].iloc[0]))

    before, after = nearest(found.practices), nearest(found.after)
    return f"The nearest is {before} away by road today, and {after} once {lost_name} is gone."


def _panel(title: str, practices: pd.DataFrame, picture: str) -> dict[str, str]:
    near = int((practices["drive_min"] <= _NEAR_MIN).sum())
    within = limit_words(_NEAR_MIN)
    words = f"{len(practices)} practices within {RADIUS_MILES} miles, {near} of them within {within} by road"
    return {"title": title, "words": words, "picture": picture}


def _picture(found: Succession, counties: pd.DataFrame, *, gone: bool) -> str:
    """Return one panel as a data address of a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.collections import PolyCollection
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 5))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0, 0, 1, 1))
    parts = shapely.get_parts(west_of_date_line(np.array(counties["geometry"], dtype=object)))
    rings = [shapely.get_coordinates(shapely.get_exterior_ring(part)) for part in parts]
    axes.add_collection(PolyCollection(rings, facecolors="#f7f4ec", edgecolors="#cfc8ba", linewidths=0.4))
    squeeze = np.cos(np.radians(found.origin.lat))
    turn = np.linspace(0, 2 * np.pi, 121)
    reach_deg = RADIUS_MILES * KM_PER_MILE / KM_PER_DEGREE
    axes.plot(
        found.origin.lon + reach_deg * np.cos(turn) / squeeze, found.origin.lat + reach_deg * np.sin(turn),
        color="#6b767c", linewidth=0.9, linestyle="--",
    )  # fmt: skip
    lost = found.practices["practice_id"] == found.lost
    kept = found.practices[~lost] if gone else found.practices
    axes.scatter(kept["lon"], kept["lat"], s=46, color="#00636b", edgecolors="white", linewidths=1, zorder=3)
    if gone:
        away = found.practices[lost]
        # Below the dots and wider than they are: practices that stay at the same point are seen on top of it.
        axes.scatter(away["lon"], away["lat"], s=190, marker="x", color="#9b1313", linewidths=3, zorder=2.5)
    axes.scatter([found.origin.lon], [found.origin.lat], s=380, marker="*", color="#111111", zorder=2)
    span = _span(found)
    axes.set_xlim(found.origin.lon - span / squeeze, found.origin.lon + span / squeeze)
    axes.set_ylim(found.origin.lat - span, found.origin.lat + span)
    axes.set_aspect(1 / squeeze)
    axes.set_axis_off()
    figure.set_facecolor("#e4ebee")
    stamp(figure, found.gate.stamp)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=140, metadata={"Software": None}, facecolor="#e4ebee")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"


def _span(found: Succession) -> float:
    """Return half the height of the view in degrees: enough for the practices, at most the circle."""
    squeeze = np.cos(np.radians(found.origin.lat))
    north = np.abs(found.practices["lat"] - found.origin.lat).max()
    east = np.abs(found.practices["lon"] - found.origin.lon).max() * squeeze
    return float(min(max(north, east, 0.3) * 1.15, RADIUS_MILES * KM_PER_MILE / KM_PER_DEGREE * 1.05))
