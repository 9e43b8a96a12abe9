"""Turn publishers' frames into dated observations about clinicians: one row says who, what, when, for or against."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.services import Service
from deserts.specialists.addresses import clean_text
from deserts.specialists.said import said_rows
from deserts.specialists.standing import corrected_entries
from deserts.store import FlowRow
from deserts.tables.people import EVIDENCE

__all__ = [
    "BILL_PAYERS",
    "EVIDENCE_COLUMNS",
    "Rejected",
    "answer_evidence",
    "billed_rows",
    "bills_in_pool",
    "claims_evidence",
    "finish",
    "listing_evidence",
    "other_evidence",
    "specialty_text",
    "usable",
]

EVIDENCE_COLUMNS = list(EVIDENCE.column_names)
_NPI = r"\d{10}"
CLAIMS_KEY = ["npi", "code", "place_of_service", "year"]
"""Natural key of the claims file; the place of service belongs to it."""

BILL_PAYERS = {"claims": "medicare", "medicaid": "medicaid", "medicaid_billing": "medicaid"}
"""Source of a bill to who paid it: the newest year of one payer's file says nothing about another's."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """Rows that could not be used: source, index of the row in its frame, NPI as found, reason."""

    frame: pd.DataFrame

    @classmethod
    def collect(cls, parts: Sequence[pd.DataFrame]) -> Rejected:
        """Join the parts in a fixed order."""
        columns = ["source", "row", "npi", "reason"]
        found = [part for part in parts if not part.empty]
        frame = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns, dtype="str")
        return cls(frame[columns].sort_values(columns, kind="stable", ignore_index=True))


def usable(frame: pd.DataFrame, source: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split a frame into the rows whose NPI has ten digits, and a list of the others."""
    npi = clean_text(frame["npi"], max_length=20)
    good = npi.str.fullmatch(_NPI)
    bad = pd.DataFrame({"source": source, "row": frame.index[~good].astype(str), "npi": npi[~good].to_numpy()})
    bad["reason"] = "the NPI is not ten digits"
    return frame.assign(npi=npi).loc[good], bad


def billed_rows(evidence: pd.DataFrame) -> pd.DataFrame:
    """Return the rows that are bills: codes in claims or Medicaid, not the specialties printed on them."""
    return evidence[evidence["source"].isin(list(BILL_PAYERS)) & (evidence["kind"] != "specialty")]


def bills_in_pool(bills: pd.DataFrame, service: Service) -> pd.Series:
    """Say which bills are new enough to support a grade: of the newest ``evidence.pool_years`` years of their payer.

    Rows of 10 or fewer people (12 or fewer in Medicaid) are removed by the publisher, so that one year's absence is not
    absence. Each payer's file has its own newest year: a newer file of one must not make the other's bills old. An
    undated bill counts.
    """
    newest = bills.groupby(bills["source"].map(BILL_PAYERS))["year"].transform("max")
    pool: pd.Series = (bills["year"] > newest - int(service.number("evidence.pool_years"))) | (bills["year"] == 0)
    return pool


def specialty_text(values: pd.Series) -> pd.Series:
    """Return specialty texts in upper case without a trailing abbreviation in parentheses (`… SURGERY (MDS)`)."""
    text = clean_text(values).str.upper()
    return text.str.replace(r"\s*\([A-Z]{2,5}\)$", "", regex=True)


def claims_evidence(claims: pd.DataFrame, service: Service) -> tuple[pd.DataFrame, list[FlowRow]]:
    """Return the billed codes of the service, and the specialties on claims, as evidence.

    A class that stands on a rung speaks for the service. Other classes (spasticity injections for pumps) are kept as
    neutral: they describe the practice and prove nothing.

    Parameters
    ----------
    claims
        Usable rows as ``sources.claims.read_claims`` returns them.
    service
        The profile.
    """
    rung_classes = {name for grade in service.grades for name in grade.any_class}
    class_of = {code: name for name, codes in service.code_classes.items() for code in codes}
    kinds = claims["code"].map(class_of)
    billed = claims.loc[kinds.notna()].assign(kind=kinds[kinds.notna()].astype("str"), source="claims")
    billed = billed.assign(
        place_of_service=clean_text(billed["place_of_service"]),
        year=billed["year"].fillna(0).astype("int64"),
        for_against=np.where(billed["kind"].isin(rung_classes), "for", "neutral"),
        observed_on="",
    )
    # The same key twice is a file read twice or a damaged copy: the larger count stands, whatever the row order.
    ordered = billed.sort_values([*CLAIMS_KEY, "beneficiaries", "services"], kind="stable", na_position="first")
    unique = ordered.drop_duplicates(CLAIMS_KEY, keep="last")
    flow = [
        FlowRow("claims: codes of the service", len(claims), len(billed), "rows of other codes are not evidence"),
        FlowRow("claims: one row a key", len(billed), len(unique), "same NPI, code, place and year: larger count kept"),
    ]
    specialty = claims[["npi", "specialty", "year"]].assign(year=claims["year"].fillna(0).astype("int64"))
    return pd.concat([unique, _specialty_rows(specialty, service, "claims", "")]), flow


def listing_evidence(
    directory: pd.DataFrame | None, nppes: pd.DataFrame | None, service: Service, as_of: dt.date
) -> pd.DataFrame:
    """Return specialties of the directory and taxonomies of NPPES: who could do the service, never who does."""
    parts = []
    if directory is not None:
        # A clinician stands on many lines of the directory, and few lines name a second specialty.
        named = directory[["npi", "specialty", "secondary_specialties"]].drop_duplicates(ignore_index=True)
        more = (
            named.loc[named["secondary_specialties"].fillna("") != "", "secondary_specialties"].str.split("|").explode()
        )
        texts = pd.concat([named["specialty"], more])
        rows = pd.DataFrame({"npi": named["npi"].reindex(texts.index), "specialty": texts, "year": as_of.year})
        parts.append(_specialty_rows(rows, service, "directory", as_of.isoformat()))
    if nppes is not None:
        codes = nppes["taxonomies"].fillna("").astype("str").str.split("|").explode().str.strip()
        codes = codes[codes.isin(list(service.taxonomies))]
        rows = pd.DataFrame({"npi": nppes["npi"].reindex(codes.index), "code": codes})
        weak = rows["code"].map(service.taxonomies).str.startswith("low")
        rows["for_against"] = np.where(weak, "neutral", "for")
        parts.append(rows.assign(source="nppes", kind="taxonomy", year=as_of.year, observed_on=as_of.isoformat()))
    return pd.concat(parts) if parts else pd.DataFrame(columns=["npi"])


def _specialty_rows(rows: pd.DataFrame, service: Service, source: str, observed_on: str) -> pd.DataFrame:
    text = specialty_text(rows["specialty"])
    could, pain = text.isin(service.specialties), text.isin(service.pain_specialties)
    kept = rows.assign(code=text, for_against=np.where(could, "for", "neutral"))[could | pain]
    kept = kept[["npi", "code", "year", "for_against"]].drop_duplicates()
    return kept.assign(source=source, kind="specialty", observed_on=observed_on)


def other_evidence(
    *,
    affiliations: pd.DataFrame | None,
    deactivated: pd.DataFrame | None,
    medicaid: pd.DataFrame | None,
    service: Service,
    as_of: dt.date,
) -> pd.DataFrame:
    """Return affiliations, deactivations and Medicaid rows as evidence."""
    parts = []
    if affiliations is not None:
        rows = affiliations[["npi"]].assign(code=clean_text(affiliations["ccn"]), year=as_of.year)
        rows = rows.assign(observed_on=as_of.isoformat(), source="affiliation", kind="affiliation")
        parts.append(rows.assign(for_against="neutral").drop_duplicates())
    if deactivated is not None:
        day = clean_text(deactivated["deactivated_on"])
        rows = deactivated[["npi"]].assign(observed_on=day, year=_year_of(day), source="deactivation")
        parts.append(rows.assign(kind="deactivated", code="", for_against="against").drop_duplicates())
    if medicaid is not None:
        parts.append(_medicaid_rows(medicaid, service))
    return pd.concat(parts) if parts else pd.DataFrame(columns=["npi"])


def _year_of(day: pd.Series) -> pd.Series:
    return pd.to_numeric(day.str.slice(0, 4), errors="coerce").fillna(0).astype("int64")


def _medicaid_rows(medicaid: pd.DataFrame, service: Service) -> pd.DataFrame:
    class_of = {code: name for name, codes in service.code_classes.items() for code in codes}
    rung_classes = [name for grade in service.grades for name in grade.any_class]
    kinds = medicaid["code"].map(class_of)
    services = medicaid["services"] if "services" in medicaid else medicaid["claims"]
    source = medicaid.get("source", "medicaid")
    rows = medicaid.assign(kind=kinds, services=services, source=source)
    rows["year"] = medicaid["year"].fillna(0).astype("int64")
    # Published by month: claims add up over a year, people do not.
    years = rows[kinds.notna()].groupby(["npi", "source", "kind", "code", "year"], as_index=False)
    rows = years.agg(beneficiaries=("beneficiaries", "max"), services=("services", "sum")).assign(observed_on="")
    return rows.assign(for_against=np.where(rows["kind"].isin(rung_classes), "for", "neutral"))


def answer_evidence(verifications: pd.DataFrame | None, service: Service) -> pd.DataFrame:
    """Return the user's own calls as evidence; entries that were corrected or withdrawn are none."""
    if verifications is None:
        return pd.DataFrame(columns=["npi"])
    own = verifications[verifications["service"] == service.service_id]
    own = own[~own["entry"].isin(corrected_entries(own)) & (own["outcome"] != "withdrawn")]
    said = said_rows(own)
    sign = ["for" if s.is_positive else "against" if s.ends_all else "neutral" for s in said]
    kind = [{"for": "verified", "against": "contradicted", "neutral": "asked"}[name] for name in sign]
    rows = own[["npi"]].assign(code=own["outcome"], observed_on=own["observed_on"], year=_year_of(own["observed_on"]))
    return rows.assign(source="verification", kind=kind, for_against=sign)


def finish(evidence: pd.DataFrame) -> pd.DataFrame:
    """Give evidence its columns and a fixed order, each observation once: the order of input rows changes nothing."""
    frame = evidence.reindex(columns=EVIDENCE_COLUMNS)
    for column in ("code", "place_of_service", "observed_on"):
        frame[column] = clean_text(frame[column])
    frame["year"] = frame["year"].astype("int64")
    for column in ("beneficiaries", "services"):
        frame[column] = frame[column].astype("float64")
    text = [c for c in EVIDENCE_COLUMNS if c not in ("year", "beneficiaries", "services")]
    frame[text] = frame[text].astype("str")
    return frame.drop_duplicates().sort_values(EVIDENCE_COLUMNS, kind="stable", ignore_index=True)
