"""What is entered for the discharge check: the plan for the next refill, none of it completed by guessing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deserts.documents.form import FormReader
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.fill import PumpFacts

__all__ = ["DischargePlan", "read_discharge_form"]


@dataclass(frozen=True, slots=True)
class DischargePlan:
    """The plan as entered. None and empty text mean: not known.

    Parameters
    ----------
    facts
        What is known of the pump's days, for the refill timeline.
    refill_by
        Day for the refill as the clinic gave it; the timeline's own counts where it is sooner or none was given.
    accepted_by, accepted_on
        Who at the next clinic said yes, and when.
    npi
        The next clinician.
    authorisation
        Whether a payer must authorise; ``needed``, ``not_needed`` or ``unknown``.
    requested_on, decision_days
        Day of the request, and working days that the payer takes.
    authorised_from, authorised_until
        Window of an authorisation that was granted.
    drive_min, transport
        Minutes of driving to the clinic, and whether somebody will drive.
    interval_weeks
        Weeks between refills.
    hospital, hospital_told, hospital_has_drug
        The local emergency hospital: name, whether it was told of the pump, whether it can get the drug.
    in_network
        Whether the next clinician is in the payer's network.
    network_exception_on
        Day on which a network exception was granted.
    first_appointment_on
        Day of the first appointment.
    """

    facts: PumpFacts = field(default_factory=PumpFacts)
    refill_by: dt.date | None = None
    accepted_by: str = ""
    accepted_on: dt.date | None = None
    npi: str = ""
    authorisation: str = "unknown"
    requested_on: dt.date | None = None
    decision_days: int | None = None
    authorised_from: dt.date | None = None
    authorised_until: dt.date | None = None
    drive_min: float | None = None
    transport: bool | None = None
    interval_weeks: float | None = None
    hospital: str = ""
    hospital_told: bool | None = None
    hospital_has_drug: bool | None = None
    in_network: bool | None = None
    network_exception_on: dt.date | None = None
    first_appointment_on: dt.date | None = None


def read_discharge_form(data: Mapping[str, Any], *, today: dt.date) -> DischargePlan:
    """Read the form: the fields of `DischargePlan`, ``alarm_on``, ``run_dry_on``, ``filled_on``, and ``clock``.

    Raises
    ------
    InputError
        With every problem, none repeating what was entered.
    """
    form = FormReader(data, where="the discharge form")
    npi = form.text("npi", longest=10)
    if npi and (len(npi) != 10 or not npi.isdigit()):
        form.problem("npi", "expected ten digits")
    decision = form.number("decision_days", at_least=0, at_most=365)
    plan = DischargePlan(
        facts=read_known_days(form, run_dry="run_dry_on"),
        refill_by=form.day("refill_by"),
        accepted_by=form.text("accepted_by", longest=100),
        accepted_on=form.day("accepted_on", not_after=today),
        npi=npi,
        authorisation=form.choice("authorisation", ("needed", "not_needed", "unknown"), default="unknown"),
        requested_on=form.day("requested_on", not_after=today),
        decision_days=None if decision is None else int(decision),
        authorised_from=form.day("authorised_from"),
        authorised_until=form.day("authorised_until"),
        drive_min=form.number("drive_min", at_least=0),
        transport=form.flag("transport"),
        interval_weeks=form.number("interval_weeks", above=0),
        hospital=form.text("hospital", longest=100),
        hospital_told=form.flag("hospital_told"),
        hospital_has_drug=form.flag("hospital_has_drug"),
        in_network=form.flag("in_network"),
        network_exception_on=form.day("network_exception_on", not_after=today),
        first_appointment_on=form.day("first_appointment_on"),
    )
    if plan.authorised_from and plan.authorised_until and plan.authorised_from > plan.authorised_until:
        form.problem("authorised_until", "lies before the window begins")
    if plan.refill_by and plan.facts.run_dry_on and plan.refill_by > plan.facts.run_dry_on:
        form.problem("refill_by", "lies after the run-dry day")
    form.finish()
    return plan
