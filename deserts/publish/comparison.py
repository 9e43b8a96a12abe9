"""An area beside its neighbours and the whole region, by residents who live far away, where both were searched alike.

Neighbours lie in the same county or in one that adjoins it. Two counties were searched alike when the same was read of
both (`search`, `search_missing` of the scores): a desert beside a county of which less was read would be an artefact.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy import sparse

from deserts.access.coverage import told
from deserts.arrays import Floats, Ints
from deserts.config import Region
from deserts.publish import geometry
from deserts.publish.area_facts import Area, FactBase
from deserts.publish.words import limit_words, percent, range_words, region_name

__all__ = ["Beside", "Comparer", "beside_in_base", "beside_words"]

_BORDER_DEG = 5e-3
_MOST_VERTICES = 400_000
_UNTOLD = -1


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside an area.

    Parameters
    ----------
    neighbours, whole
        Share of their residents who live far away, counting only what was searched as the area was; not a number
        where nothing was.
    left_out
        Residents of neighbours who are left out because theirs was not searched alike, or nothing is known.
    alone
        Whether no neighbour is in the run at all.
    is_whole
        Whether the area is all of the region.
    """

    neighbours: float
    whole: float
    left_out: float
    alone: bool
    is_whole: bool


@dataclass(frozen=True, slots=True, eq=False)
class Comparer:
    """The counties of a run: which adjoin which, and how each was searched.

    Parameters
    ----------
    fips
        The scored counties, sorted.
    adjoining
        ``(counties, counties)``: which share a border, each with itself.
    searched
        Number of the way in which each was searched; `_UNTOLD` where nothing can be told.
    """

    fips: pd.Index
    adjoining: Any
    searched: Ints

    @classmethod
    def of(cls, counties: pd.DataFrame, scores: pd.DataFrame) -> Comparer:
        """Find out from the tables ``counties`` and ``county_scores``."""
        rows = scores.drop_duplicates("county_fips").set_index("county_fips").sort_index()
        shapes = np.array(counties.set_index("county_fips")["geometry"].reindex(rows.index), dtype=object)
        simple, _ = geometry.simplify_coverage(
            geometry.west_of_date_line(shapes), tolerance_deg=_BORDER_DEG, max_vertices=_MOST_VERTICES
        )
        one, other = shapely.STRtree(simple).query(simple, predicate="intersects")
        near = sparse.csr_array((np.ones(len(one)), (one, other)), shape=(len(rows), len(rows)))
        ways, _ = pd.factorize(rows["search"].astype(str) + "|" + rows["search_missing"].fillna("").astype(str))
        return cls(rows.index, near + sparse.identity(len(rows)), np.where(told(rows), ways, _UNTOLD))

    def beside(self, area: Ints, n_areas: int, *, county_fips: pd.Series, people: Floats, far: Floats) -> list[Beside]:
        """Compare areas with each other.

        Parameters
        ----------
        area
            Number of the area of each unit (a demand point, a county), -1 for none.
        n_areas
            Number of areas.
        county_fips, people, far
            County of each unit, its residents, and those who live far away.
        """
        county = self.fips.get_indexer(pd.Index(county_fips))
        inside = (area >= 0) & (county >= 0)
        area, county = area[inside].astype(np.int64), county[inside].astype(np.int64)
        people, far = people[inside], np.nan_to_num(far[inside])
        way = self.searched[county]
        ways = int(self.searched.max(initial=_UNTOLD)) + 2  # the last one holds what cannot be told

        def by_way(values: Floats) -> npt.NDArray[np.float64]:
            flat = np.bincount(area * ways + way % ways, weights=values, minlength=n_areas * ways)
            return flat.astype(np.float64).reshape(n_areas, ways)

        residents, distant = by_way(people), by_way(far)
        alike = residents > 0
        alike[:, -1] = False
        held = sparse.csr_array((np.ones(len(area)), (area, county)), shape=(n_areas, len(self.fips)))
        near = ((held @ self.adjoining @ held.T) > 0).astype(np.float64).tolil()
        near.setdiag(0)
        around, around_far = near.tocsr() @ residents, near.tocsr() @ distant
        return [
            Beside(
                neighbours=_share(around_far[i][alike[i]], around[i][alike[i]]),
                whole=_share(distant.sum(axis=0)[alike[i]], residents.sum(axis=0)[alike[i]]),
                left_out=float(around[i][~alike[i]].sum()),
                alone=not around[i].sum() > 0,
                is_whole=bool(residents[i].sum() >= residents.sum()),
            )
            for i in range(n_areas)
        ]

    def of_counties(self, scores: pd.DataFrame, *, limit_min: int) -> list[Beside]:
        """Compare the counties of a table of scores, in its order."""
        people = scores["population"].to_numpy(dtype=float)
        far = people * scores[f"beyond_{limit_min}_share"].to_numpy(dtype=float)
        rows = np.arange(len(scores), dtype=np.int64)
        return self.beside(rows, len(scores), county_fips=scores["county_fips"], people=np.nan_to_num(people), far=far)

    def of_points(
        self, points: pd.DataFrame, nearest_min: Floats, areas: Sequence[Ints], *, limit_min: float
    ) -> list[Beside]:
        """Compare areas that do not overlap, each given by its rows among some demand points."""
        number = np.full(len(points), -1, dtype=np.int64)
        for place, rows in enumerate(areas):
            number[rows] = place
        people = points["population"].to_numpy(dtype=float)
        return self.beside(
            number, len(areas), county_fips=points["county_fips"], people=people, far=people * (nearest_min > limit_min)
        )


def _share(far: Floats, people: Floats) -> float:
    return float(far.sum() / people.sum()) if people.sum() > 0 else float("nan")


def beside_in_base(base: FactBase, groups: Sequence[Sequence[Area]]) -> dict[str, str]:
    """Return what stands beside each area of a fact base, in words, by its name.

    Parameters
    ----------
    base
        The run.
    groups
        Areas that are compared with each other: all of one kind.
    """
    store, limit = base.store, base.service.number("desert.severe_min")
    comparer = Comparer.of(store.read("counties"), store.read("county_scores"))
    found = {}
    for areas in groups:
        rows = [area.rows for area in areas]
        proven, possible = (
            comparer.of_points(base.points, base.minutes[supply][:, 0], rows, limit_min=limit)
            for supply in ("proven", "possible")
        )
        for place, area in enumerate(areas):
            found[area.name] = beside_words([proven[place], possible[place]], store.region, limit_min=limit)
    return found


def beside_words(found: Sequence[Beside], region: Region, *, limit_min: float) -> str:
    """Say what stands beside an area, as a range where it is given for proven and for possible practices.

    Parameters
    ----------
    found
        The same area in one view, or in the proven and the possible one.
    region
        The run's region: only a run of the whole nation can be compared with the nation.
    limit_min
        Minutes beyond which somebody lives far away.
    """
    last, is_nation = found[-1], region.region_id == "US"
    parts = []
    if not np.isnan(last.neighbours):
        near = _span([one.neighbours for one in found])
        parts.append(f"{near} of its neighbours' residents live more than {limit_words(limit_min)} away")
    elif last.alone:
        parts.append("no neighbour of it is in this run")
    else:
        parts.append("its neighbours are not compared: not searched alike, or not assessed")
    if not last.is_whole and not np.isnan(last.whole):
        where = "the whole nation" if is_nation else f"all of {region_name(region)}"
        parts.append(f"{_span([one.whole for one in found])} in {where}")
    if not is_nation:
        parts.append("the nation is not in this run")
    left = ""
    if last.left_out >= 1 and not np.isnan(last.neighbours):
        left = f" Left out are {last.left_out:,.0f} residents of neighbours that were not searched alike."
    return f"Beside it: {'; '.join(parts)}.{left}"


def _span(shares: Sequence[float]) -> str:
    return range_words(*(percent(share) for share in shares)) if len(shares) > 1 else percent(shares[0])
