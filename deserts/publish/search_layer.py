"""What the search box of a map finds (towns, ZIPs, districts, states), each with its own people and minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from deserts.arrays import Floats, Ints
from deserts.documents import plain
from deserts.publish.area_numbers import area_numbers, nearest_zip

__all__ = [
    "NONE_IN_REACH",
    "Places",
    "area_layer",
    "bounds_of",
    "joined_areas",
    "minutes_list",
    "town_layer",
    "zip_layer",
]

NONE_IN_REACH = -1
"""Stands in a list of minutes where none is within reach; null where nothing is known."""


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Demand points in each world, and the ZIPs to which they belong.

    Parameters
    ----------
    points
        Result of `deserts.publish.supply_views.view_points` by the key of the view; the same rows in each.
    zips
        The region's own ZIPs, sorted.
    zip_of
        Row of ``zips`` of each point, -1 for none; ZIPs that are areas alone hold people.
    limit_min
        Minutes beyond which somebody lives far away.
    """

    points: Mapping[str, pd.DataFrame]
    zips: pd.DataFrame
    zip_of: Ints
    limit_min: float

    @classmethod
    def of(
        cls, points: Mapping[str, pd.DataFrame], zips: pd.DataFrame, *, states: Sequence[str], limit_min: float
    ) -> Places:
        """Put each point to its nearest ZIP of the same state."""
        own = zips[zips["state"].isin(states)].sort_values("zip", ignore_index=True)
        areas = np.flatnonzero((own["kind"] == "area").to_numpy())
        near = nearest_zip(next(iter(points.values())), own.iloc[areas])
        return cls(points, own, np.append(areas, -1)[near], limit_min)

    def numbers(self, area: Ints, n_areas: int) -> dict[str, Any]:
        """Return residents of areas, and for each view who is far, and the minutes of the middle resident."""
        tables = {
            key: area_numbers(points, area, n_areas, limit_min=self.limit_min) for key, points in self.points.items()
        }
        residents = next(iter(tables.values()))["residents"]
        return {
            "people": [round(value) for value in residents],
            "far": {key: _counts(table["beyond"]) for key, table in tables.items()},
            "min": {key: minutes_list(table["nearest_min"].to_numpy(float)) for key, table in tables.items()},
            "second": {key: minutes_list(table["second_min"].to_numpy(float)) for key, table in tables.items()},
            "unchecked": self._unchecked(area, n_areas),
            "rough": {place: round(value) for place, value in enumerate(self._rough(area, n_areas)) if value >= 0.5},
        }

    def rough_by_county(self) -> dict[str, float]:
        """Return the same residents of counties, by FIPS code."""
        points = next(iter(self.points.values()))
        by_county = points[points["rough"]].groupby("county_fips")["population"].sum()
        return {str(fips): float(people) for fips, people in by_county.items()}

    def _unchecked(self, area: Ints, n_areas: int) -> str:
        """Return a one for each area of which residents live where minutes were never compared, else a nought."""
        points, inside = next(iter(self.points.values())), area >= 0
        never = np.bincount(area[inside], weights=points["unchecked"].to_numpy(dtype=float)[inside], minlength=n_areas)
        return "".join("1" if some else "0" for some in (never > 0).tolist())

    def _rough(self, area: Ints, n_areas: int) -> list[float]:
        """Return how many residents of each area live so far from any road that their minutes are rough."""
        points, inside = next(iter(self.points.values())), area >= 0
        people = np.where(points["rough"], points["population"], 0.0)[inside]
        found: list[float] = np.bincount(area[inside], weights=people, minlength=n_areas).tolist()
        return found


def minutes_list(minutes: npt.NDArray[np.floating[Any]]) -> list[int | None]:
    """Return whole minutes; `NONE_IN_REACH` for infinite ones, null for unknown ones."""
    return [None if np.isnan(value) else round(value) if np.isfinite(value) else NONE_IN_REACH for value in minutes]


def _counts(values: pd.Series) -> list[int | None]:
    return [None if np.isnan(value) else round(value) for value in values]


def zip_layer(places: Places, *, fips: Sequence[str]) -> dict[str, Any]:
    """Return the region's ZIPs with their own numbers, each with the place of its county in ``fips``."""
    zips = places.zips
    names = zips["place"].fillna("")
    plain_of = {place: plain(place, one_line=True) for place in names.unique()}
    numbers = places.numbers(places.zip_of, len(zips))
    del numbers["far"]  # thirty thousand ZIPs: what a search answers with is the drive
    return {
        "lon": _degrees(zips["lon"].to_numpy(dtype=float)),
        "lat": np.round(zips["lat"].to_numpy(dtype=float), 3).tolist(),
        "zip": zips["zip"].tolist(),
        "place": [plain_of[place] for place in names],
        "county": pd.Index(fips).get_indexer(pd.Index(zips["county_fips"].fillna(""))).tolist(),
        **numbers,
    }


def town_layer(places: Places, *, fips: Sequence[str], most: int) -> dict[str, Any]:
    """Return the places around which most people live, the largest first: what the map labels and the search finds.

    Each demand point counts for the place of its ZIP; a place lies where its people are.
    """
    points = next(iter(places.points.values()))
    named = np.flatnonzero((places.zips["place"].fillna("") != "").to_numpy())
    inside = np.isin(places.zip_of, named)
    if not inside.any():
        return {"lon": [], "lat": [], "name": [], "state": [], "county": [], "people": [], "far": {}, "min": {},
                "second": {}, "unchecked": "", "rough": {}}  # fmt: skip
    own = places.zips.iloc[places.zip_of[inside]]
    keys = pd.MultiIndex.from_arrays([own["place"].to_numpy(dtype=object), own["state"].to_numpy(dtype=object)])
    codes, towns = pd.factorize(keys, sort=True)
    weight = points["population"].to_numpy(dtype=float)[inside]
    people = np.bincount(codes, weights=weight)
    where = {
        name: np.bincount(codes, weights=weight * points[name].to_numpy(dtype=float)[inside]) / people
        for name in ("lon", "lat")
    }
    largest = np.argsort(-people, kind="stable")[:most]
    order = np.full(len(people) + 1, -1, dtype=np.int64)
    order[largest] = np.arange(len(largest))
    area = np.full(len(points), -1, dtype=np.int64)
    area[inside] = order[codes]
    home = _main_county(points[inside], codes, len(people))
    return {
        "lon": _degrees(where["lon"][largest]),
        "lat": where["lat"][largest].round(3).tolist(),
        "name": [plain(towns[i][0], one_line=True) for i in largest],
        "state": [towns[i][1] for i in largest],
        "county": pd.Index(fips).get_indexer(pd.Index(home[largest])).tolist(),
        **places.numbers(area, len(largest)),
    }


def _main_county(points: pd.DataFrame, codes: npt.NDArray[np.int64], n: int) -> npt.NDArray[np.object_]:
    """Return the county in which most people of each place live."""
    lived = points.assign(place=codes).groupby(["place", "county_fips"], sort=True)["population"].sum().reset_index()
    first = lived.sort_values(["place", "population"], ascending=[True, False], kind="stable").drop_duplicates("place")
    home: npt.NDArray[np.object_] = (
        first.set_index("place")["county_fips"].reindex(range(n)).fillna("").to_numpy(dtype=object)
    )
    return home


def area_layer(places: Places, names: Sequence[str], area: Ints, bounds: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Return states or districts with their numbers and the box in which each lies.

    Parameters
    ----------
    places
        The points.
    names
        Name of each area.
    area
        Number of the area of each point, -1 for none.
    bounds
        West, south, east and north of each.
    """
    return {
        "name": [plain(name, one_line=True) for name in names],
        "bounds": [[round(float(value), 2) for value in box] for box in bounds],
        **places.numbers(area, len(names)),
    }


def joined_areas(tables: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return areas that were counted one by one, since districts of different chambers overlap, as one layer."""
    if not tables:
        return {
            "name": [], "bounds": [], "people": [], "far": {}, "min": {}, "second": {}, "unchecked": "", "rough": {},
        }  # fmt: skip
    columns = {name: value for name, value in tables[0].items() if name not in ("rough", "unchecked")}
    joined = {
        name: {key: [table[name][key][0] for table in tables] for key in value}
        if isinstance(value, dict)
        else [table[name][0] for table in tables]
        for name, value in columns.items()
    }
    # Only areas that have such residents stand in it, by their place.
    rough = {place: table["rough"][0] for place, table in enumerate(tables) if table["rough"]}
    return {**joined, "unchecked": "".join(table["unchecked"] for table in tables), "rough": rough}


def bounds_of(shapes: npt.NDArray[Any]) -> list[float]:
    """Return the box of some shapes, zeros where there are none."""
    return [float(value) for value in np.nan_to_num(shapely.total_bounds(shapes))]


def _degrees(lon: Floats) -> list[float]:
    found: list[float] = np.round(lon - 360 * (lon > 100), 3).tolist()
    return found
