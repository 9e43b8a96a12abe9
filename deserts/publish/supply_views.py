"""The two worlds between which the truth lies: proven practices alone, and possible ones with them.

Proven is who counts by public files alone. What was said on the telephone moves nobody into it: a colour that changed
with a call would tell the call's outcome.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access import AccessInputs, build_scores
from deserts.access.coverage import told
from deserts.access.firmness import SCORE_DRAWS
from deserts.access.gate import Gate
from deserts.arrays import Bools
from deserts.publish.unchecked import never_compared
from deserts.publish.words import is_upper_bound, proven_rank
from deserts.services import Service
from deserts.store import Store

__all__ = ["POSSIBLE", "PROVEN", "SupplyView", "proven_sites", "supply_views", "view_points"]

PROVEN, POSSIBLE = "proven", "possible"


@dataclass(frozen=True, slots=True, eq=False)
class SupplyView:
    """What a map shows when some practices count and others do not.

    Parameters
    ----------
    key
        ``proven`` or ``possible``.
    scores
        The columns of ``county_scores`` when these practices count, in the order of the codes of the counties.
    reach
        ``point_id, basis, rank, site_id, drive_min``: the nearest practices of each scored demand point.
    site_ids
        Sites that count.
    """

    key: str
    scores: pd.DataFrame
    reach: pd.DataFrame
    site_ids: frozenset[str]


def proven_sites(store: Store, sites: pd.DataFrame, *, service: Service) -> Bools:
    """Return which sites count as proven: they supply, and public files alone put their clinician high enough.

    Parameters
    ----------
    store
        ``specialists_unasked`` tells what the files show of whoever was called; without that table nobody who was
        verified counts as proven.
    sites
        The table ``sites``.
    service
        Its ladder.
    """
    rank = sites["grade_rank"]
    if store.has("specialists_unasked"):
        people = store.read("specialists_unasked", columns=["npi", "filed_rank"]).drop_duplicates("npi")
        rank = sites["npi"].map(people.set_index("npi")["filed_rank"]).fillna(-1)
    by_files: Bools = (sites["supplies"] & (rank >= 1) & (rank <= proven_rank(service))).to_numpy(dtype=bool)
    return by_files


def supply_views(store: Store, *, service: Service, gate: Gate) -> tuple[SupplyView, ...]:
    """Return the proven view and the possible one, or the possible one alone where there is nothing to choose.

    Parameters
    ----------
    store
        Tables of the run.
    service, gate
        Its ladder, and its checks: an unverified run has one view.
    """
    scores = store.read("county_scores").sort_values("county_fips", ignore_index=True)
    sites = store.read("sites")
    counted = sites["supplies"] & (sites["grade_rank"] <= service.rank(store.grade))
    reach = store.read("reach", columns=list(_NO_REACH.columns)) if store.has("reach") else None
    possible = SupplyView(
        POSSIBLE, scores, _NO_REACH if reach is None else reach[reach["basis"] == "practice"],
        frozenset(sites.loc[counted, "site_id"]),
    )  # fmt: skip
    proven = proven_sites(store, sites, service=service) & counted.to_numpy()
    is_open = gate.is_verified and not is_upper_bound(service, store.grade) and bool(told(scores).any())
    if not is_open or proven.sum() == counted.sum() or not store.has("drive_times"):
        return (possible,)
    return (_proven_view(store, service=service, sites=sites[proven]), possible)


_NO_REACH = pd.DataFrame(
    {"point_id": pd.Series(dtype="str"), "basis": pd.Series(dtype="str"), "rank": pd.Series(dtype="int64"),
     "site_id": pd.Series(dtype="str"), "drive_min": pd.Series(dtype="float64")}
)  # fmt: skip


def _proven_view(store: Store, *, service: Service, sites: pd.DataFrame) -> SupplyView:
    """Score the counties by the rules of the run, with the proven sites alone."""
    inputs = AccessInputs.from_store(store, service=service, with_chances=store.has("specialists_unasked"))
    own = inputs.sites["site_id"].isin(sites["site_id"])
    drives = store.read("drive_times", filters=[("site_id", "in", sorted(sites["site_id"]))])
    supply = inputs.sites[own].reset_index(drop=True)
    proven = dataclasses.replace(inputs, sites=supply, drive_times=drives)
    tables = build_scores(proven, service=service, time_limit_min=store.settings.time_limit_min, draws=SCORE_DRAWS)
    reach = tables.reach[tables.reach["basis"] == "practice"]
    return SupplyView(
        PROVEN, tables.county_scores.sort_values("county_fips", ignore_index=True), reach, frozenset(sites["site_id"])
    )


def view_points(store: Store, view: SupplyView) -> pd.DataFrame:
    """Return what each scored demand point with people reaches in a view.

    Returns
    -------
    pandas.DataFrame
        point_id, county_fips, state, population, lon, lat, nearest_min, second_min (infinite where none is in reach),
        told (whether anything can be said of its county), rough (whether it lies so far from any road of the network
        that its minutes are rough), unchecked (whether minutes were never compared there); sorted by ``point_id``.
    """
    columns = ["point_id", "county_fips", "state", "population", "lon", "lat", "scored"]
    demand = store.read("demand", columns=columns)
    points = demand[demand["scored"] & (demand["population"] > 0)].sort_values("point_id", ignore_index=True)
    for rank, name in ((1, "nearest_min"), (2, "second_min")):
        minutes = view.reach[view.reach["rank"] == rank].set_index("point_id")["drive_min"]
        points[name] = points["point_id"].map(minutes).fillna(np.inf).to_numpy(dtype=float)
    known: Sequence[str] = view.scores.loc[told(view.scores), "county_fips"].tolist()
    told_here, rough = points["county_fips"].isin(known), points["point_id"].isin(_far_from_roads(store))
    never = never_compared(store, points)
    return points.assign(told=told_here, rough=rough, unchecked=never).drop(columns="scored")


def _far_from_roads(store: Store) -> frozenset[str]:
    """Return the demand points with a long leg to the nearest road of the network."""
    from deserts.roads import Network

    if not (store.has("point_snaps") and store.has_network()):
        return frozenset()
    long_leg_km = Network.load(store.find_network(), mmap=True).meta["ends"]["long_leg_km"]
    snaps = store.read("point_snaps", columns=["point_id", "snap_km"])
    return frozenset(snaps.loc[snaps["snap_km"] > long_leg_km, "point_id"])
