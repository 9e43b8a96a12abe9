"""The desert class of an area: where most of its residents live, in words and as a rank."""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import PointMeasures, weighted_mean
from deserts.arrays import Ints
from deserts.services import Service
from deserts.tables import Status

__all__ = ["desert_classes"]


def desert_classes(
    table: pd.DataFrame,
    points: PointMeasures,
    area: Ints,
    *,
    service: Service,
    grade: str,
    time_limit_min: float,
    any_site: bool,
) -> pd.DataFrame:
    """Return ``desert_class`` (plain words) and ``desert_rank`` (0 best to 4 worst) of each row of ``table``.

    A class says where most residents live (``desert.majority_share``), never whether the area holds a clinic.
    """
    majority = service.number("desert.majority_share")
    near, moderate, severe = (service.number(f"desert.{name}_min") for name in ("near", "moderate", "severe"))
    nearest = points.reach.site_min[:, 0]
    beyond = {
        limit: weighted_mean((nearest > limit).astype(np.float64), points.population, area, len(table))
        for limit in (near, moderate, severe)
    }
    nowhere = table["beyond_limit_share"] + table["unreachable_share"]
    whom = _whom(service, grade)
    ladder = [
        (table["status"] == Status.NO_POPULATION, 0, "no residents counted"),
        (
            pd.Series(not any_site, index=table.index),
            4,
            f"{service.words.get('none_at_grade', 'none found at this grade')} ({grade})",
        ),
        (nowhere > majority, 4, f"most residents have no drive of {time_limit_min:g} minutes or less to {whom}"),
        (beyond[severe] > majority, 3, f"most residents live over {severe:g} minutes from {whom}"),
        (beyond[moderate] > majority, 2, f"most residents live over {moderate:g} minutes from {whom}"),
        (beyond[near] > majority, 1, f"most residents live over {near:g} minutes from {whom}"),
    ]
    conditions = [np.asarray(condition, dtype=bool) for condition, _, _ in ladder]
    within = f"at least half of the residents live within {near:g} minutes of {whom}"
    if majority != 0.5:
        within = f"no majority of {majority:.0%} lives over {near:g} minutes from {whom}"
    return pd.DataFrame(
        {
            "desert_class": pd.Series(
                np.select(conditions, [words for _, _, words in ladder], default=within), index=table.index, dtype="str"
            ),
            "desert_rank": np.select(conditions, [rank for _, rank, _ in ladder], default=0).astype(np.int64),
        },
        index=table.index,
    )


def _whom(service: Service, grade: str) -> str:
    """Name the nearest clinician without claiming more than the grade proves."""
    if service.rank(grade) <= service.rank(service.default_grade):
        return f"the nearest clinician found who {service.does}"
    return f"the nearest clinician found at grade {grade}"
