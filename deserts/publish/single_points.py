"""Single points of failure: practices whose closing leaves the most residents without any within the severe limit.

Each is told as a story: for whom it is the nearest, what they drive today, and what once it has stopped.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.access.closures import Groups, single_closures
from deserts.access.pairs import PairTable
from deserts.documents import plain
from deserts.documents.html import drive_words
from deserts.publish.supply_views import SupplyView
from deserts.publish.words import is_upper_bound, limit_words
from deserts.services import Service
from deserts.store import Store

__all__ = ["NO_POINTS", "SinglePoints", "single_points", "sole_practices"]

_MOST = 60
_MOST_DOTS = 3000
"""Dots of all stories of a view; those stay where most minutes of most people are lost. Sentences count everybody."""
_MOST_ADDED_MIN = 480.0
"""What somebody loses who has none left, where dots are chosen (minutes)."""
NO_POINTS: dict[str, Any] = {"lon": [], "lat": [], "title": [], "lines": []}
"""A layer without points."""


@dataclass(frozen=True, slots=True, eq=False)
class SinglePoints:
    """Practices on which somebody depends alone.

    Parameters
    ----------
    layer
        Points with a title and sentences.
    dots
        For each of them, where those live who drive farther without it: ``lon, lat, people, before, after`` (minutes,
        -1 for none within reach).
    """

    layer: dict[str, Any]
    dots: tuple[dict[str, list[Any]], ...]


def sole_practices(store: Store, *, limit_min: float, site_ids: Collection[str] | None = None) -> pd.DataFrame:
    """Return the practices that are the only one within ``limit_min`` for somebody.

    Parameters
    ----------
    store
        Tables of the run.
    limit_min
        Minutes.
    site_ids
        Sites that count; None takes all of the run.

    Returns
    -------
    pandas.DataFrame
        practice_id and people (residents of the region with that practice as the only one), most people first.
    """
    sites = store.read("sites", columns=["site_id", "practice_id"])
    demand = store.read("demand", columns=["point_id", "population", "scored"])
    near = store.read(
        "drive_times",
        columns=["point_id", "site_id", "drive_min"],
        filters=[("drive_min", "<=", float(limit_min))],
    )
    if site_ids is not None:
        near = near[near["site_id"].isin(list(site_ids))]
    pairs = PairTable.from_arrays(
        pd.Index(demand["point_id"]).get_indexer(pd.Index(near["point_id"])).astype(np.int64),
        pd.Index(sites["site_id"]).get_indexer(pd.Index(near["site_id"])).astype(np.int64),
        near["drive_min"].to_numpy(dtype=float),
        n_points=len(demand),
        n_sites=len(sites),
    )
    people = np.where(demand["scored"], demand["population"], 0.0)
    closed = single_closures(pairs, people, Groups.from_labels(sites["practice_id"]), time_limit_min=limit_min)
    table = closed.rename(columns={"group_id": "practice_id", "people_stranded": "people"})[["practice_id", "people"]]
    table = table[table["people"] > 0]
    return table.sort_values(["people", "practice_id"], ascending=[False, True], ignore_index=True)


def single_points(
    store: Store, view: SupplyView, points: pd.DataFrame, *, practices: pd.DataFrame, service: Service
) -> SinglePoints:
    """Return the gravest single points of failure, at most sixty, each at its first address, and whom each moves.

    Parameters
    ----------
    store, service
        The run.
    view
        Who counts.
    points
        Result of `deserts.publish.supply_views.view_points` for that view.
    practices
        Practices with ``counted``: whether they count in this view.
    """
    if is_upper_bound(service, store.grade) or not store.has("drive_times") or practices.empty:
        return SinglePoints(NO_POINTS, ())
    limit = int(service.number("desert.severe_min"))
    counted = practices[practices["counted"]].drop_duplicates("practice_id")
    worst = sole_practices(store, limit_min=limit, site_ids=view.site_ids).merge(counted, on="practice_id").head(_MOST)
    moved = _moved(store, view, points)
    own = [moved[moved["practice_id"] == practice] for practice in worst["practice_id"]]
    most = store.settings.time_limit_min
    layer = {
        "lon": worst["lon"].round(4).tolist(),
        "lat": worst["lat"].round(4).tolist(),
        "title": [plain(name, one_line=True) for name in worst["name"]],
        "lines": [
            [f"If this practice stops, {people:,.0f} residents have no other within {limit_words(limit)}.",
             *_story(table, limit_min=most)]
            for people, table in zip(worst["people"], own, strict=True)
        ],
    }  # fmt: skip
    return SinglePoints(layer, tuple(_dots(table, most=_MOST_DOTS // len(own)) for table in own))


def _moved(store: Store, view: SupplyView, points: pd.DataFrame) -> pd.DataFrame:
    """Return who goes to which practice today: point by practice, with the share where several are exactly as near."""
    sites = store.read("sites", columns=["site_id", "practice_id"]).drop_duplicates("site_id")
    known = points[points["told"]]
    reach = view.reach.merge(sites, on="site_id").merge(known, on="point_id")
    nearest = reach[reach["drive_min"] == reach["nearest_min"]]
    share = 1.0 / nearest.groupby("point_id")["practice_id"].transform("count")
    return nearest.assign(people=nearest["population"] * share).sort_values("point_id", ignore_index=True)


def _story(own: pd.DataFrame, *, limit_min: float) -> list[str]:
    """Say what people drive today and once their practice has stopped; those with another as near are shared."""
    people = own["people"].to_numpy(dtype=float)
    if not people.sum() > 0:
        return []
    before = own["nearest_min"].to_numpy(dtype=float)
    after = own["second_min"].to_numpy(dtype=float)
    one = np.zeros(len(own), dtype=np.int64)
    today, added = (
        float(weighted_quantile(minutes, people, one, 1, 0.5)[0]) for minutes in (before, after - before)
    )  # fmt: skip
    whose = f"the {people.sum():,.0f} residents for whom it is the nearest"
    if np.isfinite(added):
        told_of = f"The middle one of {whose} then drives {round(added)} min more; today the middle drive is"
    else:
        told_of = f"Half or more of {whose} then have none within {limit_words(limit_min)}; today the middle drive is"
    shared = " Where another is exactly as near, people are shared." if (after == before).any() else ""
    return [f"{told_of} {drive_words(today)}.{shared}"]


def _dots(own: pd.DataFrame, *, most: int) -> dict[str, list[Any]]:
    """Return where people live who drive farther then, with their minutes today and then; -1 for none in reach."""
    moved = own[own["second_min"] > own["nearest_min"]]
    lost = moved["population"] * np.minimum(moved["second_min"] - moved["nearest_min"], _MOST_ADDED_MIN)
    kept = moved.loc[lost.sort_values(ascending=False, kind="stable").index[:most]].sort_values("point_id")
    after = kept["second_min"].to_numpy(dtype=float)
    return {
        "lon": kept["lon"].round(3).tolist(),
        "lat": kept["lat"].round(3).tolist(),
        "people": kept["population"].round().astype(int).tolist(),
        "before": kept["nearest_min"].round().astype(int).tolist(),
        "after": np.where(np.isfinite(after), np.nan_to_num(after, posinf=0.0).round(), -1).astype(int).tolist(),
    }
