"""Read what the team keeps beside the public data, in time: an answer comes even when some of it cannot be read."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from deserts.config import Settings
from deserts.errors import DesertsError
from deserts.patients.search.team import TeamFacts
from deserts.services.profile import Service
from deserts.specialists.payers import read_payer_networks
from deserts.specialists.standing import Standings

__all__ = ["load_team_facts"]


def load_team_facts(settings: Settings, service: Service, *, today: dt.date) -> TeamFacts:
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
    """
    rows, warnings, were_read = _calls(settings, service)
    networks, more = _networks(settings)
    return TeamFacts(
        standings=Standings.read(rows, service=service, as_of=today),
        networks=networks,
        warnings=(*warnings, *more),
        calls_read=were_read,
    )


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
