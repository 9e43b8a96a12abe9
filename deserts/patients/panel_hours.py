"""The hour of an appointment for a whole panel: what the drive to each backup becomes then, by the team's own table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from deserts.patients.search.at_hour import NO_TABLE, worded
from deserts.roads.clock import hour_text

if TYPE_CHECKING:
    from deserts.roads import Network, Snaps
    from deserts.roads.hours import HourFactors

__all__ = ["PanelHour"]

_OF_A_BACKUP = ("hour_least_min", "hour_most_min", "at_hour")


@dataclass(frozen=True, slots=True)
class PanelHour:
    """An hour that all patients of a panel are asked for.

    Parameters
    ----------
    minute
        The hour (minutes after midnight).
    factors
        The team's table; None without one.
    """

    minute: int
    factors: HourFactors | None

    @staticmethod
    def columns(backups: int) -> list[str]:
        """Return the names of the columns for so many backups."""
        of_each = [f"backup_{number}_{part}" for number in range(1, backups + 1) for part in _OF_A_BACKUP]
        return ["arrive", "hour_source", *of_each]

    def row(self, network: Network, start: Snaps, ends: Snaps, drives: Sequence[tuple[float, int]]) -> dict[str, Any]:
        """Return the columns of one patient.

        Parameters
        ----------
        network
            The roads.
        start, ends
            The patient's place on them, and the backups' in their order.
        drives
            Minutes to each backup, and how far off these may be.
        """
        found: dict[str, Any] = {"arrive": hour_text(self.minute)}
        if self.factors is None:
            return {**found, "hour_source": NO_TABLE}
        starts = start[np.zeros(len(drives), dtype=np.int64)]
        low, high, sources = self.factors.of_drives(network, starts, ends, self.minute)
        for number, (drive, least, most) in enumerate(zip(drives, low.tolist(), high.tolist(), strict=True), start=1):
            told = worded(*drive, least, most)
            found |= {f"backup_{number}_{part}": value for part, value in zip(_OF_A_BACKUP, told, strict=True)}
        return {**found, "hour_source": "; ".join(sources)}
