"""What makes the minutes of a drive doubtful and what it hangs on, as the rules take it (`deserts.rules.minutes`)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from deserts.arrays import Floats
from deserts.patients.search.backup_data import SITE_ERROR_MIN, BackupData
from deserts.patients.words import phrases
from deserts.rules import minutes
from deserts.rules.minutes import TICKS_A_MINUTE

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = [
    "Doubt", "band_numbers", "doubt_columns", "doubts_of", "notes_of", "place_doubts", "plus_minus", "site_minutes",
    "without_seasonal",
]  # fmt: skip

Doubt = dict[str, Any]
"""Of one drive: ``site_min, unchecked, legs, without``; see `deserts.rules.minutes.drive_notes`."""


def band_numbers(data: BackupData) -> dict[str, Any] | None:
    """Return the network's numbers of doubt; None for tables without roads."""
    return None if data.network is None else dict(data.network.meta["doubts"])


def site_minutes(precision: object) -> int:
    """Return how many minutes not knowing a site better can make."""
    return SITE_ERROR_MIN.get(str(precision), 0)


def place_doubts(places: Snaps, data: BackupData) -> tuple[list[int], list[int]]:
    """Return whether minutes were never compared at each place (1), and its leg to the roads where it is a long one.

    Legs are in metres, 0 for those that are not long.
    """
    from deserts.roads.checked import long_legs, unchecked

    legs = np.where(long_legs(data.network, places), np.nan_to_num(places.snap_km) * 1000, 0.0)
    return unchecked(data.network, places.lon, places.lat).astype(int).tolist(), np.rint(legs).astype(int).tolist()


def doubt_columns(ends: Snaps, precisions: Iterable[object], data: BackupData) -> dict[str, list[int]]:
    """Return what a page needs of many ends to reckon doubts itself, one list a column."""
    never, legs = place_doubts(ends, data)
    return {"site_min": [site_minutes(known) for known in precisions], "unchecked": never, "leg_m": legs}


def without_seasonal(start: Snaps, ends: Snaps, drive_min: Floats, data: BackupData) -> list[list[list[Any]]]:
    """Return for each end the kinds of seasonal road that its drive hangs on, with the ticks without these.

    Parameters
    ----------
    start, ends
        The patient's place, and the others.
    drive_min
        Minutes to each end, not a number where there are none.
    data
        Gives the network.
    """
    found: list[list[list[Any]]] = [[] for _ in range(len(drive_min))]
    if not len(drive_min):
        return found
    from deserts.roads import times_from_point
    from deserts.roads.seasonal import hangs_on
    from deserts.roads.seasonal import without_seasonal as networks_without

    for kind, network in networks_without(data.network).items():
        then = times_from_point(network, start, ends)[0]
        for place in np.flatnonzero(hangs_on(drive_min, then)).tolist():
            found[place].append([kind, -1 if np.isnan(then[place]) else round(float(then[place]) * TICKS_A_MINUTE)])
    return found


def doubts_of(start: Snaps, ends: Snaps, drive_min: Floats, data: BackupData) -> tuple[Doubt, ...]:
    """Return what is doubtful of the drives from one place to others, but for how well their sites are known."""
    if data.network is None:
        return tuple({"site_min": 0, "unchecked": 0, "legs": [0, 0], "without": []} for _ in drive_min)
    (never_here,), (leg_here,) = place_doubts(start, data)
    never, legs = place_doubts(ends, data)
    without = without_seasonal(start, ends, drive_min, data)
    return tuple(
        {"site_min": 0, "unchecked": never_here | never[i], "legs": [leg_here, legs[i]], "without": without[i]}
        for i in range(len(never))
    )


def plus_minus(drive_min: float, precision: object, doubt: Doubt, data: BackupData) -> int:
    """Return how many minutes a drive may be off, to a site that is known so precisely."""
    ticks = -1 if np.isnan(drive_min) else round(float(drive_min) * TICKS_A_MINUTE)
    return minutes.give_min(ticks, {**doubt, "site_min": site_minutes(precision)}, band_numbers(data))


def notes_of(doubt: Doubt) -> tuple[str, ...]:
    """Return what must be known of a drive beside its minutes, in words."""
    return tuple(minutes.drive_notes(doubt, dict(phrases())))
