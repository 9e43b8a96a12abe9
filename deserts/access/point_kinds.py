"""Modifiable areas: what minutes and classes become when the same residents stand at other kinds of points.

References
----------
Openshaw 1984, The Modifiable Areal Unit Problem, CATMOG 38. Hewko, Smoyer-Tomic & Hodgson 2002, Measuring neighbourhood
spatial accessibility to urban amenities: does aggregation error matter?, doi:10.1068/a34171
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean
from deserts.access.coverage import told

__all__ = ["PointKind", "counties_by_kind", "kinds_compared"]

_SHOWN = (
    "nearest_median_min",
    "nearest_mean_min",
    "beyond_60_share",
    "beyond_120_share",
    "desert_class",
    "desert_rank",
)


@dataclass(frozen=True, slots=True)
class PointKind:
    """A run's scores with residents at one kind of points.

    Parameters
    ----------
    kind
        ``block_group``, ``tract``, ``county``, ``zip`` or ``user``.
    source
        ``the run``, ``census centres``, ``sums of finer centres``, or the name of a user's file.
    points
        Demand points of the region itself.
    scores
        County scores of them.
    """

    kind: str
    source: str
    points: pd.DataFrame
    scores: pd.DataFrame


def counties_by_kind(kinds: Sequence[PointKind]) -> pd.DataFrame:
    """Return minutes and class of every county by kind of point, the run's own kind first in each.

    ``class_differs``: whether the class is another than in the run; null where either was not assessed.
    """
    if len(kinds) < 2:
        return pd.DataFrame()
    own = kinds[0].scores.set_index("county_fips")["desert_rank"]
    blocks = []
    for place, kind in enumerate(kinds):
        scores = kind.scores.reset_index(drop=True)
        rank, before = scores["desert_rank"], scores["county_fips"].map(own)
        differs = (rank != before).astype("boolean").mask(rank.isna() | before.isna())
        block = scores[["county_fips", "name", "population", "points", "status", *_SHOWN]]
        block.insert(2, "point_kind", kind.kind)
        block.insert(3, "source", kind.source)
        blocks.append(block.assign(class_differs=differs.astype(float), order=place))
    whole = pd.concat(blocks, ignore_index=True).sort_values(["county_fips", "order"], ignore_index=True)
    return whole.drop(columns="order")


def kinds_compared(kinds: Sequence[PointKind]) -> pd.DataFrame:
    """Return one row a kind of point: the region's minutes, shares and classes, and what differs from the run.

    Counties that were not assessed in the run count in no column but ``counties``.
    """
    if len(kinds) < 2:
        return pd.DataFrame()
    return pd.DataFrame([_row(kind, kinds[0]) for kind in kinds])


def _row(kind: PointKind, own: PointKind) -> dict[str, object]:
    scores = kind.scores.set_index("county_fips")
    base = own.scores.set_index("county_fips").reindex(scores.index)
    both = (told(scores) & told(base)).to_numpy()
    part, before = scores[both], base[both]
    people = part["population"].to_numpy(np.float64)
    everyone = np.zeros(len(part), dtype=np.int64)
    differs = (part["desert_rank"] != before["desert_rank"]).to_numpy()
    moved = (part["nearest_median_min"] - before["nearest_median_min"]).abs()

    def mean(name: str) -> float:
        return float(weighted_mean(part[name].to_numpy(np.float64), people, everyone, 1)[0])

    return {
        "point_kind": kind.kind,
        "source": kind.source,
        "points": int(part["points"].sum()),
        "population": float(people.sum()),
        "counties": len(scores),
        "few_points_counties": int((part["status"] == "few_points").sum()),
        "nearest_mean_min": mean("nearest_mean_min"),
        "beyond_60_share": mean("beyond_60_share"),
        "beyond_120_share": mean("beyond_120_share"),
        "counties_class_differs": int(differs.sum()),
        "people_class_differs": float(before["population"].to_numpy(np.float64)[differs].sum()),
        "median_moved_p50_min": float(moved.median()),
        "median_moved_max_min": float(moved.max()),
    }
