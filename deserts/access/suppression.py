"""Small counts of patients that a user supplied: none of 1 to 10 is shown, nor derivable by subtraction.

The rule is that of CMS for research files (ResDAC, 2024-01-26): zero may be shown, 1 to 10 may not, and what would
give a hidden count away by subtraction is hidden too.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from deserts.arrays import Bools, Floats
from deserts.errors import InputError

__all__ = ["SMALLEST_SHOWN", "suppress_counts"]

SMALLEST_SHOWN = 11


def suppress_counts(counts: pd.Series, *, within: pd.Series) -> pd.DataFrame:
    """Hide small counts, and as many more as it takes that no total gives them away.

    Which of the hidden counts are small is not said: that alone would narrow each of them down.

    Parameters
    ----------
    counts
        Patients of each row, whole numbers.
    within
        Group of each row whose total may also be published (for example the state), same index.

    Returns
    -------
    Same index: ``count`` (null where hidden), ``count_status`` (``shown`` or ``suppressed``), ``group_total_shown``
    (False where even the group's total would give a count away).

    Raises
    ------
    InputError
        If a count is missing, negative or no whole number.
    """
    values = counts.to_numpy(dtype=np.float64)
    if not (np.isfinite(values) & (values >= 0) & (values == np.floor(values))).all():
        raise InputError("counts of patients must be whole numbers of 0 or more", expected="one count a row")
    group, names = pd.factorize(within, sort=True)
    hidden = np.zeros(len(values), dtype=bool)
    total_shown = np.ones(len(values), dtype=bool)
    for number in range(len(names)):
        rows = np.flatnonzero(group == number)
        hidden[rows], total_shown[rows] = _hide(values[rows])
    return pd.DataFrame(
        {
            "count": np.where(hidden, np.nan, values),
            "count_status": np.where(hidden, "suppressed", "shown"),
            "group_total_shown": total_shown,
        },
        index=counts.index,
    )


def _hide(values: Floats) -> tuple[Bools, bool]:
    """Choose the rows of one group to hide; say whether the group's total may then be shown.

    Hidden are all counts of 1 to 10 and then further ones, smallest first and equal ones together (else their order
    would tell them apart), until the hidden sum leaves room for each hidden count to be 11 or more.
    """
    hidden = (values > 0) & (values < SMALLEST_SHOWN)
    if not hidden.any():
        return hidden, True
    further = np.unique(values[values >= SMALLEST_SHOWN])
    while not _is_open(values[hidden]):
        if not further.size:
            return hidden, False
        hidden |= values == further[0]
        further = further[1:]
    return hidden, True


def _is_open(hidden: Floats) -> bool:
    """Say whether each hidden count, being at least 1, may be anything from 1 to 11 as far as their sum tells."""
    return hidden.size >= 2 and hidden.sum() - (hidden.size - 1) >= SMALLEST_SHOWN
