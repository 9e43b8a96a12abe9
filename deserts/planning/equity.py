"""Those who drive far today weigh more.

With a power ``e`` of at least 1, everybody counts with ``t ** (e - 1)`` times the weight, where ``t`` are minutes of
driving: ``e = 1`` is plain, with ``e = 2`` twice the drive is twice the weight. In the p-median ``t`` are the minutes
that the plan leaves (``sum w * t ** e``). Covering has no such minutes, so there ``t`` is today's drive to the nearest
existing site, divided by its people-weighted mean: ``w * (t / mean) ** (e - 1)``. LSCP, p-center and the smallest
backup plan serve everyone whatever they weigh: there the option has no meaning and is refused.

References
----------
Marsh, M. T. & Schilling, D. A. (1994). Equity measurement in facility location analysis: a review and framework.
European Journal of Operational Research 74(1), 1-17. doi:10.1016/0377-2217(94)90200-3
"""

from __future__ import annotations

import dataclasses

import numpy as np

from deserts.errors import InputError
from deserts.planning.instance import Instance

__all__ = ["weighted_by_today"]


def weighted_by_today(instance: Instance, power: float) -> Instance:
    """Return the problem with people who drive far today weighing more, as a covering problem needs it.

    Parameters
    ----------
    instance
        The problem, with existing sites; people without any in reach count at its limit.
    power
        1 leaves the problem as it is.

    Raises
    ------
    InputError
        If there is no drive of today to weigh by.
    """
    if power == 1:
        return instance
    if not instance.is_fixed.any():
        raise InputError(
            "there is no drive of today to weigh people by: no site exists yet",
            where="--equity",
            expected="existing sites (--fixed or --fixed-column)",
            fix="name existing sites, or choose pmedian, which weighs by the drives that the plan leaves",
        )
    today = instance.nearest_min(instance.is_fixed)
    if instance.limit_min is not None:
        today = np.minimum(today, instance.limit_min)
    elif not np.isfinite(today).all():
        raise InputError(
            f"{int((~np.isfinite(today)).sum())} points have no existing site that they can drive to today",
            where="--equity",
            expected="minutes at which they count",
            fix="give --limit, for example --limit 480",
        )
    people = float(instance.weight.sum())
    mean = float(instance.weight @ today) / people if people else 0.0
    if mean == 0:
        return instance
    return dataclasses.replace(instance, weight=instance.weight * (today / mean) ** (power - 1))
