"""Stage ``scores``: reach of every point, and county scores with adequacy on paper and at the grade."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from deserts.access import AccessInputs, PairTable, build_scores
from deserts.access.adequacy import Supply, county_limits, measure_adequacy
from deserts.access.drives_on_demand import drives_on_paper
from deserts.access.firmness import SCORE_DRAWS
from deserts.access.payers import blank_payers, score_payers
from deserts.access.place_reach import payer_places, score_places
from deserts.access.reach import with_closed_season
from deserts.pipeline.inputs import file_hashes, files_for, network_hash, table_hashes
from deserts.pipeline.provenance import provenance_hash
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.roads import Network
from deserts.roads.seasonal import CLOSED_SEASON_STATUS
from deserts.sources.publishers.adequacy import read_adequacy
from deserts.specialists.payers import payer_networks_path, read_payer_networks
from deserts.store import FlowRow, sha256_of, write_text
from deserts.tables import Scope

__all__ = ["STAGE"]

_READS = (
    "demand", "counties", "sites", "specialists", "specialists_unasked", "point_snaps", "site_snaps", "drive_times",
    "place_times", "hospital_places", "hospital_evidence",
)  # fmt: skip
_WRITES = ("reach", "county_scores", "state_intervals")


def _inputs(run: Run) -> Mapping[str, str]:
    tables = table_hashes(run, *_READS)
    own = payer_networks_path(run.settings)
    payers = {f"user:{own.name}": sha256_of(own)} if own.is_file() else {}
    limits = file_hashes(files_for(run, "adequacy"))
    return {**tables, **limits, **payers, **network_hash(run), **provenance_hash(run)}


def _parameters(run: Run) -> Mapping[str, object]:
    return {"grade": run.grade, "profile": run.service.sha256, "time_limit_min": run.settings.time_limit_min}


def _outputs(run: Run) -> Sequence[Path]:
    payers = ["payer_scores"] if payer_networks_path(run.settings).is_file() else []
    return [*(run.store.path(name) for name in (*_WRITES, *payers)), _csv_path(run)]


def _csv_path(run: Run) -> Path:
    return run.store.folder(Scope.GRADE) / "county_scores.csv"


def _work(run: Run) -> Sequence[FlowRow]:
    inputs = AccessInputs.from_store(run.store, service=run.service)
    point_ids, site_ids = pd.Index(inputs.demand["point_id"]), pd.Index(inputs.sites["site_id"])
    # The frame of many million rows is let go once its pairs are arrays.
    pairs = PairTable.from_frame(run.store.read("drive_times"), point_ids=point_ids, site_ids=site_ids)
    inputs = dataclasses.replace(inputs, drive_times=pairs)
    limits = limits_of(run, inputs)
    inputs = dataclasses.replace(inputs, adequacy=_adequacy(run, inputs, pairs, limits))
    # A faulty table of the user's stops the stage here, before anything is written.
    networks = read_payer_networks(run.settings)
    tables = build_scores(inputs, service=run.service, time_limit_min=run.settings.time_limit_min, draws=SCORE_DRAWS)
    payers = _payers(run, inputs, networks, limits, tables.county_scores)
    changed = run.store.read("drive_times", filters=[(CLOSED_SEASON_STATUS, "!=", "")])
    run.store.write("reach", with_closed_season(tables.reach, changed))
    scores = score_places(
        tables.county_scores, tables.reach, inputs.demand, run.store.read("place_times"),
        searched=len(run.store.read("hospital_places")) > 0,
    )  # fmt: skip
    run.store.write("county_scores", scores)
    run.store.write("state_intervals", tables.state_intervals)
    write_text(_csv_path(run), scores.to_csv(index=False, lineterminator="\n", float_format="%.9g"))
    return [*payers, *tables.flow]


def _payers(
    run: Run, inputs: AccessInputs, networks: pd.DataFrame | None, limits: pd.DataFrame, county_scores: pd.DataFrame
) -> Sequence[FlowRow]:
    """Write the scores by payer; without a table of networks those of an earlier one go."""
    if networks is None:
        run.store.path("payer_scores").unlink(missing_ok=True)
        return []
    scores = score_payers(inputs, networks, limits=limits, time_limit_min=run.settings.time_limit_min)
    scores = payer_places(
        blank_payers(scores, county_scores), inputs.demand, run.store.read("place_times"),
        run.store.read("hospital_evidence"), run.store.read("hospital_places"),
    )  # fmt: skip
    run.store.write("payer_scores", scores)
    return (FlowRow("payer scores", len(networks), len(scores), "rows of your table; one a payer and county"),)


def limits_of(run: Run, inputs: AccessInputs) -> pd.DataFrame:
    """Return the federal limits of each scored county."""
    workbooks = [read_adequacy(file.path).frame for file in files_for(run, "adequacy")]
    counties = inputs.counties[inputs.counties["scored"]].reset_index(drop=True)
    return county_limits(
        counties, specialty=run.service.adequacy_specialty, workbook=workbooks[0] if workbooks else None
    )


def _adequacy(run: Run, inputs: AccessInputs, pairs: PairTable, limits: pd.DataFrame) -> pd.DataFrame:
    on_paper = drives_on_paper(
        Network.load(run.store.find_network()),
        inputs.point_snaps,
        run.store.read("sites"),
        inputs.site_snaps,
        run.store.read("specialists"),
        limits,
        service=run.service,
        max_workers=run.settings.max_workers,
    )
    at_grade = Supply(pairs, inputs.sites["npi"])
    return measure_adequacy(inputs.demand, limits, at_grade=at_grade, on_paper=on_paper)


STAGE = Stage("scores", "county access scores", Scope.GRADE, _inputs, _parameters, _outputs, _work)
