"""Driving where the network has no road: to the nearest roads, straight between two near places, inside one place.

A network of highways lacks the local roads, one of streets the driveway. What they take is told from the straight
distance and from how built-up the land is. The numbers stand in `speeds.toml` and are kept with each network.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np

from deserts.arrays import Floats

__all__ = ["LocalRoads"]


@dataclass(frozen=True, slots=True)
class LocalRoads:
    """What local roads take, from how urban the nearest road is.

    Parameters
    ----------
    rural_kmh, urban_kmh
        Speed along the straight line.
    end_rural_min, end_urban_min
        Minutes at each end of a trip: to the car and away from it.
    detour
        Kilometres driven for each along the straight line.
    direct_km
        Longest straight distance between two places that may be driven on local roads alone.
    direct_leg
        By how much each kilometre to the nearest road of the network, at either end, shortens it, kilometres.
    slope, offset
        From the urbanity of a road to that of local roads, which matters from other densities on: both are linear in
        the logarithm of the density.
    """

    rural_kmh: float
    urban_kmh: float
    end_rural_min: float
    end_urban_min: float
    detour: float
    direct_km: float
    direct_leg: float
    slope: float
    offset: float

    @classmethod
    def of(cls, facts: Mapping[str, Any]) -> Self:
        """Read what a network keeps of its speed model (``meta["ends"]``)."""
        return cls(**{field.name: float(facts[field.name]) for field in fields(cls)})

    def minutes_per_km(self, urbanity: Floats) -> Floats:
        """Return minutes for each kilometre of the straight line, from the urbanity of the road next to a place."""
        return 60.0 / self._between(self.rural_kmh, self.urban_kmh, urbanity)

    def end_minutes(self, urbanity: Floats) -> Floats:
        """Return minutes at one end of a trip, from the urbanity of the road next to it."""
        return self._between(self.end_rural_min, self.end_urban_min, urbanity)

    def _between(self, rural: float, urban: float, urbanity: Floats) -> Floats:
        share = np.clip(self.offset + self.slope * urbanity, 0.0, 1.0)
        return np.asarray(rural + (urban - rural) * share, dtype=np.float64)
