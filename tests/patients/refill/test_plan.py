"""Deadlines, the emergency rule, and working days."""

from __future__ import annotations

import datetime as dt

import pytest

from deserts.errors import InputError
from deserts.patients.refill.fill import PumpFacts
from deserts.patients.refill.plan import LeadTimes, Plan, make_plan
from deserts.patients.refill.refill_text import render_plan
from deserts.patients.refill.timeline import make_timeline
from deserts.patients.refill.workdays import add_workdays, latest_workday, workdays_between
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backups import find_backups
from deserts.patients.words import EMERGENCY_LINE, texts
from tests.patients.world import HERE, ITB, call, person, told, world

MONDAY = dt.date(2026, 11, 2)


def after(days: int) -> dt.date:
    return MONDAY + dt.timedelta(days=days)


def plan(days: int | None, *, today: dt.date = MONDAY, facts: dict | None = None, **more) -> Plan:
    known = PumpFacts(run_dry_on=None if days is None else after(days), **(facts or {}))
    timeline = make_timeline(known, service=ITB, today=today)
    return make_plan(timeline, service=ITB, today=today, **more)


def step(made: Plan, code: str):
    return next(entry for entry in made.steps if entry.code.startswith(code))


@pytest.mark.parametrize("days", [3, 2, 0, -5])
def test_three_days_or_fewer_is_an_emergency(days):
    made = plan(days)
    assert made.headline == EMERGENCY_LINE
    assert [entry.code for entry in made.steps[:3]] == ["emergency", "own_clinic", "call"]
    assert made.is_emergency
    assert made.is_red
    assert step(made, "authorisation").code == "authorisation_expedited"
    assert step(made, "drug").code == "drug_expedited"


def test_four_days_is_no_emergency_but_the_pumps_own_clinic_comes_first():
    made = plan(4)
    assert not made.is_emergency
    assert not made.is_red
    assert made.is_late
    assert made.headline.startswith(
        "The pump can be empty in 4 days (Friday 2026-11-06) at the earliest, and the day for"
    )
    assert "Last safe day: Monday 2026-11-02." in made.headline
    assert made.headline.endswith("Passed: 2 deadlines. Ask for the expedited way.")
    assert made.steps[0].code == "own_clinic"


def test_sentences_count_in_the_right_form():
    few = plan(7, lead_times=LeadTimes(authorisation_days=14, drug_order_days=1))
    assert few.headline == (
        "The pump can be empty in 7 days (Monday 2026-11-09) at the earliest. Refill by Wednesday 2026-11-04. "
        "Passed: 1 deadline. Ask for the expedited way."
    )
    assert few.is_late
    assert step(few, "drug").why == "1 working day to get it, as entered"
    assert (
        plan(60).headline
        == "The pump can be empty in 60 days (Friday 2027-01-01) at the earliest. Refill by Thursday 2026-12-24."
    )


def test_a_sign_without_any_day_is_an_emergency():
    made = plan(None, facts={"withdrawal_signs": True})
    assert made.headline == EMERGENCY_LINE
    assert made.target_on is None
    assert [entry.code for entry in made.steps][:2] == ["emergency", "own_clinic"]
    assert "refill" not in {entry.code for entry in made.steps}
    assert step(made, "authorisation").by == MONDAY
    much = plan(None, facts={"overdose_signs": True})
    assert much.headline == texts()["first.overdose"]


def test_nothing_known_makes_no_plan():
    with pytest.raises(InputError, match="neither an alarm"):
        plan(None)


def test_authorisation_of_14_days_and_dry_in_7_is_late():
    made = plan(7, lead_times=LeadTimes(authorisation_days=14))
    late = [entry for entry in made.steps if entry.is_late]
    assert [entry.code for entry in late] == ["authorisation_expedited", "drug_expedited"]
    assert "expedited way (72 hours)" in late[0].what
    assert late[0].when.startswith("was due ")
    assert made.is_late


def test_deadlines_count_working_days_back_from_the_target():
    made = plan(60, lead_times=LeadTimes(authorisation_days=10, drug_order_days=5))
    assert made.target_on == dt.date(2026, 12, 24)  # day 55 is a Sunday and the 25th a holiday
    assert step(made, "authorisation").by == dt.date(2026, 12, 10)
    assert step(made, "drug").by == dt.date(2026, 12, 17)
    assert step(made, "refill").by == made.target_on
    assert step(made, "call_again").by == dt.date(2026, 11, 3)
    assert (step(made, "call_again").when, step(made, "call").when) == ("tomorrow, Tuesday 2026-11-03", "today")
    assert step(made, "refill").when == "by Thursday 2026-12-24"
    assert not made.is_late
    assert [entry.by for entry in made.steps] == sorted(entry.by for entry in made.steps)
    assert [entry.code for entry in made.steps] == [
        "call", "print_out", "call_again", "authorisation", "drug", "refill",
    ]  # fmt: skip


def test_nothing_is_put_off_beyond_the_day_on_which_the_pump_can_be_empty():
    thursday = dt.date(2026, 12, 31)  # a holiday and a weekend follow: the next working day is the fourth
    for left in range(8):
        made = plan((thursday - MONDAY).days + left, today=thursday)
        empty = thursday + dt.timedelta(days=left)
        assert all(entry.by <= empty for entry in made.steps), left
    assert step(plan(4), "call_again").when == "today"  # the last safe day is today
    assert step(plan(6), "call_again").when == "tomorrow, Tuesday 2026-11-03"


def test_a_default_lead_is_named_as_one():
    made = plan(60)
    assert step(made, "authorisation").why == "10 working days for a decision, our default: ask the payer"
    assert step(made, "drug").why == "5 working days to get it, our default: ask the clinic's pharmacy"
    given = plan(60, lead_times=LeadTimes(authorisation_days=10, drug_order_days=0))
    assert step(given, "authorisation").why == "10 working days for a decision, as entered"
    assert step(given, "drug").by == given.target_on


def test_what_is_due_today_is_not_late_yet():
    made = plan(60, lead_times=LeadTimes(authorisation_days=36, drug_order_days=37))
    assert (step(made, "authorisation").by, step(made, "authorisation").code) == (MONDAY, "authorisation")
    assert step(made, "authorisation").when == "today"
    assert step(made, "drug").is_late
    assert step(made, "drug").code == "drug_expedited"


def test_a_timeline_with_a_day_that_is_none_is_no_timeline():
    from deserts.rules import plan as rule

    with pytest.raises(ValueError, match=r"^a timeline holds a day that is none$"):
        rule.make({"today": "2026-02-30", "timeline": {}, "limits": {}, "words": {}})


def test_when_no_working_day_is_left_the_own_clinic_is_called_after_hours():
    """Saturday, empty on Wednesday: four days are no emergency yet, and the last safe working day was yesterday."""
    saturday = dt.date(2026, 11, 21)
    made = plan(None, today=saturday, facts={"alarm_on": saturday + dt.timedelta(days=4)})
    assert not made.is_emergency
    assert made.target_on is None
    assert made.headline.startswith(
        "The pump can be empty in 4 days (Wednesday 2026-11-25) at the earliest, and no safe"
    )
    assert made.steps[0].code == "own_clinic"


def test_what_cannot_be_true_leads_to_the_own_clinic_and_the_safe_day():
    far = plan(None, facts={"alarm_on": after(300)})
    assert far.headline == f"{texts()['first.red']} {texts()['safe.none']}"
    assert far.is_red
    assert far.target_on is None
    assert far.steps[0].code == "own_clinic"
    wrong = plan(40, facts={"alarm_on": after(50)})
    assert wrong.target_on == dt.date(2026, 12, 7)
    assert step(wrong, "refill").by == wrong.target_on


def test_the_text_holds_both_emergencies_and_says_who_reviewed_the_words():
    timeline = make_timeline(PumpFacts(run_dry_on=after(60)), service=ITB, today=MONDAY)
    text = render_plan(plan(60), timeline)
    assert "TOO LITTLE (WITHDRAWAL)" in text
    assert "TOO MUCH (OVERDOSE)" in text
    assert "not reviewed by a clinician" in text


@pytest.mark.usefixtures("flat_roads")
def test_only_a_fresh_call_that_named_a_wait_makes_a_site_likely():
    people = [person(n, km_east=10.0 * n) for n in range(1, 7)]

    answers = [
        call(1, days_ago=5, today=MONDAY, wait_days=20),
        call(2, days_ago=5, today=MONDAY, wait_days=90),
        call(3, days_ago=5, today=MONDAY),
        call(4, days_ago=120, today=MONDAY, wait_days=20),
        call(5, "full", days_ago=5, today=MONDAY),
    ]
    facts = told(*answers, today=MONDAY)
    query = BackupQuery(origin=HERE, today=MONDAY, k=9, empty_on=after(60))
    answer = find_backups(query, world(*people), facts)
    assert [c.npi[-1] for tier in answer.tiers for c in tier.said_no] == ["5"]
    made = plan(60, candidates=answer.candidates)
    assert {c.npi[-1]: c.chance for c in made.chances} == {
        "1": "likely", "2": "unlikely", "3": "unknown", "4": "unknown", "6": "unknown",
    }  # fmt: skip
    short = plan(9, candidates=answer.candidates)
    assert not any(c.chance == "likely" for c in short.chances)
    assert not any(c.chance == "likely" for c in plan(2, candidates=answer.candidates).chances)


def test_bad_lead_times_and_days():
    with pytest.raises(InputError, match="negative"):
        plan(30, lead_times=LeadTimes(authorisation_days=-1))
    with pytest.raises(InputError, match="negative"):
        plan(30, lead_times=LeadTimes(drug_order_days=-1))


def test_working_days_forth_and_back():
    friday = dt.date(2026, 11, 20)
    assert add_workdays(friday, 1) == dt.date(2026, 11, 23)
    assert add_workdays(friday, 4) == dt.date(2026, 11, 27)  # Thanksgiving lies between
    assert add_workdays(dt.date(2026, 11, 27), -4) == friday
    assert latest_workday(dt.date(2026, 11, 26)) == dt.date(2026, 11, 25)
    assert latest_workday(dt.date(2022, 1, 1)) == dt.date(2021, 12, 30)
    assert workdays_between(friday, dt.date(2026, 11, 27)) == 4
    assert workdays_between(friday, friday) == 0
