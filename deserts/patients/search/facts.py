"""What the team keeps beside the public data: the verification log and its own table of payer networks."""

from __future__ import annotations

import datetime as dt
import os

import pandas as pd

from deserts.config import Settings
from deserts.patients.search.calls import newest_calls, site_answers
from deserts.patients.search.eligibility import TeamFacts
from deserts.services.profile import Service
from deserts.specialists.payers import read_payer_networks

__all__ = ["load_team_facts"]


def load_team_facts(settings: Settings, service: Service, *, today: dt.date) -> TeamFacts:
    """Read the team's own tables from ``settings.local_dir``; what is not there is empty.

    Parameters
    ----------
    settings
        Gives the folder.
    service
        Only answers about this service count.
    today
        Answers after this day are passed over.
    """
    log = _log(settings, service)
    return TeamFacts(
        calls=newest_calls(log, service_id=service.service_id, today=today),
        networks=read_payer_networks(settings),
        site_answers=site_answers(log, service_id=service.service_id, today=today),
    )


def _log(settings: Settings, service: Service) -> pd.DataFrame | None:
    # The database library costs a third of a second: it is loaded only where there can be a log.
    if not os.environ.get("DESERTS_DATABASE_URL") and not any(settings.local_dir.glob("*.sqlite")):
        return None
    from deserts.specialists.log import read_verifications

    return read_verifications(settings, service=service)
