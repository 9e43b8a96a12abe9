"""Compute the figures behind the numbers that circulate, from whatever files are at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from deserts.config import US_STATES
from deserts.earth import KM_PER_MILE
from deserts.errors import UnknownNameError
from deserts.services import Service
from deserts.specialists.circulating import REGISTER, Circulating, Verdict
from deserts.specialists.trend import change_over, trend_lines, yearly_totals

__all__ = [
    "CPI_U",
    "TREND",
    "Figure",
    "ReplicateInputs",
    "allowed_by_year",
    "choose",
    "judge",
    "nearest_by_point",
    "refill_interval_months",
    "replicate",
    "trend_of",
    "trend_rows",
]

CPI_U = {
    2012: 229.594, 2013: 232.957, 2014: 236.736, 2015: 237.017, 2016: 240.007, 2017: 245.120, 2018: 251.107,
    2019: 255.657, 2020: 258.811, 2021: 270.970, 2022: 292.655, 2023: 304.702, 2024: 313.689,
}  # fmt: skip
"""Consumer price index, all urban consumers, US city average, annual (Bureau of Labor Statistics, CUUR0000SA0)."""

_SAME, _NEAR = 0.02, 0.15
_MILES = (10, 100, 200, 300)
_MONTHS = 12.0
_INJECTION_YEAR, _COST_YEAR = 2017, 2017
_PAEDIATRIC = "2081P0010X"
_FEW = 5
_SEVEN_HOURS_MIN = 420.0
TREND = "j0475-trend"
"""Key of the number that has a table of years of its own."""
_TREND_CODE, _TREND_YEARS = "J0475", (2011, 2023)


@dataclass(frozen=True, slots=True)
class ReplicateInputs:
    """What is at hand; None where it is not.

    Parameters
    ----------
    claims
        Rows of ``read_claims`` with years.
    providers
        Number of rows of the by-provider file.
    nppes, deactivated
        Provider registry.
    sites, accuracy
        Table of a region and the result of ``directory_accuracy``.
    nearest
        One row a demand point: ``population``, ``drive_min``, ``dist_km`` to the nearest site (null beyond the limit).
    abilene_granbury_min
        Minutes of that drive.
    drugs
        Rows of ``read_drug_spending``, every edition at hand stacked.
    grade_rank
        Rank of the run's grade.
    """

    claims: pd.DataFrame | None = None
    providers: int | None = None
    nppes: pd.DataFrame | None = None
    deactivated: pd.DataFrame | None = None
    sites: pd.DataFrame | None = None
    accuracy: pd.DataFrame | None = None
    nearest: pd.DataFrame | None = None
    abilene_granbury_min: float | None = None
    drugs: pd.DataFrame | None = None
    grade_rank: int = 0


@dataclass(frozen=True, slots=True)
class Figure:
    """What was found for one number.

    Parameters
    ----------
    key, says
        Which number.
    figure
        What the files say, in words; empty when the files are not there.
    verdict
        The verdict after looking.
    note
        What to think of it, or what is missing.
    """

    key: str
    says: str
    figure: str
    verdict: Verdict
    note: str


_Answer = tuple[str, float | None] | None
"""Words, and the number that is held against the claimed one where there is one; None without the files."""


def judge(found: float | None, item: Circulating) -> Verdict:
    """Compare a figure with the claimed number: within 2 % replicated, within 15 % close."""
    if found is None or item.claimed is None or not np.isfinite(found):
        return item.verdict
    off = abs(found - item.claimed) / item.claimed
    return Verdict.REPLICATED if off <= _SAME else Verdict.CLOSE if off <= _NEAR else Verdict.UNSUPPORTED


def replicate(inputs: ReplicateInputs, service: Service) -> list[Figure]:
    """Run every check that the files allow, in the order of the register."""
    found = []
    for item in REGISTER:
        check = _CHECKS.get(item.key)
        answer = None if check is None else check(inputs, service)
        if answer is None:
            missing = f"not computed: needs {item.needs}. {item.why}" if item.needs else item.why
            found.append(Figure(item.key, item.says, "", item.verdict, missing))
        else:
            words, number = answer
            found.append(Figure(item.key, item.says, words, judge(number, item), item.why))
    return found


def choose(figures: list[Figure], key: str | None) -> list[Figure]:
    """Return the figure with a key, or all of them when None.

    Raises
    ------
    UnknownNameError
        If no number has that key.
    """
    if key is None:
        return figures
    chosen = [figure for figure in figures if figure.key == key]
    if not chosen:
        known = ", ".join(figure.key for figure in figures)
        raise UnknownNameError(f"there is no number {key!r}", where="KEY", expected=f"one of {known}")
    return chosen


def trend_of(inputs: ReplicateInputs) -> list[str]:
    """Return the years of the trend as lines of text, empty without an edition."""
    return [] if inputs.drugs is None else trend_lines(yearly_totals(inputs.drugs, _TREND_CODE), _TREND_CODE)


def trend_rows(inputs: ReplicateInputs) -> list[dict[str, Any]]:
    """Return the years of the trend as records for JSON, unknown numbers as None."""
    if inputs.drugs is None:
        return []
    totals = yearly_totals(inputs.drugs, _TREND_CODE)
    plain = totals.astype(object).where(totals.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def allowed_by_year(claims: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """Return the mean allowed amount of each code and year, weighted by services, in dollars of the newest year.

    Returns
    -------
    DataFrame
        ``code``, ``year``, ``services``, ``allowed_usd`` (as billed), ``allowed_constant_usd`` (null where the price
        index of a year is not known).
    """
    rows = claims[claims["code"].isin(codes) & (claims["services"] > 0) & claims["year"].gt(0)]
    rows = rows.dropna(subset=["allowed_usd"]).assign(total=rows["allowed_usd"] * rows["services"])
    sums = rows.groupby(["code", "year"], as_index=False)[["services", "total"]].sum()
    index = sums["year"].map(CPI_U)
    newest = CPI_U.get(int(sums["year"].max()), np.nan) if len(sums) else np.nan
    allowed = sums["total"] / sums["services"]
    found = sums.assign(allowed_usd=allowed, allowed_constant_usd=allowed * newest / index)
    return found[["code", "year", "services", "allowed_usd", "allowed_constant_usd"]]


def refill_interval_months(claims: pd.DataFrame, codes: tuple[str, ...]) -> pd.DataFrame:
    """Return the months between refills for each clinician, year and place: twelve times people over refills."""
    rows = claims[claims["code"].isin(codes) & (claims["services"] > 0) & (claims["beneficiaries"] > 0)]
    sums = rows.groupby(["npi", "year", "code", "place_of_service"], as_index=False)[
        ["beneficiaries", "services"]
    ].sum()
    return sums.assign(months=_MONTHS * sums["beneficiaries"] / sums["services"])


def nearest_by_point(reach: pd.DataFrame, drive_times: pd.DataFrame, demand: pd.DataFrame) -> pd.DataFrame:
    """Return ``population``, ``drive_min`` and ``dist_km`` to the nearest site for each scored demand point."""
    scored = demand.loc[demand["scored"], ["point_id", "population"]]
    first = reach.loc[(reach["basis"] == "site") & (reach["rank"] == 1), ["point_id", "site_id", "drive_min"]]
    rows = scored.merge(first, on="point_id", how="left", validate="one_to_one")
    distances = drive_times[["point_id", "site_id", "dist_km"]]
    return rows.merge(distances, on=["point_id", "site_id"], how="left")[["population", "drive_min", "dist_km"]]


def _injectors(inputs: ReplicateInputs, service: Service) -> _Answer:
    if inputs.claims is None or "spasticity" not in service.code_classes:
        return None
    people = inputs.claims[inputs.claims["entity"] == "I"]
    injectors = people[people["code"].isin(service.codes("spasticity"))].groupby("year")["npi"].nunique()
    ladder = tuple(sorted({name for grade in service.grades for name in grade.any_class}))
    managers = people[people["code"].isin(service.codes(*ladder))].groupby("year")["npi"].nunique()
    years = sorted({*injectors.index, *managers.index})
    words = "; ".join(
        f"{year or 'undated'}: {injectors.get(year, 0)} bill spasticity injections, {managers.get(year, 0)} pump codes"
        for year in years
    )
    return words or "no row with such a code", injectors.get(_INJECTION_YEAR)


def _providers(inputs: ReplicateInputs, _: Service) -> _Answer:
    return None if inputs.providers is None else (f"{inputs.providers:,} providers in the file", inputs.providers)


def _paediatric(inputs: ReplicateInputs, _: Service) -> _Answer:
    if inputs.nppes is None:
        return None
    rows = inputs.nppes[inputs.nppes["entity"] == "I"]
    rows = rows[rows["taxonomies"].fillna("").str.split("|").map(lambda codes: _PAEDIATRIC in codes)]
    off = rows["deactivated_on"].fillna("") != ""
    if inputs.deactivated is not None:
        off |= rows["npi"].isin(inputs.deactivated["npi"])
    count = int(rows.loc[~off, "npi"].nunique())
    return f"{count} active persons of {inputs.nppes['npi'].nunique():,} in the file declare it", count


def _states(inputs: ReplicateInputs, service: Service) -> _Answer:
    if inputs.sites is None:
        return None
    supply = inputs.sites[inputs.sites["supplies"] & (inputs.sites["grade_rank"] <= inputs.grade_rank)]
    count = supply.groupby("state")["npi"].nunique().reindex(list(US_STATES)).fillna(0)
    if not supply["state"].isin(US_STATES).any():
        count = supply.groupby("state")["npi"].nunique()
    grade = next(grade.name for grade in service.grades if grade.rank == inputs.grade_rank)
    few = int(((count > 0) & (count < _FEW)).sum())
    words = f"at grade {grade}: none found in {int((count == 0).sum())} of {len(count)} states, 1 to 4 found in {few}"
    return words + " (states outside the region that was run count as none)", None


def _directories(inputs: ReplicateInputs, _: Service) -> _Answer:
    if inputs.accuracy is None:
        return None
    rows = inputs.accuracy[(inputs.accuracy["state"] == "all") & inputs.accuracy["share"].notna()]
    parts = [
        f"{r['measure'].replace('_', ' ')} {r['share']:.0%} ({r['low']:.0%} to {r['high']:.0%})"
        for r in rows.to_dict("records")
    ]
    listed = int(rows["listed"].iloc[0]) if len(rows) else 0
    return f"of {listed} listed: " + ", ".join(parts), None


def _costs(inputs: ReplicateInputs, service: Service) -> _Answer:
    if inputs.claims is None:
        return None
    about_refills = [name for name in ("refill", *service.drug_classes) if name in service.code_classes]
    table = allowed_by_year(inputs.claims, service.codes(*about_refills))
    wide = table.set_index(["code", "year"])["allowed_constant_usd"].unstack()  # noqa: PD010 - every pair is there once
    if wide.shape[1] < 2:
        return None
    first = _COST_YEAR if _COST_YEAR in wide.columns else wide.columns.min()
    ratio = (wide[wide.columns.max()] / wide[first]).dropna()
    words = ", ".join(f"{code} × {value:.2f}" for code, value in ratio.items())
    largest = float(ratio.max()) if first == _COST_YEAR and len(ratio) else None
    return f"{first} to {wide.columns.max()} in constant dollars: {words}", largest


def _intervals(inputs: ReplicateInputs, service: Service) -> _Answer:
    if inputs.claims is None or "refill" not in service.code_classes:
        return None
    months = refill_interval_months(inputs.claims, service.codes("refill"))["months"]
    if months.empty:
        return None
    low, middle, high = months.quantile([0.25, 0.5, 0.75])
    return f"{len(months)} rows: median {middle:.1f} months, middle half {low:.1f} to {high:.1f}", None


def _drive(inputs: ReplicateInputs, _: Service) -> _Answer:
    minutes = inputs.abilene_granbury_min
    return None if minutes is None else (f"{minutes:.0f} minutes each way on the network", minutes)


def _longest(inputs: ReplicateInputs, _: Service) -> _Answer:
    if inputs.nearest is None or inputs.nearest.empty:
        return None
    reached = inputs.nearest["drive_min"].dropna()
    beyond = float(inputs.nearest.loc[inputs.nearest["drive_min"].isna(), "population"].sum())
    longest = float(reached.max()) if len(reached) else None
    words = "no site within the limit" if longest is None else f"longest drive {longest / 60:.1f} h"
    # "Seven hours or more" is true of any longer drive too.
    held = None if longest is None else min(longest, _SEVEN_HOURS_MIN)
    return f"{words}; {beyond:,.0f} residents have none within the limit or no road", held


def _miles(inputs: ReplicateInputs, _: Service) -> _Answer:
    if inputs.nearest is None or inputs.nearest.empty:
        return None
    miles = inputs.nearest["dist_km"].fillna(np.inf) / KM_PER_MILE
    people = inputs.nearest["population"]
    shares = [f"{float(people[miles > limit].sum() / people.sum()):.1%} beyond {limit} mi" for limit in _MILES]
    return "residents: " + ", ".join(shares), None


def _trend(inputs: ReplicateInputs, _: Service) -> _Answer:
    if inputs.drugs is None:
        return None
    totals = yearly_totals(inputs.drugs, _TREND_CODE)
    known = totals.dropna(subset=["patients"])
    words = ", ".join(f"{row['year']} {row['patients']:,.0f}" for row in known.to_dict("records"))
    return f"patients by year, all editions: {words}", change_over(totals, *_TREND_YEARS)


_CHECKS: Mapping[str, Callable[[ReplicateInputs, Service], _Answer]] = {
    "injectors-566": _injectors,
    "providers-million": _providers,
    "paediatric-250": _paediatric,
    "states-none": _states,
    "directories-40-30-20-10": _directories,
    "costs-tripled": _costs,
    "refill-interval": _intervals,
    "abilene-granbury": _drive,
    "seven-hours": _longest,
    "miles-300-200-100-10": _miles,
    TREND: _trend,
}
