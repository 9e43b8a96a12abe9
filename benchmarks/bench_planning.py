"""Planning at national size: ten additions for the whole country, with the bound; a 448 x 30 matrix; against spopt.

python -m benchmarks.bench_planning                           everything
python -m benchmarks.bench_planning matrices                  that part; the other's last figures stay
python -m benchmarks.bench_planning us [FOLDER]               likewise; FOLDER holds the country's tables between runs
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.bench_pipeline import us_run
from benchmarks.harness import RESULTS, Report, alternating, peak_memory, shared_data
from deserts.planning import Instance, SolverOptions, Task, solve
from deserts.planning.verify import verify_with_spopt

ADDITIONS = 10
US_TITLE = "ten additions for the United States (Mohs 2021), general hospitals as candidates"
STAGES_NEEDED = ("data", "places", "specialists", "roads", "times")


def matrix(points: int, sites: int, *, seed: int = 1) -> Instance:
    """A county-like matrix: places on a square of an hour, minutes to a tenth."""
    rng = np.random.default_rng(seed)
    at, to = rng.uniform(0, 60, (points, 1, 2)), rng.uniform(0, 60, (1, sites, 2))
    minutes = np.hypot(*(at - to).transpose(2, 0, 1)).round(1)
    point, site = (axis.ravel() for axis in np.indices((points, sites)))
    return Instance.build(
        demand_ids=[f"d{i:05d}" for i in range(points)], weight=rng.integers(500, 9000, points),
        site_ids=[f"s{j:04d}" for j in range(sites)], point_index=point, site_index=site,
        drive_min=minutes.ravel(),
    )  # fmt: skip


def prepare_us(shared: str, data: str) -> None:
    """Run the stages that planning needs."""
    from deserts.pipeline.stage import run_stage
    from deserts.pipeline.stages import STAGES

    run = us_run(Path(shared), Path(data))
    for stage in STAGES:
        if stage.name in STAGES_NEEDED:
            run_stage(stage, run)


def plan_us(shared: str, data: str, method: str) -> dict[str, Any]:
    """Choose ten additions among the ZIPs of general hospitals; called in a process of its own."""
    from deserts.planning.region import hospital_candidates, load_case

    started = time.perf_counter()
    run = us_run(Path(shared), Path(data))
    settings = run.settings
    case = load_case(
        run.store, service=run.service, time_limit_min=settings.time_limit_min, max_snap_km=settings.max_snap_km
    )
    candidates = hospital_candidates(run.store, states=run.region.states, kinds=("Acute Care Hospitals",))
    instance = case.instance(candidates)
    read = time.perf_counter() - started
    task = Task(method=method, count=ADDITIONS, threshold_min=60.0, options=SolverOptions(time_limit_s=120.0))
    plan = solve(instance, task)
    before = instance.nearest_min(instance.is_fixed)
    return {
        "candidates": len(candidates),
        "demand points": instance.n_points,
        "existing sites": int(instance.is_fixed.sum()),
        "pairs": instance.pairs.n_pairs,
        "seconds to read and search": read,
        "seconds in all": time.perf_counter() - started,
        "objective": plan.objective,
        "bound": plan.bound,
        "gap": plan.gap,
        "how": plan.how,
        "people over 60 min before": float(instance.weight[before > 60].sum()),
        "people over 60 min after": float(instance.weight[plan.nearest_min > 60].sum()),
    }


def bench_matrices(report: Report) -> None:
    solve(matrix(60, 40), Task(method="pmedian", count=3))  # compiles
    small = matrix(448, 30)
    tasks = {
        "p-median, 5": Task(method="pmedian", count=5),
        "MCLP 15 min, 3": Task(method="mclp", count=3, threshold_min=15),
        "LSCP 20 min": Task(method="lscp", threshold_min=20),
        "p-center, 5": Task(method="pcenter", count=5),
        "two practices within 30 min": Task(method="backup", threshold_min=30),
        "two practices within 20 min, 6": Task(method="backup", threshold_min=20, count=6),
    }
    rows = []
    for name, task in tasks.items():
        started = time.perf_counter()
        plan = solve(small, task)
        rows.append(
            {
                "task": name,
                "seconds": time.perf_counter() - started,
                "objective": plan.objective,
                "gap": plan.gap,
                "how": plan.how,
            }
        )
    report.table("448 points x 30 sites, all pairs", rows)
    works = {}
    for name in ("p-median, 5", "MCLP 15 min, 3"):
        task = tasks[name]
        plan = solve(small, task)
        works[f"deserts {name}"] = lambda task=task: solve(small, task)
        works[f"spopt {name}"] = lambda task=task, plan=plan: verify_with_spopt(small, task, plan)
    report.timings("the same objective from deserts and from spopt", alternating(works, runs=3))
    rows = []
    for points, sites, count in ((1_500, 200, 20), (5_000, 400, 25)):
        large = matrix(points, sites)
        started = time.perf_counter()
        plan = solve(large, Task(method="pmedian", count=count, options=SolverOptions(time_limit_s=60.0)))
        rows.append(
            {"points": points, "sites": sites, "chosen": count, "pairs": large.pairs.n_pairs,
             "seconds": time.perf_counter() - started, "gap": plan.gap, "how": plan.how}
        )  # fmt: skip
    report.table("p-median without existing sites, every pair known", rows)


def bench_us(report: Report, folder: Path) -> None:
    shared = shared_data()
    if shared is None:
        report.fact("United States", "skipped: the real public data are not beside the checkout")
        return
    folder.mkdir(parents=True, exist_ok=True)
    peak_memory(prepare_us, str(shared), str(folder))
    rows = []
    for method in ("pmedian", "mclp"):
        peak, found = peak_memory(plan_us, str(shared), str(folder), method)
        rows.append({"method": method, "peak MiB": peak, **found})
    report.table(US_TITLE, rows)


def keep_last(report: Report, *, us: bool) -> None:
    """Put the last figures of the part that is not run into the report."""
    path = RESULTS / "planning.json"
    for section in json.loads(path.read_text(encoding="utf-8"))["sections"] if path.is_file() else []:
        if (section["title"] == US_TITLE) == us:
            first = [name for name in ("method", "task", "work", "points") if name in section["rows"][0]]
            rows = [{**{name: row[name] for name in first}, **row} for row in section["rows"]]
            report.table(section["title"], rows, note=section["note"])


def main(part: str = "all", folder: str | None = None) -> None:
    report = Report("planning", "Choosing sites: the whole country, a county matrix, and against PySAL spopt.")
    if part == "us":
        keep_last(report, us=False)
    else:
        bench_matrices(report)
    if part == "matrices":
        keep_last(report, us=True)
    elif folder is not None:
        bench_us(report, Path(folder))
    else:
        with tempfile.TemporaryDirectory() as made:
            bench_us(report, Path(made))
    report.write()


if __name__ == "__main__":
    main(*sys.argv[1:])
