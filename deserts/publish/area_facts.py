"""The numbers of a fact sheet: for a state or a district, each as a range from proven to possible supply."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pandas as pd

from deserts.access.areas import weighted_quantile
from deserts.access.gate import Gate, require_gate
from deserts.access.pairs import PairTable
from deserts.access.reach import measure_reach
from deserts.arrays import Floats
from deserts.config import Region
from deserts.errors import InputError, MissingDataError
from deserts.publish.supply_views import proven_sites
from deserts.publish.words import region_name
from deserts.services import Service
from deserts.sources.fetch import region_area
from deserts.store import Store

if TYPE_CHECKING:
    import geopandas as gpd

__all__ = [
    "AREA_KINDS",
    "Area",
    "AreaFacts",
    "FactBase",
    "Range",
    "area_facts",
    "district_areas",
    "district_shapes",
    "list_areas",
    "load_fact_base",
]

AREA_KINDS: Mapping[str, str] = {"state": "state", "cd": "congress", "sldu": "upper", "sldl": "lower"}
"""What a fact sheet may be about, and the name of that chamber in the districts' files."""
_KIND_WORDS = {"cd": "congressional district", "sldu": "state senate district", "sldl": "state house district"}


@dataclass(frozen=True, slots=True)
class Range:
    """A number counted with everyone at the run's grade, and with those proven by public files alone."""

    possible: float
    proven: float


@dataclass(frozen=True, slots=True, eq=False)
class Area:
    """A state or district and the rows of `FactBase.points` that lie in it."""

    area_id: str
    name: str
    rows: npt.NDArray[np.int64] = field(repr=False)
    kind: str = ""
    """Kind of district; empty for a state."""

    @property
    def file_name(self) -> str:
        """Name for its files: districts of both chambers have the same codes."""
        return "-".join(part for part in ("fact-sheet", self.kind, self.area_id) if part)


@dataclass(frozen=True, slots=True, eq=False)
class AreaFacts:
    """The five numbers of an area.

    Parameters
    ----------
    residents
        People of its demand points.
    practices
        Practices within the severe limit of at least one of its residents.
    over_severe, over_moderate
        Share of residents farther away than the profile's two limits.
    middle_min, backup_min
        Minutes of the middle resident to the nearest practice, and to a second one; not a number beyond the limit.
    """

    area: Area
    residents: float
    practices: Range
    over_severe: Range
    over_moderate: Range
    middle_min: Range
    backup_min: Range


@dataclass(frozen=True, slots=True, eq=False)
class FactBase:
    """The tables of a run, read once for all its sheets.

    Parameters
    ----------
    points
        Scored demand points with people, in ``point_id`` order: point_id, county_fips, state, population, lon, lat.
    minutes
        ``possible`` and ``proven``: minutes of each point to the nearest and to a second practice, ``(points, 2)``,
        infinite beyond the limit.
    near_practices
        ``possible`` and ``proven``: row of the point and number of the practice, for drives within the severe limit.
    gate
        The checks of the run.
    """

    store: Store
    service: Service
    points: pd.DataFrame
    minutes: Mapping[str, Floats]
    near_practices: Mapping[str, pd.DataFrame]
    gate: Gate


def load_fact_base(store: Store, *, service: Service, force: bool = False) -> FactBase:
    """Read a run's tables, once its checks allow that it is published.

    Parameters
    ----------
    store, service
        The run.
    force
        Override failed checks that may be overridden: the sheets then have no headline and say that they are not
        verified.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    NotPublishableError
        If a check failed.
    """
    gate = require_gate(store, service=service, force=force)
    columns = ["point_id", "county_fips", "state", "population", "lon", "lat", "scored"]
    demand = store.read("demand", columns=columns)
    points = demand[demand["scored"] & (demand["population"] > 0)].sort_values("point_id", ignore_index=True)
    sites = store.read("sites", columns=["site_id", "npi", "practice_id", "grade_rank", "supplies"])
    point, site, drive_min = _read_drives(store, points["point_id"], sites["site_id"])
    practice, names = pd.factorize(sites["practice_id"], sort=True)
    severe = service.number("desert.severe_min")
    proven = proven_sites(store, sites, service=service)[site]
    minutes, near = {}, {}
    for supply, kept in (("possible", np.ones(len(site), dtype=bool)), ("proven", proven)):
        pairs = PairTable.from_arrays(
            point[kept], site[kept], drive_min[kept], n_points=len(points), n_sites=len(sites)
        )
        minutes[supply] = measure_reach(pairs, practice, k=2).practice_min
        close = kept & (drive_min <= severe)
        both = np.unique(point[close] * len(names) + practice[site[close]])
        near[supply] = pd.DataFrame({"row": both // len(names), "practice": both % len(names)})
    return FactBase(store, service, points, minutes, near, gate)


def _read_drives(
    store: Store, point_ids: pd.Series, site_ids: pd.Series
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Return the drives of the given points as positions of point and site, and minutes.

    The file's own dictionaries are used: a country has tens of millions of drives, whose names need not be spelt out.
    """
    import pyarrow.parquet as pq

    keys = ["point_id", "site_id"]
    table = pq.read_table(store.find("drive_times"), columns=[*keys, "drive_min"], read_dictionary=keys)
    table = table.unify_dictionaries().combine_chunks()
    positions = []
    for key, ids in zip(keys, (point_ids, site_ids), strict=True):
        column = table[key].combine_chunks()
        spelt = pd.Index(ids).get_indexer(pd.Index(column.dictionary.to_pandas()))
        positions.append(spelt[column.indices.to_numpy()].astype(np.int64))
    kept = positions[0] >= 0
    return positions[0][kept], positions[1][kept], table["drive_min"].to_numpy()[kept]


def list_areas(base: FactBase, *, by: str, districts: Path | None = None) -> tuple[Area, ...]:
    """Return the areas of one kind that hold residents of the region, sorted by name.

    Parameters
    ----------
    base
        Gives the demand points.
    by
        ``state``, ``cd``, ``sldu`` or ``sldl``.
    districts
        File of district boundaries; None takes those among the region's raw files.

    Raises
    ------
    InputError
        If there is no such kind of area, or the file holds none of that chamber.
    MissingDataError
        If no district boundaries are there.
    """
    if by not in AREA_KINDS:
        raise InputError(f"there is no kind of area {by!r}", where="--by", expected=", ".join(AREA_KINDS))
    if by == "state":
        states = base.points["state"].to_numpy(dtype=object)
        return tuple(
            Area(state, region_name(Region.parse(state)) if state in _real(states) else region_name(base.store.region),
                 np.flatnonzero(states == state))
            for state in sorted(set(states))
        )  # fmt: skip
    shapes = district_shapes(base.store, service=base.service, by=by, districts=districts)
    if shapes is None:
        store = base.store
        raise MissingDataError(
            f"no boundaries of a {_KIND_WORDS[by]}",
            where=store.settings.raw_area(store.region) if districts is None else districts,
            expected="a cartographic file of the Census Bureau",
            fix="run `deserts stage data`, or give one with --districts",
        )
    return district_areas(base.points, shapes, by=by)


def district_areas(points: pd.DataFrame, shapes: gpd.GeoDataFrame, *, by: str) -> tuple[Area, ...]:
    """Return the districts that hold some of the points, sorted by their code."""
    from deserts.access.outputs import area_of_points

    named = area_of_points(points, shapes, key="district_id").to_numpy(dtype=object)
    titles = {
        row["district_id"]: f"{row['state']} {_KIND_WORDS[by]} {row['number']}" for row in shapes.to_dict("records")
    }
    return tuple(Area(key, titles[key], np.flatnonzero(named == key), by) for key in sorted(set(named) - {""}))


def _real(states: npt.NDArray[np.object_]) -> set[str]:
    from deserts.config import US_STATES

    return set(states) & set(US_STATES)


def district_shapes(
    store: Store, *, service: Service, by: str, districts: Path | None = None
) -> gpd.GeoDataFrame | None:
    """Return the districts of one kind from a file, or from the region's raw files; None where they hold none."""
    import geopandas as gpd

    from deserts.sources.publishers.districts import read_districts

    paths: Sequence[Path] = (
        region_area(store.region, service, store.settings).paths("districts", required=False)
        if districts is None
        else (districts,)
    )
    frames = [read_districts(path).frame for path in paths]
    chosen = [frame[frame["chamber"] == AREA_KINDS[by]] for frame in frames]
    if not any(len(frame) for frame in chosen):
        return None
    together: gpd.GeoDataFrame = gpd.GeoDataFrame(pd.concat(chosen, ignore_index=True), crs="EPSG:4326")
    return together


def area_facts(base: FactBase, area: Area) -> AreaFacts:
    """Return the five numbers of an area."""
    people = base.points["population"].to_numpy(dtype=float)[area.rows]
    severe, moderate = (base.service.number(f"desert.{name}_min") for name in ("severe", "moderate"))

    def both(measure: str, limit: float = 0.0) -> Range:
        return Range(*(_measure(base, area, supply, measure, limit) for supply in ("possible", "proven")))

    return AreaFacts(
        area=area,
        residents=float(people.sum()),
        practices=both("practices"),
        over_severe=both("over", severe),
        over_moderate=both("over", moderate),
        middle_min=both("middle"),
        backup_min=both("backup"),
    )


def _measure(base: FactBase, area: Area, supply: str, measure: str, limit: float) -> float:
    people = base.points["population"].to_numpy(dtype=float)[area.rows]
    minutes = base.minutes[supply][area.rows]
    if measure == "practices":
        near = base.near_practices[supply]
        return float(near.loc[near["row"].isin(area.rows), "practice"].nunique())
    if measure == "over":
        return float(people[minutes[:, 0] > limit].sum() / people.sum())
    column = 0 if measure == "middle" else 1
    middle = weighted_quantile(minutes[:, column], people, np.zeros(len(people), dtype=np.int64), 1, 0.5)[0]
    return float(middle) if np.isfinite(middle) else float("nan")
