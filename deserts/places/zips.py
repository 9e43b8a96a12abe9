"""Look up a ZIP code without a network: where it is, and what to offer when it is not known.

The Census gazetteer comes first (ZIPs with an area). GeoNames fills in those without one: post-office boxes and
single organisations, hospitals among them. A ZIP is not a ZIP code tabulation area; the table says which it came from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.earth import KM_PER_MILE, great_circle_m
from deserts.errors import InputError, UnknownNameError
from deserts.rules.typed import read_zip
from deserts.tables import empty, table

__all__ = ["ZipIndex", "ZipPlace", "build_zips", "clean_zip"]

_COLUMNS = [column.name for column in table("zips").columns if not column.optional]

_ZIP_KINDS = {
    "zip code area": "area",
    "post office or large volume customer": "po_box",
    "po box": "po_box",
    "unique": "organisation",
}
"""What a ZIP is: the first two are the words of the commuting area file, which does not part boxes from large
customers; the others are those of the Postal Service."""


def clean_zip(text: str) -> str:
    """Return the five digits of a ZIP as people type it (``04401``, ``04401-1234``).

    Raises
    ------
    InputError
        If it is not five digits, with an optional four more.
    """
    found = read_zip(text)
    if not found:
        raise InputError(
            "that is not a ZIP code",
            where="--zip",
            expected="five digits, for example 04401 or 04401-1234",
            fix="keep leading zeros",
        )
    return found


@dataclass(frozen=True, slots=True)
class ZipPlace:
    """Where a ZIP is. ``kind`` tells an area from post-office boxes and single organisations."""

    zip: str
    place: str
    state: str
    county_fips: str
    lon: float
    lat: float
    kind: str


FARTHEST_KM = 60.0
"""A place farther than this from the centre of every ZIP is in no region: at sea, abroad, or beyond the data."""


@dataclass(frozen=True, slots=True)
class Near:
    """A known ZIP, the name of its place, and how far it is (km)."""

    zip: str
    place: str
    km: float


def _near_words(found: tuple[Near, ...], *, with_miles: bool = False) -> str:
    if not found:
        return ""
    named = (
        f"{near.zip} {near.place}".strip() + (f", {near.km / KM_PER_MILE:,.0f} miles" if with_miles else "")
        for near in found
    )
    return f"nearest known by distance: {'; '.join(named)}"


class ZipIndex:
    """The table ``zips``, indexed for look-up.

    Parameters
    ----------
    zips
        The processed table. Where it has a column ``covered``, only those ZIPs can be asked about.
    """

    def __init__(self, zips: pd.DataFrame) -> None:
        self._rows = zips.sort_values("zip").drop_duplicates("zip").set_index("zip")
        self._columns = {name: self._rows[name].to_numpy() for name in self._rows.columns}
        self._numbers = self._rows.index.to_numpy(dtype="U5").astype(np.int64)
        covered = self._columns.get("covered")
        self._covered = np.ones(len(self._rows), dtype=bool) if covered is None else covered.astype(bool)

    def __len__(self) -> int:
        """Return the number of ZIPs known."""
        return len(self._rows)

    def find(self, text: str) -> ZipPlace:
        """Return the place of a ZIP.

        Raises
        ------
        InputError
            If the text is not a ZIP.
        UnknownNameError
            If it is not in the table, or its roads are not in the pack; the message offers those that lie nearest.
        """
        zip_code = clean_zip(text)
        row = self._row(zip_code)
        if row is None or not self._covered[row]:
            raise UnknownNameError(
                f"ZIP {zip_code} is not in the table of ZIPs",
                expected="a ZIP of the region or its surroundings",
                fix=self.near_words(zip_code) or "check the digits, or give --lonlat",
            )
        return ZipPlace(
            zip=zip_code,
            lon=float(self._columns["lon"][row]),
            lat=float(self._columns["lat"][row]),
            **{name: str(self._columns[name][row]) for name in ("place", "state", "county_fips", "kind")},
        )

    def _row(self, zip_code: str) -> int | None:
        row = int(self._rows.index.get_indexer(pd.Index([zip_code]))[0])
        return None if row < 0 else row

    def nearest(self, lon: float, lat: float, *, count: int = 3) -> tuple[Near, ...]:
        """Return the ZIPs that can be asked about nearest to a place (degrees), by distance, nearest first."""
        km = great_circle_m(lon, lat, self._columns["lon"], self._columns["lat"]) / 1000
        km = np.where(self._covered, km, np.inf)
        order = np.argsort(km, kind="stable")[: min(count, int(self._covered.sum()))]
        return tuple(Near(str(self._rows.index[i]), str(self._columns["place"][i]), float(km[i])) for i in order)

    def is_outside(self, lon: float, lat: float) -> bool:
        """Whether a place (degrees) belongs to no ZIP that can be asked about: at sea, abroad, or beyond the data."""
        if not len(self._rows):
            return True
        km = great_circle_m(lon, lat, self._columns["lon"], self._columns["lat"]) / 1000
        closest = int(np.argmin(km))
        return bool(km[closest] > FARTHEST_KM or not self._covered[closest])

    def near_words(self, zip_code: str) -> str:
        """Return which known ZIPs lie nearest to one that cannot be asked about; empty where nobody can tell.

        Where that ZIP itself is not known, the known one that is nearest by number tells where it is: ZIPs that begin
        with the same three digits are sorted at one place.
        """
        row = self._row(zip_code)
        if row is None:
            number = int(zip_code)
            alike = np.flatnonzero(self._numbers // 100 == number // 100)
            if not alike.size:
                return ""
            row = int(alike[np.argmin(np.abs(self._numbers[alike] - number))])
        found = self.nearest(float(self._columns["lon"][row]), float(self._columns["lat"][row]))
        return _near_words(found)

    def near_place_words(self, lon: float, lat: float) -> str:
        """Return which known ZIPs lie nearest to a place (degrees), with how far they are."""
        return _near_words(self.nearest(lon, lat), with_miles=True)

    def positions(self, zips: pd.Series) -> np.ndarray:
        """Return the row of each ZIP, -1 where it is not known."""
        return self._rows.index.get_indexer(pd.Index(zips))

    def nearby_positions(self, zips: pd.Series) -> np.ndarray:
        """Return the row of the known ZIP nearest by number within the same three-digit prefix, -1 where none is."""
        numbers = pd.to_numeric(zips.where(zips.str.fullmatch(r"\d{5}")), errors="coerce").to_numpy(float)
        found = np.full(len(numbers), -1, dtype=np.int64)
        usable = np.flatnonzero(~np.isnan(numbers))
        if not len(self._numbers) or not len(usable):
            return found
        wanted = numbers[usable].astype(np.int64)
        after = np.clip(np.searchsorted(self._numbers, wanted), 0, len(self._numbers) - 1)
        before = np.clip(after - 1, 0, None)
        closer_before = np.abs(self._numbers[before] - wanted) <= np.abs(self._numbers[after] - wanted)
        best = np.where(closer_before, before, after)
        other = np.where(closer_before, after, before)
        best = np.where(self._numbers[best] // 100 == wanted // 100, best, other)
        found[usable] = np.where(self._numbers[best] // 100 == wanted // 100, best, -1)
        return found

    def columns(self, names: list[str]) -> Mapping[str, np.ndarray]:
        """Return whole columns as arrays, in the order of `positions`."""
        return {name: self._columns[name] for name in names}


def build_zips(
    *,
    gazetteer: pd.DataFrame | None,
    places: pd.DataFrame | None,
    ruca: pd.DataFrame | None = None,
    states: tuple[str, ...] | None = None,
) -> pd.DataFrame:
    """Combine gazetteer and GeoNames into the table ``zips`` (``county_fips`` left empty).

    Parameters
    ----------
    gazetteer
        ``zip, lon, lat``: centres of ZIP code tabulation areas.
    places
        ``zip, place, state, lon, lat`` of GeoNames.
    ruca
        ``geoid, zip_type`` by ZIP, which tells post-office boxes from areas; optional.
    states
        Postal codes to keep, where the state is known; None keeps all.
    """
    parts = []
    if places is not None:
        civil = places[
            places["state"].str.fullmatch(r"[A-Z]{2}").fillna(False) & ~places["state"].isin(["AA", "AE", "AP"])
        ]
        parts.append(
            civil.assign(source="geonames", kind="unknown")[["zip", "place", "state", "lon", "lat", "kind", "source"]]
        )
    if gazetteer is not None:
        parts.append(
            gazetteer.assign(place="", state="", kind="area", source="gazetteer")[
                ["zip", "place", "state", "lon", "lat", "kind", "source"]
            ]
        )
    if not parts:
        return empty("zips")[_COLUMNS]
    stacked = pd.concat(parts)
    names = stacked[stacked["place"] != ""].drop_duplicates("zip").set_index("zip")
    best = stacked.drop_duplicates("zip", keep="last").reset_index(drop=True)  # the gazetteer stands last and wins
    for column in ("place", "state"):
        best[column] = best["zip"].map(names[column]).fillna(best[column])
    if gazetteer is None:
        best["kind"] = "area"  # without a gazetteer nothing tells areas apart; the usual case is assumed
    if ruca is not None:
        told = best["zip"].map(ruca.drop_duplicates("geoid").set_index("geoid")["zip_type"].str.lower().map(_ZIP_KINDS))
        best["kind"] = told.fillna(best["kind"])
    if states is not None:
        best = best[(best["state"] == "") | best["state"].isin(states)]
    best["county_fips"] = ""
    return best.sort_values("zip")[_COLUMNS].reset_index(drop=True)
