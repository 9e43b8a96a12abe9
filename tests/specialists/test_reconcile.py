"""Reconciliation: hand-worked totals, bounds that hold for any overlap of patients, and the sentence that says so."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.services import load_service
from deserts.specialists.reconcile import Totals, hidden_clinicians, is_nationwide, reconcile
from deserts.specialists.reconcile_words import reconciliation_line, share_words
from deserts.specialists.trend import change_over, trend_lines, yearly_totals
from deserts.tables import validate
from tests.specialists.builders import claims, npi

ITB = load_service("itb")


def drugs(*rows: dict[str, object]) -> pd.DataFrame:
    whole = {"code": "J0475", "year": 2024, "edition": "2024", "period": "", "patients": 100.0, "claims": 300.0,
             "units": 1000.0, "dollars": 1.0, "suppressed": False, "partial": False}  # fmt: skip
    return pd.DataFrame([{**whole, **row} for row in rows])


def geography(*rows: dict[str, object]) -> pd.DataFrame:
    whole = {"level": "State", "state_fips": "23", "place": "Maine", "code": "62370", "place_of_service": "O",
             "providers": 5.0, "beneficiaries": 80.0, "services": 320.0, "year": 2024}  # fmt: skip
    return pd.DataFrame([{**whole, **row} for row in rows])


def penetration() -> pd.DataFrame:
    return pd.DataFrame({"county_fips": ["23001", "23003", "50001"], "eligible": [100.0, 300.0, 50.0],
                         "enrolled": [60.0, 160.0, np.nan]})  # fmt: skip


def table(seen: pd.DataFrame | None, *, nationwide: bool = True, **totals: pd.DataFrame) -> pd.DataFrame:
    made = reconcile(seen, Totals(**totals), service=ITB, states=("ME",), nationwide=nationwide)
    return validate("reconciliation", made)


BILLS = claims(
    {"npi": npi(1), "code": "J0475", "beneficiaries": 30.0, "services": 300.0, "state": "ME"},
    {"npi": npi(2), "code": "J0475", "beneficiaries": 20.0, "services": 200.0, "state": "ME"},  # the same door
    {"npi": npi(3), "code": "J0475", "beneficiaries": 15.0, "services": 100.0, "state": "NH", "street1": "9 ELM ST"},
    {"npi": npi(1), "code": "62370", "beneficiaries": 40.0, "services": 160.0, "state": "ME"},
    {"npi": npi(1), "code": "62370", "beneficiaries": 12.0, "services": 24.0, "state": "ME", "place_of_service": "F"},
)


def test_a_drug_total_is_national_and_holds_all_places() -> None:
    made = table(BILLS, drugs=drugs({}))
    row = made[made["total_source"] == "drug_spending"].iloc[0]
    assert (row["state"], row["place_of_service"], row["status"]) == ("US", "all", "reconciled")
    # One door may share its patients: 30 there, 15 elsewhere; at most all 65; strictly at least 30.
    assert (row["seen_patients_low"], row["seen_patients_high"], row["seen_patients_strict"]) == (45, 65, 30)
    assert (row["patients_low_share"], row["patients_high_share"], row["services_share"]) == (0.45, 0.65, 0.6)
    # Never split over states: Maine has its own row without a total.
    maine = made[(made["state"] == "ME") & (made["code"] == "J0475")]
    assert maine["status"].unique().tolist() == ["not_reconciled"]
    assert maine["patients_high_share"].isna().all()


def test_office_is_held_against_office_and_facility_against_facility() -> None:
    made = table(
        BILLS,
        geography=geography({}, {"place_of_service": "F", "beneficiaries": 48.0, "services": 96.0, "providers": 4.0}),
    )
    rows = made[made["total_source"] == "geography"].set_index("place_of_service")
    assert rows["patients_high_share"].to_dict() == {"F": 0.25, "O": 0.5}
    assert rows["hidden_services"].to_dict() == {"F": 72.0, "O": 160.0}
    assert rows["hidden_clinicians_low"].to_dict() == {"F": 3.0, "O": 4.0}
    hidden = hidden_clinicians(made, ITB)
    assert hidden.to_numpy().tolist() == [["ME", 4.0, 7.0]]


def test_a_total_with_nothing_seen_is_a_share_of_zero_and_a_seen_without_total_is_none() -> None:
    made = table(BILLS, geography=geography({"code": "62369"}))
    none_seen = made[made["code"] == "62369"].iloc[0]
    assert (none_seen["services_share"], none_seen["seen_clinicians"], none_seen["status"]) == (0.0, 0.0, "reconciled")
    no_total = made[(made["code"] == "62370") & (made["place_of_service"] == "O") & (made["state"] == "ME")].iloc[0]
    assert no_total["status"] == "not_reconciled"
    assert np.isnan(no_total["services_share"])


def test_a_total_of_zero_is_no_share_of_anything() -> None:
    made = table(BILLS, drugs=drugs({"patients": 0.0, "claims": 0.0, "units": 0.0}))
    row = made[made["total_source"] == "drug_spending"].iloc[0]
    assert row["seen_patients_high"] == 65
    assert row[["patients_low_share", "patients_high_share", "services_share"]].isna().all()


def test_two_editions_of_a_year_stay_and_quarters_are_no_year() -> None:
    made = table(
        BILLS,
        drugs=drugs({"edition": "2025", "patients": 98.0}, {}, {"year": 2025, "edition": "2025", "partial": True}),
    )
    rows = made[made["total_source"] == "drug_spending"]
    assert rows[["year", "edition", "total_patients"]].to_numpy().tolist() == [
        [2024, "2024", 100.0],
        [2024, "2025", 98.0],
    ]
    assert "of the 98 J0475 patients" in reconciliation_line(made, service=ITB, states=("ME",))


def test_suppression_is_kept_and_hospital_bills_stand_apart() -> None:
    outpatient = pd.DataFrame({"area": ["US"], "apc": ["5471"], "code": ["62362"], "patients": [np.nan],
                               "services": [8.0], "suppressed": [True], "year": [2024]})  # fmt: skip
    made = table(BILLS, drugs=drugs({"patients": np.nan, "units": np.nan, "suppressed": True}), outpatient=outpatient)
    assert made.set_index("total_source").loc["drug_spending", "status"] == "total_suppressed"
    hospital = made.set_index("total_source").loc["outpatient"]
    assert (hospital["place_of_service"], hospital["status"], hospital["total_suppressed"]) == ("H", "total_only", True)
    assert np.isnan(hospital["services_share"])
    assert "not reconciled: the total is not published" in reconciliation_line(made, service=ITB, states=("ME",))


def test_services_by_carrier_reconcile_the_state_that_the_carrier_names() -> None:
    procedures = pd.DataFrame({"code": ["62370", "62370"], "part": ["", "26"], "place_of_service": ["O", "O"],
                               "state": ["ME", "ME"], "allowed_services": [200.0, 900.0],
                               "year": [2024, 2024]})  # fmt: skip
    made = table(BILLS, procedures=procedures)
    rows = made[made["total_source"] == "psps"].set_index("state")
    assert rows["services_share"].to_dict() == {"ME": 0.8, "US": 0.8}
    assert rows["total_patients"].isna().all()
    # 40 services hidden at four a patient: one clinician with ten patients at least, ten with one at most.
    assert rows.loc["ME", ["hidden_clinicians_low", "hidden_clinicians_high"]].tolist() == [1.0, 10.0]


def test_a_claims_file_of_a_few_states_says_so() -> None:
    assert not is_nationwide(BILLS, from_publisher=False)
    assert is_nationwide(BILLS, from_publisher=True)
    made = table(BILLS, nationwide=False, drugs=drugs({}))
    assert made.set_index("total_source").loc["drug_spending", "status"] == "seen_partial"
    line = reconciliation_line(made, service=ITB, states=("ME",))
    assert "not reconciled: the claims at hand are not those of the whole nation" in line


def test_the_line_tells_what_was_not_read() -> None:
    nothing = table(None)
    assert nothing[["year", "state", "status"]].to_numpy().tolist() == [
        [0, "ME", "not_reconciled"],
        [0, "US", "not_reconciled"],
    ]
    assert "not reconciled: no total of it was read" in reconciliation_line(nothing, service=ITB, states=("ME",))
    no_claims = table(None, drugs=drugs({}))
    line = reconciliation_line(no_claims, service=ITB, states=("ME",))
    assert "not reconciled: no claims were read" in line
    assert "was not read" in line  # Medicare Advantage


def test_the_line_names_advantage_and_what_the_code_cannot_tell() -> None:
    line = reconciliation_line(table(BILLS, drugs=drugs({}), penetration=penetration()), service=ITB, states=("ME",))
    assert "we see 45 % to 65 % of the 100 J0475 patients that CMS reports for the whole nation in 2024" in line
    assert "Maine 55 %" in line  # 220 of 400
    assert "J0475 says nothing about pumps that hold pain drugs alone" in line


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(0.0, 0.0, "0 %"), (0.001, 0.001, "under 1 %"), (0.998, 1.0, "over 99 % to 100 %"), (0.4, 0.4, "40 %")],
)
def test_what_is_not_all_is_not_called_all(low: float, high: float, words: str) -> None:
    assert share_words(low, high) == words


@settings(max_examples=60, deadline=None)
@given(
    patients=st.lists(st.sets(st.integers(0, 60), min_size=11), min_size=1, max_size=6),
    doors=st.lists(st.integers(0, 2), min_size=6, max_size=6),
    others=st.integers(0, 40),
)
def test_bounds_hold_whoever_is_counted_twice(patients: list[set[int]], doors: list[int], others: int) -> None:
    """Whatever patients clinicians share, the share truly seen is at most the upper end; it is at least the strict
    lower one, and at least the lower one where nobody is counted at two doors."""
    seen = set().union(*patients)
    total = len(seen) + others
    rows = claims(
        *({"npi": npi(i), "code": "J0475", "beneficiaries": float(len(own)), "street1": f"{doors[i] + 1} MAIN ST"}
          for i, own in enumerate(patients))
    )  # fmt: skip
    row = table(rows, drugs=drugs({"patients": float(total)})).set_index("total_source").loc["drug_spending"]
    true = len(seen) / total
    assert row["seen_patients_strict"] / total <= true + 1e-12
    assert true <= row["patients_high_share"] + 1e-12
    assert 0 <= row["patients_low_share"] <= row["patients_high_share"] <= 1
    by_door = [set().union(*(own for i, own in enumerate(patients) if doors[i] == door)) for door in range(3)]
    if sum(map(len, by_door)) == len(seen):  # nobody goes to two doors
        assert row["patients_low_share"] <= true + 1e-12


def test_years_without_an_edition_are_null_and_never_filled() -> None:
    rows = drugs({"year": 2017, "edition": "2017", "patients": 9801.0}, {"year": 2019, "edition": "2023"})
    totals = yearly_totals(rows, "J0475")
    assert totals["year"].tolist() == [2017, 2018, 2019]
    assert totals["status"].tolist() == ["published", "no_edition", "published"]
    assert totals[["patients", "claims", "units", "dollars"]].iloc[1].isna().all()
    assert change_over(totals, 2017, 2018) is None
    assert change_over(totals, 2017, 2019) == pytest.approx(100 / 9801)
    assert any("not interpolated" in line for line in trend_lines(totals, "J0475"))
    assert "not 'fewer pumps'" in trend_lines(totals, "J0475")[-1]
