"""Stage ``data``: the raw files of a region, fetched or found, and their lock checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.example import write_example
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.fetch import fetch_region, region_area
from deserts.sources.frozen import fetch_frozen
from deserts.sources.lock import is_own, read_lock, user_entries
from deserts.sources.raw import LOCK_NAME
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE"]


def _inputs(_run: Run) -> Mapping[str, str]:
    return {}  # what the publishers hold is not known before they are asked


def _parameters(run: Run) -> Mapping[str, object]:
    own = [[entry.dataset, entry.url, entry.sha256] for entry in user_entries(run.settings.files)]
    lock = run.settings.frozen_lock
    return {
        "states": list(run.region.supply_states),
        "profile": run.service.sha256,
        "user_files": own,
        **({"also": list(run.settings.also)} if run.settings.also else {}),
        "frozen": None if lock is None else [entry.sha256 for entry in read_lock(lock)],
    }


def _outputs(run: Run) -> Sequence[Path]:
    area = region_area(run.region, run.service, run.settings)
    return [area.folder / LOCK_NAME, *(area.folder / entry.path for entry in area.entries if not is_own(entry))]


def _work(run: Run) -> Sequence[FlowRow]:
    if run.region.is_example:
        write_example(run.settings)
    lock = run.settings.frozen_lock
    if lock is None:
        area = fetch_region(run.region, run.service, run.settings)
    else:
        area = fetch_frozen(lock, run.region, run.service, run.settings)
    return [
        FlowRow(
            "raw files", len(area.entries), len(area.entries), "fetched, cached or found in the mirror; see lock.json"
        )
    ]


STAGE = Stage("data", "raw files of the publishers", Scope.REGION, _inputs, _parameters, _outputs, _work)
