"""The registry as it stands today: the tables of the stage with the log of this moment laid over them."""

from __future__ import annotations

import pandas as pd

from deserts.services import Service
from deserts.specialists.acceptance_sample import CommonRate
from deserts.specialists.settle import settle, without_helpers
from deserts.specialists.standing import Standings
from deserts.store import Store

__all__ = ["live_registry"]


def live_registry(
    store: Store, standings: Standings, *, service: Service, rate: CommonRate, npi: str | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the tables ``specialists`` and ``sites`` as the stage would write them with this log; for the team.

    In one thing they differ: chances to take a new patient know what a drawn sample answered, which lies in the team's
    own folder and enters no table of a run.

    Parameters
    ----------
    store
        Tables of a region and service.
    standings
        What the clinics answered, as of the day of the question.
    service
        The profile.
    rate
        What is known of how many take new patients (`deserts.specialists.acceptance_sample.read_rate`).
    npi
        One clinician, whose rows alone are read; None reads all.

    Raises
    ------
    MissingDataError
        If the stage ``specialists`` has not been run.
    """
    only = None if npi is None else [("npi", "==", npi)]
    people, sites = store.read("specialists_unasked", filters=only), store.read("sites_unasked", filters=only)
    told, places = without_helpers(*settle(people, sites, standings, service=service, rate=rate))
    return told.sort_values("npi", ignore_index=True), places.sort_values("site_id", ignore_index=True)
