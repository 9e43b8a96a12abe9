"""Hospitals that were paid for the service without naming a clinician: whom to ask for the pump clinic.

They stand beside the clinicians, never among them: nobody is named, nothing says who does it, and no count and no
minute of the headline holds them.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import replace
from typing import Any

from deserts.earth import KM_PER_MILE
from deserts.patients.search.answer import BackupQuery, PlaceOption
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import Doubt, notes_of, plus_minus
from deserts.patients.search.nearest import Nearest, nearest_by_road
from deserts.patients.search.wording import first_question
from deserts.patients.words import phrases
from deserts.rules import candidate as rule
from deserts.rules.ranking import ASK, NO, YES
from deserts.services import Service
from deserts.specialists.hospital_grades import GRADES, payer_state
from deserts.tables import Status

__all__ = ["find_places", "payment_words", "place_age", "place_questions"]

_FIT = {"yes": 0, "": 0, "ask": 1, "no": 2}
_CHILDREN = "children"


def find_places(query: BackupQuery, data: BackupData, *, limit_min: float) -> tuple[PlaceOption, ...]:
    """Return hospitals to ask for their pump clinic: what fits first, then what is independent, then minutes.

    Parameters
    ----------
    query
        The question; at most its ``k`` are returned.
    data
        Tables of the region.
    limit_min
        Longest drive that counts as within reach; when none is within it, the nearest one beyond stands alone.
    """
    frame, ends = data.places.frame, data.places.ends
    if frame.empty:
        return ()
    lon, lat = frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float)
    lost = _lost_ties(query, data)

    def options(near: Nearest) -> list[PlaceOption]:
        return [
            _option(data.places.rows[row], query, data, lost, drive_min=float(minutes), dist_km=float(km), doubt=doubt)
            for row, minutes, km, doubt in zip(
                near.row.tolist(), near.drive_min, near.dist_km, near.doubts, strict=True
            )
        ]

    within = options(nearest_by_road(query.origin, data, lon, lat, k=len(frame), within_min=limit_min, ends=ends))
    if not within:
        beyond = options(nearest_by_road(query.origin, data, lon, lat, k=1, ends=ends))
        return tuple(replace(option, status=Status.BEYOND_LIMIT.value) for option in beyond)
    ranked = sorted(within, key=_order)
    return tuple(replace(option, number=number) for number, option in enumerate(ranked[: query.k], start=1))


def _order(option: PlaceOption) -> tuple[int, bool, float, str]:
    return (max(_FIT[option.payer], _FIT[option.age]), bool(option.shares), option.drive_min, option.place_id)


def _lost_ties(query: BackupQuery, data: BackupData) -> Mapping[str, frozenset[str]]:
    """Return the hospitals and systems of hospitals that whoever is lost is tied to."""
    if not query.exclude:
        return {"ccn": frozenset(), "system_id": frozenset()}
    names = set(query.exclude)
    sites = data.sites[data.sites["npi"].isin(names) | data.sites["practice_id"].isin(names)]
    tied = data.affiliations.loc[data.affiliations["npi"].isin(sites["npi"]), "code"]
    systems = frozenset(sites["system_id"]) - {""} if "system_id" in sites else frozenset()
    return {"ccn": frozenset(tied), "system_id": systems}


def _option(
    row: Mapping[Hashable, Any],
    query: BackupQuery,
    data: BackupData,
    lost: Mapping[str, frozenset[str]],
    *,
    drive_min: float,
    dist_km: float,
    doubt: Doubt,
) -> PlaceOption:
    shares = [words for key, words in _SHARES.items() if str(row[key]) in lost[key]]
    text = ("place_id", "ccn", "name", "address", "city", "state", "zip", "phone", "precision", "grade", "drug")
    return PlaceOption(
        number=1,
        **{name: str(row[name]) for name in text},
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        drive_min=drive_min,
        plus_minus_min=plus_minus(drive_min, row["precision"], doubt, data),
        drive_notes=notes_of(doubt),
        checked=not doubt["unchecked"],
        dist_km=dist_km,
        dist_mi=dist_km / KM_PER_MILE,
        status=Status.OK.value,
        emergency=bool(row["emergency"]),
        grade_words=GRADES[str(row["grade"])].words,
        payments=payment_words(row),
        payers=str(row["payers"]),
        file_day=str(row["last_updated_on"]),
        age=place_age(row, pediatric=query.pediatric),
        payer=_payer(row, query),
        shares=tuple(shares),
        ask=place_questions(row, query, data.service),
    )


def _payer(row: Mapping[Hashable, Any], query: BackupQuery) -> str:
    if query.payer is None:
        return ""
    return payer_state(query.payer, paid=str(row["payers"]), without=str(row["payers_without"]))


def place_age(row: Mapping[Hashable, Any], *, pediatric: bool) -> str:
    """Return ``yes``, ``ask`` or empty for whether a hospital takes this age."""
    is_childrens = _CHILDREN in str(row["hospital_type"]).lower()
    if pediatric:
        return "yes" if is_childrens else "ask"
    return "ask" if is_childrens else ""


_SHARES = {"ccn": "the hospital of the one lost", "system_id": "the owner of the practice that is lost"}


def payment_words(place: Mapping[Hashable, Any]) -> str:
    """Say how many payments a hospital's own file shows, by whom, and of which day it is."""
    low, high = float(place["payments_low"]), float(place["payments_high"])
    count = f"{low:,.0f}" if low == high else f"{low:,.0f} to {high:,.0f}"
    day = place["last_updated_on"] or "an unknown day"
    return f"{count} payments in 12 to 15 months ({place['payers']}), by its own file of {day}"


def place_questions(row: Mapping[Hashable, Any], query: BackupQuery, service: Service) -> tuple[str, ...]:
    """Return what to ask a hospital's switchboard, the one question that matters first.

    Parameters
    ----------
    row
        One row of ``hospital_places``.
    query
        The question.
    service
        The profile.
    """
    fits = {"yes": YES, "no": NO, "ask": ASK, "": YES}
    asked = {
        "does": service.does,
        "first": first_question(service),
        "audience": "child" if query.pediatric else "adult",
        "age": fits[place_age(row, pediatric=query.pediatric)],
        "payer": query.payer or "",
        "payer_fits": fits[_payer(row, query)],
        "pump": query.pump or "",
        "asks_drug": row["drug"] == "unknown",
    }
    return tuple(rule.place_questions(asked, dict(phrases())))
