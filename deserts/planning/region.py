"""Planning problems of a region: its people, the sites there are, and candidates placed on its road network."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

from deserts.access import PairTable
from deserts.access.gate import Gate, require_countable
from deserts.access.prepared import AccessInputs, Prepared, prepare
from deserts.arrays import Bools, Floats
from deserts.earth import on_sphere
from deserts.errors import InputError
from deserts.places.zips import ZipIndex
from deserts.planning.instance import CANDIDATE, Instance
from deserts.roads import Network, Snaps, snap, times_to_sites
from deserts.roads.shut import shut
from deserts.services import Service
from deserts.services.profile import SPECIALTY_ONLY
from deserts.store import Store

__all__ = [
    "RegionCase",
    "chosen_candidates",
    "clinician_candidates",
    "hospital_candidates",
    "load_case",
    "place_candidates",
    "with_panel",
]


@dataclass(frozen=True, slots=True)
class RegionCase:
    """A region as it is.

    Parameters
    ----------
    prepared
        Points and sites of the run, sorted, with the drives between them.
    point_snaps, site_snaps
        Places on the network of the points and of the existing sites, in the order of ``prepared``.
    network
        The roads.
    time_limit_min
        Minutes beyond which a site is out of reach; an unserved person counts at it.
    max_snap_km
        Longest access leg of a new place.
    gate
        The checks of the run: what is told of it is led by their banners.
    """

    prepared: Prepared
    point_snaps: Snaps
    site_snaps: Snaps
    network: Network
    time_limit_min: float
    max_snap_km: float
    gate: Gate

    def drives_to(self, lon: Floats, lat: Floats) -> tuple[PairTable, Snaps]:
        """Return the drives of every point to new places, within the time limit, and the places on the network."""
        places = snap(self.network, lon, lat, max_snap_km=self.max_snap_km)
        times = times_to_sites(self.network, self.point_snaps, places, limit_min=self.time_limit_min)
        pairs = PairTable.from_arrays(
            times.point, times.site, times.drive_min, n_points=len(self.point_snaps), n_sites=len(places)
        )
        return pairs, places

    def drives(self) -> PairTable:
        """Return the drives of every point to the existing sites on this network, within the time limit."""
        times = times_to_sites(self.network, self.point_snaps, self.site_snaps, limit_min=self.time_limit_min)
        return PairTable.from_arrays(
            times.point, times.site, times.drive_min, n_points=len(self.point_snaps), n_sites=len(self.site_snaps)
        )

    def with_shut_roads(self, roads: Bools) -> RegionCase:
        """Return the region while some edges of its network are shut."""
        return dataclasses.replace(self, network=shut(self.network, roads))

    def instance(self, candidates: pd.DataFrame, *, keep_existing: bool = True, fixed: Sequence[str] = ()) -> Instance:
        """Return the problem of choosing among candidates (``candidate_id, lon, lat``) beside the existing sites.

        People of the region itself count; existing sites of the surroundings serve them too.

        Parameters
        ----------
        candidates
            New places.
        keep_existing
            Whether the sites that there are serve people too.
        fixed
            Candidates that are chosen already.
        """
        own = np.flatnonzero(self.prepared.own_population > 0)
        there = self.prepared.pairs.take_points(own)
        new, _ = self.drives_to(candidates["lon"].to_numpy(dtype=float), candidates["lat"].to_numpy(dtype=float))
        new = new.take_points(own)
        n_there = len(self.prepared.sites) if keep_existing else 0
        names = [*self.prepared.site_ids[:n_there], *(CANDIDATE + candidates["candidate_id"])]
        practice = self.prepared.sites["practice_id"].tolist()[:n_there] + names[n_there:]
        parts = [(there.points(), there.site, there.drive_min)] if keep_existing else []
        parts.append((new.points(), new.site + n_there, new.drive_min))
        point, site, minutes = (np.concatenate(columns) for columns in zip(*parts, strict=True))
        return Instance.build(
            demand_ids=self.prepared.demand["point_id"].iloc[own],
            weight=self.prepared.own_population[own],
            site_ids=names, point_index=point, site_index=site, drive_min=minutes,
            fixed=(np.arange(len(names)) < n_there) | np.isin(names, [CANDIDATE + name for name in fixed]),
            practice=practice, limit_min=self.time_limit_min,
        )  # fmt: skip


def load_case(store: Store, *, service: Service, time_limit_min: float, max_snap_km: float) -> RegionCase:
    """Read a run's tables and roads.

    Raises
    ------
    MissingDataError
        If a stage has not written its table yet, or a source without which there is no answer was not read.
    NotPublishableError
        If a check of the run failed that may not be overridden (`deserts.access.gate`).
    """
    gate = require_countable(store, service=service)
    inputs = AccessInputs.from_store(store, service=service)
    prepared = prepare(inputs, time_limit_min=time_limit_min)
    points, sites = (
        Snaps.from_frame(table.set_index(key).loc[ids].reset_index(drop=True))
        for table, key, ids in (
            (inputs.point_snaps, "point_id", prepared.point_ids),
            (inputs.site_snaps, "site_id", prepared.site_ids),
        )
    )
    network = Network.load(store.find_network())
    return RegionCase(prepared, points, sites, network, time_limit_min, max_snap_km, gate)


def with_panel(case: RegionCase, patients: pd.DataFrame, *, zips: pd.DataFrame) -> RegionCase:
    """Return the region with the patients of a panel in the place of its residents.

    Parameters
    ----------
    case
        The region.
    patients
        ``zip, patients``, each ZIP once.
    zips
        Processed table of ZIP places. The patients of a ZIP count at the demand point of the region that is nearest to
        its centre as the crow flies.

    Raises
    ------
    InputError
        If a ZIP is not one, is not known, or lies in no county of the region.
    """
    own = np.flatnonzero(case.prepared.own_population > 0)
    demand = case.prepared.demand
    index = ZipIndex(zips)
    places = [index.find(text) for text in patients["zip"]]
    counties = set(demand["county_fips"].iloc[own])
    if away := [place.zip for place in places if place.county_fips not in counties]:
        raise InputError(
            f"{len(away)} ZIPs of the panel lie in no county of the region: {', '.join(away[:8])}",
            where="--panel",
            fix="leave these rows out, or plan for a larger --region",
        )
    centres = on_sphere(np.array([p.lon for p in places]), np.array([p.lat for p in places]))
    points = on_sphere(demand["lon"].to_numpy(dtype=np.float64)[own], demand["lat"].to_numpy(dtype=np.float64)[own])
    _, nearest = KDTree(points).query(centres)
    counted = np.zeros(len(demand))
    np.add.at(counted, own[nearest], patients["patients"].to_numpy(dtype=float))
    prepared = dataclasses.replace(case.prepared, demand=demand.assign(population=counted))
    return dataclasses.replace(case, prepared=prepared)


def chosen_candidates(instance: Instance, is_chosen: np.ndarray) -> list[str]:
    """Return the names of the chosen candidates as they were given, without the existing sites."""
    picked = instance.site_ids[np.asarray(is_chosen) & ~instance.is_fixed]
    return [str(name).removeprefix(CANDIDATE) for name in picked]


def clinician_candidates(store: Store, *, service: Service, states: Sequence[str]) -> pd.DataFrame:
    """Return the places where clinicians of specialty grade practise: who could learn, already there.

    Returns
    -------
    One row a place (clinicians at one address, or at one ZIP's centre where that is all that is known), sorted:
    ``candidate_id, lon, lat, city, state, clinicians`` (number) and ``names`` ("Name (NPI)", joined by ';').

    Raises
    ------
    InputError
        If there is none.
    """
    sites, people = store.read("sites"), store.read("specialists")
    is_candidate = (sites["grade"] == SPECIALTY_ONLY) & sites["lon"].notna() & sites["state"].isin(states)
    could = sites[is_candidate & (sites["grade_rank"] > service.rank(store.grade))]
    named = could.merge(people[["npi", "name"]], on="npi", how="left")
    named["who"] = named["name"].fillna("") + " (" + named["npi"] + ")"
    named["state"] = named["state"].astype(str)
    grouped = named.sort_values(["lon", "lat", "who"]).groupby(["lon", "lat"], sort=True)
    places = grouped.agg(
        candidate_id=("site_id", "min"), city=("city", "first"), state=("state", "first"),
        clinicians=("npi", "nunique"), names=("who", lambda who: "; ".join(dict.fromkeys(who))),
    ).reset_index()  # fmt: skip
    return _some(places, "no clinician of specialty grade has a known place")


def hospital_candidates(store: Store, *, states: Sequence[str], kinds: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return hospitals as candidates, one a place: ``candidate_id`` (CCN), ``lon, lat, city, state, names``.

    Parameters
    ----------
    store
        Holds the table ``hospitals``.
    states
        Postal codes of the states whose hospitals are asked.
    kinds
        Hospital types to take, as published; all when empty.
    """
    hospitals = store.read("hospitals")
    use = (
        hospitals["lon"].notna() & hospitals["state"].isin(states) & (hospitals["type"].isin(kinds) if kinds else True)
    )
    ordered = hospitals[use].sort_values(["lon", "lat", "ccn"])
    places = ordered.groupby(["lon", "lat"], sort=True).agg(
        candidate_id=("ccn", "min"), city=("city", "first"), state=("state", "first"), names=("name", "; ".join)
    )
    return _some(places.reset_index(), "no hospital has a known place")


def place_candidates(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a user's own places (``candidate_id, lon, lat``) with the columns that candidates have."""
    own = frame[["candidate_id", "lon", "lat"]].copy()
    for column in ("city", "state", "names"):
        own[column] = frame.get(column, "")
    return _some(own, "the file lists no place")


def _some(places: pd.DataFrame, otherwise: str) -> pd.DataFrame:
    if places.empty:
        raise InputError(otherwise, expected="at least one candidate", fix="give places of your own with --candidates")
    return places.sort_values("candidate_id", kind="stable", ignore_index=True)
