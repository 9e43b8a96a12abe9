"""Build the registry: evidence, graded clinicians, their sites, and an account of every row."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services.profile import CONTRADICTED, VERIFIED, Service
from deserts.specialists import evidence as ev
from deserts.specialists.acceptance import probability_accepts
from deserts.specialists.activity import probability_active
from deserts.specialists.addresses import clean_text
from deserts.specialists.ages import age_bands
from deserts.specialists.grades import Grading, grade_clinicians
from deserts.specialists.outcomes import OUTCOMES
from deserts.specialists.people import identities
from deserts.specialists.sites import build_sites
from deserts.specialists.standing import clinician_standing
from deserts.specialists.years import registry_years
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
    """

    evidence: pd.DataFrame
    specialists: pd.DataFrame
    sites: pd.DataFrame
    years: pd.DataFrame
    flow: tuple[FlowRow, ...]
    rejected: pd.DataFrame


def build_registry(inputs: RegistryInputs, *, service: Service, as_of: dt.date) -> Registry:
    """Build evidence, grades and sites from the publishers' frames.

    Parameters
    ----------
    inputs
        The frames; the order of their rows changes nothing.
    service
        The profile with codes, specialties and the ladder.
    as_of
        Refresh date of the data, never today, so that results are reproducible.

    Returns
    -------
    Registry
        Clinicians whose evidence supports no rung stay in ``evidence`` and are counted in ``flow``.
    """
    inputs, rejected, flow = _usable(inputs)
    evidence, more = _evidence(inputs, service, as_of)
    flow += more
    standing = clinician_standing(inputs.verifications, service, as_of)
    entity = _entities(inputs)
    grading = grade_clinicians(evidence, standing, service, as_of, entity.index[entity == "O"])
    people = identities(grading.frame.index, claims=inputs.claims, directory=inputs.directory, nppes=inputs.nppes)
    people = _specialists(people, grading, evidence, standing, inputs, service, as_of)
    every_bill = ev.billed_rows(evidence)
    pooled = every_bill[every_bill["for_against"] == "for"]
    pooled = pooled[(pooled["year"] >= grading.years[0]) | (pooled["year"] == 0)]
    sites = build_sites(
        people.assign(graded_by=people["grade"].map(_classes_by_grade(service)))[
            ["npi", "entity", "grade", "grade_rank", "supplies", "graded_by"]
        ],
        {n: f for n in ("directory", "nppes", "locations", "claims") if (f := getattr(inputs, n)) is not None},
        _site_answers(inputs.verifications, service),
        pooled[["npi", "kind"]],
    )
    supplying = sites.loc[sites["supplies"], "npi"]
    people["supplies"] &= people["npi"].isin(supplying)
    people["state"] = _main_state(people["npi"], sites)
    declared = list(SPECIALISTS.column_names)
    people = people[declared + [c for c in people.columns if c not in declared]].sort_values("npi", ignore_index=True)
    flow += _outcome_rows(evidence, people, sites)
    years = registry_years(evidence, inputs.claims, people, service)
    return Registry(evidence, people, sites, years, tuple(flow), rejected)


def _usable(inputs: RegistryInputs) -> tuple[RegistryInputs, pd.DataFrame, list[FlowRow]]:
    """Keep the rows whose NPI can be one; list the others."""
    flow, bad, kept = [], [], {}
    for field in dataclasses.fields(inputs):
        frame = getattr(inputs, field.name)
        if frame is None or field.name == "hospitals":
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


def _evidence(inputs: RegistryInputs, service: Service, as_of: dt.date) -> tuple[pd.DataFrame, list[FlowRow]]:
    """Gather evidence; affiliations and deactivations only of clinicians whom something else names."""
    parts: list[pd.DataFrame] = []
    flow: list[FlowRow] = []
    if inputs.claims is not None:
        rows, flow = ev.claims_evidence(inputs.claims, service)
        parts.append(rows)
    parts.append(ev.listing_evidence(inputs.directory, inputs.nppes, service, as_of))
    direct = ev.other_evidence(
        affiliations=None, deactivated=None, medicaid=inputs.medicaid, verifications=inputs.verifications,
        service=service, as_of=as_of,
    )  # fmt: skip
    candidates = pd.concat([*parts, direct])["npi"].unique()
    about = {
        name: None if (frame := getattr(inputs, name)) is None else frame[frame["npi"].isin(candidates)]
        for name in ("affiliations", "deactivated")
    }
    context = ev.other_evidence(**about, medicaid=None, verifications=None, service=service, as_of=as_of)
    evidence = ev.finish(pd.concat([*parts, direct, context], ignore_index=True))
    flow.append(FlowRow("candidates", len(candidates), len(candidates), "clinicians whom code, listing or call names"))
    return evidence, flow


def _entities(inputs: RegistryInputs) -> pd.Series:
    """Entity by NPI; an NPI that any source calls an organisation is one."""
    parts = [f[["npi", "entity"]] for f in (inputs.claims, inputs.nppes) if f is not None]
    if not parts:
        return pd.Series(dtype="str")
    rows = pd.concat(parts)
    return rows[rows["entity"].isin(["I", "O"])].groupby("npi")["entity"].max()


def _specialists(
    people: pd.DataFrame,
    grading: Grading,
    evidence: pd.DataFrame,
    standing: pd.DataFrame,
    inputs: RegistryInputs,
    service: Service,
    as_of: dt.date,
) -> pd.DataFrame:
    npis = pd.Index(people["npi"], name="npi")
    graded = grading.frame.reindex(npis)
    answers = standing.reindex(npis).fillna("")
    bands = age_bands(
        npis,
        evidence,
        hospitals=inputs.hospitals,
        medicaid=inputs.medicaid,
        said_ages=standing["said_ages"],
        service=service,
    )
    frame = people.assign(
        age_band=bands.to_numpy(),
        **{c: graded[c].to_numpy() for c in graded.columns},
        **{c: answers[c].to_numpy() for c in ("last_outcome", "outcome_on", "review_on", "verified_on")},
    )
    frame["drug"] = _drugs(frame, evidence, service)
    frame["supplies"] = frame["grade"] != CONTRADICTED
    active = probability_active(evidence, npis, standing=standing, years=grading.years, service=service, as_of=as_of)
    accepts = probability_accepts(npis, inputs.verifications, service=service, as_of=as_of)
    blocked = (frame["grade"] == CONTRADICTED).to_numpy()
    frame["p_active"] = np.where(blocked, 0.0, active["p_active"])
    frame["p_active_basis"] = np.where(blocked, "contradicted", active["basis"])
    frame["p_accepts_pump"] = np.where(blocked, 0.0, accepts["p_accepts_pump"])
    frame["p_accepts_basis"] = np.where(blocked, "contradicted", accepts["basis"])
    text = ["grade", "grade_reason", "off_ladder", "drug", "p_active_basis", "p_accepts_basis"]
    return frame.astype(dict.fromkeys(text, "str") | dict.fromkeys(["grade_rank", "first_year", "last_year"], "int64"))


def _drugs(frame: pd.DataFrame, evidence: pd.DataFrame, service: Service) -> np.ndarray:
    """Say what the pumps hold: proven by the drug's own code or by the clinic's answer, else a guess that says so."""
    if not service.drug_classes:
        return np.full(len(frame), "not_applicable", dtype=object)
    proven = frame["npi"].isin(evidence.loc[evidence["kind"].isin(service.drug_classes), "npi"])
    proven |= frame["grade"] == VERIFIED
    pain_codes = [code for code, words in service.taxonomies.items() if "pain" in words]
    taxonomy = evidence[(evidence["kind"] == "taxonomy") & evidence["code"].isin(pain_codes)]
    pain = frame["specialty"].isin(service.pain_specialties)
    pain |= ~frame["specialty"].isin(service.specialties) & frame["npi"].isin(taxonomy["npi"])
    return np.select([proven, pain], ["baclofen_proven", "pain_likely"], default="unknown")


def _classes_by_grade(service: Service) -> dict[str, str]:
    return {grade.name: ",".join(grade.any_class) for grade in service.grades}


def _site_answers(verifications: pd.DataFrame | None, service: Service) -> pd.DataFrame:
    """Answers that touch one site, unless a newer positive about the same site lifts them."""
    columns = ["npi", "site_id", "outcome", "observed_on"]
    if verifications is None:
        return pd.DataFrame(columns=columns, dtype="str")
    of_site = [name for name, outcome in OUTCOMES.items() if outcome.of_site]
    rows = verifications[verifications["service"] == service.service_id]
    rows = rows.sort_values(["npi", "site_id", "observed_on", "recorded_at", "outcome"])
    rows = rows[rows["outcome"] != "no_answer"]
    last = rows.groupby(["npi", "site_id"], as_index=False).last()
    return last.loc[last["outcome"].isin(of_site), columns]


def _main_state(npis: pd.Series, sites: pd.DataFrame) -> np.ndarray:
    """State with the largest share of a clinician's supply; the first by name among equals."""
    totals = sites.groupby(["npi", "state"])["share"].sum().reset_index()
    best = totals.sort_values(["npi", "share", "state"], ascending=[True, False, True]).drop_duplicates("npi")
    return best.set_index("npi")["state"].reindex(npis).astype("object").fillna("").to_numpy(dtype=object)


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
