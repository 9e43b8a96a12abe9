"""A page orders backups as Python does, and both as whole tables are ordered by numpy."""

from __future__ import annotations

import datetime as dt
import json
import random
from typing import Any

import numpy as np
import pytest

from deserts.patients.search.links import Links
from deserts.patients.search.ranking import Eligible, most_minutes, nearest_beyond, rank_tier
from deserts.patients.words import phrases
from deserts.rules import door, ranking

TODAY = dt.date(2026, 11, 22)
TIERS = 3
LIMIT_MIN = 480
TOPICS = ["all", "adult", "child", "payer:", "payer:blue", "payer:green"]


def _noes(draw: random.Random) -> list[Any]:
    found = []
    for topic in draw.sample(TOPICS, draw.choice([0, 0, 0, 1, 2])):
        first = TODAY.toordinal() - draw.choice([0, 10, 90, 91, 200])
        found.append([topic, first, first + 90])
    return found


def _site(draw: random.Random, site: int) -> dict[str, Any]:
    told = TODAY.toordinal() - draw.choice([0, 90, 91])
    near = draw.random() < 0.8
    # Few distinct minutes, so that all later keys are needed.
    ticks = draw.choice([draw.randint(0, 7) * 1000000, draw.randint(0, 9000000)]) if near else -1
    return {
        "site": site, "person": draw.randint(0, 15), "tier": draw.randint(0, TIERS - 1), "grade": draw.randint(0, 4),
        "ticks": ticks, "metres": draw.choice([-1, draw.randint(0, 5) * 100000]) if ticks < 0 else 1000,
        "dependent": draw.choice([0, 0, 1]), "ties": draw.sample(range(12), draw.randint(0, 3)),
        "age": draw.choice(ranking.FITS), "payer": draw.choice(ranking.FITS), "pump": draw.choice(ranking.FITS),
        "noes": _noes(draw), "wait": draw.choice([None, [draw.randint(0, 40), told, told + 90]]),
    }  # fmt: skip


def question(draw: random.Random) -> dict[str, Any]:
    """Sites of a few clinicians, some with several addresses; about every other patient has a date."""
    sites = [_site(draw, site) for site in range(draw.randint(0, 40))]
    empty_on = None if draw.random() < 0.5 else TODAY + dt.timedelta(days=draw.choice([-1, 0, 1, 2, 3, 10, 40]))
    return {
        "k": draw.randint(1, 8), "tiers": TIERS, "limit": LIMIT_MIN * ranking.TICKS_A_MINUTE,
        "audience": draw.choice(["adult", "child"]), "payer": draw.choice(["", "", "blue"]),
        "today": TODAY.isoformat(), "empty_on": None if empty_on is None else empty_on.isoformat(),
        "drive_day_min": 300, "sites": sites,
    }  # fmt: skip


def by_tables(asked: dict[str, Any]) -> list[dict[str, Any]]:
    """Answer the same question with the arrays that whole regions are ranked with."""
    sites, today = asked["sites"], TODAY.toordinal()
    column = {name: np.array([site[name] for site in sites], dtype=np.int64) for name in ("person", "tier", "grade")}
    ticks = np.array([site["ticks"] for site in sites], dtype=float)
    metres = np.array([site["metres"] for site in sites], dtype=float)
    left = None
    if asked["empty_on"] is not None:
        left = (dt.date.fromisoformat(asked["empty_on"]) - TODAY).days - 1
    fits = []
    for site in sites:
        wait = site["wait"]
        offered = -1 if wait is None or not wait[1] <= today <= wait[2] else wait[0]
        time = 0 if left is None else 1 if offered < 0 else 2 if offered > max(left, 0) else 0
        old_no = any(topic == "all" and not first <= today <= last for topic, first, last in site["noes"])
        fits.append(max(site["age"], site["payer"], site["pump"], time, 1 if old_no else 0))
    about = {"all", asked["audience"]} | ({"payer:", f"payer:{asked['payer']}"} if asked["payer"] else set())
    refused = [any(t in about and first <= today <= last for t, first, last in site["noes"]) for site in sites]
    eligible = Eligible(
        open=np.ones(len(sites), dtype=bool), tier=column["tier"], fit=np.array(fits, dtype=np.int64),
        refused=np.array(refused, dtype=bool), dependent=np.array([bool(s["dependent"]) for s in sites], dtype=bool),
        person=column["person"], grade_rank=column["grade"],
        most_min=np.inf if left is None else most_minutes(left, asked["drive_day_min"]),
    )  # fmt: skip
    drive_min = np.where(ticks < 0, np.nan, ticks / ranking.TICKS_A_MINUTE)
    line_km = np.where(metres < 0, np.nan, metres / 1000)
    none = np.full(len(sites), -1, dtype=np.int64)
    empty = np.empty(0, dtype=np.int64)
    ties = tuple(frozenset(("tie", tie) for tie in site["ties"]) for site in sites)
    links = Links(none, none, none, none, none, empty, empty, ties)
    best = eligible.best_sites(drive_min, within_min=LIMIT_MIN)
    found = []
    for tier in range(TIERS):
        ranked = rank_tier(best, tier, drive_min=drive_min, eligible=eligible, links=links, k=asked["k"])
        placed = list(ranked.placed)
        if not placed:
            site = nearest_beyond(drive_min, line_km, tier=tier, eligible=eligible)
            placed = [] if site is None else [site]
        said_no = [site for site in ranked.folded if refused[site]]
        assert ranked.folded[: len(said_no)] == said_no, "who said no stands before who is too far"
        found.append(
            {"placed": placed, "refused": said_no[: asked["k"]], "refused_in_all": len(said_no),
             "too_far": ranked.folded[len(said_no) : asked["k"]], "too_far_in_all": len(ranked.folded) - len(said_no)}
        )  # fmt: skip
    return found


def headed(asked: dict[str, Any], answer: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """What the headings of a list are made of."""
    tiers = [
        {**tier, "too_far_ticks": [asked["sites"][site]["ticks"] for site in tier["too_far"]]}
        for tier in answer["tiers"]
    ]
    return {"k": asked["k"], "days_left": draw.randint(-2, 9), "words": dict(phrases()), "tiers": tiers}


def without_noes(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: value for name, value in tier.items() if name != "noes"} for tier in answer["tiers"]]


def test_tables_and_rows_are_ordered_alike():
    draw = random.Random(11)
    seen = {"refused": 0, "too_far": 0, "beyond": 0}
    for _ in range(400):
        asked = question(draw)
        answer = json.loads(door.ask("ranking.backups", json.dumps(asked)))
        assert without_noes(answer) == by_tables(asked)
        day = asked["empty_on"] and dt.date.fromisoformat(asked["empty_on"])
        assert answer["days_left"] == (day and (day - TODAY).days - 1), "the last day may be the day it runs dry"
        for tier in answer["tiers"]:
            for place, no in zip(tier["refused"], tier["noes"], strict=True):
                topic, first, last = asked["sites"][place]["noes"][no]
                assert first <= TODAY.toordinal() <= last
                assert topic in ("all", asked["audience"]) or (asked["payer"] and topic.startswith("payer:"))
            seen["refused"] += len(tier["refused"])
            seen["too_far"] += tier["too_far_in_all"]
            seen["beyond"] += any(not 0 <= asked["sites"][p]["ticks"] <= asked["limit"] for p in tier["placed"])
    assert min(seen.values()) > 50, seen


def in_one_go(own: list[int], fit: list[int], dependent: list[int], ties: list[list[int]], k: int) -> list[int]:
    """The tier's order told another way: fit by fit, first those that share nothing, then the others."""
    placed: list[int] = []
    spoken_for: set[int] = set()
    for level in ranking.FITS:
        of_level = [place for place in own if fit[place] == level]
        free: list[int] = []
        for place in of_level:
            if not dependent[place] and spoken_for.isdisjoint(ties[place]):
                free.append(place)
                spoken_for |= set(ties[place])
        placed += free + [place for place in of_level if place not in free]
    return placed[:k]


def test_a_tier_takes_independent_ones_first_within_each_fit():
    draw = random.Random(2)
    full = 0
    for _ in range(600):
        count, k = draw.randint(0, 12), draw.randint(1, 8)
        levels = draw.choice([ranking.FITS, (ranking.YES,), (ranking.ASK,)])
        fit = sorted(draw.choice(levels) for _ in range(count))
        dependent = [draw.choice([0, 0, 0, 1]) for _ in range(count)]
        ties = [draw.sample(range(8), draw.randint(0, 2)) for _ in range(count)]
        placed, leading = ranking.place_tier(list(range(count)), fit, dependent, ties, k)
        assert placed == in_one_go(list(range(count)), fit, dependent, ties, k)
        if len(set(fit)) == 1:
            apart = [place for place in placed if not dependent[place]]
            most = next(
                (n for n, p in enumerate(placed) if p not in apart or _shared(p, placed[:n], ties)), len(placed)
            )
            assert leading == most
            full += leading == k
    assert full > 30


def _shared(place: int, before: list[int], ties: list[list[int]]) -> bool:
    return any(set(ties[place]) & set(ties[other]) for other in before)


def test_what_nobody_asks_for_fits_and_what_is_no_longer_refused_must_be_asked():
    assert ranking.refusal([], "adult", "", 5) == -1
    assert ranking.asked_again([["all", 5, 5]], 5) == ranking.YES
    assert [ranking.asked_again([["all", 5, 7]], today) for today in (4, 5, 7, 8)] == [1, 0, 0, 1]
    assert ranking.asked_again([["child", 1, 2]], 5) == ranking.YES
    assert ranking.TICKS_A_MINUTE == 10000, "as the finder's page writes minutes"


def _plain(site: int, **changes: Any) -> dict[str, Any]:
    return {
        "site": site, "person": site, "tier": 0, "grade": 0, "ticks": 600000 + site, "metres": -1, "dependent": 0,
        "ties": [], "age": 0, "payer": 0, "pump": 0, "noes": [], "wait": None, **changes,
    }  # fmt: skip


def _ask(*sites: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    asked = {
        "k": 5, "tiers": 1, "limit": 4800000, "audience": "adult", "payer": "", "today": TODAY.isoformat(),
        "empty_on": None, "drive_day_min": 300, "sites": list(sites), **changes,
    }  # fmt: skip
    return ranking.backups(asked)["tiers"]


def _no(topic: str, *, days_ago: int = 0) -> list[Any]:
    first = TODAY.toordinal() - days_ago
    return [topic, first, first + 90]


@pytest.mark.parametrize(("days_ago", "placed", "refused"), [(0, [1], [0]), (90, [1], [0]), (91, [1, 0], [])])
def test_a_no_to_all_folds_for_ninety_days_and_must_be_asked_again_after_that(days_ago, placed, refused):
    tier = _ask(_plain(0, noes=[_no("all", days_ago=days_ago)]), _plain(1))[0]
    assert (tier["placed"], tier["refused"], tier["refused_in_all"]) == (placed, refused, len(refused))


@pytest.mark.parametrize(
    ("topic", "audience", "payer", "folds"),
    [("child", "adult", "", False), ("child", "child", "", True), ("adult", "adult", "", True),
     ("payer:blue", "adult", "", False), ("payer:blue", "adult", "blue", True), ("payer:blue", "adult", "red", False),
     ("payer:", "adult", "red", True), ("payer:", "adult", "", False)],
)  # fmt: skip
def test_a_no_folds_whom_it_was_said_to(topic, audience, payer, folds):
    tier = _ask(_plain(0, noes=[_no(topic)]), audience=audience, payer=payer)[0]
    assert bool(tier["refused"]) == folds
    assert tier["placed"] == ([] if folds else [0])


@pytest.mark.parametrize(
    ("days", "minutes", "folds"),
    [(0, 0, False), (0, 1, True), (1, 150, False), (1, 151, True), (2, 450, False), (2, 451, True), (3, 479, False)],
)
def test_a_drive_that_the_days_left_do_not_allow_is_folded(days, minutes, folds):
    empty_on = (TODAY + dt.timedelta(days=days)).isoformat()
    tier = _ask(_plain(0, ticks=minutes * 10000), empty_on=empty_on)[0]
    assert (tier["too_far_in_all"], tier["placed"]) == ((1, []) if folds else (0, [0]))


def test_a_first_visit_in_time_comes_before_one_that_is_not_known_and_one_too_late():
    late, unknown, soon = (TODAY.toordinal(), TODAY.toordinal() + 90), None, [3, TODAY.toordinal(), 999999]
    sites = [_plain(0, wait=[20, *late]), _plain(1, wait=unknown), _plain(2, wait=soon)]
    assert _ask(*sites, empty_on=(TODAY + dt.timedelta(days=10)).isoformat())[0]["placed"] == [2, 1, 0]
    assert _ask(*sites)[0]["placed"] == [0, 1, 2], "without a date no wait counts"


def test_with_no_whole_day_left_a_visit_must_be_today():
    today = [TODAY.toordinal()] * 2
    sites = [_plain(0, wait=[1, *today]), _plain(1), _plain(2, wait=[0, *today])]
    assert _ask(*sites, empty_on=(TODAY + dt.timedelta(days=1)).isoformat())[0]["placed"] == [2, 1, 0]


def test_the_pump_that_may_be_empty_today_allows_no_drive():
    tier = _ask(_plain(0, ticks=1), _plain(1, ticks=0), empty_on=TODAY.isoformat())[0]
    assert (tier["placed"], tier["too_far_in_all"]) == ([1], 1)


def test_the_limit_itself_is_within_it():
    tier = _ask(_plain(0, ticks=4800000), _plain(1, ticks=4800001), _plain(2))[0]
    assert tier["placed"] == [2, 0]


def test_a_day_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not a day: 2026-02-30"):
        _ask(_plain(0), today="2026-02-30")


@pytest.mark.browser
@pytest.mark.parametrize("count", [100, pytest.param(1500, marks=pytest.mark.slow)])
def test_a_page_orders_alike(agree, count):
    draw = random.Random(count)
    asked = [question(draw) for _ in range(count)]
    answers = agree("ranking.backups", asked)
    assert sum(bool(tier["placed"]) for answer in answers for tier in answer["tiers"]) > count
    heads = agree("answer.headings", [headed(*both, draw) for both in zip(asked, answers, strict=True)])
    assert {bool(tier["none"]) for head in heads for tier in head["tiers"]} == {True, False}
    assert any(tier["too_far"] for head in heads for tier in head["tiers"])
