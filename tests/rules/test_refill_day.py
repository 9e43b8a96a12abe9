"""A refill-by day that somebody typed stands beside the sooner one by the dates, never beside one that is no better."""

from __future__ import annotations

import pytest

from deserts.patients.words import phrases
from deserts.rules.refill_day import beside_safer, contradictions

ENTERED = "2026-12-20"


@pytest.mark.parametrize(
    ("refill_by", "target_on", "said"),
    [
        (None, "2026-12-01", ENTERED),
        (ENTERED, "2026-12-01", ENTERED),
        ("2026-12-21", "2026-12-01", ENTERED),
        ("2026-12-19", ENTERED, ENTERED),
        ("2026-12-19", "2026-12-21", ENTERED),
        ("2026-12-19", "2026-12-18", f"{ENTERED} as entered; by the alarm date 2026-12-18 is safer"),
        ("2026-12-19", None, "ask the clinic today"),
    ],
)
def test_a_sooner_day_is_given_only_where_there_is_one(refill_by, target_on, said):
    timeline = {"refill_by": refill_by, "target_on": target_on}
    assert beside_safer(ENTERED, timeline, dict(phrases()), "card") == said


def test_without_a_timeline_the_day_stands_as_entered():
    assert beside_safer(ENTERED, None, dict(phrases()), "card") == ENTERED


def test_what_is_no_day_is_refused():
    with pytest.raises(ValueError, match=r"^not a day: 2026-02-30$"):
        beside_safer("2026-02-30", {"refill_by": ENTERED, "target_on": None}, dict(phrases()), "card")


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, []),
        ({"refill_by": ""}, []),
        ({"low_alarm_on": "2026-12-20"}, []),
        ({"low_alarm_on": "2026-12-19"}, ["refill_by"]),
        ({"max_days": 30}, []),
        ({"max_days": 29}, ["refill_by"]),
        ({"last_refill_on": "2026-11-19", "max_days": 30}, ["refill_by"]),
        ({"low_alarm_on": "2026-12-19", "max_days": 29}, ["refill_by", "refill_by"]),
    ],
)
def test_a_day_after_the_alarm_or_beyond_the_drugs_stability_contradicts(changes, fields):
    asked = {
        "refill_by": ENTERED, "low_alarm_on": "", "last_refill_on": "", "today": "2026-11-20", "max_days": None,
        "words": dict(phrases()), **changes,
    }  # fmt: skip
    assert [field for field, _ in contradictions(asked)] == fields
