"""Build the registry: evidence, graded clinicians, their sites, and an account of every row."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services.profile import Service
from deserts.specialists import evidence as ev
from deserts.specialists.activity import probability_active
from deserts.specialists.addresses import clean_text
from deserts.specialists.ages import age_bands
from deserts.specialists.grades import Grading, grade_clinicians
from deserts.specialists.months import months_shown, with_source
from deserts.specialists.people import identities
from deserts.specialists.settle import settle, without_helpers
from deserts.specialists.sites import build_sites
from deserts.specialists.standing import Standings
from deserts.specialists.years import comparable_bills, registry_years
from deserts.store import FlowRow
from deserts.tables.people import SPECIALISTS

__all__ = ["Registry", "RegistryInputs", "build_registry"]


@dataclass(frozen=True, slots=True)
class RegistryInputs:
    """What the registry is built from; None where a source was not read.

    Parameters
    ----------
    claims, directory, nppes, locations, deactivated, affiliations, hospitals
        Frames as the parsers of ``deserts.sources`` return them; claims of several years stacked.
    medicaid
        As ``sources.medicaid.read_medicaid`` returns; where a state's own file tells children apart, with a column
        ``age_group`` (child, adult, all).
        Its months are those of ``medicaid_months`` where it has a column ``month``.
    ties
        Rows of the table ``practice_ties``.
    systems
        Rows of the table ``system_entities``.
    verifications
        Rows of the verification log (``log.read_verifications``).
    """

    claims: pd.DataFrame | None = None
    directory: pd.DataFrame | None = None
    nppes: pd.DataFrame | None = None
    locations: pd.DataFrame | None = None
    deactivated: pd.DataFrame | None = None
    affiliations: pd.DataFrame | None = None
    hospitals: pd.DataFrame | None = None
    medicaid: pd.DataFrame | None = None
    ties: pd.DataFrame | None = None
    systems: pd.DataFrame | None = None
    verifications: pd.DataFrame | None = None


@dataclass(frozen=True, slots=True)
class Registry:
    """The registry of one region and service.

    Parameters
    ----------
    evidence, specialists, sites, years
        Tables as declared in ``deserts.tables`` (``years`` is ``registry_years``); sites have no coordinates yet.
    flow
        Rows in and out of each step.
    rejected
        Rows that could not be used: ``source``, ``row``, ``npi``, ``reason``.
    unasked_people, unasked_sites
        The tables ``specialists_unasked`` and ``sites_unasked``: all candidates as public files alone show them.
    """

    evidence: pd.DataFrame
    specialists: pd.DataFrame
    sites: pd.DataFrame
    years: pd.DataFrame
    flow: tuple[FlowRow, ...]
    rejected: pd.DataFrame
    unasked_people: pd.DataFrame
    unasked_sites: pd.DataFrame


def build_registry(inputs: RegistryInputs, *, service: Service, as_of: dt.date) -> Registry:
    """Build evidence, grades and sites from the publishers' frames, and lay the answers of the log over them.

    Parameters
    ----------
    inputs
        The frames; the order of their rows changes nothing.
    service
        The profile with codes, specialties and the ladder.
    as_of
        Refresh date of the data, never today, so that results are reproducible. Answers are weighed as of that day or
        the day of the newest answer, whichever is later.

    Returns
    -------
    Registry
        Clinicians whose evidence supports no rung stay in ``evidence`` and are counted in ``flow``.
    """
    inputs, rejected, flow = _usable(inputs)
    public, answered, more = _evidence(inputs, service, as_of)
    flow += more
    npis = pd.Index(np.unique(np.concatenate([public["npi"], answered["npi"]]).astype(str)), name="npi", dtype="str")
    entity = _entities(inputs)
    grading = grade_clinicians(public, npis, service, entity.index[entity == "O"])
    people = identities(npis, claims=inputs.claims, directory=inputs.directory, nppes=inputs.nppes)
    people = _unasked_people(people, grading, public, inputs, service, as_of)
    every_bill = ev.billed_rows(public)
    pooled = every_bill[(every_bill["for_against"] == "for") & ev.bills_in_pool(every_bill, service)]
    sites = build_sites(
        people.assign(graded_by=people["grade"].map(_classes_by_grade(service)).fillna(""))[
            ["npi", "entity", "graded_by"]
        ],
        {n: f for n in ("directory", "nppes", "locations", "claims") if (f := getattr(inputs, n)) is not None},
        pooled[["npi", "kind"]],
        ties=inputs.ties,
        systems=inputs.systems,
    )
    standings = Standings.read(inputs.verifications, service=service, as_of=_day_of_answers(inputs, as_of))
    people, sites = settle(people, sites, Standings(standings.as_of), service=service)
    settled, settled_sites = without_helpers(*settle(people, sites, standings, service=service))
    settled = _in_order(settled)
    evidence = ev.finish(pd.concat([public, answered], ignore_index=True))
    flow += _outcome_rows(evidence, settled, settled_sites)
    comparable, note = comparable_bills(public, inputs.medicaid, service)
    flow += note
    years = registry_years(comparable, inputs.claims, settled, service)
    return Registry(evidence, settled, settled_sites, years, tuple(flow), rejected, people, sites)


def _day_of_answers(inputs: RegistryInputs, as_of: dt.date) -> dt.date:
    said = inputs.verifications
    if said is None or said.empty:
        return as_of
    return max(as_of, dt.date.fromisoformat(str(said["observed_on"].max())[:10]))


def _usable(inputs: RegistryInputs) -> tuple[RegistryInputs, pd.DataFrame, list[FlowRow]]:
    """Keep the rows whose NPI can be one; list the others."""
    flow, bad, kept = [], [], {}
    if inputs.medicaid is not None and "billing_npi" in inputs.medicaid and "source" not in inputs.medicaid:
        inputs = dataclasses.replace(inputs, medicaid=with_source(inputs.medicaid))
    for field in dataclasses.fields(inputs):
        frame = getattr(inputs, field.name)
        if frame is None or field.name in ("hospitals", "systems"):
            continue
        good, rejected = ev.usable(frame, field.name)
        kept[field.name] = good.reset_index(drop=True)
        bad.append(rejected)
        flow.append(FlowRow(f"{field.name}: NPI has ten digits", len(frame), len(good), "the others are listed"))
    if "nppes" in kept and "deactivated_on" in kept["nppes"]:
        nppes = kept["nppes"]
        gone = nppes.loc[clean_text(nppes["deactivated_on"]) != "", ["npi", "deactivated_on"]]
        kept["deactivated"] = pd.concat([kept.get("deactivated", gone.iloc[:0]), gone], ignore_index=True)
    return dataclasses.replace(inputs, **kept), ev.Rejected.collect(bad).frame, flow


def _evidence(
    inputs: RegistryInputs, service: Service, as_of: dt.date
) -> tuple[pd.DataFrame, pd.DataFrame, list[FlowRow]]:
    """Gather public evidence and answers; affiliations and deactivations only of those whom something else names."""
    parts: list[pd.DataFrame] = []
    flow: list[FlowRow] = []
    if inputs.claims is not None:
        rows, flow = ev.claims_evidence(inputs.claims, service)
        parts.append(rows)
    parts.append(ev.listing_evidence(inputs.directory, inputs.nppes, service, as_of))
    parts.append(
        ev.other_evidence(affiliations=None, deactivated=None, medicaid=inputs.medicaid, service=service, as_of=as_of)
    )
    answered = ev.answer_evidence(inputs.verifications, service)
    candidates = pd.concat([*parts, answered])["npi"].unique()
    about = {
        name: None if (frame := getattr(inputs, name)) is None else frame[frame["npi"].isin(candidates)]
        for name in ("affiliations", "deactivated")
    }
    context = ev.other_evidence(**about, medicaid=None, service=service, as_of=as_of)
    public = ev.finish(pd.concat([*parts, context], ignore_index=True))
    flow.append(FlowRow("candidates", len(candidates), len(candidates), "clinicians whom code, listing or call names"))
    return public, answered, flow


def _entities(inputs: RegistryInputs) -> pd.Series:
    """Entity by NPI; an NPI that any source calls an organisation is one."""
    parts = [f[["npi", "entity"]] for f in (inputs.claims, inputs.nppes) if f is not None]
    if not parts:
        return pd.Series(dtype="str")
    rows = pd.concat(parts)
    return rows[rows["entity"].isin(["I", "O"])].groupby("npi")["entity"].max()


def _unasked_people(
    people: pd.DataFrame,
    grading: Grading,
    evidence: pd.DataFrame,
    inputs: RegistryInputs,
    service: Service,
    as_of: dt.date,
) -> pd.DataFrame:
    """Return all candidates as public files alone show them, one row an NPI in its order."""
    npis = pd.Index(people["npi"], name="npi")
    graded = grading.frame.reindex(npis)
    bands = age_bands(npis, evidence, hospitals=inputs.hospitals, medicaid=inputs.medicaid, service=service)
    frame = people.assign(age_band=bands.to_numpy(), **{c: graded[c].to_numpy() for c in graded.columns})
    frame["drug"] = _drugs(frame, evidence, service)
    spending = inputs.medicaid
    months = None
    if spending is not None and "month" in spending:
        months = months_shown(spending, service)["last_month"]
    active = probability_active(evidence, npis, years=grading.years, service=service, as_of=as_of, last_months=months)
    frame["filed_p_active"], frame["filed_p_basis"] = active["p_active"].to_numpy(), active["basis"].to_numpy()
    frame = frame.rename(columns={"grade_rank": "filed_rank", "grade_reason": "filed_reason"})
    text = ["grade", "filed_reason", "off_ladder", "drug", "filed_p_basis", "billed", "deactivated_on", "against"]
    frame = frame.astype(dict.fromkeys(text, "str") | dict.fromkeys(["filed_rank", "first_year", "last_year"], "int64"))
    return frame.sort_values("npi", ignore_index=True)


def _in_order(people: pd.DataFrame) -> pd.DataFrame:
    """Put the declared columns first and the rows in the order of their NPI."""
    declared = list(SPECIALISTS.column_names)
    further = [name for name in people.columns if name not in declared]
    return people[declared + further].sort_values("npi", ignore_index=True)


def _drugs(frame: pd.DataFrame, evidence: pd.DataFrame, service: Service) -> np.ndarray:
    """Say what the pumps hold: proven by the drug's own code, else a guess that says so."""
    if not service.drug_classes:
        return np.full(len(frame), "not_applicable", dtype=object)
    proven = frame["npi"].isin(evidence.loc[evidence["kind"].isin(service.drug_classes), "npi"])
    pain_codes = [code for code, words in service.taxonomies.items() if "pain" in words]
    taxonomy = evidence[(evidence["kind"] == "taxonomy") & evidence["code"].isin(pain_codes)]
    pain = frame["specialty"].isin(service.pain_specialties)
    pain |= ~frame["specialty"].isin(service.specialties) & frame["npi"].isin(taxonomy["npi"])
    return np.select([proven, pain], ["baclofen_proven", "pain_likely"], default="unknown")


def _classes_by_grade(service: Service) -> dict[str, str]:
    return {grade.name: ",".join(grade.any_class) for grade in service.grades}


def _outcome_rows(evidence: pd.DataFrame, people: pd.DataFrame, sites: pd.DataFrame) -> list[FlowRow]:
    named = evidence["npi"].nunique()
    located = int(people["npi"].isin(sites["npi"]).sum())
    return [
        FlowRow("graded", named, len(people), "evidence of the others is too weak or too old for any rung"),
        FlowRow(
            "supply", len(people), int(people["supplies"].sum()),
            "contradicted, left every known site, or an organisation whose individuals bill themselves",
        ),
        FlowRow("sites", len(people), len(sites), "one row a clinician and distinct address"),
        FlowRow("with an address", len(people), located, "the others are listed without a site"),
    ]  # fmt: skip
