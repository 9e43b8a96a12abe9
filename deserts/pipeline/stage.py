"""Run one stage: skip it when nothing it depends on has changed, else work, then record what was read and written.

A manifest holds hashes of inputs and outputs, the parameters and the version of the code; nothing of the machine or
the clock, so that equal runs leave equal manifests. Manifests alone say what is fresh. Run times and memory go to
``runs.jsonl``, outside identity.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deserts.pipeline.code import code_version
from deserts.pipeline.run import Run
from deserts.progress import task
from deserts.store import FlowRow, Store, alone, digest_of, what_differs
from deserts.store.digests import forget_written
from deserts.store.files import sweep
from deserts.store.kept import keep, tidy
from deserts.store.manifest import Manifest
from deserts.store.whole import release
from deserts.tables import Scope

__all__ = ["Stage", "StageReport", "run_stage"]

LOG = logging.getLogger("deserts.pipeline")


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
        Returns the files and folders it writes below ``data/processed``.
    work
        Does it, and returns its flow rows.
    is_settled
        Whether what it brings together elsewhere (raw files) is all there; asked only when its manifest is fresh.
    followed_by
        A quick stage that always runs after it, as a part of it.
    """

    name: str
    title: str
    scope: Scope
    inputs: Callable[[Run], Mapping[str, str]]
    parameters: Callable[[Run], Mapping[str, object]]
    outputs: Callable[[Run], Sequence[Path]]
    work: Callable[[Run], Sequence[FlowRow]]
    is_settled: Callable[[Run], bool] = lambda _run: True
    followed_by: Stage | None = None


@dataclass(frozen=True, slots=True)
class StageReport:
    """What happened: whether it ran, how long, and how much memory the process had taken at its peak."""

    name: str
    ran: bool
    seconds: float
    peak_mb: float
    rows_out: int


def run_stage(stage: Stage, run: Run, *, force: bool = False) -> StageReport:
    """Run a stage unless its manifest says that inputs, parameters, code and outputs are as they were.

    Raises
    ------
    DesertsError
        Whatever the stage raises; its manifest is removed first, so that a rerun starts clean.
    """
    run = dataclasses.replace(run, building=True)
    with alone(run.store.region_dir, doing="running a stage"):
        wanted = Manifest(
            stage.name, str(stage.scope), code_version(), stage.inputs(run), _plain(stage.parameters(run))
        )
        if not force and _is_fresh(stage, run, wanted):
            report = StageReport(stage.name, ran=False, seconds=0.0, peak_mb=_peak_mb(), rows_out=0)
        else:
            report = _work(stage, run, wanted)
        if stage.followed_by is None:
            release(run.store)
    if stage.followed_by is not None:
        run_stage(stage.followed_by, run, force=force)
    return report


def _work(stage: Stage, run: Run, wanted: Manifest) -> StageReport:
    store, outputs = run.store, list(stage.outputs(run))
    manifest_path = _manifest_path(store, stage)
    for folder in {manifest_path.parent, *(path.parent for path in outputs)}:
        sweep(folder)
    keep(outputs, store.region_dir, run.settings.data_dir)
    manifest_path.unlink(missing_ok=True)
    started = time.perf_counter()
    try:
        with task(stage.title):
            flow = list(stage.work(run))
    except BaseException:
        for path in outputs:
            forget_written(path)
        raise
    finally:
        tidy(store.region_dir, run.settings.data_dir)
    seconds = time.perf_counter() - started
    flow_path = store.write_flow(stage.name, stage.scope, flow)
    root = run.settings.data_dir
    written = [*(path for path in stage.outputs(run) if path.exists()), flow_path]
    made = {path.relative_to(root).as_posix(): digest_of(path) for path in written}
    dataclasses.replace(wanted, outputs=made).write(manifest_path)
    report = StageReport(
        stage.name, ran=True, seconds=seconds, peak_mb=_peak_mb(), rows_out=flow[-1].rows_out if flow else 0
    )
    _log(run, report)
    return report


def _manifest_path(store: Store, stage: Stage) -> Path:
    return store.folder(stage.scope) / "manifest" / f"{stage.name}.json"


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Return settings as they come back from JSON, so that they can be compared with those of a manifest."""
    plain: dict[str, object] = json.loads(json.dumps(values))
    return plain


def _is_fresh(stage: Stage, run: Run, wanted: Manifest) -> bool:
    known = Manifest.read(_manifest_path(run.store, stage))
    if known is None or dataclasses.replace(known, outputs={}) != wanted:
        return False
    expected = {path.relative_to(run.settings.data_dir).as_posix() for path in stage.outputs(run)}
    if not expected <= known.outputs.keys():
        return False
    for path, digest in known.outputs.items():
        if (reason := what_differs(run.settings.data_dir / path, digest)) is not None:
            LOG.warning("%s: %s; the stage %s makes it again", run.settings.data_dir / path, reason, stage.name)
            return False
    return stage.is_settled(run)


def _peak_mb() -> float:
    """Return the most memory that this process has taken; zero where the system does not tell (Windows)."""
    try:
        import resource
    except ImportError:
        return 0.0
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
