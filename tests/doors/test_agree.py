"""The same patient gets the same days, the same first line, the same plan and the same order at every door."""

from __future__ import annotations

import datetime as dt

import pytest

from tests.doors.harness import Patient, dates_of, order_of, random_patients

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("count", [120, pytest.param(2000, marks=pytest.mark.slow)])
def test_every_door_gives_the_same_days_first_line_and_order(doors, zip_codes, count):
    listed = doors.data.sites[doors.data.listed]
    patients = random_patients(
        zip_codes, count, seed=count, practices=sorted(set(listed["practice_id"])), npis=sorted(set(listed["npi"]))
    )
    by_command, by_api = doors.command(patients), doors.api(patients)
    by_panel, by_finder = doors.panel(patients), doors.finder(patients)
    for patient, command, api, panel, finder in zip(patients, by_command, by_api, by_panel, by_finder, strict=True):
        assert api == command, patient
        assert finder["timeline"] == command["timeline"], patient
        assert finder["plan"] == command["plan"], patient
        assert panel["dates"] == dates_of(command), patient
        if not patient.primary:
            assert finder["tiers"] == command["tiers"], patient
            assert finder["said_no"] == command["said_no"], patient
        if patient.primary:
            assert {name: panel[name] for name in order_of(command)} == order_of(command), patient
        elif not patient.lost and panel["primary"]:
            assert panel["primary"] == next(npi for npi, _, status in command["all"] if status == "ok"), patient
    red = sum(answer["timeline"]["is_red"] for answer in by_command)
    unknown = sum(not answer["timeline"]["is_known"] for answer in by_command)
    folded = sum(bool(answer["said_no_in_all"]) for answer in by_command)
    assert red > count / 20
    assert unknown > count / 100
    assert folded > count / 2
    assert sum(bool(p.lost) for p in patients) > count / 4
    assert sum(bool(p.primary) for p in patients) > count / 4


def test_no_sentence_names_a_past_day_as_one_to_keep(doors, zip_codes):
    """Days that have passed are said to have; none stands behind "refill by", "by" or "at the latest"."""
    import re

    today = doors.today.isoformat()
    for patient in random_patients(zip_codes, 60, seed=7):
        text = doors.text(patient)
        before = r"(?:[Rr]efill by|\bby|at the latest|[Ll]ast safe day:|safe day by the print-out:)"
        kept = re.findall(before + r" (?:\w+day )?(\d{4}-\d\d-\d\d)", text)
        assert all(day >= today for day in kept), (patient, kept)
        table = [line for line in text.splitlines() if line.startswith(("refill by", "low reservoir", "empty"))]
        for line in table:
            for day, passed in re.findall(r"(\d{4}-\d\d-\d\d)( \(passed\))?", line):
                assert (day < today) == bool(passed), (patient, line)


def test_the_last_days_leave_the_same_names(doors, zip_codes):
    """With a day or two left most clinics are too far, and what stands beyond the limit may be all that is left."""
    practices = sorted(set(doors.data.sites.loc[doors.data.listed, "practice_id"]))
    patients = [
        Patient(
            zip_code,
            form={"alarm_on": (doors.today + dt.timedelta(days=1 + place % 3)).isoformat()},
            lost=practices[place % len(practices)],
        )
        for place, zip_code in enumerate(zip_codes)
    ]
    for patient, command, finder in zip(patients, doors.command(patients), doors.finder(patients), strict=True):
        assert (finder["tiers"], finder["said_no"]) == (command["tiers"], command["said_no"]), patient
