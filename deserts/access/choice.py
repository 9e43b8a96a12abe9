"""Minutes under choice: what a refill costs when not everybody takes the nearest practice.

Of Medicare patients who saw a neurologist in 2018 one in three passed the nearest by at 20 miles or more (Lin et al.,
Neurology 2023). So a share (``choice.nearest_share``) goes to the nearest practice and the others spread evenly over
the next ones, up to ``choice.practices`` in all. Whoever reaches fewer chooses among those; one practice is no choice.
"""

from __future__ import annotations

import numpy as np

from deserts.access.kernels import rank_practices
from deserts.access.pairs import PairTable
from deserts.arrays import Bools, Floats, Ints

__all__ = ["chosen_minutes"]


def chosen_minutes(pairs: PairTable, practice: Ints, *, nearest_share: float, practices: int) -> tuple[Floats, Bools]:
    """Return expected minutes, one way, of each point, and whether it has a choice.

    Parameters
    ----------
    pairs
        Drives within the limit, nearest first.
    practice
        Number of the practice of each site.
    nearest_share
        Share (0 to 1) that takes the nearest.
    practices
        How many practices people choose among, at least 1.

    Returns
    -------
    Minutes ``(points,)``, infinite where none is reached; whether two or more are reached.
    """
    ranked = rank_practices(pairs.indptr, pairs.site, practice, practices)
    reached = ranked >= 0
    others = reached[:, 1:].sum(axis=1)
    weight = np.where(reached, (1.0 - nearest_share) / np.maximum(others, 1)[:, None], 0.0)
    weight[:, 0] = np.where(others > 0, nearest_share, 1.0)
    minutes = np.where(reached, pairs.minutes_at(ranked), 0.0)
    expected = (weight * minutes).sum(axis=1)
    return np.where(reached[:, 0], expected, np.inf), others > 0
