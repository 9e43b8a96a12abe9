"""One question about one patient, as every door asks it: backups first, then the plan that their list allows."""

from __future__ import annotations

import datetime as dt

from deserts.patients.refill.plan import Plan, RunDry, make_plan
from deserts.patients.search.answer import BackupAnswer
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.eligibility import TeamFacts
from deserts.patients.search.origin import Origin
from deserts.patients.search.request import PatientRequest

__all__ = ["ask"]


def ask(
    request: PatientRequest,
    origin: Origin,
    data: BackupData,
    facts: TeamFacts,
    *,
    today: dt.date,
    run_dry: RunDry | None = None,
) -> tuple[BackupAnswer, Plan | None]:
    """Return the backups, and the plan when a run-dry day or signs of withdrawal ask for one.

    Parameters
    ----------
    request
        What was entered.
    origin
        Where the patient is.
    data, facts
        Tables of the region, and what the team knows.
    today
        Day of the question.
    run_dry
        When the pump runs dry; None takes the day that was entered, as far as one was.
    """
    answer = find_backups(request.query(origin, today), data, facts)
    if run_dry is None and request.run_dry_on is not None:
        run_dry = RunDry(request.run_dry_on, request.run_dry_on)
    if run_dry is None and not request.withdrawal_signs:
        return answer, None
    plan = make_plan(
        run_dry,
        service=data.service,
        today=today,
        candidates=answer.candidates,
        withdrawal_signs=request.withdrawal_signs,
        lead_times=request.lead_times,
    )
    return answer, plan
