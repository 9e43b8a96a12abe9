"""The pages for people: search, plan, refill clock, card, call log. Every input comes in the body of a POST."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from deserts.documents.html import environment
from deserts.errors import DesertsError, InputError, UnknownNameError
from deserts.patients.asking.request import GEOCODER_WARNING
from deserts.patients.papers.card import blank_card, card_html
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.papers.card_pdf import card_pdf
from deserts.patients.papers.packet_words import APPEAL_GROUNDS, PAYER_KINDS, REASONS
from deserts.patients.refill.clock_form import read_pump_facts
from deserts.patients.refill.timeline import make_timeline
from deserts.patients.search.backup_text import distance_words, place_distance_words
from deserts.patients.search.wording import DRUG_WORDS, PLACES_TITLE
from deserts.patients.words import two_emergencies
from deserts.specialists.entries import ROLES
from deserts.specialists.outcomes import OUTCOMES, SOURCES
from deserts.tables.drives import minutes_words
from deserts.web.bodies import body_fields, closed_roads_fields, nest
from deserts.web.desk import Desk, card_fields
from deserts.web.fault_words import told_here
from deserts.web.models import CallRequest, read_fields, read_search
from deserts.web.outlines import TIER_SHAPES
from deserts.web.packets import MEDIA_TYPES, card_of, letter_file, packet_data, packet_documents, packet_file

__all__ = ["Pages", "attachment", "page"]

_CARD_LISTS = {"drugs": 3, "backups": 3}
"""Rows that the card's page offers for each list."""
ALL_SITES = "all"
"""What the choice of a site sends for every site of the clinician."""
_REASON_WORDS = {
    "network_gap": "network-gap exception",
    "continuation": "refills to continue",
    "first_implant": "first implant",
    "appeal": "appeal of a denial",
}
"""Reasons of a packet, short enough for a list to choose from."""


class Pages:
    """The pages of one desk.

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
        for path, method, answer in (
            ("/", "GET", self.search_form),
            ("/search", "GET", self.back_to_start),
            ("/search", "POST", self.search),
            ("/clock", "GET", self.clock_form),
            ("/clock", "POST", self.clock),
            ("/card", "GET", self.card_form),
            ("/card/form", "POST", self.card_form),
            ("/card", "POST", self.card),
            ("/card/blank", "GET", self.blank_card),
            ("/packet", "GET", self.packet_form),
            ("/packet", "POST", self.packet),
            ("/calls", "GET", self.call_form),
            ("/calls/form", "POST", self.call_form),
            ("/calls", "POST", self.call),
            ("/login", "GET", self.login),
        ):
            router.add_api_route(path, answer, methods=[method])
        return router

    async def search_form(self, request: Request) -> HTMLResponse:
        """Show the empty search."""
        return page(request, self._desk, "search.html", fields={}, found=None)

    async def back_to_start(self) -> RedirectResponse:
        """Lead a typed or reloaded address of an answer back to the search: answers have no address."""
        return RedirectResponse("/", status_code=303)

    async def search(self, request: Request) -> HTMLResponse:
        """Answer a search, with the plan when a run-dry date or a sign is given."""
        fields = await closed_roads_fields(request)
        try:
            asked = read_search(nest(fields))
            found = await run_in_threadpool(self._desk.find, asked)
        except DesertsError as error:
            return page(request, self._desk, "search.html", error=error, fields=fields, found=None)
        return page(request, self._desk, "search.html", fields=fields, found=found, card=card_fields(found))

    async def clock_form(self, request: Request) -> HTMLResponse:
        """Show the empty refill clock."""
        return page(request, self._desk, "clock.html", fields={}, timeline=None)

    async def clock(self, request: Request) -> HTMLResponse:
        """Reckon a pump's dates."""
        fields = await body_fields(request)
        desk = self._desk
        try:
            facts = read_pump_facts(nest(fields), where="the refill clock")
            timeline = make_timeline(facts, service=desk.data.service, today=desk.today())
        except DesertsError as error:
            return page(request, desk, "clock.html", error=error, fields=fields, timeline=None)
        read_as = facts.read_as(desk.today())
        return page(request, desk, "clock.html", fields=fields, timeline=timeline, read_as=read_as)

    async def card_form(self, request: Request) -> HTMLResponse:
        """Show the card's form, with the backups of an answer when they were sent along."""
        return page(request, self._desk, "card_form.html", fields=await body_fields(request))

    async def card(self, request: Request) -> Response:
        """Show a card for printing, or give it as PDF."""
        fields = await body_fields(request)
        wanted = fields.pop("format", "html")
        desk = self._desk
        try:
            form = read_card_form(nest(fields), service=desk.data.service, today=desk.today(), where="the card")
        except DesertsError as error:
            return page(request, desk, "card_form.html", error=error, fields=fields)
        if wanted == "letter":
            content = await run_in_threadpool(letter_file, form, desk)
            return attachment(content, "letter.docx", MEDIA_TYPES["docx"])
        made = card_of(form, desk)
        if wanted == "pdf":
            content = await run_in_threadpool(card_pdf, made)
            return attachment(content, "card.pdf", "application/pdf")
        return HTMLResponse(card_html(made, nonce=request.state.nonce))

    async def blank_card(self) -> Response:
        """Give an empty card to fill in by hand."""
        return attachment(await run_in_threadpool(card_pdf, blank_card()), "empty-card.pdf", "application/pdf")

    async def packet_form(self, request: Request) -> HTMLResponse:
        """Show the packet's form."""
        return self._packet_page(request, {})

    async def packet(self, request: Request) -> Response:
        """Give a packet for the insurer as a file."""
        fields = await body_fields(request)
        ending = fields.pop("format", "docx")
        notes, ending = ending.startswith("notes."), ending.removeprefix("notes.")
        try:
            if ending not in MEDIA_TYPES:
                raise InputError("that format is not known", expected="one of " + ", ".join(MEDIA_TYPES))
            content = await run_in_threadpool(packet_file, self._desk, packet_data(nest(fields)), ending, notes=notes)
        except DesertsError as error:
            return self._packet_page(request, fields, error=error)
        return attachment(content, f"packet{'-notes-not-to-send' if notes else ''}.{ending}", MEDIA_TYPES[ending])

    def _packet_page(
        self, request: Request, fields: Mapping[str, str], *, error: DesertsError | None = None
    ) -> HTMLResponse:
        return page(
            request,
            self._desk,
            "packet.html",
            error=error,
            fields=fields,
            reasons=[(reason, _REASON_WORDS[reason]) for reason in REASONS],
            payer_kinds=[("", "not chosen"), *((kind, kind.replace("_", " ")) for kind in PAYER_KINDS)],
            grounds=[(ground, ground.replace("_", " ")) for ground in APPEAL_GROUNDS],
            documents=packet_documents(),
        )

    async def call_form(self, request: Request) -> HTMLResponse:
        """Show the form of a call-log entry: first whose call it is, then what was said."""
        return self._call_page(request, await body_fields(request))

    async def call(self, request: Request) -> HTMLResponse:
        """Show what would be written, and write it once that is confirmed."""
        fields = await body_fields(request)
        given = {name: value for name, value in fields.items() if name != "confirmed"}
        try:
            asked = read_fields(CallRequest, _place_of_call(given))
            if fields.get("confirmed") != "true":
                _, words = await run_in_threadpool(self._desk.prepare_call, asked)
                return self._call_page(request, given, words=words)
            _, words, recorded = await run_in_threadpool(self._desk.log_call, asked)
        except DesertsError as error:
            return self._call_page(request, given, error=error)
        return self._call_page(request, {}, done=words, recorded=recorded)

    def _call_page(
        self, request: Request, fields: Mapping[str, str], *, error: DesertsError | None = None, **values: Any
    ) -> HTMLResponse:
        clinician = self._desk.clinician(fields["npi"].strip()) if fields.get("npi", "").strip() else None
        return page(
            request,
            self._desk,
            "call.html",
            error=error,
            fields=fields,
            clinician=clinician,
            roles=ROLES[1:],
            **{"words": "", "done": "", "recorded": None, **values},
        )

    async def login(self) -> HTMLResponse:
        """Ask for the token."""
        return HTMLResponse(environment("deserts.web").get_template("login.html").render())


def page(
    request: Request, desk: Desk, template: str, *, error: DesertsError | None = None, **values: Any
) -> HTMLResponse:
    """Render a page with what every page shows: dates of the data, old or not, the way around.

    Parameters
    ----------
    request
        For the path, to mark the current entry of the menu.
    desk
        For the data's dates.
    template, error
        Which page, and what to tell when something was wrong.
    values
        Further values of the template.
    """
    today = desk.today()
    provenance = desk.data.provenance
    text = (
        environment("deserts.web")
        .get_template(template)
        .render(
            path=request.url.path,
            service=desk.data.service,
            provenance=provenance,
            data_lines=provenance.lines(today),
            is_old=provenance.is_old(today),
            team_pack=provenance.notices[0] if desk.settings.calls_of_pack is not None else "",
            last_call=desk.facts().standings.last_on,
            warnings=desk.facts().warnings,
            today=today,
            error=None if error is None else told_here(error),
            drug_words=DRUG_WORDS,
            distance_words=distance_words,
            place_distance_words=place_distance_words,
            minutes_words=minutes_words,
            places_title=PLACES_TITLE,
            shapes=TIER_SHAPES,
            both=two_emergencies(),
            may_geocode=desk.http is not None,
            geocoder_warning=GEOCODER_WARNING,
            outcomes=OUTCOMES,
            sources=SOURCES,
            list_rows=_CARD_LISTS,
            name_of=desk.name_of,
            **values,
        )
    )
    return HTMLResponse(text, status_code=200 if error is None else _status(error))


def attachment(content: bytes, name: str, media_type: str) -> Response:
    """Return a file that the browser saves under a name."""
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _place_of_call(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the fields of a call with the choice of a site, or of all of them, told apart."""
    if fields.get("site_id") != ALL_SITES:
        return dict(fields)
    return {**fields, "site_id": "", "all_sites": "true"}


def _status(error: DesertsError) -> int:
    return 400 if isinstance(error, InputError | UnknownNameError) else 503
