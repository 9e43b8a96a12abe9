"""The planning commands of a region, on the example that is built from files to scores."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from typer.testing import CliRunner, Result

from deserts.cli import build_app
from deserts.errors import InputError, MissingDataError, UnknownNameError
from deserts.example.streets import LONG_BRIDGE
from deserts.planning.region import load_case, with_panel
from deserts.provenance import Provenance
from deserts.roads import Network
from deserts.searches import Verdict
from deserts.store import Store

BASE = "--base=-58.18,37.37"
TODAY = ("--today", "2026-11-22")


@pytest.fixture(scope="session")
def run(example_data: Path):
    def command(*arguments: object) -> Result:
        place = ("--data", example_data, "--local", example_data / "local", *TODAY)
        return CliRunner().invoke(build_app(), [str(part) for part in (*arguments, *place)])

    return command


@pytest.fixture(scope="session")
def answer(run):
    def ask(*arguments: object) -> dict:
        result = run(*arguments, "--json")
        assert result.exit_code == 0, result.output or result.exception
        found = json.loads(result.stdout)
        assert any("grade manages_pumps; Medicare claims of" in line for line in found["provenance"])
        assert any("OpenStreetMap" in line for line in found["provenance"])
        assert any(line.startswith("synthetic") for line in found["provenance"])
        return found

    return ask


@pytest.fixture(scope="session")
def clinician(example_store: Store) -> str:
    """Whoever is alone at the most places: closing them must be felt."""
    sites = example_store.read("sites")
    supplies = sites[sites["grade_rank"] <= 3]
    alone = supplies[~supplies.duplicated(["lon", "lat"], keep=False)]
    return str(alone["npi"].value_counts().index[0])


COUNTY_COLUMNS = {
    "county_fips", "name", "state", "population", "median_before_min", "median_after_min", "mean_before_min",
    "mean_after_min", "median_change_min", "mean_change_min", "winners", "losers", "stranded", "gained",
}  # fmt: skip


def test_a_closure_raises_nobody(answer, clinician: str) -> None:
    found = answer("planning", "what-if", "--close", clinician)
    total, counties = found["summary"], pd.DataFrame(found["counties"])
    assert set(counties.columns) == COUNTY_COLUMNS
    assert counties["county_fips"].is_monotonic_increasing
    assert total["winners"] == total["gained"] == 0
    assert total["losers"] > 0
    assert (counties["mean_after_min"] >= counties["mean_before_min"] - 1e-9).all()
    assert total["mean_after_min"] > total["mean_before_min"]
    assert total["median_after_min"] >= total["median_before_min"]
    for name in ("population", "losers", "stranded"):
        assert counties[name].sum() == pytest.approx(total[name])
    weighted = (counties["mean_after_min"] * counties["population"]).sum() / counties["population"].sum()
    assert weighted == pytest.approx(total["mean_after_min"], abs=1e-3)


def test_an_addition_lowers_nobody(answer) -> None:
    total = answer("planning", "what-if", "--add=-60.3,38.0")["summary"]
    assert total["losers"] == total["stranded"] == 0
    assert total["winners"] > 0
    assert all(total[f"beyond_{m}_after"] <= total[f"beyond_{m}_before"] for m in (30, 60, 120))


def test_a_closed_bridge_makes_losers_only(answer, run, example_store: Store, tmp_path: Path) -> None:
    network = Network.load(example_store.find_network())
    bridge = next(edge for edge in range(network.edges) if network.name(edge) == LONG_BRIDGE)
    shape = network.shape(bridge)
    middle = (shape[len(shape) // 2 - 1] + shape[len(shape) // 2]) / 2
    across = shapely.Point(middle).buffer(0.002)
    for name, geometry in (("cut", across.boundary), ("flood", across)):
        (tmp_path / f"{name}.geojson").write_text(shapely.to_geojson(geometry), encoding="utf-8")
    total = answer("planning", "what-if", "--close-roads", tmp_path / "cut.geojson")["summary"]
    assert total["shut_roads"] >= 1
    assert total["winners"] == total["gained"] == 0
    assert total["losers"] > 0
    assert total["mean_after_min"] > total["mean_before_min"]
    flooded = answer("planning", "what-if", "--flood", tmp_path / "flood.geojson")["summary"]
    assert flooded == total
    snow = answer("planning", "what-if", "--snow", "--add=-60.3,38.0")["summary"]
    assert snow["winners"] > 0
    result = run("planning", "what-if", "--close-roads", tmp_path / "cut.geojson", "--map", tmp_path / "c.svg")
    assert result.exit_code == 0, result.exception
    assert "road close" in (tmp_path / "c.svg").read_text(encoding="utf-8")
    (tmp_path / "sea.geojson").write_text('{"type": "LineString", "coordinates": [[1, 1], [2, 2]]}', encoding="utf-8")
    result = run("planning", "what-if", "--close-roads", tmp_path / "sea.geojson")
    assert isinstance(result.exception, InputError)
    assert "no road to close" in str(result.exception)


def test_what_if_writes_its_files_the_same_twice(run, clinician: str, tmp_path: Path) -> None:
    texts = []
    for name in ("one", "two"):
        folder = tmp_path / name
        result = run("planning", "what-if", "--close", clinician, "--add=-60.3,38.0", "--out", folder / "c.csv",
                     "--map", folder / "c.html", "--geojson", folder / "c.geojson")  # fmt: skip
        assert result.exit_code == 0, result.exception
        texts.append({path.name: path.read_bytes() for path in sorted(folder.iterdir())})
    assert texts[0] == texts[1]
    assert set(texts[0]) == {"c.csv", "c.about.txt", "c.html", "c.geojson"}
    table = pd.read_csv(io.BytesIO(texts[0]["c.csv"]), dtype={"county_fips": str})
    assert set(table.columns) == COUNTY_COLUMNS
    about, page = texts[0]["c.about.txt"].decode(), texts[0]["c.html"].decode()
    for text in (about, page):
        assert "grade manages_pumps" in text
        assert "OpenStreetMap" in text
    assert table["name"].iloc[0] in page
    assert "<script" not in page
    features = json.loads(texts[0]["c.geojson"])
    assert len(features["features"]) == len(table)
    assert any("synthetic" in line for line in features["provenance"])


def test_faults_of_scenarios_are_told(run, tmp_path: Path) -> None:
    for arguments, kind, words in (
        (("planning", "what-if"), InputError, "nothing changes"),
        (("planning", "what-if", "--close", "2999999999"), UnknownNameError, "supplies at no site"),
        (("planning", "what-if", "--add=37.4,-58.1"), InputError, "on no road"),
        (("planning", "what-if", "--add=here"), InputError, "not a place"),
        (("planning", "what-if", "--add=-60.3,38.0", "--map", tmp_path / "c.bmp"), InputError, "what kind of file"),
        (("planning", "frontier", "--plot", tmp_path / "f.html"), InputError, "what kind of file"),
        (("planning", "van", "-n", 99, BASE), InputError, "cannot be chosen"),
        (("planning", "train", "--method", "pcenter", "--equity", 2), InputError, "however much they weigh"),
        (("planning", "train", "-n", 2, "--method", "best"), UnknownNameError, "no method"),
    ):
        result = run(*arguments)
        assert isinstance(result.exception, kind), (arguments, result.output, result.exception)
        assert words in str(result.exception)
    assert not list(tmp_path.iterdir())


def test_training_more_clinicians_never_lowers_cover(answer) -> None:
    covered = []
    for count in (1, 2, 3):
        found = answer("planning", "train", "-n", count, "--method", "mclp", "--threshold", 60)
        covered.append(found["summary"]["population_within"])
        assert len(found["places"]) == count
        assert found["summary"]["gap"] == 0
        assert all("(" in place["names"] and place["clinicians"] >= 1 for place in found["places"])
        assert found["provenance"][0].startswith("For the team")
    assert covered == sorted(covered)
    assert covered[-1] > covered[0]


def test_backup_cover_takes_the_fewest_and_reaches_all_that_can_be(answer) -> None:
    found = answer("planning", "train", "--method", "backup", "--fewest", "--threshold", 120)["summary"]
    assert found["objective"] == len(found["added"]) == found["bound"]
    lost = found["out_of_reach"]
    assert found["population_with_two_after"] > found["population_with_two_before"]
    some = answer("planning", "train", "--method", "backup", "-n", 3, "--threshold", 120)["summary"]
    assert found["population_with_two_before"] < some["population_with_two_after"] < found["population_with_two_after"]
    assert some["out_of_reach"] == lost
    assert some["objective"] == some["population_with_two_after"]


def test_equity_serves_those_far_out(answer) -> None:
    plain, fair = (answer("planning", "train", "-n", 2, "--method", "mclp", "--equity", power) for power in (1, 4))
    far, near = (pd.DataFrame(found["places"])["mean_saved_min"].mean() for found in (fair, plain))
    assert far >= near
    assert fair["summary"]["population_within"] <= plain["summary"]["population_within"]


def test_van_round_adds_up_and_keeps_its_interval(run, answer, tmp_path: Path) -> None:
    found = answer("planning", "van", "-n", 3, BASE, "--stop-hours", 4)
    stops, total = pd.DataFrame(found["stops"]), found["summary"]
    assert stops["stop"].tolist() == list(range(1, len(stops) + 1))
    drive = (stops["drive_from_last_min"].sum() + total["drive_home_min"]) / 60
    assert drive == pytest.approx(total["drive_hours_a_cycle"], abs=1e-3)
    assert total["hours_a_cycle"] == pytest.approx(drive + 4 * len(stops), abs=1e-3)
    assert stops["day"].is_monotonic_increasing
    assert stops["day"].iloc[-1] <= total["days_a_cycle"] <= total["days_available"]
    assert (stops["people_nearer"] > 0).all()
    refused = run("planning", "van", "-n", 3, BASE, "--interval-days", 2)
    assert isinstance(refused.exception, InputError)
    assert "refill interval" in str(refused.exception)
    halls = tmp_path / "halls.csv"
    halls.write_text("candidate_id,lon,lat\n007,-60.3,38.0\n=x,-60.6,38.4\n", encoding="utf-8")
    own = run("planning", "van", "-n", 2, BASE, "--candidates", halls, "--out", tmp_path / "stops.csv")
    assert own.exit_code == 0, own.exception
    written = pd.read_csv(tmp_path / "stops.csv", dtype=str)
    assert set(written["candidate_id"]) <= {"007", "'=x"}
    assert "working days" in (tmp_path / "stops.about.txt").read_text(encoding="utf-8")


def test_hubs_give_two_distances(answer, tmp_path: Path) -> None:
    found = answer("planning", "hubs", "--hubs", 2, "--spokes", 3, "--points", tmp_path / "two.csv")
    assert [place["role"] for place in found["places"]] == ["hub"] * 2 + ["spoke"] * 3
    points = pd.read_csv(tmp_path / "two.csv", dtype={"point_id": str, "county_fips": str})
    both = points.dropna(subset=["near_min", "hub_min"])
    assert (both["near_min"] <= both["hub_min"]).all()
    assert points["population"].sum() == pytest.approx(found["summary"]["population"])
    assert found["summary"]["mean_near_min"] <= found["summary"]["mean_hub_min"]


@pytest.mark.parametrize("method", ["mclp", "backup"])
def test_frontier_grows_and_agrees_with_a_plan(answer, tmp_path: Path, method: str) -> None:
    found = answer("planning", "frontier", "-n", 3, "--method", method, "--plot", tmp_path / "f.svg")
    table = pd.DataFrame(found["frontier"])
    assert table["people_covered"].is_monotonic_increasing
    assert table["sites_added"].tolist() == [0, 1, 2, 3]
    assert (table["gap"] == 0).all()
    shares = table["people_covered"] / found["summary"]["population"]
    assert table["share_covered"].to_numpy() == pytest.approx(shares, abs=1e-6)  # six decimals are given
    assert (tmp_path / "f.svg").read_text(encoding="utf-8").startswith("<?xml")


def test_panel_counts_patients_instead_of_residents(answer, example_store: Store, tmp_path: Path) -> None:
    zips = example_store.read("zips")
    counties = example_store.read("counties")
    own = zips[zips["county_fips"].isin(counties.loc[counties["scored"], "county_fips"])].sort_values("zip")
    panel = tmp_path / "panel.csv"
    chosen = own["zip"].iloc[[0, 5, 9]].tolist()
    pd.DataFrame({"zip": chosen, "patients": [3, 2, 7]}).to_csv(panel, index=False)
    found = answer("planning", "train", "-n", 1, "--panel", panel)
    assert found["summary"]["population"] == 12
    assert any("panel's patients" in line for line in found["provenance"])
    assert answer("planning", "what-if", "--add=-60.3,38.0", "--panel", panel)["summary"]["population"] == 12


def test_panel_of_another_region_is_refused(example_store: Store) -> None:
    from deserts.services import load_service

    case = load_case(example_store, service=load_service("itb"), time_limit_min=480.0, max_snap_km=40.0)
    zips = example_store.read("zips")
    counties = example_store.read("counties")
    away = zips[~zips["county_fips"].isin(counties.loc[counties["scored"], "county_fips"])]
    patients = pd.DataFrame({"zip": away["zip"].iloc[:1].tolist(), "patients": [1.0]})
    with pytest.raises(InputError, match="no county of the region"):
        with_panel(case, patients, zips=zips)
    with pytest.raises((InputError, UnknownNameError)):
        with_panel(case, patients.assign(zip="nowhere"), zips=zips)
    assert np.isclose(case.prepared.own_population.sum(), 948_320)


@pytest.mark.parametrize(
    "words",
    [
        ("planning", "train", "-n", 1), ("planning", "what-if", "--close", "2020000479"), ("planning", "frontier"),
        ("planning", "hubs"), ("planning", "van", BASE), ("access", "extinction"),
        ("access", "extinction", "--clinic", "2020000479"),
    ],
    ids=lambda words: " ".join(map(str, words[:2])),
)  # fmt: skip
def test_where_nobody_looked_no_residents_are_counted(run, monkeypatch, words):
    unread = Verdict(missing=("claims: not read",), missing_needed=("claims: not read",), not_searched=("XA",))
    monkeypatch.setattr(Provenance, "verdict", lambda *_, **__: unread)
    result = run(*words)
    assert isinstance(result.exception, MissingDataError), result.output
    assert str(result.exception).find("Who is nearest for how many residents is not known: claims: not read.") >= 0
    assert "people" not in result.stdout
