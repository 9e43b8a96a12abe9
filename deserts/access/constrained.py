"""Access that keeps the books: supply handed out once (singly constrained), or people and supply both (doubly).

The singly constrained measure is spatial availability: every site hands out its supply among the people who reach it,
by ``P_i w_ij``, so that what the points receive adds up to the supply that anybody reaches. Per person it is E2SFCA.
The doubly constrained measure also gives every person one place: flows ``T_ij = A_i B_j P_i S_j w_ij`` with both
margins kept, found by balancing. It answers how long people would drive if all had to be seen and no site could see
more than its part.

References
----------
Soukhov A, Páez A, Higgins CD, Mohamed M (2023), PLOS ONE 18(1): e0278468, doi:10.1371/journal.pone.0278468
Wilson AG (1971), Environment and Planning A 3:1-32, doi:10.1068/a030001
Deming WE, Stephan FF (1940), Annals of Mathematical Statistics 11:427-444, doi:10.1214/aoms/1177731829
"""

from __future__ import annotations

from typing import Final

import numpy as np

from deserts.access.catchments import check_amounts, floating_catchment
from deserts.access.decay import Decay
from deserts.access.kernels import column_sums, row_sums
from deserts.access.pairs import PairTable
from deserts.arrays import Floats
from deserts.errors import InputError

__all__ = ["balanced_flows", "balanced_minutes", "spatial_availability"]

_TOLERANCE: Final = 1e-10
_MOST_ROUNDS: Final = 20_000


def spatial_availability(pairs: PairTable, *, population: Floats, supply: Floats, decay: Decay) -> Floats:
    """Return the supply that goes to each point; the points' sum is the supply that anybody reaches.

    Parameters
    ----------
    pairs, population, supply, decay
        As for `deserts.access.catchments.floating_catchment`.
    """
    per_person = floating_catchment(pairs, population=population, supply=supply, method="e2sfca", decay=decay)
    received: Floats = population * per_person
    return received


def balanced_flows(pairs: PairTable, *, population: Floats, supply: Floats, decay: Decay) -> Floats:
    """Return the people of each pair when everybody is seen and sites fill up in proportion to their supply.

    Parameters
    ----------
    pairs, population, supply, decay
        As for `deserts.access.catchments.floating_catchment`. People without supply in reach take no part; supply is
        scaled to the people who do.

    Raises
    ------
    InputError
        If the two margins cannot both be kept: people of one part of the region have too little supply of their own
        within reach, whoever else is sent elsewhere.
    """
    check_amounts(pairs, population=population, supply=supply)
    weight = decay.weights(pairs.drive_min) * (supply > 0)[pairs.site]
    people = np.where(row_sums(pairs.indptr, pairs.site, weight, np.ones(pairs.n_sites)) > 0, population, 0.0)
    reached = column_sums(pairs.indptr, pairs.site, weight, (people > 0).astype(np.float64), pairs.n_sites) > 0
    places = np.where(reached, supply, 0.0)
    if people.sum() <= 0:
        return np.zeros(pairs.n_pairs)
    places = places * (people.sum() / places.sum())
    of_site = places.copy()
    for _ in range(_MOST_ROUNDS):
        of_point = _ratio(people, row_sums(pairs.indptr, pairs.site, weight, of_site))
        filled = of_site * column_sums(pairs.indptr, pairs.site, weight, of_point, pairs.n_sites)
        if np.abs(filled - places).max() <= _TOLERANCE * places.max():
            flows: Floats = of_point[pairs.points()] * weight * of_site[pairs.site]
            return flows
        with np.errstate(over="ignore", invalid="ignore"):  # where it cannot be balanced, ratios grow past all bounds
            of_site = of_site * _ratio(places, filled)
            of_site /= of_site.max()  # only ratios matter
        if not np.isfinite(of_site).all():
            break
    raise InputError(
        "people and supply cannot both be kept: some people have too little supply within reach for all of them",
        expected="a catchment that joins the parts of the region",
        fix="widen --catchment, or use --method availability, which keeps supply alone",
    )


def balanced_minutes(pairs: PairTable, *, population: Floats, supply: Floats, decay: Decay) -> Floats:
    """Return the mean minutes of the people of each point under `balanced_flows`; not a number without any."""
    flows = balanced_flows(pairs, population=population, supply=supply, decay=decay)
    point = pairs.points()
    seen = np.bincount(point, weights=flows, minlength=pairs.n_points)
    driven = np.bincount(point, weights=flows * pairs.drive_min, minlength=pairs.n_points)
    minutes: Floats = np.divide(driven, seen, out=np.full(pairs.n_points, np.nan), where=seen > 0)
    return minutes


def _ratio(upper: Floats, lower: Floats) -> Floats:
    with np.errstate(over="ignore"):
        return np.divide(upper, lower, out=np.zeros_like(lower), where=lower > 0)
