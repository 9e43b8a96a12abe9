"""Read the refill clock's form: fields as on the card and the packet, unit mistakes caught, no value repeated."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from deserts.documents.form import FormReader
from deserts.patients.papers.card_form import Drug, read_drugs
from deserts.patients.refill.clock import DoseChange, Fill, Residual
from deserts.services.profile import Service

__all__ = ["KNOWN_RESERVOIRS_ML", "read_fill"]

KNOWN_RESERVOIRS_ML = (10.0, 18.0, 20.0, 40.0)
"""SynchroMed EL 10 and 18 mL, SynchroMed II, III and Prometra II 20 and 40 mL."""

_MCG = {"mcg/mL": 1.0, "mg/mL": 1000.0, "mcg/day": 1.0, "mg/day": 1000.0}


def read_fill(
    data: Mapping[str, Any], *, service: Service, today: dt.date, where: str = "the refill clock's form"
) -> Fill:
    """Read and check a form of the refill clock.

    Parameters
    ----------
    data
        ``pump.reservoir_ml``, ``drugs`` (name, concentration, concentration_unit, daily_dose, dose_unit), ``fill_ml``,
        ``filled_on``, and optionally ``alarm_ml``, ``daily_ml``, ``printed.alarm_on``, ``printed.printed_on``,
        ``dose_change.changed_on``, ``dose_change.previous_daily_ml``, ``residual.expected_ml``,
        ``residual.measured_ml``, ``residual.previous_fill_ml``.
    service
        The profile, for the default alarm volume and the usual strengths.
    today
        A fill, a change or a print-out can't lie after it.
    where
        What to call the form in messages.

    Raises
    ------
    InputError
        With every problem, each naming its field and none repeating what was entered.
    """
    form = FormReader(data, where=where)
    reservoir_ml = _reservoir(form.group("pump", required=True))
    fill_ml, alarm_ml = _volumes(form, reservoir_ml, default_alarm_ml=service.number("refill.alarm_volume_ml"))
    drugs = read_drugs(form, reservoir_ml=reservoir_ml)
    for number, drug in enumerate(drugs, start=1):
        _check_strength(form, number, drug, service)
    daily_ml = form.number("daily_ml", above=0)
    if daily_ml is not None and fill_ml is not None and daily_ml > fill_ml:
        form.problem("daily_ml", "more in one day than was filled")
    filled_on = form.day("filled_on", required=True, not_after=today)
    printed_alarm_on, printed_on = _printed(form.group("printed"), filled_on, today)
    dose_change = _dose_change(form.group("dose_change"), today)
    residual = _residual(form.group("residual"), reservoir_ml, fill_ml)
    form.finish()
    return Fill(
        reservoir_ml=float(reservoir_ml or 0),
        fill_ml=float(fill_ml or 0),
        alarm_ml=alarm_ml,
        filled_on=filled_on or today,
        drugs=drugs,
        daily_ml=daily_ml,
        printed_alarm_on=printed_alarm_on,
        printed_on=printed_on,
        dose_change=dose_change,
        residual=residual,
    )


def _reservoir(pump: FormReader) -> float | None:
    reservoir_ml = pump.number("reservoir_ml", required=True, above=0, at_most=max(KNOWN_RESERVOIRS_ML))
    if reservoir_ml is not None and reservoir_ml not in KNOWN_RESERVOIRS_ML:
        known = ", ".join(f"{size:g}" for size in KNOWN_RESERVOIRS_ML)
        pump.problem("reservoir_ml", f"no pump with such a reservoir is known; known sizes are {known} mL")
    return reservoir_ml


def _volumes(form: FormReader, reservoir_ml: float | None, *, default_alarm_ml: float) -> tuple[float | None, float]:
    """Return fill and alarm volume (mL), which must lie below each other and below the reservoir."""
    fill_ml = form.number("fill_ml", required=True, above=0)
    given = form.number("alarm_ml", at_least=0)
    alarm_ml = default_alarm_ml if given is None else given
    if fill_ml is not None and reservoir_ml is not None and fill_ml > reservoir_ml:
        form.problem("fill_ml", "more than the reservoir holds")
    if fill_ml is not None and alarm_ml >= fill_ml:
        form.problem("alarm_ml", "must be below the fill")
    return fill_ml, alarm_ml


def _printed(printed: FormReader, filled_on: dt.date | None, today: dt.date) -> tuple[dt.date | None, dt.date | None]:
    """Return the print-out's alarm date and its own day; both belong to the last fill."""
    alarm_on = printed.day("alarm_on")
    printed_on = printed.day("printed_on", not_after=today)
    for name, day in (("alarm_on", alarm_on), ("printed_on", printed_on)):
        if day is not None and filled_on is not None and day < filled_on:
            printed.problem(name, "lies before the last fill: this print-out belongs to an earlier one")
    return alarm_on, printed_on


def _check_strength(form: FormReader, number: int, drug: Drug, service: Service) -> None:
    """Catch baclofen given in the wrong unit: 2 mcg/mL is 2 mg/mL, and 0.6 mcg a day is 0.6 mg."""
    if "baclofen" not in drug.name.lower() or not drug.concentration:
        return
    strength = drug.concentration * _MCG[drug.concentration_unit]
    if strength < service.number("refill.usual_concentration_low_mcg_ml"):
        form.problem(f"drugs[{number}].concentration", "weaker than any baclofen for pumps: was mg/mL meant?")
    if strength > 10 * service.number("refill.usual_concentration_high_mcg_ml"):
        form.problem(f"drugs[{number}].concentration", "far stronger than any baclofen for pumps: was mcg/mL meant?")
    if drug.daily_dose is None:
        return
    dose = drug.daily_dose * _MCG[drug.dose_unit]
    if dose < service.number("refill.usual_dose_low_mcg") / 10:
        form.problem(f"drugs[{number}].daily_dose", "far below any usual dose: was mg/day meant?")
    if dose > 10 * service.number("refill.usual_dose_high_mcg"):
        form.problem(f"drugs[{number}].daily_dose", "far above any usual dose: was mcg/day meant?")


def _dose_change(group: FormReader, today: dt.date) -> DoseChange | None:
    changed_on = group.day("changed_on", not_after=today)
    previous = group.number("previous_daily_ml", above=0)
    if changed_on is None and previous is not None:
        group.problem("changed_on", "must be given with the volume before the change")
    return None if changed_on is None else DoseChange(changed_on, previous)


def _residual(group: FormReader, reservoir_ml: float | None, fill_ml: float | None) -> Residual | None:
    expected = group.number("expected_ml", at_least=0)
    measured = group.number("measured_ml", at_least=0)
    previous = group.number("previous_fill_ml", above=0, at_most=reservoir_ml)
    before = previous if previous is not None else fill_ml
    if expected is None and measured is None:
        return None
    if expected is None or measured is None:
        group.problem("measured_ml", "expected and measured volume must both be given")
    elif before is not None and (expected >= before or measured > before):
        group.problem("expected_ml", "no more can be left than was filled before")
    return Residual(expected or 0.0, measured or 0.0, before or 1.0)
