"""Gather what every output of a run must say: years, days, notices, credits, and the states that are missing."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from deserts.pipeline.inputs import InputFile, files_for
from deserts.pipeline.run import Run
from deserts.provenance import Provenance
from deserts.roads import Network
from deserts.services.profile import SPECIALTY_ONLY
from deserts.sources.raw import DATASETS

__all__ = ["build_provenance"]

_UPPER_BOUND = (
    "upper bound, not access: these clinicians are listed under a specialty that could do this; "
    "nothing shows that they do"
)
_LEAST_NODES = 20
"""A state counts as covered by the road data from this many network nodes on."""


def build_provenance(run: Run, network: Network) -> Provenance:
    """Return the provenance of a run from its input files, its evidence and its network."""
    files = [file for dataset in DATASETS for file in files_for(run, dataset)]
    evidence = run.store.read("evidence", columns=["source", "year"])
    years = evidence.loc[(evidence["source"] == "claims") & (evidence["year"] > 0), "year"]
    return Provenance(
        region_id=run.region.region_id,
        service_id=run.service.service_id,
        grade=run.grade,
        claims_years=tuple(int(year) for year in sorted(years.unique())),
        directory_date=_newest(files, "directory"),
        deactivation_date=_newest(files, "nppes_deactivated"),
        refreshed_on=max((file.fetched_on for file in files), default=None),
        notices=tuple(_notices(run, files)),
        attribution=tuple(
            sorted({*network.meta.get("attribution", ()), *(f.attribution for f in files if f.attribution)})
        ),
        missing_states=_missing_states(run, network),
        inputs=tuple(sorted((file.name, file.sha256[:12]) for file in files)),
    )


def _newest(files: list[InputFile], dataset: str) -> str | None:
    """Return the newest day that a publisher gives a dataset's files, else that on which they were fetched."""
    return max((file.published_on or file.fetched_on for file in files if file.dataset == dataset), default=None)


def _notices(run: Run, files: list[InputFile]) -> list[str]:
    found = sorted({file.notice for file in files if file.notice})
    if run.service.rank(run.grade) >= run.service.rank(SPECIALTY_ONLY):
        found.append(_UPPER_BOUND)
    return found


def _missing_states(run: Run, network: Network) -> tuple[str, ...]:
    """Return the states within the time limit that have no roads, or no clinician of any grade, in the data."""
    with_supply = set(run.store.read("sites", columns=["state"])["state"])
    counties = run.store.read("counties", columns=["state", "geometry"])
    shapes = counties[counties.geometry.notna()]
    nodes = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(np.asarray(network.node_lon), np.asarray(network.node_lat)), crs="EPSG:4326"
    )
    inside = gpd.sjoin(nodes, shapes, predicate="intersects")
    per_state = pd.Series(inside["state"]).value_counts()
    with_roads = set(per_state[per_state >= _LEAST_NODES].index)
    drawn = set(shapes["state"])
    return tuple(
        state
        for state in run.region.supply_states
        if state not in with_supply or (state in drawn and state not in with_roads)
    )
