"""Read the refill clock's form: fields as on the card and the packet, what is not known left empty, no value repeated.

Only what no pump can be is refused here (more filled than the reservoir holds). Whether the rest can be true is judged
once, by the timeline.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from deserts.documents.form import FormReader
from deserts.patients.refill.drugs import read_drugs
from deserts.patients.refill.fill import DoseChange, Fill, PumpFacts, Residual

__all__ = ["KNOWN_RESERVOIRS_ML", "read_known_days", "read_pump_facts", "read_pump_group"]

KNOWN_RESERVOIRS_ML = (10.0, 18.0, 20.0, 40.0)
"""SynchroMed EL 10 and 18 mL, SynchroMed II, III and Prometra II 20 and 40 mL."""


def read_pump_facts(data: Mapping[str, Any], *, where: str = "the refill clock's form") -> PumpFacts:
    """Read and check a form of the refill clock.

    Parameters
    ----------
    data
        All optional: ``printed.alarm_on``, ``printed.printed_on``, ``filled_on``, ``fill_ml``, ``alarm_ml``,
        ``pump.reservoir_ml``, ``drugs`` (name, concentration, concentration_unit, daily_dose, dose_unit), ``daily_ml``,
        ``dose_change.changed_on``, ``dose_change.previous_daily_ml``, ``residual.expected_ml``,
        ``residual.measured_ml``, ``residual.previous_fill_ml``, ``run_dry_on``.
    where
        What to call the form in messages.

    Raises
    ------
    InputError
        With every problem, each naming its field and none repeating what was entered.
    """
    form = FormReader(data, where=where)
    facts = read_pump_group(form)
    form.finish()
    return facts


def read_pump_group(form: FormReader, *, known_fill: dt.date | None = None) -> PumpFacts:
    """Read the fields of the refill clock from a form or a group of one; the caller finishes the form.

    Parameters
    ----------
    form
        See `read_pump_facts`.
    known_fill
        Day of the last fill as it stands beside this group, None when it does not.
    """
    reservoir_ml = _reservoir(form.group("pump"))
    fill_ml, alarm_ml = _volumes(form, reservoir_ml)
    drugs = read_drugs(form, reservoir_ml=reservoir_ml, required=False)
    filled_on, daily_ml = form.day("filled_on"), form.number("daily_ml", above=0)
    if filled_on is not None and known_fill is not None and filled_on != known_fill:
        form.problem("filled_on", "another day of the last fill stands beside it: which one is right?")
    filled_on = filled_on or known_fill
    printed = form.group("printed")
    printed_alarm_on, printed_on = printed.day("alarm_on"), printed.day("printed_on")
    dose_change = _dose_change(form.group("dose_change"))
    residual = _residual(form.group("residual"), reservoir_ml)
    if filled_on is None and any(value is not None for value in (fill_ml, daily_ml, dose_change, residual)):
        form.problem("filled_on", "must be given with volumes: days are counted from the fill")
    fill = None if filled_on is None else Fill(
        filled_on=filled_on, fill_ml=fill_ml, alarm_ml=alarm_ml, daily_ml=daily_ml, printed_alarm_on=printed_alarm_on,
        printed_on=printed_on, dose_change=dose_change, residual=residual,
    )  # fmt: skip
    alarm_on = printed_alarm_on if filled_on is None else None
    return PumpFacts(alarm_on=alarm_on, run_dry_on=form.day("run_dry_on"), fill=fill, drugs=drugs)


def read_known_days(form: FormReader, *, run_dry: str = "run_dry") -> PumpFacts:
    """Read what any form may hold of a pump's days; the caller finishes the form.

    Parameters
    ----------
    form
        With ``alarm_on``, a run-dry day, ``filled_on``, ``clock`` (a form of the refill clock), ``withdrawal_signs``
        and ``overdose_signs``, all optional.
    run_dry
        What the form calls the run-dry day.
    """
    alarm_on, run_dry_on = form.day("alarm_on"), form.day(run_dry)
    clock = read_pump_group(form.group("clock"), known_fill=form.day("filled_on"))
    return PumpFacts(
        alarm_on=alarm_on or clock.alarm_on,
        run_dry_on=run_dry_on or clock.run_dry_on,
        fill=clock.fill,
        drugs=clock.drugs,
        withdrawal_signs=bool(form.flag("withdrawal_signs")),
        overdose_signs=bool(form.flag("overdose_signs")),
    )


def _reservoir(pump: FormReader) -> float | None:
    reservoir_ml = pump.number("reservoir_ml", above=0, at_most=max(KNOWN_RESERVOIRS_ML))
    if reservoir_ml is not None and reservoir_ml not in KNOWN_RESERVOIRS_ML:
        known = ", ".join(f"{size:g}" for size in KNOWN_RESERVOIRS_ML)
        pump.problem("reservoir_ml", f"no pump with such a reservoir is known; known sizes are {known} mL")
    return reservoir_ml


def _volumes(form: FormReader, reservoir_ml: float | None) -> tuple[float | None, float | None]:
    """Return fill and alarm volume (mL), which must lie below each other and below the reservoir."""
    largest = max(KNOWN_RESERVOIRS_ML) if reservoir_ml is None else reservoir_ml
    fill_ml = form.number("fill_ml", above=0)
    alarm_ml = form.number("alarm_ml", at_least=0)
    if fill_ml is not None and fill_ml > largest:
        form.problem("fill_ml", "more than the reservoir holds")
    if fill_ml is not None and alarm_ml is not None and alarm_ml >= fill_ml:
        form.problem("alarm_ml", "must be below the fill")
    return fill_ml, alarm_ml


def _dose_change(group: FormReader) -> DoseChange | None:
    changed_on = group.day("changed_on")
    previous = group.number("previous_daily_ml", above=0)
    if changed_on is None and previous is not None:
        group.problem("changed_on", "must be given with the volume before the change")
    return None if changed_on is None else DoseChange(changed_on, previous)


def _residual(group: FormReader, reservoir_ml: float | None) -> Residual | None:
    expected = group.number("expected_ml", at_least=0)
    measured = group.number("measured_ml", at_least=0)
    before = group.number("previous_fill_ml", above=0, at_most=reservoir_ml)
    if expected is None and measured is None:
        return None
    if expected is None or measured is None or before is None:
        group.problem("measured_ml", "expected and measured volume and the fill before must all be given")
        return None
    if expected >= before or measured > before:
        group.problem("expected_ml", "no more can be left than was filled before")
    return Residual(expected, measured, before)
