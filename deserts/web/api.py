"""The JSON API: the same answers as the pages, for programs on this machine."""

from __future__ import annotations

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Body
from fastapi.responses import JSONResponse, Response

from deserts.patients.papers.card import Card, card_html
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.papers.card_pdf import card_pdf
from deserts.patients.refill.clock_form import read_pump_facts
from deserts.patients.refill.timeline import make_timeline
from deserts.specialists.entries import entry_key
from deserts.web.desk import Desk
from deserts.web.models import BackupFields, CallRequest, read_search
from deserts.web.packets import MEDIA_TYPES, card_of, packet_file

__all__ = ["Api"]

_DRUG_EXAMPLE = {
    "name": "baclofen",
    "concentration": 2000,
    "concentration_unit": "mcg/mL",
    "daily_dose": 600,
    "dose_unit": "mcg/day",
}
_CLOCK_EXAMPLE = {"pump": {"reservoir_ml": 40}, "fill_ml": 40, "filled_on": "2026-10-01", "drugs": [_DRUG_EXAMPLE]}
_CARD_EXAMPLE = {
    "patient": {"name": "Alex Example"},
    "pump": {"maker": "Medtronic", "model": "SynchroMed II"},
    "drugs": [_DRUG_EXAMPLE],
}
_PACKET_EXAMPLE = {
    "reason": "continuation",
    "patient": {"name": "Alex Example", "zip": "04401"},
    "payer": {"name": "Example Health", "kind": "commercial"},
}


class Api:
    """The API of one desk.

    Parameters
    ----------
    desk
        What is served.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def router(self) -> APIRouter:
        """Return the routes."""
        api = APIRouter(prefix="/api")
        api.add_api_route(
            "/backups",
            self.backups,
            methods=["POST"],
            summary="Who could take this patient over",
            response_class=JSONResponse,
        )
        api.add_api_route("/clock", self.clock, methods=["POST"], summary="When a pump must be refilled")
        api.add_api_route(
            "/card.html", self.card_page, methods=["POST"], summary="A card as HTML", response_class=Response
        )
        api.add_api_route(
            "/card.pdf", self.card_pdf, methods=["POST"], summary="A card as PDF", response_class=Response
        )
        for ending in MEDIA_TYPES:
            api.add_api_route(
                f"/packet.{ending}",
                functools.partial(self.packet, ending),
                methods=["POST"],
                summary=f"A packet for the insurer as {ending.upper()}",
                response_class=Response,
            )
            api.add_api_route(
                f"/packet-notes.{ending}",
                functools.partial(self.packet_notes, ending),
                methods=["POST"],
                summary=f"The drafter's notes on a packet as {ending.upper()}, not to be sent",
                response_class=Response,
            )
        api.add_api_route("/calls", self.calls, methods=["POST"], summary="Append to the call log", status_code=201)
        api.add_api_route("/about", self.about, methods=["GET"], summary="Dates of the data")
        return api

    def backups(self, fields: BackupFields) -> Response:
        """Return the answer in tiers; plan and emergency departments when they are due or asked for."""
        found = self._desk.find(read_search(fields.model_dump(mode="json")))
        # plain values already: the framework's own walk over them would only take time
        return JSONResponse(
            {
                "timeline": None if found.timeline is None else found.timeline.to_dict(),
                "plan": None if found.plan is None else found.plan.to_dict(),
                "emergency": None if found.emergency is None else found.emergency.to_dict(),
                "answer": found.answer.to_dict(),
                "read_as": list(found.read_as),
                "at_hour": None if found.at_hour is None else found.at_hour.to_dict(),
                "roads_closed": None if found.roads_closed is None else found.roads_closed.to_dict(),
            }
        )

    def clock(self, form: Annotated[dict[str, Any], Body(examples=[_CLOCK_EXAMPLE])]) -> dict[str, Any]:
        """Return when the pump can be empty, when its alarm is due, and by when it must be refilled."""
        service, today = self._desk.data.service, self._desk.today()
        facts = read_pump_facts(form, where="the refill clock")
        timeline = make_timeline(facts, service=service, today=today)
        return {**timeline.to_dict(), "data": list(self._desk.data.provenance.lines(today))}

    def card_page(self, form: Annotated[dict[str, Any], Body(examples=[_CARD_EXAMPLE])]) -> Response:
        """Return wallet card and sheet as HTML."""
        return Response(card_html(self._card(form)), media_type="text/html; charset=utf-8")

    def card_pdf(self, form: Annotated[dict[str, Any], Body(examples=[_CARD_EXAMPLE])]) -> Response:
        """Return wallet card and sheet as PDF."""
        return Response(card_pdf(self._card(form)), media_type="application/pdf")

    def packet(self, ending: str, form: Annotated[dict[str, Any], Body(examples=[_PACKET_EXAMPLE])]) -> Response:
        """Return a draft with what was entered and what public files show."""
        return Response(packet_file(self._desk, form, ending), media_type=MEDIA_TYPES[ending])

    def packet_notes(self, ending: str, form: Annotated[dict[str, Any], Body(examples=[_PACKET_EXAMPLE])]) -> Response:
        """Return the drafter's own notes: what is red, what is missing, how an appeal goes."""
        return Response(packet_file(self._desk, form, ending, notes=True), media_type=MEDIA_TYPES[ending])

    def calls(self, request: CallRequest) -> dict[str, Any]:
        """Append an answer to the team's log; the reply names clinician, site and answer."""
        entry, words, recorded = self._desk.log_call(request)
        return {
            **{name: getattr(entry, name) for name in ("npi", "site_id", "scope", "outcome", "observed_on", "service")},
            "entry": entry_key(entry),
            "words": words,
            "waiting": recorded.waiting,
            "why_waiting": recorded.why_waiting,
        }

    def about(self) -> dict[str, Any]:
        """Return the dates of the data and what they cannot see."""
        today, provenance = self._desk.today(), self._desk.data.provenance
        return {
            "region": provenance.region_id,
            "service": self._desk.data.service.service_id,
            "lines": list(provenance.lines(today)),
            "is_old": provenance.is_old(today),
            "attribution": list(provenance.attribution),
        }

    def _card(self, form: dict[str, Any]) -> Card:
        today = self._desk.today()
        return card_of(read_card_form(form, service=self._desk.data.service, today=today, where="the card"), self._desk)
