"""Rational agent access (RAAM) with real-valued demand.

Every person picks the site with the least sum of congestion and drive, ``(D_j / S_j) / ρ + t_ij / τ``, where ``D_j`` is
the demand that ends up at site j and ρ the demand per unit of supply overall. The published code moves people in whole
steps of a share of a tract and freezes tracts of four or fewer. Here the same equilibrium is solved exactly: it is the
minimum of a convex function, ``Σ_j D_j² / (2 S_j ρ) + Σ_ij x_ij t_ij / τ``, so the cost of each point is unique.

References
----------
Saxon & Snow 2020, A rational agent model for the spatial accessibility of primary health care,
doi:10.1080/24694452.2019.1629870
"""

from __future__ import annotations

import numba
import numpy as np

from deserts.access.catchments import check_amounts
from deserts.access.pairs import PairTable
from deserts.arrays import Floats, Ints
from deserts.errors import InputError

__all__ = ["assign_rationally"]


def assign_rationally(
    pairs: PairTable,
    *,
    population: Floats,
    supply: Floats,
    tau_min: float = 60.0,
    tolerance: float = 1e-10,
    max_sweeps: int = 20_000,
) -> Floats:
    """Return the cost of access of each point at equilibrium; *lower is better*, NaN where no supply is in reach.

    Parameters
    ----------
    pairs
        Known drive times; a pair that is not there cannot be chosen.
    population, supply
        People at each point and supply at each site.
    tau_min
        Minutes of driving that weigh as much as the average congestion.
    tolerance
        Largest change of a cost in one sweep over all points at which the solution counts as reached.
    max_sweeps
        Bound on the number of sweeps.

    Raises
    ------
    InputError
        If the amounts are unusable, or the equilibrium is not reached within ``max_sweeps``.
    """
    check_amounts(pairs, population=population, supply=supply)
    if not tau_min > 0:
        raise InputError("tau must be above 0 minutes", expected="for example 60")
    usable = pairs.select(sites=supply > 0)
    reached = np.diff(usable.indptr) > 0
    # Congestion that one more person causes at each site: 1 / (S_j ρ).
    per_unit = supply.sum() / population.sum() if population.sum() > 0 else 1.0
    per_person = np.divide(per_unit, supply, out=np.zeros_like(supply), where=supply > 0)
    cost, sweeps = _sweep(
        usable.indptr, usable.site, usable.drive_min / tau_min, population, per_person, tolerance, max_sweeps
    )
    if sweeps >= max_sweeps:
        raise InputError(
            f"the assignment did not settle within {max_sweeps} sweeps",
            fix="give a smaller catchment or use a floating catchment method",
        )
    return np.asarray(np.where(reached, cost, np.nan), dtype=np.float64)


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _sweep(
    indptr: Ints,
    site: Ints,
    drive: Floats,
    population: Floats,
    per_person: Floats,
    tolerance: float,
    max_sweeps: int,
) -> tuple[Floats, int]:
    """Give each point in turn its best split, the others held fixed, until no cost changes."""
    n_points = indptr.size - 1
    assigned = np.zeros(site.size)
    load = np.zeros(per_person.size)
    cost = np.full(n_points, np.inf)
    sweep = 0
    while sweep < max_sweeps:
        sweep += 1
        largest = 0.0
        for row in range(n_points):
            start, end = indptr[row], indptr[row + 1]
            if start == end:
                continue
            level = _fill(start, end, site, drive, population[row], per_person, assigned, load)
            largest = np.inf if cost[row] == np.inf else max(largest, abs(level - cost[row]))
            cost[row] = level
        if largest <= tolerance:
            return cost, sweep - 1
    return cost, sweep


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _fill(
    start: int,
    end: int,
    site: Ints,
    drive: Floats,
    people: float,
    per_person: Floats,
    assigned: Floats,
    load: Floats,
) -> float:
    """Pour a point's people into its sites so that all sites in use cost the same; return that cost."""
    size = end - start
    base = np.empty(size)
    for place in range(size):
        pair = start + place
        load[site[pair]] -= assigned[pair]
        base[place] = max(load[site[pair]], 0.0) * per_person[site[pair]] + drive[pair]
    order = np.argsort(base, kind="mergesort")
    room, filled = 0.0, 0.0
    level = base[order[0]]
    for rank in range(size):
        place = order[rank]
        if rank > 0 and (people - filled) <= room * (base[place] - level):
            break
        if rank > 0:
            filled += room * (base[place] - level)
        level = base[place]
        room += 1.0 / per_person[site[start + place]]
    level += float((people - filled) / room)
    for place in range(size):
        pair = start + place
        assigned[pair] = max(0.0, level - base[place]) / per_person[site[pair]]
        load[site[pair]] = max(load[site[pair]], 0.0) + assigned[pair]
    return float(level)
