"""Stage ``data``: the raw files of a region, fetched or found, and their lock checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.example import write_example
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.sources.fetch import fetch_region, region_area
from deserts.sources.frozen import fetch_frozen
from deserts.sources.lock import read_lock, user_entries
from deserts.sources.raw import LOCK_NAME
from deserts.store import FlowRow
from deserts.tables import Scope

__all__ = ["STAGE"]


def _inputs(_run: Run) -> Mapping[str, str]:
    return {}  # what the publishers hold is not known before they are asked


def _parameters(run: Run) -> Mapping[str, object]:
    lock = run.settings.frozen_lock
    return {
        "states": list(run.region.supply_states),
        "profile": run.service.sha256,
        "replaced": sorted({entry.dataset for entry in user_entries(run.settings.files)}),
        "also": list(run.settings.also),
        "frozen": None if lock is None else sorted(entry.sha256 for entry in read_lock(lock)),
    }


def _outputs(_run: Run) -> Sequence[Path]:
    return []  # raw files are vouched for by their own lock, which is shared by all regions


def _is_settled(run: Run) -> bool:
    """Whether every raw file is there in its size; its content is checked when a stage reads it. Frozen: never."""
    if run.settings.frozen_lock is not None:
        return False
    area = region_area(run.region, run.service, run.settings)
    return bool(area.entries) and all(_is_there(area.folder / entry.path, entry.size_bytes) for entry in area.entries)


def _is_there(path: Path, size_bytes: int) -> bool:
    return path.is_file() and path.stat().st_size == size_bytes


def _work(run: Run) -> Sequence[FlowRow]:
    lock = run.settings.frozen_lock
    if run.region.is_example and (lock is None or not (run.settings.raw_area(run.region) / LOCK_NAME).is_file()):
        write_example(run.settings)
    if lock is None:
        area = fetch_region(run.region, run.service, run.settings)
    else:
        area = fetch_frozen(lock, run.region, run.service, run.settings)
    return [
        FlowRow(
            "raw files", len(area.entries), len(area.entries), "fetched, cached or found in the mirror; see lock.json"
        )
    ]


STAGE = Stage(
    "data", "raw files of the publishers", Scope.SERVICE, _inputs, _parameters, _outputs, _work, is_settled=_is_settled
)
