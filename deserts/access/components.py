"""The county score of 0 to 100, its components, and the desert class in plain words.

Every weight and threshold is a number of the service profile, with its reason there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import PointMeasures, weighted_mean
from deserts.arrays import Floats, Ints
from deserts.services import Service
from deserts.tables import Status

__all__ = ["COMPONENTS", "combine_components", "desert_classes", "point_components", "score_areas"]

COMPONENTS = ("proximity", "choice", "capacity", "resilience")


def point_components(points: PointMeasures, *, service: Service) -> dict[str, Floats]:
    """Return proximity, choice and resilience of each point, 0 to 1.

    Proximity falls in a straight line from 1 at ``desert.near_min`` to 0 at ``score.far_min``. Choice is the number of
    independent practices within ``score.choice_min`` over ``score.choice_target``, at most 1. Resilience falls from 1,
    where losing the nearest practice costs nothing, to 0 where it costs ``score.penalty_min`` minutes or leaves none.
    """
    near, far = service.number("desert.near_min"), service.number("score.far_min")
    first = points.reach.practice_min[:, 0]
    second = points.reach.practice_min[:, 1]
    reached = np.isfinite(second)
    added = np.where(reached, second - np.where(reached, first, 0.0), np.inf)
    within = (points.reach.practice_min <= service.number("score.choice_min")).sum(axis=1)
    return {
        "proximity": np.clip((far - first) / (far - near), 0.0, 1.0),
        "choice": np.minimum(within / service.number("score.choice_target"), 1.0),
        "resilience": np.clip(1.0 - added / service.number("score.penalty_min"), 0.0, 1.0),
    }


def score_areas(
    points: PointMeasures,
    area: Ints,
    n_areas: int,
    *,
    service: Service,
    floating_catchment: Floats | None = None,
) -> pd.DataFrame:
    """Return the columns ``proximity_score`` … ``access_score`` of each area, 0 to 100.

    Parameters
    ----------
    points, area, n_areas
        Measures of the points and their areas.
    service
        Gives weights and thresholds.
    floating_catchment
        Supply per person of each point (E2SFCA), or None where the supply has no known capacity: the capacity
        component is then null and the others share its weight. An area at ``capacity.reference_per_100k`` scores
        50, one at twice that or more 100; a mean of the run itself would move with the run's border.
    """
    parts = {
        name: 100.0 * weighted_mean(value, points.population, area, n_areas)
        for name, value in point_components(points, service=service).items()
    }
    parts["capacity"] = np.full(n_areas, np.nan)
    if floating_catchment is not None:
        reference = service.number("capacity.reference_per_100k") / 1e5
        ratio = weighted_mean(floating_catchment, points.population, area, n_areas) / reference
        parts["capacity"] = 100.0 * np.clip(ratio / 2.0, 0.0, 1.0)
    table = pd.DataFrame({f"{name}_score": parts[name] for name in COMPONENTS})
    weights = {name: service.number(f"score.weight_{name}") for name in COMPONENTS}
    table["access_score"] = combine_components(table, weights)
    return table


def combine_components(table: pd.DataFrame, weights: dict[str, float]) -> pd.Series:
    """Return the weighted mean of the components that are known (0 to 100); null where none is."""
    value = table[[f"{name}_score" for name in COMPONENTS]].to_numpy(dtype=np.float64)
    weight = np.array([weights[name] for name in COMPONENTS]) * np.isfinite(value)
    total = weight.sum(axis=1)
    summed = (np.nan_to_num(value) * weight).sum(axis=1)
    combined = np.divide(summed, total, out=np.full(len(table), np.nan), where=total > 0)
    # Rounding may lift a full score a hair above 100.
    return pd.Series(np.minimum(combined, 100.0), index=table.index)


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
