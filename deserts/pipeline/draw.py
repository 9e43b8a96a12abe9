"""Stage ``map``: one HTML file that shows the counties, the sites and how sure we are."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.access.audit import audit_table
from deserts.documents import write_csv
from deserts.pipeline.inputs import file_hashes, files_for, network_hash, table_hashes
from deserts.pipeline.provenance import provenance_hash
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.publish.audit_page import write_audit_page
from deserts.publish.desert_map import write_map
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE", "audit_path", "map_path"]

_READS = (
    "counties", "county_totals", "county_scores", "demand", "sites", "specialists", "specialists_unasked", "hospitals",
    "reach", "drive_times", "point_snaps", "site_snaps", "hospital_places", "medicaid_months", "zips",
    "plan_listings", "sites_unasked",
)  # fmt: skip


def map_path(run: Run) -> Path:
    """Return where the map is written."""
    return run.store.folder(Scope.GRADE) / "map.html"


def audit_path(run: Run) -> Path:
    """Return where the page of the checks is written."""
    return run.store.folder(Scope.GRADE) / "audit.html"


def _inputs(run: Run) -> Mapping[str, str]:
    payers = ["payer_scores"] if run.store.has("payer_scores") else []
    tables = table_hashes(run, *_READS, *payers)
    districts = file_hashes(files_for(run, "districts"))
    return {**tables, **districts, **provenance_hash(run), **network_hash(run)}


def _parameters(run: Run) -> Mapping[str, object]:
    return {"grade": run.grade, "profile": run.service.sha256}


def _outputs(run: Run) -> Sequence[Path]:
    return [map_path(run), audit_path(run), audit_path(run).with_suffix(".csv")]


def _work(run: Run) -> Sequence[FlowRow]:
    # The day of the data, not of the run: the page itself tells its reader when it has grown old.
    day = dt.date.fromisoformat(run.store.provenance().refreshed_on or "1970-01-01")
    gate = write_map(run.store, map_path(run), service=run.service, today=day).gate
    write_audit_page(run.store, audit_path(run), service=run.service, gate=gate, today=day)
    write_csv(audit_table(gate.checks), audit_path(run).with_suffix(".csv"))
    counties = run.store.read("county_scores", columns=["county_fips"])
    passed = len(gate.checks) - len(gate.failed)
    why = "without headline and classes" if gate.failed else "headline and classes may be shown"
    return [
        FlowRow("checks before publishing", len(gate.checks), passed, why),
        FlowRow("map", len(counties), len(counties), "counties drawn or listed in the map's table"),
    ]


STAGE = Stage("map", "interactive desert map", Scope.GRADE, _inputs, _parameters, _outputs, _work)
