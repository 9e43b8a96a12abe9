"""Run one stage: skip it when nothing it depends on has changed, else work, then record what was read and written.

A manifest holds hashes of inputs and outputs, the parameters and the version of the code; nothing of the machine or
the clock, so that equal runs leave equal manifests. Run times and memory go to ``runs.jsonl``, outside identity.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
import resource
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import deserts
from deserts.pipeline.run import Run
from deserts.progress import task
from deserts.store import FlowRow, sha256_of, write_json
from deserts.tables import Scope

__all__ = ["Stage", "StageReport", "code_version", "recorded_parameters", "run_stage"]


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the pipeline.

    Parameters
    ----------
    name
        Name of the command and of the Makefile target.
    title
        What it does, in plain words.
    scope
        Folder of its manifest and flow table.
    inputs
        Returns name to sha256 of everything it reads.
    parameters
        Returns the settings that its result depends on, as plain values.
    outputs
        Returns the files and folders it writes.
    work
        Does it, and returns its flow rows.
    """

    name: str
    title: str
    scope: Scope
    inputs: Callable[[Run], Mapping[str, str]]
    parameters: Callable[[Run], Mapping[str, object]]
    outputs: Callable[[Run], Sequence[Path]]
    work: Callable[[Run], Sequence[FlowRow]]


@dataclass(frozen=True, slots=True)
class StageReport:
    """What happened: whether it ran, how long, and how much memory the process had taken at its peak."""

    name: str
    ran: bool
    seconds: float
    peak_mb: float
    rows_out: int


@functools.cache
def code_version() -> str:
    """Return the package version and a short hash of its source, the same on every machine."""
    root = Path(deserts.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.is_file() and path.suffix in {".py", ".toml", ".csv", ".html", ".css", ".js", ".j2"}:
            digest.update(path.relative_to(root).as_posix().encode())
            digest.update(path.read_bytes())
    return f"{deserts.__version__}+{digest.hexdigest()[:12]}"


def run_stage(stage: Stage, run: Run, *, force: bool = False) -> StageReport:
    """Run a stage unless its manifest says that inputs, parameters, code and outputs are as they were.

    Raises
    ------
    DesertsError
        Whatever the stage raises; its manifest is removed first, so that a rerun starts clean.
    """
    manifest_path = _manifest_path(run, stage.name, stage.scope)
    record = {
        "stage": stage.name,
        "code": code_version(),
        "inputs": dict(stage.inputs(run)),
        "parameters": dict(stage.parameters(run)),
    }
    if not force and _is_fresh(manifest_path, record, stage.outputs(run)):
        return StageReport(stage.name, ran=False, seconds=0.0, peak_mb=_peak_mb(), rows_out=0)
    manifest_path.unlink(missing_ok=True)
    started = time.perf_counter()
    with task(stage.title):
        flow = list(stage.work(run))
    seconds = time.perf_counter() - started
    run.store.write_flow(stage.name, stage.scope, flow)
    root = run.settings.data_dir
    outputs = {path.relative_to(root).as_posix(): sha256_of(path) for path in stage.outputs(run) if path.exists()}
    write_json(manifest_path, {**record, "outputs": outputs})
    report = StageReport(
        stage.name, ran=True, seconds=seconds, peak_mb=_peak_mb(), rows_out=flow[-1].rows_out if flow else 0
    )
    _log(run, report)
    return report


def recorded_parameters(run: Run, name: str, scope: Scope) -> Mapping[str, Any]:
    """Return the settings that a stage of this run was last made with; nothing when it has not been run."""
    parameters: Mapping[str, Any] = _read_manifest(_manifest_path(run, name, scope)).get("parameters", {})
    return parameters


def _manifest_path(run: Run, name: str, scope: Scope) -> Path:
    return run.store.folder(scope) / "manifest" / f"{name}.json"


def _read_manifest(path: Path) -> Mapping[str, Any]:
    """Return a manifest, or nothing where there is none that can be read: its stage then counts as not run."""
    try:
        known: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known


def _is_fresh(manifest_path: Path, record: Mapping[str, object], outputs: Sequence[Path]) -> bool:
    known = _read_manifest(manifest_path)
    if not known or not all(path.exists() for path in outputs):
        return False
    return all(known.get(key) == json.loads(json.dumps(value)) for key, value in record.items())


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / 1024


def _log(run: Run, report: StageReport) -> None:
    line = {
        "stage": report.name,
        "region": run.region.region_id,
        "service": run.service.service_id,
        "grade": run.grade,
        "finished": dt.datetime.now(tz=dt.UTC).isoformat(timespec="seconds"),
        "seconds": round(report.seconds, 3),
        "peak_mb": round(report.peak_mb, 1),
        "rows_out": report.rows_out,
    }
    path = run.settings.processed_dir / "runs.jsonl"
    with path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(line, sort_keys=True) + "\n")
