"""Access scores at national size: floating catchments against PySAL, closures, a US score set, Monte Carlo.

python -m benchmarks.bench_access
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.harness import Report, Timing, alternating, peak_memory
from deserts.access import AccessInputs, PairTable, build_scores, chances
from deserts.access.catchments import floating_catchment
from deserts.access.closures import Groups, single_closures, twin_closures
from deserts.access.decay import Decay
from deserts.access.research import research_tables
from deserts.access.research_work import ResearchInputs
from deserts.access.scores import prepare
from deserts.access.uncertainty import Draws, draw_access
from deserts.services import load_service

ZONES = ((30.0, 1.0), (60.0, 0.68), (90.0, 0.22))
LIMIT_MIN = 480.0
POINTS, SITES, PAIRS_A_POINT = 84_000, 2_000, 238
US_POINTS, US_SITES, US_COUNTIES, US_PAIRS_A_POINT = 36_000, 2_300, 3_100, 560


def long_matrix(points: int, sites: int, a_point: int, *, seed: int = 1) -> pd.DataFrame:
    """Points and sites thrown on a square; minutes grow with distance to the ``a_point`` nearest sites."""
    from scipy.spatial import cKDTree

    rng = np.random.default_rng(seed)
    centres = rng.random((max(sites // 20, 1), 2))
    site_xy = centres[rng.integers(0, len(centres), sites)] + rng.normal(0, 0.02, (sites, 2))
    point_xy = rng.random((points, 2))
    distance, nearest = cKDTree(site_xy).query(point_xy, k=a_point, workers=2)
    minutes = np.minimum(np.round(distance * 1400 + 3, 4), LIMIT_MIN)
    return pd.DataFrame(
        {
            "point_id": np.repeat(np.arange(points, dtype=np.int64), a_point),
            "site_id": nearest.ravel().astype(np.int64),
            "drive_min": minutes.ravel(),
        }
    )


def people(points: int) -> np.ndarray:
    return np.random.default_rng(2).integers(200, 6000, points).astype(float)


def ours(frame: pd.DataFrame, population: np.ndarray, supply: np.ndarray) -> np.ndarray:
    pairs = PairTable.from_frame(frame, point_ids=pd.RangeIndex(len(population)), site_ids=pd.RangeIndex(len(supply)))
    return floating_catchment(pairs, population=population, supply=supply, method="e2sfca", decay=Decay.steps(ZONES))


def theirs(frame: pd.DataFrame, population: np.ndarray, supply: np.ndarray) -> np.ndarray:
    from access import Access, weights

    model = Access(
        demand_df=pd.DataFrame({"id": np.arange(population.size), "population": population}),
        demand_index="id", demand_value="population",
        supply_df=pd.DataFrame({"id": np.arange(supply.size), "supply": supply}),
        supply_index="id", supply_value="supply",
        cost_df=frame, cost_origin="point_id", cost_dest="site_id", cost_name="drive_min",
    )  # fmt: skip
    scores = model.enhanced_two_stage_fca(weight_fn=weights.step_fn(dict(ZONES)))
    return scores.iloc[:, 0].reindex(np.arange(population.size)).fillna(0.0).to_numpy()


def measured_ours() -> int:
    """Run E2SFCA once in a process of its own, for its peak memory (the matrix itself included)."""
    frame = long_matrix(POINTS, SITES, PAIRS_A_POINT)
    ours(frame, people(POINTS), np.ones(SITES))
    return len(frame)


def timed(work: Any) -> tuple[float, Any]:
    start = time.perf_counter()
    answer = work()
    return time.perf_counter() - start, answer


def compare_catchments(report: Report) -> None:
    frame = long_matrix(POINTS, SITES, PAIRS_A_POINT)
    population, supply = people(POINTS), np.ones(SITES)
    small = frame[frame["point_id"] < 50]
    ours(small, population[:50], supply)  # compiling is not what is measured
    runs = alternating({"deserts": lambda: ours(frame, population, supply)}, runs=3, warm_up=False)
    seconds, reference = timed(lambda: theirs(frame.copy(), population, supply))
    runs["PySAL access"] = Timing((seconds,))
    difference = float(np.abs(reference - ours(frame, population, supply)).max())
    report.timings(f"E2SFCA, {POINTS:,} points x {SITES:,} sites, {len(frame):,} pairs", runs, base="PySAL access",
                   note="From the same long table with integer names to scores. PySAL is run once.")  # fmt: skip
    peak, _ = peak_memory(measured_ours)
    report.fact("largest difference from PySAL", difference)
    report.fact("peak memory of deserts, matrix included (MiB)", round(peak))


def closures(report: Report) -> None:
    frame = long_matrix(POINTS, SITES, PAIRS_A_POINT)
    pairs = PairTable.from_frame(frame, point_ids=pd.RangeIndex(POINTS), site_ids=pd.RangeIndex(SITES))
    population = people(POINTS)
    site = pd.Series([f"s{j:05d}" for j in range(SITES)])
    practice = pd.Series([f"p{j // 2:05d}" for j in range(SITES)])
    works = {
        "N-1, every site": lambda: single_closures(
            pairs, population, Groups.from_labels(site), time_limit_min=LIMIT_MIN
        ),
        "N-1, every practice": lambda: single_closures(
            pairs, population, Groups.from_labels(practice), time_limit_min=LIMIT_MIN
        ),
        "N-2, every two practices": lambda: twin_closures(pairs, population, practice, time_limit_min=LIMIT_MIN),
    }
    report.timings(f"closures, {SITES:,} sites, {pairs.n_pairs:,} pairs", alternating(works, runs=3))


def us_inputs() -> AccessInputs:
    frame = long_matrix(US_POINTS, US_SITES, US_PAIRS_A_POINT, seed=4)
    names = np.array([f"{i:06d}" for i in range(US_POINTS)])
    fips = np.array([f"{i:05d}" for i in range(US_COUNTIES)])
    site_ids = np.array([f"1{j:09d}-a" for j in range(US_SITES)])
    sites = pd.DataFrame(
        {
            "site_id": site_ids, "npi": [name[:10] for name in site_ids], "grade_rank": 1, "share": 1.0,
            "practice_id": [f"p{j // 2}" for j in range(US_SITES)], "precision": "zip",
            "zip": [f"{j // 2:05}" for j in range(US_SITES)], "city": "", "state": "",
            "lon": -100 + np.arange(US_SITES) % 50, "lat": 30 + np.arange(US_SITES) % 15,
        }
    )  # fmt: skip
    pairs = PairTable.from_frame(
        frame.assign(dist_km=frame["drive_min"] * 1.4),
        point_ids=pd.RangeIndex(US_POINTS), site_ids=pd.RangeIndex(US_SITES),
    )  # fmt: skip
    return AccessInputs(
        demand=pd.DataFrame(
            {
                "point_id": names, "county_fips": fips[np.arange(US_POINTS) * US_COUNTIES // US_POINTS], "state": "US",
                "population": people(US_POINTS), "scored": True,
                "lon": -100 + np.arange(US_POINTS) % 50, "lat": 30 + np.arange(US_POINTS) % 15,
            }
        ),
        point_snaps=pd.DataFrame({"point_id": names, "component_id": 0, "status": "ok"}),
        sites=sites,
        site_snaps=pd.DataFrame({"site_id": site_ids, "component_id": 0, "status": "ok"}),
        drive_times=pairs,
        counties=pd.DataFrame(
            {
                "county_fips": fips, "name": "a county", "state": "US", "scored": True,
                "rucc": np.resize(np.arange(1.0, 10), US_COUNTIES),
            }
        ),
    )  # fmt: skip


def us_run(report: Report) -> None:
    mohs = load_service("mohs")
    inputs = us_inputs()
    specialists = pd.DataFrame(
        {
            "npi": inputs.sites["npi"], "age_band": "both", "p_active": 0.9, "p_accepts_pump": np.nan,
            "beneficiaries": 100.0, "grade_rank": 1, "drug": "not_applicable",
        }
    )  # fmt: skip
    seconds, tables = timed(lambda: build_scores(inputs, service=mohs, time_limit_min=LIMIT_MIN))
    prepared = prepare(inputs, time_limit_min=LIMIT_MIN)
    county = np.arange(US_POINTS) * US_COUNTIES // US_POINTS
    names = [f"{place:05}" for place in range(US_COUNTIES)]

    def intervals() -> Draws:
        options: Mapping[str, Any] = {"service": mohs, "draws": 1000, "seed": 1}
        here = chances.in_business(prepared.sites, specialists, grade="bills_service", **options)
        places = chances.rough_places(prepared.sites, **options)
        scenarios = chances.Scenarios(here, *places, chances.minutes_error(names, **options))
        return draw_access(
            prepared.pairs, prepared.demand, county, US_COUNTIES, prepared.sites, scenarios, service=mohs,
            time_limit_min=LIMIT_MIN,
        )  # fmt: skip

    draws, _ = timed(intervals)
    research = ResearchInputs(
        scores=inputs, county_scores=tables.county_scores, specialists=specialists,
        affiliations=pd.DataFrame({"npi": inputs.sites["npi"], "ccn": "000001"}),
    )  # fmt: skip
    every, found = timed(lambda: research_tables(research, service=mohs, time_limit_min=LIMIT_MIN))
    report.table(
        f"US: {US_POINTS:,} points, {US_SITES:,} sites, {prepared.pairs.n_pairs:,} pairs, {US_COUNTIES:,} counties",
        [
            {"work": "reach and county scores", "seconds": seconds},
            {"work": "1,000 Monte Carlo draws", "seconds": draws},
            {"work": f"all {len(found)} research tables (two times 1,000 draws among them)", "seconds": every},
        ],
        note="Made-up geography of the size of a real run; single runs, compiling included.",
    )


def main() -> None:
    report = Report(
        "access",
        "Access science at national size on made-up geography: E2SFCA against PySAL access, closures of every site, "
        "the score set of a US run, and Monte Carlo intervals.",
    )
    compare_catchments(report)
    closures(report)
    us_run(report)
    report.write()


if __name__ == "__main__":
    main()
