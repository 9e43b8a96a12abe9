"""The seven ways in which a plan fails, as golden stories."""

from __future__ import annotations

import datetime as dt

import pytest

from deserts.errors import InputError
from deserts.patients.refill.discharge import Result, check_discharge
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.refill.refill_text import render_discharge
from deserts.patients.search.team import TeamFacts
from deserts.patients.words import EMERGENCY_LINE, texts
from tests.patients.world import ITB, TODAY, call, person, told, world


def after(days: int) -> str:
    return (TODAY + dt.timedelta(days=days)).isoformat()


GOOD = {
    "run_dry_on": after(60),
    "refill_by": after(50),
    "accepted_by": "A. Nurse",
    "accepted_on": after(-3),
    "npi": "0000000001",
    "authorisation": "needed",
    "authorised_from": after(-1),
    "authorised_until": after(120),
    "drive_min": 45,
    "transport": True,
    "interval_weeks": 12,
    "hospital": "County",
    "hospital_told": True,
    "hospital_has_drug": True,
    "in_network": True,
    "first_appointment_on": after(40),
}
FRESH = told(call(1, days_ago=5))
PEOPLE = (person(1), person(2, last_year=2022), person(3, grade="contradicted"), person(4, last_year=2024))


def check(facts=FRESH, **changes):
    form = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    plan = read_discharge_form(form, today=TODAY)
    return check_discharge(plan, service=ITB, today=TODAY, data=world(*PEOPLE), facts=facts)


def result(number: int, facts=FRESH, **changes):
    answer = check(facts, **changes)
    failed = any(one.result is Result.FAIL for one in answer.checks)
    assert (answer.colour == "red") == (failed or answer.timeline.is_red)
    return answer.checks[number]


def test_a_whole_plan_is_complete_and_still_says_to_call_again():
    answer = check()
    assert answer.colour == "complete"
    assert [one.result for one in answer.checks] == [Result.PASS] * 7
    assert all(one.next_step for one in answer.checks)


def test_an_empty_form_is_open_and_reassures_of_nothing():
    answer = check_discharge(read_discharge_form({}, today=TODAY), service=ITB, today=TODAY)
    assert answer.colour == "open"
    assert {one.result for one in answer.checks} == {Result.UNKNOWN}
    assert "Nothing here says that the plan will hold" in answer.headline
    assert render_discharge(answer, today=TODAY).startswith("Date unknown: read the pump's print-out now.")


def test_story_authorisation_14_days_and_dry_in_7():
    one = result(2, run_dry_on=after(7), refill_by=after(7), authorised_from=None, authorised_until=None,
                 requested_on=after(0), decision_days=14, first_appointment_on=after(5))  # fmt: skip
    assert one.result is Result.FAIL
    assert "expedited" in one.next_step


def test_story_appointment_three_weeks_after_dry():
    one = result(6, first_appointment_on=after(81))
    assert one.result is Result.FAIL
    assert "21 days after the pump can be empty (about 3 weeks)" in one.why


def test_story_specialist_retired_two_years_ago():
    assert result(1, TeamFacts(), npi="0000000002").result is Result.FAIL
    assert "2 years before the newest claims" in result(1, TeamFacts(), npi="0000000002").why
    retired = told(call(1, "retired", days_ago=700))
    assert result(1, retired).result is Result.FAIL
    assert result(1, TeamFacts(), npi="0000000003").result is Result.FAIL


def test_listed_is_not_active_without_a_fresh_call():
    assert result(1, TeamFacts(), npi="0000000004").result is Result.UNKNOWN
    old = told(call(4, days_ago=120))
    assert result(1, old, npi="0000000004").result is Result.UNKNOWN
    hearsay = told(call(4, days_ago=0, source="patient"))
    assert result(1, hearsay, npi="0000000004").result is Result.UNKNOWN
    assert result(1, TeamFacts(), npi="1234567890").result is Result.UNKNOWN


def test_story_the_only_one_is_out_of_network():
    one = result(5, in_network=False)
    assert one.result is Result.FAIL
    assert "network-gap exception" in one.next_step
    assert result(5, in_network=False, network_exception_on=after(-2)).result is Result.PASS


def test_story_a_two_hour_drive_every_six_weeks():
    one = result(3, drive_min=120, interval_weeks=6, transport=None)
    assert one.result is Result.FAIL
    assert "9 trips and 35 hours on the road a year" in one.why
    for minutes in (120, 400):
        arranged = result(3, drive_min=minutes, interval_weeks=6, transport=True)
        assert arranged.result is Result.FAIL
        assert "at or beyond the limit of 120 minutes; transport is arranged" in arranged.why
    assert result(3, drive_min=119, transport=True).result is Result.PASS
    assert result(3, drive_min=45, transport=None).result is Result.UNKNOWN
    assert result(3, transport=False).result is Result.FAIL


@pytest.mark.parametrize(
    ("number", "changes", "expected"),
    [
        (0, {"accepted_by": None}, Result.FAIL),
        (0, {"accepted_on": None}, Result.FAIL),
        (0, {"accepted_by": None, "accepted_on": None}, Result.UNKNOWN),
        (0, {"accepted_on": after(-31)}, Result.FAIL),
        (2, {"authorised_until": after(39)}, Result.FAIL),
        (2, {"authorised_from": after(41)}, Result.FAIL),
        (2, {"authorised_until": None}, Result.UNKNOWN),
        (2, {"authorised_from": None, "authorised_until": None}, Result.FAIL),
        (2, {"authorised_from": None, "authorised_until": None, "requested_on": after(-5)}, Result.UNKNOWN),
        (2, {"authorisation": "not_needed", "authorised_from": None, "authorised_until": None}, Result.PASS),
        (4, {"hospital_has_drug": False}, Result.FAIL),
        (4, {"hospital_told": None}, Result.UNKNOWN),
        (6, {"first_appointment_on": after(55)}, Result.FAIL),
        (6, {"first_appointment_on": None}, Result.UNKNOWN),
        (6, {"first_appointment_on": after(-1)}, Result.FAIL),
        (6, {"run_dry_on": after(-1), "refill_by": None}, Result.FAIL),
    ],
)
def test_each_way(number, changes, expected):
    assert result(number, **changes).result is expected


def test_a_missing_refill_by_day_is_reckoned_and_named_as_ours():
    """Dry on day 60 and appointment on day 59: a missing day must not become the laxer one."""
    one = result(6, refill_by=None, first_appointment_on=after(59))
    assert one.result is Result.FAIL
    assert "our refill-by day" in one.why
    early = result(6, refill_by=None, first_appointment_on=after(50))
    assert early.result is Result.PASS
    assert "our refill-by day" in early.why
    assert "the clinic's refill-by day" in result(6).why
    on_the_day = result(6, first_appointment_on=after(60))
    assert "on the day on which the pump can be empty" in on_the_day.why


def test_a_refill_by_day_alone_passes_nothing():
    one = result(6, run_dry_on=None)
    assert one.result is Result.UNKNOWN
    assert "no alarm or run-dry day" in one.why


def test_the_clinics_laxer_day_gives_way_to_the_sooner_one():
    assert result(6, refill_by=after(58), first_appointment_on=after(57)).result is Result.FAIL
    assert result(6, alarm_on=after(45), first_appointment_on=after(41)).result is Result.FAIL
    assert result(6, alarm_on=after(45), first_appointment_on=after(36)).result is Result.PASS


def test_what_cannot_be_true_fails_and_stands_first():
    answer = check(clock={"filled_on": after(-20), "fill_ml": 40, "drugs": [
        {"name": "Gablofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 0.6,
         "dose_unit": "mcg/day"}]})  # fmt: skip
    assert answer.colour == "red"
    assert answer.checks[6].result is Result.FAIL
    assert render_discharge(answer, today=TODAY).startswith(texts()["first.red"])


def test_an_emergency_stands_first_whatever_passes():
    answer = check(run_dry_on=after(3), refill_by=None, first_appointment_on=after(2))
    assert answer.colour == "red"
    assert render_discharge(answer, today=TODAY).startswith(EMERGENCY_LINE)
    assert answer.first_line == EMERGENCY_LINE


def test_a_window_without_an_appointment_is_unknown():
    assert result(2, first_appointment_on=None).result is Result.UNKNOWN
    assert result(2, first_appointment_on=None, authorised_until=after(30)).result is Result.FAIL


def test_a_default_is_named():
    fields = {"authorised_from": None, "authorised_until": None, "requested_on": after(0), "refill_by": after(7)}
    one = result(2, **fields, first_appointment_on=None)
    assert "10 working days, our default, for a decision" in one.why
    given = result(2, **fields, decision_days=9, first_appointment_on=None)
    assert given.why.startswith("9 working days for a decision")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"npi": "12"}, "npi"),
        ({"accepted_on": "yesterday"}, "accepted_on"),
        ({"accepted_on": after(1)}, "accepted_on"),
        ({"refill_by": after(61)}, "refill_by"),
        ({"authorised_until": after(-2)}, "authorised_until"),
        ({"drive_min": -1}, "drive_min"),
        ({"patient": "someone"}, "a field that is not known"),
    ],
)
def test_bad_forms_name_the_field(changes, field):
    with pytest.raises(InputError, match=field):
        check(**changes)
