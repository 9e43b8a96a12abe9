"""Deadlines, the emergency rule, and working days."""

from __future__ import annotations

import datetime as dt

import pytest

from deserts.errors import InputError
from deserts.patients.refill.plan import EMERGENCY_LINE, LeadTimes, RunDry, make_plan
from deserts.patients.refill.workdays import add_workdays, latest_workday, workdays_between
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backups import TeamFacts, find_backups
from deserts.patients.search.calls import Call
from tests.patients.world import HERE, ITB, person, world

MONDAY = dt.date(2026, 11, 2)


def after(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days=days)


def plan(days: int, *, earliest: int | None = None, **more):
    run_dry = RunDry(after(days), after(days if earliest is None else earliest))
    return make_plan(run_dry, service=ITB, today=MONDAY, **more)


@pytest.mark.parametrize("days", [3, 2, 0, -5])
def test_three_days_or_fewer_is_an_emergency(days):
    made = plan(days)
    assert made.headline == EMERGENCY_LINE
    assert made.steps[0].what == EMERGENCY_LINE
    assert made.is_emergency
    assert made.is_red


def test_four_days_is_not_an_emergency_but_red():
    made = plan(4)
    assert not made.is_emergency
    assert made.is_red
    assert "deadlines have passed" in made.headline


def test_sentences_count_in_the_right_form():
    assert plan(1).emergency_why == ("only 1 day left",)
    assert plan(3).emergency_why == ("only 3 days left",)
    assert plan(0).emergency_why[0] == "the pump is empty today"
    few = plan(7, lead_times=LeadTimes(authorisation_days=14, drug_order_days=1))
    assert few.headline.endswith("1 deadline has passed: ask for the expedited way.")
    assert any(step.why.startswith("1 working day to get it") for step in few.steps)


def test_withdrawal_signs_and_the_earliest_date_are_emergencies_whatever_is_left():
    assert plan(100, withdrawal_signs=True).headline == EMERGENCY_LINE
    assert plan(15, earliest=0).headline == EMERGENCY_LINE
    assert plan(15, earliest=-2).emergency_why == ("the earliest plausible run-dry date has come",)
    assert not plan(15, earliest=1).is_emergency


def test_authorisation_of_14_days_and_dry_in_7_is_red():
    made = plan(7, lead_times=LeadTimes(authorisation_days=14))
    late = [step for step in made.steps if step.is_late]
    assert any("authorisation" in step.what and "expedited" in step.what for step in late)
    assert made.is_red


def test_deadlines_count_working_days_back_from_the_target():
    made = plan(60, lead_times=LeadTimes(authorisation_days=10, drug_order_days=5))
    assert made.target_on == dt.date(2026, 12, 24)  # day 55 is a Sunday and the 25th a holiday
    days = {step.what[:30]: step.by for step in made.steps}
    assert days["Send the payer's authorisation"] == dt.date(2026, 12, 10)
    assert days["Make sure that the refilling c"] == dt.date(2026, 12, 17)
    assert not made.is_red
    assert [step.by for step in made.steps] == sorted(step.by for step in made.steps)
    assert made.steps[0].when == "today"


@pytest.mark.usefixtures("flat_roads")
def test_only_a_fresh_call_that_named_a_wait_makes_a_site_likely():
    people = [person(n, km_east=10.0 * n) for n in range(1, 7)]

    def call(outcome="accepting", *, days_ago=5, wait=None):
        return Call(MONDAY - dt.timedelta(days=days_ago), outcome, "phone", wait_days=wait)

    calls = {
        "0000000001": call(wait=20),
        "0000000002": call(wait=90),
        "0000000003": call(),
        "0000000004": call(days_ago=120, wait=20),
        "0000000005": call("full"),
    }
    answer = find_backups(BackupQuery(origin=HERE, today=MONDAY, k=9), world(*people), TeamFacts(calls=calls))
    made = plan(60, candidates=answer.candidates)
    assert {c.npi[-1]: c.chance for c in made.chances} == {
        "1": "likely", "2": "unlikely", "3": "unknown", "4": "unknown", "5": "unlikely", "6": "unknown",
    }  # fmt: skip
    short = plan(9, candidates=answer.candidates)
    assert not any(c.chance == "likely" for c in short.chances)
    assert not any(c.chance == "likely" for c in plan(2, candidates=answer.candidates).chances)


def test_bad_lead_times_and_days():
    with pytest.raises(InputError, match="negative"):
        plan(30, lead_times=LeadTimes(authorisation_days=-1))
    with pytest.raises(InputError, match="earliest"):
        plan(30, earliest=31)


def test_working_days_forth_and_back():
    friday = dt.date(2026, 11, 20)
    assert add_workdays(friday, 1) == dt.date(2026, 11, 23)
    assert add_workdays(friday, 4) == dt.date(2026, 11, 27)  # Thanksgiving lies between
    assert add_workdays(dt.date(2026, 11, 27), -4) == friday
    assert latest_workday(dt.date(2026, 11, 26)) == dt.date(2026, 11, 25)
    assert latest_workday(dt.date(2022, 1, 1)) == dt.date(2021, 12, 30)
    assert workdays_between(friday, dt.date(2026, 11, 27)) == 4
    assert workdays_between(friday, friday) == 0
