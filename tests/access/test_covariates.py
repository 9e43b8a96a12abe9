"""Regression tables: who lives there, with margins; what is not known is null and says whether anybody looked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deserts.access import AccessInputs
from deserts.access.outputs import write_research
from deserts.access.survey import Survey, county_shares, tract_shares
from deserts.services import Service
from deserts.sources.publishers.acs import MEASURES
from deserts.store import Store
from tests.access.conftest import LIMIT_MIN

Write = Callable[[AccessInputs], Store]


def survey(*rows: tuple[str, float, float]) -> Survey:
    """Return households without a car by area, part and whole; margins are a tenth of the part, none of the whole."""
    table = pd.DataFrame(rows, columns=["geoid", "part", "whole"])
    table["level"] = np.where(table["geoid"].str.len() == 5, "county", "tract")
    return Survey(table.assign(measure="no_vehicle", part_moe=table["part"] / 10, whole_moe=0.0), 2024)


def test_shares_and_their_state_of_knowledge() -> None:
    found = county_shares(
        survey(("23001", 30.0, 100.0), ("23003", np.nan, 100.0)), pd.Series(["23003", "23001", "33001"])
    )
    assert found.index.tolist() == ["23003", "23001", "33001"]
    assert found["no_vehicle_share"].tolist() == pytest.approx([np.nan, 0.3, np.nan], nan_ok=True)
    assert found["no_vehicle_share_moe"].tolist() == pytest.approx([np.nan, 0.03, np.nan], nan_ok=True)
    assert found["acs_search"].tolist() == ["searched_none", "searched_found", "not_searched"]
    assert found["acs_basis"].tolist() == ["", "own", ""]
    assert found["broadband_share"].isna().all()
    never = county_shares(None, pd.Series(["23001"]))
    assert set(never["acs_search"]) == {"not_searched"}
    assert never[[f"{m.name}_share" for m in MEASURES]].isna().all(axis=None)


def test_old_counties_of_connecticut_take_counts_from_planning_regions() -> None:
    regions = ["09110", "09120", "09130", "09140", "09150", "09160", "09170", "09180", "09190"]
    found = county_shares(survey(*((code, 100.0, 1000.0) for code in regions)), pd.Series(["09001", "09007"]))
    assert found["no_vehicle_share"].tolist() == pytest.approx([0.1, 0.1])
    assert set(found["acs_basis"]) == {"by_population"}


def test_tracts_of_redrawn_counties_keep_their_number() -> None:
    read = survey(
        ("09110400100", 1.0, 10.0), ("09110990000", 2.0, 10.0), ("09180990000", 3.0, 10.0), ("23001000100", 4.0, 10.0)
    )
    tracts = pd.Series(["09003400100", "09003990000", "23001000100", "23003000100"])
    found = tract_shares(read, tracts)
    assert found["no_vehicle_share"].tolist() == pytest.approx([0.1, np.nan, 0.4, np.nan], nan_ok=True)
    assert found["acs_search"].tolist() == ["searched_found", "searched_none", "searched_found", "searched_none"]
    twice = tract_shares(read, pd.Series(["09003400100", "09013400100"]))
    assert twice["no_vehicle_share"].isna().all(), "which of two tracts is meant is not known"


def coded(inputs: AccessInputs) -> AccessInputs:
    """Give the points the codes of block groups, four a tract."""
    n = np.arange(len(inputs.demand))
    ids = inputs.demand["county_fips"] + pd.Series([f"{1 + i % 8 // 4:06d}{1 + i % 4}" for i in n])
    new = dict(zip(inputs.demand["point_id"], ids, strict=True))
    times = inputs.drive_times.assign(point_id=inputs.drive_times["point_id"].map(new))
    snaps = inputs.point_snaps.assign(point_id=inputs.point_snaps["point_id"].map(new))
    return replace(inputs, demand=inputs.demand.assign(point_id=ids), drive_times=times, point_snaps=snaps)


def test_regression_tables_of_a_run(inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path) -> None:
    case = coded(inputs)
    options = {"service": itb, "lines": [], "time_limit_min": LIMIT_MIN, "draws": 20}
    write_research(write_store(case), tmp_path / "out", survey=survey(("23001000002", 1.0, 4.0)), **options)
    text = {"county_fips": str, "tract": str}
    tracts = pd.read_csv(tmp_path / "out/covariates_tract.csv", dtype=text).set_index("tract")
    counties = pd.read_csv(tmp_path / "out/covariates_county.csv", dtype=text).set_index("county_fips")
    assert len(tracts) == 6
    assert tracts["population"].sum() == counties["population"].sum() == case.demand.query("scored")["population"].sum()
    row = tracts.loc["23003000001"]
    points = case.demand[case.demand["point_id"].str.startswith("23003000001")]
    near = case.drive_times.groupby("point_id")["drive_min"].min().reindex(points["point_id"]).fillna(np.inf)
    weights = points["population"].to_numpy()
    assert row["nearest_mean_min"] == pytest.approx(np.average(np.minimum(near, LIMIT_MIN), weights=weights), rel=1e-6)
    assert row["beyond_60_share"] == pytest.approx(np.average(near > 60, weights=weights), rel=1e-6)
    assert tracts.loc["23001000002", "no_vehicle_share"] == 0.25
    assert (tracts["no_vehicle_share"].notna()).sum() == 1
    assert set(counties["acs_search"]) == {"not_searched"}, "tracts were read, counties were not"
    assert set(tracts["acs_year"]) == {2024}
    assert set(counties["rucc"]) == {1, 4, 8}


def test_points_without_codes_make_no_tract_table(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    write_research(write_store(inputs), tmp_path / "out", service=itb, lines=[], time_limit_min=LIMIT_MIN, draws=20)
    assert not (tmp_path / "out/covariates_tract.csv").exists()
    kinds = set()
    for path in (tmp_path / "out").glob("*.parquet"):
        read = pq.read_schema(path)
        kinds |= {str(field.type) for field in read}
        assert read.metadata is None, path.name
        assert pq.read_table(path).num_columns == len(pd.read_csv(path.with_suffix(".csv"), nrows=0).columns)
    assert kinds <= {"string", "double", "float", "int64", "int32", "bool"}, "plain types that R reads alike"
    assert pa.types.is_boolean(pq.read_schema(tmp_path / "out/county_scores.parquet").field("mean_is_lower_bound").type)


def test_survey_files_of_ones_own_and_their_year(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    file = tmp_path / "acsdt5y2023-b08201.dat"
    file.write_text("GEO_ID|B08201_E001|B08201_M001|B08201_E002|B08201_M002\n0500000US23001|200|20|50|12\n")
    options = {"service": itb, "lines": [], "time_limit_min": LIMIT_MIN, "draws": 20}
    write_research(write_store(inputs), tmp_path / "out", survey_files=[file], **options)
    table = pd.read_csv(tmp_path / "out/covariates_county.csv", dtype={"county_fips": str}).set_index("county_fips")
    assert table.loc["23001", "no_vehicle_share"] == 0.25
    assert table.loc["23001", "acs_year"] == 2023
    assert table.loc["23003", "acs_search"] == "searched_none"
    assert "--survey acsdt5y2023-b08201.dat" in (tmp_path / "out/SOURCES.txt").read_text()
