"""A page reckons a pump's days and plan as Python does: plausible patients, mistakes, and numbers far from any pump."""

from __future__ import annotations

import datetime as dt
import random
from typing import Any

import pytest

from deserts.documents.form import FormReader
from deserts.errors import InputError
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.timeline import question_for, refill_limits
from deserts.patients.words import ENGLISH, words_in
from tests.patients.refill.people import ERRORS, TODAY, plausible, wrong
from tests.patients.world import ITB

pytestmark = pytest.mark.browser


def _asked(form: dict[str, Any], today: dt.date) -> dict[str, Any] | None:
    reader = FormReader(form)
    try:
        facts = read_known_days(reader)
        reader.finish()
    except InputError:
        return None
    return question_for(facts, service=ITB, today=today)


def _far_out(draw: random.Random) -> dict[str, Any]:
    """A question with numbers of any size, days far apart, and every part present or missing."""

    def maybe(value: Any) -> Any:
        return value if draw.random() < 0.7 else None

    def day() -> str:
        return (TODAY + dt.timedelta(days=draw.randint(-400, 400))).isoformat()

    def some() -> int:
        return draw.randint(1, 10 ** draw.randint(1, 13))

    before = some()
    fill = {
        "filled_on": day(), "fill_nl": maybe(some()), "alarm_nl": maybe(some()), "daily_nl": maybe(some()),
        "printed_alarm_on": maybe(day()), "printed_on": maybe(day()), "changed_on": maybe(day()),
        "previous_nl": maybe(some()),
        "residual": maybe({"expected_nl": draw.randint(0, before - 1), "measured_nl": draw.randint(0, before),
                           "previous_fill_nl": before}),
    }  # fmt: skip
    if fill["fill_nl"] is not None and fill["alarm_nl"] is not None:
        fill["alarm_nl"] = min(fill["alarm_nl"], fill["fill_nl"])
    names = ["baclofen", "GABLOFEN 500", "morphine", "Łioresal", "x"]
    drugs = [
        {"name": draw.choice(names), "strength_pg_ml": some(), "dose_pg": maybe(some())}
        for _ in range(draw.randint(0, 3))
    ]
    return {
        "today": TODAY.isoformat(), "alarm_on": maybe(day()), "run_dry_on": maybe(day()), "fill": maybe(fill),
        "drugs": drugs, "withdrawal_signs": draw.random() < 0.1, "overdose_signs": draw.random() < 0.1,
        "limits": refill_limits(ITB), "words": words_in(ENGLISH),
    }  # fmt: skip


@pytest.mark.parametrize("count", [300, pytest.param(3000, marks=pytest.mark.slow)])
def test_a_page_reckons_days_and_plan_alike(agree, count):
    draw = random.Random(count)
    names = sorted(ERRORS)
    questions = []
    while len(questions) < count:
        kind = len(questions) % 3
        if kind == 2:
            questions.append(_far_out(draw))
            continue
        form = plausible(draw) if kind == 0 else wrong(draw, draw.choice(names))
        asked = _asked(form, TODAY + dt.timedelta(days=draw.randint(0, 60)))
        if asked is not None:
            questions.append(asked)
    timelines = agree("timeline.reckon", questions)
    plans = [
        {"today": question["today"], "timeline": timeline, "limits": question["limits"], "words": question["words"],
         "authorisation_days": draw.choice([None, 0, 3, 14]), "drug_days": draw.choice([None, 0, 5])}
        for question, timeline in zip(questions, timelines, strict=True)
        if timeline["is_known"] or timeline["is_red"]
    ]  # fmt: skip
    agree("plan.make", plans)
    assert len({timeline["basis"] for timeline in timelines}) >= 5
    assert len({code for timeline in timelines for code in timeline["red_codes"]}) >= 20
