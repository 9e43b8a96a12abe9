"""What the team knows beside the public data: what the clinics answered, and who is in which payer's network."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from deserts.specialists.standing import Standings

if TYPE_CHECKING:
    from deserts.roads.hours import HourFactors

__all__ = ["TeamFacts"]

_NO_DAY = dt.date(1, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class TeamFacts:
    """What the team knows.

    Parameters
    ----------
    standings
        What the clinics answered, as of the day of the question.
    networks
        The user's table of payer networks, see `deserts.specialists.payers.read_payer_networks`; None without one.
    hour_factors
        The user's table of what an hour does to a drive, see `deserts.roads.hours`; None without one.
    warnings
        What every answer must say first: calls or networks that could not be read, a clock that is wrong.
    calls_read
        Whether the log was read; where it was not, what it said last still counts.
    """

    standings: Standings = field(default_factory=lambda: Standings(_NO_DAY))
    networks: pd.DataFrame | None = None
    hour_factors: HourFactors | None = None
    warnings: tuple[str, ...] = ()
    calls_read: bool = True

    def last_call_line(self) -> str:
        """Say when the log last had an answer, or that it was not read; this stands on every output."""
        newest = self.standings.last_on
        said = "calls: none logged for this service" if newest is None else f"last call logged on {newest}"
        return " ".join((*self.warnings, said))
