"""Stage ``place_times``: drives to hospitals that do it without a named clinician, beside those to clinicians."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.pipeline import provenance
from deserts.pipeline.inputs import network_hash, table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.roads import Network, Snaps, times_to_sites
from deserts.store import FlowRow
from deserts.tables import Scope, Status, empty

__all__ = ["STAGE"]


def _inputs(run: Run) -> Mapping[str, str]:
    return {**table_hashes(run, "hospital_places", "hospital_snaps", "point_snaps"), **network_hash(run)}


def _parameters(run: Run) -> Mapping[str, object]:
    return {"time_limit_min": run.settings.time_limit_min}


def _outputs(run: Run) -> Sequence[Path]:
    return [run.store.path("place_times")]


def _work(run: Run) -> Sequence[FlowRow]:
    places = run.store.read("hospital_places")
    # The place is where the hospital stands: the table of its snap says where, and how far from a road.
    places = places.loc[places["supplies"], ["place_id", "ccn"]].merge(
        run.store.read("hospital_snaps"), on="ccn", how="left"
    )
    usable = places[places["status"] == Status.OK].reset_index(drop=True)
    drives = _drives(run, usable) if len(usable) else empty("place_times")
    run.store.write("place_times", drives)
    return [
        FlowRow("hospital places on the roads", len(places), len(usable), "places that supply, within the snap limit"),
        FlowRow("drives to places", len(drives), len(drives), f"within {run.settings.time_limit_min:g} minutes"),
    ]


def _drives(run: Run, places: pd.DataFrame) -> pd.DataFrame:
    points = run.store.read("point_snaps")
    times = times_to_sites(
        Network.load(run.store.find_network()),
        Snaps.from_frame(points.drop(columns="point_id")),
        Snaps.from_frame(places),
        limit_min=run.settings.time_limit_min,
        max_workers=run.settings.max_workers,
        scheduler=run.settings.scheduler,
    )
    order = np.lexsort((times.site, times.point))
    return pd.DataFrame(
        {
            "point_id": points["point_id"].to_numpy(dtype=object)[times.point[order]],
            "place_id": places["place_id"].to_numpy(dtype=object)[times.site[order]],
            "drive_min": times.drive_min[order],
            "dist_km": times.dist_km[order],
        }
    ).astype({"point_id": "str", "place_id": "str"})


STAGE = Stage(
    "place_times", "drives to hospital places", Scope.GRADE, _inputs, _parameters, _outputs, _work,
    followed_by=provenance.STAGE,
)  # fmt: skip
