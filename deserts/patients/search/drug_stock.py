"""Who holds the drug: the user's own table of holders, what remains when some run out, and whom to call without one."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.earth import KM_PER_MILE
from deserts.errors import InputError
from deserts.patients.jsonable import Jsonable
from deserts.patients.search.answer import Candidate, PlaceOption
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import notes_of, plus_minus
from deserts.patients.search.emergency import EmergencyHospital
from deserts.patients.search.nearest import nearest_by_road
from deserts.patients.search.origin import Origin
from deserts.patients.search.team import TeamFacts
from deserts.places.placing import place_zips
from deserts.provenance import OLD_AFTER_DAYS
from deserts.typed import DAY_EXPECTED, read_day
from deserts.user_csv import read_user_csv

__all__ = [
    "STOCK_FILE", "CallFirst", "Holder", "StockAnswer", "Within", "find_stock", "parse_within", "read_stock",
]  # fmt: skip

STOCK_FILE = "drug_stock.csv"
"""Name of the user's table in the folder of own tables."""

_DRUG_PAID = "baclofen_proven"

_COLUMNS = ("contact", "phone", "amount", "seen_on", "expires_on")
_DAYS = ("seen_on", "expires_on")
_WITHIN = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(mi|km|min)\s*")


@dataclass(frozen=True, slots=True)
class Within:
    """How far to look: a distance by road (km), or minutes of driving; the other is None."""

    text: str
    km: float | None
    minutes: float | None


@dataclass(frozen=True, slots=True)
class Holder(Jsonable):
    """One holder of the drug as the user's table has it.

    Parameters
    ----------
    strength_mcg_ml
        Strength on the shelf (mcg/mL).
    seen
        Day of the last look and whether it still counts, in words.
    expires_on
        Day of expiry, null when not known.
    if_gone_too
        The holder that is left when this one and all nearer ones run out, empty when none is.
    """

    name: str
    strength_mcg_ml: float
    amount: str
    contact: str
    phone: str
    seen: str
    expires_on: dt.date | None
    drive_min: float
    plus_minus_min: int
    drive_notes: tuple[str, ...]
    dist_mi: float
    if_gone_too: str


@dataclass(frozen=True, slots=True)
class CallFirst(Jsonable):
    """Somebody to ask for the drug whose stock is not known."""

    name: str
    phone: str
    drive_min: float | None
    plus_minus_min: int
    why: str


@dataclass(frozen=True, slots=True)
class StockAnswer(Jsonable):
    """Holders of the strength asked for, holders of others, and whom to call.

    Parameters
    ----------
    heading
        What the answer is worth: never "none", since nobody knows every shelf.
    holders, other_strengths
        Nearest first; expired stock is in neither.
    call_order
        Whom to call when the table is missing or holds nothing near.
    notes
        Expired or undated stock, and what a different strength means.
    provenance
        Dates of the public data behind the call order.
    """

    heading: str
    place: str = field(repr=False)
    within: str
    holders: tuple[Holder, ...]
    other_strengths: tuple[Holder, ...]
    call_order: tuple[CallFirst, ...]
    notes: tuple[str, ...]
    provenance: tuple[str, ...]
    warnings: tuple[str, ...] = ()
    calls_read: bool = True


def parse_within(text: str) -> Within:
    """Read ``100mi``, ``160km`` or ``90min``.

    Raises
    ------
    InputError
        If it is none of these.
    """
    match = _WITHIN.fullmatch(text.lower())
    if match is None or float(match.group(1)) <= 0:
        raise InputError("that is not a distance", where="--within", expected="for example 100mi, 160km or 90min")
    value, unit = float(match.group(1)), match.group(2)
    if unit == "min":
        return Within(f"{value:g} minutes", None, value)
    return Within(
        f"{value:g} {'miles' if unit == 'mi' else 'km'}", value * KM_PER_MILE if unit == "mi" else value, None
    )


def read_stock(path: Path) -> pd.DataFrame | None:
    """Read the user's table of holders, or return None when there is no such file.

    Columns: ``holder``, ``zip`` (or ``lon`` and ``lat``), ``strength_mcg_ml``; optional ``contact, phone, amount,
    seen_on, expires_on`` (days in US or ISO form).

    Raises
    ------
    InputError
        With every fault of the file.
    """
    if not path.is_file():
        return None
    frame = read_user_csv(path, text=("holder",), numbers={"strength_mcg_ml": (1, 100_000)})
    has_place = {"lon", "lat"} <= set(frame.columns)
    if "zip" not in frame.columns and not has_place:
        raise InputError("neither zip nor lon and lat is there", where=path, expected="where each holder is")
    for name in _COLUMNS:
        if name not in frame.columns:
            frame[name] = ""
    for name in _DAYS:
        text = frame[name].str.strip()
        days = [read_day(value) if value else None for value in text]
        bad = [row for row, day in enumerate(days) if day is None and text.iloc[row]]
        if bad:
            raise InputError(
                f"column {name} is not a day at row {bad[0] + 2}", where=path, expected=f"{DAY_EXPECTED}, or empty"
            )
        frame[name] = ["" if day is None else day.isoformat() for day in days]
    for name in ("lon", "lat"):
        frame[name] = pd.to_numeric(frame[name], errors="coerce") if has_place else np.nan
    return frame


def find_stock(
    origin: Origin,
    data: BackupData,
    stock: pd.DataFrame | None,
    *,
    strength_mcg_ml: float,
    within: Within,
    today: dt.date,
    hospitals: Sequence[EmergencyHospital] = (),
    clinics: Sequence[Candidate] = (),
    places: Sequence[PlaceOption] = (),
    facts: TeamFacts | None = None,
) -> StockAnswer:
    """Return holders of the drug by minutes of driving.

    Parameters
    ----------
    origin
        Where the patient is.
    data
        Network and ZIPs.
    stock
        The user's table from `read_stock`, or None when there is none.
    strength_mcg_ml
        Strength that is needed (mcg/mL).
    within
        How far to look.
    today
        Expired stock is left out; stock seen over 90 days ago reads "was in stock".
    hospitals, clinics
        Whom to call when the table gives nothing near: emergency hospitals, pump-capable ones among them, and backups.
    places
        Hospitals that were paid for the service; one that was paid for the drug itself comes first of all.
    facts
        Calls of the team, for the day of the last one; hospitals and clinics were found with them.
    """
    if strength_mcg_ml <= 0:
        raise InputError("the strength must be positive", where="--strength", expected="mcg/mL, for example 2000")
    team = facts or TeamFacts()
    holders: tuple[Holder, ...] = ()
    others: tuple[Holder, ...] = ()
    notes: tuple[str, ...] = ()
    if stock is not None:
        expired = (stock["expires_on"] != "") & (stock["expires_on"] < today.isoformat())
        usable = _placed(stock[~expired].reset_index(drop=True), data)
        same = usable["strength_mcg_ml"] == strength_mcg_ml
        holders = _holders(origin, data, usable[same], within, today)
        others = _holders(origin, data, usable[~same], within, today)
        notes = _notes(int(expired.sum()), int(usable["lon"].isna().sum()), others)
    return StockAnswer(
        heading=_heading(stock, holders, strength_mcg_ml, within),
        place=origin.label,
        within=within.text,
        holders=holders,
        other_strengths=others,
        call_order=() if holders else _call_order(hospitals, clinics, places, within),
        notes=notes,
        provenance=(*data.provenance.lines(today), team.last_call_line()),
        warnings=team.warnings,
        calls_read=team.calls_read,
    )


def _placed(rows: pd.DataFrame, data: BackupData) -> pd.DataFrame:
    by_zip = place_zips(rows["zip"] if "zip" in rows else pd.Series("", index=rows.index), index=data.zips)
    given = rows["lon"].notna() & rows["lat"].notna()
    return rows.assign(
        lon=rows["lon"].where(given, by_zip["lon"]),
        lat=rows["lat"].where(given, by_zip["lat"]),
        precision=by_zip["precision"].where(~given, "given"),
    )


def _holders(
    origin: Origin, data: BackupData, rows: pd.DataFrame, within: Within, today: dt.date
) -> tuple[Holder, ...]:
    if rows.empty:
        return ()
    near = nearest_by_road(
        origin, data, rows["lon"].to_numpy(float), rows["lat"].to_numpy(float), k=len(rows), within_min=within.minutes
    )
    kept = np.flatnonzero(near.dist_km <= (np.inf if within.km is None else within.km))
    order = near.row[kept]
    names = [str(rows["holder"].iloc[int(row)]) for row in order]
    found = []
    for place, (row, at) in enumerate(zip(order, kept, strict=True)):
        entry = rows.iloc[int(row)]
        expires_on = str(entry["expires_on"])
        found.append(
            Holder(
                name=names[place],
                strength_mcg_ml=float(entry["strength_mcg_ml"]),
                amount=str(entry["amount"]),
                contact=str(entry["contact"]),
                phone=str(entry["phone"]),
                seen=_seen(str(entry["seen_on"]), today),
                expires_on=dt.date.fromisoformat(expires_on) if expires_on else None,
                drive_min=float(near.drive_min[at]),
                plus_minus_min=plus_minus(near.drive_min[at], entry["precision"], near.doubts[at], data),
                drive_notes=notes_of(near.doubts[at]),
                dist_mi=float(near.dist_km[at]) / KM_PER_MILE,
                if_gone_too=names[place + 1] if place + 1 < len(names) else "",
            )
        )
    return tuple(found)


def _seen(text: str, today: dt.date) -> str:
    if not text:
        return "never dated: ask"
    age = (today - dt.date.fromisoformat(text)).days
    return f"in stock on {text}" if 0 <= age <= OLD_AFTER_DAYS else f"was in stock on {text}: call again"


def _heading(stock: pd.DataFrame | None, holders: tuple[Holder, ...], strength: float, within: Within) -> str:
    if stock is None:
        return "STOCK UNKNOWN: there is no table of your own. Call in this order."
    if not holders:
        return (
            f"STOCK UNKNOWN: your table lists nobody with {strength:g} mcg/mL within {within.text}. Others may hold "
            "it. Call in this order."
        )
    return f"{len(holders)} of your table hold {strength:g} mcg/mL within {within.text}; call before driving."


def _call_order(
    hospitals: Sequence[EmergencyHospital],
    clinics: Sequence[Candidate],
    places: Sequence[PlaceOption],
    within: Within,
) -> tuple[CallFirst, ...]:
    """Return whoever was paid for the drug, pump hospitals, clinics, other hospitals; the farther ones come last."""
    first = [place for place in places if place.drug == _DRUG_PAID]
    named = {place.ccn for place in first}
    capable = [h for h in hospitals if (h.pump_clinicians or h.paid_for_pumps) and h.ccn not in named]
    other = [h for h in hospitals if not (h.pump_clinicians or h.paid_for_pumps) and h.ccn not in named]
    asked: list[tuple[EmergencyHospital | Candidate | PlaceOption, str]] = [
        *((place, f"pharmacy of a hospital that was paid for pump baclofen: {place.payments}") for place in first),
        *((hospital, "pharmacy of a hospital that works with pumps") for hospital in capable),
        *((clinic, f"clinic: {clinic.grade_words}") for clinic in clinics),
        *((hospital, "pharmacy of the nearest emergency hospital") for hospital in other),
    ]
    near = [(who, why) for who, why in asked if _is_near(who, within)]
    far = [(who, f"{why}, farther than {within.text}") for who, why in asked if not _is_near(who, within)]
    return tuple(CallFirst(who.name, who.phone, who.drive_min, who.plus_minus_min, why) for who, why in near + far)


def _is_near(who: EmergencyHospital | Candidate | PlaceOption, within: Within) -> bool:
    if who.drive_min is None or who.dist_mi is None:
        return False
    if within.minutes is not None:
        return who.drive_min <= within.minutes
    return who.dist_mi * KM_PER_MILE <= (within.km or 0)


def _notes(expired: int, nowhere: int, others: tuple[Holder, ...]) -> tuple[str, ...]:
    notes = []
    if expired:
        notes.append(f"{expired} rows of your table have expired and are left out.")
    if nowhere:
        notes.append(f"{nowhere} rows of your table have no place that is known and are left out.")
    if others:
        notes.append(
            "Another strength is a matter for the prescriber and the pharmacy alone: the pump must be reset to it."
        )
    return tuple(notes)
