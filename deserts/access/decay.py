"""Distance decay: the weight of a drive of so many minutes, 1 next door, 0 past the catchment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from deserts.arrays import Floats
from deserts.errors import InputError

__all__ = ["DECAYS", "Decay", "parse_zones"]

DECAYS = ("gaussian", "exponential", "power")
"""Shapes that have a bandwidth."""


@dataclass(frozen=True, slots=True)
class Decay:
    """A weight function of minutes.

    Parameters
    ----------
    shape
        ``none``: 1 within the catchment. ``zones``: a step function, closed above. ``gaussian``:
        ``exp(-t² / (2 b²))``. ``exponential``: ``exp(-t / b)``. ``power``: ``max(t, floor) ** -b``.
    bandwidth
        ``b`` of the formula: minutes, or the exponent of ``power``.
    catchment_min
        Minutes beyond which the weight is 0; infinite for no bound.
    zones
        Upper edge (minutes, ascending) and weight of each zone.
    floor_min
        Shortest drive that ``power`` tells apart, since the formula is infinite next door.
    """

    shape: str
    bandwidth: float = 0.0
    catchment_min: float = np.inf
    zones: tuple[tuple[float, float], ...] = ()
    floor_min: float = 1.0

    def __post_init__(self) -> None:
        problems = []
        if self.shape not in ("none", "zones", *DECAYS):
            problems.append(f"there is no decay {self.shape!r}")
        if self.shape in DECAYS and not (np.isfinite(self.bandwidth) and self.bandwidth > 0):
            problems.append(f"a {self.shape} decay needs a bandwidth above 0")
        if not self.catchment_min > 0:
            problems.append("the catchment must be above 0 minutes")
        if self.shape == "power" and not self.floor_min > 0:
            problems.append("the floor must be above 0 minutes")
        edges = [edge for edge, _ in self.zones]
        if self.shape == "zones" and (not edges or not all(low < high for low, high in pairwise([0.0, *edges]))):
            problems.append("zones need ascending upper edges above 0")
        if any(not 0 <= weight <= 1 for _, weight in self.zones):
            problems.append("zone weights must lie between 0 and 1")
        if problems:
            raise InputError("; ".join(problems), expected="for example --zones 30:1,60:0.68,90:0.22")

    @classmethod
    def within(cls, catchment_min: float) -> Decay:
        """Weight 1 up to the catchment, as in 2SFCA."""
        return cls("none", catchment_min=catchment_min)

    @classmethod
    def steps(cls, zones: Sequence[tuple[float, float]], *, catchment_min: float = np.inf) -> Decay:
        """Weights by zone, closed above, as in E2SFCA."""
        return cls("zones", zones=tuple(zones), catchment_min=catchment_min)

    @classmethod
    def gaussian(cls, bandwidth_min: float, *, catchment_min: float = np.inf) -> Decay:
        """Gaussian weights, ``exp(-t² / (2 b²))``."""
        return cls("gaussian", bandwidth_min, catchment_min)

    def weights(self, drive_min: Floats) -> Floats:
        """Return the weight of each drive."""
        if self.shape == "zones":
            edges = np.array([edge for edge, _ in self.zones])
            steps = np.array([weight for _, weight in self.zones] + [0.0])
            weight = steps[np.searchsorted(edges, drive_min, side="left")]
        elif self.shape == "gaussian":
            weight = np.exp(np.square(drive_min) / (-2.0 * self.bandwidth**2))
        elif self.shape == "exponential":
            weight = np.exp(drive_min / -self.bandwidth)
        elif self.shape == "power":
            weight = np.maximum(drive_min, self.floor_min) ** -self.bandwidth
        else:
            weight = np.ones_like(drive_min)
        if np.isfinite(self.catchment_min):
            weight[drive_min > self.catchment_min] = 0.0
        return np.asarray(weight, dtype=np.float64)

    def words(self) -> str:
        """Return the decay in words, for summaries and codebooks."""
        bound = "" if np.isinf(self.catchment_min) else f", catchment {self.catchment_min:g} min"
        if self.shape == "zones":
            steps = ", ".join(f"{weight:g} up to {edge:g} min" for edge, weight in self.zones)
            return f"zones: {steps}{bound}"
        if self.shape == "none":
            return f"weight 1{bound}"
        unit = "" if self.shape == "power" else " min"
        return f"{self.shape}, bandwidth {self.bandwidth:g}{unit}{bound}"


def parse_zones(text: str) -> tuple[tuple[float, float], ...]:
    """Read zones as users type them: ``30:1,60:0.68,90:0.22`` (upper edge in minutes, weight).

    Raises
    ------
    InputError
        If the text is not of that form.
    """
    zones = []
    for part in text.split(","):
        edge, colon, weight = part.partition(":")
        try:
            zones.append((float(edge), float(weight)))
        except ValueError as error:
            raise InputError(
                f"{part.strip() or text!r} is not a zone" + ("" if colon else " (no colon)"),
                where="--zones",
                expected="upper edge in minutes, colon, weight; for example 30:1,60:0.68,90:0.22",
            ) from error
    return tuple(zones)
