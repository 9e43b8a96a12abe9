"""Minutes of places where nobody's minutes were compared, as a map's boxes say them: with their band."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from deserts.arrays import Bools
from deserts.patients.words import phrases
from deserts.rules.minutes import TICKS_A_MINUTE, give_min
from deserts.tables.drives import minutes_words

if TYPE_CHECKING:
    import pandas as pd

    from deserts.store import Store

__all__ = ["NOTHING_UNCHECKED", "NOT_CHECKED", "Unchecked", "never_compared"]

NOT_CHECKED = phrases()["note.not_checked"]
"""What is said once beside such minutes."""


def never_compared(store: Store, points: pd.DataFrame) -> Bools:
    """Return at which demand points (``lon``, ``lat``) minutes were never compared; at none without roads."""
    from deserts.roads import Network
    from deserts.roads.checked import unchecked

    if not store.has_network():
        return np.zeros(len(points), dtype=bool)
    network = Network.load(store.find_network(), mmap=True)
    lon, lat = (points[name].to_numpy(dtype=float) for name in ("lon", "lat"))
    return np.asarray(unchecked(network, lon, lat), dtype=bool)


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Counties of which some residents live where minutes were never compared, and the network's numbers of doubt."""

    counties: frozenset[str]
    doubts: Mapping[str, Any] | None

    @classmethod
    def of(cls, store: Store, points: pd.DataFrame) -> Unchecked:
        """Take the counties of some points (``county_fips``, ``unchecked``)."""
        from deserts.roads import Network

        counties = frozenset(points.loc[points["unchecked"], "county_fips"].astype(str))
        doubts = Network.load(store.find_network(), mmap=True).meta["doubts"] if store.has_network() else None
        return cls(counties, doubts)

    def words(self, minutes: float) -> str:
        """Return minutes of such a place; of a middle resident the band is that of a drive to a site that is known."""
        whole = round(minutes)
        doubt = {"site_min": 0, "unchecked": 1, "legs": [0, 0]}
        doubts = None if self.doubts is None else dict(self.doubts)
        return minutes_words(whole, give_min(whole * TICKS_A_MINUTE, doubt, doubts))

    def every_minute(self, limit_min: float) -> list[str]:
        """Return the words of all whole minutes up to the limit, for a page; none where all was compared."""
        return [self.words(minutes) for minutes in range(round(limit_min) + 1)] if self.counties else []


NOTHING_UNCHECKED = Unchecked(frozenset(), None)
"""For numbers that do not come from drives over a network."""
