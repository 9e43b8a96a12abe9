"""May this run be published? One check a line, each with what was found, the least that is asked for, and the reason.

A failed check of sources, county totals or coverage cannot be overridden: what it guards is not there. Another failed
check can, and then headline and classes go. A warning is said on every output.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.coverage import measure_coverage, told
from deserts.provenance import Provenance
from deserts.searches import evidence_sources
from deserts.services import Service
from deserts.store import Store

__all__ = ["FAIL", "PASS", "WARN", "Check", "audit_run", "audit_table"]

PASS, WARN, FAIL = "pass", "warn", "fail"

_STREET = ("rooftop", "range", "given")


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a run.

    Parameters
    ----------
    name, title
        Short name, and what is checked, for people.
    outcome
        ``pass``, ``warn`` (said on every output) or ``fail``.
    found
        What was found, in words.
    asked
        What is asked for, in words.
    why
        The reason for that.
    may_be_forced
        Whether a failure may be overridden; headline and classes then go.
    """

    name: str
    title: str
    outcome: str
    found: str
    asked: str
    why: str
    may_be_forced: bool = False


@dataclass(frozen=True, slots=True)
class _Audited:
    """The tables of a run that its checks look at."""

    service: Service
    grade: str
    provenance: Provenance
    scores: pd.DataFrame
    totals: pd.DataFrame
    demand: pd.DataFrame
    reach: pd.DataFrame
    sites: pd.DataFrame
    point_snaps: pd.DataFrame
    site_snaps: pd.DataFrame

    def least(self, key: str) -> tuple[float, str]:
        """Return a threshold of the profile and its reason."""
        number = self.service.number(f"audit.{key}")
        return number, self.service.numbers[f"audit.{key}"].why


def audit_run(store: Store, *, service: Service) -> tuple[Check, ...]:
    """Check a finished run.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    """
    sites = store.read("sites")
    run = _Audited(
        service=service,
        grade=store.grade,
        provenance=store.provenance(),
        scores=store.read("county_scores"),
        totals=store.read("county_totals"),
        demand=store.read("demand"),
        reach=store.read("reach"),
        sites=sites[sites["supplies"] & (sites["grade_rank"] <= service.rank(store.grade))].reset_index(drop=True),
        point_snaps=store.read("point_snaps"),
        site_snaps=store.read("site_snaps"),
    )
    return tuple(check for make in _CHECKS for check in make(run))


def audit_table(checks: Sequence[Check]) -> pd.DataFrame:
    """Return the checks as a table, one row each: the fields of `Check`."""
    return pd.DataFrame([dataclasses.asdict(check) for check in checks])


def _sources(run: _Audited) -> Iterator[Check]:
    verdict = run.provenance.verdict("share_beyond", service=run.service, grade=run.grade)
    title, asked = "Sources without which there is no answer", "read in every state of the region"
    why = "Where nobody looked there is no finding: a source that was not read is not a source that shows nothing."
    if verdict.may_be_said:
        yield Check("required_sources", title, PASS, "all were read", asked, why)
    else:
        yield Check("required_sources", title, FAIL, verdict.words(), asked, why)
    missing = "; ".join(verdict.missing_optional)
    yield Check(
        "further_sources", "Sources that may change the answer either way",
        WARN if missing else PASS, missing or "all were read", "read, or named on every output",
        "An address, a year or a deactivation that was not read moves clinicians, in either direction.",
        may_be_forced=True,
    )  # fmt: skip


def _edge(run: _Audited) -> Iterator[Check]:
    if not run.provenance.verdict("share_beyond", service=run.service, grade=run.grade).may_be_said:
        return  # where nobody looked at all, there is no inside to have a border
    most, why = run.least("edge_share")
    share = _mean(run.scores["edge_share"], run.scores["population"])
    missing = ", ".join(run.provenance.missing_states)
    found = f"{_percent(share)} of residents might have a nearer clinician in a state that was not read"
    yield Check(
        "edge", "The border of what was read", FAIL if share > most else PASS,
        f"{found}: {missing}" if missing else "every state within the time limit was read",
        f"at most {_percent(most)} of residents", why, may_be_forced=True,
    )  # fmt: skip


def _people(run: _Audited) -> Iterator[Check]:
    most, why = run.least("county_total_tolerance")
    known = run.totals[run.totals["population_census"] > 0]
    off = known["difference_share"].abs()
    wrong = known[off > most]
    title, asked = "Residents of each county against the census", f"within {_percent(most)} in every county"
    if known.empty:
        yield Check("county_totals", title, FAIL, "no census totals were read", asked, why)
    else:
        named = ", ".join(
            f"{fips} {share:+.0%}" for fips, share in wrong.set_index("county_fips")["difference_share"].head(5).items()
        )
        found = f"{len(wrong)} of {len(known)} counties are off ({named}{' …' if len(wrong) > 5 else ''})"
        fine = f"all {len(known)} counties; the largest difference is {off.max():.1%}"
        yield Check("county_totals", title, FAIL if len(wrong) else PASS, found if len(wrong) else fine, asked, why)
    least, why = run.least("own_county_share")
    people = run.totals["population_points"].sum()
    inside = 1.0 - run.totals["population_outside"].sum() / people if people else 0.0
    yield Check(
        "own_county", "Demand points in their own county", PASS if inside >= least else FAIL,
        f"{_percent(inside)} of residents", f"at least {_percent(least)}", why, may_be_forced=True,
    )  # fmt: skip
    coarse = run.totals["population_at_centre"].sum() / people if people else 1.0
    most, why = run.least("one_centre_share")
    yield Check(
        "demand_points", "Residents who stand at the one centre of their county",
        PASS if coarse <= most else FAIL, f"{_percent(coarse)} of residents", f"at most {_percent(most)}", why,
        may_be_forced=True,
    )  # fmt: skip


def _coverage(run: _Audited) -> Iterator[Check]:
    coverage = measure_coverage(
        run.provenance, service=run.service, demand=run.demand, point_snaps=run.point_snaps, sites=run.sites,
        site_snaps=run.site_snaps,
    )  # fmt: skip
    own = {state: why for state, why in coverage.weak_states.items() if state in set(run.scores["state"]) | {""}}
    found = "; ".join(f"{state or 'everywhere'}: {why}" for state, why in sorted(own.items()))
    keys = ("points_snapped_share", "sites_placed_share", "sites_snapped_share", "claims_used_share")
    asked = ", ".join(f"{key.removesuffix('_share').replace('_', ' ')} {run.least(key)[0]:.0%}" for key in keys)
    yield Check(
        "coverage", "What was read could be used", FAIL if own else PASS,
        found or "points and sites near roads, sites placed, claims rows readable, in every state", f"at least {asked}",
        "A point without a road or a clinic without a place reads as a desert, and is a fault of the input.",
    )  # fmt: skip
    gone = run.scores[~told(run.scores)]
    share = gone["population"].sum() / max(run.scores["population"].sum(), 1.0)
    yield Check(
        "not_assessed", "Counties that are not assessed", WARN if len(gone) else PASS,
        f"{len(gone)} of {len(run.scores)}, with {_percent(share)} of residents", "named and hatched",
        "Their points stand for somebody else, or what they need was not read.", may_be_forced=True,
    )  # fmt: skip


def _places(run: _Audited) -> Iterator[Check]:
    least, why = run.least("street_share")
    share = run.sites["share"].to_numpy(np.float64)
    by_kind = pd.Series(share).groupby(run.sites["precision"].to_numpy()).sum()
    at_street = float(by_kind.reindex(list(_STREET)).sum() / by_kind.sum()) if by_kind.sum() > 0 else float("nan")
    kinds = ", ".join(f"{name} {value / by_kind.sum():.0%}" for name, value in by_kind.items() if value > 0)
    if not by_kind.sum():
        yield Check("street_precision", "Sites at their street address", PASS, "no site", "named", why)
        return
    yield Check(
        "street_precision", "Sites at their street address", PASS if at_street >= least else WARN,
        f"{_percent(at_street)} ({kinds})", f"at least {_percent(least)}, or said on every output", why,
        may_be_forced=True,
    )  # fmt: skip


def _age(run: _Audited) -> Iterator[Check]:
    if "claims" not in evidence_sources(run.service, run.grade):
        return
    if not any(read.source == "claims" and read.states for read in run.provenance.sources):
        return  # claims that were not read have no age; that they are missing is a check of its own
    most, why = run.least("claims_age_years")
    newest = max(run.provenance.claims_years, default=None)
    day = dt.date.fromisoformat(run.provenance.as_of or "1970-01-01")
    age = None if newest is None else day.year - newest
    found = "no year of claims is known" if age is None else f"claims of {newest}, {age} years before {day.year}"
    yield Check(
        "claims_age", "Age of the claims", PASS if age is not None and age < most else FAIL, found,
        f"less than {most:g} years", why, may_be_forced=True,
    )  # fmt: skip


def _ties(run: _Audited) -> Iterator[Check]:
    nearest = run.reach[(run.reach["basis"] == "practice") & run.reach["rank"].isin([1, 2])]
    minutes = nearest.pivot_table(index="point_id", columns="rank", values="drive_min")
    tied = minutes.index[minutes[1] == minutes[2]] if {1, 2} <= set(minutes.columns) else minutes.index[:0]
    demand = run.demand[run.demand["scored"]]
    people = demand.loc[demand["point_id"].isin(tied), "population"].sum() / max(demand["population"].sum(), 1.0)
    yield Check(
        "ties", "Residents with two practices exactly as near", WARN if people > 0 else PASS,
        f"{_percent(float(people))} of residents", "shared between the practices in every figure that names one",
        "Practices at one ZIP's centre are equally near to everybody: no alphabet decides whose patients they are.",
        may_be_forced=True,
    )  # fmt: skip


_CHECKS = (_sources, _edge, _people, _coverage, _places, _age, _ties)


def _mean(values: pd.Series, people: pd.Series) -> float:
    known = values.notna() & (people > 0)
    return float(np.average(values[known], weights=people[known])) if known.any() else 0.0


def _percent(share: float) -> str:
    return f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"
