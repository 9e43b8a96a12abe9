"""The score set of a run: reach of every scored point and one row of scores a county."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import summarise_areas, weighted_mean
from deserts.access.catchments import floating_catchment
from deserts.access.components import score_areas
from deserts.access.coverage import Coverage, blank, county_search, edge_exposed, exposed_by_county, told, without_lists
from deserts.access.decay import Decay
from deserts.access.desert_class import desert_classes
from deserts.access.firmness import county_draws, undrawn
from deserts.access.pairs import PairTable, codes_of
from deserts.access.prepared import AccessInputs, Prepared, prepare
from deserts.access.reach import Reach, measure_reach, reach_table
from deserts.access.uncertainty import Draws, summarise_draws, summarise_states
from deserts.arrays import Floats, Ints
from deserts.services import Service
from deserts.store import FlowRow
from deserts.tables.scores import COUNTY_SCORES

__all__ = ["AccessTables", "build_scores", "for_children", "score_other_areas"]

RANKS = 5
"""Ranks of the reach table."""


@dataclass(frozen=True, slots=True)
class AccessTables:
    """Tables of the stage ``scores`` and how many rows went where."""

    reach: pd.DataFrame
    county_scores: pd.DataFrame
    state_intervals: pd.DataFrame
    flow: tuple[FlowRow, ...]


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
    states = prepared.demand["state"].to_numpy(dtype=object)[rows]
    first = pd.Series(states).groupby(area[rows]).first()  # a district lies in one state
    keys = pd.DataFrame({"county_fips": names, "state": first.reindex(range(len(names))).fillna("").to_numpy()})
    search = _search(inputs, prepared, reach, rows, area[rows], keys, time_limit_min=time_limit_min)
    return blank(table.assign(adequacy="unknown"), search).drop(columns="adequacy")


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


def build_scores(inputs: AccessInputs, *, service: Service, time_limit_min: float, draws: int = 0) -> AccessTables:
    """Build the tables ``reach``, ``county_scores`` and ``state_intervals``.

    Parameters
    ----------
    inputs
        Tables of one grade.
    service
        Gives thresholds, weights and words.
    time_limit_min
        Minutes beyond which a site counts as out of reach (``Settings.time_limit_min``).
    draws
        Draws behind the intervals; without any, or without ``inputs.chances``, their columns are null.

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
    drawn: Draws | None = None
    if draws and any_site and inputs.chances is not None:
        drawn = county_draws(
            prepared.pairs.take_points(rows), prepared.demand.iloc[rows], county[rows], names["county_fips"].tolist(),
            prepared.sites, inputs.chances, service=service, grade=grade, time_limit_min=time_limit_min, draws=draws,
        )  # fmt: skip
    scores = pd.concat([scores, _firmness(drawn, scores["desert_rank"], service=service)], axis=1)
    scores = _add_adequacy(pd.concat([names, scores], axis=1), inputs.adequacy)
    search = _search(inputs, prepared, reach, rows, county[rows], names, time_limit_min=time_limit_min)
    scores = without_lists(blank(scores, search), inputs.coverage or Coverage())
    reasons = _why_blank(prepared, search["blank_status"], county)
    reach_frame = _blank_reach(reach_frame, reasons.reindex(prepared.point_ids[scored]))
    states = _states(drawn, scores, reach.site_min[rows, 0], prepared.population[rows], county[rows], service=service)
    flow = _flow(inputs, prepared, scored=scored, placed=rows, any_site=any_site)
    gone = int((search["blank_status"] != "").sum())
    flow += (FlowRow("counties that can be told about", len(scores), len(scores) - gone, "the others say why not"),)
    scores = scores[[name for name in COUNTY_SCORES.column_names if name in scores]]
    return AccessTables(reach_frame, scores, states, flow)


def _firmness(drawn: Draws | None, desert_rank: pd.Series, *, service: Service) -> pd.DataFrame:
    if drawn is None:
        return undrawn(len(desert_rank))
    return summarise_draws(drawn, desert_rank.to_numpy(np.int64), service=service)


def _states(
    drawn: Draws | None, scores: pd.DataFrame, nearest_min: Floats, people: Floats, county: Ints, *, service: Service
) -> pd.DataFrame:
    """Return the table ``state_intervals``: the counties that can be told about, summed up by state."""
    in_run = {
        bound: weighted_mean((nearest_min > limit).astype(np.float64), people, county, len(scores))
        for bound in ("moderate", "severe")
        for limit in [service.number(f"desert.{bound}_min")]
    }
    return summarise_states(drawn, in_run, scores.assign(told=told(scores)), service=service)


def _search(
    inputs: AccessInputs, prepared: Prepared, reach: Reach, rows: Ints, area: Ints, keys: pd.DataFrame, *,
    time_limit_min: float,
) -> pd.DataFrame:  # fmt: skip
    """Return how far each area was searched (`coverage.county_search`)."""
    coverage = Coverage() if inputs.coverage is None else inputs.coverage
    nearest = reach.site_min[rows, 0]
    people = prepared.population[rows]

    def exposed(states: tuple[str, ...]) -> Floats:
        points = edge_exposed(
            prepared.demand.iloc[rows], nearest, inputs.counties, states, time_limit_min=time_limit_min
        )
        return exposed_by_county(points, people, area, len(keys))

    verdict = coverage.verdict
    edge = exposed(verdict.unread_states)
    half = edge if verdict.half_read_states == verdict.unread_states else exposed(verdict.half_read_states)
    reached = np.bincount(area, weights=np.isfinite(nearest), minlength=len(keys)) > 0
    return county_search(keys, coverage, reached=reached, exposed_share=half).assign(edge_share=edge)


def _why_blank(prepared: Prepared, blank_status: pd.Series, county: Ints) -> pd.Series:
    """Return why nothing can be told of each point, empty where it can; a point outside every county can."""
    reasons = np.append(np.asarray(blank_status, dtype=object), "")
    return pd.Series(reasons[county], index=prepared.point_ids)


def _blank_reach(reach: pd.DataFrame, reasons: pd.Series) -> pd.DataFrame:
    why = reach["point_id"].map(reasons).fillna("").astype("str")
    gone = why.ne("")
    if not gone.any():
        return reach
    return reach.assign(
        site_id=reach["site_id"].where(~gone, ""), drive_min=reach["drive_min"].where(~gone),
        status=reach["status"].where(~gone, why),
    )  # fmt: skip


def _area_scores(
    prepared: Prepared,
    reach: Reach,
    rows: Ints,
    area: Ints,
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


def _capacity(prepared: Prepared, *, service: Service) -> Floats | None:
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


def _flow(
    inputs: AccessInputs, prepared: Prepared, *, scored: Ints, placed: Ints, any_site: bool
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
