"""Minutes as they are shown: never nothing, how far off they may be, what they hang on; a page says the same."""

from __future__ import annotations

import math
import random
from typing import Any

import numpy as np
import pytest

from deserts.patients.words import phrases
from deserts.rules.drives import shown
from deserts.rules.minutes import (
    drive_notes,
    give_min,
    hour_band,
    hour_words,
    list_notes,
    per_mille,
    whole_miles,
    whole_minutes,
)
from deserts.tables.drives import minutes_words

DOUBTS = {"far_min": 60, "unchecked": [340, 240], "long_leg": [290, 300]}
WORDS = {code: text for code, text in phrases().items() if code.startswith(("drive.", "note."))}


def doubt(**changes: Any) -> dict[str, Any]:
    return {"site_min": 0, "unchecked": 0, "legs": [0, 0], "without": [], **changes}


@pytest.mark.parametrize(
    ("drive_min", "give", "words"),
    [
        (0.0, 0, "under 10 min"),
        (9.4999, 0, "under 10 min"),
        (9.5, 0, "10 min"),
        (9.4, 20, "under 10, up to 29 min"),
        (9.4, 3, "under 10 ±3 min"),
        (20.0, 19, "20 ±19 min"),
        (20.0, 20, "20, up to 40 min"),
        (44.5, 0, "44 min"),
        (45.5, 0, "46 min"),
        (200.2, 31, "200 ±31 min"),
    ],
)
def test_words(drive_min, give, words):
    assert minutes_words(drive_min, give) == words


@pytest.mark.parametrize(
    ("is_far", "unchecked", "long_leg", "share"),
    [
        (False, False, False, 0),
        (False, True, False, 340),
        (False, False, True, 290),
        (False, True, True, 340),
        (True, True, False, 240),
        (True, True, True, 300),
    ],
)
def test_the_wider_band_counts(is_far, unchecked, long_leg, share):
    assert per_mille(DOUBTS, is_far=is_far, unchecked=unchecked, long_leg=long_leg) == share


def test_far_begins_at_its_minute():
    assert give_min(599_999, doubt(unchecked=1), DOUBTS) == round(60 * 0.34)
    assert give_min(600_000, doubt(unchecked=1), DOUBTS) == round(60 * 0.24)
    assert give_min(300_000, doubt(legs=[0, 9000]), DOUBTS) == give_min(300_000, doubt(legs=[9000, 0]), DOUBTS) == 9


def test_whole_numbers():
    assert [whole_minutes(ticks) for ticks in (-1, 0, 4_999, 5_001, 15_000)] == [None, 0, 0, 1, 2]
    assert whole_miles(1_609_344_000) == 1_000_000


def test_doubts_add_up_as_independent_errors():
    assert give_min(300_000, doubt(), DOUBTS) == give_min(300_000, doubt(), None) == give_min(-1, doubt(), DOUBTS) == 0
    assert give_min(300_000, doubt(legs=[1, 0]), DOUBTS) == 9
    assert give_min(300_000, doubt(site_min=20), DOUBTS) == 20
    assert give_min(-1, doubt(site_min=20, unchecked=1), DOUBTS) == 20
    assert give_min(300_000, doubt(site_min=20, unchecked=1), None) == 20
    for minutes in range(60, 480, 7):
        for site_min in (0, 20, 30, 45):
            part = np.rint(minutes * 0.24)
            found = give_min(minutes * 10_000, doubt(site_min=site_min, unchecked=1), DOUBTS)
            assert found == pytest.approx(math.hypot(site_min, part), abs=0.51)


def test_long_legs_and_seasons_are_told():
    assert drive_notes(doubt(unchecked=1, site_min=20), WORDS) == []
    assert len(drive_notes(doubt(legs=[1, 0]), WORDS)) == 1
    assert drive_notes(doubt(without=[["ferry", 0]]), WORDS)[0].endswith("without it: under 10 min")
    found = drive_notes(doubt(legs=[16093, 3219], without=[["ferry", -1], ["road", 900_000]]), WORDS)
    assert found == [
        "the patient's place lies 10 mi from the nearest road in the data: the minutes are rough",
        "it lies 2 mi from the nearest road in the data: the minutes are rough",
        "by a seasonal ferry; without it: no road leads there",
        "by a road that is closed for a part of the year; without it: 90 min",
    ]


def test_a_list_says_once_what_its_minutes_are_worth():
    assert list_notes([{"give": 0, "unchecked": 0}], WORDS) == []
    assert list_notes([{"give": 20, "unchecked": 0}] * 3, WORDS) == [WORDS["note.band"]]
    both = list_notes([{"give": 0, "unchecked": 0}, {"give": 20, "unchecked": 1}], WORDS)
    assert both == [WORDS["note.band"], WORDS["note.not_checked"]]
    assert both[1].startswith("Not checked here")


def question(draw: random.Random) -> dict[str, Any]:
    without = [kind for kind in ("ferry", "road") if draw.random() < 0.3]
    drive = {
        "ticks": draw.choice([-1, 0, 94_999, 95_000, draw.randrange(6_000_000)]), "road_m": draw.randrange(600_000),
        "metres": draw.choice([-1, draw.randrange(900_000)]),
        "doubt": doubt(
            site_min=draw.choice([0, 20, 45]), unchecked=draw.randrange(2),
            legs=[draw.choice([0, draw.randrange(40_000)]) for _ in range(2)],
            without=[[kind, draw.choice([-1, draw.randrange(6_000_000)])] for kind in without],
        ),
    }  # fmt: skip
    return {"doubts": draw.choice([DOUBTS, None]), "limit": 4_800_000, "words": WORDS, "drives": [drive]}


@pytest.mark.browser
def test_a_page_says_the_same(agree):
    draw = random.Random(4)
    questions = [question(draw) for _ in range(200)]
    for asked, said in zip(questions, agree("drives.shown", questions), strict=True):
        drive = asked["drives"][0]
        assert said == shown(asked)
        assert ("no road found" in said["drives"][0]["words"]) == (drive["ticks"] < 0)
        assert said["drives"][0]["words"].endswith("BEYOND THE LIMIT") == (drive["ticks"] > asked["limit"])


@pytest.mark.parametrize(
    ("drive_min", "give", "least", "most", "words"),
    [
        (97, 0, 900, 1230, "97 min, 85 to 120 at that hour"),
        (97, 10, 900, 1230, "97 ±10 min, 75 to 130 at that hour"),
        (12, 0, 950, 1400, "12 min, 10 to 20 at that hour"),
        (12, 0, 500, 1400, "12 min, up to 20 at that hour"),
        (3, 0, 900, 1100, "under 10 min, up to 10 at that hour"),
        (20, 21, 900, 1100, "20, up to 41 min, up to 45 at that hour"),
        (100, 0, 1000, 1000, "100 min, 100 to 100 at that hour"),
    ],
)
def test_an_hour_makes_a_band_to_five_minutes_outwards(drive_min, give, least, most, words):
    ticks = drive_min * 10000
    band = hour_band(ticks, give, least, most)
    assert hour_words(ticks, give, band) == words
    assert band[0] % 5 == band[1] % 5 == 0
    assert band[0] <= max(0, drive_min * least / 1000 - give)
    assert band[1] >= drive_min * most / 1000 + give
