"""What a coordinator enters about one patient: options, a form from a file or standard input, or answers to prompts.

All three become one mapping and are checked by one reader, which names the field and never repeats what was entered.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from deserts.documents.form import FormReader
from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError, SourceError
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.fill import PumpFacts
from deserts.patients.refill.plan import LeadTimes
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.origin import Origin, from_lonlat, from_zip, require_inside
from deserts.places.zips import ZipIndex
from deserts.roads.clock import read_hour
from deserts.roads.closings import Closing, closing_of

if TYPE_CHECKING:
    from deserts.sources.transport.http import Http

__all__ = ["GEOCODER_WARNING", "PatientRequest", "locate_patient", "read_closings", "read_request"]

GEOCODER_WARNING = (
    "The address leaves this machine now: it is sent to the geocoder of the US Census Bureau. --zip keeps it here."
)
_GEOCODER = "https://geocoding.geo.census.gov/geocoder/locations/onelineaddress"


@dataclass(frozen=True, slots=True)
class PatientRequest:
    """What was entered. None and empty text mean: not given; nothing of it shows in ``repr``."""

    zip_code: str = field(repr=False, default="")
    lonlat: str = field(repr=False, default="")
    address: str = field(repr=False, default="")
    facts: PumpFacts = field(repr=False, default_factory=PumpFacts)
    lead_times: LeadTimes = field(repr=False, default_factory=LeadTimes)
    exclude: tuple[str, ...] = field(repr=False, default=())
    keep_practice: bool = field(repr=False, default=False)
    pediatric: bool = field(repr=False, default=False)
    payer: str | None = field(repr=False, default=None)
    plan: str | None = field(repr=False, default=None)
    pump: str | None = field(repr=False, default=None)
    max_min: float | None = field(repr=False, default=None)
    k: int = field(repr=False, default=5)
    close_roads: tuple[Closing, ...] = field(repr=False, default=())
    snow: bool = field(repr=False, default=False)
    arrive_minute: int | None = field(repr=False, default=None)

    def query(self, origin: Origin, today: dt.date) -> BackupQuery:
        """Return the question that `deserts.patients.search.backups.find_backups` takes."""
        return BackupQuery(
            origin=origin,
            today=today,
            k=self.k,
            exclude=self.exclude,
            keep_practice=self.keep_practice,
            pediatric=self.pediatric,
            payer=self.payer,
            plan=self.plan,
            pump=self.pump,
            max_min=self.max_min,
        )


def read_request(data: Mapping[str, Any]) -> PatientRequest:
    """Read what was entered.

    Parameters
    ----------
    data
        ``zip``, ``lonlat`` or ``address``; optional ``alarm_on``, ``run_dry``, ``filled_on``, ``clock`` (a form of the
        refill clock), ``withdrawal_signs``, ``overdose_signs``, ``authorisation_days``, ``drug_days``, ``exclude``,
        ``keep_practice``, ``pediatric``, ``payer``, ``plan``, ``pump``, ``max_min``, ``k``,
        ``close_roads`` (GeoJSON of lines across roads, or areas; or a list of those that were read) with
        ``close_roads_name`` (what the reader calls it), ``snow``, ``arrive`` (hour of the appointment, as 09:00).

    Raises
    ------
    InputError
        With every problem, none repeating what was entered.
    """
    form = FormReader(data, where="the patient's entries")
    facts = read_known_days(form)
    places = [name for name in ("zip", "lonlat", "address") if form.has(name)]
    if len(places) != 1:
        form.problem("zip", "the place must be given once: zip, lonlat or address")
    authorisation, drug = (form.number(name, at_least=0, at_most=365) for name in ("authorisation_days", "drug_days"))
    k = form.number("k", at_least=1, at_most=1000)
    request = PatientRequest(
        zip_code=form.text("zip", longest=20),
        lonlat=form.text("lonlat", longest=60),
        address=form.text("address", longest=200),
        facts=facts,
        lead_times=LeadTimes(_whole(authorisation), _whole(drug)),
        exclude=form.texts("exclude", longest=200),
        keep_practice=bool(form.flag("keep_practice")),
        pediatric=bool(form.flag("pediatric")),
        payer=form.text("payer", longest=100) or None,
        plan=form.text("plan", longest=100) or None,
        pump=form.text("pump", longest=60) or None,
        max_min=form.number("max_min", above=0),
        k=5 if k is None else int(k),
        close_roads=read_closings(form),
        snow=bool(form.flag("snow")),
        arrive_minute=_hour(form),
    )
    form.finish()
    return request


def read_closings(form: FormReader) -> tuple[Closing, ...]:
    """Return the field ``close_roads`` of a form: what was read already, or GeoJSON, which is read here."""
    held, name = form.whole("close_roads"), form.text("close_roads_name", longest=200)
    if held is None:
        return ()
    if isinstance(held, Sequence) and all(isinstance(one, Closing) for one in held):
        return tuple(held)
    try:
        return (closing_of(held, name=name, where="close_roads"),)
    except InputError as error:
        form.problem("close_roads", f"{error.what}; expected {error.expected}")
        return ()


def _hour(form: FormReader) -> int | None:
    """Return the hour of the appointment as minutes after midnight."""
    text = form.text("arrive", longest=10)
    try:
        return read_hour(text, where="arrive") if text else None
    except InputError as error:
        form.problem("arrive", f"expected {error.expected}")
        return None


def locate_patient(
    request: PatientRequest,
    *,
    zips: ZipIndex,
    region_states: Sequence[str],
    allow_geocoder: bool = False,
    http: Http | None = None,
) -> Origin:
    """Return where the patient is; a ZIP and coordinates stay on this machine.

    Parameters
    ----------
    request
        What was entered.
    zips, region_states
        The offline look-up, and the states of the region.
    allow_geocoder, http
        Whether an address may be sent to the Census geocoder, and the connection for it.

    Raises
    ------
    NetworkForbiddenError
        If an address was given and sending it was not allowed.
    UnknownNameError, InputError
        If the place cannot be found.
    """
    if request.zip_code:
        return from_zip(request.zip_code, zips, region_states=region_states)
    if request.lonlat:
        return from_lonlat(request.lonlat, zips)
    if not allow_geocoder or http is None:
        raise NetworkForbiddenError(
            "an address can be looked up only by sending it away, and that was not allowed",
            where="--address",
            fix="give --zip or --lonlat, or allow it with --allow-geocoder",
        )
    found = _geocoded(request.address, http)
    require_inside(found.lon, found.lat, zips, where="address")
    return found


def _geocoded(address: str, http: Http) -> Origin:
    """Ask the Census geocoder about one address; the answer is not kept, and no error repeats the address."""
    from deserts.sources.publishers.geocoder import GeocoderSettings, pick_match

    asked = {"address": address, "benchmark": GeocoderSettings().benchmark, "format": "json"}
    failed = False
    answer: Any = None
    try:
        answer = http.get_json(_GEOCODER, params=asked)
    except (SourceError, FaultyAnswerError):
        failed = True  # raised below, outside this block, so that the cause (which may quote the address) is not kept
    if failed:
        raise SourceError("the geocoder could not be asked", where=_GEOCODER, fix="give --zip or --lonlat")
    matches = answer.get("result", {}).get("addressMatches", []) if isinstance(answer, dict) else []
    match = pick_match(matches, state="", zip5=address.strip()[-5:])
    if match is None:
        raise InputError(
            "the geocoder found no single place for that address",
            where="--address",
            expected="street, city, state and ZIP",
            fix="correct it, or give --zip or --lonlat",
        )
    place = match["coordinates"]
    return Origin(float(place["x"]), float(place["y"]), "the given address", zip_precise=False)


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)
