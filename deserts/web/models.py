"""What may be asked, field by field: the search of a page or program, and an entry of the call log."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from deserts.documents.form import FormReader
from deserts.errors import InputError
from deserts.patients.asking.request import PatientRequest, read_request
from deserts.typed import DAY_EXPECTED, read_day

__all__ = ["BackupFields", "CallRequest", "Search", "problems", "read_fields", "read_search"]

_OWN_FIELDS = ("emergency", "send_address")
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Search:
    """One question.

    Parameters
    ----------
    patient
        What was entered about the patient.
    emergency
        Whether the nearest emergency departments were asked for.
    send_address
        Whether it was confirmed that the address may be sent to the geocoder.
    """

    patient: PatientRequest = field(repr=False)
    emergency: bool = False
    send_address: bool = False


def read_search(fields: Mapping[str, Any]) -> Search:
    """Read a search from the fields of a form or of the API.

    Parameters
    ----------
    fields
        As `deserts.patients.asking.request.read_request` takes them, besides ``emergency`` and ``send_address``; names
        to exclude may stand in one text.

    Raises
    ------
    InputError
        With every problem; what was entered is not repeated.
    """
    data = {name: value for name, value in fields.items() if value not in ("", None)}
    own = FormReader({name: data.pop(name, None) for name in _OWN_FIELDS}, where="the search")
    emergency, send_address = bool(own.flag("emergency")), bool(own.flag("send_address"))
    own.finish()
    if isinstance(data.get("exclude"), str):
        data["exclude"] = [part for part in re.split(r"[\s,;]+", data["exclude"]) if part]
    return Search(read_request(data), emergency, send_address)


class _Fields(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


def _day(value: Any) -> Any:
    """Read a day as people type it; what is none goes on to be refused by name of the field."""
    if not isinstance(value, str):
        return value
    found = read_day(value)
    if found is None:
        raise PydanticCustomError("day", "expected {forms}", {"forms": DAY_EXPECTED})
    return found


Day = Annotated[dt.date, BeforeValidator(_day)]


class BackupFields(_Fields):
    """One question about backups, as the API describes it; `read_search` checks the values."""

    zip: str | None = Field(None, description="The patient's ZIP, looked up on this machine; or give lonlat.")
    lonlat: str | None = Field(None, description="longitude,latitude in degrees.")
    k: int = Field(5, ge=1, le=1000, description="Most candidates in each tier.")
    exclude: list[str] = Field(default_factory=list, description="NPIs or practice ids that are lost.")
    keep_practice: bool = Field(False, description="List colleagues in a lost clinician's practice, after the rest.")
    pediatric: bool = Field(False, description="The patient is a child.")
    payer: str | None = Field(None, description="Payer, looked up in the team's own table.")
    plan: str | None = Field(None, description="Plan by identifier or name, as the run's directories have it.")
    pump: str | None = Field(None, description="Maker of the pump.")
    max_min: float | None = Field(None, description="Longest drive that is acceptable (minutes).")
    alarm_on: Day | None = Field(None, description="Low-reservoir alarm date of the print-out; asks for a plan.")
    filled_on: Day | None = Field(None, description="Day of the last refill: gives the earliest plausible day.")
    run_dry: Day | None = Field(None, description="Day on which the pump is empty; asks for a plan.")
    clock: dict[str, Any] | None = Field(None, description="A form of the refill clock, as /api/clock takes it.")
    withdrawal_signs: bool = Field(False, description="The patient shows a sign of withdrawal.")
    overdose_signs: bool = Field(False, description="The patient shows a sign of overdose.")
    authorisation_days: int | None = Field(None, description="Working days the payer takes.")
    drug_days: int | None = Field(None, description="Working days the drug order takes.")
    emergency: bool = Field(False, description="List the nearest emergency departments too.")
    close_roads: dict[str, Any] | None = Field(
        None,
        description="GeoJSON of lines across roads, or areas: what the answer becomes while those are closed.",
    )
    close_roads_name: str | None = Field(None, description="What the reader calls that, such as the bridge's name.")
    snow: bool = Field(False, description="Says what the answer becomes while winter's roads are shut.")
    arrive: str | None = Field(None, description="Hour of the appointment, as 09:00, for the team's own hour factors.")


class CallRequest(_Fields):
    """One answer about one clinician, for the team's log. Nothing about a patient belongs in it, and no appointment."""

    npi: str = Field(max_length=20)
    outcome: str = Field(max_length=40, description="accepting, full, payer, age, retired, no_pumps, moved, …")
    source: str = Field(max_length=40, description="phone, visit, device-rep or patient.")
    logged_by: str = Field(max_length=100, min_length=1, description="Who writes this down.")
    observed_on: Day | None = Field(None, description="Day of the answer; today when left out.")
    site_id: str = Field("", max_length=60, description="Site that was asked about.")
    all_sites: bool = Field(False, description="It holds for every site of the clinician.")
    answered_by: str = Field("", max_length=100, description="Name of who answered.")
    answered_role: str = Field(
        "", max_length=20, description="scheduler, nurse, clinician, pharmacist, manager, other."
    )
    asked: str = Field("", max_length=500, description="What was asked, in words.")
    asked_age: str = Field("", max_length=20, description="For whom: adult or child.")
    asked_payer: str = Field("", max_length=100, description="For which payer.")
    visit_weeks: float | None = Field(None, ge=0, le=520, description="Weeks to the earliest visit offered.")
    payers: str = Field("", max_length=500)
    ages: str = Field("", max_length=20, description="Whom they see: adult, paediatric or both.")
    pump_makers: str = Field("", max_length=500)
    review_on: Day | None = Field(None, description="Ask again on this day.")
    follow_up_on: Day | None = Field(None, description="Somebody calls back on this day.")
    corrects: str = Field("", max_length=64, description="Key of the entry that this one replaces.")
    note: str = Field("", max_length=2000, description="About the clinic, never about a patient.")
    note_has_no_patient: bool = Field(False, description="Confirms a text that looked as if it named a patient.")
    new: bool = Field(False, description="The NPI is in no table yet.")


def read_fields(model: type[Model], fields: Mapping[str, Any]) -> Model:
    """Return a request from the fields of an HTML form, where an empty field means "not given".

    Raises
    ------
    InputError
        With every problem by field; what was entered is not repeated.
    """
    given = {name: value for name, value in fields.items() if value != ""}
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise InputError(problems(error.errors()), fix="correct these fields and try again") from None


def problems(errors: Any) -> str:
    """Return validation errors as one line: field and rule, never the value."""
    return "; ".join(f"{'.'.join(map(str, entry['loc'])) or 'the form'}: {entry['msg']}" for entry in errors)
