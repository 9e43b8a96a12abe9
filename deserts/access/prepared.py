"""Inputs of the scores, as tables and as arrays: points and sites sorted by name, so that row order means nothing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import PointMeasures
from deserts.access.coverage import Coverage, measure_coverage
from deserts.access.pairs import PairTable, codes_of
from deserts.access.reach import Reach, point_status
from deserts.arrays import Floats, Ints
from deserts.errors import InputError
from deserts.services import Service
from deserts.specialists.supply import supply_at_grade
from deserts.store import Store
from deserts.tables import Status

__all__ = ["AccessInputs", "Prepared", "prepare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessInputs:
    """What the scores are made from: tables of ``deserts.tables``, at one grade.

    Parameters
    ----------
    demand
        All demand points, those of the surroundings included; only those with ``scored`` get a score.
    point_snaps, site_snaps
        Places on the network; of these, ``component_id`` tells why a pair is missing.
    sites
        Sites of the run's grade.
    drive_times
        Pairs within the time limit: the table ``drive_times`` (text or categorical names), or a `PairTable` whose
        positions are the rows of ``demand`` and ``sites``.
    counties
        All counties; those with ``scored`` get a row.
    grade
        Grade of the run, empty for the service's own default.
    adequacy
        Result of ``adequacy.measure_adequacy`` (``county_fips`` and the three adequacy columns), or None: then the
        columns are null and ``unknown``.
    coverage
        What was searched; None where the caller answers for it: then nothing is blanked.
    chances
        ``npi, p_active`` by public files alone, for the intervals; None where none are wanted.
    """

    demand: pd.DataFrame
    point_snaps: pd.DataFrame
    sites: pd.DataFrame
    site_snaps: pd.DataFrame
    drive_times: PairTable | pd.DataFrame
    counties: pd.DataFrame
    grade: str = ""
    adequacy: pd.DataFrame | None = None
    coverage: Coverage | None = None
    chances: pd.DataFrame | None = None

    @classmethod
    def from_store(cls, store: Store, *, service: Service, with_chances: bool = True) -> AccessInputs:
        """Read the tables of a run: sites that supply, have a place, and are of the store's grade or better.

        Parameters
        ----------
        store, service
            The run.
        with_chances
            Whether the chances to be active are wanted, for intervals.

        Raises
        ------
        MissingDataError
            If a stage has not written its table yet.
        """
        sites = store.read("sites")
        tables = {name: store.read(name) for name in ("demand", "point_snaps", "site_snaps")}
        counted = sites[sites["supplies"] & (sites["grade_rank"] <= service.rank(store.grade))]
        return cls(
            **tables,
            sites=supply_at_grade(sites, service=service, grade=store.grade),
            drive_times=store.read("drive_times"),
            counties=store.read("counties"),
            grade=store.grade,
            chances=_filed_chances(store) if with_chances else None,
            coverage=measure_coverage(store.provenance(), service=service, sites=counted, **tables),
        )


@dataclass(frozen=True, slots=True)
class Prepared:
    """Inputs as arrays, points and sites sorted by name so that the order of rows changes nothing.

    Parameters
    ----------
    demand, sites
        Sorted frames; positions of all arrays are their rows.
    pairs
        Pairs within the time limit.
    practice
        Number of the practice of each site.
    point_component, site_component
        Part of the network, -1 when off it.
    """

    demand: pd.DataFrame
    sites: pd.DataFrame
    pairs: PairTable
    practice: Ints
    point_component: Ints
    site_component: Ints

    @property
    def point_ids(self) -> pd.Index[str]:
        """Names of the points."""
        names: pd.Index[str] = pd.Index(self.demand["point_id"])
        return names

    @property
    def site_ids(self) -> pd.Index[str]:
        """Names of the sites."""
        names: pd.Index[str] = pd.Index(self.sites["site_id"])
        return names

    @property
    def population(self) -> Floats:
        """People at each point."""
        return self.demand["population"].to_numpy(dtype=np.float64)

    @property
    def own_population(self) -> Floats:
        """People at each point of the region itself; 0 at points of the surroundings."""
        return np.where(self.demand["scored"].to_numpy(dtype=bool), self.population, 0.0)

    def measures(self, rows: Ints, reach: Reach) -> PointMeasures:
        """Return the measures of some points."""
        part = Reach(*(getattr(reach, field)[rows] for field in Reach.__dataclass_fields__))
        status = point_status(
            part.site_pair[:, 0] >= 0,
            point_component=self.point_component[rows],
            candidates=np.arange(len(self.sites)),
            candidate_component=self.site_component,
            rank=1,
        )
        return PointMeasures(self.population[rows], part, status)


def prepare(inputs: AccessInputs, *, time_limit_min: float) -> Prepared:
    """Turn the tables into arrays; pairs beyond the time limit are left out.

    Raises
    ------
    InputError
        If a name occurs twice or a pair table does not fit the frames.
    """
    demand, point_place = _sorted_by(inputs.demand, "point_id")
    sites, site_place = _sorted_by(inputs.sites, "site_id")
    times = inputs.drive_times
    if isinstance(times, PairTable):
        if (times.n_points, times.n_sites) != (len(demand), len(sites)):
            raise InputError(
                f"the pair table has {times.n_points} points and {times.n_sites} sites, "
                f"the frames {len(demand)} and {len(sites)}",
                expected="positions that are rows of the frames of demand points and sites",
            )
        pairs = times
        if not (_is_identity(point_place) and _is_identity(site_place)):
            pairs = PairTable.from_arrays(
                np.argsort(point_place)[times.points()],
                np.argsort(site_place)[times.site],
                times.drive_min,
                n_points=len(demand),
                n_sites=len(sites),
                dist_km=times.dist_km,
            )
    else:
        pairs = PairTable.from_frame(times, point_ids=pd.Index(demand["point_id"]), site_ids=pd.Index(sites["site_id"]))
    practice, _ = pd.factorize(sites["practice_id"], sort=True)
    return Prepared(
        demand,
        sites,
        pairs.select(within_min=time_limit_min),
        practice.astype(np.int64),
        _component(demand["point_id"], inputs.point_snaps, "point_id"),
        _component(sites["site_id"], inputs.site_snaps, "site_id"),
    )


def _filed_chances(store: Store) -> pd.DataFrame:
    """Return the chances to be active by public files alone: no call shows in a public table."""
    people = store.read("specialists_unasked", columns=["npi", "filed_p_active"])
    return people.rename(columns={"filed_p_active": "p_active"})


def _component(names: pd.Series, snaps: pd.DataFrame, key: str) -> Ints:
    """Return the network part of each name; -1 where it is off the network or was never snapped."""
    place = codes_of(names, pd.Index(snaps[key]))
    component = snaps["component_id"].to_numpy(dtype=np.int64)
    on_network = np.where(snaps["status"].to_numpy() == Status.OK.value, component, -1)
    return np.append(on_network, -1)[place]


def _sorted_by(frame: pd.DataFrame, key: str) -> tuple[pd.DataFrame, Ints]:
    if not frame[key].is_unique:
        twice = frame.loc[frame[key].duplicated(), key].iloc[0]
        raise InputError(f"{key} {twice!r} occurs twice", expected="one row a name", fix="drop the repeated rows")
    place = np.argsort(frame[key].to_numpy(dtype=object), kind="stable") if len(frame) else np.zeros(0, dtype=np.int64)
    return frame.iloc[place].reset_index(drop=True), place


def _is_identity(place: Ints) -> bool:
    return bool(np.array_equal(place, np.arange(place.size)))
