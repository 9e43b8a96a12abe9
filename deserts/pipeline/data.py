"""Stage ``data``: the raw files of a region, fetched or found, and their lock checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.example import write_example
from deserts.pipeline.inputs import user_file_datasets
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.fetch import fetch_region
from deserts.sources.raw import LOCK_NAME, RawArea
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE"]


def _inputs(run: Run) -> Mapping[str, str]:
    area = RawArea.open(run.settings.raw_area(run.region))
    return {entry.path: entry.sha256 for entry in area.entries}


def _parameters(run: Run) -> Mapping[str, object]:
    own = {dataset: [path.name for path in paths] for dataset, paths in user_file_datasets(run).items()}
    return {"states": list(run.region.supply_states), "profile": run.service.sha256, "user_files": own}


def _outputs(run: Run) -> Sequence[Path]:
    folder = run.settings.raw_area(run.region)
    return [folder / LOCK_NAME, *(folder / entry.path for entry in RawArea.open(folder).entries)]


def _work(run: Run) -> Sequence[FlowRow]:
    if run.region.is_example:
        write_example(run.settings)
    area = fetch_region(run.region, run.service, run.settings)
    return [
        FlowRow(
            "raw files", len(area.entries), len(area.entries), "fetched, cached or found in the mirror; see lock.json"
        )
    ]


STAGE = Stage("data", "raw files of the publishers", Scope.REGION, _inputs, _parameters, _outputs, _work)
