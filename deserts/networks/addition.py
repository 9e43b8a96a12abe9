"""What the single best addition to a network would do: whose listing brings most residents inside the standard.

A thought about listings, not about people: everybody considered is shown by public files and is not listed by name.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd

from deserts.access.pairs import codes_of
from deserts.access.prepared import AccessInputs, prepare
from deserts.arrays import Bools, Floats
from deserts.earth import KM_PER_MILE

__all__ = ["Addition", "best_addition"]


@dataclass(frozen=True, slots=True)
class Addition:
    """The clinician whose listing would do most, at all sites of the run's grade.

    Parameters
    ----------
    npi, name, practice_name, city, state
        Who, and the practice of the first site.
    is_alone
        Whether nobody else of the data works in that practice, so that its name would name a person.
    inside_before, inside_after
        Residents within both limits of 42 CFR 422.116 of somebody who is listed and shown, without and with the
        addition.
    nearer
        Residents whose nearest listed and shown clinician would be nearer, those with none within the limit included.
    saved_min
        Minutes that these save on average; who has none within the limit counts as at the limit.
    """

    npi: str
    name: str
    practice_name: str
    city: str
    state: str
    is_alone: bool
    inside_before: int
    inside_after: int
    nearer: int
    saved_min: float


def best_addition(
    inputs: AccessInputs, members: Collection[str], candidates: Collection[str], *, limits: pd.DataFrame,
    time_limit_min: float, names: pd.Series,
) -> Addition | None:  # fmt: skip
    """Return whose listing would bring most residents inside the standard; of equal ones, save most minutes.

    Parameters
    ----------
    inputs
        As for ``access.build_scores``.
    members
        NPIs that the plan lists.
    candidates
        NPIs that it does not list.
    limits
        Result of ``adequacy.county_limits`` for the scored counties.
    time_limit_min
        Minutes beyond which a site counts as out of reach.
    names
        Name by NPI.

    Returns
    -------
    Addition or None
        None where nobody could be added, or nobody's listing would bring anybody nearer.
    """
    prepared = prepare(inputs, time_limit_min=time_limit_min)
    npi = prepared.sites["npi"].to_numpy(dtype=object)
    people = prepared.own_population
    point, site, minutes = prepared.pairs.points(), prepared.pairs.site, prepared.pairs.drive_min
    inside = _inside(prepared.demand, limits, point, minutes, prepared.pairs.dist_km)
    is_member = np.isin(npi, list(members))[site]
    near, within = _reached(point[is_member], minutes[is_member], inside[is_member], len(people), time_limit_min)
    best: tuple[float, float, str] | None = None
    found: tuple[Floats, Bools] | None = None
    for candidate in sorted(set(candidates) & set(npi)):
        own = (npi == candidate)[site]
        nearer, more = _reached(point[own], minutes[own], inside[own], len(people), time_limit_min)
        saved = np.maximum(near - nearer, 0.0)
        worth = (-float(people[more & ~within].sum()), -float(people @ saved), candidate)
        if people @ saved > 0 and (best is None or worth < best):
            best, found = worth, (saved, more)
    if best is None or found is None:
        return None
    saved, more = found
    gains = saved > 0
    first = prepared.sites[npi == best[2]].iloc[0]
    colleagues = prepared.sites.loc[prepared.sites["practice_id"] == first["practice_id"], "npi"]
    return Addition(
        npi=best[2], name=str(names.get(best[2], "")), practice_name=str(first["practice_name"]),
        city=str(first["city"]), state=str(first["state"]), is_alone=len(set(colleagues)) == 1,
        inside_before=round(float(people[within].sum())), inside_after=round(float(people[within | more].sum())),
        nearer=round(float(people[gains].sum())),
        saved_min=float(people @ saved / people[gains].sum()),
    )  # fmt: skip


def _inside(demand: pd.DataFrame, limits: pd.DataFrame, point: np.ndarray, minutes: Floats, km: Floats | None) -> Bools:
    """Say for each pair whether it lies within both limits of the point's county; nowhere where there are none."""
    county = codes_of(demand["county_fips"], pd.Index(limits["county_fips"]))
    time_min = np.append(limits["time_min"].to_numpy(np.float64), np.nan)[county]
    max_km = np.append(limits["dist_miles"].to_numpy(np.float64) * KM_PER_MILE, np.nan)[county]
    far = np.full(len(minutes), np.nan) if km is None else km
    return np.asarray((minutes <= time_min[point]) & (far <= max_km[point]), dtype=bool)


def _reached(
    point: np.ndarray, minutes: Floats, inside: Bools, n_points: int, time_limit_min: float
) -> tuple[Floats, Bools]:
    """Return the minutes from each point to the nearest site (at most the limit), and whether one is inside."""
    near = np.full(n_points, time_limit_min)
    np.minimum.at(near, point, minutes)
    within = np.zeros(n_points, dtype=bool)
    within[point[inside]] = True
    return near, within
