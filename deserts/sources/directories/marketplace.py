"""Marketplace directories (45 CFR 156.230): arrays of providers with their plans, tiers and addresses.

The files say nothing by address: whether new patients are accepted and which plans take a provider hold for all of a
provider's places. The specialty's field has two spellings in use.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from deserts.sources.directories.fhir import day_of, text_of
from deserts.sources.directories.listing import Reading, Tally, Wanted, finished, tolerant
from deserts.sources.readers.json_stream import decode, pieces_of
from deserts.sources.readers.npi import npi_is_valid

__all__ = ["Index", "read_marketplace"]

_ACCEPTING = {
    "accepting": "yes", "true": "yes", "not accepting": "no", "false": "no",
    "accepting in some locations": "some_locations",
}  # fmt: skip
_INDIVIDUAL = "INDIVIDUAL"


class Index(msgspec.Struct, frozen=True):
    """``index.json``: the addresses of the files."""

    provider_urls: list[str] | None = None
    plan_urls: list[str] | None = None


class _Address(msgspec.Struct, frozen=True):
    address: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | int | None = None
    phone: str | int | None = None


class _PlanOf(msgspec.Struct, frozen=True):
    plan_id_type: str | None = None
    plan_id: str | int | None = None
    network_tier: str | None = None
    years: list[int] | None = None


class _Provider(msgspec.Struct, frozen=True):
    npi: str | int | None = None
    type: str | None = None
    name: dict[str, str | None] | None = None
    facility_name: str | None = None
    facility_type: list[str | None] | str | None = None
    addresses: list[_Address] | None = None
    specialty: list[str | None] | str | None = None
    speciality: list[str | None] | str | None = None
    accepting: str | bool | None = None
    plans: list[_PlanOf] | None = None
    last_updated_on: str | None = None
    marketing_name: str | None = None
    plan_id: str | int | None = None


def read_marketplace(
    paths: Sequence[Path],
    *,
    hashes: Mapping[Path, str],
    retrieved_on: dt.date | None = None,
    wanted: Wanted | None = None,
    year: int | None = None,
    source: str = "qhp",
) -> Reading:
    """Read ``providers.json`` files, with the plans' names from ``plans.json`` files among them.

    Parameters
    ----------
    paths
        Files of both kinds in any order; what a file is, its content says.
    hashes
        SHA-256 of each file.
    retrieved_on
        Day on which we got them.
    wanted
        What to keep; None keeps all.
    year
        Plan year; rows whose plan names other years alone are kept and counted.
    source
        ``qhp``, or ``ma_json`` for a Medicare Advantage file of the same form.

    Raises
    ------
    InputError
        If a file is no JSON.
    """
    choice, tally = wanted or Wanted(), Tally()
    names: dict[str, str] = {}
    rows: list[dict[str, Any]] = []
    retrieved = "" if retrieved_on is None else retrieved_on.isoformat()
    for path in paths:
        common = {
            "source": source, "source_file": path.name, "source_sha256": hashes[path], "retrieved_on": retrieved,
            "listed_via": "providers_json",
        }  # fmt: skip
        for piece in tolerant(pieces_of(path), path, tally):
            entry: _Provider | None = None if piece.is_too_long else decode(piece.raw, _Provider)
            if entry is None or (entry.plans is None and entry.plan_id is None and entry.npi is None):
                if piece.key == "":
                    tally.refuse("an entry whose shape is not the documented one")
            elif entry.marketing_name is not None or entry.plans is None:
                tally.read["plan"] += 1
                names.setdefault(text_of(entry.plan_id), text_of(entry.marketing_name))
            else:
                tally.read["provider"] += 1
                rows += ({**common, "pointer": piece.pointer, **row} for row in _rows(entry, choice, year, tally))
    for row in rows:
        row["plan_name"] = names.get(str(row["plan_id"]), "")
    tally.kept = len(rows)
    return finished(rows, tally)


def _rows(entry: _Provider, wanted: Wanted, year: int | None, tally: Tally) -> Iterator[dict[str, Any]]:
    npi, basis = _npi(entry)
    if not wanted.takes_npi(npi):
        return
    if basis == "none":
        tally.note("providers without an NPI")
    elif not npi_is_valid(npi):
        tally.note("NPIs with a wrong check digit")
    about = {
        "npi": npi, "npi_basis": basis, **_who(entry),
        "accepting": _ACCEPTING.get(text_of(entry.accepting).lower(), "unknown"),
        "source_date": day_of(entry.last_updated_on),
    }  # fmt: skip
    if not entry.plans:
        tally.note("providers without a plan")
    for plan in entry.plans or ():
        plan_id = text_of(plan.plan_id)
        if not wanted.takes_plan(plan_id):
            continue
        if year is not None and plan.years and year not in plan.years:
            tally.note(f"listed for other years than {year} alone")
        for address in entry.addresses or [_Address()]:
            state = text_of(address.state).upper()
            if wanted.takes_state(state):
                yield {
                    **about, "plan_id": plan_id, "plan_id_type": text_of(plan.plan_id_type),
                    "network_tier": text_of(plan.network_tier), **_place(address, state),
                }  # fmt: skip


def _npi(entry: _Provider) -> tuple[str, str]:
    text = text_of(entry.npi)
    return (text, "coded") if text and text.strip("0") else ("", "none")


def _who(entry: _Provider) -> dict[str, str]:
    is_person = (entry.type or _INDIVIDUAL).upper() == _INDIVIDUAL and not entry.facility_name
    named = entry.name or {}
    full = " ".join(text for part in ("first", "middle", "last") if (text := text_of(named.get(part))))
    said = entry.specialty or entry.speciality or (None if is_person else entry.facility_type)
    words = [said] if isinstance(said, str) else said or ()
    return {
        "entity": "individual" if is_person else "organisation",
        "name": full if is_person else text_of(entry.facility_name),
        "specialty_text": "; ".join(text_of(word) for word in words if word),
    }


def _place(address: _Address, state: str) -> dict[str, str]:
    digits = "".join(sign for sign in text_of(address.zip) if sign.isdigit())
    if isinstance(address.zip, int):
        digits = digits.zfill(5)
    return {
        "address_1": text_of(address.address), "city": text_of(address.city), "state": state,
        "zip5": digits[:5] if len(digits) in (5, 9) else "", "phone": text_of(address.phone),
    }  # fmt: skip
