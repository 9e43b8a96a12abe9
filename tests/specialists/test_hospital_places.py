"""Hospitals as places: only a payment count makes evidence, and a place never stands for a clinician."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.services import Service
from deserts.sources.publishers.hospital_owners import read_hospital_owners
from deserts.specialists.hospital_grades import GRADES, grade_prices, hospital_places, payer_state, places_of_payer
from deserts.specialists.hospital_match import HospitalIndex
from deserts.specialists.ownership import find_systems

_ROW = {
    "code": "62370", "code_type": "CPT", "other_codes": "", "modifiers": "", "setting": "outpatient",
    "billing_class": "", "payer_name": "Alpha", "plan_name": "HMO", "rate_kind": "percentage", "rate": 60.0,
    "median_amount": np.nan, "p10": np.nan, "p90": np.nan, "count_text": "", "count_low": np.nan, "count_high": np.nan,
    "gross": np.nan, "cash": np.nan, "min": np.nan, "max": np.nan, "notes": "", "pointer": "record 4", "ccn": "200001",
    "version": "3.0.0", "last_updated_on": "2026-05-01", "shared_by": 1, "source_file": "a.csv", "sha256": "0" * 64,
}  # fmt: skip


def prices(*rows: dict[str, object]) -> pd.DataFrame:
    return pd.DataFrame([{**_ROW, "pointer": f"record {n + 4}", **row} for n, row in enumerate(rows)])


def counted(text: str, low: float, high: float, **more: object) -> dict[str, object]:
    return {"count_text": text, "count_low": low, "count_high": high, **more}


@pytest.fixture
def hospitals() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "ccn": ["200001", "200002"], "name": ["One Hospital", "Two Hospital"], "address": ["1 MAIN ST", "2 ELM ST"],
            "city": "Bangor", "state": "ME", "zip": ["04401", "04402"], "phone": "2075550100",
            "type": "Acute Care Hospitals", "emergency": [True, False], "lon": [-68.8, -68.7], "lat": [44.8, 44.7],
            "precision": "zip",
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "grade"),
    [
        (counted("34", 34, 34), "P3"), (counted("11", 11, 11, setting="both"), "P3"),
        (counted("1 through 10", 1, 10), "P2"), (counted("10", 10, 10), "P2"), (counted("0", 0, 0), "N"),
        ({"rate_kind": "dollar", "rate": 610.0}, "P1"), ({"rate_kind": "dollar", "count_text": "some"}, "P1"),
        ({"payer_name": "", "plan_name": "", "rate_kind": "none"}, "P0"),
        (counted("34", 34, 34, setting="inpatient"), "P1"), (counted("34", 34, 34, setting=""), "P1"),
    ],
)  # fmt: skip
def test_the_ladder_of_hospital_evidence(itb: Service, row: dict[str, object], grade: str) -> None:
    found = grade_prices(prices(row), itb)
    assert found["grade"].tolist() == [grade]


def test_settings_that_overlap_are_never_added(itb: Service) -> None:
    rows = [counted("20", 20, 20), counted("25", 25, 25, setting="both"), counted("12", 12, 12, modifiers="TC"),
            counted("1 through 10", 1, 10, modifiers="26")]  # fmt: skip
    (row,) = grade_prices(prices(*rows), itb).to_dict("records")
    assert row["payments_low"] == 25  # the largest row alone
    assert row["payments_high"] == 42  # outpatient: 20 + 12 + 10; both: 25


def test_places_say_who_paid_who_did_not_and_what_the_pumps_hold(itb: Service, hospitals: pd.DataFrame) -> None:
    evidence = grade_prices(
        prices(
            counted("34", 34, 34), counted("0", 0, 0, payer_name="Beta"),
            counted("1 through 10", 1, 10, code="J0475", payer_name="Gamma"),
            {"ccn": "200002", "rate_kind": "dollar", "rate": 5.0},
        ),
        itb,
    )  # fmt: skip
    one, two = hospital_places(evidence, hospitals, itb).to_dict("records")
    assert (one["grade"], one["supplies"], one["drug"]) == ("P3", True, "baclofen_proven")
    assert (one["payers"], one["payers_without"], one["codes"]) == ("Alpha; Gamma", "Beta", "62370; J0475")
    assert (one["payments_low"], one["payments_high"]) == (34, 34)  # codes of one visit are not added
    assert (two["grade"], two["supplies"], two["drug"], two["payers"]) == ("P1", False, "unknown", "")
    assert places_of_payer(evidence, "alpha") == {"200001"}
    assert payer_state("BETA", paid=one["payers"], without=one["payers_without"]) == "no"
    assert payer_state("Delta", paid=one["payers"], without=one["payers_without"]) == "ask"


def test_a_file_shared_by_several_hospitals_makes_none_of_them_a_place(itb: Service, hospitals: pd.DataFrame) -> None:
    both = [counted("34", 34, 34, ccn=ccn, shared_by=2) for ccn in ("200001", "200002")]
    places = hospital_places(grade_prices(prices(*both), itb), hospitals, itb)
    assert places["grade"].tolist() == ["P3", "P3"]
    assert not places["supplies"].any()


def test_surgery_or_a_device_alone_is_no_refill(itb: Service, hospitals: pd.DataFrame) -> None:
    rows = [counted("34", 34, 34, code="62362"), counted("34", 34, 34, code="C1772")]
    places = hospital_places(grade_prices(prices(*rows), itb), hospitals, itb)
    assert not places["supplies"].any()


_ANY_PRICE = st.fixed_dictionaries(
    {
        "ccn": st.sampled_from(["200001", "200002"]),
        "code": st.sampled_from(["62370", "62369", "J0475", "62362", "C1772"]),
        "setting": st.sampled_from(["outpatient", "inpatient", "both", ""]),
        "payer_name": st.sampled_from(["", "Alpha", "Beta"]),
        "rate_kind": st.sampled_from(["dollar", "percentage", "algorithm", "none"]),
        "rate": st.floats(0, 1e6),
        "gross": st.floats(0, 1e6),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(_ANY_PRICE, min_size=1, max_size=12), st.sampled_from(["", "0", "n/a"]))
def test_no_price_without_a_count_ever_makes_a_place(itb: Service, rows: list[dict[str, object]], text: str) -> None:
    known = 0.0 if text == "0" else np.nan
    evidence = grade_prices(prices(*[{**row, **counted(text, known, known)} for row in rows]), itb)
    hospitals = pd.DataFrame({"ccn": ["200001", "200002"], "name": "X", "address": "1 MAIN ST", "city": "B",
                              "state": "ME", "zip": "04401", "phone": "", "type": "A", "emergency": True, "lon": -68.8,
                              "lat": 44.8, "precision": "zip"})  # fmt: skip
    assert not evidence["grade"].map({name: grade.shows for name, grade in GRADES.items()}).any()
    assert not hospital_places(evidence, hospitals, itb)["supplies"].any()


def test_which_hospital_a_file_is_about(hospitals: pd.DataFrame) -> None:
    index = HospitalIndex(hospitals, {"1234567893": ("200002",)})
    nothing = {"listed": (), "npis": (), "addresses": (), "names": (), "state": "ME"}
    assert index.match(**{**nothing, "listed": ("200001",), "npis": ("1234567893",)}).basis == "table"
    assert index.match(**{**nothing, "npis": ("1234567893",)}).ccns == ("200002",)
    assert index.match(**{**nothing, "addresses": ("1 Main Street, Bangor, ME 04401-1234",)}).ccns == ("200001",)
    assert index.match(**{**nothing, "names": ("TWO HOSPITAL",)}).basis == "name"
    assert index.match(**{**nothing, "names": ("TWO HOSPITAL",), "state": "NH"}).ccns == ()
    assert index.match(**{**nothing, "listed": ("999999",)}).basis == "nothing"


@pytest.mark.shared
def test_systems_of_five_states(shared: Path) -> None:
    path = shared / "evidence_samples/github.com/FHIR-IQ/AINPI/hospital_ownership_crosswalk_ME_NE_NH_NM_VT.csv"
    systems = find_systems(read_hospital_owners(path).frame)
    sizes = systems.hospitals.groupby("system_name")["ccn"].nunique()
    assert sizes["MAINEHEALTH SERVICES"] == 14
    assert sizes["EASTERN MAINE HEALTHCARE SERVICES"] == 10


def owners(*rows: dict[str, object]) -> pd.DataFrame:
    row = {
        "enrolment_id": "", "ccn": "", "pac_id": "", "owner": "", "owner_pac_id": "",
        "role": "5% OR GREATER DIRECT OWNERSHIP INTEREST", "percentage": 100.0, "is_investor": False, "is_fund": False,
        "is_trust": False, "is_bank": False, "is_chain": False,
    }  # fmt: skip
    return pd.DataFrame([{**row, **some} for some in rows])


def test_half_or_more_makes_a_system_and_an_investor_none() -> None:
    table = owners(
        {"ccn": "1", "owner": "HEALTH", "owner_pac_id": "10"},
        {"ccn": "2", "owner": "HEALTH", "owner_pac_id": "10", "role": "OPERATIONAL/MANAGERIAL CONTROL",
         "percentage": np.nan},
        {"ccn": "3", "owner": "HEALTH", "owner_pac_id": "10", "percentage": 49.9},
        {"ccn": "1", "owner": "FUND", "owner_pac_id": "20", "is_fund": True},
        {"ccn": "4", "owner": "FUND", "owner_pac_id": "20", "is_fund": True},
        {"ccn": "5", "owner": "LENDER", "owner_pac_id": "30", "role": "5% OR GREATER SECURITY INTEREST"},
    )  # fmt: skip
    found = find_systems(table).hospitals.groupby("system_id")["ccn"].agg(list).to_dict()
    assert found == {"E10": ["1", "2"]}


def test_a_chain_office_and_a_shared_legal_entity_tie_hospitals() -> None:
    table = owners(
        {"ccn": "1", "pac_id": "77", "owner": "CHAIN", "owner_pac_id": "10", "is_chain": True, "percentage": 5.0},
        {"ccn": "2", "owner": "CHAIN", "owner_pac_id": "10", "is_chain": True, "percentage": 5.0},
        {"ccn": "3", "pac_id": "77", "owner": "SOMEONE", "owner_pac_id": "40", "percentage": 5.0},
    )
    systems = find_systems(table)
    assert sorted(systems.hospitals["ccn"]) == ["1", "2", "3"]
    assert len(set(systems.hospitals["system_id"])) == 1
    assert systems.of_entity["77"] == systems.of_entity["10"]
