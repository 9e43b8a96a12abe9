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
    key = _spread(lat_e7)
    key <<= np.uint64(1)
    key |= _spread(lon_e7)
    return np.asarray(np.argsort(key, kind="stable"), dtype=np.int64)


def _spread(places: NDArray[np.int32]) -> NDArray[np.uint64]:
    """Count coordinates from the least one there can be, and move their bits apart, a zero between each two."""
    values = (places.view(np.uint32) ^ np.uint32(1 << 31)).astype(np.uint64)
    for shift, mask in (
        (16, 0x0000FFFF0000FFFF),
        (8, 0x00FF00FF00FF00FF),
        (4, 0x0F0F0F0F0F0F0F0F),
        (2, 0x3333333333333333),
        (1, 0x5555555555555555),
    ):
        values |= values << np.uint64(shift)
        values &= np.uint64(mask)
    return values
