"""Margins of error of sums and shares of survey counts, as the Census Bureau's handbook has users reckon them.

Half widths of 90 % intervals. A margin that is not known makes an unknown one, never a zero.

References
----------
US Census Bureau 2020, Understanding and Using American Community Survey Data, chapter 8: calculating measures of error
for derived estimates.
"""

from __future__ import annotations

import numpy as np

from deserts.arrays import Floats

__all__ = ["share_margin", "sum_margin"]


def sum_margin(estimates: Floats, margins: Floats) -> Floats:
    """Return the margin of the sum over the last axis: the root of the summed squares.

    Of cells whose estimate is zero only the largest margin counts: their errors are not independent, and many empty
    cells would otherwise make a sum look far less sure than it is.
    """
    empty = estimates == 0
    squares = np.where(empty, 0.0, margins**2).sum(axis=-1)
    unknown = np.isnan(margins).any(axis=-1) | np.isnan(estimates).any(axis=-1)
    largest = np.where(empty & ~np.isnan(margins), margins, 0.0).max(axis=-1, initial=0.0)
    return np.where(unknown, np.nan, np.sqrt(squares + largest**2))


def share_margin(part: Floats, part_margin: Floats, whole: Floats, whole_margin: Floats) -> Floats:
    """Return the margin of part over whole; null where the whole is zero.

    Of a part that is inside its whole: root(m² - p² M²) / W. Where that root is of less than nothing the handbook
    takes the formula of a ratio: root(m² + p² M²) / W.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(whole > 0, part / whole, np.nan)
        inside = part_margin**2 - (share * whole_margin) ** 2
        ratio = part_margin**2 + (share * whole_margin) ** 2
        margin: Floats = np.where(whole > 0, np.sqrt(np.where(inside >= 0, inside, ratio)) / whole, np.nan)
    return margin
