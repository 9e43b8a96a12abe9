"""What the tools beside the search answer, composed once for the pages and for the JSON API.

Each asks the function that its command asks. What is typed or sent stays in memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.api.answers import Change
from deserts.api.papers import make_paper
from deserts.api.phoning import LISTS, ToPhone
from deserts.api.plan_text import PlanSaid, check_plan_text
from deserts.api.run import Run
from deserts.api.scenario import about_lines, read_change
from deserts.documents.form import FormReader
from deserts.errors import InputError, MissingDataError
from deserts.patients.asking.errands import ask_drug, ask_home_refill
from deserts.patients.asking.request import locate_patient, read_request
from deserts.patients.panel import PanelAnswer, all_failed, read_panel, run_panel
from deserts.patients.papers.pact import PAPERS
from deserts.patients.refill.discharge import DischargeAnswer, check_discharge
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.refill.home_refill import HomeRefill, PayerKind, read_payer_kind
from deserts.patients.search.drug_stock import StockAnswer
from deserts.patients.search.emergency import EmergencyAnswer, find_emergency
from deserts.roads.clock import read_hour
from deserts.specialists.acceptance_sample import read_rate
from deserts.specialists.live import live_registry
from deserts.specialists.log import read_calls
from deserts.specialists.log.connection import Connection, try_connection, where_log_is
from deserts.specialists.log.reading import CallsRead
from deserts.specialists.log.report import Due, due_calls
from deserts.specialists.timeline import Timeline, timeline
from deserts.web.desk import Desk
from deserts.web.packets import MEDIA_TYPES

__all__ = ["DUE_DAYS", "FOR_THE_TEAM", "Answers", "newest_calls"]

DUE_DAYS = 14
"""Calls that fall due within so many days are shown."""


FOR_THE_TEAM = "For your team alone: it holds answers and probabilities."
_SHOWN_CALLS = 200
_PHONED, _MOST_PHONED = 20, 200


def newest_calls(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the newest calls of a log, 200 at most, newest first."""
    ordered = rows.sort_values(["observed_on", "recorded_at"], kind="stable", ascending=False)
    return [{str(name): value for name, value in row.items()} for row in ordered.head(_SHOWN_CALLS).to_dict("records")]


class Answers:
    """The tools of one desk.

    Parameters
    ----------
    desk
        What is served.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def discharge(self, form: Mapping[str, Any]) -> DischargeAnswer:
        """Check a discharge plan, as ``deserts patient discharge-check`` does."""
        desk = self._desk
        plan = read_discharge_form(form, today=desk.today())
        return check_discharge(plan, service=desk.data.service, today=desk.today(), data=desk.data, facts=desk.facts())

    def drug(self, fields: Mapping[str, Any]) -> StockAnswer:
        """Say who holds the drug near by, or whom to call, as ``deserts patient drug-source`` does."""
        desk, hospitals, rest = self._desk, self._hospitals(), dict(fields)
        own = FormReader({name: rest.pop(name, "") for name in ("strength", "within")}, where="the search")
        strength = own.number("strength", required=True, above=0)
        within = own.text("within", longest=20) or "100mi"
        own.finish()
        request = read_request(rest)
        origin = locate_patient(request, zips=desk.data.zips, region_states=desk.data.region_states)
        found, _ = ask_drug(
            request, origin, desk.data, hospitals, desk.facts(), strength_mcg_ml=strength or 0.0, within=within,
            local_dir=desk.settings.local_dir, today=desk.today(),
        )  # fmt: skip
        return found

    def home(self, fields: Mapping[str, Any]) -> HomeRefill:
        """Say whether a nurse may refill at home, as ``deserts patient home-refill`` does."""
        desk = self._desk
        form = FormReader(fields, where="the question")
        zip_code, payer = form.text("zip", required=True, longest=20), form.text("payer", longest=40)
        stable = form.flag("stable")
        form.finish()
        return ask_home_refill(
            zip_code, desk.data.zips, desk.data.provenance, desk.facts(),
            payer=read_payer_kind(payer or PayerKind.UNKNOWN.value, where="payer"), dose_is_stable=stable,
            local_dir=desk.settings.local_dir, today=desk.today(),
        )  # fmt: skip

    def emergency(self, fields: Mapping[str, Any]) -> EmergencyAnswer:
        """Return the nearest emergency departments, as ``deserts patient emergency`` does."""
        desk, hospitals, request = self._desk, self._hospitals(), read_request(fields)
        origin = locate_patient(request, zips=desk.data.zips, region_states=desk.data.region_states)
        return find_emergency(
            origin, desk.data, hospitals, today=desk.today(), pediatric=request.pediatric, facts=desk.facts()
        )

    def clinician(self, npi: str) -> Timeline:
        """Return everything that is known about one clinician; for the team, it holds answers and probabilities.

        Raises
        ------
        InputError
            If that is no NPI.
        MissingDataError
            If the tables of evidence are not here.
        """
        desk = self._desk
        if len(npi) != 10 or not npi.isdigit():
            raise InputError("that is no NPI", where="npi", expected="ten digits, as they stand beside each name")
        if desk.store is None:
            raise MissingDataError("the tables of evidence are not here", fix="open a finished run or a pack")
        service, standings = desk.data.service, desk.facts().standings
        rate = read_rate(desk.settings.local_dir, standings, service=service)
        people, sites = live_registry(desk.store, standings, service=service, rate=rate, npi=npi)
        return timeline(
            npi,
            evidence=desk.store.read("evidence", filters=[("npi", "==", npi)]),
            specialists=people,
            sites=sites,
            answers=read_calls(desk.settings, service=desk.data.service.service_id).rows,
            service=desk.data.service,
            today=desk.today(),
        )

    def what_if(self, fields: Mapping[str, Any]) -> tuple[Change, list[str]]:
        """Compare the region before and after, as ``deserts what-if`` does; with what stands on every output.

        Raises
        ------
        DesertsError
            With every problem, or if the region's tables are not here.
        """
        asked, run, today = read_change(fields), self._run(), self._desk.today()
        change = run.what_if(**asked, today=today)
        return change, about_lines(run, today, gate=change.case.gate)

    def phone(self, fields: Mapping[str, Any]) -> tuple[ToPhone, int]:
        """Return whom to phone next and how many rows are asked for, as ``deserts log call-list`` and ``leads`` do.

        Raises
        ------
        DesertsError
            If the question is none, or the region's tables are not here.
        """
        form = FormReader(fields, where="the question")
        name = form.choice("list", tuple(LISTS), default="calls")
        top = form.number("top", above=0, at_most=_MOST_PHONED)
        form.finish()
        return LISTS[name](self._run(), self._desk.today()), int(top or _PHONED)

    def plan(self, fields: Mapping[str, Any]) -> PlanSaid:
        """Hold the run's directory of a plan against the evidence, as ``deserts network check`` does.

        Raises
        ------
        DesertsError
            If the question is none, or the directory's files are not here.
        """
        form = FormReader(fields, where="the question")
        plan, named = form.text("plan", longest=60), form.flag("names")
        form.finish()
        return check_plan_text(self._run(), plans=[plan] if plan else [], today=self._desk.today(), team=named is True)

    def paper(self, form: Mapping[str, Any], name: str) -> bytes:
        """Return an emergency pact or a transfer sheet, as ``deserts paper pact`` and ``transfer`` write them.

        Parameters
        ----------
        form
            As in ``deserts paper pact --blank``.
        name
            Paper and format: ``pact.pdf``, ``pact.docx``, ``transfer.pdf`` or ``transfer.docx``.

        Raises
        ------
        InputError
            If there is no such paper, or with every problem of the form.
        """
        paper, _, ending = name.partition(".")
        if paper not in PAPERS or ending not in MEDIA_TYPES:
            known = ", ".join(f"{one}.{kind}" for one in PAPERS for kind in MEDIA_TYPES)
            raise InputError("there is no such paper", where="format", expected=f"one of {known}")
        made = make_paper(paper, form, service=self._desk.data.service, today=self._desk.today())
        return made.to_bytes(f".{ending}")

    def connection(self, *, is_tried: bool) -> Connection:
        """Return where the team's calls are, as ``deserts log verifications connection`` does.

        Parameters
        ----------
        is_tried
            Whether the log is read once; nothing is written.
        """
        return try_connection(self._desk.settings) if is_tried else where_log_is(self._desk.settings)

    def _run(self) -> Run:
        desk = self._desk
        if (store := desk.store) is None:
            raise MissingDataError("the tables of the region are not here", fix="open a finished run")
        return Run(store.settings, store.region, desk.data.service, store.grade, store.own)

    def panel(self, content: bytes, *, arrive: str = "") -> PanelAnswer:
        """Answer a whole panel, which is read in memory, as ``deserts panel`` does; ``arrive`` is an hour as 09:00.

        Raises
        ------
        DesertsError
            If it cannot be read, or nobody of it can be answered.
        """
        desk = self._desk
        minute = read_hour(arrive, where="arrive") if arrive else None
        found = run_panel(
            read_panel(Path("the panel"), content=content), desk.data, today=desk.today(), facts=desk.facts(),
            arrive_minute=minute,
        )  # fmt: skip
        if (failure := all_failed(found)) is not None:
            raise failure
        return found

    def calls(self) -> tuple[CallsRead, list[Due]]:
        """Return the log, and the calls that are due within `DUE_DAYS`."""
        service, desk = self._desk.data.service, self._desk
        found = read_calls(desk.settings, service=service.service_id)
        return found, due_calls(found.rows, service=service, until=desk.today() + dt.timedelta(days=DUE_DAYS))

    def _hospitals(self) -> pd.DataFrame:
        if self._desk.hospitals is None:
            raise InputError("these tables hold no hospitals", where="the data", fix="run the stage `places`")
        return self._desk.hospitals
