"""What a changed registry did to people: who lost the place that was nearest to them between two years of bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.drives_on_demand import drives_to_places
from deserts.access.retirement import nearest_lost
from deserts.arrays import Bools, Floats
from deserts.places.placing import place_addresses
from deserts.roads import Network
from deserts.specialists.years import check_years
from deserts.tables import Search

__all__ = ["RegistryLoss", "lost_between", "yearly_access"]


@dataclass(frozen=True, slots=True)
class RegistryLoss:
    """People of the region between two years. A place is a ZIP code with at least one clinician at the grade.

    Parameters
    ----------
    residents
        People of the region.
    had_one
        People with a place within the limit in the earlier year.
    lost
        People whose nearest place of the earlier year has nobody at the grade in the later one.
    lost_longer
        Those of them who drive longer since, the stranded ones included.
    lost_stranded
        Those of them who have no place within the limit any more.
    shorter
        People who drive less far than before, or have a first place.
    clinicians_earlier, clinicians_later
        Clinicians at the grade in each year.
    unplaced
        Clinicians and years whose ZIP has no known place; they are not counted.
    """

    residents: float
    had_one: float
    lost: float
    lost_longer: float
    lost_stranded: float
    shorter: float
    clinicians_earlier: int
    clinicians_later: int
    unplaced: int


def lost_between(
    years: pd.DataFrame,
    earlier: int,
    later: int,
    *,
    demand: pd.DataFrame,
    point_snaps: pd.DataFrame,
    zips: pd.DataFrame,
    network: Network,
    grade_rank: int,
    limit_min: float,
    max_snap_km: float,
    max_workers: int | None = None,
) -> RegistryLoss:
    """Count the people of a region who lost their nearest place between two years.

    Both years are placed by the ZIP on the bills of that year, so that whoever left or moved is where they were.

    Parameters
    ----------
    years
        The table ``registry_years``.
    earlier, later
        The two years.
    demand, point_snaps
        Demand points and their places on the network, row by row.
    zips
        The table ``zips``.
    network
        The roads.
    grade_rank
        Worst rank that counts.
    limit_min, max_snap_km
        As for the drive times of the run.

    Raises
    ------
    UnknownNameError
        If a year has no bills.
    """
    check_years(years, earlier, later)
    counted = years[years["year"].isin([earlier, later]) & (years["grade_rank"] <= grade_rank)]
    spots, (before, after), unplaced = _spots(counted, zips, (earlier, later))
    pairs = drives_to_places(
        network, point_snaps, spots[:, 0], spots[:, 1],
        limit_min=limit_min, max_snap_km=max_snap_km, max_workers=max_workers,
    )  # fmt: skip
    people = np.where(demand["scored"].to_numpy(dtype=bool), demand["population"].to_numpy(dtype=np.float64), 0.0)
    change, lost = nearest_lost(pairs, people, before=before, after=after)
    loses = np.append(~after, False)[change.before_site]
    clinicians = counted.groupby("year")["npi"].nunique()
    return RegistryLoss(
        residents=float(people.sum()),
        had_one=float(people[np.isfinite(change.before_min)].sum()),
        lost=lost,
        lost_longer=float(people[loses & change.loses].sum()),
        lost_stranded=float(people[loses & change.stranded].sum()),
        shorter=float(people[change.after_min < change.before_min].sum()),
        clinicians_earlier=int(clinicians.get(earlier, 0)),
        clinicians_later=int(clinicians.get(later, 0)),
        unplaced=unplaced,
    )


def yearly_access(
    years: pd.DataFrame,
    missing_years: Sequence[int],
    *,
    demand: pd.DataFrame,
    point_snaps: pd.DataFrame,
    zips: pd.DataFrame,
    network: Network,
    grade_rank: int,
    limit_min: float,
    max_snap_km: float,
    max_workers: int | None = None,
) -> pd.DataFrame:
    """Return how far residents of today live from whoever billed in each year: one row a year, missing ones too.

    Clinicians stand at the ZIP on the bills of that year, the residents where they are now, so that supply alone
    moves. A year's bills alone make the grade: who had ten or fewer patients in a year is not seen in it, and a blink
    is no departure.

    Parameters
    ----------
    years, missing_years
        The table ``registry_years``, and years that the profile pools of which no file was read.
    demand, point_snaps, zips, network, grade_rank, limit_min, max_snap_km
        As for `lost_between`.

    Returns
    -------
    ``year, search, clinicians, places, unplaced, nearest_mean_min`` (those beyond the limit at the limit),
    ``beyond_60_share, beyond_120_share, beyond_limit_share``; null and ``not_searched`` for a year that was not read.
    """
    read = sorted(set(years["year"]))
    counted = years[years["grade_rank"] <= grade_rank]
    spots, there, _ = _spots(counted, zips, read)
    pairs = drives_to_places(
        network, point_snaps, spots[:, 0], spots[:, 1],
        limit_min=limit_min, max_snap_km=max_snap_km, max_workers=max_workers,
    )  # fmt: skip
    people = np.where(demand["scored"].to_numpy(dtype=bool), demand["population"].to_numpy(dtype=np.float64), 0.0)
    rows: list[dict[str, object]] = []
    for year, here in zip(read, there, strict=True):
        own = counted[counted["year"] == year]
        _, _, unplaced = _spots(own, zips, [year])
        part = pairs.select(sites=here)
        nearest = part.minutes_at(part.nearest(1)[:, 0])
        share = {limit: float(people[nearest > limit].sum() / max(people.sum(), 1.0)) for limit in (60, 120, limit_min)}
        rows.append(
            {
                "year": year, "search": Search.FOUND if len(own) else Search.NONE, "clinicians": own["npi"].nunique(),
                "places": int(here.sum()), "unplaced": unplaced,
                "nearest_mean_min": float(np.average(np.minimum(nearest, limit_min), weights=people)),
                "beyond_60_share": share[60], "beyond_120_share": share[120], "beyond_limit_share": share[limit_min],
            }
        )  # fmt: skip
    rows += [{"year": year, "search": Search.NOT} for year in missing_years if year not in read]
    return pd.DataFrame(rows).sort_values("year", ignore_index=True) if rows else pd.DataFrame()


def _spots(counted: pd.DataFrame, zips: pd.DataFrame, years: Sequence[int]) -> tuple[Floats, list[Bools], int]:
    """Return the places of clinicians in some years, which of them are there in each, and rows without a place.

    Several ZIPs may share one point: the place is what people drive to.
    """
    place = place_addresses(counted.assign(city=""), zips=zips)
    located = place["lon"].notna()
    rows = pd.concat([counted[["year"]], place[["lon", "lat"]]], axis=1)[located]
    number, places = pd.factorize(pd.MultiIndex.from_frame(rows[["lon", "lat"]]), sort=True)
    spots = np.array(places.to_list(), dtype=np.float64).reshape(-1, 2)
    there = [np.isin(np.arange(len(places)), number[(rows["year"] == year).to_numpy()]) for year in years]
    return spots, there, int((~located).sum())
