"""Read what the team keeps beside the public data, in time: an answer comes even when some of it cannot be read."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pandas as pd

from deserts.config import Settings
from deserts.errors import DesertsError
from deserts.patients.search.team import TeamFacts
from deserts.services.profile import Service
from deserts.specialists.payers import read_payer_networks
from deserts.specialists.standing import Standings

if TYPE_CHECKING:
    from deserts.roads.hours import HourFactors

__all__ = ["HOUR_FACTORS_FILE", "load_team_facts"]

HOUR_FACTORS_FILE = "hour_factors.csv"
"""The user's table of what an hour does to a drive, in the folder of their own tables."""


def load_team_facts(settings: Settings, service: Service, *, today: dt.date, data_on: str | None) -> TeamFacts:
    """Read the team's own tables from ``settings.local_dir``; what is not there is empty.

    What is there and cannot be read makes a warning that every answer begins with; nothing is raised for it.

    Parameters
    ----------
    settings
        Gives the folder.
    service
        Only answers about this service count.
    today
        Answers after this day are passed over.
    data_on
        Day of the public data, ISO, if it is known: a computer that believes to live before it has a wrong clock.
    """
    rows, warnings, were_read = _calls(settings, service)
    networks, more = _networks(settings)
    factors, of_hours = _hour_factors(settings)
    return TeamFacts(
        standings=Standings.read(rows, service=service, as_of=today),
        networks=networks,
        hour_factors=factors,
        warnings=(*_clock(data_on), *warnings, *more, *of_hours),
        calls_read=were_read,
    )


def _clock(data_on: str | None) -> tuple[str, ...]:
    """Return a warning where the computer's own day lies before the data's; a day that somebody asks for may."""
    now = dt.datetime.now(dt.UTC).date()
    # publishers and users live in several time zones
    if data_on is None or dt.date.fromisoformat(data_on) <= now + dt.timedelta(days=1):
        return ()
    return (f"CHECK THE CLOCK: this computer says {now}, and the public data are of {data_on}. Days may be wrong.",)


def _calls(settings: Settings, service: Service) -> tuple[pd.DataFrame | None, tuple[str, ...], bool]:
    # The database library costs a third of a second: it is loaded only where there can be a log.
    from deserts.specialists.log_places import has_calls

    if not has_calls(settings):
        return None, (), True
    from deserts.specialists.log import read_calls

    found = read_calls(settings, service=service.service_id)
    return found.rows, found.warnings, found.were_read


def _networks(settings: Settings) -> tuple[pd.DataFrame | None, tuple[str, ...]]:
    try:
        return read_payer_networks(settings), ()
    except DesertsError as error:
        return None, (f"PAYER NETWORKS NOT READ: ask everybody about the payer. {error.what} ({error.where}).",)


def _hour_factors(settings: Settings) -> tuple[HourFactors | None, tuple[str, ...]]:
    path = settings.local_dir / HOUR_FACTORS_FILE
    if not path.is_file():
        return None, ()
    from deserts.roads.hours import read_hour_factors

    try:
        return read_hour_factors(path), ()
    except DesertsError as error:
        return None, (f"HOUR FACTORS NOT READ: minutes have no hour. {error.what} ({error.where}).",)
