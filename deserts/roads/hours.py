"""What the hour does to a drive: factors by hour and density that a user brings; none ships with this program.

A factor multiplies the minutes of an average daytime drive. Every row names the source that its user takes it from.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from deserts.arrays import Bools, Floats, Ints
from deserts.errors import InputError
from deserts.roads.clock import DAY_MINUTES, read_hour
from deserts.roads.speeds import RoadKind, load_speeds
from deserts.roads.urbanity import Density
from deserts.user_csv import read_user_csv

if TYPE_CHECKING:
    from deserts.roads.network import Network
    from deserts.roads.snapping import Snaps

__all__ = ["HourFactors", "people_about", "read_hour_factors"]

_MOST_PEOPLE_KM2 = 1e6
_FACTORS = (0.2, 5.0)
"""A factor outside is a slip: minutes for a factor, or percent."""
_STEPS = 255


@dataclass(frozen=True, slots=True)
class HourFactors:
    """Rows of a user's table, one array a column.

    Parameters
    ----------
    start, end
        From which to before which hour of arrival a row holds (minutes after midnight).
    least_people, most_people
        From how many to below how many people per square kilometre.
    low, high
        Between how many thousandths of an average daytime drive.
    source
        Where a row comes from, in its user's words.
    """

    start: Ints
    end: Ints
    least_people: Floats
    most_people: Floats
    low: Ints
    high: Ints
    source: tuple[str, ...]

    def at(self, minute: int, least_people: Floats, most_people: Floats) -> tuple[Ints, Ints, Bools]:
        """Return the lowest and highest factor of rows that may hold, and which rows these are.

        Parameters
        ----------
        minute
            The hour of arrival (minutes after midnight).
        least_people, most_people
            Between how many people per square kilometre live about each of some places; not a number where unknown.

        Returns
        -------
        low, high : thousandths, ``(places,)``; 0 where no row holds
        used : ``(places, rows)``
        """
        hour = (self.start <= minute) & (minute < self.end)
        with np.errstate(invalid="ignore"):
            used = hour & (self.least_people <= most_people[:, None]) & (self.most_people > least_people[:, None])
        low = np.where(used, self.low, np.iinfo(np.int64).max).min(axis=1, initial=np.iinfo(np.int64).max)
        high = np.where(used, self.high, 0).max(axis=1, initial=0)
        return np.where(used.any(axis=1), low, 0), high, used

    def of_drives(self, network: Network, start: Snaps, end: Snaps, minute: int) -> tuple[Ints, Ints, tuple[str, ...]]:
        """Return the lowest and highest factor of each drive, of its two ends whichever is further out; and sources.

        Parameters
        ----------
        start, end
            Both ends of each drive.
        minute
            The hour of arrival (minutes after midnight).

        Returns
        -------
        low, high : thousandths, ``(drives,)``; 0 where the table has no row for one of the ends
        sources : of the rows that were used, in the order of the table
        """
        (low, high, used), (other_low, other_high, others) = (
            self.at(minute, *people_about(network, place)) for place in (start, end)
        )
        known = (low > 0) & (other_low > 0)
        rows = np.flatnonzero((used | others)[known].any(axis=0))
        sources = dict.fromkeys(self.source[row] for row in rows.tolist())
        return (
            np.where(known, np.minimum(low, other_low), 0),
            np.where(known, np.maximum(high, other_high), 0),
            tuple(sources),
        )


def people_about(network: Network, places: Snaps) -> tuple[Floats, Floats]:
    """Return between how many people per square kilometre live about each place, as far as a network keeps that.

    A network keeps how built-up its surroundings are between two ends of a scale: beyond an end it is not known how
    far, and where it knows nothing anything may be. Not a number where a place lies on no road.
    """
    scale = load_speeds().kinds[RoadKind(network.meta["kind"])].scale
    rural, urban = network.meta.get("people_km2", (scale.rural, scale.urban))
    edge = places.edge[:, 0]
    step = network.edge_urbanity[np.maximum(edge, 0)].astype(np.float64)
    least, most = (rural * (urban / rural) ** ((step + half) / _STEPS) for half in (-0.5, 0.5))
    unknown, nowhere = network.meta["density"] == Density.UNKNOWN, edge < 0
    least, most = np.where(unknown | (step == 0), 0.0, least), np.where(unknown | (step == _STEPS), np.inf, most)
    return np.where(nowhere, np.nan, least), np.where(nowhere, np.nan, most)


def read_hour_factors(path: Path) -> HourFactors:
    """Read a user's table ``arrive_from,arrive_to,people_km2_from,people_km2_to,factor_low,factor_high,source``.

    Raises
    ------
    MissingDataError
        If the file is not there.
    InputError
        If a column or source is missing, a value cannot be used, a range is empty, or two rows hold for one hour and
        density; rows count from 2, the header being row 1.
    """
    people = dict.fromkeys(("people_km2_from", "people_km2_to"), (0.0, _MOST_PEOPLE_KM2))
    factors = dict.fromkeys(("factor_low", "factor_high"), _FACTORS)
    frame = read_user_csv(path, text=["arrive_from", "arrive_to", "source"], numbers={**people, **factors})
    hours = {name: _hours(path, frame[name]) for name in ("arrive_from", "arrive_to")}
    low, high = (np.rint(frame[name].to_numpy() * 1000).astype(np.int64) for name in factors)
    found = HourFactors(
        start=hours["arrive_from"],
        end=hours["arrive_to"],
        least_people=frame["people_km2_from"].to_numpy(),
        most_people=frame["people_km2_to"].to_numpy(),
        low=low,
        high=high,
        source=tuple(_shown(text) for text in frame["source"]),
    )
    for first, second, least, most, may_equal in (
        ("arrive_from", "arrive_to", found.start, found.end, False),
        ("people_km2_from", "people_km2_to", found.least_people, found.most_people, False),
        ("factor_low", "factor_high", found.low, found.high, True),
    ):
        wrong = np.flatnonzero(~((least <= most) if may_equal else (least < most)))
        if wrong.size:
            what = f"{second} is {'below' if may_equal else 'not above'} {first}"
            raise InputError(what, where=f"{path}, row {wrong[0] + 2}, column {second}", fix="correct this row")
    _refuse_overlaps(path, found)
    return found


def _hours(path: Path, column: pd.Series) -> Ints:
    """Return a column of hours as minutes after midnight; the last one is 24:00."""
    return np.array(
        [
            read_hour(text, where=f"{path}, row {row}, column {column.name}", last=DAY_MINUTES)
            for row, text in enumerate(column, start=2)
        ],
        dtype=np.int64,
    )


def _shown(text: str) -> str:
    """Return a source in one line, without what could steer a terminal."""
    return "".join(letter for letter in " ".join(text.split()) if letter.isprintable())


def _refuse_overlaps(path: Path, table: HourFactors) -> None:
    for row in range(len(table.source)):
        both = (table.start[:row] < table.end[row]) & (table.end[:row] > table.start[row])
        both &= (table.least_people[:row] < table.most_people[row]) & (
            table.most_people[:row] > table.least_people[row]
        )
        if both.any():
            raise InputError(
                f"rows {np.flatnonzero(both)[0] + 2} and {row + 2} both hold for one hour and density", where=path,
                expected="ranges that do not overlap; each holds from its start to before its end",
            )  # fmt: skip
