"""The JSON API of the tools beside the search: each answers what its command prints with ``--json``."""

from __future__ import annotations

import dataclasses
import functools
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response

from deserts.api.scenario import change_document
from deserts.documents.form import FormReader
from deserts.documents.spreadsheet import csv_text
from deserts.patients.jsonable import jsonable
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.papers.pact import PAPERS
from deserts.patients.words import phrases
from deserts.web.answers import DUE_DAYS, Answers, newest_calls
from deserts.web.desk import Desk
from deserts.web.packets import MEDIA_TYPES, letter_file

__all__ = ["ToolsApi"]

_PLACE = {"zip": "04401"}
_EXAMPLES: dict[str, dict[str, Any]] = {
    "discharge": {"run_dry_on": "2027-02-11", "accepted_by": "A. Nurse", "accepted_on": "11/10/2026"},
    "drug": {**_PLACE, "strength": 2000, "within": "100mi"},
    "home": {**_PLACE, "payer": "commercial", "stable": True},
    "emergency": _PLACE,
    "clinician": {"npi": "2020000479"},
    "what-if": {"close": ["2020000479"], "snow": False},
    "phone": {"list": "calls", "top": 20},
    "plan": {"plan": "H9999-001-000", "names": False},
    "panel": {"csv": "zip,payer\n04401,Medicaid\n"},
    "pact": {"patient": {"name": "Alex Example"}, "refills": {"name": "Example Rehabilitation"}},
    "letter": {"patient": {"name": "Alex Example"}, "pump": {"maker": "Medtronic"}, "drugs": []},
}

Form = Annotated[dict[str, Any], Body()]


class ToolsApi:
    """The API of the tools of one desk.

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
        api = APIRouter(prefix="/api")
        for name, answer, summary in (
            ("discharge", self.discharge, "Seven ways in which a plan for the next refill fails"),
            ("drug", self.drug, "Who holds the drug near by, or whom to call"),
            ("home", self.home, "Whether a nurse may refill at home"),
            ("emergency", self.emergency, "The nearest emergency departments"),
            ("clinician", self.clinician, "Everything that is known of one clinician, for the team"),
            ("what-if", self.what_if, "What changes for every county when clinicians or roads close, and places open"),
            ("phone", self.phone, "Whom to phone next, for the team"),
            ("plan", self.plan, "Whom the directory of a plan lists, and of whom the files show that they do this"),
            ("panel", self.panel, "Primary and backups of every row of a panel"),
        ):
            body = {"requestBody": {"content": {"application/json": {"example": _EXAMPLES[name]}}}}
            api.add_api_route(f"/{name}", answer, methods=["POST"], summary=summary, openapi_extra=body)
        api.add_api_route("/log", self.log, methods=["GET"], summary="The newest calls, and those that are due")
        api.add_api_route(
            "/settings", self.settings, methods=["GET"], summary="Where the calls are, without a password"
        )
        api.add_api_route(
            "/settings", self.connection, methods=["POST"], summary="The same after reading the calls once, to try it"
        )
        for ending in MEDIA_TYPES:
            api.add_api_route(
                f"/letter.{ending}",
                functools.partial(self.letter, ending),
                methods=["POST"],
                summary=f"A letter to the emergency department as {ending.upper()}",
                response_class=Response,
                openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLES["letter"]}}}},
            )
            for paper, (title, _) in PAPERS.items():
                api.add_api_route(
                    f"/{paper}.{ending}",
                    functools.partial(self.paper, f"{paper}.{ending}"),
                    methods=["POST"],
                    summary=f"{phrases()[title]}, as {ending.upper()}",
                    response_class=Response,
                    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLES["pact"]}}}},
                )
        return api

    def discharge(self, form: Form) -> Response:
        """Return each of the seven checks: pass, fail or unknown, with its reason and the next step."""
        return JSONResponse(self._answers.discharge(form).to_dict())

    def drug(self, form: Form) -> Response:
        """Return holders of a strength (mcg/mL) within a distance or drive, and whom to call."""
        return JSONResponse(self._answers.drug(form).to_dict())

    def home(self, form: Form) -> Response:
        """Return whether a refill at home is worth asking for."""
        return JSONResponse(self._answers.home(form).to_dict())

    def emergency(self, form: Form) -> Response:
        """Return the nearest emergency departments, and the nearest that knows pumps."""
        return JSONResponse(self._answers.emergency(form).to_dict())

    def clinician(self, form: Form) -> Response:
        """Return evidence, answers and sites of a clinician with their dates."""
        read = FormReader(form, where="the question")
        npi = read.text("npi", required=True, longest=10)
        read.finish()
        return JSONResponse(jsonable(self._answers.clinician(npi).to_dict()))

    def what_if(self, form: Form) -> Response:
        """Return the region's numbers before and after, and a row a county."""
        change, lines = self._answers.what_if(form)
        return JSONResponse(jsonable(change_document(change, lines)))

    def phone(self, form: Form) -> Response:
        """Return the calls that would settle most, or leads that are no evidence (``list``), the first ``top``."""
        found, top = self._answers.phone(form)
        return JSONResponse(jsonable(found.to_dict(top=top)))

    def plan(self, form: Form) -> Response:
        """Return the check of a plan's directory; with ``names`` who is behind the counts, not for publication."""
        return JSONResponse(jsonable(self._answers.plan(form).facts))

    def panel(self, form: Form) -> Response:
        """Return the panel's rows with the columns ``panel_…`` as CSV text, and the rows that failed."""
        read = FormReader(form, where="the panel")
        text = read.text("csv", required=True, longest=262_144, one_line=False)
        arrive = read.text("arrive", longest=10) or ""
        read.finish()
        found = self._answers.panel(text.encode("utf-8"), arrive=arrive)
        return JSONResponse({"csv": csv_text(found.frame), "bad_rows": jsonable(found.bad_rows)})

    def log(self) -> Response:
        """Return the newest calls (200 at most), how many there are, and those that are due soon."""
        found, due = self._answers.calls()
        return JSONResponse(
            jsonable(
                {
                    "calls": newest_calls(found.rows),
                    "in_all": len(found.rows),
                    "due": due,
                    "due_days": DUE_DAYS,
                    "warnings": found.warnings,
                }
            )
        )

    def settings(self) -> Response:
        """Return the place of the log and whether it is a database; ``works`` is null, since nothing is tried."""
        return JSONResponse(dataclasses.asdict(self._answers.connection(is_tried=False)))

    def connection(self) -> Response:
        """Return the same with whether it was read, how many entries it holds, how long it took, or why not."""
        return JSONResponse(dataclasses.asdict(self._answers.connection(is_tried=True)))

    def paper(self, name: str, form: Form) -> Response:
        """Return a pact or a transfer sheet."""
        return Response(self._answers.paper(form, name), media_type=MEDIA_TYPES[name.rpartition(".")[2]])

    def letter(self, ending: str, form: Form) -> Response:
        """Return the letter of a card's form."""
        today = self._desk.today()
        read = read_card_form(form, service=self._desk.data.service, today=today, where="the letter")
        return Response(letter_file(read, self._desk, ending), media_type=MEDIA_TYPES[ending])
