"""The same run with residents at other points: how much of a result hangs on the areas that people are counted in."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.access.coverage import measure_coverage
from deserts.access.point_kinds import PointKind
from deserts.access.prepared import AccessInputs
from deserts.access.scores import build_scores
from deserts.pipeline.inputs import files_for
from deserts.pipeline.run import Run
from deserts.places.demand import demand_from_centres, demand_from_file
from deserts.roads import Network, Snaps, nearest_sites, snap, within_km
from deserts.sources.publishers.centres import read_centres
from deserts.tables import Status

__all__ = ["points_of_other_kinds", "scores_by_point_kind"]

_CENTRES = ("block_group", "tract", "county")
"""Kinds of the census, the finest first; a coarser one is summed up where no file gives it."""
_DIGITS: Mapping[str, int] = {"tract": 11, "county": 5}


def scores_by_point_kind(run: Run, own_points: Sequence[Path] = ()) -> tuple[PointKind, ...]:
    """Return the run's county scores and those with residents at points of every other kind that is at hand.

    Parameters
    ----------
    run
        A finished run.
    own_points
        Files of points as ``DEMAND=`` takes them, for example ZIPs from ``deserts stage zip-demand``.

    Raises
    ------
    InputError
        If one of these files cannot be used.
    """
    demand, scores = run.store.read("demand"), run.store.read("county_scores")
    own = PointKind(_kind_of(demand), "the run", demand[demand["scored"]], scores)
    others = points_of_other_kinds(run, demand, own_points)
    if not others:
        return (own,)
    network = Network.load(run.store.find_network())
    inputs = AccessInputs.from_store(run.store, service=run.service, with_chances=False)
    return own, *(_scored(run, network, inputs, source, points) for source, points in others)


def points_of_other_kinds(run: Run, demand: pd.DataFrame, own_points: Sequence[Path]) -> list[tuple[str, pd.DataFrame]]:
    """Return points of other kinds than the run's, those of the surroundings too, each with where they come from."""
    found: dict[str, tuple[str, pd.DataFrame]] = {}
    finer: pd.DataFrame | None = None
    for kind in _CENTRES:
        files = files_for(run, f"centres_{kind}")
        if files:
            centres = pd.concat([read_centres(file.path).frame for file in files], ignore_index=True)
            centres, source = centres[centres["point_kind"] == kind].drop_duplicates("geoid"), "census centres"
        elif finer is not None:
            centres, source = _summed(finer, kind), "sums of finer centres"
        else:
            continue
        points = demand_from_centres(centres, run.region)
        if points["scored"].any():
            found[kind], finer = (source, points), centres
    found.pop(_kind_of(demand), None)
    counties = run.store.read("counties")
    given = [(path.name, demand_from_file(path, run.region, counties).demand) for path in own_points]
    return [*found.values(), *given]


def _kind_of(demand: pd.DataFrame) -> str:
    """Return the kind that most residents stand at: a run by ZIP has a few county centres."""
    own = demand[demand["scored"]]
    people = own.groupby("point_kind")["population"].sum()
    return str(people.idxmax()) if len(people) else "none"


def _summed(centres: pd.DataFrame, kind: str) -> pd.DataFrame:
    """Return centres of population of larger areas: the means of the finer ones, weighted by their people."""
    people = centres["population"].clip(lower=0)
    weighed = pd.DataFrame(
        {
            "geoid": centres["geoid"].str[: _DIGITS[kind]], "population": people,
            "lon": centres["lon"] * people, "lat": centres["lat"] * people,
        }
    )  # fmt: skip
    sums = weighed.groupby("geoid", sort=True).sum().query("population > 0")
    for name in ("lon", "lat"):
        sums[name] = sums[name] / sums["population"]
    return sums.reset_index().assign(point_kind=kind, county_fips=lambda frame: frame["geoid"].str[:5])


def _scored(run: Run, network: Network, inputs: AccessInputs, source: str, every: pd.DataFrame) -> PointKind:
    """Score the region with residents at some points; only what the nearest site decides is of use."""
    lon, lat = every["lon"].to_numpy(), every["lat"].to_numpy()
    # How large a place a point stands for is told by all its neighbours, those across the border too.
    within = within_km(lon, lat)
    rows = np.flatnonzero(every["scored"].to_numpy(dtype=bool))
    points = every.iloc[rows].reset_index(drop=True)
    ends = snap(network, lon[rows], lat[rows], max_snap_km=run.settings.max_snap_km, within_km=within[rows])
    snaps = pd.concat([points[["point_id"]], ends.to_frame()], axis=1)
    times = _nearest_times(run, network, inputs, points, ends)
    counted = run.store.read("sites")
    counted = counted[counted["supplies"] & (counted["grade_rank"] <= run.service.rank(run.grade))]
    coverage = measure_coverage(
        run.store.provenance(), service=run.service, demand=points, point_snaps=snaps, sites=counted,
        site_snaps=inputs.site_snaps,
    )  # fmt: skip
    case = dataclasses.replace(
        inputs, demand=points, point_snaps=snaps, drive_times=times, coverage=coverage, adequacy=None
    )
    scores = build_scores(case, service=run.service, time_limit_min=run.settings.time_limit_min).county_scores
    return PointKind(_kind_of(points), source, points, scores)


def _nearest_times(run: Run, network: Network, inputs: AccessInputs, points: pd.DataFrame, ends: Snaps) -> pd.DataFrame:
    """Return the drive from each point to the nearest site at grade, where there is one within the limit."""
    usable = inputs.site_snaps.merge(inputs.sites[["site_id"]], on="site_id")
    usable = usable[usable["status"] == Status.OK].reset_index(drop=True)
    limit = run.settings.time_limit_min
    site, minutes = nearest_sites(network, ends, Snaps.from_frame(usable), k=1, limit_min=limit)
    rows = np.flatnonzero(site[:, 0] >= 0)
    return pd.DataFrame(
        {
            "point_id": points["point_id"].to_numpy()[rows],
            "site_id": usable["site_id"].to_numpy()[site[rows, 0]],
            "drive_min": minutes[rows, 0],
            "dist_km": np.nan,
        }
    )
