"""What may be asked, field by field; the HTML forms and the JSON API share these."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from deserts.errors import InputError

__all__ = ["BackupRequest", "CallRequest", "problems", "read_fields"]

_MOST_EXCLUDED = 20
Model = TypeVar("Model", bound=BaseModel)


def _split(value: Any) -> Any:
    """Return names typed into one field as a list."""
    return [part for part in re.split(r"[\s,;]+", value) if part] if isinstance(value, str) else value


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class BackupRequest(_Request):
    """One question about backups. Either ``zip`` or ``lonlat`` is given."""

    zip: str | None = Field(None, max_length=10, description="The patient's ZIP, looked up on this machine.")
    lonlat: str | None = Field(None, max_length=60, description="longitude,latitude instead of a ZIP.")
    k: int = Field(5, ge=1, le=25, description="Most candidates in each tier.")
    exclude: Annotated[list[str], BeforeValidator(_split)] = Field(
        default_factory=list, max_length=_MOST_EXCLUDED, description="NPIs or practice ids that are lost."
    )
    keep_practice: bool = Field(False, description="List colleagues in a lost clinician's practice, after the rest.")
    pediatric: bool = Field(False, description="The patient is a child.")
    payer: str | None = Field(None, max_length=80)
    pump: str | None = Field(None, max_length=60, description="Maker of the pump.")
    max_min: float | None = Field(None, gt=0, le=6000, description="Longest drive that is acceptable (minutes).")
    run_dry: dt.date | None = Field(None, description="Day on which the pump is empty; asks for a plan.")
    run_dry_earliest: dt.date | None = Field(None, description="Earliest plausible such day.")
    signs: bool = Field(False, description="The patient shows a sign of withdrawal.")
    emergency: bool = Field(False, description="List the nearest emergency departments too.")
    authorisation_days: int | None = Field(None, ge=0, le=200, description="Working days the payer takes.")
    drug_order_days: int | None = Field(None, ge=0, le=200, description="Working days the drug order takes.")


class CallRequest(_Request):
    """One answer about one clinician, for the team's log. Nothing about a patient belongs in it."""

    npi: str = Field(max_length=20)
    outcome: str = Field(max_length=40, description="accepting, full, payer, age, retired, no_pumps, moved, …")
    source: str = Field("phone", max_length=40, description="phone, visit, device-rep or patient.")
    observed_on: dt.date | None = Field(None, description="Day of the answer; today when left out.")
    site_id: str = Field("", max_length=60)
    payers: str = Field("", max_length=500)
    ages: str = Field("", max_length=20)
    pump_makers: str = Field("", max_length=500)
    wait_days: int | None = Field(None, ge=0, le=3650)
    review_on: dt.date | None = None
    note: str = Field("", max_length=2000, description="About the clinic, never about a patient.")
    note_has_no_patient: bool = Field(False, description="Confirms a note that looked as if it named a patient.")


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
