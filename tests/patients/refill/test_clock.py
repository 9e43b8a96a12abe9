"""The refill clock against the worked examples of the reference and hand-made cases."""

from __future__ import annotations

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.errors import InputError
from deserts.patients.refill.clock import read_clock
from deserts.patients.refill.clock_form import read_fill
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
    return {**base, **changes}


def drug(name="baclofen", concentration=2000.0, dose=600.0, unit="mcg"):
    return {
        "name": name, "concentration": concentration, "concentration_unit": f"{unit}/mL",
        "daily_dose": dose, "dose_unit": f"{unit}/day",
    }  # fmt: skip


def clock(today=TODAY, **changes):
    return read_clock(read_fill(form(**changes), service=ITB, today=today), service=ITB, today=today)


def day(number: int) -> dt.date:
    return FILLED + dt.timedelta(days=number)


def test_the_worked_example_of_a_40_ml_pump():
    result = clock()
    assert result.nominal.low_reservoir == day(126)
    assert result.nominal.empty == day(133)
    assert result.nominal.refill_by == day(121)
    assert result.earliest.low_reservoir == day(math.floor(38 * 2000 / (600 * 1.145)))
    assert result.earliest.empty == day(math.floor(40 * 2000 / (600 * 1.145)))
    assert result.basis == "computed"
    assert not result.is_red
    assert result.days_to_empty == 133 - 9


def test_the_worked_example_of_a_20_ml_pump():
    result = clock(pump={"reservoir_ml": 20}, fill_ml=20, drugs=[drug(concentration=500, dose=450)])
    assert result.nominal.low_reservoir == day(20)
    assert result.questions[0].startswith("For the prescriber alone")


def test_milligrams_and_micrograms_are_the_same_pump():
    assert clock(drugs=[drug(concentration=2, dose=0.6, unit="mg")]).nominal == clock().nominal


def test_180_days_limit_the_refill_not_the_day_of_emptiness():
    result = clock(drugs=[drug(dose=100)])
    assert result.basis == "limit"
    assert result.nominal.low_reservoir == day(180)
    assert result.nominal.refill_by == day(175)
    assert result.nominal.empty == day(800)


def test_the_earlier_of_printed_and_computed_is_used():
    early = clock(printed={"alarm_on": day(124).isoformat()})
    assert (early.basis, early.nominal.low_reservoir, early.nominal.empty) == ("printed", day(124), day(131))
    assert not early.is_red
    late = clock(printed={"alarm_on": day(128).isoformat()})
    assert (late.basis, late.nominal.low_reservoir) == ("computed", day(126))
    assert not late.is_red


@pytest.mark.parametrize(("number", "red"), [(123, False), (122, True), (129, False), (130, True)])
def test_more_than_three_days_apart_is_red(number, red):
    assert clock(printed={"alarm_on": day(number).isoformat()}).is_red is red


def test_a_dose_change_after_the_print_out_is_red():
    change = {"changed_on": day(5).isoformat(), "previous_daily_ml": 0.3}
    printed = {"alarm_on": day(126).isoformat(), "printed_on": FILLED.isoformat()}
    assert any("changed after the print-out" in line for line in clock(printed=printed, dose_change=change).red)
    newer = {**printed, "printed_on": day(5).isoformat()}
    assert not any("changed after the print-out" in line for line in clock(printed=newer, dose_change=change).red)


def test_flow_before_and_after_a_change_of_dose():
    # 0.5 mL a day for 8 days, then 0.3: 38 mL are used after 8 + floor((38 - 4) / 0.3) days.
    result = clock(dose_change={"changed_on": day(8).isoformat(), "previous_daily_ml": 0.5})
    assert result.nominal.low_reservoir == day(8 + math.floor(34 / 0.3))
    unknown = clock(dose_change={"changed_on": day(8).isoformat()})
    assert any("before the change is not given" in line for line in unknown.red)


def test_residual_beyond_tolerance_is_red_and_moves_the_earliest_day():
    more = clock(residual={"expected_ml": 10, "measured_ml": 4, "previous_fill_ml": 40})
    assert more.is_red
    assert more.earliest.empty == day(math.floor(40 / (0.3 * 36 / 30)))
    less = clock(residual={"expected_ml": 10, "measured_ml": 20, "previous_fill_ml": 40})
    assert "may not deliver" in less.red[0]
    assert less.earliest == clock().earliest
    assert not clock(residual={"expected_ml": 10, "measured_ml": 9, "previous_fill_ml": 40}).is_red


def test_three_drugs_in_one_pump_flow_together():
    together = [drug(), drug("morphine", 10, 3, "mg"), drug("bupivacaine", 20, 6, "mg")]
    assert clock(drugs=together).nominal == clock().nominal
    with pytest.raises(InputError, match=r"volumes a day of drug 1, drug 2, drug 3 disagree"):
        clock(drugs=[*together[:2], drug("bupivacaine", 20, 9, "mg")])
    with pytest.raises(InputError, match="disagree"):
        clock(daily_ml=0.4)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drugs": [drug(concentration=2)]}, "was mg/mL meant"),
        ({"drugs": [drug(dose=0.6)]}, "was mg/day meant"),
        ({"drugs": [drug(concentration=2000, unit="mg", dose=0.6)]}, "was mcg/mL meant"),
        ({"drugs": [drug(dose=90000)]}, "more in one day than the full reservoir holds"),
        ({"drugs": [drug(dose=-5)]}, "must be above 0"),
        ({"fill_ml": 41}, "more than the reservoir holds"),
        ({"alarm_ml": 40}, "must be below the fill"),
        ({"pump": {"reservoir_ml": 30}}, "no pump with such a reservoir is known"),
        ({"filled_on": "2026-10-11"}, "must not lie after 2026-10-10"),
        ({"filled_on": "10/01/2026"}, "expected a day as YYYY-MM-DD"),
        ({"printed": {"alarm_on": "2026-09-01"}}, "belongs to an earlier one"),
        ({"residual": {"expected_ml": 3}}, "must both be given"),
        ({"dose_change": {"previous_daily_ml": 0.3}}, "must be given with the volume"),
        ({"drugs": [{"name": "morphine", "concentration": 20, "concentration_unit": "mg/mL"}]}, "neither a daily"),
        ({"dose": 600}, "a field that is not known"),
    ],
)  # fmt: skip
def test_mistakes_are_caught_and_never_repeated(changes, message):
    with pytest.raises(InputError) as caught:
        clock(**changes)
    assert message in str(caught.value)
    assert FILLED.isoformat() not in str(caught.value)


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError) as caught:
        clock(fill_ml=41, alarm_ml=-1, drugs=[drug(dose=-3)])
    assert all(field in str(caught.value) for field in ("fill_ml", "alarm_ml", "drugs[1].daily_dose"))


def test_unusual_strengths_and_doses_are_pointed_out():
    assert any("is compounded" in line for line in clock(drugs=[drug(concentration=4000)]).warnings)
    assert any("check the unit" in line for line in clock(drugs=[drug(dose=1500)]).warnings)


@settings(max_examples=60, deadline=None)
@given(
    fill=st.floats(5, 40), alarm=st.floats(0, 4), dose=st.floats(30, 1500), strength=st.sampled_from([500, 1000, 2000])
)
def test_earliest_never_later_than_nominal_and_more_dose_never_longer(fill, alarm, dose, strength):
    one = clock(fill_ml=fill, alarm_ml=alarm, drugs=[drug(concentration=strength, dose=dose)])
    two = clock(fill_ml=fill, alarm_ml=alarm, drugs=[drug(concentration=strength, dose=dose * 1.1)])
    for early, late in ((one.earliest, one.nominal), (two.nominal, one.nominal), (two.earliest, one.earliest)):
        assert early.refill_by <= late.refill_by
        assert early.low_reservoir <= late.low_reservoir
        assert early.empty <= late.empty
    assert one.nominal.low_reservoir <= FILLED + dt.timedelta(days=180)


def test_the_emergency_stands_first_as_in_the_plan():
    from deserts.patients.refill.plan import EMERGENCY_LINE
    from deserts.patients.refill.refill_text import render_clock

    last = clock().nominal.empty
    calm = clock(today=dt.date(2026, 10, 2))
    assert calm.emergency_why == ()
    assert EMERGENCY_LINE not in render_clock(calm)
    for days, why in ((3, "only 3 days left"), (1, "only 1 day left"), (-2, "the run-dry date has passed")):
        late = clock(today=last - dt.timedelta(days=days))
        assert why in late.emergency_why
        assert late.is_red
        assert render_clock(late).startswith(EMERGENCY_LINE)
    early = clock(today=clock().earliest.empty)
    assert early.emergency_why == ("the earliest plausible run-dry date has come",)
    soon = clock(today=clock().earliest.empty - dt.timedelta(days=1))
    assert soon.emergency_why == ()
    assert any("empty in 1 day at the earliest: call the clinic today" in line for line in soon.warnings)
