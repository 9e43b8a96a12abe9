"""Network adequacy after 42 CFR 422.116: on paper (any listed clinician) and for the service (grade of the run).

The rule binds Medicare Advantage plans, not any one service; here it is a benchmark that payers read at a glance.
Residents stand in for beneficiaries. Pain medicine has no CMS standard: physiatry serves, and outputs say so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.areas import weighted_mean
from deserts.access.kernels import reached_by_county, within_both
from deserts.access.pairs import PairTable, codes_of
from deserts.arrays import Bools, Floats, Ints
from deserts.earth import KM_PER_MILE
from deserts.errors import InputError
from deserts.places.adequacy import base_limits, required_share
from deserts.searches import Verdict
from deserts.sentences import say
from deserts.services import Service

__all__ = [
    "Supply",
    "adequacy_headline",
    "county_limits",
    "listed_on_paper",
    "measure_adequacy",
    "standard_note",
]


@dataclass(frozen=True, slots=True)
class Supply:
    """Sites that could count, with the drives to them.

    Parameters
    ----------
    pairs
        Drive times with kilometres; positions are the rows of the demand frame and of ``npi``.
    npi
        Clinician of each site.
    """

    pairs: PairTable
    npi: pd.Series

    def only(self, keep: Bools) -> Supply:
        """Return the supply without the drives to other sites."""
        return Supply(self.pairs.select(sites=keep), self.npi)


def county_limits(
    counties: pd.DataFrame, *, specialty: str | None, workbook: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return limits and minimum numbers of each county, in the order of ``counties``.

    Parameters
    ----------
    counties
        Columns ``county_fips, name, state, adequacy_type``.
    specialty
        The service's ``adequacy_specialty``; None when the service has no benchmark.
    workbook
        Frame of ``sources.adequacy.read_adequacy``; its county-specific values go before the base values of the
        rule, which over-flag since CMS relaxes them in places.

    Returns
    -------
    Columns ``county_fips, adequacy_type, time_min, dist_miles, required_share, required_providers, limits_basis``
    (``workbook``, ``base`` or ``none``).
    """
    from deserts.places.counties import plain_county_name, workbook_keys  # imports geopandas

    table = counties[["county_fips", "adequacy_type"]].reset_index(drop=True)
    minutes, miles = base_limits(specialty or "", table["adequacy_type"].to_numpy())
    table = table.assign(time_min=minutes, dist_miles=miles, required_providers=np.nan, limits_basis="base")
    if workbook is not None:
        own = workbook[workbook["specialty"] == specialty]
        key = own["state"] + ":" + plain_county_name(own["county_name"])
        own = own.assign(key=key.to_numpy()).drop_duplicates("key").set_index("key")
        given = own.reindex(workbook_keys(counties)).reset_index(drop=True)
        found = given["time_min"].notna() & given["dist_miles"].notna()
        for column in ("time_min", "dist_miles", "required_providers", "adequacy_type"):
            table[column] = given[column].where(found, table[column])
        table.loc[found, "limits_basis"] = "workbook"
    table.loc[table["time_min"].isna(), "limits_basis"] = "none"
    table["required_share"] = required_share(table["adequacy_type"].to_numpy())
    return table


def listed_on_paper(sites: pd.DataFrame, specialists: pd.DataFrame, *, service: Service) -> Bools:
    """Say for each site whether a directory lists its clinician under the benchmark specialty.

    On paper counts who is *listed*, evidence or none: that is what a directory filing looks like. The profile names
    the specialties (``words.on_paper_specialties``, joined by ``|``), else all specialties of the service count. Who
    offers telehealth beside visits is listed like anybody else; no telehealth credit is given.
    """
    named = service.words.get("on_paper_specialties", "")
    wanted = [name.strip().upper() for name in named.split("|")] if named else list(service.specialties)
    persons = specialists[(specialists["entity"] == "I") & specialists["specialty"].str.upper().isin(wanted)]
    return np.asarray(sites["npi"].isin(persons["npi"]), dtype=bool)


def measure_adequacy(
    demand: pd.DataFrame, limits: pd.DataFrame, *, at_grade: Supply, on_paper: Supply | None = None
) -> pd.DataFrame:
    """Return pass or fail of each county, at the run's grade and on paper.

    Parameters
    ----------
    demand
        Demand points (``county_fips, population``); positions of the supplies' pairs are its rows.
    limits
        Result of `county_limits`.
    at_grade
        Supply of the run's grade.
    on_paper
        Supply of any listed clinician of the benchmark specialty, or None when its drives were not computed.

    Returns
    -------
    Columns of ``limits`` and ``adequate_share``, ``adequate_on_paper_share`` (residents within both limits of one and
    the same clinician), ``providers``, ``providers_on_paper`` (clinicians within both limits of at least one
    resident), ``adequacy`` (``pass``, ``fail``, ``passes_on_paper_only``, ``unknown``), ``adequacy_words``.
    A county passes when its share reaches ``required_share`` and, where known, the minimum number is there.
    """
    county = codes_of(demand["county_fips"], pd.Index(limits["county_fips"]))
    people = demand["population"].to_numpy(dtype=np.float64)
    result = limits.reset_index(drop=True).copy()
    result["adequate_share"], result["providers"] = _shares(at_grade, limits, county, people)
    passes = _passes(result, "adequate_share", "providers")
    if on_paper is None:
        result["adequate_on_paper_share"], result["providers_on_paper"] = np.nan, np.nan
    else:
        shares = _shares(on_paper, limits, county, people)
        result["adequate_on_paper_share"], result["providers_on_paper"] = shares
    on_paper_passes = _passes(result, "adequate_on_paper_share", "providers_on_paper")
    known = result["adequate_share"].notna() & result["required_share"].notna()
    result["adequacy"] = np.select(
        [~known.to_numpy(), passes, on_paper_passes], ["unknown", "pass", "passes_on_paper_only"], default="fail"
    )
    result["adequacy_words"] = result["adequacy"].map(
        {
            "pass": "passes for this service",
            "fail": "fails for this service" if on_paper is None else "fails on paper and for this service",
            "passes_on_paper_only": "passes on paper, fails for this service",
            "unknown": "no standard can be applied",
        }
    )
    return result


def standard_note(service: Service) -> str:
    """Return what must stand beside every adequacy figure: whose standard it is, and what it does not prove."""
    own = service.words.get("no_standard", f"CMS sets no adequacy standard for {service.title}.")
    if not service.adequacy_specialty:
        return f"{own} No benchmark is set in the profile."
    return (
        f"{own} That of {service.adequacy_specialty} is the benchmark; residents stand in for beneficiaries. The rule "
        "binds Medicare Advantage plans and proves nothing about who does the work."
    )


def adequacy_headline(
    adequacy: pd.DataFrame, names: Mapping[str, str] | None = None, *, verdict: Verdict | None = None
) -> str:
    """Return one sentence on the counties that pass on paper and fail for the service.

    Parameters
    ----------
    adequacy
        Result of `measure_adequacy`, or county scores.
    names
        County code to name, for a sentence that names up to three of them.
    verdict
        How far the sentence was searched; None where the caller answers for it.
    """
    only_paper = adequacy.loc[adequacy["adequacy"] == "passes_on_paper_only", "county_fips"]
    judged = int((adequacy["adequacy"] != "unknown").sum())
    if not judged and (verdict is None or verdict.may_be_said):
        return "No county could be judged by the Medicare Advantage standard."
    shown = [(names or {}).get(code, code) for code in only_paper.head(3)]
    named = f" ({', '.join(shown)}{' …' if len(only_paper) > len(shown) else ''})" if shown else ""
    return say("adequacy", verdict or Verdict(), count=str(len(only_paper)), judged=str(judged), names=named)


def _shares(supply: Supply, limits: pd.DataFrame, county: Ints, people: Floats) -> tuple[Floats, Floats]:
    """Return the share of residents within both limits and the number of clinicians of each county."""
    if supply.pairs.dist_km is None:
        raise InputError("adequacy needs kilometres", expected="a pair table with dist_km")
    n_counties = len(limits)
    # NaN limits compare false everywhere, hence nobody is within: the share is then set to null below.
    minutes = np.append(limits["time_min"].to_numpy(np.float64), np.nan)[county]
    km = np.append(limits["dist_miles"].to_numpy(np.float64) * KM_PER_MILE, np.nan)[county]
    pairs = supply.pairs
    inside = within_both(pairs.indptr, pairs.drive_min, pairs.dist_km, minutes, km)
    placed = county >= 0
    share = weighted_mean(inside[placed].astype(np.float64), people[placed], county[placed], n_counties)
    clinician, names = pd.factorize(supply.npi, sort=True)
    peopled = np.where(people > 0, county, -1)
    number = reached_by_county(
        pairs.indptr, pairs.site, pairs.drive_min, pairs.dist_km, minutes, km, peopled, n_counties,
        clinician.astype(np.int64), len(names),
    )  # fmt: skip
    unknown = limits["time_min"].isna().to_numpy()
    return np.where(unknown, np.nan, share), np.where(unknown, np.nan, number)


def _passes(table: pd.DataFrame, share: str, providers: str) -> Bools:
    enough = table["required_providers"].isna() | (table[providers] >= table["required_providers"])
    return np.asarray((table[share] >= table["required_share"]) & enough, dtype=bool)
