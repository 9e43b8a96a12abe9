"""A page checks a discharge plan and a refill at home as Python does, to the byte."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from deserts.patients.refill.discharge import check_discharge, discharge_limits
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.refill.timeline import question_for
from deserts.patients.words import phrases
from deserts.rules import home_refill, timeline
from tests.patients.refill.people import TODAY
from tests.patients.world import ITB

pytestmark = pytest.mark.browser


def plan_question(draw: random.Random) -> dict[str, Any]:
    """A plan in which each field may be missing, and days lie anywhere around today."""

    def maybe(value: Any, share: float = 0.75) -> Any:
        return value if draw.random() < share else None

    def day() -> str:
        return (TODAY + dt.timedelta(days=draw.randint(-40, 120))).isoformat()

    plan = {
        "refill_by": maybe(day()), "accepted_by": maybe("A. Nurse") or "", "accepted_on": maybe(day()),
        "authorisation": draw.choice(["needed", "not_needed", "unknown"]), "requested_on": maybe(day(), 0.5),
        "decision_days": maybe(draw.randint(0, 20), 0.5), "authorised_from": maybe(day(), 0.4),
        "authorised_until": maybe(day(), 0.4), "transport": maybe(draw.random() < 0.7),
        "hospital": maybe("County") or "", "hospital_told": maybe(draw.random() < 0.7),
        "hospital_has_drug": maybe(draw.random() < 0.7), "in_network": maybe(draw.random() < 0.6),
        "network_exception_on": maybe(day(), 0.3), "first_appointment_on": maybe(day()),
        "drive_ticks": maybe(draw.choice([0, 1194999, 1195000, 1200000, draw.randint(0, 9000000)])),
        "interval_weeks": maybe(draw.choice([1, 10000, 80000, 120000, 65000, draw.randint(1, 600000)])),
    }  # fmt: skip
    known = {"run_dry_on": maybe(day()), "alarm_on": maybe(day(), 0.5)}
    facts = read_discharge_form({name: at for name, at in known.items() if at}, today=TODAY).facts
    return {
        "today": TODAY.isoformat(), "plan": plan,
        "timeline": timeline.reckon(question_for(facts, service=ITB, today=TODAY)),
        "activity": {"result": draw.choice(["pass", "fail", "unknown"]), "why": "said “yes”", "next_step": "Call.",
                     "until": maybe(day(), 0.3)},
        "limits": discharge_limits(ITB), "words": dict(phrases()),
    }  # fmt: skip


@pytest.mark.parametrize("count", [60, pytest.param(1500, marks=pytest.mark.slow)])
def test_a_page_checks_a_plan_alike(agree, count):
    draw = random.Random(count)
    answers = agree("discharge.check", [plan_question(draw) for _ in range(count)])
    assert {answer["colour"] for answer in answers} >= {"red", "open"}
    assert {one["result"] for answer in answers for one in answer["checks"]} == {"pass", "fail", "unknown"}


def test_a_page_checks_a_refill_at_home_alike(agree):
    asked = [
        {"payer": payer, "dose_is_stable": stable, "companies": companies, "words": dict(phrases())}
        for payer in (*home_refill.PAYER_KINDS, "somebody else")
        for stable in (None, True, False)
        for companies in (None, 0, 1, 3)
    ]
    assert {answer["chance"] for answer in agree("home_refill.check", asked)} == {"possible", "unlikely", "unknown"}


def test_minutes_and_weeks_are_said_as_python_rounds_them():
    draw = random.Random(3)
    for _ in range(300):
        minutes, weeks = draw.randint(0, 4000) / 8, draw.choice([6, 8, 12, 0.5, 6.5, draw.randint(1, 200) / 4])
        plan = read_discharge_form({"drive_min": minutes, "interval_weeks": weeks, "transport": False}, today=TODAY)
        why = check_discharge(plan, service=ITB, today=TODAY).checks[3].why
        drive = f"{minutes:.0f} min" if round(minutes) >= 10 else "under 10 min"
        assert why == (
            f"{drive} each way; every {weeks:g} week{'' if weeks == 1 else 's'} that is {52 / weeks:.0f} "
            f"trips and {52 / weeks * 2 * minutes / 60:.0f} hours on the road a year; nobody to drive"
        )
