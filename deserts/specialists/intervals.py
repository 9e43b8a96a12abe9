"""Intervals for shares of small counts.

References
----------
Wilson EB (1927), Journal of the American Statistical Association 22:209-212, doi 10.1080/01621459.1927.10502953
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from deserts.arrays import Floats

__all__ = ["wilson"]

_Z_95 = 1.959963984540054


def wilson(count: npt.ArrayLike, total: npt.ArrayLike, *, z: float = _Z_95) -> tuple[Floats, Floats]:
    """Return the lower and upper end of Wilson's score interval of ``count / total``; null where total is 0.

    Parameters
    ----------
    count, total
        Numbers of hits and of trials, of equal shape.
    z
        Normal quantile; the default gives 95 %.

    Examples
    --------
    >>> low, high = wilson([0], [10])
    >>> float(low[0]), round(float(high[0]), 4)
    (0.0, 0.2775)
    """
    n = np.asarray(total, dtype=np.float64)
    k = np.asarray(count, dtype=np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = k / n
        centre = (p + z * z / (2 * n)) / (1 + z * z / n)
        half = z / (1 + z * z / n) * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = np.where(k == 0, 0.0, centre - half), np.where(k == n, 1.0, centre + half)
    return np.where(n > 0, low, np.nan), np.where(n > 0, high, np.nan)
