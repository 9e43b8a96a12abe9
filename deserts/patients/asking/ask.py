"""One question about one patient, as every door asks it: the pump's days, then backups, then the plan."""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

from deserts.patients.asking.request import PatientRequest
from deserts.patients.jsonable import Jsonable
from deserts.patients.refill.plan import Plan, make_plan
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline
from deserts.patients.search.answer import BackupAnswer
from deserts.patients.search.at_hour import AtHour, at_hour
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.closed_roads import RoadsClosed, roads_closed
from deserts.patients.search.origin import Origin
from deserts.patients.search.team import TeamFacts

__all__ = ["Asked", "ask"]


@dataclass(frozen=True, slots=True)
class Asked(Jsonable):
    """What comes back.

    Parameters
    ----------
    timeline
        The pump's days; None for a service without refills.
    plan
        What must happen; None when nothing is known of the days and no sign was given.
    answer
        The backups.
    read_as
        The days that were entered, in words with their distance.
    roads_closed
        What the answer becomes while roads are closed; None where that was not asked.
    at_hour
        What its drives become at the hour of the appointment; None where none was given.
    """

    timeline: Timeline | None
    plan: Plan | None
    answer: BackupAnswer
    read_as: tuple[str, ...] = ()
    roads_closed: RoadsClosed | None = None
    at_hour: AtHour | None = None


def ask(request: PatientRequest, origin: Origin, data: BackupData, facts: TeamFacts, *, today: dt.date) -> Asked:
    """Return days, plan and backups of one patient.

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

    Raises
    ------
    InputError
        If roads are to be closed and none is met.
    """
    service = data.service
    timeline = make_timeline(request.facts, service=service, today=today) if keeps_time(service) else None
    query = request.query(origin, today)
    if timeline is not None:
        query = dataclasses.replace(query, empty_on=timeline.earliest_empty_on)
    answer = find_backups(query, data, facts)
    read_as = request.facts.read_as(today)
    hour = at_hour(query, data, answer, facts.hour_factors, minute=request.arrive_minute)
    closed = roads_closed(query, data, facts, answer, closings=request.close_roads, snow=request.snow)
    if timeline is None or not (timeline.is_known or timeline.is_red):
        return Asked(timeline, None, answer, read_as, closed, hour)
    plan = make_plan(
        timeline, service=service, today=today, candidates=answer.candidates, lead_times=request.lead_times
    )
    return Asked(timeline, plan, answer, read_as, closed, hour)
