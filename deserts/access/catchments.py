"""Floating catchment scores on the sparse pair table.

Notation: people ``P_i`` at point i, supply ``S_j`` at site j, weight ``w_ij`` of the drive. Every point takes part in
the demand on a site; which points receive a score is the caller's choice. Formulas and references: docs/methods.md.
"""

from __future__ import annotations

import numpy as np

from deserts.access.decay import Decay
from deserts.access.kernels import column_sums, row_sums
from deserts.access.pairs import PairTable
from deserts.arrays import Floats
from deserts.errors import InputError, UnknownNameError

__all__ = ["CATCHMENT_METHODS", "crowding", "floating_catchment"]

CATCHMENT_METHODS = ("2sfca", "e2sfca", "3sfca", "m2sfca", "mh3sfca", "bfca", "gravity")
"""Methods that give each demand point supply per person (``gravity``: supply in reach, not per person)."""


def floating_catchment(pairs: PairTable, *, population: Floats, supply: Floats, method: str, decay: Decay) -> Floats:
    """Return a score for each demand point; higher is better, 0 where no supply is in reach.

    Parameters
    ----------
    pairs
        Known drive times.
    population
        People at each point, not negative.
    supply
        Supply at each site in any unit (heads, sessions, refills a year), not negative.
    method
        ``2sfca`` and ``e2sfca`` (Luo & Wang 2003, doi:10.1068/b29120; Luo & Qi 2009,
        doi:10.1016/j.healthplace.2009.06.002), ``3sfca`` (Wan, Zou & Sternberg 2012,
        doi:10.1080/13658816.2011.624987), ``m2sfca`` (Delamater 2013, doi:10.1016/j.healthplace.2013.07.012),
        ``mh3sfca`` (Jörg, Lenz, Wetz & Widmer 2019), ``bfca`` (Páez, Higgins & Vivona 2019,
        doi:10.1371/journal.pone.0218773), ``gravity`` (Hansen 1959, doi:10.1080/01944365908978307).
    decay
        Weight of a drive. ``2sfca`` with zones is ``e2sfca``.

    Returns
    -------
    One score a point. A site within reach of nobody gives nothing to anybody: it divides no supply.

    Raises
    ------
    UnknownNameError
        If there is no such method.
    InputError
        If population or supply do not fit the pair table or hold unusable numbers.
    """
    if method not in CATCHMENT_METHODS:
        raise UnknownNameError(f"there is no method {method!r}", expected="one of " + ", ".join(CATCHMENT_METHODS))
    check_amounts(pairs, population=population, supply=supply)
    weight = decay.weights(pairs.drive_min)
    if method == "gravity":
        return _per_point(pairs, weight, supply)
    if method in ("3sfca", "mh3sfca"):
        return _with_preference(pairs, weight, population, supply, by_supply=method == "mh3sfca")
    if method == "bfca":
        of_point = _per_point(pairs, weight, np.ones(pairs.n_sites))
        of_site = _per_site(pairs, weight, np.ones(pairs.n_points))
        demand = _per_site(pairs, weight, _ratio(population, of_point))
        return _per_point(pairs, weight, _ratio(_ratio(supply, demand), of_site))
    ratio = _ratio(supply, _per_site(pairs, weight, population))
    return _per_point(pairs, np.square(weight) if method == "m2sfca" else weight, ratio)


def crowding(pairs: PairTable, *, population: Floats, supply: Floats, decay: Decay) -> Floats:
    """Return the potential crowding of each site (i2SFCA): people per unit of supply; higher is more crowded.

    ``C_j = Σ_i P_i w_ij / Σ_l S_l w_il``, hence ``Σ_j S_j C_j`` equals the people who reach any supply.

    References
    ----------
    Wang 2021, From 2SFCA to i2SFCA, doi:10.1080/13658816.2020.1811868
    """
    check_amounts(pairs, population=population, supply=supply)
    weight = decay.weights(pairs.drive_min)
    return _per_site(pairs, weight, _ratio(population, _per_point(pairs, weight, supply)))


def check_amounts(pairs: PairTable, *, population: Floats, supply: Floats) -> None:
    """Refuse amounts that do not fit the pair table, are negative, or are no numbers."""
    for name, amount, size in (("population", population, pairs.n_points), ("supply", supply, pairs.n_sites)):
        if amount.shape != (size,):
            raise InputError(f"{name} has {amount.size} entries for {size} places", expected="one number a place")
        if not (np.isfinite(amount) & (amount >= 0)).all():
            raise InputError(f"{name} holds a missing, infinite or negative number", expected="0 or more")


def _with_preference(
    pairs: PairTable, weight: Floats, population: Floats, supply: Floats, *, by_supply: bool
) -> Floats:
    """Three-step scores: people choose among sites in proportion to ``w`` (3SFCA) or to ``S w`` (MH3SFCA)."""
    squared = np.square(weight)
    if by_supply:
        attraction = _per_point(pairs, weight, supply)
        per_head = _ratio(np.ones(pairs.n_sites), _per_site(pairs, weight, _ratio(population, attraction)))
        # H_ij R_j w_ij = (S_j w_ij / attraction_i) (S_j / demand_j) w_ij, and demand_j = S_j x the sum above.
        return _ratio(_per_point(pairs, squared, supply * per_head), attraction)
    attraction = _per_point(pairs, weight, np.ones(pairs.n_sites))
    ratio = _ratio(supply, _per_site(pairs, squared, _ratio(population, attraction)))
    return _ratio(_per_point(pairs, squared, ratio), attraction)


def _per_site(pairs: PairTable, weight: Floats, of_point: Floats) -> Floats:
    total: Floats = column_sums(pairs.indptr, pairs.site, weight, of_point, pairs.n_sites)
    return total


def _per_point(pairs: PairTable, weight: Floats, of_site: Floats) -> Floats:
    total: Floats = row_sums(pairs.indptr, pairs.site, weight, of_site)
    return total


def _ratio(upper: Floats, lower: Floats) -> Floats:
    return np.divide(upper, lower, out=np.zeros_like(lower), where=lower > 0)
