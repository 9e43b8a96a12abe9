"""Transparency in Coverage in-network files: who has a negotiated rate for a code. The weakest kind of listing.

A rate is often listed for every member of a group, whatever they do: it says that the contract would pay, not that
anybody does it. Prices are not kept. The file's two arrays come in either order, so it is read twice.

References
----------
CMS, Transparency in Coverage, in-network rates schema 2.1.0 (and inline groups of version 1).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from deserts.sources.directories.fhir import day_of, text_of
from deserts.sources.directories.listing import Reading, Tally, Wanted, finished, tolerant
from deserts.sources.readers.json_stream import decode, pieces_of
from deserts.sources.readers.npi import npi_is_valid

__all__ = ["read_rates"]

_RATES, _GROUPS = frozenset({"in_network"}), "provider_references"
_TOO_LONG = "longer than an item may be"


class _Tin(msgspec.Struct, frozen=True):
    business_name: str | None = None


class _Group(msgspec.Struct, frozen=True):
    npi: list[int | str] | None = None
    tin: _Tin | None = None


class _Price(msgspec.Struct, frozen=True):
    billing_class: str | None = None


class _Rate(msgspec.Struct, frozen=True):
    provider_references: list[int | float | str] | None = None
    provider_groups: list[_Group] | None = None
    negotiated_prices: list[_Price] | None = None


class _Code(msgspec.Struct, frozen=True):
    billing_code: str | int | None = None


class _Item(msgspec.Struct, frozen=True):
    billing_code: str | int | None = None
    bundled_codes: list[_Code] | None = None
    negotiated_rates: list[_Rate] | None = None


class _Named(msgspec.Struct, frozen=True):
    provider_group_id: int | float | str | None = None
    network_name: list[str] | str | None = None
    provider_groups: list[_Group] | None = None


@dataclass(slots=True)
class _File:
    """What the first reading of a file leaves for the second."""

    classes_of: dict[str, set[str]] = field(default_factory=dict)
    """Group to the classes of what it is paid for (professional, institutional)."""
    inline: list[tuple[str, str, _Group]] = field(default_factory=list)
    """Pointer, class and group of rates that name their groups themselves."""
    about: dict[str, str] = field(default_factory=dict)


def read_rates(
    paths: Sequence[Path],
    *,
    codes: Collection[str],
    hashes: Mapping[Path, str],
    retrieved_on: dt.date | None = None,
    wanted: Wanted | None = None,
) -> Reading:
    """Read who has a rate for any of some codes.

    Parameters
    ----------
    paths
        In-network files.
    codes
        Billing codes (HCPCS or CPT numbers).
    hashes
        SHA-256 of each file.
    retrieved_on
        Day on which we got them.
    wanted
        Providers and plans to keep; places are not in these files.

    Raises
    ------
    InputError
        If a file is no JSON.
    """
    choice, tally = wanted or Wanted(), Tally()
    rows: list[dict[str, Any]] = []
    for path in paths:
        found = _rates_of(path, frozenset(codes), tally)
        common = {
            "source": "tic", "source_file": path.name, "source_sha256": hashes[path], "listed_via": "rate",
            "retrieved_on": "" if retrieved_on is None else retrieved_on.isoformat(),
            "source_date": day_of(found.about.get("last_updated_on")), "plan_id": found.about.get("plan_id", ""),
            "plan_id_type": found.about.get("plan_id_type", ""), "plan_name": found.about.get("plan_name", ""),
            "accepting": "unknown",
        }  # fmt: skip
        if choice.takes_plan(common["plan_id"], common["plan_name"]):
            rows += ({**common, **row} for row in _listed(path, found, choice, tally))
    tally.kept = len(rows)
    return finished(rows, tally)


def _rates_of(path: Path, codes: frozenset[str], tally: Tally) -> _File:
    """Read the rates of a file: which groups are named for the codes; everything else is passed over."""
    found = _File()
    for piece in tolerant(pieces_of(path), path, tally):
        if piece.key == _GROUPS:
            continue
        if piece.key not in _RATES:
            if piece.index is None and (value := decode(piece.raw, str)) is not None:
                found.about[piece.key] = text_of(value)
            continue
        item: _Item | None = None if piece.is_too_long else decode(piece.raw, _Item)
        if item is None:
            tally.refuse(_TOO_LONG if piece.is_too_long else "an item whose shape is not the documented one")
            tally.gap(f"{path.name}, {piece.pointer}: an item could not be read")
            continue
        tally.read["in_network item"] += 1
        bundled = {text_of(code.billing_code) for code in item.bundled_codes or ()}
        if codes.isdisjoint({text_of(item.billing_code), *bundled}):
            continue
        for rate in item.negotiated_rates or ():
            classes = {text_of(price.billing_class) for price in rate.negotiated_prices or ()} or {""}
            for group in rate.provider_references or ():
                found.classes_of.setdefault(_group_key(group), set()).update(classes)
            found.inline += [(piece.pointer, min(classes), group) for group in rate.provider_groups or ()]
    return found


def _listed(path: Path, found: _File, wanted: Wanted, tally: Tally) -> Iterator[dict[str, Any]]:
    for pointer, paid_for, group in found.inline:
        yield from _members(group, pointer, paid_for, "", wanted, tally)
    if not found.classes_of:
        return
    unseen = set(found.classes_of)
    for piece in tolerant(pieces_of(path, wanted=frozenset({_GROUPS})), path, tally):
        named: _Named | None = None if piece.is_too_long else decode(piece.raw, _Named)
        if named is None:
            tally.refuse(_TOO_LONG if piece.is_too_long else "a group whose shape is not the documented one")
            tally.gap(f"{path.name}, {piece.pointer}: a group could not be read")
            continue
        tally.read["provider group"] += 1
        key = _group_key(named.provider_group_id)
        if key not in found.classes_of:
            continue
        unseen.discard(key)
        networks = [named.network_name] if isinstance(named.network_name, str) else named.network_name or [""]
        for group in named.provider_groups or ():
            for network in networks:
                paid_for = min(found.classes_of[key])
                yield from _members(group, piece.pointer, paid_for, text_of(network), wanted, tally)
    if unseen:
        tally.gap(f"{path.name}: {len(unseen)} groups that have a rate are not described in the file")


def _members(
    group: _Group, pointer: str, paid_for: str, network: str, wanted: Wanted, tally: Tally
) -> Iterator[dict[str, Any]]:
    business = text_of(group.tin.business_name) if group.tin else ""
    for number in group.npi or ():
        npi = text_of(number)
        if not npi.strip("0"):
            tally.note("groups with a tax number and no NPI")
            continue
        if not wanted.takes_npi(npi):
            continue
        if not npi_is_valid(npi):
            tally.note("NPIs with a wrong check digit")
        yield {
            "pointer": pointer, "npi": npi, "npi_basis": "coded", "network_id": network, "network_name": network,
            "entity": "organisation" if paid_for == "institutional" else "individual", "organisation_name": business,
        }  # fmt: skip


def _group_key(value: float | str | None) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return text_of(value)
