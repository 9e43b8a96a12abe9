"""The county score of 0 to 100 and its components.

Every weight and threshold is a number of the service profile, with its reason there.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.areas import PointMeasures, weighted_mean
from deserts.arrays import Floats, Ints
from deserts.services import Service

__all__ = ["COMPONENTS", "combine_components", "point_components", "score_areas"]

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
