"""Stage ``map``: one HTML file that shows the counties, the sites and how sure we are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.pipeline.inputs import network_hash, table_hashes
from deserts.pipeline.provenance import provenance_hash
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.publish.desert_map import write_map
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE", "map_path"]


def map_path(run: Run) -> Path:
    """Return where the map is written."""
    return run.store.folder(Scope.GRADE) / "map.html"


def _inputs(run: Run) -> Mapping[str, str]:
    payers = ["payer_scores"] if run.store.has("payer_scores") else []
    tables = table_hashes(run, "counties", "county_scores", "sites", "specialists", "isochrones", "hospitals", *payers)
    return {**tables, **provenance_hash(run), **network_hash(run)}


def _parameters(run: Run) -> Mapping[str, object]:
    return {"grade": run.grade, "profile": run.service.sha256}


def _outputs(run: Run) -> Sequence[Path]:
    return [map_path(run)]


def _work(run: Run) -> Sequence[FlowRow]:
    # The day of the data, not of the run: the page itself tells its reader when it has grown old.
    day = dt.date.fromisoformat(run.store.provenance().refreshed_on or "1970-01-01")
    write_map(run.store, map_path(run), service=run.service, today=day)
    counties = run.store.read("county_scores", columns=["county_fips"])
    return [FlowRow("map", len(counties), len(counties), "counties drawn or listed in the map's table")]


STAGE = Stage("map", "interactive desert map", Scope.GRADE, _inputs, _parameters, _outputs, _work)
