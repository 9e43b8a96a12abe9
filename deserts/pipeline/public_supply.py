"""Supply by public files alone: the sites of a run as if nobody had called, with the drives that calls had hidden.

What is said of a plan in public is a function of public files, so that nobody can learn from it what a clinic said on
the telephone.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd

from deserts.access.prepared import AccessInputs
from deserts.pipeline.run import Run
from deserts.specialists.supply import supply_at_grade
from deserts.tables import Status

__all__ = ["public_inputs"]


def public_inputs(run: Run) -> AccessInputs:
    """Return the inputs of access by public files alone.

    Raises
    ------
    MissingDataError
        If the run is not finished.
    """
    store = run.store
    inputs = AccessInputs.from_store(store, service=run.service)
    sites = supply_at_grade(store.read("sites_unasked"), service=run.service, grade=run.grade)
    known = inputs.drive_times
    assert isinstance(known, pd.DataFrame)  # as the store has them
    hidden = sites[~sites["site_id"].isin(inputs.sites["site_id"])].reset_index(drop=True)
    own = known[known["site_id"].isin(set(sites["site_id"]))]
    if len(hidden):
        own = pd.concat([_plain(own), _drives(run, inputs, hidden)], ignore_index=True)
    return dataclasses.replace(inputs, sites=sites, drive_times=own)


def _plain(pairs: pd.DataFrame) -> pd.DataFrame:
    return pairs.astype({"point_id": "str", "site_id": "str"})


def _drives(run: Run, inputs: AccessInputs, sites: pd.DataFrame) -> pd.DataFrame:
    """Search the drives to sites that the run's own tables lack because of a call."""
    from deserts.roads import Network, Snaps, times_to_sites

    snaps = sites[["site_id"]].merge(inputs.site_snaps, on="site_id")
    snaps = snaps[snaps["status"] == Status.OK].reset_index(drop=True)
    points = inputs.point_snaps
    times = times_to_sites(
        Network.load(run.store.find_network(), mmap=True), Snaps.from_frame(points.drop(columns="point_id")),
        Snaps.from_frame(snaps.drop(columns="site_id")), limit_min=run.settings.time_limit_min,
        max_workers=run.settings.max_workers,
    )  # fmt: skip
    return pd.DataFrame(
        {
            "point_id": np.asarray(points["point_id"], dtype=object)[times.point],
            "site_id": np.asarray(snaps["site_id"], dtype=object)[times.site],
            "drive_min": times.drive_min,
            "dist_km": times.dist_km,
        }
    ).astype({"point_id": "str", "site_id": "str"})
