"""The sparse pair table: which sites each demand point reaches, nearest first.

Every access measure works on it. It holds integer positions, never names: position ``i`` is row ``i`` of the caller's
frame of demand points, position ``j`` row ``j`` of the frame of sites.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from deserts.access.kernels import first_repeat, group_rows, sort_rows
from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError

__all__ = ["PairTable", "codes_of"]


@dataclass(frozen=True, slots=True)
class PairTable:
    """Driving minutes of the (point, site) pairs that are known, row by row.

    Parameters
    ----------
    indptr
        Start of each point's pairs, ``n_points + 1`` entries.
    site
        Position of the site of each pair; within a point by minutes, ties by position.
    drive_min
        Minutes of each pair.
    n_sites
        Number of sites, those without any pair included.
    dist_km
        Kilometres of each pair, or None where they were not kept.
    """

    indptr: Ints
    site: Ints
    drive_min: Floats
    n_sites: int
    dist_km: Floats | None = None

    @classmethod
    def from_arrays(
        cls,
        point_index: ArrayLike,
        site_index: ArrayLike,
        drive_min: ArrayLike,
        *,
        n_points: int,
        n_sites: int,
        dist_km: ArrayLike | None = None,
    ) -> PairTable:
        """Build the table from one entry a pair, in any order.

        Parameters
        ----------
        point_index, site_index
            Positions, 0 to ``n_points - 1`` and 0 to ``n_sites - 1``.
        drive_min
            Minutes, finite and not negative.
        n_points, n_sites
            Sizes of the two sides, points and sites without pairs included.
        dist_km
            Kilometres of the same pairs.

        Raises
        ------
        InputError
            If lengths differ, a position is out of range, minutes are not usable, or a pair occurs twice.
        """
        # At most 2**31 points: narrow positions halve the memory of the sort.
        point = np.asarray(point_index, dtype=np.int32)
        site = np.asarray(site_index, dtype=np.int32)
        minutes = np.asarray(drive_min, dtype=np.float64)
        km = None if dist_km is None else np.asarray(dist_km, dtype=np.float64)
        _check_pairs(point, site, minutes, km, n_points, n_sites)
        indptr, order = group_rows(point, n_points)
        twice_point, twice_site = first_repeat(indptr, site[order], n_sites)
        if twice_point >= 0:
            raise InputError(
                f"the pair of point {twice_point} and site {twice_site} occurs twice",
                expected="one drive time a pair",
                fix="drop the repeated rows",
            )
        sort_rows(indptr, order, site, minutes)
        return cls(indptr, site[order], minutes[order], n_sites, None if km is None else km[order])

    @classmethod
    def from_frame(cls, frame: pd.DataFrame, *, point_ids: pd.Index, site_ids: pd.Index) -> PairTable:
        """Build the table from the columns ``point_id``, ``site_id``, ``drive_min`` and, if there, ``dist_km``.

        Names may be text or categorical (much faster for millions of rows). Pairs whose point or site is not listed
        in ``point_ids`` or ``site_ids`` are left out: they belong to another grade or region.
        """
        point = codes_of(frame["point_id"], point_ids)
        site = codes_of(frame["site_id"], site_ids)
        minutes = frame["drive_min"].to_numpy(dtype=np.float64)
        km = frame["dist_km"].to_numpy(dtype=np.float64) if "dist_km" in frame else None
        known = (point >= 0) & (site >= 0)
        if not known.all():
            point, site, minutes = point[known], site[known], minutes[known]
            km = None if km is None else km[known]
        return cls.from_arrays(point, site, minutes, n_points=len(point_ids), n_sites=len(site_ids), dist_km=km)

    @property
    def n_points(self) -> int:
        """Number of demand points, those without any pair included."""
        return self.indptr.size - 1

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return self.site.size

    def points(self) -> Ints:
        """Return the position of the point of each pair (int32)."""
        return np.repeat(np.arange(self.n_points, dtype=np.int32), np.diff(self.indptr))

    def nearest(self, k: int) -> Ints:
        """Return the pairs that lead to the nearest ``k`` sites: points x k, -1 where there are fewer."""
        pair = self.indptr[:-1, None] + np.arange(k)
        return np.where(pair < self.indptr[1:, None], pair, -1)

    def minutes_at(self, pair: Ints) -> Floats:
        """Return the minutes of pairs given by position; infinite where the position is -1."""
        if self.n_pairs == 0:
            return np.full(pair.shape, np.inf)
        return np.where(pair >= 0, self.drive_min[pair], np.inf)

    def select(self, *, sites: Bools | None = None, within_min: float | None = None) -> PairTable:
        """Return the table without the pairs of other sites or beyond a limit; positions stay the same."""
        keep = np.ones(self.n_pairs, dtype=bool)
        if sites is not None:
            keep &= sites[self.site]
        if within_min is not None:
            keep &= self.drive_min <= within_min
        if keep.all():
            return self
        before = np.concatenate(([0], np.cumsum(keep)))
        return PairTable(
            before[self.indptr],
            self.site[keep],
            self.drive_min[keep],
            self.n_sites,
            None if self.dist_km is None else self.dist_km[keep],
        )

    def take_points(self, rows: Ints) -> PairTable:
        """Return the table of the given points, in the given order; positions of points are renumbered."""
        length = np.diff(self.indptr)[rows]
        indptr = np.concatenate(([0], np.cumsum(length)))
        pair = np.repeat(self.indptr[rows] - indptr[:-1], length) + np.arange(indptr[-1])
        return PairTable(
            indptr,
            self.site[pair],
            self.drive_min[pair],
            self.n_sites,
            None if self.dist_km is None else self.dist_km[pair],
        )

    def take_sites(self, columns: Ints) -> PairTable:
        """Return the table of the given sites only, renumbered in the given (ascending) order."""
        kept = self.select(sites=np.isin(np.arange(self.n_sites), columns))
        number = np.full(self.n_sites, -1, dtype=np.int32)
        number[columns] = np.arange(len(columns), dtype=np.int32)
        return PairTable(kept.indptr, number[kept.site], kept.drive_min, len(columns), kept.dist_km)


def codes_of(names: pd.Series, index: pd.Index) -> Ints:
    """Return the position of each name in ``index``, -1 where it is not there; categorical names are looked up once."""
    if isinstance(names.dtype, pd.CategoricalDtype):
        of_category = index.get_indexer(pd.Index(names.cat.categories).astype(index.dtype))
        codes = names.cat.codes.to_numpy()
        return np.where(codes >= 0, np.append(of_category, -1)[codes], -1)
    return np.asarray(index.get_indexer(pd.Index(names)))


def _check_pairs(point: Ints, site: Ints, minutes: Floats, km: Floats | None, n_points: int, n_sites: int) -> None:
    sizes = {point.size, site.size, minutes.size} | ({km.size} if km is not None else set())
    problems = []
    if len(sizes) > 1:
        problems.append(f"the arrays differ in length: {sorted(sizes)}")
    if point.size and (point.min() < 0 or point.max() >= n_points):
        problems.append(f"a point position lies outside 0 to {n_points - 1}")
    if site.size and (site.min() < 0 or site.max() >= n_sites):
        problems.append(f"a site position lies outside 0 to {n_sites - 1}")
    bad = np.flatnonzero(~(np.isfinite(minutes) & (minutes >= 0)))
    if bad.size:
        problems.append(f"minutes are missing, infinite or negative {bad.size} times, first at entry {bad[0]}")
    if problems:
        raise InputError("; ".join(problems), expected="one finite, non-negative time a pair", fix="correct the pairs")
