"""The best single fix of a fact sheet: the one practice that, taught this care, would reach most people."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.publish.area_facts import Area, FactBase
from deserts.services.profile import SPECIALTY_ONLY

__all__ = ["Candidates", "Fix", "best_fix", "find_candidates"]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Practices with a fitting specialty, and who could reach them within the severe limit.

    Parameters
    ----------
    sites
        practice_id, practice_name, address, city of each candidate site, in ``site_id`` order.
    pairs
        row (of `FactBase.points`), site (position in ``sites``) and drive_min.
    """

    sites: pd.DataFrame
    pairs: pd.DataFrame


@dataclass(frozen=True, slots=True)
class Fix:
    """One practice that would help most, and the share of residents left out before and after."""

    practice: str
    before: float
    after: float


def find_candidates(base: FactBase) -> Candidates:
    """Compute who could reach a practice that has the specialty and no evidence of this care."""
    from deserts.roads import Network, Snaps, times_to_sites

    store, service = base.store, base.service
    sites = store.read("sites").sort_values("site_id", ignore_index=True)
    could = sites["supplies"] & (sites["grade_rank"] == service.rank(SPECIALTY_ONLY)) & sites["lon"].notna()
    sites = sites[could].drop_duplicates(["practice_id", "zip"]).reset_index(drop=True)
    empty = pd.DataFrame({"row": [], "site": [], "drive_min": []})
    if sites.empty:
        return Candidates(sites, empty)
    site_snaps = store.read("site_snaps").set_index("site_id").loc[sites["site_id"]].reset_index()
    point_snaps = store.read("point_snaps").set_index("point_id").loc[base.points["point_id"]].reset_index()
    found = times_to_sites(
        Network.load(store.find_network()),
        Snaps.from_frame(point_snaps),
        Snaps.from_frame(site_snaps),
        limit_min=service.number("desert.severe_min"),
        max_workers=store.settings.max_workers,
    )
    return Candidates(sites, pd.DataFrame({"row": found.point, "site": found.site, "drive_min": found.drive_min}))


def best_fix(base: FactBase, area: Area, candidates: Candidates) -> Fix | None:
    """Return the candidate that brings most of an area's residents within the severe limit, or None if none does.

    The choice is made by `deserts.planning` (maximal covering of one addition, proven best).
    """
    from deserts.planning.instance import Instance
    from deserts.planning.solve import Task, solve

    severe = base.service.number("desert.severe_min")
    people = base.points["population"].to_numpy(dtype=float)
    left_out = area.rows[base.minutes["possible"][area.rows, 0] > severe]
    pairs = candidates.pairs[candidates.pairs["row"].isin(left_out)]
    if pairs.empty:
        return None
    place = pd.Index(left_out).get_indexer(pd.Index(pairs["row"].astype("int64")))
    used = np.unique(pairs["site"].to_numpy(dtype=np.int64))
    instance = Instance.build(
        demand_ids=base.points["point_id"].iloc[left_out],
        weight=people[left_out],
        site_ids=candidates.sites["site_id"].iloc[used],
        point_index=place.astype(np.int64),
        site_index=np.searchsorted(used, pairs["site"].to_numpy(dtype=np.int64)),
        drive_min=pairs["drive_min"].to_numpy(dtype=float),
    )
    plan = solve(instance, Task(method="mclp", count=1, threshold_min=severe, partial=True))
    chosen = str(instance.site_ids[np.flatnonzero(plan.is_chosen)[0]])
    row = candidates.sites.set_index("site_id").loc[chosen]
    reached = people[left_out][place[candidates.sites["site_id"].iloc[pairs["site"]].to_numpy() == chosen]].sum()
    total = people[area.rows].sum()
    name = row["practice_name"] or f"the practice at {row['address']}"
    before = float(people[left_out].sum() / total)
    return Fix(f"{name}, {row['city']}, {row['state']}", before, before - float(reached / total))
