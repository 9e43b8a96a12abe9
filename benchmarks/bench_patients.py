"""How long a coordinator waits: one backup query once loaded, a cold command, and a panel of 10,000 patients.

On the embedded example (small roads, all tables): the part of an answer that does not grow with the roads.
"""

from __future__ import annotations

import datetime as dt
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.harness import Report

TODAY = dt.date(2026, 11, 22)
QUERIES = 300
COLD_RUNS = 5
PANEL_ROWS = 10_000


def main() -> None:
    """Measure and write the results."""
    from deserts.patients.panel import run_panel
    from deserts.patients.search.answer import BackupQuery
    from deserts.patients.search.backups import BackupData, find_backups
    from deserts.patients.search.origin import Origin
    from tests.example_data import example_run, make_example

    report = Report(
        "patients", "Backup queries once loaded, the cold command, and a panel of 10,000 patients (example)."
    )
    with tempfile.TemporaryDirectory() as folder:
        run = example_run(Path(folder))
        make_example(run)
        data = BackupData.load(run.store)
        places = data.zips.columns(["lon", "lat"])
        rng = np.random.default_rng(3)
        chosen = rng.integers(0, len(data.zips), QUERIES + 1)
        lon = places["lon"][chosen] + rng.normal(0, 0.05, QUERIES + 1)
        lat = places["lat"][chosen] + rng.normal(0, 0.05, QUERIES + 1)
        seconds = []
        for number in range(QUERIES + 1):
            origin = Origin(float(lon[number]), float(lat[number]), "", zip_precise=False)
            started = time.perf_counter()
            find_backups(BackupQuery(origin=origin, today=TODAY), data)
            seconds.append(time.perf_counter() - started)
        warm = sorted(seconds[1:])
        report.fact("backup query p50 (ms)", 1000 * statistics.median(warm))
        report.fact("backup query p99 (ms)", 1000 * warm[int(0.99 * len(warm))])
        command = [sys.executable, "-m", "deserts", "backup", "--zip", "86801", "--data", folder]
        cold = []
        for _ in range(COLD_RUNS):
            started = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            cold.append(time.perf_counter() - started)
        report.fact("cold `deserts backup` median (s)", statistics.median(cold))
        zips = run.store.read("zips")["zip"].to_numpy(dtype=str)
        npis = np.concatenate([[""], np.unique(data.columns["npi"].astype(str))])
        panel = pd.DataFrame({"zip": rng.choice(zips, PANEL_ROWS), "primary_npi": rng.choice(npis, PANEL_ROWS)})
        started = time.perf_counter()
        answer = run_panel(panel, data, today=TODAY)
        report.fact("panel of 10,000 rows (s)", time.perf_counter() - started)
        report.fact("panel rows done", len(answer.frame) - len(answer.bad_rows))
    report.write()


if __name__ == "__main__":
    main()
