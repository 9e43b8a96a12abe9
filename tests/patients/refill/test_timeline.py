"""The refill timeline against the worked examples of the reference and hand-made cases."""

from __future__ import annotations

import dataclasses
import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.errors import InputError
from deserts.patients.refill.clock_form import read_pump_facts
from deserts.patients.refill.drugs import Drug
from deserts.patients.refill.fill import Fill, PumpFacts
from deserts.patients.refill.refill_text import render_timeline
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline, refill_limits
from deserts.patients.words import EMERGENCY_LINE, texts
from deserts.rules.days import latest_workday
from deserts.services.profile import load_service
from tests.patients.world import ITB

FILLED = dt.date(2026, 10, 1)
TODAY = dt.date(2026, 10, 10)


def form(**changes):
    base = {
        "pump": {"reservoir_ml": 40},
        "drugs": [drug()],
        "fill_ml": 40,
        "alarm_ml": 2,
        "filled_on": FILLED.isoformat(),
    }
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


def drug(name="baclofen", concentration=2000.0, dose=600.0, unit="mcg"):
    return {
        "name": name, "concentration": concentration, "concentration_unit": f"{unit}/mL",
        "daily_dose": dose, "dose_unit": f"{unit}/day",
    }  # fmt: skip


def clock(today=TODAY, **changes) -> Timeline:
    return make_timeline(read_pump_facts(form(**changes)), service=ITB, today=today)


def typed(today=TODAY, **facts) -> Timeline:
    return make_timeline(PumpFacts(**facts), service=ITB, today=today)


def day(number: int) -> dt.date:
    return FILLED + dt.timedelta(days=number)


def workday(on: dt.date) -> dt.date:
    return dt.date.fromordinal(latest_workday(on.toordinal()))


def ahead(number: int) -> dt.date:
    return TODAY + dt.timedelta(days=number)


def test_the_worked_example_of_a_40_ml_pump():
    found = clock()
    assert found.alarm_on == found.computed_alarm_on == day(126)
    assert found.nominal_empty_on == day(133)
    assert found.earliest_alarm_on == day(math.floor(38 * 2000 / (600 * 1.145)))
    assert found.earliest_empty_on == day(math.floor(40 * 2000 / (600 * 1.145)))
    assert found.refill_by == workday(found.earliest_alarm_on - dt.timedelta(days=5))
    assert found.last_safe_on == workday(found.earliest_empty_on - dt.timedelta(days=4))
    assert found.target_on == found.refill_by
    assert found.basis == "computed"
    assert found.why == (texts()["why.basis_computed"], texts()["why.tolerance"].replace("{percent}", "14.5"))
    assert (found.is_known, found.is_red, found.is_emergency) == (True, False, False)
    assert (found.first_line, found.safe_line, found.safe_on, found.red, found.emergency) == ("", "", None, (), ())
    assert (found.days_left, found.nominal_days_left) == (116 - 9, 133 - 9)
    assert found.flow_nl_day == 300_000
    assert found.warnings == (texts()["warning.no_print"],)
    assert found.ask == ()


def test_the_worked_example_of_a_20_ml_pump():
    found = clock(pump={"reservoir_ml": 20}, fill_ml=20, drugs=[drug(concentration=500, dose=450)])
    assert found.alarm_on == day(20)
    assert found.red == ()
    assert found.ask == (texts()["ask.prescriber"],)
    strongest = clock(pump={"reservoir_ml": 20}, fill_ml=20, drugs=[drug(concentration=2000, dose=1100)])
    assert strongest.alarm_on == day(32)
    assert strongest.ask == ()
    long = clock(drugs=[drug(concentration=1000, dose=600)])
    assert (long.alarm_on, long.ask) == (day(63), ())
    assert clock(drugs=[drug(concentration=1000, dose=640)]).ask == (texts()["ask.prescriber"],)


def test_milligrams_and_micrograms_are_the_same_pump():
    assert clock(drugs=[drug(concentration=2, dose=0.6, unit="mg")]) == clock()


def test_the_sooner_of_printed_and_computed_is_used():
    early = clock(printed={"alarm_on": day(124).isoformat()})
    assert (early.basis, early.alarm_on, early.nominal_empty_on) == ("printed", day(124), day(131))
    assert early.printed_alarm_on == day(124)
    assert not early.is_red
    assert early.why[0] == texts()["why.basis_printed"]
    assert early.warnings == ()
    late = clock(printed={"alarm_on": day(128).isoformat()})
    assert (late.basis, late.alarm_on, late.nominal_empty_on) == ("computed", day(126), day(133))
    assert not late.is_red


def test_a_printed_day_sooner_than_the_fast_alarm_moves_the_earliest_empty_day():
    fast_alarm, fast_empty = 110, 116
    sooner = clock(printed={"alarm_on": day(104).isoformat()})
    assert sooner.red_codes == ("printed_apart",)
    assert sooner.earliest_empty_on is None
    # The same shift without a doubt: a wider profile number would allow it, so the reckoning itself is checked here.
    from deserts.patients.refill.timeline import question_for
    from deserts.rules import timeline as rule

    question = question_for(read_pump_facts(form(printed={"alarm_on": day(104).isoformat()})), service=ITB, today=TODAY)
    question["limits"]["apart_days"] = 30
    found = rule.reckon(question)
    assert found["earliest_alarm_on"] == day(104).isoformat()
    assert found["earliest_empty_on"] == day(fast_empty - (fast_alarm - 104)).isoformat()
    assert found["nominal_empty_on"] == day(133 - (126 - 104)).isoformat()


@pytest.mark.parametrize(("number", "red"), [(123, False), (122, True), (129, False), (130, True)])
def test_more_than_three_days_apart_is_red(number, red):
    found = clock(printed={"alarm_on": day(number).isoformat()})
    assert found.is_red is red
    assert found.red_codes == (("printed_apart",) if red else ())
    if red:
        assert "4 days apart" in found.red[0]


def test_a_dose_change_after_the_print_out_is_red():
    change = {"changed_on": day(5).isoformat(), "previous_daily_ml": 0.3}
    printed = {"alarm_on": day(126).isoformat(), "printed_on": FILLED.isoformat()}
    assert clock(printed=printed, dose_change=change).red_codes == ("print_before_change",)
    assert clock(printed={"alarm_on": printed["alarm_on"]}, dose_change=change).red_codes == ("print_before_change",)
    assert clock(printed={**printed, "printed_on": day(5).isoformat()}, dose_change=change).red_codes == ()
    assert clock(dose_change=change).red_codes == ()


def test_flow_before_and_after_a_change_of_dose():
    # 0.5 mL a day for 8 days, then 0.3: 38 mL are used after 8 + floor((38 - 4) / 0.3) days.
    found = clock(dose_change={"changed_on": day(8).isoformat(), "previous_daily_ml": 0.5})
    assert found.alarm_on == day(8 + math.floor(34 / 0.3))
    assert found.nominal_empty_on == day(8 + math.floor(36 / 0.3))
    assert found.earliest_empty_on == day(8 + math.floor((40 - 4 * 1.145) / (0.3 * 1.145)))
    unknown = clock(dose_change={"changed_on": day(8).isoformat()})
    assert unknown.red_codes == ("dose_before_unknown",)
    at_fill = clock(dose_change={"changed_on": FILLED.isoformat()})
    assert at_fill.alarm_on == day(126)
    assert at_fill.red_codes == ()
    used_up = clock(
        today=day(30), dose_change={"changed_on": day(30).isoformat(), "previous_daily_ml": 1.9}, fill_ml=40
    )
    assert used_up.red_codes == ()
    assert used_up.alarm_on == day(20)
    assert used_up.earliest_alarm_on == day(math.floor(38 / (1.9 * 1.145)))
    assert used_up.emergency == (texts()["emergency.nominal_passed"],)


def test_residual_beyond_tolerance_is_red():
    more = clock(residual={"expected_ml": 10, "measured_ml": 4, "previous_fill_ml": 40})
    assert more.red_codes == ("residual_less",)
    less = clock(residual={"expected_ml": 10, "measured_ml": 20, "previous_fill_ml": 40})
    assert less.red_codes == ("residual_more",)
    assert "may not deliver" in less.red[0]
    assert clock(residual={"expected_ml": 10, "measured_ml": 9, "previous_fill_ml": 40}).red_codes == ()
    # At the tolerance itself nothing is red: 14.5 % of 20 mL are 2.9 mL.
    for measured in (17.1, 22.9):
        at_edge = clock(residual={"expected_ml": 20, "measured_ml": measured, "previous_fill_ml": 40})
        assert at_edge.red_codes == ()


def test_a_residual_moves_the_earliest_day_of_an_emergency():
    """Red hides the days, but the three-day rule sees what a residual shows: 36 of 30 mL delivered."""
    residual = {"expected_ml": 10, "measured_ml": 4, "previous_fill_ml": 40}
    empty = math.floor(40 / (0.3 * 36 / 30))
    assert clock(today=day(empty - 3), residual=residual).emergency == ("only 3 days until the pump can be empty",)
    assert clock(today=day(empty - 4), residual=residual).emergency == ()


def test_drugs_in_one_pump_flow_together():
    together = [drug(), drug("morphine", 10, 3, "mg"), drug("bupivacaine", 20, 6, "mg")]
    assert clock(drugs=together) == clock()
    apart = clock(drugs=[*together[:2], drug("bupivacaine", 20, 9, "mg")])
    assert apart.red_codes == ("rates_disagree",)
    assert clock(daily_ml=0.4).red_codes == ("rates_disagree",)
    for close in (0.3, 0.306, 0.294):
        assert clock(daily_ml=close).red_codes == ()
    assert clock(daily_ml=0.307).red_codes == ("rates_disagree",)
    assert clock(daily_ml=0.306).alarm_on == day(math.floor(38 / 0.306))
    assert clock(daily_ml=0.294).alarm_on == day(126)
    one_known = clock(drugs=[{**drug(), "daily_dose": "", "dose_unit": ""}], daily_ml=0.3)
    assert one_known.alarm_on == day(126)


IMPLAUSIBLE = {
    "fill_in_future": {"filled_on": day(10).isoformat()},
    "fill_too_old": {"filled_on": (TODAY - dt.timedelta(days=181)).isoformat()},
    "print_in_future": {"printed": {"printed_on": day(11).isoformat(), "alarm_on": day(126).isoformat()}},
    "print_of_earlier_fill": {"printed": {"alarm_on": day(-1).isoformat()}},
    "strength_low": {"drugs": [drug(concentration=49.9, dose=24)]},
    "strength_high": {"drugs": [drug(concentration=4001, dose=1199)]},
    "dose_low": {"drugs": [drug(concentration=100, dose=23.9)]},
    "dose_high": {"drugs": [drug(dose=1199.5)]},
    "flow_too_low": {"drugs": [drug(dose=95.9)]},
    "beyond_stability": {"drugs": [drug(dose=60)]},
    "too_short": {"fill_ml": 10, "drugs": [drug(dose=1150, concentration=2000)], "alarm_ml": 2},
    "drug_unknown": {"drugs": [drug("baclofn")]},
    "change_in_future": {"dose_change": {"changed_on": day(10).isoformat(), "previous_daily_ml": 0.3}},
    "flow_too_high": {"drugs": [], "daily_ml": 41},
}


@pytest.mark.parametrize("code", sorted(IMPLAUSIBLE))
def test_what_cannot_be_true_is_red_and_shows_no_day(code):
    found = clock(**IMPLAUSIBLE[code])
    assert code in found.red_codes
    assert found.is_red
    assert len(found.red) == len(found.red_codes)
    assert found.ask
    for name in ("earliest_empty_on", "nominal_empty_on", "earliest_alarm_on", "alarm_on", "refill_by", "last_safe_on",
                 "computed_alarm_on", "days_left", "nominal_days_left"):  # fmt: skip
        assert getattr(found, name) is None
    assert found.target_on == found.safe_on
    text = render_timeline(found, today=TODAY)
    assert text.splitlines()[0] in (EMERGENCY_LINE, texts()["first.red"])
    assert "Earliest safe day by the print-out" in text.splitlines()[1]
    assert "days until empty" not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"filled_on": TODAY.isoformat()},
        {"printed": {"printed_on": TODAY.isoformat(), "alarm_on": day(126).isoformat()}},
        {"printed": {"printed_on": FILLED.isoformat()}},
        {"drugs": [drug(concentration=50, dose=24)]},
        {"drugs": [drug(concentration=4000, dose=1199)]},
        {"drugs": [drug(concentration=2000, dose=1199)]},
        {"drugs": [drug(concentration=600, dose=126.7)]},
        {"drugs": [drug("Lioresal Intrathecal")]},
        {"drugs": [drug("GABLOFEN (baclofen injection)")]},
        {"drugs": [drug(), drug("vitamin B12", 2000, 600)]},
        {"drugs": [drug("morphine", 20, 6, "mg")]},
        {"dose_change": {"changed_on": TODAY.isoformat(), "previous_daily_ml": 0.3}},
    ],
)
def test_what_just_can_be_true_is_not_red(changes):
    assert clock(**changes).red_codes == ()


def test_the_last_plausible_age_and_interval():
    assert clock(today=day(180), drugs=[drug(dose=425)], printed=None).red_codes == ()
    assert clock(today=day(181), drugs=[drug(dose=425)], printed=None).red_codes == ("fill_too_old",)
    assert clock(drugs=[], daily_ml=38 / 180).red_codes == ()
    assert clock(drugs=[], daily_ml=38 / 180).alarm_on == day(180)
    assert clock(drugs=[], daily_ml=38 / 181.001).red_codes == ("beyond_stability",)
    assert clock(drugs=[], daily_ml=2.0).alarm_on == day(19)
    assert clock(drugs=[], daily_ml=2.0).red_codes == ()
    assert clock(drugs=[], daily_ml=38 / 18.9).red_codes == ("too_short",)
    assert clock(drugs=[], daily_ml=40, alarm_ml=0, today=FILLED).red_codes == ("too_short",)


def test_the_slowest_flow_is_plausible_for_a_small_fill():
    assert clock(drugs=[], daily_ml=0.048, fill_ml=10).red_codes == ()
    assert clock(drugs=[], daily_ml=0.0479, fill_ml=10).red_codes == ("flow_too_low",)


@pytest.mark.parametrize("name", ["baclofen", "Lioresal", "Gablofen", "baclofn", "Gablofen 2000"])
def test_a_dose_a_thousand_times_too_small_is_red_whatever_the_drug_is_called(name):
    found = clock(drugs=[drug(name, dose=0.6)])
    assert found.is_red
    assert {"flow_too_low", "beyond_stability"} <= set(found.red_codes)
    assert found.days_left is None


def test_a_part_of_a_word_is_no_name():
    assert "drug_unknown" in clock(drugs=[drug("notbaclofenatall")]).red_codes


def test_red_still_shows_the_earliest_safe_day_by_the_print_out():
    wrong = {"drugs": [drug(dose=60)]}
    shown = clock(**wrong, printed={"alarm_on": day(126).isoformat()})
    assert shown.safe_on == workday(day(121))
    assert shown.safe_line == f"Earliest safe day by the print-out: {shown.safe_on:%A} {shown.safe_on}."
    assert shown.first_line == texts()["first.red"]
    assert clock(**wrong).safe_line == texts()["safe.none"]
    # What is left of it has passed, or the print-out itself cannot be right, or numbers show a sooner day.
    assert clock(**wrong, printed={"alarm_on": day(13).isoformat()}).safe_on is None
    assert clock(**wrong, printed={"alarm_on": day(181).isoformat()}).safe_on is None
    assert clock(**wrong, printed={"alarm_on": day(180).isoformat()}).safe_on == workday(day(175))
    assert clock(**wrong, printed={"alarm_on": day(-1).isoformat()}).safe_on is None
    sooner = clock(drugs=[drug(dose=1150)], printed={"alarm_on": day(126).isoformat()})
    assert sooner.red_codes == ("printed_apart",)
    assert sooner.safe_on == workday(day(math.floor(38 * 2000 / (1150 * 1.145)) - 5))


def test_a_safe_day_may_be_today():
    today = dt.date(2026, 10, 15)
    found = clock(today=today, drugs=[drug(dose=60)], printed={"alarm_on": "2026-10-20"})
    assert found.safe_on == today


def test_missing_alarm_volume_is_a_default_and_says_so():
    found = clock(alarm_ml=None)
    assert found.alarm_on == clock().alarm_on
    assert found.why[-1] == "alarm volume not given: 2 mL taken, our default, not this pump's"
    tiny = clock(alarm_ml=None, fill_ml=1.5)
    assert "too_short" in tiny.red_codes


def test_a_print_out_without_dose_counts_nothing_behind_the_alarm():
    found = clock(drugs=[], fill_ml=None, alarm_ml=None, printed={"alarm_on": day(126).isoformat()})
    assert found.basis == "printed"
    assert found.alarm_on == day(126)
    assert found.earliest_alarm_on == found.earliest_empty_on == day(math.floor(126 / 1.145))
    assert found.nominal_empty_on is None
    assert found.nominal_days_left is None
    assert found.why == (
        texts()["why.basis_printed"], texts()["why.no_dose"], texts()["why.tolerance"].replace("{percent}", "14.5"),
    )  # fmt: skip
    assert found.flow_nl_day is None
    assert clock(drugs=[], fill_ml=None, alarm_ml=None).first_line == texts()["first.unknown"]
    assert not clock(drugs=[], fill_ml=None, alarm_ml=None).is_known
    no_fill = clock(fill_ml=None, alarm_ml=None, printed={"alarm_on": day(126).isoformat()})
    assert no_fill.earliest_empty_on == found.earliest_empty_on


def test_a_typed_alarm_day_counts_as_the_print_outs():
    facts = read_pump_facts(form())
    beside = make_timeline(PumpFacts(alarm_on=day(124), fill=facts.fill, drugs=facts.drugs), service=ITB, today=TODAY)
    assert beside == clock(printed={"alarm_on": day(124).isoformat()})
    both = read_pump_facts(form(printed={"alarm_on": day(126).isoformat()}))
    for number, codes in ((123, ()), (122, ("printed_apart", "two_alarms")), (130, ("two_alarms",))):
        found = make_timeline(
            PumpFacts(alarm_on=day(number), fill=both.fill, drugs=both.drugs), service=ITB, today=TODAY
        )
        assert found.red_codes == codes
        assert found.printed_alarm_on == day(min(number, 126))


def test_a_typed_alarm_alone():
    found = typed(alarm_on=ahead(30))
    assert found.alarm_on == found.earliest_alarm_on == found.earliest_empty_on == found.printed_alarm_on == ahead(30)
    assert found.nominal_empty_on is None
    assert found.refill_by == workday(ahead(25))
    assert (found.basis, found.days_left) == ("alarm", 30)
    assert found.why == (texts()["why.typed_alarm"],)
    assert found.warnings == (texts()["warning.no_fill_day"],)
    assert typed(alarm_on=ahead(180)).red_codes == ()
    assert typed(alarm_on=ahead(181)).red_codes == ("typed_too_far",)
    assert typed(alarm_on=ahead(181)).safe_on is None


def test_a_typed_run_dry_day_alone_and_with_an_alarm():
    dry = typed(run_dry_on=ahead(30))
    assert dry.earliest_empty_on == dry.nominal_empty_on == ahead(30)
    assert dry.alarm_on is None
    assert dry.refill_by == workday(ahead(25))
    assert (dry.basis, dry.why) == ("run_dry", (texts()["why.typed_run_dry"],))
    assert typed(run_dry_on=ahead(181)).red_codes == ("typed_too_far",)
    both = typed(run_dry_on=ahead(30), alarm_on=ahead(24))
    assert both.earliest_empty_on == ahead(30)
    assert both.refill_by == workday(ahead(19))
    assert both.red_codes == ()
    assert typed(run_dry_on=ahead(30), alarm_on=ahead(30)).red_codes == ()
    wrong = typed(run_dry_on=ahead(30), alarm_on=ahead(31))
    assert wrong.red_codes == ("alarm_after_run_dry",)
    assert wrong.safe_on == workday(ahead(25))


def test_typed_days_with_the_day_of_the_fill():
    alarm = typed(alarm_on=day(126), fill=Fill(FILLED))
    assert alarm.earliest_empty_on == day(math.floor(126 / 1.145))
    dry = typed(run_dry_on=day(133), fill=Fill(FILLED))
    assert dry.earliest_empty_on == day(math.floor(133 / 1.145))
    assert dry.nominal_empty_on == day(133)
    assert dry.basis == "run_dry"
    assert texts()["why.typed_run_dry_too"] in dry.why
    assert dry.warnings == (texts()["warning.no_print"],)
    before = typed(run_dry_on=day(-2), fill=Fill(FILLED))
    assert before.earliest_empty_on == day(-2)
    assert before.is_emergency


@pytest.mark.parametrize(("number", "red"), [(112, True), (113, False), (136, False), (137, True)])
def test_a_typed_run_dry_day_must_fit_fill_and_dose(number, red):
    facts = read_pump_facts(form(run_dry_on=day(number).isoformat()))
    found = make_timeline(facts, service=ITB, today=TODAY)
    assert found.red_codes == (("run_dry_apart",) if red else ())
    if not red:
        assert found.earliest_empty_on == day(min(number, 116))
        assert found.nominal_empty_on == day(min(number, 133))


def test_nothing_known_is_unknown():
    found = typed()
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.is_red = True
    assert found.first_line.startswith("Date unknown: read the pump's print-out now.")
    assert (found.is_known, found.is_red, found.is_emergency, found.basis) == (False, False, False, "")
    assert found.refill_by is None
    assert found.last_safe_on is None
    assert found.warnings == ()


@pytest.mark.parametrize(
    ("left", "why"),
    [
        (4, ()),
        (3, ("only 3 days until the pump can be empty",)),
        (1, ("only 1 day until the pump can be empty",)),
        (0, ("the pump can be empty today",)),
    ],
)
def test_the_three_day_rule_runs_to_the_earliest_plausible_day(left, why):
    earliest = clock().earliest_empty_on
    found = clock(today=earliest - dt.timedelta(days=left))
    assert found.emergency == why
    assert found.is_emergency is bool(why)
    assert found.is_red is bool(why)
    assert found.days_left == left
    assert (found.first_line == EMERGENCY_LINE) is bool(why)
    assert typed(today=TODAY, alarm_on=ahead(left)).emergency == why


def test_days_that_have_passed():
    assert clock(today=day(117)).emergency == (texts()["emergency.earliest_passed"],)
    assert clock(today=day(133)).emergency == (texts()["emergency.earliest_passed"],)
    assert clock(today=day(134)).emergency == (texts()["emergency.nominal_passed"],)
    assert typed(alarm_on=ahead(-1)).emergency == (texts()["emergency.earliest_passed"],)
    assert typed(run_dry_on=ahead(-1)).emergency == (texts()["emergency.nominal_passed"],)


def test_signs_are_emergencies_whatever_is_left():
    sign = typed(alarm_on=ahead(60), withdrawal_signs=True)
    assert (sign.first_line, sign.emergency) == (EMERGENCY_LINE, ("a sign of withdrawal",))
    much = typed(alarm_on=ahead(60), overdose_signs=True)
    assert (much.first_line, much.emergency) == (texts()["first.overdose"], ("a sign of overdose",))
    both = typed(overdose_signs=True, withdrawal_signs=True)
    assert both.first_line == f"{EMERGENCY_LINE} {texts()['first.overdose']}"
    assert both.is_red
    red = typed(alarm_on=ahead(300), overdose_signs=True)
    assert red.first_line == texts()["first.overdose"]
    assert red.safe_line == texts()["safe.none"]


def test_the_day_for_the_refill_that_has_passed_is_said_to_have():
    refill_by = clock().refill_by
    late = clock(today=refill_by + dt.timedelta(days=1))
    assert not late.is_red
    assert late.refill_by == refill_by
    assert late.target_on == late.last_safe_on
    assert late.warnings[0].startswith(
        f"the day for the refill ({refill_by:%A} {refill_by}) has passed; the pump can be "
    )
    assert not any("has passed" in line for line in clock(today=refill_by).warnings)
    assert clock(today=refill_by).target_on == refill_by
    assert clock(today=late.last_safe_on).target_on == late.last_safe_on
    assert clock(today=late.last_safe_on + dt.timedelta(days=1)).target_on is None
    assert "(passed)" in render_timeline(late, today=refill_by + dt.timedelta(days=1))


def test_the_day_of_an_empty_pump_still_warns_and_a_later_one_does_not():
    assert any("in 0 days" in line for line in typed(alarm_on=TODAY).warnings)
    assert not any("has passed" in line for line in typed(alarm_on=ahead(-1)).warnings)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drugs": [drug(dose=90000)]}, "more in one day than the full reservoir holds"),
        ({"drugs": [drug(dose=-5)]}, "must be above 0"),
        ({"fill_ml": 41}, "more than the reservoir holds"),
        ({"fill_ml": 41, "pump": {}}, "more than the reservoir holds"),
        ({"alarm_ml": 40}, "must be below the fill"),
        ({"pump": {"reservoir_ml": 30}}, "no pump with such a reservoir is known"),
        ({"filled_on": "10/32/2026"}, "expected a day as 12/20/2026"),
        ({"filled_on": None}, "must be given with volumes"),
        ({"residual": {"expected_ml": 3}}, "must all be given"),
        ({"residual": {"expected_ml": 3, "measured_ml": 3}}, "must all be given"),
        ({"residual": {"expected_ml": 40, "measured_ml": 3, "previous_fill_ml": 40}}, "no more can be left"),
        ({"dose_change": {"previous_daily_ml": 0.3}}, "must be given with the volume"),
        ({"drugs": [{"name": "baclofen", "concentration": 2000, "concentration_unit": ""}]}, "must be given"),
        ({"dose": 600}, "a field that is not known"),
    ],
)  # fmt: skip
def test_mistakes_of_the_form_are_caught_and_never_repeated(changes, message):
    with pytest.raises(InputError) as caught:
        clock(**changes)
    assert message in str(caught.value)
    assert FILLED.isoformat() not in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError) as caught:
        clock(fill_ml=41, alarm_ml=-1, drugs=[drug(dose=-3)])
    assert all(field in str(caught.value) for field in ("fill_ml", "alarm_ml", "drugs[1].daily_dose"))


def test_a_compounded_strength_is_pointed_out():
    assert any("2000 mcg/mL is compounded" in line for line in clock(drugs=[drug(concentration=3000)]).warnings)
    assert not any("is compounded" in line for line in clock().warnings)
    morphine = [drug(), drug("morphine", 20, 6, "mg")]
    assert not any("is compounded" in line for line in clock(drugs=morphine).warnings)


@settings(max_examples=60, deadline=None)
@given(
    fill=st.floats(5, 40), alarm=st.floats(0, 4), dose=st.floats(30, 1100), strength=st.sampled_from([500, 1000, 2000])
)
def test_earliest_never_later_than_nominal_and_more_dose_never_longer(fill, alarm, dose, strength):
    one = clock(fill_ml=fill, alarm_ml=alarm, drugs=[drug(concentration=strength, dose=dose)])
    two = clock(fill_ml=fill, alarm_ml=alarm, drugs=[drug(concentration=strength, dose=dose * 1.05)])
    for found in (one, two):
        if not found.red:
            assert found.earliest_empty_on <= found.nominal_empty_on
            assert found.earliest_alarm_on <= found.alarm_on <= day(180)
            assert found.refill_by < found.earliest_empty_on
    if not one.red and not two.red:
        assert two.earliest_empty_on <= one.earliest_empty_on
        assert two.refill_by <= one.refill_by


def test_limits_are_the_profiles_numbers():
    limits = refill_limits(ITB)
    assert limits["tolerance_ppm"] == 145_000
    assert limits["strength_high_pg_ml"] == 4_000_000_000
    assert limits["alarm_nl"] == 2_000_000
    assert limits["drug_names"] == ["baclofen", "lioresal", "gablofen"]
    assert keeps_time(ITB)
    assert not keeps_time(load_service("mohs"))


def test_drugs_are_checked_without_a_fill():
    odd = Drug("Gablofen", 2000, "mcg/mL", 0.6, "mcg/day")
    assert typed(alarm_on=ahead(60), drugs=(odd,)).red_codes == ("dose_low",)
    assert typed(alarm_on=ahead(60), drugs=(Drug("Gablofen", 2000, "mcg/mL", None, "mcg/day"),)).red_codes == ()


def test_sentences_hold_their_numbers():
    told = {name: dict(_by_code(clock(**changes)))[name] for name, changes in IMPLAUSIBLE.items()}
    assert told["strength_low"].startswith("the strength lies below 50 mcg/mL, the weakest baclofen sold for pumps")
    assert told["strength_high"].startswith("the strength lies above 4000 mcg/mL, twice the strongest baclofen sold")
    assert told["dose_low"].startswith("the dose lies below 24 mcg a day, the lowest usual one of baclofen")
    assert told["dose_high"].startswith("the dose lies above 1199 mcg a day, the highest usual one of baclofen")
    assert told["fill_too_old"].startswith(
        "the fill is 181 days old, and the drug is known to be stable in the pump for 180 days"
    )
    assert told["beyond_stability"].startswith(
        "by these numbers the alarm comes 1266 days after the fill, and the drug"
    )
    assert told["beyond_stability"].endswith("for 180 days")
    assert told["too_short"].startswith("by these numbers the alarm comes 13 days after the fill")
    assert "those of baclofen" in told["drug_unknown"]
    late = typed(alarm_on=day(181), fill=Fill(FILLED))
    assert late.red == (
        "the alarm day is 181 days after the fill, and the drug is known to be stable in the pump for 180 days",
    )
    assert late.red_codes == ("alarm_beyond_stability",)
    assert typed(alarm_on=day(180), fill=Fill(FILLED)).red_codes == ()
    assert typed(alarm_on=ahead(300)).red[0].startswith("the day lies more than 180 days ahead")
    two = make_timeline(
        PumpFacts(alarm_on=day(100), fill=Fill(FILLED, printed_alarm_on=day(120))), service=ITB, today=TODAY
    )
    assert two.red == ("two alarm days were given, 20 days apart: the sooner one counts",)


def _by_code(found: Timeline) -> list[tuple[str, str]]:
    return list(zip(found.red_codes, found.red, strict=True))


def test_edges_of_the_reading():
    tie = clock(drugs=[], daily_ml=38 / 180)
    assert (tie.basis, tie.alarm_on) == ("limit", day(180))
    at_fill = typed(today=FILLED, run_dry_on=FILLED, fill=Fill(FILLED))
    tolerance = texts()["why.tolerance"].replace("{percent}", "14.5")
    assert tolerance in at_fill.why
    assert tolerance in typed(run_dry_on=day(133), fill=Fill(FILLED)).why
    assert typed(alarm_on=FILLED, fill=Fill(FILLED)).basis == "printed"
    twice = clock(residual={"expected_ml": 20, "measured_ml": 0, "previous_fill_ml": 40})
    assert texts()["why.tolerance"].replace("{percent}", "100.0") in twice.why
    sixty = clock(drugs=[drug(concentration=1000, dose=633.3)])
    assert (sixty.alarm_on, sixty.ask) == (day(60), ())
    later = typed(alarm_on=ahead(20), fill=Fill(ahead(20)))
    assert later.red_codes == ("fill_in_future",)
    assert later.safe_on == workday(ahead(15))


@pytest.mark.parametrize("name", ["Injection (baclofen)", "baclofen!", "baclofen-PF"])
def test_signs_around_a_name_do_not_hide_it(name):
    assert clock(drugs=[drug(name)]).red_codes == ()
