"""What a clinic said stands by one set of rules, told here once more."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest

from deserts.specialists.said import said_rows
from deserts.specialists.standing import ClinicianStanding, SiteStanding, Standings
from tests.specialists.builders import answers, npi

TODAY = dt.date(2026, 6, 1)
HERE, THERE = "1000000004-here", "1000000004-there"


def day(days_ago: int) -> str:
    return (TODAY - dt.timedelta(days=days_ago)).isoformat()


def said(*rows: dict[str, Any], as_of: dt.date = TODAY, service: Any) -> Standings:
    """Standings of one clinician who said these things; each row ``days_ago`` and what differs from a yes by phone."""
    entries = [
        {
            "npi": "1000000004", "scope": "site" if row.get("site_id") else "clinician",
            "recorded_at": f"2026-06-01T12:00:{number:02d}+00:00", **row, "observed_on": day(row.get("days_ago", 0)),
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    frame = answers(*[{k: v for k, v in entry.items() if k != "days_ago"} for entry in entries])
    return Standings.read(frame, service=service, as_of=as_of)


def at(standings: Standings, site: str = HERE, *, only_site: bool = False) -> SiteStanding:
    return standings.clinician("1000000004").at(site, only_site=only_site)


def who(standings: Standings) -> ClinicianStanding:
    return standings.clinician("1000000004")


def outcome(said_of: Any) -> str:
    return "" if said_of is None else said_of.outcome


@pytest.mark.parametrize("gone", ["retired", "no_pumps"])
def test_retired_of_all_sites_contradicts_until_a_newer_yes(itb, gone):
    over = said({"days_ago": 30}, {"outcome": gone, "days_ago": 20}, service=itb)
    assert outcome(who(over).contradicted) == gone
    assert who(over).verified(since=over.since) is None
    back = said({"outcome": gone, "days_ago": 20}, {"days_ago": 10}, service=itb)
    assert who(back).contradicted is None
    assert who(back).verified(since=back.since).on == TODAY - dt.timedelta(days=10)
    assert at(back).closed is None


def test_within_one_instant_what_speaks_against_counts(itb):
    moment = "2026-06-01T12:00:00+00:00"
    rows = [{"outcome": "retired", "recorded_at": moment}, {"outcome": "accepting", "recorded_at": moment}]
    for order in (rows, rows[::-1]):
        assert outcome(who(said(*order, service=itb)).contradicted) == "retired"


def test_retired_at_one_site_closes_it_alone(itb):
    found = said({"outcome": "retired", "site_id": HERE}, service=itb)
    assert who(found).contradicted is None
    assert outcome(at(found, HERE).closed) == "retired"
    assert at(found, THERE).closed is None


@pytest.mark.parametrize("left", ["moved", "not_here"])
def test_moved_closes_the_site_that_it_names_until_a_yes_names_it_too(itb, left):
    gone = {"outcome": left, "site_id": HERE, "days_ago": 9}
    found = said(gone, service=itb)
    assert outcome(at(found, HERE).closed) == left
    assert at(found, THERE).closed is None
    assert outcome(at(said(gone, {}, service=itb), HERE).closed) == left, "a yes without a site lifts nothing"
    assert outcome(at(said(gone, {"site_id": THERE}, service=itb), HERE).closed) == left
    assert at(said(gone, {"site_id": HERE}, service=itb), HERE).closed is None


@pytest.mark.parametrize("left", ["moved", "not_here"])
def test_an_old_entry_that_names_no_site_closes_the_only_one_and_leaves_several_in_doubt(itb, left):
    found = said({"outcome": left, "scope": "", "days_ago": 9}, service=itb)
    assert outcome(at(found, HERE, only_site=True).closed) == left
    assert at(found, HERE, only_site=True).doubt is None
    assert at(found, HERE).closed is None
    assert outcome(at(found, HERE).doubt) == left
    lifted = said({"outcome": left, "scope": "", "days_ago": 9}, {}, service=itb)
    assert at(lifted, HERE).doubt is None


def test_moved_from_all_sites_closes_all(itb):
    found = said({"outcome": "moved"}, service=itb)
    assert [outcome(at(found, site).closed) for site in (HERE, THERE)] == ["moved", "moved"]
    assert at(found, HERE).doubt is None


def test_a_wrong_number_is_of_the_site_that_it_names(itb):
    found = said({"outcome": "wrong_number", "site_id": HERE}, service=itb)
    assert outcome(at(found, HERE).wrong_number) == "wrong_number"
    assert at(found, THERE).wrong_number is None
    old = said({"outcome": "wrong_number", "scope": ""}, service=itb)
    assert at(old, HERE).wrong_number is None
    assert outcome(at(old, HERE).number_in_doubt) == "wrong_number"
    assert at(old, HERE, only_site=True).number_in_doubt is None
    assert outcome(at(old, HERE, only_site=True).wrong_number) == "wrong_number"


def test_hearsay_after_the_clinics_own_word_takes_nothing_from_it(itb):
    """A yes by phone, then a yes of the device representative: once that moved a clinician from number 1 to 4."""
    asked, heard = {"days_ago": 9}, {"source": "device-rep"}
    found = said(asked, heard, service=itb)
    assert who(found).verified(since=found.since).on == TODAY - dt.timedelta(days=9)
    assert at(found).confirmed.source == "phone"
    assert who(said(heard, service=itb)).verified(since=found.since) is None


def test_a_no_that_hearsay_lifted_does_not_give_an_older_word_back(itb):
    rows = [{"days_ago": 30}, {"outcome": "retired", "days_ago": 20}, {"source": "patient", "days_ago": 10}]
    found = said(*rows, service=itb)
    assert who(found).contradicted is None
    assert who(found).verified(since=found.since) is None


@pytest.mark.parametrize(("days_ago", "verifies"), [(0, True), (730, True), (731, False)])
def test_the_clinics_word_verifies_for_the_days_of_the_profile(itb, days_ago, verifies):
    assert itb.number("verification.keep_days") == 730
    found = said({"days_ago": days_ago}, service=itb)
    assert (who(found).verified(since=found.since) is not None) is verifies


@pytest.mark.parametrize(("days_ago", "stands"), [(0, True), (90, True), (91, False)])
def test_a_hard_no_stands_for_ninety_days(itb, days_ago, stands):
    found = at(said({"outcome": "full", "days_ago": days_ago}, service=itb))
    assert (found.hard_no(audience="adult", payer=None, today=TODAY) is not None) is stands


def test_a_hard_no_stands_until_its_day_to_be_asked_again(itb):
    found = at(said({"outcome": "full", "days_ago": 100, "review_on": day(-5)}, service=itb))
    assert found.hard_no(audience="adult", payer=None, today=TODAY) is not None
    assert found.hard_no(audience="adult", payer=None, today=TODAY + dt.timedelta(days=6)) is None


@pytest.mark.parametrize(
    ("row", "audience", "payer", "keeps_away"),
    [
        ({"outcome": "age", "asked_age": "child"}, "child", None, True),
        ({"outcome": "age", "asked_age": "child"}, "adult", None, False),
        ({"outcome": "age"}, "adult", None, True),
        ({"outcome": "age", "ages": "adult"}, "adult", None, False),
        ({"outcome": "payer", "asked_payer": "Blue"}, "adult", "BLUE ", True),
        ({"outcome": "payer", "asked_payer": "Blue"}, "adult", "green", False),
        ({"outcome": "payer", "asked_payer": "Blue"}, "adult", None, False),
        ({"outcome": "payer"}, "adult", "green", True),
        ({"outcome": "payer"}, "adult", None, False),
        ({"outcome": "accepting", "ages": "adult"}, "child", None, True),
        ({"outcome": "accepting"}, "child", "green", False),
    ],
)  # fmt: skip
def test_a_no_keeps_away_whom_it_was_said_to(itb, row, audience, payer, keeps_away):
    found = at(said(row, service=itb)).hard_no(audience=audience, payer=payer, today=TODAY)
    assert (found is not None) is keeps_away


def test_hearsay_lifts_no_no_of_the_clinic_while_it_stands(itb):
    no, heard, asked = {"outcome": "full", "days_ago": 9}, {"source": "patient"}, {"source": "visit"}
    assert at(said(no, heard, service=itb)).hard_no(audience="adult", payer=None, today=TODAY) is not None
    assert at(said(no, asked, service=itb)).hard_no(audience="adult", payer=None, today=TODAY) is None
    old = {"outcome": "full", "days_ago": 95}
    assert at(said(old, heard, service=itb)).says("all") == "yes"


def test_a_vague_no_is_lifted_by_a_later_yes_and_a_named_one_is_not(itb):
    vague, named = {"outcome": "payer", "days_ago": 9}, {"outcome": "payer", "days_ago": 9, "asked_payer": "blue"}
    assert at(said(vague, {}, service=itb)).hard_no(audience="adult", payer="blue", today=TODAY) is None
    assert at(said(named, {}, service=itb)).hard_no(audience="adult", payer="blue", today=TODAY) is not None
    yes = {"asked_payer": "Blue"}
    assert at(said(named, yes, service=itb)).hard_no(audience="adult", payer="blue", today=TODAY) is None


def test_what_was_said_of_one_site_is_not_said_of_another(itb):
    found = said({"outcome": "full", "site_id": HERE}, service=itb)
    assert at(found, HERE).hard_no(audience="adult", payer=None, today=TODAY) is not None
    assert at(found, THERE).hard_no(audience="adult", payer=None, today=TODAY) is None
    assert at(found, THERE).newest is None


def test_the_newest_answer_that_names_it_gives_makers_and_wait(itb):
    rows = [{"pump_makers": "Medtronic", "visit_weeks": 3.0, "days_ago": 9}, {"wait_days": 5, "days_ago": 4}, {}]
    found = at(said(*rows, service=itb))
    assert found.makers() == ("medtronic",)
    assert found.wait().wait_days == 5
    assert at(said(rows[0], service=itb)).wait().wait_days == 21
    heard = {"wait_days": 1, "source": "device-rep"}
    assert at(said(*rows, heard, service=itb)).wait().wait_days == 5, "hearsay promises no visit"


def test_silence_says_nothing(itb):
    found = said({"outcome": "no_answer"}, service=itb)
    assert found.by_npi == {}
    assert found.last_on is None


def test_answers_of_another_service_or_of_a_later_day_are_passed_over(itb):
    assert said({"service": "mohs"}, service=itb).by_npi == {}
    assert said({}, as_of=TODAY - dt.timedelta(days=1), service=itb).by_npi == {}
    assert said({}, service=itb).last_on == TODAY


def test_a_corrected_entry_is_as_if_it_had_never_been_written(itb):
    wrong, key = {"outcome": "retired", "days_ago": 9, "entry": "a" * 64}, "a" * 64
    replaced = said(wrong, {"corrects": key, "entry": "b" * 64}, service=itb)
    assert who(replaced).answers[-1].outcome == "accepting"
    assert len(who(replaced).answers) == 1
    withdrawn = said(wrong, {"outcome": "withdrawn", "corrects": key, "entry": "b" * 64}, service=itb)
    assert withdrawn.by_npi == {}
    again = said(
        wrong, {"outcome": "withdrawn", "corrects": key, "entry": "b" * 64},
        {"outcome": "withdrawn", "corrects": "b" * 64, "entry": "c" * 64}, service=itb,
    )  # fmt: skip
    assert outcome(who(again).contradicted) == "retired", "who withdraws the correction brings the entry back"


def test_parsing_keeps_what_an_entry_says(itb):
    frame = answers({"npi": npi(0), "payers": "Blue; Green|red", "visit_weeks": 1.5, "note": "ask Kim"})
    only = said_rows(frame)[0]
    assert only.payers == ("blue", "green", "red")
    assert only.wait_days == 11, "a part of a day is a day"
    assert dataclasses.replace(only, answered_by="Kim", answered_role="nurse").told_by() == "phone, Kim, nurse"


@pytest.mark.parametrize(("ages", "yes", "no"), [
    ("adult", ["adult"], ["child"]), ("paediatric", ["child"], ["adult"]), ("both", ["adult", "child"], []),
    ("", [], []),
])  # fmt: skip
def test_whom_the_clinic_sees_is_a_yes_and_a_no(itb, ages, yes, no):
    found = at(said({"ages": ages}, service=itb))
    assert [topic for topic in ("adult", "child") if found.says(topic) == "yes"] == yes
    assert [topic for topic in ("adult", "child") if found.says(topic) == "no"] == no


def test_a_refusal_of_an_age_that_nobody_wrote_down_is_vague_for_both(itb):
    vague = {"outcome": "age", "days_ago": 9}
    found = at(said(vague, service=itb))
    assert [found.says(topic) for topic in ("adult", "child")] == ["no", "no"]
    lifted = at(said(vague, {}, service=itb))
    assert [lifted.says(topic) for topic in ("adult", "child")] == ["", ""]
    sees_children = at(said({"outcome": "age", "ages": "paediatric"}, service=itb))
    assert [sees_children.says(topic) for topic in ("adult", "child")] == ["no", "yes"]


def test_what_was_asked_for_and_accepted_is_a_yes(itb):
    found = at(said({"asked_age": "child", "asked_payer": "Blue", "payers": "Green"}, service=itb))
    assert [found.says(topic) for topic in ("child", "payer:blue", "payer:green")] == ["yes"] * 3
    assert at(said({"outcome": "full", "asked_age": "child"}, service=itb)).says("child") == ""
    assert at(said({}, service=itb)).says("") == ""


def test_a_vague_no_is_lifted_by_a_yes_that_counts_alone(itb):
    refused = [{"outcome": "full", "days_ago": 9}, {"outcome": "payer", "days_ago": 8}]
    heard = at(said(*refused, {"source": "patient"}, service=itb))
    assert heard.says("payer:") == "no", "hearsay lifts nothing while the clinic's no stands"
    assert at(said(*refused, {"outcome": "full"}, service=itb)).says("payer:") == "no"
    assert at(said(*refused, {}, service=itb)).says("payer:") == ""


def test_an_answer_is_fresh_for_ninety_days_and_not_before_its_day(itb):
    one = who(said({}, service=itb)).answers[0]
    days = [TODAY + dt.timedelta(days=number) for number in (-1, 0, 90, 91)]
    assert [one.is_fresh(day_) for day_ in days] == [False, True, True, False]
    no = at(said({"outcome": "full"}, service=itb)).on["all"]
    assert [no.is_hard_no(day_) for day_ in days] == [False, True, True, False]


def test_ages_come_from_the_newest_answer_that_says_the_clinician_does_it(itb):
    rows = [{"ages": "adult", "days_ago": 9}, {"days_ago": 5}, {"outcome": "retired", "ages": "both", "days_ago": 3}]
    assert who(said(*rows, service=itb)).ages == "adult"
    assert who(said({}, service=itb)).ages == ""
    assert who(said(*rows, service=itb)).positive.on == TODAY - dt.timedelta(days=5)
    assert who(said(rows[2], service=itb)).positive is None


def test_the_frame_holds_what_stands_of_each_clinician(itb):
    rows: list[dict[str, Any]] = [{"days_ago": 90, "ages": "both"}, {"outcome": "no_pumps", "days_ago": 60}]
    rows += [{"outcome": "retired", "days_ago": 50}, {"outcome": "full", "days_ago": 30, "review_on": day(-20)}]
    frame = said(*rows, service=itb).frame()
    assert frame.index.name == "npi"
    assert str(frame.index.dtype) == "str"
    assert set(frame.dtypes.astype(str)) == {"str"}
    assert frame.loc["1000000004"].to_dict() == {
        "last_outcome": "full", "outcome_on": day(30), "review_on": day(-20), "verified_on": day(30),
        "positive_on": day(30), "said_ages": "both", "contradicted_on": "",
        "against": f"no_pumps on {day(60)}, retired on {day(50)}",
    }  # fmt: skip
    gone = said(*rows[1:3], service=itb).frame().loc["1000000004"]
    assert gone.to_dict() == {
        "last_outcome": "retired", "outcome_on": day(50), "review_on": "", "verified_on": "", "positive_on": "",
        "said_ages": "", "contradicted_on": day(50), "against": f"no_pumps on {day(60)}, retired on {day(50)}",
    }  # fmt: skip
    assert said({"outcome": "moved", "site_id": HERE}, service=itb).frame().empty, "of one site alone"


def test_without_a_log_nothing_stands(itb):
    for rows in (None, answers({}).iloc[:0]):
        found = Standings.read(rows, service=itb, as_of=TODAY)
        assert (found.as_of, found.keep_days, dict(found.by_npi)) == (TODAY, 730, {})
    old = answers({"npi": "1000000004"}).drop(columns=["corrects"])
    assert list(Standings.read(old, service=itb, as_of=TODAY).by_npi) == ["1000000004"]


def test_the_answer_that_closes_may_stand_twice_and_is_lifted_by_what_comes_after(itb):
    gone = {"outcome": "moved", "site_id": HERE}
    rows = [{"site_id": HERE, "days_ago": 9}, {**gone, "days_ago": 5}]
    assert outcome(at(said(*rows, service=itb)).closed) == "moved", "an earlier yes lifts nothing"
    assert outcome(at(said({**gone, "days_ago": 9}, {**gone, "days_ago": 3}, service=itb)).closed) == "moved"


def test_days_are_read_from_days_and_moments(itb):
    frame = answers({"observed_on": "2026-05-01T10:00:00", "review_on": "2026-06-09T00:00:00",
                     "follow_up_on": "2026-06-02"})  # fmt: skip
    only = said_rows(frame)[0]
    assert (only.on, only.review_on) == (dt.date(2026, 5, 1), dt.date(2026, 6, 9))
    assert only.follow_up_on == dt.date(2026, 6, 2)
    assert only.wait_days is None
    blank = said_rows(frame.assign(note=float("nan"), visit_weeks="<NA>", wait_days="None"))[0]
    assert (blank.note, blank.wait_days) == ("", None)


def test_retired_of_all_sites_closes_those_that_a_later_yes_does_not_name(itb):
    back = {"site_id": THERE}
    found = said({"outcome": "retired", "days_ago": 9}, back, service=itb)
    assert outcome(at(found, HERE).closed) == "retired"
    assert at(found, THERE).closed is None
    old = said({"outcome": "retired", "scope": "", "days_ago": 9}, back, service=itb)
    assert at(old, HERE).closed is None, "nobody said that it holds of all sites"


def test_a_yes_for_adults_stays_a_no_for_children(itb):
    assert at(said({"ages": "adult", "days_ago": 9}, {}, service=itb)).says("child") == "no"


def test_what_holds_no_number_names_no_wait(itb):
    assert said_rows(answers({}).assign(visit_weeks="nan"))[0].wait_days is None
    assert Standings(TODAY).since == TODAY
