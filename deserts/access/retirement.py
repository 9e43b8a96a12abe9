"""Each clinician leaves with a probability of their own: expected minutes, exactly, and the registry's past changes."""

from __future__ import annotations

import numba
import numpy as np
import pandas as pd

from deserts.access.closures import Closure, compare
from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints

__all__ = ["expected_minutes", "leaving_probability", "nearest_lost"]


def leaving_probability(specialists: pd.DataFrame, *, default: float, own: pd.DataFrame | None = None) -> pd.Series:
    """Return the probability that each clinician stops, by NPI.

    Parameters
    ----------
    specialists
        Clinicians (``npi, p_active``). Someone who may have stopped already has stopped with ``1 - p_active``.
    default
        Probability to stop within the horizon (``retirement.leave_share`` of the profile).
    own
        A user's own table ``npi, p_leaves``, which goes before the default.
    """
    leaves: pd.Series = pd.Series(default, index=specialists["npi"], dtype=np.float64)
    if own is not None:
        leaves.update(own.drop_duplicates("npi").set_index("npi")["p_leaves"])
    active = specialists.set_index("npi")["p_active"].fillna(1.0)
    stays: pd.Series = active * (1.0 - leaves)
    return stays.rsub(1.0)


def expected_minutes(
    pairs: PairTable, clinician: Ints, p_leaves: Floats, *, time_limit_min: float
) -> tuple[Floats, Floats]:
    """Return the expected minutes to the nearest clinician who stays, and the probability that none does.

    Exact for clinicians who leave independently of one another; someone with several sites leaves all of them. The
    part of the probability with nobody left counts at the limit, so the expectation is then a lower bound.

    Parameters
    ----------
    pairs
        Drive times within the limit.
    clinician
        Number of the clinician of each site, 0 upwards.
    p_leaves
        Probability that each clinician leaves.
    """
    minutes, nobody = _expected(pairs.indptr, pairs.site, pairs.drive_min, clinician, p_leaves, time_limit_min)
    return minutes, nobody


def nearest_lost(pairs: PairTable, population: Floats, *, before: Bools, after: Bools) -> tuple[Closure, float]:
    """Compare the registries of two years: who lost their nearest site.

    Parameters
    ----------
    before, after
        Whether each site was on the registry in the earlier and in the later year. Newcomers count in the later one.

    Returns
    -------
    Minutes to the nearest site in either year, and the number of people whose nearest site of the earlier year left.
    """
    change = compare(pairs.select(sites=before), pairs.select(sites=after))
    lost = np.append(~after, False)[change.before_site]
    return change, float(population[lost].sum())


@numba.njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def _expected(
    indptr: Ints,
    site: Ints,
    drive_min: Floats,
    clinician: Ints,
    p_leaves: Floats,
    time_limit_min: float,
) -> tuple[Floats, Floats]:
    n_points = indptr.size - 1
    expected = np.empty(n_points)
    nobody = np.empty(n_points)
    seen_by = np.full(p_leaves.size, -1, dtype=np.int64)
    for row in range(n_points):
        all_left, summed = 1.0, 0.0
        for pair in range(indptr[row], indptr[row + 1]):
            who = clinician[site[pair]]
            if seen_by[who] == row:
                continue
            seen_by[who] = row
            summed += all_left * (1.0 - p_leaves[who]) * drive_min[pair]
            all_left *= p_leaves[who]
            if all_left < 1e-15:
                break
        expected[row] = summed + all_left * time_limit_min
        nobody[row] = all_left
    return expected, nobody
