"""What the server holds: the tables of one region, loaded once, and the team's own call log. Nothing about patients."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd

from deserts.errors import InputError
from deserts.patients.answer import BackupAnswer, BackupQuery
from deserts.patients.backups import BackupData, find_backups
from deserts.patients.calls import newest_calls
from deserts.patients.emergency import EmergencyAnswer, EmergencyHospital, find_emergency
from deserts.patients.marks import TeamFacts
from deserts.patients.origin import Origin, resolve
from deserts.patients.plan import LeadTimes, Plan, RunDry, make_plan
from deserts.specialists.entries import Verification, make_entry, patient_details
from deserts.specialists.log import VerificationLog, open_log
from deserts.store import Store
from deserts.web.models import BackupRequest, CallRequest
from deserts.web.outlines import Drawing, Outlines

__all__ = ["Desk", "Found", "card_fields", "load_desk"]


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


@dataclass(frozen=True, slots=True)
class Found:
    """One answer, its plan (None without a run-dry date and signs), emergency departments (when asked for), its map."""

    answer: BackupAnswer
    plan: Plan | None
    emergency: EmergencyAnswer | None
    drawing: Drawing = field(repr=False)


@dataclass(slots=True)
class Desk:
    """Answers questions from memory; reads the call log again after each entry and when its file changes.

    Parameters
    ----------
    data
        Tables of the region.
    outlines
        Prepared county outlines.
    log
        The team's verification log.
    hospitals
        The table ``hospitals``, None where it is not there.
    today
        Gives the day of the question.
    """

    data: BackupData
    outlines: Outlines
    log: VerificationLog
    hospitals: pd.DataFrame | None = None
    today: Callable[[], dt.date] = _today
    _facts: tuple[object, TeamFacts] = field(default=(None, TeamFacts()), repr=False)

    def find(self, request: BackupRequest) -> Found:
        """Answer one question.

        Raises
        ------
        InputError, UnknownNameError
            If the place or an excluded name cannot be used.
        """
        today = self.today()
        origin = self._origin(request)
        query = BackupQuery(
            origin=origin,
            today=today,
            k=request.k,
            exclude=tuple(request.exclude),
            keep_practice=request.keep_practice,
            pediatric=request.pediatric,
            payer=request.payer,
            pump=request.pump,
            max_min=request.max_min,
        )
        answer = find_backups(query, self.data, self.facts())
        plan = self._plan(request, answer, today)
        is_urgent = request.emergency or (plan is not None and plan.is_emergency)
        emergency = None
        if is_urgent and self.hospitals is not None:
            emergency = find_emergency(origin, self.data, self.hospitals, today=today, pediatric=request.pediatric)
        return Found(answer, plan, emergency, self.outlines.draw(origin, answer.candidates))

    def log_call(self, request: CallRequest) -> Verification:
        """Append a call to the log.

        Raises
        ------
        InputError
            With every problem; nothing was written then.
        """
        signs = patient_details(request.note)
        if signs and not request.note_has_no_patient:
            raise InputError(
                f"the note looks as if it holds {' and '.join(signs)}",
                where="note",
                expected="words about the clinic alone",
                fix="take it out, or confirm that no patient is in it",
            )
        today = self.today()
        entry = make_entry(
            npi=request.npi,
            outcome=request.outcome,
            source=request.source,
            on=request.observed_on or today,
            today=today,
            service=self.data.service,
            site_id=request.site_id,
            payers=request.payers,
            ages=request.ages,
            pump_makers=request.pump_makers,
            wait_days=request.wait_days,
            review_on=request.review_on,
            note=request.note,
        )
        self.log.append([entry])
        self._facts = (None, TeamFacts())
        return entry

    def name_of(self, npi: str) -> str:
        """Return a clinician's name, empty when the data do not know the number."""
        rows = self.data.sites.loc[self.data.sites["npi"] == npi, "name"]
        return "" if rows.empty else str(rows.iloc[0])

    def facts(self) -> TeamFacts:
        """Return the team's newest calls, read again when the log or the day has changed."""
        mark = (self._log_mark(), self.today())
        if self._facts[0] != mark:
            calls = newest_calls(
                self.log.read(service=self.data.service.service_id),
                service_id=self.data.service.service_id,
                today=self.today(),
            )
            self._facts = (mark, TeamFacts(calls=calls))
        return self._facts[1]

    def _log_mark(self) -> object:
        """Return what changes when a file log is written to; a shared database is read again every minute."""
        if self.log.file is None:
            return dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M")
        if not self.log.file.is_file():
            return "no file"
        status = self.log.file.stat()
        return (status.st_mtime_ns, status.st_size)

    def _origin(self, request: BackupRequest) -> Origin:
        return resolve(
            zip_code=request.zip,
            lonlat=request.lonlat,
            zips=self.data.zips,
            region_states=self.data.region_states,
        )

    def _plan(self, request: BackupRequest, answer: BackupAnswer, today: dt.date) -> Plan | None:
        if request.run_dry is None and not request.signs:
            return None
        nominal = request.run_dry or today
        return make_plan(
            RunDry(nominal=nominal, earliest=min(request.run_dry_earliest or nominal, nominal)),
            service=self.data.service,
            today=today,
            candidates=answer.candidates,
            withdrawal_signs=request.signs,
            lead_times=LeadTimes(request.authorisation_days, request.drug_order_days),
        )


def load_desk(store: Store, *, today: Callable[[], dt.date] = _today) -> Desk:
    """Load the tables of a region for the server.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    """
    data = BackupData.load(store)
    desk = Desk(
        data=data,
        outlines=Outlines(store.read("counties", columns=["county_fips", "name", "geometry"])),
        log=open_log(store.settings),
        hospitals=store.read("hospitals") if store.has("hospitals") else None,
        today=today,
    )
    desk.facts()
    return desk


def card_fields(found: Found) -> dict[str, str]:
    """Return the first candidates and the emergency departments of an answer as fields of the card's form."""
    fields: dict[str, str] = {}
    for number, candidate in enumerate(found.answer.candidates[:3], start=1):
        place = ", ".join(part for part in (candidate.practice_name, candidate.city, candidate.state) if part)
        row = {
            "name": candidate.name,
            "phone": candidate.phone,
            "place": place,
            "drive_min": "" if candidate.drive_min is None else f"{candidate.drive_min:.0f}",
            "says": candidate.grade_words,
            "verified_on": "" if candidate.verified_on is None else candidate.verified_on.isoformat(),
        }
        fields |= {f"backups.{number}.{name}": value for name, value in row.items()}
    if found.emergency is not None:
        if found.emergency.nearest:
            fields |= _hospital_fields("emergency_hospital", found.emergency.nearest[0])
        if found.emergency.nearest_pump_capable is not None:
            fields |= _hospital_fields("pump_hospital", found.emergency.nearest_pump_capable)
    return fields


def _hospital_fields(group: str, hospital: EmergencyHospital) -> dict[str, str]:
    return {
        f"{group}.name": hospital.name,
        f"{group}.phone": hospital.phone,
        f"{group}.place": ", ".join(part for part in (hospital.city, hospital.state) if part),
        f"{group}.drive_min": f"{hospital.drive_min:.0f}",
    }
