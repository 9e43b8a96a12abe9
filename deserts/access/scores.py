"""The score set of a run: reach of every scored point and one row of scores a county."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import PointMeasures, summarise_areas
from deserts.access.arrays import FloatArray, IntArray
from deserts.access.catchments import floating_catchment
from deserts.access.components import desert_classes, score_areas
from deserts.access.decay import Decay
from deserts.access.pairs import PairTable, codes_of
from deserts.access.reach import Reach, measure_reach, point_status, reach_table
from deserts.errors import InputError
from deserts.services import Service
from deserts.specialists.supply import supply_at_grade
from deserts.store import FlowRow, Store
from deserts.tables import Status
from deserts.tables.scores import COUNTY_SCORES

__all__ = ["AccessInputs", "AccessTables", "Prepared", "build_scores", "for_children", "prepare", "score_other_areas"]

RANKS = 5
"""Ranks of the reach table."""


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
    """

    demand: pd.DataFrame
    point_snaps: pd.DataFrame
    sites: pd.DataFrame
    site_snaps: pd.DataFrame
    drive_times: PairTable | pd.DataFrame
    counties: pd.DataFrame
    grade: str = ""
    adequacy: pd.DataFrame | None = None

    @classmethod
    def from_store(cls, store: Store, *, service: Service) -> AccessInputs:
        """Read the tables of a run: sites that supply, have a place, and are of the store's grade or better.

        Raises
        ------
        MissingDataError
            If a stage has not written its table yet.
        """
        return cls(
            demand=store.read("demand"),
            point_snaps=store.read("point_snaps"),
            sites=supply_at_grade(store.read("sites"), service=service, grade=store.grade),
            site_snaps=store.read("site_snaps"),
            drive_times=store.read("drive_times"),
            counties=store.read("counties"),
            grade=store.grade,
        )


@dataclass(frozen=True, slots=True)
class AccessTables:
    """Tables of the stage ``scores`` and how many rows went where."""

    reach: pd.DataFrame
    county_scores: pd.DataFrame
    flow: tuple[FlowRow, ...]


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
    practice: IntArray
    point_component: IntArray
    site_component: IntArray

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
    def population(self) -> FloatArray:
        """People at each point."""
        return self.demand["population"].to_numpy(dtype=np.float64)

    @property
    def own_population(self) -> FloatArray:
        """People at each point of the region itself; 0 at points of the surroundings."""
        return np.where(self.demand["scored"].to_numpy(dtype=bool), self.population, 0.0)

    def measures(self, rows: IntArray, reach: Reach) -> PointMeasures:
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


def score_other_areas(
    inputs: AccessInputs, area_of_point: pd.Series, *, service: Service, time_limit_min: float
) -> pd.DataFrame:
    """Score districts, or any other areas, like counties.

    Parameters
    ----------
    inputs
        As for `build_scores`.
    area_of_point
        Name of the area of each scored demand point, indexed by ``point_id``; empty text where it lies in none.

    Returns
    -------
    ``area_id`` (sorted) and the columns of ``county_scores`` that name no county and no adequacy.
    """
    prepared = prepare(inputs, time_limit_min=time_limit_min)
    reach = measure_reach(prepared.pairs, prepared.practice, k=RANKS)
    names = pd.Index(sorted(set(area_of_point) - {""}), name="area_id")
    of_point = prepared.demand["point_id"].map(area_of_point).fillna("")
    area = codes_of(of_point, names)
    rows = np.flatnonzero(prepared.demand["scored"].to_numpy(dtype=bool) & (area >= 0))
    table = _area_scores(
        prepared,
        reach,
        rows,
        area[rows],
        len(names),
        service=service,
        grade=inputs.grade or service.default_grade,
        time_limit_min=time_limit_min,
    )
    table.insert(0, "area_id", names.to_numpy())
    return table


def for_children(
    inputs: AccessInputs, specialists: pd.DataFrame, *, under_18_share: pd.Series | None = None
) -> AccessInputs:
    """Return the paediatric version of the inputs: people under 18 against clinicians who see them.

    Parameters
    ----------
    inputs
        Inputs for everybody.
    specialists
        Clinicians (``npi, age_band``); those marked ``paediatric`` or ``both`` stay. ``unknown`` does not count: a
        family needs somebody who is known to take children.
    under_18_share
        Share of residents under 18 by county code; a county without one gets the mean of the others. None leaves the
        number of people as it is, which the caller then must say.
    """
    takes = specialists.loc[specialists["age_band"].isin(["paediatric", "both"]), "npi"]
    keep = np.flatnonzero(inputs.sites["npi"].isin(takes).to_numpy())
    demand = inputs.demand
    if under_18_share is not None:
        share = demand["county_fips"].map(under_18_share)
        demand = demand.assign(population=demand["population"] * share.fillna(under_18_share.mean()))
    times = inputs.drive_times
    return dataclasses.replace(
        inputs,
        demand=demand,
        sites=inputs.sites.iloc[keep].reset_index(drop=True),
        drive_times=times.take_sites(keep) if isinstance(times, PairTable) else times,
        adequacy=None,
    )


def build_scores(inputs: AccessInputs, *, service: Service, time_limit_min: float) -> AccessTables:
    """Build the tables ``reach`` and ``county_scores``.

    Parameters
    ----------
    inputs
        Tables of one grade.
    service
        Gives thresholds, weights and words.
    time_limit_min
        Minutes beyond which a site counts as out of reach (``Settings.time_limit_min``).

    Returns
    -------
    AccessTables
        No site at the grade is a valid result: every status is then ``none_at_grade`` and every rank the worst.
    """
    grade = inputs.grade or service.default_grade
    prepared = prepare(inputs, time_limit_min=time_limit_min)
    any_site = len(prepared.sites) > 0
    reach = measure_reach(prepared.pairs, prepared.practice, k=RANKS)
    scored = np.flatnonzero(prepared.demand["scored"].to_numpy(dtype=bool))
    reach_frame = reach_table(
        reach,
        prepared.pairs,
        rows=scored,
        point_ids=prepared.point_ids,
        site_ids=prepared.site_ids,
        practice=prepared.practice,
        point_component=prepared.point_component,
        site_component=prepared.site_component,
    )
    counties = inputs.counties[inputs.counties["scored"]].sort_values("county_fips").reset_index(drop=True)
    county = codes_of(prepared.demand["county_fips"], pd.Index(counties["county_fips"]))
    rows = scored[county[scored] >= 0]
    scores = _area_scores(
        prepared, reach, rows, county[rows], len(counties), service=service, grade=grade, time_limit_min=time_limit_min
    )
    names = counties[["county_fips", "name", "state"]].reset_index(drop=True)
    scores = _add_adequacy(pd.concat([names, scores], axis=1), inputs.adequacy)
    flow = _flow(inputs, prepared, scored=scored, placed=rows, any_site=any_site)
    return AccessTables(reach_frame, scores[list(COUNTY_SCORES.column_names)], flow)


def _area_scores(
    prepared: Prepared,
    reach: Reach,
    rows: IntArray,
    area: IntArray,
    n_areas: int,
    *,
    service: Service,
    grade: str,
    time_limit_min: float,
) -> pd.DataFrame:
    """Return every column of ``county_scores`` that does not name the county or its adequacy."""
    points = prepared.measures(rows, reach)
    any_site = len(prepared.sites) > 0
    table = summarise_areas(points, area, n_areas, time_limit_min=time_limit_min, any_site=any_site)
    classes = desert_classes(
        table, points, area, service=service, grade=grade, time_limit_min=time_limit_min, any_site=any_site
    )
    per_person = _capacity(prepared, service=service)
    scores = score_areas(
        points,
        area,
        n_areas,
        service=service,
        floating_catchment=None if per_person is None else per_person[rows],
    )
    return pd.concat([table, classes, scores], axis=1)


def _capacity(prepared: Prepared, *, service: Service) -> FloatArray | None:
    """Return supply per person (E2SFCA) where the supply is a known capacity, else None."""
    if service.number("capacity.known") < 1:
        return None
    decay = Decay.gaussian(
        service.number("capacity.bandwidth_min"), catchment_min=service.number("capacity.catchment_min")
    )
    return floating_catchment(
        prepared.pairs,
        population=prepared.population,
        supply=prepared.sites["share"].to_numpy(dtype=np.float64),
        method="e2sfca",
        decay=decay,
    )


def _add_adequacy(scores: pd.DataFrame, adequacy: pd.DataFrame | None) -> pd.DataFrame:
    columns = ["adequate_on_paper_share", "adequate_share", "adequacy"]
    if adequacy is None:
        return scores.assign(adequate_on_paper_share=np.nan, adequate_share=np.nan, adequacy="unknown")
    joined = scores.merge(adequacy[["county_fips", *columns]], on="county_fips", how="left", validate="1:1")
    return joined.assign(adequacy=joined["adequacy"].fillna("unknown"))


def _component(names: pd.Series, snaps: pd.DataFrame, key: str) -> IntArray:
    """Return the network part of each name; -1 where it is off the network or was never snapped."""
    place = codes_of(names, pd.Index(snaps[key]))
    component = snaps["component_id"].to_numpy(dtype=np.int64)
    on_network = np.where(snaps["status"].to_numpy() == Status.OK.value, component, -1)
    return np.append(on_network, -1)[place]


def _sorted_by(frame: pd.DataFrame, key: str) -> tuple[pd.DataFrame, IntArray]:
    if not frame[key].is_unique:
        twice = frame.loc[frame[key].duplicated(), key].iloc[0]
        raise InputError(f"{key} {twice!r} occurs twice", expected="one row a name", fix="drop the repeated rows")
    place = np.argsort(frame[key].to_numpy(dtype=object), kind="stable") if len(frame) else np.zeros(0, dtype=np.int64)
    return frame.iloc[place].reset_index(drop=True), place


def _is_identity(place: IntArray) -> bool:
    return bool(np.array_equal(place, np.arange(place.size)))


def _flow(
    inputs: AccessInputs, prepared: Prepared, *, scored: IntArray, placed: IntArray, any_site: bool
) -> tuple[FlowRow, ...]:
    given = inputs.drive_times.n_pairs if isinstance(inputs.drive_times, PairTable) else len(inputs.drive_times)
    off_network = int((prepared.site_component < 0).sum())
    n_points, n_sites = len(prepared.demand), len(prepared.sites)
    return (
        FlowRow("demand points of the region", n_points, scored.size, "points of the surroundings compete, unscored"),
        FlowRow("demand points in a county", scored.size, placed.size, "points outside every county of the region"),
        FlowRow("drive times", given, prepared.pairs.n_pairs, "pairs of other sites or beyond the time limit"),
        FlowRow(
            "sites on the network",
            n_sites,
            n_sites - off_network,
            "sites without a place on the road network" if any_site else "none found at this grade",
        ),
    )
