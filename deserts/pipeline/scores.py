"""Stage ``scores``: reach of every point and the scores of every county."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from deserts.access import AccessInputs, build_scores
from deserts.pipeline.inputs import table_hashes
from deserts.pipeline.run import Run
from deserts.pipeline.stage import Stage
from deserts.pipeline.times import sites_at_grade
from deserts.store import FlowRow, write_text
from deserts.tables import Scope

__all__ = ["STAGE"]

_TABLES = ("reach", "county_scores")


def _inputs(run: Run) -> Mapping[str, str]:
    return table_hashes(run, "demand", "counties", "sites", "point_snaps", "site_snaps", "drive_times")


def _parameters(run: Run) -> Mapping[str, object]:
    return {"grade": run.grade, "profile": run.service.sha256, "time_limit_min": run.settings.time_limit_min}


def _outputs(run: Run) -> Sequence[Path]:
    return [*(run.store.path(name) for name in _TABLES), _csv_path(run)]


def _csv_path(run: Run) -> Path:
    return run.store.folder(Scope.GRADE) / "county_scores.csv"


def _work(run: Run) -> Sequence[FlowRow]:
    store = run.store
    inputs = AccessInputs(
        demand=store.read("demand"),
        point_snaps=store.read("point_snaps"),
        sites=sites_at_grade(store.read("sites"), run),
        site_snaps=store.read("site_snaps"),
        drive_times=store.read("drive_times"),
        counties=store.read("counties"),
        grade=run.grade,
    )
    tables = build_scores(inputs, service=run.service, time_limit_min=run.settings.time_limit_min)
    store.write("reach", tables.reach)
    store.write("county_scores", tables.county_scores)
    write_text(_csv_path(run), tables.county_scores.to_csv(index=False, lineterminator="\n", float_format="%.6g"))
    return tables.flow


STAGE = Stage("scores", "county access scores", Scope.GRADE, _inputs, _parameters, _outputs, _work)
