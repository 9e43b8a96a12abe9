"""What a changed registry did to people: who lost the place that was nearest to them between two years of bills."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.drives_on_demand import drives_to_places
from deserts.access.pairs import PairTable
from deserts.access.retirement import nearest_lost
from deserts.arrays import Bools, Floats
from deserts.places.placing import place_addresses
from deserts.roads import Network
from deserts.specialists.years import check_years
from deserts.store import Store
from deserts.tables import Search

__all__ = ["RegistryLoss", "Residents", "lost_between", "yearly_access"]


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


@dataclass(frozen=True, slots=True, eq=False)
class Residents:
    """The people of a run and the roads from them to wherever clinicians were.

    Parameters
    ----------
    demand, point_snaps
        Demand points and their places on the network, row by row.
    zips
        The table ``zips``.
    network
        The roads.
    limit_min, max_snap_km, max_workers
        As for the drive times of the run.
    """

    demand: pd.DataFrame
    point_snaps: pd.DataFrame
    zips: pd.DataFrame
    network: Network
    limit_min: float
    max_snap_km: float
    max_workers: int | None = None

    @classmethod
    def load(cls, store: Store) -> Residents:
        """Read those of a finished run."""
        settings = store.settings
        return cls(
            **{name: store.read(name) for name in ("demand", "point_snaps", "zips")},
            network=Network.load(store.find_network()), limit_min=settings.time_limit_min,
            max_snap_km=settings.max_snap_km, max_workers=settings.max_workers,
        )  # fmt: skip

    @property
    def people(self) -> Floats:
        """People of each point; nobody where a point is of the surroundings."""
        scored = self.demand["scored"].to_numpy(dtype=bool)
        return np.where(scored, self.demand["population"].to_numpy(dtype=np.float64), 0.0)

    def drives_to(self, spots: Floats) -> PairTable:
        """Return the drives from all points to places ``(places, 2)``, degrees."""
        return drives_to_places(
            self.network, self.point_snaps, spots[:, 0], spots[:, 1],
            limit_min=self.limit_min, max_snap_km=self.max_snap_km, max_workers=self.max_workers,
        )  # fmt: skip


def lost_between(
    years: pd.DataFrame, earlier: int, later: int, *, residents: Residents, grade_rank: int
) -> RegistryLoss:
    """Count the people of a region who lost their nearest place between two years.

    Both years are placed by the ZIP on the bills of that year, so that whoever left or moved is where they were.

    Parameters
    ----------
    years
        The table ``registry_years``.
    earlier, later
        The two years.
    residents
        Who lives where.
    grade_rank
        Worst rank that counts.

    Raises
    ------
    UnknownNameError
        If a year has no bills.
    """
    check_years(years, earlier, later)
    counted = years[years["year"].isin([earlier, later]) & (years["grade_rank"] <= grade_rank)]
    spots, (before, after), unplaced = _spots(counted, residents.zips, (earlier, later))
    pairs, people = residents.drives_to(spots), residents.people
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
    years: pd.DataFrame, missing_years: Sequence[int], *, residents: Residents, grade_rank: int
) -> pd.DataFrame:
    """Return how far residents of today live from whoever billed in each year: one row a year, missing ones too.

    Clinicians stand at the ZIP on the bills of that year, the residents where they are now, so that supply alone
    moves. A year's bills alone make the grade: who had ten or fewer patients in a year is not seen in it, and a blink
    is no departure.

    Parameters
    ----------
    years, missing_years
        The table ``registry_years``, and years that the profile pools of which no file was read.
    residents, grade_rank
        As for `lost_between`.

    Returns
    -------
    ``year, search, clinicians, places, unplaced, nearest_mean_min`` (those beyond the limit at the limit),
    ``beyond_60_share, beyond_120_share, beyond_limit_share``; null and ``not_searched`` for a year that was not read.
    """
    read, limit_min = sorted(set(years["year"])), residents.limit_min
    counted = years[years["grade_rank"] <= grade_rank]
    spots, there, _ = _spots(counted, residents.zips, read)
    pairs, people = residents.drives_to(spots), residents.people
    rows: list[dict[str, object]] = []
    for year, here in zip(read, there, strict=True):
        own = counted[counted["year"] == year]
        _, _, unplaced = _spots(own, residents.zips, [year])
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
