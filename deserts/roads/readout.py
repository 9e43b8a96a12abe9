"""From total costs to what a user reads: minutes, kilometres and why a value is missing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from deserts.roads.costs import cost_to_km, cost_to_minutes, limit_cost
from deserts.roads.snapping import Snaps
from deserts.tables import Status

__all__ = ["read_out"]


def read_out(
    origins: Snaps, destinations: Snaps, total: NDArray[np.int64], reached: NDArray[np.bool_], limit: np.int64
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.object_]]:
    """Turn total costs into minutes, kilometres and status, pair by pair."""
    within = reached & (total <= limit)
    snapped = origins.snapped & destinations.snapped
    # without a limit what was not reached has no road, whatever was said of the parts before roads were shut
    connected = (origins.component_id == destinations.component_id) & (limit < limit_cost(None))
    status = np.full(total.size, str(Status.UNREACHABLE), dtype=object)
    status[connected | reached] = str(Status.BEYOND_LIMIT)
    status[within] = str(Status.OK)
    status[~snapped] = str(Status.UNSNAPPED)
    minutes = np.where(within, cost_to_minutes(total), np.nan)
    return minutes, np.where(within, cost_to_km(total), np.nan), status
