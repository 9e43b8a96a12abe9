"""What the one-page desk holds beside the finder's data: emergency departments, who can be lost, where ZIPs lie."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from deserts.documents import plain
from deserts.earth import EARTH_RADIUS_KM, METRES_PER_DEGREE, on_sphere
from deserts.patients.refill.discharge import Result, clinician_activity, discharge_limits, told_of
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import doubt_columns
from deserts.patients.search.emergency import Departments, EmergencyHospital
from deserts.patients.search.links import codes_of
from deserts.patients.search.origin import from_zip
from deserts.patients.search.pump_places import place_age
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.wording import first_question
from deserts.progress import track
from deserts.publish.desk_map import map_data
from deserts.publish.finder import finder_data
from deserts.publish.finder_places import pack_near
from deserts.publish.finder_sites import AUDIENCES, people_to_lose, tie_numbers
from deserts.rules.ranking import ASK, YES
from deserts.specialists.outcomes import OUTCOMES
from deserts.specialists.said import UNNAMED_PAYER

__all__ = ["desk_data", "zips_around"]

_AROUND_KM = 100.0
"""How far beyond the region's own ZIPs a patient may live who is looked up here (straight line)."""
_DEPARTMENTS = 3
_PLACES = 40
"""Hospitals without a named clinician kept for a ZIP: enough for what fits and what is independent to come first."""
_GRID_M = 100.0


def zips_around(zips: pd.DataFrame, states: Sequence[str]) -> pd.DataFrame:
    """Return the ZIPs of some states and those within 100 km of one of them, whatever state they are in.

    Parameters
    ----------
    zips
        The table ``zips``.
    states
        The region's states.
    """
    placed = zips[zips["lon"].notna() & zips["lat"].notna()].sort_values("zip").drop_duplicates("zip")
    own = placed["state"].isin(states).to_numpy()
    if not own.any():
        return placed
    points = on_sphere(placed["lon"], placed["lat"])
    chord = 2 * np.sin(_AROUND_KM / EARTH_RADIUS_KM / 2)
    near = cKDTree(points[own]).query(points, distance_upper_bound=chord)[0] <= chord
    around: pd.DataFrame = placed[own | near]
    return around


def desk_data(
    data: BackupData, *, zips: pd.DataFrame, hospitals: pd.DataFrame, counties: pd.DataFrame | None, today: dt.date,
    facts: TeamFacts,
) -> dict[str, Any]:  # fmt: skip
    """Return what the page answers from; see `deserts.publish.finder.finder_data` for the larger part.

    Parameters
    ----------
    data, facts
        As for `deserts.patients.search.backups.find_backups`.
    zips
        The ZIPs that can be asked for, from `zips_around`.
    hospitals
        From `deserts.patients.search.emergency.load_hospitals`.
    counties
        The table ``counties`` with its geometry, for the map.
    today
        Day of making.
    """
    data = data.asked(facts.standings)
    payers = _payers(data, facts)
    content = finder_data(data, zips=zips, today=today, facts=facts, payers=payers, most_places=_PLACES)
    known = zips.set_index("zip").loc[content["zips"]["zip"]]
    east, north = _on_grid(known["lon"].to_numpy(float), known["lat"].to_numpy(float))
    columns, packed = _departments(data, content["zips"]["zip"], hospitals)
    ties = tie_numbers(data)
    content["zips"].update({"state": known["state"].tolist(), "east": east, "north": north, "departments": packed})
    content["hospitals"] = columns
    content["places"].update(_place_facts(data, ties))
    people = people_to_lose(data, content["sites"]["npi"], ties=ties)
    content["people"] = [{**entry, "activity": _activity(entry["id"], data, facts, today)} for entry in people]
    content["discharge_limits"] = discharge_limits(data.service) if content["refill"] else None
    content["outcomes"] = {name: one.words for name, one in OUTCOMES.items() if name != "withdrawn"}
    content["payers"] = sorted({*payers, *_payers_of_places(data)})
    content["first_question"] = first_question(data.service)
    content["does"] = data.service.does
    sites = data.sites.set_index("site_id").loc[content["sites"]["site_id"]]
    content["map"] = map_data(counties, zips=known, sites=sites, places=data.places.frame)
    return content


def _activity(npi: str, data: BackupData, facts: TeamFacts, today: dt.date) -> dict[str, Any]:
    """Return whether a clinician is active, and until when a call that says so counts."""
    found = clinician_activity(npi, service=data.service, data=data, facts=facts, today=today)
    here = [data.said[int(row)] for row in data.rows_of[npi] if int(row) in data.said]
    calls = [at.confirmed.fresh_until() for at in here if at.confirmed is not None]
    return told_of(found, until=max(calls) if calls and found.result is Result.PASS else None)


def _payers(data: BackupData, facts: TeamFacts) -> tuple[str, ...]:
    """Return the payers of which the team knows something: by its table of networks, or by what a clinic said."""
    named = set() if facts.networks is None else set(facts.networks["payer"].str.strip().str.casefold())
    said = {topic for at in data.said.values() for topic in at.on if topic.startswith(UNNAMED_PAYER)}
    return tuple(sorted({*named, *(topic.removeprefix(UNNAMED_PAYER) for topic in said)} - {""}))


def _payers_of_places(data: BackupData) -> set[str]:
    return {name for text in data.places.frame["payers"] for name in str(text).split("; ") if name}


def _on_grid(lon: np.ndarray, lat: np.ndarray) -> tuple[list[int], list[int]]:
    """Return places in hundreds of metres east and north of the middle; true enough for which of them is nearer."""
    middle = float(np.mean(lat)) if len(lat) else 0.0
    east = lon * METRES_PER_DEGREE * np.cos(np.radians(middle)) / _GRID_M
    return np.rint(east).astype(np.int64).tolist(), np.rint(lat * METRES_PER_DEGREE / _GRID_M).astype(np.int64).tolist()


def _departments(
    data: BackupData, zip_codes: Sequence[str], hospitals: pd.DataFrame
) -> tuple[dict[str, list[Any]], list[Any]]:
    """Return the emergency departments that any ZIP brings up, and for each ZIP those of adults and of children.

    Each is packed by `pack_near`; the last of a list is the nearest that knows pumps, or null.
    """
    told: dict[str, EmergencyHospital] = {}
    ready = [Departments.build(data, hospitals, pediatric=name == "child") for name in AUDIENCES]
    answers = []
    for zip_code in track(zip_codes, "emergency departments of every ZIP", total=len(zip_codes)):
        origin = from_zip(zip_code, data.zips)
        own: list[list[Any]] = []
        for departments in ready:
            near, best = departments.nearest(origin, data, k=_DEPARTMENTS)
            told.update({one.ccn: one for found in (near, best) for one in departments.told(found, data)})
            packed = [[str(departments.rows["ccn"].iloc[row]), *rest] for row, *rest in pack_near(near)]
            capable = [[str(departments.rows["ccn"].iloc[row]), *rest] for row, *rest in pack_near(best)]
            own.append([*packed, capable[0] if capable else None])
        answers.append(own)
    number = {ccn: row for row, ccn in enumerate(sorted(told))}
    numbered = [[[row and [number[row[0]], *row[1:]] for row in group] for group in own] for own in answers]
    return _department_columns([told[ccn] for ccn in sorted(told)], _department_doubts(ready, data)), numbered


def _department_doubts(ready: Sequence[Departments], data: BackupData) -> dict[str, dict[str, int]]:
    """Return what makes minutes to each department doubtful, by CCN."""
    found: dict[str, dict[str, int]] = {}
    for departments in ready:
        columns = doubt_columns(departments.on_roads(data), departments.rows["precision"], data)
        for at, ccn in enumerate(departments.rows["ccn"]):
            found[str(ccn)] = {name: column[at] for name, column in columns.items()}
    return found


def _department_columns(
    rows: Sequence[EmergencyHospital], doubts: Mapping[str, Mapping[str, int]]
) -> dict[str, list[Any]]:
    shown = ("ccn", "name", "address", "city", "state", "zip", "phone")
    return {
        **{name: [plain(str(getattr(one, name)), one_line=True) for one in rows] for name in shown},
        **{name: [doubts[one.ccn][name] for one in rows] for name in ("site_min", "unchecked", "leg_m")},
        "clinicians": [one.pump_clinicians for one in rows],
        "paid": [plain(one.paid_for_pumps, one_line=True) for one in rows],
        "marks": [[plain(mark, one_line=True) for mark in one.marks] for one in rows],
    }


def _place_facts(data: BackupData, ties: dict[tuple[str, int], int]) -> dict[str, list[Any]]:
    """Return what the order of hospitals without a named clinician hangs on: ages, payers, and what they share."""
    rows = data.places.frame.to_dict("records")
    affiliated = data.affiliations["code"]
    hospital = dict(zip(affiliated, codes_of(affiliated).tolist(), strict=True))
    systems = data.sites["system_id"] if "system_id" in data.sites else pd.Series(dtype="str")
    owner = dict(zip(systems, codes_of(systems).tolist(), strict=True))
    own = [
        [("hospital", hospital.get(str(row["ccn"]), -1)), ("owner", owner.get(str(row["system_id"]), -1))]
        for row in rows
    ]
    fits = {"yes": YES, "": YES, "ask": ASK}
    return {
        "ties": [[ties[tie] for tie in found if tie in ties] for found in own],
        "asks_drug": [int(row["drug"] == "unknown") for row in rows],
        "paid": [[name for name in str(row["payers"]).split("; ") if name] for row in rows],
        "without": [[name for name in str(row["payers_without"]).split("; ") if name] for row in rows],
        **{f"{name}_age": [fits[place_age(row, pediatric=name == "child")] for row in rows] for name in AUDIENCES},
    }
