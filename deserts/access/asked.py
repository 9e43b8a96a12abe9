"""Inputs of the scores as the log stands today, for questions that must not wait for the stages to be run again."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
from pandas.api.types import union_categoricals

from deserts.access.prepared import AccessInputs
from deserts.roads import Network, Snaps, times_to_sites
from deserts.services import Service
from deserts.specialists.supply import supply_at_grade
from deserts.store import Store
from deserts.tables import Status

__all__ = ["inputs_as_asked"]


def inputs_as_asked(
    store: Store, sites: pd.DataFrame, *, service: Service, time_limit_min: float, max_workers: int | None = None
) -> AccessInputs:
    """Return the inputs of a run with the sites that supply today: what a fresh run of the stages would read.

    Sites that no longer supply are left out with their drives; drives to those that an answer has added are searched
    now, as the stage ``times`` does.

    Parameters
    ----------
    store
        Tables of the run.
    sites
        The table ``sites`` as it stands, see `deserts.specialists.live.live_registry`.
    service
        The profile.
    time_limit_min
        Longest drive that counts (minutes).
    max_workers
        Threads of the search.

    Raises
    ------
    MissingDataError
        If a stage has not been run.
    """
    staged = AccessInputs.from_store(store, service=service)
    now = supply_at_grade(sites, service=service, grade=store.grade)
    times = staged.drive_times
    added = now[~now["site_id"].isin(staged.sites["site_id"])]
    snaps = staged.site_snaps.merge(added[["site_id"]], on="site_id")
    snaps = snaps[snaps["status"] == Status.OK].reset_index(drop=True)
    if len(snaps) and isinstance(times, pd.DataFrame):
        times = _joined(times, _searched(store, staged, snaps, time_limit_min, max_workers))
    return dataclasses.replace(staged, sites=now, drive_times=times)  # drives to nobody's site are passed over


def _searched(
    store: Store, staged: AccessInputs, snaps: pd.DataFrame, time_limit_min: float, max_workers: int | None
) -> pd.DataFrame:
    found = times_to_sites(
        Network.load(store.find_network()),
        Snaps.from_frame(staged.point_snaps),
        Snaps.from_frame(snaps),
        limit_min=time_limit_min,
        max_workers=max_workers,
    )
    return pd.DataFrame(
        {
            "point_id": staged.point_snaps["point_id"].to_numpy()[found.point],
            "site_id": snaps["site_id"].to_numpy()[found.site],
            "drive_min": found.drive_min,
            "dist_km": found.dist_km,
        }
    )


def _joined(times: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Append drives; names stay categories, since a table may have many million rows."""
    names = {
        name: union_categoricals([pd.Categorical(times[name]), pd.Categorical(more[name])])
        for name in ("point_id", "site_id")
    }
    numbers = {
        name: np.concatenate([times[name].to_numpy(), more[name].to_numpy()]) for name in ("drive_min", "dist_km")
    }
    return pd.DataFrame({**names, **numbers})
