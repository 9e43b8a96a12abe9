"""The pages beside the search: checks of a plan, drug, refill at home, a whole panel, the log, one clinician.

Each asks the function that its command asks and shows the same words. What is typed or sent stays in memory.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from deserts.api.scenario import change_text
from deserts.documents.spreadsheet import csv_text
from deserts.errors import DesertsError, InputError
from deserts.patients.refill.home_refill import PayerKind
from deserts.patients.refill.refill_text import render_discharge, render_home_refill
from deserts.patients.search.places_text import render_stock
from deserts.specialists.log_places import DATABASE_URL
from deserts.specialists.outcomes import OUTCOMES
from deserts.web.answers import DUE_DAYS, FOR_THE_TEAM, Answers, newest_calls
from deserts.web.bodies import body_fields, body_parts, closed_roads_fields, nest
from deserts.web.desk import Desk
from deserts.web.guard import PANEL, WHAT_IF
from deserts.web.packets import MEDIA_TYPES
from deserts.web.pages import attachment, page

__all__ = ["TOOLS", "Tools"]

TOOLS = {
    "/discharge": ("Discharge check", "seven ways in which a plan fails: each pass, fail or unknown"),
    "/drug": ("Drug source", "who holds the drug near by, and whom to call"),
    "/home": ("Refill at home", "whether a home-infusion nurse can come"),
    "/pact": (
        "Emergency pact and transfer sheet",
        "two papers of one page: who does what, signed; and what travels along",
    ),
    PANEL: ("Panel", "a CSV of patients: who each one’s next clinicians are; the result is a CSV"),
    WHAT_IF: ("What if", "clinicians, practices or roads close, places open: before and after for every county"),
    "/phone": ("Whom to phone next", "the answers that would settle most, and leads that are no evidence"),
    "/plan": ("Plan check", "whom a payer’s directory lists, and of whom the files show that they do this"),
    "/log": ("Call log", "what clinics answered, and which calls are due"),
    "/settings": ("Where the calls are", "the team’s database or your own file, and whether it can be reached"),
    "/clinician": ("One clinician", "everything that is known, with its dates"),
}
"""Path to title and what it is for."""

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
        self._answers = Answers(desk)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
        router.add_api_route("/more", self.index, methods=["GET"])
        router.add_api_route("/log", self.log, methods=["GET"])
        for path, answer in (
            ("/discharge", self.discharge), ("/drug", self.drug), ("/home", self.home), ("/clinician", self.clinician),
            ("/phone", self.phone), ("/plan", self.plan),
        ):  # fmt: skip
            router.add_api_route(path, self.form, methods=["GET"])
            router.add_api_route(path, answer, methods=["POST"])
        router.add_api_route("/settings", self.settings, methods=["GET"])
        router.add_api_route("/settings", self.connection, methods=["POST"])
        router.add_api_route("/pact", self.pact_form, methods=["GET"])
        router.add_api_route("/pact", self.pact, methods=["POST"])
        router.add_api_route(PANEL, self.form, methods=["GET"])
        router.add_api_route(PANEL, self.panel, methods=["POST"])
        router.add_api_route(WHAT_IF, self.form, methods=["GET"])
        router.add_api_route(WHAT_IF, self.what_if, methods=["POST"])
        return router

    async def index(self, request: Request) -> HTMLResponse:
        """Show what else there is."""
        return page(request, self._desk, "more.html", tools=TOOLS)

    async def form(self, request: Request) -> HTMLResponse:
        """Show the empty form of a tool."""
        return self._page(request, {})

    async def discharge(self, request: Request) -> HTMLResponse:
        """Check a discharge plan."""
        return await self._answered(
            request, lambda fields: render_discharge(self._answers.discharge(nest(fields)), today=self._desk.today())
        )

    async def drug(self, request: Request) -> HTMLResponse:
        """Say who holds the drug near by, or whom to call."""
        return await self._answered(request, lambda fields: render_stock(self._answers.drug(fields)))

    async def home(self, request: Request) -> HTMLResponse:
        """Say whether a nurse may refill at home."""
        return await self._answered(request, lambda fields: render_home_refill(self._answers.home(fields)))

    async def clinician(self, request: Request) -> HTMLResponse:
        """Show everything that is known about one clinician. For the team: it shows answers and probabilities."""
        return await self._answered(request, self._clinician)

    def _clinician(self, fields: dict[str, str]) -> str:
        found = self._answers.clinician(fields.get("npi", "").strip())
        return "\n".join([*found.lines(), "", FOR_THE_TEAM])

    async def phone(self, request: Request) -> HTMLResponse:
        """List whom to phone next. For the team: it holds names, telephones and probabilities."""
        return await self._answered(request, self._phone)

    def _phone(self, fields: dict[str, str]) -> str:
        found, top = self._answers.phone(fields)
        return found.text(top=top)

    async def plan(self, request: Request) -> HTMLResponse:
        """Hold a payer's directory against the evidence."""
        return await self._answered(request, lambda fields: self._answers.plan(fields).text)

    async def settings(self, request: Request) -> HTMLResponse:
        """Say where the log of calls is, without asking it."""
        return page(
            request, self._desk, "settings.html", found=self._answers.connection(is_tried=False), variable=DATABASE_URL
        )

    async def connection(self, request: Request) -> HTMLResponse:
        """Read the log once, and say whether that works."""
        found = await run_in_threadpool(functools.partial(self._answers.connection, is_tried=True))
        return page(request, self._desk, "settings.html", found=found, variable=DATABASE_URL)

    async def pact_form(self, request: Request) -> HTMLResponse:
        """Show the form of pact and transfer sheet."""
        return page(request, self._desk, "pact.html", fields={})

    async def pact(self, request: Request) -> Response:
        """Give a pact or a transfer sheet as a file."""
        fields = await body_fields(request)
        wanted = fields.pop("format", "pact.docx")
        try:
            content = await run_in_threadpool(self._answers.paper, nest(fields), wanted)
        except DesertsError as error:
            return page(request, self._desk, "pact.html", error=error, fields=fields)
        return attachment(content, wanted, MEDIA_TYPES[wanted.rpartition(".")[2]])

    async def panel(self, request: Request) -> Response:
        """Answer a whole panel: the file is read in memory, and the result is a file that the browser saves."""
        try:
            fields, files = await body_parts(request)
            content = files.get("file")
            if content is None:
                raise InputError(
                    "no file came along", where="the panel", expected="a CSV with a column zip", fix="choose a file"
                )
            found = await run_in_threadpool(self._answers.panel, content.content, arrive=fields.get("arrive", ""))
        except DesertsError as error:
            return self._page(request, fields, error=error)
        return attachment(csv_text(found.frame).encode("utf-8-sig"), "panel-answered.csv", _CSV)

    async def what_if(self, request: Request) -> HTMLResponse:
        """Compare the region before and after; a file of what is closed is read in memory."""
        return await self._answered(request, lambda fields: change_text(self._answers.what_if(_lists(fields))[0]))

    async def log(self, request: Request) -> HTMLResponse:
        """Show the newest calls, and those that are due."""
        found, due = await run_in_threadpool(self._answers.calls)
        return page(
            request, self._desk, "log.html", calls=newest_calls(found.rows), in_all=len(found.rows), due=due,
            due_days=DUE_DAYS, words={name: outcome.words for name, outcome in OUTCOMES.items()},
        )  # fmt: skip

    async def _answered(self, request: Request, answer: Callable[[dict[str, str]], str]) -> HTMLResponse:
        fields = await closed_roads_fields(request)
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


def _lists(fields: dict[str, str]) -> dict[str, object]:
    """Return the fields of a scenario; several clinicians or places stand in one text."""
    return {name: value.split() if name in ("close", "add") else value for name, value in fields.items()}
