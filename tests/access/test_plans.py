"""Extinction plans and the call list, in numbers; explanations, outputs and commands as a user meets them."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box
from typer.testing import CliRunner

from deserts.access import AccessInputs
from deserts.access.explain import explain_county
from deserts.access.extinction import clinic_plan, find_practices, place_plan, region_plan, single_points
from deserts.access.outputs import area_of_points, write_research
from deserts.access.prepared import Prepared, prepare
from deserts.access.worth_of_calls import call_list, minutes_gained
from deserts.cli import build_app
from deserts.errors import InputError, MissingDataError, UnknownNameError
from deserts.services import Service
from deserts.store import Store
from tests.access.conftest import LIMIT_MIN, dense

Write = Callable[[AccessInputs], Store]


@pytest.fixture
def prepared(inputs: AccessInputs) -> Prepared:
    return prepare(inputs, time_limit_min=LIMIT_MIN)


def test_region_plan_ranks_by_what_its_own_people_lose(
    prepared: Prepared, specialists: pd.DataFrame, itb: Service
) -> None:
    plan = region_plan(prepared, specialists, service=itb, time_limit_min=LIMIT_MIN)
    assert plan["rank"].tolist() == list(range(1, len(plan) + 1))
    assert plan["added_person_min"].is_monotonic_decreasing
    matrix = dense(prepared.pairs)
    closed = (prepared.sites["practice_id"] == plan["practice_id"][0]).to_numpy()
    before, after = matrix.min(axis=1), np.where(closed, np.inf, matrix).min(axis=1)
    had = np.isfinite(before)
    loss = prepared.own_population[had] @ (np.minimum(after[had], LIMIT_MIN) - before[had])
    assert plan["added_person_min"][0] == pytest.approx(loss)
    assert plan["next_people_share"].dropna().between(0, 1).all()
    assert set(plan["next_verdict"]) <= {"absorbable", "uncertain", "not_absorbable", "nobody_left"}
    assert plan["clinicians"].max() == 2
    points = single_points(plan)
    assert points["people_without_backup"].is_monotonic_decreasing
    assert (points["people_without_backup"] > 0).all()
    of_plan = plan.set_index("practice_id")["people_without_backup"]
    for name, found in points.set_index("practice_id")["people_without_backup"].items():
        shut = np.where((prepared.sites["practice_id"] == name).to_numpy(), np.inf, matrix).min(axis=1)
        lone = (np.isfinite(before) & np.isinf(shut)) | ((before <= 120) & (shut > 120))
        assert found == of_plan[name] == prepared.own_population[lone].sum()


def test_clinic_plan_conserves_its_people(prepared: Prepared, specialists: pd.DataFrame, itb: Service) -> None:
    plan = clinic_plan(
        prepared.pairs, prepared.own_population, prepared.demand["county_fips"], prepared, ["p1"], specialists,
        service=itb, time_limit_min=LIMIT_MIN,
    )  # fmt: skip
    people = plan.summary["people"].iloc[0]
    assert people > 0
    assert plan.places["people"].sum() == pytest.approx(people)
    stranded = plan.summary["people_stranded"].iloc[0]
    assert plan.takers["people"].sum() + stranded == pytest.approx(people)
    assert "p1" not in set(plan.takers["next_id"])
    assert (plan.takers["growth_low"] <= plan.takers["growth_high"]).all()


def test_panel_counts_every_patient_of_the_clinic(prepared: Prepared, specialists: pd.DataFrame, itb: Service) -> None:
    pairs = prepared.pairs.take_points(np.array([0, 5, 9]))
    plan = clinic_plan(
        pairs, np.array([3.0, 0.0, 4.0]), pd.Series(["04401", "04402", "04403"]), prepared, ["p1"], specialists,
        service=itb, time_limit_min=LIMIT_MIN, all_of_panel=True,
    )  # fmt: skip
    assert plan.summary["people"].iloc[0] == 7
    assert set(plan.places["place"]) == {"04401", "04403"}


def test_place_plan_goes_from_practice_to_practice(prepared: Prepared) -> None:
    pairs = prepared.pairs.take_points(np.array([3]))
    chance = np.full(len(prepared.sites), 0.5)
    order = pd.DataFrame({"site_id": prepared.site_ids[pairs.site][::-1], "drive_min": pairs.drive_min[::-1]})
    order["tier"] = "proven"
    plan = place_plan(pairs, prepared, order, chance)
    kept = order.assign(practice=prepared.sites["practice_id"].to_numpy()[pairs.site[::-1]]).drop_duplicates("practice")
    assert plan["practice_id"].tolist() == kept["practice"].tolist(), "the order is that of the list, not of minutes"
    assert plan["drive_min"].tolist() == kept["drive_min"].tolist()
    assert plan["added_if_all_before_close_min"].iloc[0] == 0
    assert plan["p_all_before_gone"].iloc[0] == 1
    expected = np.cumprod(1 - plan["p_available"].to_numpy())[:-1]
    np.testing.assert_allclose(plan["p_all_before_gone"].iloc[1:], expected)
    nowhere = place_plan(pairs, prepared, order.iloc[:0], chance)
    assert nowhere.empty


def test_practices_are_found_by_npi_id_and_name(prepared: Prepared) -> None:
    sites = prepared.sites
    assert find_practices(sites, sites["npi"][3]) == ("p1",)
    assert find_practices(sites, "p2") == ("p2",)
    assert find_practices(sites, "practice 3") == ("p3",)
    with pytest.raises(UnknownNameError, match="fits 5"):
        find_practices(sites, "practice")
    with pytest.raises(UnknownNameError, match="fits 0"):
        find_practices(sites, "")


def test_call_list_prefers_open_questions_with_much_at_stake(
    prepared: Prepared, specialists: pd.DataFrame, itb: Service
) -> None:
    sure = specialists.assign(p_active=1.0, p_accepts_pump=1.0, drug="baclofen_proven")
    ranked = call_list(
        prepared.pairs, prepared.own_population, prepared.sites, sure, service=itb, grade="manages_pumps",
        time_limit_min=LIMIT_MIN,
    )  # fmt: skip
    assert (ranked["value"] == 0).all()  # nothing is open
    unsure = sure.assign(p_active=np.where(sure["npi"] == prepared.sites["npi"][2], 0.5, 1.0))
    first = call_list(
        prepared.pairs, prepared.own_population, prepared.sites, unsure, service=itb, grade="manages_pumps",
        time_limit_min=LIMIT_MIN,
    ).iloc[0]  # fmt: skip
    assert first["npi"] == prepared.sites["npi"][2]
    assert first["value"] == pytest.approx(first["person_min_at_stake"] * 0.25)
    assert first["ask"].endswith("?")


def test_candidates_without_evidence_count_by_what_they_would_save(prepared: Prepared) -> None:
    proven = np.arange(len(prepared.sites)) < 5
    matrix = dense(prepared.pairs)
    now = np.minimum(np.where(proven, matrix, np.inf).min(axis=1), LIMIT_MIN)
    clinician = np.array([0, 1, 2, 3, 4, 5, 5, 6, 7])  # one candidate has two sites
    saved, gaining = minutes_gained(prepared.pairs.select(sites=~proven), prepared.population, clinician, 8, now)
    best = matrix[:, [5, 6]].min(axis=1)
    assert saved[5] == pytest.approx(prepared.population @ np.maximum(now - best, 0))
    assert gaining[5] == prepared.population[best < now].sum()
    assert (saved[:5] == 0).all()


def test_explanation_names_every_component(inputs: AccessInputs, write_store: Write, itb: Service) -> None:
    scores = write_store(inputs).read("county_scores")
    text = "\n".join(explain_county(scores, "23001", service=itb, grade="manages_pumps", time_limit_min=LIMIT_MIN))
    for word in ("Proximity", "Choice", "Capacity: not known", "Resilience", "Class:", "weight 0.4"):
        assert word in text
    with pytest.raises(UnknownNameError, match="23099"):
        explain_county(scores, "23099", service=itb, grade="manages_pumps", time_limit_min=LIMIT_MIN)
    none = scores.assign(status="none_at_grade")
    assert "no proof" in explain_county(none, "23001", service=itb, grade="manages_pumps", time_limit_min=LIMIT_MIN)[-1]


def test_points_find_their_district() -> None:
    demand = pd.DataFrame({"point_id": ["a", "b", "c"], "lon": [0.5, 1.5, 9.0], "lat": 0.5})
    areas = gpd.GeoDataFrame({"GEOID": ["2", "1"]}, geometry=[box(0, 0, 1, 1), box(1, 0, 2, 1)], crs="EPSG:4326")
    assert area_of_points(demand, areas, key="GEOID").to_dict() == {"a": "2", "b": "1", "c": ""}


def test_research_tables_are_whole_and_the_same_bytes_twice(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    store = write_store(inputs)
    shares = tmp_path / "shares.csv"
    shares.write_text(
        "county_fips,under_18_share,medicare_share,ma_share\n23001,0.2,0.2,0.4\n23003,0.25,0.3,0.5\n23005,0.1,0.1,0.6\n"
    )
    patients = tmp_path / "patients.csv"
    patients.write_text("county_fips,patients\n23001,4\n23003,30\n23005,60\n")
    districts = tmp_path / "districts.geojson"
    gpd.GeoDataFrame({"GEOID": ["2301"]}, geometry=[box(-70, 44, -68, 46)], crs="EPSG:4326").to_file(districts)
    options = {
        "service": itb, "lines": ["a sentence"], "time_limit_min": LIMIT_MIN, "draws": 40, "county_shares": shares,
        "patients": patients, "districts": districts,
    }  # fmt: skip
    first = write_research(store, tmp_path / "one", **options)
    second = write_research(store, tmp_path / "two", **options)
    assert [path.name for path in first] == [path.name for path in second]
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    names = {path.stem for path in first}
    assert {
        "closures_site", "closures_practice", "closures_hospital", "closures_two_practices", "growth", "retirement",
        "burden", "uncertainty", "catchments", "sensitivity_catchment", "denominators", "equity", "rurality",
        "children", "ma_penetration", "district_scores", "patients", "county_scores", "SOURCES",
    } <= names  # fmt: skip
    for name in names - {"SOURCES", "METHODS", "lock"}:
        if not name.endswith("_codebook"):
            book = pd.read_csv(tmp_path / f"one/{name}_codebook.csv").set_index("column")
            assert book["meaning"].notna().all(), (name, book[book["meaning"].isna()])
            assert list(book.index) == list(pd.read_csv(tmp_path / f"one/{name}.csv", nrows=0).columns)
    for name, rows in (("county_scores", 3), ("district_scores", 1)):
        layer = gpd.read_file(tmp_path / f"one/{name}.gpkg")
        assert len(layer) == len(pd.read_parquet(tmp_path / f"one/{name}.parquet")) == rows
        assert layer.crs.to_epsg() == 4326
        assert layer.geometry.notna().all()
    about = (tmp_path / "one/SOURCES.txt").read_text()
    for words in (
        "Medicare Advantage standard",
        "no adequacy standard",
        "USD a mile",
        "40 draws, seed 1",
        "claims.csv",
        "--seed 1",
    ):
        assert words in about, words


def test_no_output_gives_a_patient_count_away(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    """Sums over counties with known coefficients are equations: miles and hours together would solve two unknowns."""
    patients = tmp_path / "patients.csv"
    patients.write_text("county_fips,patients\n23001,4\n23003,30\n23005,60\n")
    write_research(
        write_store(inputs), tmp_path / "out", service=itb, lines=[], time_limit_min=LIMIT_MIN, draws=20,
        patients=patients,
    )  # fmt: skip
    shown = pd.read_csv(tmp_path / "out/patients.csv", dtype={"county_fips": str}).set_index("county_fips")["count"]
    assert shown.isna().sum() == 2  # the 4, and a second so that the total does not give it away
    county = pd.read_csv(tmp_path / "out/burden.csv", dtype={"county_fips": str})
    region = pd.read_csv(tmp_path / "out/burden_region.csv").set_index("schedule")
    for schedule, rows in county.groupby("schedule"):
        of_county = rows.set_index("county_fips").loc[shown.dropna().index]
        reached = shown.dropna() * (1 - of_county["out_of_reach_share"])
        for column in ("miles_per_year", "hours_per_year", "usd_per_year"):
            # What stands there follows from the counts that are shown, hence adds nothing about the hidden ones.
            assert region.loc[schedule, column] == pytest.approx((reached * of_county[column]).sum(), rel=1e-6)
    assert set(region["patients"]) == {60}
    assert "2 counties are not shown" in (tmp_path / "out/SOURCES.txt").read_text()
    patients.write_text("county_fips,patients\n23001,4.5\n")
    with pytest.raises(InputError, match=r"row 2, column patients"):
        write_research(
            write_store(inputs), tmp_path / "no", service=itb, lines=[], time_limit_min=LIMIT_MIN, patients=patients
        )
    assert not (tmp_path / "no").exists()


def test_own_chances_to_leave_go_before_the_profile(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    own = tmp_path / "leaving.csv"
    own.write_text("npi,p_leaves\n" + "".join(f"{npi},1\n" for npi in inputs.sites["npi"]))
    options = {"service": itb, "lines": [], "time_limit_min": LIMIT_MIN, "draws": 20}
    store = write_store(inputs)
    write_research(store, tmp_path / "own", leaving=own, **options)
    table = pd.read_csv(tmp_path / "own/retirement.csv")
    assert (table["nobody_left_share"] == 1).all()
    assert table["mean_expected_min"].to_numpy() == pytest.approx(LIMIT_MIN)
    assert "your own for 9 of 9" in (tmp_path / "own/SOURCES.txt").read_text()


def test_research_without_any_site(inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path) -> None:
    from deserts.tables import empty

    store = write_store(replace(inputs, sites=inputs.sites.iloc[:0], drive_times=empty("drive_times")))
    written = write_research(store, tmp_path / "out", service=itb, lines=[], time_limit_min=LIMIT_MIN, draws=20)
    assert {"county_scores", "uncertainty", "denominators"} <= {path.stem for path in written}


def run(store: Store, *arguments: str) -> str:
    data = str(store.settings.data_dir)
    result = CliRunner().invoke(build_app(), [*arguments, "--data", data], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_explain_finds_the_region_by_itself(inputs: AccessInputs, write_store: Write) -> None:
    store = write_store(inputs)
    text = run(store, "explain", "--county", "23001")
    assert "County 0, ME (23001)" in text
    assert "edge incomplete: MA" in text
    assert "deserts run --region ME --service itb --grade manages_pumps" in text
    assert "0123456789ab  claims.csv" in text
    answer = json.loads(run(store, "explain", "--county", "23001", "--json"))
    assert answer["scores"]["county_fips"] == "23001"
    with pytest.raises(MissingDataError):
        run(store, "explain", "--county", "99001")
    with pytest.raises(UnknownNameError):
        run(store, "explain", "--county", "23099")


def test_plan_and_call_list_commands(inputs: AccessInputs, write_store: Write, tmp_path: Path) -> None:
    store = write_store(inputs)
    text = run(store, "access", "extinction", "--region", "ME", "--top", "2")
    assert "first 2 of" in text
    assert "grade manages_pumps" in text
    plan = json.loads(run(store, "access", "extinction", "--region", "ME", "--clinic", "p1", "--json"))
    assert set(plan) == {"summary", "takers", "places", "sources"}
    out = tmp_path / "calls.csv"
    run(store, "log", "call-list", "--region", "ME", "--out", str(out))
    calls = pd.read_csv(out, dtype={"npi": str})
    assert len(calls) == 9
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="--panel"):
        run(store, "access", "extinction", "--region", "ME", "--panel", str(out))
    zips = pd.DataFrame(
        {"zip": ["04401"], "place": "Bangor", "state": "ME", "county_fips": "23019", "lon": -68.8, "lat": 44.8,
         "kind": "area", "source": "gazetteer"}
    )  # fmt: skip
    store.write("zips", zips)
    panel = tmp_path / "panel.csv"
    panel.write_text("zip,patients\n04401,3\n00000,2\n4401,1\n")
    with pytest.raises(InputError, match=r"panel.csv, column zip.*row 3, row 4"):
        run(store, "access", "extinction", "--region", "ME", "--clinic", "p1", "--panel", str(panel))
    with pytest.raises(InputError, match="--zip"):
        run(store, "access", "extinction", "--region", "ME", "--zip", "99950")
    with pytest.raises(InputError, match="stands alone"):
        run(store, "access", "extinction", "--region", "ME", "--zip", "04401", "--clinic", "p1")
