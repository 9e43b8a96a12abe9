"""The pages beside the search: checks of a plan, drug, refill at home, a whole panel, the log, one clinician.

Each asks the function that its command asks and shows the same words. What is typed or sent stays in memory.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.parser import BytesParser
from email.policy import HTTP
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from deserts.documents.form import FormReader
from deserts.documents.spreadsheet import csv_text
from deserts.errors import DesertsError, InputError, MissingDataError
from deserts.patients.asking.errands import ask_drug, ask_home_refill
from deserts.patients.asking.request import locate_patient, read_request
from deserts.patients.panel import all_failed, read_panel, run_panel
from deserts.patients.refill.discharge import check_discharge
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.refill.home_refill import PayerKind, read_payer_kind
from deserts.patients.refill.refill_text import render_discharge, render_home_refill
from deserts.patients.search.places_text import render_stock
from deserts.specialists.live import live_registry
from deserts.specialists.log import read_calls
from deserts.specialists.log.report import due_calls
from deserts.specialists.outcomes import OUTCOMES
from deserts.specialists.timeline import timeline
from deserts.web.desk import Desk
from deserts.web.guard import UPLOAD
from deserts.web.pages import attachment, body_fields, nest, page

__all__ = ["TOOLS", "Tools"]

TOOLS = {
    "/discharge": ("Discharge check", "seven ways in which a plan fails: each pass, fail or unknown"),
    "/drug": ("Drug source", "who holds the drug near by, and whom to call"),
    "/home": ("Refill at home", "whether a home-infusion nurse can come"),
    UPLOAD: ("Panel", "a CSV of patients: who each one’s next clinicians are; the result is a CSV"),
    "/log": ("Call log", "what clinics answered, and which calls are due"),
    "/clinician": ("One clinician", "everything that is known, with its dates"),
}
"""Path to title and what it is for."""

_SHOWN_CALLS = 200
_DUE_DAYS = 14
_CSV = "text/csv; charset=utf-8"


class Tools:
    """The further pages of one desk.

    Parameters
    ----------
    desk
        What is served.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route("/more", self.index, methods=["GET"])
        router.add_api_route("/log", self.log, methods=["GET"])
        for path, answer in (
            ("/discharge", self.discharge), ("/drug", self.drug), ("/home", self.home), ("/clinician", self.clinician),
        ):  # fmt: skip
            router.add_api_route(path, self.form, methods=["GET"])
            router.add_api_route(path, answer, methods=["POST"])
        router.add_api_route(UPLOAD, self.form, methods=["GET"])
        router.add_api_route(UPLOAD, self.panel, methods=["POST"])
        return router

    async def index(self, request: Request) -> HTMLResponse:
        """Show what else there is."""
        return page(request, self._desk, "more.html", tools=TOOLS)

    async def form(self, request: Request) -> HTMLResponse:
        """Show the empty form of a tool."""
        return self._page(request, {})

    async def discharge(self, request: Request) -> HTMLResponse:
        """Check a discharge plan."""
        desk = self._desk

        def answer(fields: dict[str, str]) -> str:
            plan = read_discharge_form(nest(fields), today=desk.today())
            found = check_discharge(
                plan, service=desk.data.service, today=desk.today(), data=desk.data, facts=desk.facts()
            )
            return render_discharge(found, today=desk.today())

        return await self._answered(request, answer)

    async def drug(self, request: Request) -> HTMLResponse:
        """Say who holds the drug near by, or whom to call."""
        return await self._answered(request, self._drug)

    def _drug(self, fields: dict[str, str]) -> str:
        desk = self._desk
        if desk.hospitals is None:
            raise InputError("these tables hold no hospitals", where="the data", fix="run the stage `places`")
        own = FormReader({name: fields.pop(name, "") for name in ("strength", "within")}, where="the search")
        strength = own.number("strength", required=True, above=0)
        within = own.text("within", longest=20) or "100mi"
        own.finish()
        request = read_request(fields)
        origin = locate_patient(request, zips=desk.data.zips, region_states=desk.data.region_states)
        found, _ = ask_drug(
            request, origin, desk.data, desk.hospitals, desk.facts(), strength_mcg_ml=strength or 0.0, within=within,
            local_dir=desk.settings.local_dir, today=desk.today(),
        )  # fmt: skip
        return render_stock(found)

    async def home(self, request: Request) -> HTMLResponse:
        """Say whether a nurse may refill at home."""
        return await self._answered(request, self._home)

    def _home(self, fields: dict[str, str]) -> str:
        desk = self._desk
        form = FormReader(fields, where="the question")
        zip_code, payer = form.text("zip", required=True, longest=20), form.text("payer", longest=40)
        stable = form.flag("stable")
        form.finish()
        found = ask_home_refill(
            zip_code, desk.data.zips, desk.data.provenance, desk.facts(),
            payer=read_payer_kind(payer or PayerKind.UNKNOWN.value, where="payer"), dose_is_stable=stable,
            local_dir=desk.settings.local_dir, today=desk.today(),
        )  # fmt: skip
        return render_home_refill(found)

    async def clinician(self, request: Request) -> HTMLResponse:
        """Show everything that is known about one clinician. For the team: it shows answers and probabilities."""
        return await self._answered(request, self._clinician)

    def _clinician(self, fields: dict[str, str]) -> str:
        desk, npi = self._desk, fields.get("npi", "").strip()
        if len(npi) != 10 or not npi.isdigit():
            raise InputError("that is no NPI", where="npi", expected="ten digits, as they stand beside each name")
        if desk.store is None:
            raise MissingDataError("the tables of evidence are not here", fix="open a finished run or a pack")
        people, sites = live_registry(desk.store, desk.facts().standings, service=desk.data.service, npi=npi)
        found = timeline(
            npi,
            evidence=desk.store.read("evidence", filters=[("npi", "==", npi)]),
            specialists=people,
            sites=sites,
            answers=read_calls(desk.settings, service=desk.data.service.service_id).rows,
            service=desk.data.service,
            today=desk.today(),
        )
        return "\n".join([*found.lines(), "", "For your team alone: it holds answers and probabilities."])

    async def panel(self, request: Request) -> Response:
        """Answer a whole panel: the file is read in memory, and the result is a file that the browser saves."""
        try:
            content = uploaded(await request.body(), request.headers.get("content-type", ""))
            return await run_in_threadpool(self._panel, content)
        except DesertsError as error:
            return self._page(request, {}, error=error)

    def _panel(self, content: bytes) -> Response:
        desk = self._desk
        patients = read_panel(Path("the panel"), content=content)
        found = run_panel(patients, desk.data, today=desk.today(), facts=desk.facts())
        if (failure := all_failed(found)) is not None:
            raise failure
        return attachment(csv_text(found.frame).encode("utf-8-sig"), "panel-answered.csv", _CSV)

    async def log(self, request: Request) -> HTMLResponse:
        """Show the newest calls, and those that are due."""
        desk = self._desk
        service, today = desk.data.service, desk.today()
        found = await run_in_threadpool(read_calls, desk.settings, service=service.service_id)
        rows = found.rows.sort_values(["observed_on", "recorded_at"], kind="stable", ascending=False)
        return page(
            request, desk, "log.html", calls=rows.head(_SHOWN_CALLS).to_dict("records"), in_all=len(rows),
            due=due_calls(found.rows, service=service, until=today + dt.timedelta(days=_DUE_DAYS)), due_days=_DUE_DAYS,
            words={name: outcome.words for name, outcome in OUTCOMES.items()},
        )  # fmt: skip

    async def _answered(self, request: Request, answer: Callable[[dict[str, str]], str]) -> HTMLResponse:
        fields = await body_fields(request)
        try:
            text = await run_in_threadpool(answer, {name: value for name, value in fields.items() if value})
        except DesertsError as error:
            return self._page(request, fields, error=error)
        return self._page(request, fields, answer=text)

    def _page(
        self, request: Request, fields: dict[str, str], *, answer: str = "", error: DesertsError | None = None
    ) -> HTMLResponse:
        path = request.url.path
        title, purpose = TOOLS[path]
        return page(
            request, self._desk, "tool.html", error=error, fields=fields, answer=answer, tool=path, title=title,
            purpose=purpose, payers=[(kind.value, kind.value.replace("_", " ")) for kind in reversed(PayerKind)],
        )  # fmt: skip


def uploaded(body: bytes, content_type: str) -> bytes:
    """Return the file of a form that carries one, taken apart in memory.

    Raises
    ------
    InputError
        If there is none.
    """
    message = BytesParser(policy=HTTP).parsebytes(
        b"Content-Type: " + content_type.encode("latin-1") + b"\r\n\r\n" + body
    )
    for part in message.iter_parts() if message.is_multipart() else ():
        content = part.get_payload(decode=True)
        if part.get_filename() and isinstance(content, bytes) and content.strip():
            return content
    raise InputError("no file came along", where="the panel", expected="a CSV with a column zip", fix="choose a file")
