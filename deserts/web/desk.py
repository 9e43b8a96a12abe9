"""What the server holds: the tables of one region, loaded once, and the team's own facts. Nothing about patients."""

from __future__ import annotations

import datetime as dt
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from deserts.api.run import Run
from deserts.config import Settings
from deserts.errors import InputError
from deserts.patients.asking.ask import ask
from deserts.patients.asking.request import GEOCODER_WARNING, locate_patient
from deserts.patients.papers.packet import ComputedFacts
from deserts.patients.papers.packet_facts import COUNTY_COLUMNS, computed_facts
from deserts.patients.refill.plan import Plan
from deserts.patients.refill.timeline import Timeline
from deserts.patients.search.answer import BackupAnswer, Candidate
from deserts.patients.search.at_hour import AtHour
from deserts.patients.search.backup_text import distance_words
from deserts.patients.search.backups import BackupData
from deserts.patients.search.closed_roads import RoadsClosed
from deserts.patients.search.emergency import EmergencyAnswer, EmergencyHospital, find_emergency, load_hospitals
from deserts.patients.search.facts import load_team_facts
from deserts.patients.search.origin import Origin
from deserts.patients.search.team import TeamFacts
from deserts.patients.words import phrases
from deserts.rules.desk import first
from deserts.sources.transport.http import Http, http_for
from deserts.specialists.entries import Answer, Verification, text_about_patients
from deserts.specialists.log.recording import (
    Clinician,
    Recorded,
    entry_words,
    find_clinician,
    place_words,
    prepare_entry,
    record_entries,
)
from deserts.specialists.log_places import DATABASE_URL, remembered_path
from deserts.store import Store
from deserts.tables.drives import minutes_words
from deserts.web.models import CallRequest, Search
from deserts.web.outlines import Drawing, Outlines

__all__ = ["Desk", "Found", "card_fields", "load_desk"]


def _today() -> dt.date:
    return dt.datetime.now().astimezone().date()


@dataclass(frozen=True, slots=True)
class Found:
    """One answer: the pump's days, plan (None without days and signs), emergency departments (when due), map.

    ``read_as`` says the days that were entered back in words; ``roads_closed`` what the answer becomes while roads are
    closed, ``at_hour`` what drives become at the appointment's hour, where that was asked.
    """

    answer: BackupAnswer
    timeline: Timeline | None
    plan: Plan | None
    emergency: EmergencyAnswer | None
    drawing: Drawing = field(repr=False)
    read_as: tuple[str, ...] = field(default=(), repr=False)
    roads_closed: RoadsClosed | None = field(default=None, repr=False)
    at_hour: AtHour | None = field(default=None, repr=False)

    @property
    def call(self) -> tuple[str, str, str]:
        """Whom to call now, in words: what stands before the number, the number (empty for none), what stands after."""
        planned = (
            None if self.plan is None else {"headline": "", "steps": [{"code": one.code} for one in self.plan.steps]}
        )
        reckoned = None if self.timeline is None else {"first_line": "", "is_emergency": self.timeline.is_emergency}
        tiers = [{"rows": [_row(one, distance_words(one)) for one in tier.candidates]} for tier in self.answer.tiers]
        nearest = () if self.emergency is None else self.emergency.nearest
        hospitals = [_row(one, minutes_words(one.drive_min, one.plus_minus_min)) for one in nearest]
        found = first(reckoned, planned, "", tiers, hospitals, dict(phrases()))
        before, phone, after = found["call"].partition(found["phone"]) if found["phone"] else (found["call"], "", "")
        return before, phone, after


_TRY_AGAIN_S = 15.0
"""How long a failed reading of the log is not tried again (seconds)."""


@dataclass(frozen=True, slots=True)
class _Failed:
    """The state of the team's files at a reading that failed, and the moment of the next try."""

    mark: object
    until: float


@dataclass(slots=True)
class Desk:
    """Answers questions from memory; reads the team's own tables again when they or the day have changed.

    Parameters
    ----------
    data
        Tables of the region.
    outlines
        Prepared county outlines.
    settings
        Gives the folder of the team's own tables.
    hospitals
        The table ``hospitals``, None where it is not there.
    today
        Gives the day of the question.
    counties
        Names and adequacy types of the counties, for packets; None where they are not known.
    store
        Where the region's tables lie, for what is asked too seldom to be kept in memory; None where there is none.
    http
        The connection to the geocoder, None unless sending addresses was allowed when the server was started.
    """

    data: BackupData
    outlines: Outlines
    settings: Settings
    hospitals: pd.DataFrame | None = None
    today: Callable[[], dt.date] = _today
    counties: pd.DataFrame | None = None
    store: Store | None = None
    http: Http | None = field(default=None, repr=False)
    _facts: tuple[object, TeamFacts] = field(default=(None, TeamFacts()), repr=False)

    def find(self, search: Search) -> Found:
        """Answer one question.

        Raises
        ------
        InputError, UnknownNameError
            If the place or an excluded name cannot be used.
        """
        today, patient = self.today(), search.patient
        origin = self._place(search)
        asked = ask(patient, origin, self.data, self.facts(), today=today)
        is_red = asked.timeline is not None and asked.timeline.is_red
        emergency = None
        if self.hospitals is not None and (search.emergency or is_red):
            emergency = find_emergency(
                origin, self.data, self.hospitals, today=today, pediatric=patient.pediatric, facts=self.facts()
            )
        drawing = self.outlines.draw(origin, asked.answer.candidates, asked.answer.places)
        return Found(
            asked.answer, asked.timeline, asked.plan, emergency, drawing, asked.read_as, asked.roads_closed,
            asked.at_hour,
        )  # fmt: skip

    def _place(self, search: Search) -> Origin:
        """Return where the patient is; an address is sent away only by a server that may, and once confirmed."""
        patient = search.patient
        if patient.address and self.http is None:
            raise InputError(
                "addresses are not looked up here", where="address", fix="give a ZIP or coordinates, which stay here"
            )
        if patient.address and not search.send_address:
            raise InputError(GEOCODER_WARNING, where="address", fix="confirm it with the box below the address")
        return locate_patient(
            patient,
            zips=self.data.zips,
            region_states=self.data.region_states,
            allow_geocoder=search.send_address,
            http=self.http,
        )

    def packet_facts(self, zip_code: str, plan: str = "") -> ComputedFacts:
        """Return what public files say for a packet about a patient in a ZIP (empty: the dates alone) and a plan."""
        counties = pd.DataFrame(columns=COUNTY_COLUMNS) if self.counties is None else self.counties
        return computed_facts(
            self.data, counties=counties, zip_code=zip_code, today=self.today(), facts=self.facts(),
            local_dir=self.settings.local_dir, plan=plan,
        )  # fmt: skip

    def prepare_call(self, request: CallRequest) -> tuple[Verification, str]:
        """Check a call and return it with a sentence that names clinician, site and answer; nothing is written.

        Raises
        ------
        InputError, UnknownNameError
            With every problem.
        """
        today = self.today()
        clinician = self.clinician(request.npi)
        answer = Answer(
            on=request.observed_on or today,
            **request.model_dump(exclude={"observed_on", "note_has_no_patient", "new"}),
        )
        entry = prepare_entry(
            answer,
            clinician=clinician,
            is_new=request.new,
            settings=self.settings,
            service=self.data.service,
            today=today,
        )
        signs = text_about_patients(entry)
        if signs and not request.note_has_no_patient:
            raise InputError(
                f"the text looks as if it holds {' and '.join(signs)}",
                where="note",
                expected="words about the clinic alone",
                fix="take it out, or confirm that no patient is in it",
            )
        return entry, entry_words(entry, clinician)

    def log_call(self, request: CallRequest) -> tuple[Verification, str, Recorded]:
        """Append a call to the team's log, or let it wait on this machine where the log cannot be written.

        Raises
        ------
        InputError, UnknownNameError
            With every problem; nothing was written then.
        """
        entry, words = self.prepare_call(request)
        recorded = record_entries(self.settings, [entry])
        self._facts = (None, TeamFacts())
        return entry, words, recorded

    def clinician(self, npi: str) -> Clinician | None:
        """Return a clinician of this region's tables, else of another's, None when no table knows the NPI."""
        if npi not in self.data.rows_of:
            return find_clinician(self.settings, self.data.service, npi)
        rows = [self.data.row(int(row)) for row in self.data.rows_of[npi]]
        return Clinician(npi, str(rows[0]["name"]), {str(row["site_id"]): place_words(row) for row in rows})

    def name_of(self, npi: str) -> str:
        """Return a clinician's name, empty when no table knows the number."""
        found = self.clinician(npi)
        return "" if found is None else found.name

    def facts(self) -> TeamFacts:
        """Return what the team knows, read again when one of its files or the day has changed."""
        mark, known = (self._files_mark(), self.today()), self._facts[0]
        if isinstance(known, _Failed) and known.mark == mark and time.monotonic() < known.until:
            return self._facts[1]
        if known != mark:
            team = load_team_facts(
                self.settings, self.data.service, today=self.today(), data_on=self.data.provenance.refreshed_on
            )
            # A log that could not be read is tried again soon, not at every question: each try takes a moment.
            failed = _Failed(mark, time.monotonic() + _TRY_AGAIN_S)
            self._facts = (mark if team.calls_read else failed, team)
            self.data = self.data.asked(team.standings)
        return self._facts[1]

    def _files_mark(self) -> object:
        """Return what changes when a team's file is written; a shared database is read again every minute."""
        if os.environ.get(DATABASE_URL):
            return dt.datetime.now(dt.UTC).strftime("%Y%m%d%H%M")
        if not self.settings.local_dir.is_dir():
            return "no folder"
        kept = remembered_path(self.settings).name  # written by the reading itself
        found = [(entry.name, entry.stat()) for entry in os.scandir(self.settings.local_dir) if entry.name != kept]
        return sorted((name, status.st_mtime_ns, status.st_size) for name, status in found)


def load_desk(run: Run, *, today: Callable[[], dt.date] = _today, allow_geocoder: bool = False) -> Desk:
    """Load the tables of a region for the server.

    Parameters
    ----------
    run
        The run, as `deserts.open` gives it.
    today
        Gives the day of a question.
    allow_geocoder
        Whether an address may be sent to the geocoder, once the user of the page has confirmed it.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    """
    store = run.store
    desk = Desk(
        data=run.backup_data.prepared(),
        outlines=Outlines(store.read("counties", columns=["county_fips", "name", "geometry"])),
        settings=store.settings,
        hospitals=load_hospitals(store) if store.has("hospitals") else None,
        today=today,
        counties=store.read("counties", columns=COUNTY_COLUMNS),
        store=store,
        http=http_for(store.settings) if allow_geocoder else None,
    )
    desk.facts()
    return desk


def _row(one: Candidate | EmergencyHospital, drive: str) -> dict[str, Any]:
    marks = list(one.marks) if isinstance(one, EmergencyHospital) else []
    return {"name": one.name, "town": f"{one.city}, {one.state}", "drive": drive, "phone": one.phone, "marks": marks}


def card_fields(found: Found) -> dict[str, str]:
    """Return the first candidates and the emergency departments of an answer as fields of the card's form."""
    fields: dict[str, str] = {}
    for number, candidate in enumerate(found.answer.candidates[:3], start=1):
        place = ", ".join(part for part in (candidate.practice_name, candidate.city, candidate.state) if part)
        row = {
            "name": candidate.name,
            "phone": candidate.phone,
            "place": place,
            **_drive_fields(candidate),
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
        **{f"{group}.{name}": value for name, value in _drive_fields(hospital).items()},
    }


def _drive_fields(one: Candidate | EmergencyHospital) -> dict[str, str]:
    """Return a drive as fields of the card's form; without a road there is none, and nothing is said of it."""
    if one.drive_min is None:
        return {"drive_min": "", "plus_minus_min": "", "not_checked": ""}
    off = f"{one.plus_minus_min}" if one.plus_minus_min else ""
    return {
        "drive_min": f"{one.drive_min:.0f}", "plus_minus_min": off, "not_checked": "" if one.checked else "true",
    }  # fmt: skip
