"""Costs: milliseconds and metres packed into one integer, so that ties in time are won by the shorter way.

A cost is ``milliseconds * 2**24 + metres``. Comparing two costs compares their times, and their lengths where the times
are equal; adding two costs adds both parts. So every search, whatever its engine, finds the same minutes *and* the
same kilometres. Lengths stay below 2**24 m (16,777 km) and times below 2**29 ms (149 hours), hence every sum
is below 2**53: exact as a 64-bit integer and as a double alike.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["CLOSED", "METRE_BITS", "UNREACHED", "cost_of", "cost_to_km", "cost_to_minutes", "limit_cost"]

METRE_BITS = 24
_METRES = (1 << METRE_BITS) - 1
UNREACHED = np.int64(1 << 62)
"""Label of what no search has reached."""

CLOSED = np.int64(1 << 60)
"""Cost of an arc that may not be driven now: above every limit, and small enough to be added to any label."""

_MS_PER_MIN = 60_000


def cost_of(milliseconds: ArrayLike, metres: ArrayLike) -> NDArray[np.int64]:
    """Pack times (ms) and lengths (m), both rounded to whole numbers."""
    time = np.rint(milliseconds).astype(np.int64)
    length = np.rint(metres).astype(np.int64)
    return np.asarray((time << METRE_BITS) | length, dtype=np.int64)


def cost_to_minutes(cost: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return minutes, rounded to 4 decimals."""
    return np.asarray(np.round((np.asarray(cost) >> METRE_BITS) / _MS_PER_MIN, 4), dtype=np.float64)


def cost_to_km(cost: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return kilometres, to the metre."""
    return np.asarray((np.asarray(cost) & _METRES) / 1000.0, dtype=np.float64)


def limit_cost(limit_min: float | None) -> np.int64:
    """Return the largest cost within a time limit (minutes); None means no limit."""
    if limit_min is None:
        return np.int64(CLOSED - 1)
    return np.int64((int(np.floor(limit_min * _MS_PER_MIN)) << METRE_BITS) | _METRES)
