"""An order of places along a space-filling curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["morton_order"]


def morton_order(lon_e7: NDArray[np.int32], lat_e7: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return the order of places along the Z-order curve, so that neighbours on the ground are neighbours in memory.

    References
    ----------
    Morton, G. M. (1966). A computer oriented geodetic data base and a new technique in file sequencing. IBM.
    """
    x = (lon_e7.astype(np.int64) + (1 << 31)).astype(np.uint64)
    y = (lat_e7.astype(np.int64) + (1 << 31)).astype(np.uint64)
    key = _spread(x) | (_spread(y) << np.uint64(1))
    return np.asarray(np.argsort(key, kind="stable"), dtype=np.int64)


def _spread(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Move the lower 32 bits apart, a zero between each two."""
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        values = (values | (values << np.uint64(shift))) & np.uint64(mask)
    return values
