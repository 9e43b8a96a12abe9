"""Reach: the nearest, second nearest … site and independent practice of every point, and how many lie within limits.

People beyond the limit, or without a road, keep infinite minutes here and thus stay in every denominator.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.kernels import rank_practices, row_counts_within
from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints
from deserts.roads.seasonal import CLOSED_SEASON_MIN, CLOSED_SEASON_STATUS
from deserts.tables import THRESHOLDS_MIN, Status

__all__ = [
    "STATUS_ORDER",
    "Reach",
    "measure_reach",
    "people_by_nearest",
    "point_status",
    "reach_table",
    "with_closed_season",
]

STATUS_ORDER = tuple(Status)
"""Meaning of the small integers that stand for a status while arrays are worked on."""

_OK, _BEYOND, _UNREACHABLE, _UNSNAPPED, _NONE = (
    STATUS_ORDER.index(status)
    for status in (Status.OK, Status.BEYOND_LIMIT, Status.UNREACHABLE, Status.UNSNAPPED, Status.NONE_AT_GRADE)
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What each demand point reaches within the time limit. Arrays of one row a point.

    Parameters
    ----------
    site_pair, practice_pair
        Pair that leads to the k-th nearest site, or nearest site of the k-th practice; -1 where there is none (n x k).
    site_min, practice_min
        Minutes of these pairs; infinite where there is none (n x k).
    sites_within, practices_within
        Number within each of ``tables.THRESHOLDS_MIN``; the last column counts all within the limit.
    """

    site_pair: Ints
    practice_pair: Ints
    site_min: Floats
    practice_min: Floats
    sites_within: Ints
    practices_within: Ints


def measure_reach(pairs: PairTable, practice: Ints, *, k: int = 5) -> Reach:
    """Measure reach by site and by independent practice.

    Parameters
    ----------
    pairs
        Pairs within the time limit.
    practice
        Number of the practice of each site, 0 upwards.
    k
        How many ranks.
    """
    limits = np.asarray(THRESHOLDS_MIN, dtype=np.float64)
    n_practices = int(practice.max()) + 1 if practice.size else 0
    site_pair = pairs.nearest(k)
    practice_pair = rank_practices(pairs.indptr, pairs.site, practice, k)
    itself = np.arange(pairs.n_sites)
    return Reach(
        site_pair,
        practice_pair,
        pairs.minutes_at(site_pair),
        pairs.minutes_at(practice_pair),
        row_counts_within(pairs.indptr, pairs.site, pairs.drive_min, itself, pairs.n_sites, limits),
        row_counts_within(pairs.indptr, pairs.site, pairs.drive_min, practice, n_practices, limits),
    )


def point_status(
    found: Bools, *, point_component: Ints, candidates: Ints, candidate_component: Ints, rank: int
) -> Ints:
    """Say for each point why its ``rank``-th option is there or not.

    Parameters
    ----------
    found
        Whether the option lies within the limit.
    point_component
        Strongly connected part of the network of each point, -1 when it is off the network.
    candidates
        Number of the option (site or practice) that each site stands for.
    candidate_component
        Part of the network of each site, -1 when off the network.
    rank
        1 for the nearest.

    Returns
    -------
    Positions in `STATUS_ORDER`: ``ok``; ``none_at_grade`` where fewer than ``rank`` options were found anywhere;
    ``unsnapped``; ``unreachable`` where the point's part of the network holds fewer than ``rank`` options;
    ``beyond_limit`` otherwise.
    """
    if np.unique(candidates).size < rank:
        missing = np.full(found.size, _NONE)
    else:
        on_network = candidate_component >= 0
        options = np.unique(np.stack([candidate_component[on_network], candidates[on_network]]), axis=1)[0]
        size = int(max(point_component.max(initial=0), options.max(initial=0))) + 1
        per_component = np.bincount(options, minlength=size)
        enough = per_component[np.maximum(point_component, 0)] >= rank
        missing = np.where(enough, _BEYOND, _UNREACHABLE)
        missing = np.where(point_component < 0, _UNSNAPPED, missing)
    return np.where(found, _OK, missing)


def reach_table(
    reach: Reach,
    pairs: PairTable,
    *,
    rows: Ints,
    point_ids: pd.Index,
    site_ids: pd.Index,
    practice: Ints,
    point_component: Ints,
    site_component: Ints,
) -> pd.DataFrame:
    """Return the table ``reach`` for the points at ``rows``: one line a point, basis and rank.

    Minutes and site are empty unless the status is ``ok``.
    """
    blocks = []
    names = np.append(site_ids.to_numpy(dtype=object), "")
    statuses = np.array([status.value for status in STATUS_ORDER], dtype=object)
    for basis, pair, minutes, candidates in (
        ("practice", reach.practice_pair, reach.practice_min, practice),
        ("site", reach.site_pair, reach.site_min, np.arange(pairs.n_sites)),
    ):
        for rank in range(1, pair.shape[1] + 1):
            chosen = pair[rows, rank - 1]
            status = point_status(
                chosen >= 0,
                point_component=point_component[rows],
                candidates=candidates,
                candidate_component=site_component,
                rank=rank,
            )
            site = np.where(chosen >= 0, pairs.site[chosen], -1) if pairs.n_pairs else np.full(rows.size, -1)
            blocks.append(
                pd.DataFrame(
                    {
                        "point": rows,
                        "basis": basis,
                        "rank": rank,
                        "site_id": names[site],
                        "drive_min": np.where(chosen >= 0, minutes[rows, rank - 1], np.nan),
                        "status": statuses[status],
                    }
                )
            )
    table = pd.concat(blocks, ignore_index=True).sort_values(["point", "basis", "rank"], kind="stable")
    table.insert(0, "point_id", point_ids.to_numpy(dtype=object)[table.pop("point").to_numpy()])
    return table.astype({"point_id": "str", "site_id": "str", "basis": "str", "status": "str"}).reset_index(drop=True)


def with_closed_season(reach: pd.DataFrame, changed: pd.DataFrame) -> pd.DataFrame:
    """Return a table ``reach`` with what each of its drives becomes while seasonal roads are closed.

    Parameters
    ----------
    reach
        The table.
    changed
        ``point_id, site_id, closed_season_min, closed_season_status`` of the drives that change.
    """
    columns = ["point_id", "site_id", CLOSED_SEASON_MIN, CLOSED_SEASON_STATUS]
    then = changed[columns].astype({"point_id": "str", "site_id": "str", CLOSED_SEASON_STATUS: "str"})
    found = reach.merge(then, on=["point_id", "site_id"], how="left", validate="many_to_one")
    return found.assign(**{CLOSED_SEASON_STATUS: found[CLOSED_SEASON_STATUS].fillna("").astype("str")})


def people_by_nearest(reach: pd.DataFrame, demand: pd.DataFrame) -> pd.Series:
    """Return residents by the practice nearest to them; practices that are exactly as near share them equally.

    Parameters
    ----------
    reach
        ``point_id, practice_id, drive_min``: the nearest practices of each point.
    demand
        ``point_id, population``.
    """
    least = reach.groupby("point_id")["drive_min"].transform("min")
    tied = reach[reach["drive_min"] == least]
    people = tied["point_id"].map(demand.set_index("point_id")["population"]).fillna(0.0)
    shared = people / tied.groupby("point_id")["practice_id"].transform("size")
    return shared.groupby(tied["practice_id"]).sum().sort_index()
