"""Dates of a whole panel: one timeline a row, faults named by column, nothing of a row repeated."""

from __future__ import annotations

import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.patients.panel import read_panel
from deserts.patients.panel_dates import DATE_COLUMNS, panel_dates
from deserts.patients.refill.fill import Fill, PumpFacts
from deserts.patients.refill.timeline import make_timeline
from deserts.patients.words import EMERGENCY_LINE, texts
from deserts.services.profile import load_service
from tests.patients.refill.people import TODAY, shifted
from tests.patients.world import ITB


def of(*rows: dict[str, str]):
    panel = pd.DataFrame(list(rows)).fillna("")
    return panel_dates(panel, service=ITB, today=TODAY)


def test_each_row_says_what_its_timeline_says():
    alarm, filled = shifted(TODAY.isoformat(), 40), shifted(TODAY.isoformat(), -40)
    added, bad = of(
        {"alarm_on": alarm},
        {"alarm_on": alarm, "filled_on": filled},
        {"run_dry": TODAY.isoformat()},
        {"alarm_on": "2029-01-01"},
        {"zip": "04401"},
        {"alarm_on": alarm, "overdose_signs": "yes"},
    )
    assert bad == [""] * 6
    import datetime as dt

    fill = Fill(dt.date.fromisoformat(filled))
    alone = make_timeline(PumpFacts(alarm_on=dt.date.fromisoformat(alarm)), service=ITB, today=TODAY)
    both = make_timeline(PumpFacts(alarm_on=dt.date.fromisoformat(alarm), fill=fill), service=ITB, today=TODAY)
    assert added["days_left"].tolist()[:2] == [alone.days_left, both.days_left] == [40, 29]
    assert added["refill_by"].tolist()[:2] == [str(alone.refill_by), str(both.refill_by)]
    assert added["first_line"].tolist()[2:] == [
        EMERGENCY_LINE, texts()["first.red"], texts()["first.unknown"], texts()["first.overdose"],
    ]  # fmt: skip
    assert added["emergency"].tolist()[2] == "the pump can be empty today"
    assert added["ask_clinic"].tolist()[3] == texts()["ask.typed_too_far"]
    assert pd.isna(added["days_left"].iloc[3])


def test_fill_and_dose_of_a_row_are_a_refill_clock():
    row = {
        "filled_on": "2026-11-01", "fill_ml": "40", "alarm_ml": "2", "drug": "Gablofen", "concentration": "2000",
        "concentration_unit": "mcg/mL", "daily_dose": "600", "dose_unit": "mcg/day",
    }  # fmt: skip
    added, bad = of(row, {**row, "daily_dose": "0.6"}, {"daily_ml": "0.3", "fill_ml": "40", "filled_on": "2026-11-01"})
    assert bad == ["", "", ""]
    assert added["earliest_empty_on"].tolist()[0] == added["earliest_empty_on"].tolist()[2] == "2027-02-25"
    assert "was mg/day meant?" in added["red"].iloc[1]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ({"alarm_on": "13/01/2026"}, "alarm_on: expected a day as 12/20/2026"),
        ({"withdrawal_signs": "maybe"}, "withdrawal_signs: expected yes or no"),
        ({"fill_ml": "many", "filled_on": "2026-11-01"}, "fill_ml: expected a number"),
        ({"drug": "baclofen", "concentration": "2000"}, "concentration_unit: must be given"),
        ({"concentration": "2000", "concentration_unit": "mcg/mL"}, "drug: must be given"),
    ],
)
def test_a_fault_names_its_column(row, why):
    added, bad = of(row)
    assert bad[0].startswith(why)
    assert pd.isna(added["first_line"].iloc[0])


def test_a_service_without_refills_adds_nothing():
    panel = pd.DataFrame({"zip": ["04401"]})
    added, bad = panel_dates(panel, service=load_service("mohs"), today=TODAY)
    assert (added.shape, bad) == ((1, 0), [""])
    assert "alarm_on" in DATE_COLUMNS


def test_a_panel_that_is_not_there_or_has_another_header_says_what_is_wrong(tmp_path):
    with pytest.raises(InputError, match="cannot be read: no such file"):
        read_panel(tmp_path / "nowhere.csv")
    (tmp_path / "p.csv").write_text("ZIP,Ann\n86905,x\n", encoding="utf-8")
    with pytest.raises(InputError) as told:
        read_panel(tmp_path / "p.csv")
    assert "run_dry" in str(told.value), "every column that a panel may have"
    assert "Ann" not in str(told.value), "the first line may be a patient's"
