"""Single points of failure: practices whose closing leaves the most residents without any within the severe limit."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import pandas as pd

from deserts.access.closures import Groups, single_closures
from deserts.access.pairs import PairTable
from deserts.documents import plain
from deserts.publish.words import is_upper_bound, limit_words
from deserts.services import Service
from deserts.store import Store

__all__ = ["NO_POINTS", "single_point_layer", "sole_practices"]

_MOST = 60
NO_POINTS: dict[str, Any] = {"lon": [], "lat": [], "title": [], "lines": []}
"""A layer without points."""


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


def single_point_layer(
    store: Store, *, practices: pd.DataFrame, service: Service, site_ids: Collection[str] | None = None
) -> dict[str, Any]:
    """Return the gravest single points of failure as points, at most sixty, each at its first address."""
    if is_upper_bound(service, store.grade) or not store.has("drive_times") or practices.empty:
        return NO_POINTS
    limit = int(service.number("desert.severe_min"))
    counted = practices[practices["counted"]].drop_duplicates("practice_id")
    worst = sole_practices(store, limit_min=limit, site_ids=site_ids).merge(counted, on="practice_id").head(_MOST)
    return {
        "lon": worst["lon"].round(4).tolist(),
        "lat": worst["lat"].round(4).tolist(),
        "title": [plain(name, one_line=True) for name in worst["name"]],
        "lines": [
            [f"If this practice stops, {people:,.0f} residents have no other within {limit_words(limit)}."]
            for people in worst["people"]
        ],
    }
