"""The shortest round through a few places.

References
----------
Held, M. & Karp, R. M. (1962). A dynamic programming approach to sequencing problems. Journal of the Society for
Industrial and Applied Mathematics 10(1), 196-210. doi:10.1137/0110015
"""

from __future__ import annotations

import numpy as np

from deserts.arrays import Floats
from deserts.errors import InputError

__all__ = ["MOST_STOPS", "shortest_round"]

MOST_STOPS = 14
"""Stops up to which the round is exact; a van that is to come back within weeks does not make more."""


def shortest_round(minutes: Floats) -> tuple[list[int], float]:
    """Return the order of the places 1 to n that makes the round from 0 and back to 0 shortest, and its minutes.

    Exact (dynamic programming over sets). Between equal rounds the one with the smaller last stop is taken.

    Parameters
    ----------
    minutes
        Driving minutes from row to column, shape (n + 1, n + 1), place 0 being the base; infinite where there is no
        way.

    Raises
    ------
    InputError
        If there are more than `MOST_STOPS` stops, or no round exists.
    """
    n = minutes.shape[0] - 1
    if n > MOST_STOPS:
        raise InputError(f"a round of {n} stops is not planned", expected=f"at most {MOST_STOPS} stops", fix="split it")
    if n == 0:
        return [], 0.0
    best = np.full((1 << n, n), np.inf)
    came = np.full((1 << n, n), -1, dtype=np.int64)
    best[1 << np.arange(n), np.arange(n)] = minutes[0, 1:]
    for visited in range(1, 1 << n):
        for last in range(n):
            if not visited >> last & 1 or not np.isfinite(best[visited, last]):
                continue
            reach = best[visited, last] + minutes[last + 1, 1:]
            for following in range(n):
                if visited >> following & 1:
                    continue
                grown = visited | 1 << following
                if reach[following] < best[grown, following]:
                    best[grown, following], came[grown, following] = reach[following], last
    whole = (1 << n) - 1
    closed = best[whole] + minutes[1:, 0]
    last = int(np.argmin(closed))
    if not np.isfinite(closed[last]):
        raise InputError("there is no round through these stops", fix="drop the stop that no road joins to the others")
    order, visited, stop = [], whole, last
    while stop >= 0:
        order.append(stop + 1)
        stop, visited = int(came[visited, stop]), visited & ~(1 << stop)
    return order[::-1], float(closed[last])
