"""Hospitals that supply without a named clinician, loaded once for any number of questions."""

from __future__ import annotations

import functools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from deserts.tables import empty

if TYPE_CHECKING:
    from deserts.roads import Snaps
    from deserts.store import Store

__all__ = ["PumpPlaces"]


@dataclass(frozen=True, eq=False)
class PumpPlaces:
    """Hospitals with payments for the service in a price file of their own, in ``place_id`` order.

    Parameters
    ----------
    frame
        Rows of ``hospital_places`` that supply, with ``system_id`` (empty where no owner is known).
    ends
        The same rows on the roads, where they are known already.
    """

    frame: pd.DataFrame
    ends: Snaps | None

    @functools.cached_property
    def rows(self) -> tuple[Mapping[Hashable, Any], ...]:
        """The rows of ``frame`` as plain values, taken out once: a table is slow to read row by row."""
        return tuple(self.frame.to_dict("records"))

    @classmethod
    def none(cls) -> PumpPlaces:
        """Return that no price file shows any."""
        return cls(empty("hospital_places").assign(system_id=pd.Series(dtype="str")), None)

    @classmethod
    def load(cls, store: Store) -> PumpPlaces:
        """Read them where the region's tables have them; a run made before there were any has none."""
        if not (store.has("hospital_places") and store.has("hospital_snaps")):
            return cls.none()
        places = store.read("hospital_places")
        snaps = store.read("hospital_snaps").drop(columns=["lon", "lat"])
        joined = places[places["supplies"]].merge(snaps, on="ccn").sort_values("place_id", ignore_index=True)
        if joined.empty:
            return cls.none()
        systems = store.read("hospital_systems") if store.has("hospital_systems") else empty("hospital_systems")
        system = joined["ccn"].map(systems.set_index("ccn")["system_id"]).astype("object").fillna("")
        from deserts.roads import Snaps

        return cls(joined.assign(system_id=system), Snaps.from_frame(joined))
