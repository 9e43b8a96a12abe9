"""Stage ``times``: points and sites onto the network, drive times within the limit, isochrones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.arrays import Floats, Texts
from deserts.pipeline import place_times
from deserts.pipeline.inputs import network_hash, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.roads import Network, Snaps, isochrones, snap, times_to_sites, within_km
from deserts.roads.seasonal import all_year, closed_season
from deserts.roads.times import PairTimes
from deserts.specialists.supply import supply_at_grade
from deserts.store import FlowRow
from deserts.tables import BANDS_MIN, Scope, Status, empty

__all__ = ["STAGE"]

_TABLES = ("point_snaps", "site_snaps", "hospital_snaps", "drive_times", "isochrones")


def _inputs(run: Run) -> Mapping[str, str]:
    return {**table_hashes(run, "demand", "sites", "sites_unasked", "hospitals"), **network_hash(run)}


def _parameters(run: Run) -> Mapping[str, object]:
    return {
        "grade": run.grade,
        "grade_rank": run.service.rank(run.grade),
        "time_limit_min": run.settings.time_limit_min,
        "max_snap_km": run.settings.max_snap_km,
        "bands_min": list(BANDS_MIN),
    }


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path(name) for name in _TABLES]


def _work(run: Run) -> Sequence[FlowRow]:
    network = Network.load(run.store.find_network())
    demand = run.store.read("demand")
    sites, unasked = run.store.read("sites"), run.store.read("sites_unasked")
    lon, lat = demand["lon"].to_numpy(), demand["lat"].to_numpy()
    points = snap(network, lon, lat, max_snap_km=run.settings.max_snap_km, within_km=within_km(lon, lat))
    # Also of those whom only an answer can bring in, so that it counts before the stages are run again.
    place_of, places = _unique_places(unasked)
    place_snaps = snap(
        network, places["lon"].to_numpy(), places["lat"].to_numpy(), max_snap_km=run.settings.max_snap_km
    )
    site_snaps = _site_snap_frame(unasked, place_of, place_snaps.to_frame())
    supply = supply_at_grade(sites, service=run.service, grade=run.grade)
    usable = supply.merge(site_snaps[["site_id", "status"]], on="site_id")
    usable = usable[usable["status"] == Status.OK].reset_index(drop=True)

    run.store.write("point_snaps", pd.concat([demand[["point_id"]], points.to_frame()], axis=1))
    run.store.write("site_snaps", site_snaps)
    run.store.write("hospital_snaps", _hospital_snap_frame(run, network))
    drive_times = _drive_times(run, network, demand, points, usable, site_snaps)
    run.store.write("drive_times", drive_times)
    run.store.write("isochrones", _isochrones(network, usable, site_snaps))
    unsnapped = int((points.to_frame()["status"] != Status.OK).sum())
    return [
        FlowRow(
            "points snapped",
            len(demand),
            len(demand) - unsnapped,
            f"{unsnapped} over {run.settings.max_snap_km:g} km from a road",
        ),
        FlowRow("sites at grade", len(sites), len(supply), f"supplying, located, {run.grade} or better"),
        FlowRow("sites snapped", len(supply), len(usable), "within the snap limit of a road"),
        FlowRow(
            "pairs",
            len(demand) * len(usable),
            len(drive_times),
            f"point and site within {run.settings.time_limit_min:g} minutes",
        ),
    ]


def _unique_places(sites: pd.DataFrame) -> tuple[npt.NDArray[np.int64], pd.DataFrame]:
    """Return the place of each site (-1 where it has none) and the distinct places: many sites share a ZIP's centre."""
    located = sites["lon"].notna().to_numpy()
    keys = pd.MultiIndex.from_frame(sites.loc[located, ["lon", "lat"]])
    codes, unique = pd.factorize(keys, sort=True)
    place_of = np.full(len(sites), -1, dtype=np.int64)
    place_of[located] = codes
    return place_of, pd.MultiIndex.from_tuples(list(unique), names=["lon", "lat"]).to_frame(index=False)


def _site_snap_frame(sites: pd.DataFrame, place_of: npt.NDArray[np.int64], place_snaps: pd.DataFrame) -> pd.DataFrame:
    frame = place_snaps.reindex(place_of).reset_index(drop=True)
    lost = place_of < 0
    frame["status"] = frame["status"].astype(object).where(~lost, str(Status.UNSNAPPED))
    for column in ("edge", "component_id"):
        frame[column] = frame[column].fillna(-1).astype("int64")
    return pd.concat([sites[["site_id"]].reset_index(drop=True), frame], axis=1)


def _hospital_snap_frame(run: Run, network: Network) -> pd.DataFrame:
    """Put every hospital on the roads, so that nobody waits for that in an emergency."""
    hospitals = run.store.read("hospitals")
    lon, lat = hospitals["lon"].to_numpy(float), hospitals["lat"].to_numpy(float)
    snaps = snap(network, lon, lat, max_snap_km=run.settings.max_snap_km)
    return pd.concat([hospitals[["ccn"]], snaps.to_frame()], axis=1)


def _snaps_of(frame: pd.DataFrame) -> Snaps:
    return Snaps.from_frame(frame.drop(columns=["site_id"]).reset_index(drop=True))


def _drive_times(
    run: Run, network: Network, demand: pd.DataFrame, points: Snaps, usable: pd.DataFrame, site_snaps: pd.DataFrame
) -> pd.DataFrame:
    """Search once from each distinct place, then hand its times to every site that stands there."""
    if usable.empty:
        return empty("drive_times")
    snaps = usable[["site_id"]].merge(site_snaps, on="site_id")
    place, first = _groups(snaps[["lon", "lat"]])
    ends, limit_min = _snaps_of(snaps.iloc[first]), run.settings.time_limit_min
    times = times_to_sites(
        network,
        points,
        ends,
        limit_min=limit_min,
        max_workers=run.settings.max_workers,
        scheduler=run.settings.scheduler,
    )
    closed_min, closed_status = _closed_season(network, points, ends, times, limit_min, run.settings.max_workers)
    order = np.argsort(place, kind="stable")
    sizes = np.bincount(place, minlength=len(first))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    repeats = sizes[times.site]
    row = np.repeat(np.arange(len(times.site)), repeats)
    within = np.arange(len(row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    site = order[starts[times.site[row]] + within].astype(np.int32)
    frame = _pair_frame(demand, usable, times.point[row], site, times.drive_min[row], times.dist_km[row])
    by_point = np.lexsort((site, times.point[row]))
    return frame.assign(
        closed_season_min=closed_min[row][by_point],
        closed_season_status=pd.Categorical(closed_status[row][by_point], categories=["", "ok", "beyond_limit"]),
    )


def _closed_season(
    network: Network, points: Snaps, ends: Snaps, times: PairTimes, limit_min: float, max_workers: int | None
) -> tuple[Floats, Texts]:
    """Return what each drive becomes while seasonal roads are closed; a network without such roads is not searched."""
    network_then = all_year(network)
    if network_then is None:
        return np.full(len(times), np.nan), np.full(len(times), "", dtype=object)
    then = times_to_sites(network_then, points, ends, limit_min=limit_min, max_workers=max_workers)
    pair, pair_then = (one.point.astype(np.int64) * len(ends) + one.site for one in (times, then))
    at = np.searchsorted(pair_then, pair)
    there = np.append(pair_then, -1)[at] == pair
    minutes = np.where(there, np.append(then.drive_min, np.nan)[at], np.nan)
    return closed_season(times.drive_min, minutes, np.where(there, str(Status.OK), str(Status.BEYOND_LIMIT)))


def _groups(frame: pd.DataFrame) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return the group of each row with equal values, and the first row of each group."""
    codes = frame.groupby(list(frame.columns), sort=True, dropna=False).ngroup().to_numpy()
    _, first = np.unique(codes, return_index=True)
    return codes.astype(np.int64), first.astype(np.int64)


def _pair_frame(
    demand: pd.DataFrame,
    usable: pd.DataFrame,
    point: npt.NDArray[np.int32],
    site: npt.NDArray[np.int32],
    drive_min: npt.NDArray[np.float64],
    dist_km: npt.NDArray[np.float64],
) -> pd.DataFrame:
    """Build the pair table with its ids as categories, so that many million rows stay small."""
    order = np.lexsort((site, point))
    return pd.DataFrame(
        {
            "point_id": pd.Categorical.from_codes(point[order], categories=pd.Index(demand["point_id"])),
            "site_id": pd.Categorical.from_codes(site[order], categories=pd.Index(usable["site_id"])),
            "drive_min": drive_min[order],
            "dist_km": dist_km[order],
        }
    )


def _isochrones(network: Network, usable: pd.DataFrame, site_snaps: pd.DataFrame) -> pd.DataFrame:
    if usable.empty:
        nothing: pd.DataFrame = gpd.GeoDataFrame(empty("isochrones"), geometry="geometry", crs="EPSG:4326")
        return nothing
    snaps = usable[["site_id"]].merge(site_snaps, on="site_id").drop_duplicates(["lon", "lat"])
    bands: pd.DataFrame = isochrones(network, _snaps_of(snaps), bands_min=BANDS_MIN, merged=True)
    return bands.assign(site_id="").drop(columns="site_index").sort_values("band_min").reset_index(drop=True)


STAGE = Stage(
    "times",
    "drive times and isochrones",
    Scope.GRADE,
    _inputs,
    _parameters,
    _outputs,
    _work,
    followed_by=place_times.STAGE,
)
