"""The refill clock: when the reservoir reaches its alarm, when it is empty, and by when it must be refilled.

Plain arithmetic on what the clinic programmed (see ``docs/coordinators.md``); the earlier of printed and computed date
is used, and the earliest plausible date stands beside the nominal one. It never replaces the clinic's own numbers.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

from deserts.errors import InputError
from deserts.patients.counted import counted
from deserts.patients.jsonable import Jsonable
from deserts.patients.papers.card_form import Drug
from deserts.patients.refill.plan import RunDry, emergency_reasons
from deserts.services.profile import Service

__all__ = ["ClockDates", "ClockResult", "DoseChange", "Fill", "Residual", "read_clock"]

_MCG = {"mcg/mL": 1.0, "mg/mL": 1000.0, "mcg/day": 1.0, "mg/day": 1000.0}
_BACLOFEN = "baclofen"


@dataclass(frozen=True, slots=True)
class Residual:
    """What was found in the reservoir at the last refill against what the programmer expected (mL)."""

    expected_ml: float
    measured_ml: float
    previous_fill_ml: float


@dataclass(frozen=True, slots=True)
class DoseChange:
    """A change of dose after the fill; ``previous_daily_ml`` is what flowed before it, None when not known."""

    changed_on: dt.date
    previous_daily_ml: float | None


@dataclass(frozen=True, slots=True)
class Fill:
    """The last refill as on the clinic's print-out. Build it with `deserts.patients.refill.clock_form.read_fill`.

    Parameters
    ----------
    reservoir_ml, fill_ml, alarm_ml
        Size of the reservoir, what was put in, and the volume at which the alarm sounds (mL).
    filled_on
        Day of the refill.
    drugs
        Everything in the reservoir.
    daily_ml
        Total programmed flow (mL a day), None to reckon it from dose and concentration.
    printed_alarm_on, printed_on
        Alarm date on the print-out, and its day.
    dose_change, residual
        See there; None when there was none or nobody measured.
    """

    reservoir_ml: float
    fill_ml: float
    alarm_ml: float
    filled_on: dt.date
    drugs: tuple[Drug, ...]
    daily_ml: float | None = None
    printed_alarm_on: dt.date | None = None
    printed_on: dt.date | None = None
    dose_change: DoseChange | None = None
    residual: Residual | None = None


@dataclass(frozen=True, slots=True)
class ClockDates(Jsonable):
    """Three days of one reckoning."""

    refill_by: dt.date
    low_reservoir: dt.date
    empty: dt.date


@dataclass(frozen=True, slots=True)
class ClockResult(Jsonable):
    """What the clock says.

    Parameters
    ----------
    earliest, nominal
        Earliest plausible days (the pump may deliver more than programmed) and days as programmed.
    basis
        Which alarm date the nominal days use: ``printed``, ``computed``, or ``limit`` (the longest interval).
    daily_ml
        Flow (mL a day).
    computed_alarm_on, printed_alarm_on, longest_on
        The three dates that were compared.
    days_to_empty, days_to_earliest_empty
        From today; negative once past.
    emergency_why
        Which rules make it an emergency, none when none does.
    red
        What is wrong and must be settled before anyone relies on these dates.
    warnings
        What to check.
    questions
        For the prescriber alone.
    is_red
        Whether ``red`` has any, or it is an emergency.
    """

    earliest: ClockDates
    nominal: ClockDates
    basis: str
    daily_ml: float
    computed_alarm_on: dt.date
    printed_alarm_on: dt.date | None
    longest_on: dt.date
    days_to_empty: int
    days_to_earliest_empty: int
    is_red: bool
    emergency_why: tuple[str, ...]
    red: tuple[str, ...]
    warnings: tuple[str, ...]
    questions: tuple[str, ...]


def read_clock(fill: Fill, *, service: Service, today: dt.date) -> ClockResult:
    """Work out a pump's dates.

    Days to the alarm are ``floor((fill - alarm) * concentration / daily dose)``, to empty
    ``floor(fill * concentration / daily dose)``; with a known change of dose, day by day at the flow that held. The
    earliest days divide by the greater of the profile's flow tolerance and what a measured residual shows.

    Parameters
    ----------
    fill
        The last refill.
    service
        The profile, for tolerance, lead and longest interval.
    today
        Day from which days are counted.

    Raises
    ------
    InputError
        If flow can't be reckoned, or the drugs' flows disagree.
    """
    flow = daily_flow(fill, service)
    factor = _fastest(fill.residual, service)
    longest_on = fill.filled_on + dt.timedelta(days=int(service.number("refill.max_days")))
    computed = _alarm_day(fill, flow, 1.0)
    alarms = {"computed": computed, "limit": longest_on}
    if fill.printed_alarm_on is not None:
        alarms["printed"] = fill.printed_alarm_on
    basis = min(alarms, key=lambda name: (alarms[name], name))
    nominal = _dates(fill, flow, 1.0, alarms[basis], service)
    fast = _dates(fill, flow, factor, min(alarms[basis], _alarm_day(fill, flow, factor)), service)
    earliest = ClockDates(fast.refill_by, fast.low_reservoir, min(fast.empty, nominal.empty))
    why = emergency_reasons(RunDry(nominal.empty, earliest.empty), service, today, withdrawal_signs=False)
    red = _red(fill, service, computed=min(computed, longest_on), nominal=nominal)
    return ClockResult(
        earliest=earliest,
        nominal=nominal,
        basis=basis,
        daily_ml=flow,
        computed_alarm_on=computed,
        printed_alarm_on=fill.printed_alarm_on,
        longest_on=longest_on,
        days_to_empty=(nominal.empty - today).days,
        days_to_earliest_empty=(earliest.empty - today).days,
        is_red=bool(red) or bool(why),
        emergency_why=why,
        red=red,
        warnings=_warnings(fill, service, earliest, today),
        questions=_questions(fill, service, nominal),
    )


def daily_flow(fill: Fill, service: Service) -> float:
    """Return the flow (mL a day) that all drugs and the programmed volume agree on.

    Raises
    ------
    InputError
        If there is neither a dose nor a volume, or they disagree.
    """
    flows = {
        f"drug {number}": drug.daily_dose * _MCG[drug.dose_unit] / (drug.concentration * _MCG[drug.concentration_unit])
        for number, drug in enumerate(fill.drugs, start=1)
        if drug.daily_dose is not None
    }
    if fill.daily_ml is not None:
        flows["the programmed volume"] = fill.daily_ml
    if not flows:
        raise InputError(
            "neither a daily dose nor a daily volume is given",
            expected="the total programmed dose a day, flexible schedules and boluses included",
            fix="read it from the clinic's print-out",
        )
    low, high = min(flows.values()), max(flows.values())
    if high - low > service.number("refill.rates_agree") * high:
        raise InputError(
            f"the volumes a day of {', '.join(flows)} disagree",
            expected="one volume a day, since everything in the reservoir flows together",
            fix="check each concentration and dose against the print-out, units first",
        )
    return high


def _fastest(residual: Residual | None, service: Service) -> float:
    tolerance = 1 + service.number("refill.flow_tolerance")
    return tolerance if residual is None else max(tolerance, _delivered(residual))


def _delivered(residual: Residual) -> float:
    """Return delivered volume as a multiple of the expected one."""
    return (residual.previous_fill_ml - residual.measured_ml) / (residual.previous_fill_ml - residual.expected_ml)


def _days_until_used(fill: Fill, flow: float, factor: float, volume_ml: float) -> int:
    """Return whole days until a volume has left the reservoir, at the flow that held on each day."""
    change = fill.dose_change
    if change is None or change.previous_daily_ml is None or change.changed_on <= fill.filled_on:
        return math.floor(round(volume_ml / (flow * factor), 9))
    before_days = (change.changed_on - fill.filled_on).days
    before_flow = change.previous_daily_ml * factor
    if volume_ml <= before_flow * before_days:
        return math.floor(round(volume_ml / before_flow, 9))
    return math.floor(round(before_days + (volume_ml - before_flow * before_days) / (flow * factor), 9))


def _alarm_day(fill: Fill, flow: float, factor: float) -> dt.date:
    return fill.filled_on + dt.timedelta(days=_days_until_used(fill, flow, factor, fill.fill_ml - fill.alarm_ml))


def _dates(fill: Fill, flow: float, factor: float, alarm_on: dt.date, service: Service) -> ClockDates:
    """Return the days that follow from an alarm date: never later than the volume in the reservoir allows."""
    own_alarm = _alarm_day(fill, flow, factor)
    own_empty = fill.filled_on + dt.timedelta(days=_days_until_used(fill, flow, factor, fill.fill_ml))
    # An earlier printed alarm means that less is left than reckoned: the time from alarm to empty moves with it. The
    # longest interval is about the drug's stability, so it moves the refill and not the day on which the pump is empty.
    printed = fill.printed_alarm_on
    sooner = own_alarm - printed if printed is not None and printed < own_alarm else dt.timedelta(0)
    lead = dt.timedelta(days=int(service.number("refill.lead_days")))
    return ClockDates(refill_by=alarm_on - lead, low_reservoir=alarm_on, empty=own_empty - sooner)


def _red(fill: Fill, service: Service, *, computed: dt.date, nominal: ClockDates) -> tuple[str, ...]:
    found = []
    printed, change = fill.printed_alarm_on, fill.dose_change
    apart = 0 if printed is None else abs((printed - computed).days)
    if apart > service.number("refill.apart_days"):
        found.append(
            f"the printed alarm date and the computed one are {counted(apart, 'day')} apart: the earlier is "
            "used; call the clinic, an input or the print-out is wrong"
        )
    if change is not None and printed is not None and change.changed_on > (fill.printed_on or fill.filled_on):
        found.append("the dose was changed after the print-out: its alarm date no longer holds; ask for a new one")
    if change is not None and change.changed_on > fill.filled_on and change.previous_daily_ml is None:
        found.append("the dose before the change is not given: if it was higher, the pump empties sooner than shown")
    if fill.residual is not None:
        delivered, tolerance = _delivered(fill.residual), service.number("refill.flow_tolerance")
        if delivered > 1 + tolerance:
            found.append("the last refill found less than expected, beyond the pump's tolerance: tell the clinic today")
        elif delivered < 1 - tolerance:
            found.append(
                "the last refill found more than expected, beyond the pump's tolerance: the pump or catheter may not "
                "deliver; tell the clinic today"
            )
    if nominal.refill_by <= fill.filled_on:
        found.append("by these numbers the refill would be due at once: check fill, alarm volume and dose")
    return tuple(found)


def _warnings(fill: Fill, service: Service, earliest: ClockDates, today: dt.date) -> tuple[str, ...]:
    found = []
    if earliest.empty <= today:
        found.append("the earliest plausible day on which the pump is empty has come")
    elif earliest.refill_by <= today:
        left = counted((earliest.empty - today).days, "day")
        found.append(f"the earliest refill-by day has come; empty in {left} at the earliest: call the clinic today")
    for drug in fill.drugs:
        if _BACLOFEN not in drug.name.lower():
            continue
        dose = None if drug.daily_dose is None else drug.daily_dose * _MCG[drug.dose_unit]
        low, high = service.number("refill.usual_dose_low_mcg"), service.number("refill.usual_dose_high_mcg")
        if dose is not None and not low <= dose <= high:
            found.append(f"the baclofen dose lies outside the usual {low:.0f} to {high:.0f} mcg a day: check the unit")
        strongest = service.number("refill.usual_concentration_high_mcg_ml")
        if drug.concentration * _MCG[drug.concentration_unit] > strongest:
            found.append(f"baclofen above {strongest:.0f} mcg/mL is compounded: ask early which pharmacy makes it")
    if fill.printed_alarm_on is None:
        found.append("no printed alarm date: ask the clinic for the print-out, its date may be earlier")
    return tuple(found)


def _questions(fill: Fill, service: Service, nominal: ClockDates) -> tuple[str, ...]:
    interval = (nominal.low_reservoir - fill.filled_on).days
    strongest = service.number("refill.usual_concentration_high_mcg_ml")
    weaker = any(
        _BACLOFEN in drug.name.lower() and drug.concentration * _MCG[drug.concentration_unit] < strongest
        for drug in fill.drugs
    )
    if weaker and interval < service.number("refill.short_interval_days"):
        return ("For the prescriber alone: is a higher concentration, and so a longer interval, an option?",)
    return ()
