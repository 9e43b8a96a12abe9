"""A location problem: people at demand points, candidate and existing sites, minutes between them.

Points and sites are kept sorted by name, so that the order of rows in a file changes neither the answer nor, between
equally good answers, which one is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.access import PairTable
from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError, UnknownNameError
from deserts.user_csv import read_user_csv

__all__ = ["CANDIDATE", "Instance", "Layout", "read_instance"]

CANDIDATE = "candidate:"
"""Prefix that keeps names of candidates apart from names of existing sites in a region's problem."""

_BLANK = ("", "na", "nan", "n/a", "null", "none", "inf", "infinity")
"""Minutes that mean: no way."""


@dataclass(frozen=True, slots=True)
class Instance:
    """A location problem, points and sites sorted by name.

    Parameters
    ----------
    demand_ids, site_ids
        Names.
    weight
        People (or patients of a panel) at each point.
    is_fixed
        Sites that are there already and stay.
    practice
        Number of the practice of each site; sites of one practice are no backup for each other.
    capacity
        Most people a site can serve, or None.
    pairs
        Minutes between points and sites; a pair that is not there cannot be driven.
    limit_min
        Minutes at which a person without any open site in reach is counted, or None: then as many people as
        possible are served first.
    notes
        What was left out on reading.
    """

    demand_ids: pd.Index
    site_ids: pd.Index
    weight: Floats
    is_fixed: Bools
    practice: Ints
    pairs: PairTable
    capacity: Floats | None = None
    limit_min: float | None = None
    notes: tuple[str, ...] = field(default=())

    @classmethod
    def build(
        cls,
        *,
        demand_ids: Sequence[str] | pd.Series,
        weight: Sequence[float] | Floats,
        site_ids: Sequence[str] | pd.Series,
        point_index: Ints,
        site_index: Ints,
        drive_min: Floats,
        fixed: Sequence[bool] | Bools | None = None,
        practice: Sequence[str] | pd.Series | None = None,
        capacity: Sequence[float] | Floats | None = None,
        limit_min: float | None = None,
        notes: tuple[str, ...] = (),
    ) -> Instance:
        """Sort points and sites by name and renumber the pairs.

        Parameters
        ----------
        point_index, site_index, drive_min
            One entry a pair, positions in ``demand_ids`` and ``site_ids`` as given.
        """
        points, point_place = _sorted(demand_ids)
        sites, site_place = _sorted(site_ids)
        order = np.argsort(site_place)
        flags = np.zeros(len(sites), dtype=bool) if fixed is None else np.asarray(fixed, dtype=bool)
        groups = (
            np.arange(len(sites)) if practice is None else pd.factorize(pd.Series(list(practice))[order], sort=True)[0]
        )
        pairs = PairTable.from_arrays(
            point_place[point_index], site_place[site_index], drive_min, n_points=len(points), n_sites=len(sites)
        )
        return cls(
            points, sites, np.asarray(weight, dtype=np.float64)[np.argsort(point_place)], flags[order],
            groups.astype(np.int64), pairs,
            None if capacity is None else np.asarray(capacity, dtype=np.float64)[order], limit_min, notes,
        )  # fmt: skip

    @property
    def n_points(self) -> int:
        """Number of demand points."""
        return len(self.demand_ids)

    @property
    def n_sites(self) -> int:
        """Number of sites, existing and candidate."""
        return len(self.site_ids)

    @property
    def candidates(self) -> Ints:
        """Positions of the sites that may be chosen."""
        return np.flatnonzero(~self.is_fixed)

    def check_count(self, count: int) -> None:
        """Refuse a number of sites that cannot be chosen.

        Raises
        ------
        InputError
            If there are fewer candidates, or the number is below 1.
        """
        if not 1 <= count <= self.candidates.size:
            raise InputError(
                f"{count} sites cannot be chosen from {self.candidates.size} candidates",
                where="-n",
                expected=f"1 to {self.candidates.size} (existing sites are not counted)",
                fix="ask for fewer sites or give more candidates",
            )

    def nearest_min(self, chosen: Bools) -> Floats:
        """Return the minutes of each point to the nearest of the chosen sites; infinite where there is none."""
        open_pairs = self.pairs.select(sites=chosen)
        return open_pairs.minutes_at(open_pairs.nearest(1)[:, 0])


def _sorted(names: Sequence[str] | pd.Series) -> tuple[pd.Index, Ints]:
    """Return the sorted names and the place of each given name among them."""
    given = np.asarray(names, dtype=object)
    order = np.argsort(given, kind="stable")
    place = np.empty(len(given), dtype=np.int64)
    place[order] = np.arange(len(given))
    return pd.Index(given[order]), place


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """Which columns of a user's files matter beside the required ones.

    Parameters
    ----------
    weight
        Column of the demand file with people.
    fixed
        Names of existing sites.
    fixed_column
        Column of the sites file that says which exist (1, true, yes), or None.
    practice_column
        Column of the sites file with the practice, or None: every site is its own.
    capacity_column
        Column of the sites file with the most people a site can serve, or None.
    limit_min
        See `Instance`.
    """

    weight: str = "population"
    fixed: tuple[str, ...] = ()
    fixed_column: str | None = None
    practice_column: str | None = None
    capacity_column: str | None = None
    limit_min: float | None = None


def read_instance(demand: Path, sites: Path, costs: Path, *, layout: Layout | None = None) -> Instance:
    """Read ``demand_id,population`` · ``site_id`` · ``demand_id,site_id,minutes``.

    Names are text (``007`` is not ``7``), rows stand in any order, further columns are ignored. A pair that is not
    listed, or whose minutes are blank, cannot be driven.

    Raises
    ------
    InputError
        With file, row and column, for missing columns, repeated names, numbers that cannot be used, and costs that
        name no listed point or site.
    """
    want = layout or Layout()
    amounts = (0.0, np.inf)
    people = read_user_csv(demand, text=["demand_id"], numbers={want.weight: amounts})
    extra = {want.capacity_column: amounts} if want.capacity_column else {}
    text = ["site_id", *([want.practice_column] if want.practice_column else [])]
    offers = read_user_csv(sites, text=text, numbers=extra)
    drives = read_user_csv(costs, text=["demand_id", "site_id"])
    minutes, blank = _minutes(drives, costs)
    _check_once(people, ["demand_id"], demand)
    _check_once(offers, ["site_id"], sites)
    _check_once(drives, ["demand_id", "site_id"], costs)
    demand_ids, site_ids = people["demand_id"], offers["site_id"]
    point = pd.Index(demand_ids).get_indexer(pd.Index(drives["demand_id"]))
    site = pd.Index(site_ids).get_indexer(pd.Index(drives["site_id"]))
    known = (point >= 0) & (site >= 0)
    if not known.any():
        raise InputError(
            "no row names a demand point and a site that are listed in the other files",
            where=costs,
            expected=f"names such as {demand_ids.iloc[0]!r} and {site_ids.iloc[0]!r}, letter by letter",
            fix="ids are text: check lost leading zeros",
        )
    use = known & ~blank
    notes = _notes(
        unknown=int((~known).sum()), blank=int((known & blank).sum()),
        missing=len(people) * len(offers) - int(known.sum()),
    )  # fmt: skip
    return Instance.build(
        demand_ids=demand_ids, weight=people[want.weight].to_numpy(), site_ids=site_ids,
        point_index=point[use], site_index=site[use], drive_min=minutes[use],
        fixed=_fixed(offers, site_ids, sites, want),
        practice=offers[want.practice_column] if want.practice_column else None,
        capacity=offers[want.capacity_column].to_numpy() if want.capacity_column else None,
        limit_min=want.limit_min, notes=notes,
    )  # fmt: skip


def _check_once(frame: pd.DataFrame, names: list[str], path: Path) -> None:
    """Strip the spaces around names and refuse names, or pairs of names, that occur twice."""
    for name in names:
        frame[name] = frame[name].str.strip()
    again = np.flatnonzero(frame.duplicated(names).to_numpy())
    if again.size:
        first = frame[names].iloc[again[0]].tolist()
        before = int(np.flatnonzero((frame[names] == first).all(axis=1).to_numpy())[0])
        raise InputError(
            f"{', '.join(names)} repeats: {', '.join(map(repr, first))} stands in rows {before + 2} and "
            f"{again[0] + 2} ({again.size} rows repeat in all)",
            where=f"{path}, row {again[0] + 2}, column {', '.join(names)}",
            expected="each one once",
            fix="drop the repeated rows; where their values differ, decide which one is right",
        )


def _minutes(drives: pd.DataFrame, path: Path) -> tuple[Floats, Bools]:
    if "minutes" not in drives:
        raise InputError(
            "the column minutes is missing",
            where=path,
            expected="columns demand_id, site_id, minutes; found " + ", ".join(map(str, drives.columns)),
            fix="rename or add it",
        )
    text = drives["minutes"].str.strip()
    blank = text.str.lower().isin(_BLANK).to_numpy()
    values = pd.to_numeric(text, errors="coerce").to_numpy(dtype=np.float64)
    bad = np.flatnonzero(~blank & ~(np.isfinite(values) & (values >= 0)))
    if bad.size:
        raise InputError(
            f"{text.iloc[bad[0]]!r} is not a number of minutes ({bad.size} such rows)",
            where=f"{path}, row {bad[0] + 2}, column minutes",
            expected="a number of at least 0, or blank where there is no way",
        )
    return values, np.asarray(blank)


def _fixed(offers: pd.DataFrame, site_ids: pd.Series, path: Path, want: Layout) -> Bools:
    if unknown := sorted(set(want.fixed) - set(site_ids)):
        raise UnknownNameError(
            f"--fixed names a site that is not listed: {', '.join(unknown[:5])}", where=path, expected="a site_id"
        )
    flags = site_ids.isin(want.fixed).to_numpy(dtype=bool)
    if want.fixed_column is not None:
        if want.fixed_column not in offers:
            raise InputError(f"the column {want.fixed_column} is missing", where=path, fix="correct --fixed-column")
        marked = offers[want.fixed_column].str.strip().str.lower().isin(["1", "true", "yes"]).to_numpy(dtype=bool)
        flags = flags | marked
    return flags


def _notes(*, unknown: int, blank: int, missing: int) -> tuple[str, ...]:
    found = []
    if unknown:
        found.append(f"{unknown} rows of the costs name a point or site that is not listed; they were left out")
    if blank:
        found.append(f"{blank} rows of the costs have no minutes; these pairs count as not drivable")
    if missing:
        found.append(f"{missing} pairs are not listed in the costs; they count as not drivable")
    return tuple(found)
