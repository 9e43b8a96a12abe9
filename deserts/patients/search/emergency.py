"""Where to go when the pump may be empty: the nearest emergency department, and the nearest that knows pumps."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deserts.earth import KM_PER_MILE
from deserts.patients.jsonable import Jsonable
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import notes_of, plus_minus
from deserts.patients.search.nearest import Nearest, nearest_by_road
from deserts.patients.search.origin import Origin
from deserts.patients.search.pump_places import payment_words
from deserts.patients.search.routes import place_on_roads
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.unread import list_phrases, search_of
from deserts.patients.words import EMERGENCY_LINE
from deserts.rules.answer import hospital_notes
from deserts.rules.minutes import TICKS_A_MINUTE, list_notes

if TYPE_CHECKING:
    from deserts.roads import Snaps
    from deserts.store import Store

__all__ = [
    "Departments", "EmergencyAnswer", "EmergencyHospital", "find_emergency", "load_hospitals", "pump_capable",
    "usable_hospitals",
]  # fmt: skip

_LEFT_OUT = ("psychiatric", "long-term", "long term")
_CHILDREN = "children"
_MARKS = (
    ("veterans", "Veterans Affairs hospital: ask whether it takes this patient"),
    ("department of defense", "military hospital: ask whether it takes this patient"),
    ("children", "children's hospital"),
    ("rural emergency", "rural emergency hospital: no beds, transfers patients"),
)


@dataclass(frozen=True, slots=True)
class EmergencyHospital(Jsonable):
    """One hospital with an emergency department.

    Parameters
    ----------
    plus_minus_min, drive_notes, checked
        As for `deserts.patients.search.answer.Candidate`.
    pump_clinicians
        How many clinicians with evidence of pumps are affiliated; 0 means that none is known, not that none exists.
    paid_for_pumps
        What its own price file shows of payments for the service, empty where no file shows any.
    marks
        What to know before driving there.
    """

    ccn: str
    name: str
    type: str
    address: str
    city: str
    state: str
    zip: str
    phone: str
    drive_min: float
    plus_minus_min: int
    drive_notes: tuple[str, ...]
    checked: bool
    dist_mi: float
    pump_clinicians: int
    paid_for_pumps: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EmergencyAnswer(Jsonable):
    """The nearest emergency departments and the nearest that knows pumps, side by side."""

    headline: str
    place: str = field(repr=False)
    nearest: tuple[EmergencyHospital, ...]
    nearest_pump_capable: EmergencyHospital | None
    notes: tuple[str, ...]
    provenance: tuple[str, ...]
    is_old: bool
    disclaimer: str
    search: str = ""
    warnings: tuple[str, ...] = ()
    calls_read: bool = True


def find_emergency(
    origin: Origin,
    data: BackupData,
    hospitals: pd.DataFrame,
    *,
    today: dt.date,
    pediatric: bool = False,
    k: int = 3,
    facts: TeamFacts | None = None,
) -> EmergencyAnswer:
    """Return the nearest emergency departments by minutes of driving.

    Psychiatric and long-term hospitals are left out; a children's hospital counts for a child alone; veterans' and
    military hospitals are marked.

    Parameters
    ----------
    origin
        Where the patient is.
    data
        Network, clinicians and their affiliations.
    hospitals
        From `load_hospitals`, or the processed table ``hospitals`` alone.
    today
        For the age of the data.
    pediatric
        Whether the patient is a child.
    k
        How many to return at most.
    facts
        Calls of the team: whoever retired or left is no pump clinician of a hospital any more.
    """
    team = facts or TeamFacts()
    data = data.asked(team.standings)
    near, best = Departments.build(data, hospitals, pediatric=pediatric).near(origin, data, k=k)
    return EmergencyAnswer(
        headline=EMERGENCY_LINE,
        place=origin.label,
        nearest=near,
        nearest_pump_capable=best,
        notes=_notes(near, best, list_phrases(data.provenance, service=data.service)),
        provenance=(*data.provenance.lines(today), team.last_call_line()),
        is_old=data.provenance.is_old(today),
        disclaimer=data.service.words.get("disclaimer", "This informs and is not medical advice."),
        search=search_of(data.provenance, service=data.service, found=bool(near), name="emergency"),
        warnings=team.warnings,
        calls_read=team.calls_read,
    )


@dataclass(frozen=True, eq=False)
class Departments:
    """The emergency departments that take an age, prepared for any number of places.

    Parameters
    ----------
    rows
        The hospitals, in CCN order, with their places on the roads where these are known.
    capable
        How many pump clinicians, as they stand now, each is affiliated with.
    paid
        What hospitals' own price files show of payments for the service, by CCN.
    """

    rows: pd.DataFrame
    capable: pd.Series
    paid: Mapping[str, str]

    @classmethod
    def build(cls, data: BackupData, hospitals: pd.DataFrame, *, pediatric: bool) -> Departments:
        """Keep the departments that take this age.

        Parameters
        ----------
        data
            With the team's answers laid over, see `BackupData.asked`.
        hospitals
            From `load_hospitals`.
        pediatric
            Whether for a child.
        """
        usable = usable_hospitals(hospitals, pediatric=pediatric)
        return cls(usable, pump_capable(usable, data), _payments(data))

    def near(
        self, origin: Origin, data: BackupData, *, k: int
    ) -> tuple[tuple[EmergencyHospital, ...], EmergencyHospital | None]:
        """Return the ``k`` nearest by minutes, and the nearest that knows pumps, None where none is known."""
        near, pump = self.nearest(origin, data, k=k)
        best = self.told(pump, data)
        return self.told(near, data), best[0] if best else None

    def nearest(self, origin: Origin, data: BackupData, *, k: int) -> tuple[Nearest, Nearest]:
        """Return rows and minutes of the ``k`` nearest, and of the nearest that knows pumps."""
        ends = _on_roads(self.rows)
        lon, lat = self.rows["lon"].to_numpy(float), self.rows["lat"].to_numpy(float)
        has_pumps = (self.capable > 0).to_numpy() | self.rows["ccn"].isin(self.paid).to_numpy()
        near = nearest_by_road(origin, data, lon, lat, k=k, ends=ends)
        return near, nearest_by_road(origin, data, np.where(has_pumps, lon, np.nan), lat, k=1, ends=ends)

    def told(self, near: Nearest, data: BackupData) -> tuple[EmergencyHospital, ...]:
        """Return what is said of departments that were found."""
        text = ("ccn", "name", "type", "address", "city", "state", "zip", "phone")
        found = []
        for place, row in enumerate(near.row):
            entry, doubt = self.rows.iloc[int(row)], near.doubts[place]
            kind = str(entry["type"]).lower()
            found.append(
                EmergencyHospital(
                    **{name: str(entry[name]) for name in text},
                    drive_min=float(near.drive_min[place]),
                    plus_minus_min=plus_minus(near.drive_min[place], entry["precision"], doubt, data),
                    drive_notes=notes_of(doubt),
                    checked=not doubt["unchecked"],
                    dist_mi=float(near.dist_km[place]) / KM_PER_MILE,
                    pump_clinicians=int(self.capable.iloc[int(row)]),
                    paid_for_pumps=self.paid.get(str(entry["ccn"]), ""),
                    marks=tuple(words for sign, words in _MARKS if sign in kind),
                )
            )
        return tuple(found)

    def on_roads(self, data: BackupData) -> Snaps:
        """Return the departments' places on the roads."""
        ends = _on_roads(self.rows)
        lon, lat = self.rows["lon"].to_numpy(float), self.rows["lat"].to_numpy(float)
        return place_on_roads(data, lon, lat) if ends is None else ends


def load_hospitals(store: Store) -> pd.DataFrame:
    """Return the table ``hospitals`` with each one's place on the roads, where the region's tables have it.

    Raises
    ------
    MissingDataError
        If the table is not there.
    """
    hospitals = store.read("hospitals")
    if not store.has("hospital_snaps"):
        return hospitals
    snaps = store.read("hospital_snaps").set_index("ccn").drop(columns=["status", "lon", "lat"], errors="ignore")
    return hospitals.join(snaps, on="ccn")


def _on_roads(hospitals: pd.DataFrame) -> Snaps | None:
    """Return the hospitals' places on the roads, None when they are not known for every one."""
    if "edge" not in hospitals or hospitals["edge"].isna().any():
        return None
    from deserts.roads import Snaps

    return Snaps.from_frame(hospitals)


def usable_hospitals(hospitals: pd.DataFrame, *, pediatric: bool) -> pd.DataFrame:
    """Return the hospitals with an emergency department that takes this age, in CCN order."""
    kind = hospitals["type"].fillna("").str.lower()
    out = kind.str.contains("|".join(_LEFT_OUT), regex=True)
    if not pediatric:
        out |= kind.str.contains(_CHILDREN)
    return hospitals[hospitals["emergency"] & ~out].sort_values("ccn", ignore_index=True)


def pump_capable(hospitals: pd.DataFrame, data: BackupData) -> pd.Series:
    """Return how many clinicians at the default grade or better, as they stand now, each hospital is affiliated with.

    Parameters
    ----------
    data
        With the team's answers laid over, see `BackupData.asked`.
    """
    graded = data.listed & (data.grade_rank <= data.service.rank(data.service.default_grade))
    ties = data.affiliations[data.affiliations["npi"].isin(data.columns["npi"][graded])]
    counts = ties.drop_duplicates(["npi", "code"]).groupby("code")["npi"].size()
    return hospitals["ccn"].map(counts).fillna(0).astype("int64")


def _payments(data: BackupData) -> Mapping[str, str]:
    """Return what hospitals' own price files show of payments for the service, by CCN."""
    return {str(row["ccn"]): payment_words(row) for row in data.places.frame.to_dict("records")}


def _notes(
    near: tuple[EmergencyHospital, ...], best: EmergencyHospital | None, words: dict[str, str]
) -> tuple[str, ...]:
    found = [
        {"ccn": one.ccn, "ticks": round(one.drive_min * TICKS_A_MINUTE), "paid": one.paid_for_pumps}
        for one in (*near, *((best,) if best else ()))
    ]
    capable = found[len(near)] if best else None
    drives = [{"give": one.plus_minus_min, "unchecked": not one.checked} for one in (*near, *((best,) if best else ()))]
    return (*hospital_notes(found[: len(near)], capable, words), *list_notes(drives, words))
