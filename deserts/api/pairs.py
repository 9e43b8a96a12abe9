"""Pairs of places on a network: their drives, how far off these may be, and what a season or an hour makes of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from deserts.arrays import Floats

if TYPE_CHECKING:
    from deserts.roads import Network, Snaps
    from deserts.roads.hours import HourFactors

__all__ = ["Pairs"]


@dataclass(frozen=True, slots=True)
class Pairs:
    """The two ends of each drive, put on the roads once for everything that is asked of them.

    Parameters
    ----------
    network
        The roads.
    start, end
        Both ends of each pair on the roads, ``(pairs,)``.
    """

    network: Network
    start: Snaps = field(repr=False)
    end: Snaps = field(repr=False)

    @classmethod
    def between(
        cls, network: Network, starts: tuple[Floats, Floats], ends: tuple[Floats, Floats], *, max_snap_km: float
    ) -> Self:
        """Put starts and ends on the roads; start i goes to end i alone.

        Parameters
        ----------
        network
            The roads.
        starts, ends
            Longitudes and latitudes, degrees.
        max_snap_km
            Longest way to the road, kilometres.
        """
        from deserts.roads import snap

        first, second = (snap(network, lon, lat, max_snap_km=max_snap_km) for lon, lat in (starts, ends))
        return cls(network, first, second)

    def of(self, row: NDArray[np.int64], column: NDArray[np.int64]) -> Self:
        """Return other pairs of the same places: start ``row`` to end ``column``."""
        return type(self)(self.network, self.start[row], self.end[column])

    def drives(
        self, *, max_min: float | None = None, workers: int | None = None, processes: int | None = None,
        scheduler: str | None = None,
    ) -> tuple[Floats, Floats, NDArray[np.object_]]:  # fmt: skip
        """Return minutes, kilometres and status of each pair.

        Parameters
        ----------
        max_min
            Longest drive, minutes.
        workers, processes, scheduler
            Threads, or local Dask processes, or the address of a Dask scheduler.
        """
        from deserts.roads import pair_times

        return pair_times(
            self.network, self.start, self.end, max_min=max_min, max_workers=workers, processes=processes,
            scheduler=scheduler,
        )  # fmt: skip

    def doubts(self, minutes: Floats) -> tuple[Floats, Floats, list[str]]:
        """Return the longer access leg of each drive (km), within how many minutes nine such in ten lie, and why.

        The band is 0 where nothing is in doubt; both are not a number, and why is empty, where there is no drive.

        Parameters
        ----------
        minutes
            The drives, not a number for none.
        """
        from deserts.roads.checked import doubt_shares, doubt_words

        shares, none = doubt_shares(self.network, self.start, self.end, minutes), np.isnan(minutes)
        longer = np.fmax(self.start.snap_km, self.end.snap_km)
        reasons = doubt_words(self.network, self.start, self.end)
        why = ["" if gone else words for gone, words in zip(none, reasons, strict=True)]
        return np.where(none, np.nan, longer), np.where(none, np.nan, minutes * shares / 1000), why

    def closed_season(
        self, minutes: Floats, *, max_min: float | None = None, workers: int | None = None
    ) -> tuple[Floats, NDArray[np.object_]]:
        """Return minutes and status while seasonal roads are closed, as `deserts.roads.seasonal.closed_season` does.

        Parameters
        ----------
        minutes
            The drives, not a number for none.
        max_min, workers
            As `drives` took them.
        """
        from deserts.roads import pair_times
        from deserts.roads.seasonal import all_year, closed_season

        closed_min, status = np.full(len(minutes), np.nan), np.full(len(minutes), "", dtype=object)
        there, then = np.flatnonzero(~np.isnan(minutes)), all_year(self.network)
        if then is None or not there.size:
            return closed_min, status
        found, _, why = pair_times(then, self.start[there], self.end[there], max_min=max_min, max_workers=workers)
        closed_min[there], status[there] = closed_season(minutes[there], found, why)
        return closed_min, status

    def at_hour(
        self, minutes: Floats, give: Floats, *, factors: HourFactors, minute: int
    ) -> tuple[list[list[int] | None], tuple[str, ...]]:
        """Return between how many whole minutes each drive may take at an hour, and the sources that say so.

        None where there is no drive, or no row of the table for its ends at that hour.

        Parameters
        ----------
        minutes, give
            The average daytime drives, and how far off these may be (minutes); not a number for none.
        factors, minute
            A user's table, and the hour of arrival (minutes after midnight).
        """
        from deserts.rules.minutes import TICKS_A_MINUTE, hour_band

        low, high, sources = factors.of_drives(self.network, self.start, self.end, minute)
        known = ~np.isnan(minutes) & (low > 0)
        bands: list[list[int] | None] = [None] * len(minutes)
        for at in np.flatnonzero(known).tolist():
            ticks = round(float(minutes[at]) * TICKS_A_MINUTE)
            bands[at] = hour_band(ticks, round(float(give[at])), int(low[at]), int(high[at]))
        return bands, sources
