"""The main job on the whole United States (Mohs surgery 2021), from raw files to the map, and a cold question."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pandas as pd

from benchmarks.harness import Report, Timing, peak_memory, shared_data
from deserts.api.run import Run
from deserts.config import Region, Settings, UserFiles
from deserts.places.zip_demand import zip_demand
from deserts.places.zip_files import read_zip_places, read_zip_population
from deserts.services import load_service
from deserts.sources.publishers import centres, gazetteer

GEONAMES = "mirror/download.geonames.org/export/zip/US.txt"
RUNS_OF_BACKUP = 5
RUNS_OF_SCORES = 3


def us_run(shared: Path, data: Path) -> Run:
    """Return the run of the United States on the real files beside the checkout."""
    points = data / "points.csv"
    if not points.is_file():
        demand = zip_demand(
            zip_population=read_zip_population(shared / "mirror/_no_canonical_url/census_zip_population_2023.csv"),
            zip_places=read_zip_places(shared / GEONAMES),
            county_centres=centres.read_centres(
                shared / "mirror/www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"
            ).frame,
            zip_county=gazetteer.read_zcta_county(
                shared / "mirror/_no_canonical_url/zcta_primary_county_2020.csv"
            ).frame,
        )
        demand.points.to_csv(points, index=False)
    own = UserFiles(
        roads=(shared / "roads/us_highways.osm.pbf",),
        claims=(shared / "claims/by_provider_and_service_2021_mohs.csv.gz",),
        counties=shared / "mirror/raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json",
        demand=points,
        zips=shared / GEONAMES,
    )
    settings = Settings(
        data_dir=data, local_dir=data / "local", mirror=shared / "mirror", allow_network=False, files=own
    )
    return Run(settings, Region.parse("US"), load_service("mohs"), "bills_service")


def run_stage_alone(name: str, shared: str, data: str) -> dict[str, float]:
    """Run one stage; called in a process of its own, so that its peak memory is its own."""
    from deserts.pipeline.stage import run_stage
    from deserts.pipeline.stages import STAGES

    run = us_run(Path(shared), Path(data))
    report = run_stage(next(stage for stage in STAGES if stage.name == name), run, force=True)
    return {"seconds": report.seconds, "rows": report.rows_out}


def stage_rows(shared: Path, data: Path) -> list[dict[str, object]]:
    """Run every stage in a process of its own and return time, peak memory and rows."""
    from deserts.pipeline.stages import STAGES

    rows: list[dict[str, object]] = []
    for stage in STAGES:
        peak_mib, answer = peak_memory(run_stage_alone, stage.name, str(shared), str(data))
        rows.append({"stage": stage.name, "seconds": answer["seconds"], "peak_mib": peak_mib, "rows": answer["rows"]})
    total = sum(float(str(row["seconds"])) for row in rows)
    peak = max(float(str(row["peak_mib"])) for row in rows)
    return [*rows, {"stage": "all", "seconds": total, "peak_mib": peak, "rows": rows[-1]["rows"]}]


def full_score_set(name: str, shared: str, data: str) -> float:
    """Score again and write every research table, as `deserts access research` does; return the seconds."""
    from deserts.access.outputs import write_research

    run = us_run(Path(shared), Path(data))
    started = time.perf_counter()
    run_stage_alone("scores", shared, data)
    write_research(
        run.store, Path(data) / name, service=run.service, lines=[], time_limit_min=run.settings.time_limit_min
    )
    return time.perf_counter() - started


def score_sets(shared: Path, data: Path) -> list[dict[str, object]]:
    """Time everything that is worked out from the drive times, in processes of their own (compiled code is cached)."""
    rows: list[dict[str, object]] = []
    for number in range(1, RUNS_OF_SCORES + 1):
        peak_mib, seconds = peak_memory(full_score_set, f"research_{number}", str(shared), str(data))
        files = len(list((data / f"research_{number}").glob("*.csv")))
        rows.append({"run": number, "seconds": seconds, "peak_mib": peak_mib, "tables": files})
    return rows


def cold_backups(data: Path) -> Timing:
    """Ask for backups from a cold start, several times, as a coordinator would."""
    command = [
        *(sys.executable, "-m", "deserts", "backup", "--region", "US", "--service", "mohs"),
        *("--zip", "04401", "--data", str(data), "--json"),
    ]
    seconds = []
    for _ in range(RUNS_OF_BACKUP + 1):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return Timing(tuple(seconds[1:]))


def main() -> int:
    """Measure and write the results."""
    shared = shared_data()
    if shared is None:
        print("the real data are not beside the checkout; set DESERTS_SHARED")
        return 0
    report = Report("pipeline", "The whole United States, Mohs surgery 2021, from raw files to scores and map.")
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        us_run(shared, data)  # the demand file is made before the clock starts
        report.table("stages, each in a process of its own", stage_rows(shared, data))
        scores = pd.read_parquet(data / "processed/US/mohs/bills_service/county_scores.parquet")
        people = scores["population"]
        shares = [
            {
                "over_min": limit,
                "share_of_residents": float((scores[f"beyond_{limit}_share"] * people).sum() / people.sum()),
            }
            for limit in (30, 60, 90, 120, 180, 240)
        ]
        report.table("residents beyond", shares, note="counties in the table: " + str(len(scores)))
        report.table(
            "full score set after drive times (scores and all research tables, 1,000 draws)",
            score_sets(shared, data),
            note="Limit: 180 seconds.",
        )
        report.timings("deserts backup from a cold start", {"US, Mohs": cold_backups(data)})
    report.write()
    return 0


if __name__ == "__main__":
    sys.exit(main())
