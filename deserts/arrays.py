"""Types of arrays, one name for each kind of value, for the whole package."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

__all__ = ["Bools", "Bytes", "Floats", "Ints", "Longs", "Texts"]

Floats: TypeAlias = NDArray[np.float64]
Longs: TypeAlias = NDArray[np.int64]
Ints: TypeAlias = NDArray[Any]
"""Whole numbers of any width: indices are int32 where there are many, int64 elsewhere."""
Bools: TypeAlias = NDArray[np.bool_]
Texts: TypeAlias = NDArray[np.object_]
Bytes: TypeAlias = NDArray[np.uint8]
