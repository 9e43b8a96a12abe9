"""Small counts of patients that a user supplied: none of 1 to 10 is shown, nor derivable by subtraction.

The rule is that of CMS for research files (ResDAC, 2024-01-26): zero may be shown, 1 to 10 may not, and what would
give a hidden count away by subtraction is hidden too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.access.arrays import BoolArray
from deserts.errors import InputError

__all__ = ["SMALLEST_SHOWN", "suppress_counts"]

SMALLEST_SHOWN = 11


def suppress_counts(counts: pd.Series, *, within: pd.Series) -> pd.DataFrame:
    """Hide small counts, and as many more as it takes that no total gives them away.

    Parameters
    ----------
    counts
        Patients of each row, whole numbers.
    within
        Group of each row whose total may also be published (for example the state), same index.

    Returns
    -------
    Same index: ``count`` (null where hidden), ``count_status`` (``shown``, ``suppressed``, ``suppressed_complement``),
    ``group_total_shown`` (False where even the group's total would give a count away).

    Raises
    ------
    InputError
        If a count is missing, negative or no whole number.
    """
    values = counts.to_numpy(dtype=np.float64)
    if not (np.isfinite(values) & (values >= 0) & (values == np.floor(values))).all():
        raise InputError("counts of patients must be whole numbers of 0 or more", expected="one count a row")
    small = (values > 0) & (values < SMALLEST_SHOWN)
    group, names = pd.factorize(within, sort=True)
    complement = np.zeros(len(values), dtype=bool)
    total_shown = np.ones(len(values), dtype=bool)
    for number in range(len(names)):
        rows = np.flatnonzero(group == number)
        hidden, safe = _complement(values[rows], small[rows])
        complement[rows] = hidden
        total_shown[rows] = safe
    shown = ~(small | complement)
    status = np.select([small, complement], ["suppressed", "suppressed_complement"], "shown")
    return pd.DataFrame(
        {"count": np.where(shown, values, np.nan), "count_status": status, "group_total_shown": total_shown},
        index=counts.index,
    )


def _complement(values: np.ndarray, small: BoolArray) -> tuple[BoolArray, bool]:
    """Choose further rows to hide, smallest first, until at least two rows and 11 patients are hidden together.

    Returns the choice and whether the group's total may be shown.
    """
    hidden = np.zeros(values.size, dtype=bool)
    if not small.any():
        return hidden, True
    candidates = np.flatnonzero(~small & (values > 0))
    queue = list(candidates[np.argsort(values[candidates], kind="stable")])
    while (small | hidden).sum() < 2 or values[small | hidden].sum() < SMALLEST_SHOWN:
        if not queue:
            return hidden, False
        hidden[queue.pop(0)] = True
    return hidden, True
