"""The research tables of a run: everything that a reviewer asks for beside the county scores."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from deserts.access import chances, closures, displacement, equity, retirement, sensitivity, uncertainty
from deserts.access.burden import county_burden, region_burden
from deserts.access.catchments import CATCHMENT_METHODS, crowding, floating_catchment
from deserts.access.choice import chosen_minutes
from deserts.access.covariates import county_covariates, tract_covariates
from deserts.access.coverage import told
from deserts.access.decay import Decay
from deserts.access.firmness import county_draws
from deserts.access.paper import rank_intervals
from deserts.access.prepared import prepare
from deserts.access.research_people import denominators, inequality, rurality
from deserts.access.research_work import (
    ResearchInputs,
    Work,
    county_mean,
    drawn_points,
    prepare_work,
    scored_rows,
)
from deserts.access.scores import build_scores, for_children
from deserts.access.telehealth import remote_checks
from deserts.services import Service

__all__ = ["research_tables"]


def research_tables(inputs: ResearchInputs, *, service: Service, time_limit_min: float) -> Mapping[str, pd.DataFrame]:
    """Return every research table that the inputs allow, by name, in a fixed order."""
    if not told(inputs.county_scores).any():
        return {}  # a table of zeros would read as an answer
    work = prepare_work(inputs, service=service, time_limit_min=time_limit_min)
    makers: Mapping[str, Callable[[Work], pd.DataFrame]] = {
        "closures_site": lambda w: _closures(w, w.all.sites["site_id"]),
        "closures_practice": lambda w: _closures(w, w.all.sites["practice_id"]),
        "closures_hospital": _hospital_closures,
        "closures_two_practices": _twins,
        "growth": _growth,
        "retirement": _retirement,
        "burden": _burden,
        "burden_region": _burden_region,
        "choice": _choice,
        "catchments": _catchments,
        "crowding": _crowding,
        "sensitivity_catchment": _grid,
        "sensitivity_weights": lambda w: sensitivity.weight_sensitivity(w.inputs.county_scores, service=w.service),
        "denominators": denominators,
        "equity": inequality,
        "rurality": rurality,
        "clusters": _clusters,
        "children": _children,
        "ma_penetration": _penetration,
        "covariates_county": county_covariates,
        "covariates_tract": tract_covariates,
        "telehealth": remote_checks,
    }
    found = {**{name: make(work) for name, make in makers.items()}, **_drawn(work)}
    return {name: table for name, table in found.items() if len(table)}


def _closures(work: Work, labels: pd.Series) -> pd.DataFrame:
    groups = closures.Groups.from_labels(labels)
    return _costliest(closures.single_closures(work.pairs, work.population, groups, time_limit_min=work.time_limit_min))


def _hospital_closures(work: Work) -> pd.DataFrame:
    members = work.all.sites[["site_id", "npi"]].merge(work.inputs.affiliations[["npi", "ccn"]], on="npi")
    groups = closures.Groups.from_members(members["site_id"], members["ccn"], site_ids=work.all.site_ids)
    return _costliest(closures.single_closures(work.pairs, work.population, groups, time_limit_min=work.time_limit_min))


def _costliest(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(["added_person_min", "group_id"], ascending=[False, True], ignore_index=True)


def _twins(work: Work) -> pd.DataFrame:
    table = closures.twin_closures(
        work.pairs, work.population, work.all.sites["practice_id"], time_limit_min=work.time_limit_min
    )
    return table.sort_values(
        ["added_person_min", "group_a", "group_b"], ascending=[False, True, True], ignore_index=True
    )


def _growth(work: Work) -> pd.DataFrame:
    flows = displacement.displaced_flows(work.all.pairs, work.all.population, work.all.sites["practice_id"])
    volumes = displacement.practice_volumes(work.all.sites, work.inputs.specialists, service=work.service)
    return displacement.required_growth(flows, volumes, service=work.service)


def _retirement(work: Work) -> pd.DataFrame:
    """Return expected (exact) and 95 % worst minutes of each county when every clinician may leave."""
    sites = work.all.sites
    leaves = retirement.leaving_probability(
        work.inputs.specialists,
        default=work.service.number("retirement.leave_share"),
        own=work.inputs.leaving,
    )
    clinician, names = pd.factorize(sites["npi"], sort=True)
    p_leaves = leaves.reindex(names).fillna(0.0).to_numpy()
    expected, nobody = retirement.expected_minutes(
        work.pairs, clinician.astype(np.int64), p_leaves, time_limit_min=work.time_limit_min
    )
    here = chances.stays(sites, 1.0 - p_leaves[clinician], draws=work.inputs.draws, seed=work.inputs.seed)
    drawn = uncertainty.draw_access(
        work.pairs, drawn_points(work), work.county, work.n_counties, sites,
        chances.certain(len(sites), work.n_counties, draws=work.inputs.draws, here=here), service=work.service,
        time_limit_min=work.time_limit_min,
    )  # fmt: skip
    worst = np.sort(drawn.median_min, axis=0)[int(np.ceil(0.95 * (work.inputs.draws - 1)))]
    now = np.minimum(work.nearest_min, work.time_limit_min)
    return pd.DataFrame(
        {
            "county_fips": work.fips,
            "mean_now_min": county_mean(work, now),
            "mean_expected_min": county_mean(work, expected),
            "nobody_left_share": county_mean(work, nobody),
            "median_worst_95_min": np.where(np.isfinite(worst), worst, np.nan),
        }
    )


def _drawn(work: Work) -> dict[str, pd.DataFrame]:
    """Return intervals and ranks of the counties, from the same draws."""
    prepared, pairs = work.all, work.pairs
    if work.inputs.wide is not None:
        prepared = prepare(work.inputs.wide, time_limit_min=work.time_limit_min)
        pairs = prepared.pairs.take_points(scored_rows(work))
    grade = work.inputs.scores.grade or work.service.default_grade
    drawn = county_draws(
        pairs, drawn_points(work), work.county, list(work.fips), prepared.sites, work.inputs.specialists,
        service=work.service, grade=grade, time_limit_min=work.time_limit_min, draws=work.inputs.draws,
        seed=work.inputs.seed,
    )  # fmt: skip
    scores = work.inputs.county_scores
    rank = scores["desert_rank"].fillna(0).to_numpy(np.int64)
    table = uncertainty.summarise_draws(drawn, rank, service=work.service)
    table.insert(0, "county_fips", work.fips)
    now = scores["nearest_median_min"].to_numpy(np.float64)
    return {"uncertainty": table, "rank_intervals": rank_intervals(drawn, list(work.fips), now)}


def _burden(work: Work) -> pd.DataFrame:
    if work.pairs.dist_km is None:
        return pd.DataFrame()
    return county_burden(work.pairs, work.population, work.county, work.fips, service=work.service)


def _burden_region(work: Work) -> pd.DataFrame:
    burden = _burden(work)
    if burden.empty:
        return burden
    patients = work.inputs.patients
    if patients is None:
        people = work.inputs.county_scores.set_index("county_fips")["population"]
        patients = people * (1000.0 / people.sum()) if people.sum() > 0 else people
    return region_burden(burden, patients)


def _choice(work: Work) -> pd.DataFrame:
    """Return minutes when a part of the people passes the nearest practice by."""
    practice, _ = pd.factorize(work.all.sites["practice_id"], sort=True)
    expected, has_choice = chosen_minutes(
        work.pairs, practice.astype(np.int64), nearest_share=work.service.number("choice.nearest_share"),
        practices=round(work.service.number("choice.practices")),
    )  # fmt: skip
    nearest, chosen = np.minimum(work.nearest_min, work.time_limit_min), np.minimum(expected, work.time_limit_min)
    return pd.DataFrame(
        {
            "county_fips": work.fips,
            "mean_now_min": county_mean(work, nearest),
            "mean_chosen_min": county_mean(work, chosen),
            "bypass_added_min": county_mean(work, chosen - nearest),
            "no_choice_share": county_mean(work, (~has_choice).astype(np.float64)),
        }
    )


def _catchments(work: Work) -> pd.DataFrame:
    """County means of every floating catchment score; research only where supply has no known capacity."""
    table = pd.DataFrame({"county_fips": work.fips})
    supply = work.all.sites["share"].to_numpy(np.float64)
    rows = scored_rows(work)
    for method in CATCHMENT_METHODS:
        decay = _standard_decay(work.service)
        if method == "2sfca":
            decay = Decay.within(work.service.number("capacity.catchment_min"))
        score = floating_catchment(
            work.all.pairs, population=work.all.population, supply=supply, method=method, decay=decay
        )
        table[f"{method}_mean"] = county_mean(work, score[rows])
    return table


def _crowding(work: Work) -> pd.DataFrame:
    supply = work.all.sites["share"].to_numpy(np.float64)
    crowded = crowding(
        work.all.pairs, population=work.all.population, supply=supply, decay=_standard_decay(work.service)
    )
    return pd.DataFrame({"site_id": work.all.sites["site_id"], "people_per_supply": crowded})


def _standard_decay(service: Service) -> Decay:
    return Decay.gaussian(
        service.number("capacity.bandwidth_min"), catchment_min=service.number("capacity.catchment_min")
    )


def _grid(work: Work) -> pd.DataFrame:
    everywhere = np.full(work.all.pairs.n_points, -1, dtype=np.int64)
    everywhere[scored_rows(work)] = work.county
    supply = work.all.sites["share"].to_numpy(np.float64)
    return sensitivity.catchment_grid(work.all.pairs, work.all.population, supply, everywhere, work.n_counties)


def _clusters(work: Work) -> pd.DataFrame:
    counties = work.inputs.scores.counties
    if "geometry" not in counties:
        return pd.DataFrame()
    shapes = counties[counties["scored"]].sort_values("county_fips", ignore_index=True)
    value = shapes["county_fips"].map(work.inputs.county_scores.set_index("county_fips")["beyond_60_share"])
    return equity.spots(shapes, value)


def _children(work: Work) -> pd.DataFrame:
    shares = work.inputs.county_shares
    under_18 = None
    if shares is not None and "under_18_share" in shares:
        under_18 = shares.set_index("county_fips")["under_18_share"]
    inputs = for_children(work.inputs.scores, work.inputs.specialists, under_18_share=under_18)
    scores = build_scores(inputs, service=work.service, time_limit_min=work.time_limit_min).county_scores
    denominator = "all residents" if under_18 is None else "residents under 18"
    scores = scores.drop(columns=["adequacy", "adequate_share", "adequate_on_paper_share"])
    return scores.assign(denominator=denominator)


def _penetration(work: Work) -> pd.DataFrame:
    shares = work.inputs.county_shares
    if shares is None or "ma_share" not in shares:
        return pd.DataFrame()
    return sensitivity.penetration_check(work.inputs.county_scores, shares)
