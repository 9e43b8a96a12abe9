"""Golden cases: one for each rule that turns evidence into a grade, a drug and an age band.

All cases are clinicians of one registry that is built once, each with its own number.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from deserts.specialists import Registry
from deserts.tables import validate
from tests.specialists.builders import answers, claims, directory, npi, nppes, registry

PHYSIATRIST = "Physical Medicine and Rehabilitation"
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Case:
    name: str
    grade: str
    drug: str = "unknown"
    claims: Rows = field(default_factory=list)
    listing: Rows = field(default_factory=list)
    provider: Rows = field(default_factory=list)
    said: Rows = field(default_factory=list)
    medicaid: str = ""
    hospital: str = ""
    deactivated: str = ""
    band: str | None = None
    supplies: bool = True
    reason: str = ""


def bills(code: str, specialty: str, grade: str, drug: str = "unknown") -> Case:
    return Case(
        f"{code} {specialty}", grade, drug, [{"code": code, "specialty": specialty}], reason=code if grade else ""
    )


def said(name: str, grade: str, *rows: dict[str, Any], supplies: bool | None = None) -> Case:
    stands = grade != "contradicted" if supplies is None else supplies
    drug = "baclofen_proven" if grade == "verified" else "unknown"
    return Case(f"said {name}", grade, drug, [{}], said=list(rows), supplies=stands)


NON_EVIDENCE = ("99601", "99602", "S9328", "J2274", "J7799", "A4220", "E0784", "95992", "99213")
LATER = {"observed_on": "2026-05-02"}
CASES = [
    bills("J0475", "Nurse Practitioner", "bills_baclofen", "baclofen_proven"),
    bills("J0475", "Pain Management", "bills_baclofen", "baclofen_proven"),
    bills("62369", "Physician Assistant", "refills_pumps"),
    bills("62370", "Interventional Pain Management", "refills_pumps", "pain_likely"),
    bills("95990", "Anesthesiology", "refills_pumps", "pain_likely"),
    bills("95991", PHYSIATRIST, "refills_pumps"),
    bills("62367", PHYSIATRIST, "manages_pumps"),
    bills("62368", "Neurology", "manages_pumps"),
    bills("62362", "Neurosurgery", "implants"),
    bills("62350", "General Surgery", "implants"),
    bills("J0476", PHYSIATRIST, "implants", "baclofen_proven"),
    bills("64643", PHYSIATRIST, "specialty_only"),
    bills("62368", "Nurse Practitioner", ""),
    bills("62367", "Anesthesiology", ""),
    bills("64642", "Nurse Practitioner", ""),
    *(bills(code, "Nurse Practitioner", "") for code in NON_EVIDENCE),
    Case("best rung wins", "refills_pumps", claims=[{"code": "62362"}, {"code": "62370", "place_of_service": "F"},
                                                    {"code": "64643"}]),
    Case("listing", "specialty_only", listing=[{}], reason="NEUROLOGY", band="unknown"),
    Case("listing in other dress", "specialty_only", listing=[{"specialty": "  neurology (NEU) "}]),
    Case("secondary specialty", "manages_pumps", claims=[{"code": "62368", "specialty": "Internal Medicine"}],
         listing=[{"specialty": "INTERNAL MEDICINE", "secondary_specialties": "GERIATRICS|PAIN MANAGEMENT"}]),
    Case("specialty of another trade", "", listing=[{"specialty": "DERMATOLOGY"}]),
    Case("weak taxonomy", "", provider=[{"taxonomies": "207L00000X"}]),
    Case("pain taxonomy", "specialty_only", "pain_likely", provider=[{"taxonomies": "207L00000X|207LP2900X"}]),
    Case("organisation by taxonomy", "", provider=[{"entity": "O", "taxonomies": "208100000X"}]),
    Case("old bill with specialty", "specialty_only", claims=[{"year": 2019, "specialty": PHYSIATRIST}],
         reason="last billed in 2019"),
    Case("old bill without specialty", "", claims=[{"year": 2019}]),
    Case("pooled year", "refills_pumps", claims=[{"year": 2022}], reason="2022"),
    Case("undated bill", "refills_pumps", claims=[{"year": float("nan")}], reason="undated"),
    said("accepting", "verified", {}),
    said("full", "verified", {"outcome": "full"}),
    said("payer, at a visit", "verified", {"outcome": "payer", "source": "visit"}),
    said("accepting, by the maker's man", "refills_pumps", {"source": "device-rep"}),
    said("accepting, by a patient", "refills_pumps", {"source": "patient"}),
    said("accepting, of another service", "refills_pumps", {"service": "mohs"}),
    said("accepting, three years ago", "refills_pumps", {"observed_on": "2023-05-01"}),
    said("nothing", "refills_pumps", {"outcome": "no_answer"}),
    said("wrong number", "refills_pumps", {"outcome": "wrong_number"}),
    said("moved from the only site", "refills_pumps", {"outcome": "moved"}, supplies=False),
    said("retired", "contradicted", {"outcome": "retired"}),
    said("no pumps, by a patient", "contradicted", {"outcome": "no_pumps", "source": "patient"}),
    said("no pumps, long ago", "contradicted", {"outcome": "no_pumps", "observed_on": "2019-01-01"}),
    said("yes then no", "contradicted", {}, {"outcome": "no_pumps", **LATER}),
    said("no then yes", "verified", {"outcome": "no_pumps"}, LATER),
    said("no then full", "verified", {"outcome": "no_pumps"}, {"outcome": "full", **LATER}),
    said("no then yes by a patient", "refills_pumps", {"outcome": "no_pumps"}, {"source": "patient", **LATER}),
    said("no then silence", "contradicted", {"outcome": "no_pumps"}, {"outcome": "no_answer", **LATER}),
    said("yes and no at once", "contradicted", {"outcome": "no_pumps"}, {}),
    Case("no pumps but listed again", "contradicted", listing=[{}], supplies=False,
         said=[{"outcome": "no_pumps", "observed_on": "2020-01-01"}]),
    Case("known from a call only", "verified", "baclofen_proven", said=[{}], supplies=False),
    Case("verified against a no", "verified", "baclofen_proven", [{}], reason="no_pumps on 2026-01-01",
         said=[{"outcome": "no_pumps", "observed_on": "2026-01-01"}, {}]),
    Case("deactivated", "contradicted", claims=[{"year": 2023}], deactivated="2025-03-14", supplies=False,
         reason="NPI deactivated on 2025-03-14 although 62370 billed in 2023"),
    Case("deactivated, billed later", "refills_pumps", claims=[{"year": 2023}], deactivated="2021-03-14"),
    Case("deactivated, answered later", "verified", "baclofen_proven", [{"year": 2023}], deactivated="2025-03-14",
         said=[{}]),
    Case("deactivated in the registry file", "contradicted", claims=[{}], supplies=False,
         provider=[{"deactivated_on": "2026-01-01", "taxonomies": ""}]),
    Case("deactivated and otherwise unknown", "", deactivated="2025-03-14"),
    Case("medicaid", "refills_pumps", medicaid="all", band="unknown", supplies=False),
    Case("medicaid of children", "refills_pumps", medicaid="child", band="paediatric", supplies=False),
    Case("medicaid of adults", "refills_pumps", medicaid="adult", band="adult", supplies=False),
    Case("medicare", "refills_pumps", claims=[{}], band="adult"),
    Case("paediatric taxonomy", "specialty_only", provider=[{"taxonomies": "2081P0010X"}], band="paediatric"),
    Case("paediatric taxonomy and medicare", "refills_pumps", claims=[{}], provider=[{"taxonomies": "2081P0010X"}],
         band="both"),
    Case("children in the specialty's name only", "specialty_only", band="unknown",
         listing=[{"specialty": "PEDIATRIC MEDICINE AND REHABILITATION"}]),
    Case("children's hospital", "specialty_only", listing=[{}], hospital="283301", band="paediatric"),
    Case("other hospital", "specialty_only", listing=[{}], hospital="280013", band="unknown"),
    Case("said to see children", "verified", "baclofen_proven", [{}], said=[{"ages": "paediatric"}], band="paediatric"),
]  # fmt: skip
NPIS = {case.name: npi(number) for number, case in enumerate(CASES)}


def stack(part: str) -> Rows:
    return [{**row, "npi": NPIS[case.name]} for case in CASES for row in getattr(case, part)]


def medicaid() -> pd.DataFrame:
    rows = [
        {"npi": NPIS[case.name], "billing_npi": npi(900), "code": "62370", "month": f"2023-0{month}", "year": 2023,
         "beneficiaries": 11.0 + month, "claims": 12.0 + month, "paid_usd": 1.0, "age_group": case.medicaid}
        for case in CASES for month in (1, 2) if case.medicaid
    ]  # fmt: skip
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def found() -> Registry:
    pairs = {
        part: [(NPIS[c.name], getattr(c, part)) for c in CASES if getattr(c, part)]
        for part in ("deactivated", "hospital")
    }
    return registry(
        claims=claims(*stack("claims")),
        directory=directory(*stack("listing")),
        nppes=nppes(*stack("provider")),
        verifications=answers(*stack("said")),
        medicaid=medicaid(),
        deactivated=pd.DataFrame(pairs["deactivated"], columns=["npi", "deactivated_on"]),
        affiliations=pd.DataFrame(pairs["hospital"], columns=["npi", "ccn"]),
        hospitals=pd.DataFrame({"ccn": ["283301", "280013"], "type": ["Childrens", "Acute Care Hospitals"]}),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(found, case):
    rows = found.specialists[found.specialists["npi"] == NPIS[case.name]]
    if not case.grade:
        assert rows.empty
        return
    person = rows.iloc[0]
    assert (person["grade"], person["drug"]) == (case.grade, case.drug)
    assert case.reason in person["grade_reason"]
    assert bool(person["supplies"]) == case.supplies
    if case.band is not None:
        assert person["age_band"] == case.band


def test_case_names_are_told_apart():
    assert len(NPIS) == len(CASES)


def test_nobody_vanishes_in_silence(found):
    graded = next(row for row in found.flow if row.step == "graded")
    named = found.evidence["npi"].nunique()
    assert (graded.rows_in, graded.rows_out) == (named, len(found.specialists))
    ungraded = set(found.evidence["npi"]) - set(found.specialists["npi"])
    weak = {"62368 Nurse Practitioner", "62367 Anesthesiology", "64642 Nurse Practitioner", "weak taxonomy",
            "organisation by taxonomy", "old bill without specialty"}  # fmt: skip
    assert ungraded == {NPIS[name] for name in weak}


def test_non_evidence_leaves_no_trace(found):
    assert not found.evidence["code"].isin(NON_EVIDENCE).any()


def test_contradiction_is_kept_and_stops_the_probabilities(found):
    against = found.specialists[found.specialists["grade"] == "contradicted"]
    assert len(against) > 4
    assert (against[["p_active", "p_accepts_pump"]] == 0).all(axis=None)
    assert against["grade_reason"].str.len().gt(0).all()


def test_both_places_of_service_and_neutral_classes_are_kept(found):
    rows = found.evidence[found.evidence["npi"] == NPIS["best rung wins"]]
    assert set(rows["place_of_service"]) == {"F", "O"}
    assert set(rows.loc[rows["kind"] == "spasticity", "for_against"]) == {"neutral"}
    person = found.specialists.set_index("npi").loc[NPIS["best rung wins"]]
    assert person["off_ladder"] == "spasticity"


def test_medicaid_months_add_up_to_a_year(found):
    person = found.specialists.set_index("npi").loc[NPIS["medicaid"]]
    assert (person["beneficiaries"], person["services"]) == (13, 27)


def test_weight_of_evidence_halves_with_age(found):
    weight = found.specialists.set_index("npi")["evidence_weight"]
    assert weight[NPIS["pooled year"]] == pytest.approx(0.5 ** (4 / 3))
    assert weight[NPIS["medicare"]] == pytest.approx(0.5 ** (2 / 3))
    assert weight[NPIS["old bill with specialty"]] < weight[NPIS["pooled year"]]


def test_specialty_alone_has_no_chance_of_being_active(found):
    person = found.specialists.set_index("npi").loc[NPIS["listing"]]
    assert pd.isna(person["p_active"])
    assert (person["first_year"], person["last_year"]) == (0, 0)


def test_all_tables_keep_their_schemas(found):
    for name, frame in (
        ("evidence", found.evidence), ("specialists", found.specialists), ("sites", found.sites),
        ("registry_years", found.years),
    ):  # fmt: skip
        validate(name, frame)


def test_no_rows_at_all_is_a_valid_registry():
    nothing = registry(claims=claims())
    for name, frame in (
        ("evidence", nothing.evidence), ("specialists", nothing.specialists), ("sites", nothing.sites),
        ("registry_years", nothing.years),
    ):  # fmt: skip
        assert frame.empty
        validate(name, frame)


def test_no_bills_were_read_is_said():
    listed = registry(directory=directory({}))
    assert "no bills were read" in listed.specialists.iloc[0]["grade_reason"]
