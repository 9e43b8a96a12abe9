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
from hypothesis import given
from hypothesis import strategies as st

from deserts.access import AccessInputs
from deserts.access.constrained import spatial_availability
from deserts.access.decay import Decay
from deserts.access.outputs import write_research
from deserts.access.prepared import prepare
from deserts.access.research_work import ResearchInputs, prepare_work
from deserts.access.scores import build_scores
from deserts.access.survey import Survey, county_shares, tract_shares
from deserts.access.telehealth import _both, checks_by_line, remote_checks
from deserts.searches import SourceRead
from deserts.services import Service
from deserts.sources.publishers.acs import MEASURES
from deserts.store import Store
from tests.access.conftest import LIMIT_MIN, make_specialists

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


@pytest.mark.slow
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


def test_broadband_shortens_no_drive(inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path) -> None:
    """The same run without and with the survey: every other table is the same, and without it nothing is said."""
    some = replace(inputs, sites=inputs.sites.assign(telehealth=inputs.sites["site_id"] == inputs.sites["site_id"][0]))
    store, options = write_store(some), {"service": itb, "lines": [], "time_limit_min": LIMIT_MIN, "draws": 20}
    read = survey(("23001", 80.0, 100.0), ("23003", 10.0, 100.0))
    read = Survey(read.counts.assign(measure="broadband"), 2024)
    write_research(store, tmp_path / "without", **options)
    write_research(store, tmp_path / "with", survey=read, **options)
    for path in (tmp_path / "without").glob("*.csv"):
        if not path.name.startswith(("covariates", "telehealth")):
            assert path.read_bytes() == (tmp_path / "with" / path.name).read_bytes(), path.name
    text = {"county_fips": str}
    never, found = (
        pd.read_csv(tmp_path / f"{k}/telehealth.csv", dtype=text).set_index("county_fips") for k in ("without", "with")
    )
    road = ["nearest_mean_min", "beyond_60_share", "beyond_120_share"]
    pd.testing.assert_frame_equal(never[road], found[road])
    assert set(never["broadband_search"]) == {"not_searched"}
    assert never[["broadband_share", "no_line_and_far_low_share", "no_line_and_far_high_share"]].isna().all(axis=None)
    assert found["broadband_search"].tolist() == ["searched_found", "searched_found", "searched_none"]
    assert set(found["telehealth_clinicians"]) == {1}
    needles = ["needle_supply", "needle_per_100k"]
    pd.testing.assert_frame_equal(never[needles], found[needles])
    far, no_line = found["beyond_60_share"].loc["23003"], 0.9
    assert found.loc["23003", "no_line_and_far_low_share"] == pytest.approx(max(0, far + no_line - 1), abs=1e-8)
    assert found.loc["23003", "no_line_and_far_high_share"] == pytest.approx(min(far, no_line), abs=1e-8)
    assert found["no_line_and_far_low_share"].loc["23005":].isna().all()


def test_clinicians_are_handed_out_once_to_those_with_a_line_of_their_own_state() -> None:
    """By hand: 3 of ME go 30 to 10 among its lines, NH's one to its only county, MA has no line, VT no clinician."""
    state = pd.Series(["ME", "ME", "ME", "NH", "MA", "VT"])
    lines = np.array([30.0, 10.0, 0.0, 5.0, 0.0, 8.0])
    offered = pd.Series({"ME": 3.0, "NH": 1.0, "MA": 2.0, "QC": 9.0})
    assert checks_by_line(lines, state, offered).tolist() == [2.25, 0.75, 0.0, 1.0, 0.0, 0.0]


@given(
    st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 10**6).map(float)), min_size=1, max_size=30),
    st.integers(0, 29),
)
def test_a_line_more_takes_from_the_others_of_its_state_alone(counties: list[tuple[str, float]], more: int) -> None:
    state, lines = pd.Series([name for name, _ in counties]), np.array([people for _, people in counties])
    offered = pd.Series({"A": 2.0, "B": 0.5})
    before = checks_by_line(lines, state, offered)
    for name in set(state):
        there = lines[state == name].sum() > 0
        assert before[state == name].sum() == pytest.approx(offered.get(name, 0.0) if there else 0.0)
    grown = lines.copy()
    grown[more % len(lines)] += 1000.0
    after = checks_by_line(grown, state, offered)
    others = np.arange(len(lines)) != more % len(lines)
    assert (after[others] <= before[others] * (1 + 1e-9)).all()
    foreign = (state != state[more % len(lines)]).to_numpy()
    assert after[foreign].tolist() == before[foreign].tolist()


def test_needles_are_handed_out_by_road_and_checks_by_line(inputs: AccessInputs, itb: Service) -> None:
    """Each service keeps its own books: needles over region and surroundings, checks within the state."""
    marked = replace(inputs, sites=inputs.sites.assign(telehealth=inputs.sites["state"] == "ME"))
    scores = build_scores(marked, service=itb, time_limit_min=LIMIT_MIN).county_scores
    read = survey(("23001", 80.0, 100.0), ("23003", 10.0, 100.0), ("23005", 50.0, 100.0))

    def tables(of: Survey | None, **more: object) -> pd.DataFrame:
        asked = ResearchInputs(
            scores=marked, county_scores=scores, specialists=make_specialists(inputs.sites),
            affiliations=pd.DataFrame(), survey=of, **{"sources": (SourceRead("directory", ("ME",)),), **more},
        )  # fmt: skip
        return remote_checks(prepare_work(asked, service=itb, time_limit_min=LIMIT_MIN)).set_index("county_fips")

    found = tables(Survey(read.counts.assign(measure="broadband"), 2024))
    case = prepare(marked, time_limit_min=LIMIT_MIN)
    decay = Decay.gaussian(60, catchment_min=180)
    share = case.sites["share"].to_numpy(dtype=float)
    everywhere = spatial_availability(case.pairs, population=case.population, supply=share, decay=decay)
    reached = [site for site in range(len(share)) if (case.pairs.drive_min[case.pairs.site == site] <= 180).any()]
    assert everywhere.sum() == pytest.approx(share[reached].sum())
    own = case.demand["county_fips"].isin(found.index).to_numpy()
    assert found["needle_supply"].sum() == pytest.approx(everywhere[own].sum())
    offered = marked.sites.loc[marked.sites["telehealth"], "share"].sum()
    assert offered > 0
    assert found["check_supply"].sum() == pytest.approx(offered)
    per_person = found["check_supply"] / (found["population"] * found["broadband_share"])
    assert per_person.to_numpy() == pytest.approx([per_person.iloc[0]] * 3), "no distance tells lines apart"
    assert found["check_per_100k_with_line"].to_numpy() == pytest.approx(per_person * 1e5)
    assert set(found["check_search"]) == {"searched_found"}
    never, needles = tables(None), ["needle_supply", "needle_per_100k"]
    pd.testing.assert_frame_equal(never[needles], found[needles])
    assert never[["people_with_line", "check_supply", "check_per_100k_with_line"]].isna().all(axis=None)
    assert set(never["check_search"]) == {"not_searched"}
    half = tables(Survey(read.counts.iloc[:2].assign(measure="broadband"), 2024))
    assert half["check_search"].tolist() == ["partly_searched", "partly_searched", "not_searched"]
    unlisted = tables(Survey(read.counts.assign(measure="broadband"), 2024), sources=())
    assert unlisted["check_supply"].isna().all(), "no list tells who offers telehealth"


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=60))
def test_bounds_hold_whoever_has_which(people: list[tuple[bool, bool]]) -> None:
    far, unlined = (np.array([np.mean([person[side] for person in people])]) for side in (0, 1))
    low, high = _both(far, unlined)
    truth = np.mean([all(person) for person in people])
    assert low[0] - 1e-12 <= truth <= high[0] + 1e-12


def test_a_service_without_needles_has_no_such_table(inputs: AccessInputs, itb: Service, mohs: Service) -> None:
    scores = build_scores(inputs, service=itb, time_limit_min=LIMIT_MIN).county_scores
    asked = ResearchInputs(
        scores=inputs, county_scores=scores, specialists=make_specialists(inputs.sites), affiliations=pd.DataFrame()
    )
    tables = {
        service.service_id: remote_checks(prepare_work(asked, service=service, time_limit_min=LIMIT_MIN))
        for service in (itb, mohs)
    }
    assert tables["mohs"].empty
    assert len(tables["itb"]) == 3
    assert tables["itb"]["telehealth_clinicians"].isna().all(), "no listing was read"
