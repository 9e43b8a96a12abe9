"""A run as Python sees it: tables, questions, what notebooks show; the same answers as the commands give."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from typer.testing import CliRunner

import deserts
from deserts.cli import build_app
from deserts.errors import InputError, MissingDataError, UnknownNameError
from deserts.pipeline.stages import STAGES

TODAY = dt.date(2026, 11, 22)
ZIP = "86905"


@pytest.fixture(scope="module")
def run(example_data) -> deserts.Run:
    return deserts.open("example", data=example_data, local=example_data / "local")


def _told(example_data, *words: str) -> dict:
    where = ["--data", str(example_data), "--local", str(example_data / "local"), "--today", TODAY.isoformat()]
    done = CliRunner().invoke(build_app(), [*words, *where, "--json"])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


# --- opening -----------------------------------------------------------------------------------------------------


def test_importing_the_package_is_light():
    code = "import sys, deserts; print(deserts.__version__, [m for m in sys.modules if m.split('.')[0] == 'pandas'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split(" ", 1)[1].strip() == "[]"


def test_names_of_the_door_are_there_and_others_are_not():
    assert set(deserts.__all__) <= set(dir(deserts))
    for name in deserts.__all__:
        assert getattr(deserts, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'opne'"):
        _ = deserts.opne


def test_what_was_not_made_is_said_at_once(tmp_path):
    with pytest.raises(MissingDataError, match=r"deserts\.build\('ME'\)"):
        deserts.open("ME", data=tmp_path)
    with pytest.raises(UnknownNameError):
        deserts.open("Atlantis", data=tmp_path)
    with pytest.raises(UnknownNameError):
        deserts.open("example", grade="guru", data=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_build_does_what_run_does_and_a_second_one_does_nothing(own_example):
    data = own_example.settings.data_dir
    reports = []
    again = deserts.build("example", data=data, local=data / "local", report=reports.append)
    assert [report.name for report in reports] == [stage.name for stage in STAGES]
    assert not any(report.ran for report in reports)
    assert_frame_equal(pd.DataFrame(again.scores), pd.DataFrame(deserts.open("example", data=data).scores))


def test_build_takes_own_files_and_names_what_is_wrong_with_them(own_example, tmp_path):
    data = own_example.settings.data_dir
    broken = tmp_path / "points.csv"
    broken.write_text("point_id,lon\n1,2\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"points\.csv"):
        deserts.build("example", data=data, demand=broken)


# --- tables --------------------------------------------------------------------------------------------------------


def test_tables_are_those_of_the_store_with_shapes(run):
    assert isinstance(run.scores, gpd.GeoDataFrame)
    assert run.scores.crs == "EPSG:4326"
    stored = run.store.read("county_scores")
    assert len(run.scores) == len(stored)
    assert not run.scores.geometry.isna().any()
    plain = pd.DataFrame(run.scores.drop(columns="geometry"))[stored.columns]
    assert_frame_equal(plain, stored.sort_values("county_fips", ignore_index=True))
    for name in ("sites", "demand", "hospitals"):
        frame = getattr(run, name)
        known = frame["lon"].notna().to_numpy()
        assert (frame.geometry.notna().to_numpy() == known).all()
        np.testing.assert_array_equal(frame.geometry[known].x, frame.loc[known, "lon"])
    for name in ("reach", "drive_times", "specialists", "evidence", "isochrones"):
        assert len(getattr(run, name)) == len(run.store.read(name))
    assert run.network.nodes > 0
    assert run.network is run.network


def test_sites_that_count_are_those_that_drives_were_measured_to(run):
    counted = set(run.sites.loc[run.sites["counts"], "site_id"])
    assert set(run.drive_times["site_id"]) <= counted
    assert not counted >= set(run.sites["site_id"])


def test_changing_a_table_changes_nothing_else(run):
    scores = run.scores
    before = run.explain(scores["county_fips"].iloc[0], today=TODAY)
    scores["nearest_median_min"] = 0.0
    table = run.table("county_scores")
    table.loc[:, "access_score"] = -1.0
    assert run.explain(scores["county_fips"].iloc[0], today=TODAY) == before
    assert (run.scores["access_score"] != -1.0).any()
    with pytest.raises(UnknownNameError, match="no table"):
        run.table("weather")


# --- questions -----------------------------------------------------------------------------------------------------


def test_backups_are_those_of_the_command(run, example_data):
    lost = str(run.backups(zip=ZIP, today=TODAY).frame()["npi"].iloc[0])
    found = run.backups(zip=ZIP, run_dry=dt.date(2026, 12, 20), exclude=[lost], k=3, today=TODAY)
    told = _told(example_data, "backup", "--zip", ZIP, "--run-dry", "2026-12-20", "--exclude", lost, "-k", "3")
    assert json.loads(json.dumps(found.to_dict())) == {name: told[name] for name in found.to_dict()}
    shown = CliRunner().invoke(
        build_app(),
        ["backup", "--zip", ZIP, "--run-dry", "2026-12-20", "--exclude", lost, "-k", "3", "--data", str(example_data),
         "--local", str(example_data / "local"), "--today", TODAY.isoformat()],
    )  # fmt: skip
    assert str(found) == shown.stdout
    assert found.frame()["npi"].tolist() == [candidate.npi for candidate in found.answer.candidates]
    assert lost not in found.frame()["npi"].tolist()
    assert ZIP not in repr(found)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ({}, "the place must be given once"),
        ({"zip": ZIP, "lonlat": (-60.0, 38.0)}, "the place must be given once"),
        ({"zip": ZIP, "k": 0}, "k: must be at least 1"),
        ({"zip": ZIP, "run_dry": "tomorrow"}, "YYYY-MM-DD"),
        ({"lonlat": (38.0, -60.0)}, "longitude"),
    ],
)
def test_a_bad_question_is_a_clear_error(run, question, words):
    with pytest.raises(InputError, match=words):
        run.backups(**question, today=TODAY)


def test_the_page_asks_through_the_same_run(run):
    from deserts.web.desk import load_desk
    from deserts.web.models import read_search

    desk = load_desk(run, today=lambda: TODAY)
    found = desk.find(read_search({"zip": ZIP, "run_dry": "2026-12-20"}))
    asked = run.backups(zip=ZIP, run_dry="2026-12-20", today=TODAY)
    assert found.answer == asked.answer
    assert found.plan == asked.plan


def test_what_if_is_that_of_the_command(run, example_data):
    close = str(run.sites.loc[run.sites["counts"], "npi"].min())
    change = run.what_if(close=[close], add=[(-60.3, 38.0)], today=TODAY)
    told = _told(example_data, "planning", "what-if", "--close", close, "--add=-60.3,38.0")
    assert {name: told["summary"][name] for name in change.totals} == json.loads(json.dumps(dict(change.totals)))
    assert change.counties.crs == "EPSG:4326"
    closed = len(change.result.closed)
    assert change.sentences[0] == f"{closed} {'site closes' if closed == 1 else 'sites close'}, 1 open"
    panel = pd.DataFrame({"zip": [ZIP], "patients": [4]})
    assert run.what_if(close=[close], panel=panel).totals["population"] == 4
    with pytest.raises(InputError, match="nothing changes"):
        run.what_if()


def test_explain_is_that_of_the_command(run, example_data):
    county = run.scores["county_fips"].max()
    told = _told(example_data, "explain", "--county", county)
    found = run.explain(county, today=TODAY)
    assert list(found.sentences) == told["explanation"]
    assert list(found.sources) == told["sources"]
    assert found.reproduce == told["reproduce"]
    with pytest.raises(UnknownNameError, match="99999"):
        run.explain("99999")


def test_research_writes_its_folder(run, tmp_path):
    written = run.research(tmp_path / "research", draws=20, today=TODAY)
    assert written
    assert all(path.is_file() for path in written)


# --- what notebooks show -------------------------------------------------------------------------------------------


def test_what_notebooks_show_is_escaped(run):
    change = run.what_if(add=[(-60.3, 38.0)], today=TODAY)
    shown = [run, run.backups(zip="86901", k=9, today=TODAY), change, run.explain(run.scores["county_fips"].min())]
    for thing in shown:
        text = thing._repr_html_()
        assert "<script" not in text.lower()
        assert "Absence here is not absence of care" in text
    assert "&lt;/script&gt;" in shown[1]._repr_html_()  # the example holds hostile names
    assert "<table>" in shown[1]._repr_html_()


def test_the_map_is_whole_without_a_network_and_escaped(run, tmp_path, visit):
    drawn = run.map()
    text = drawn.get_root().render()
    assert "<script>alert" not in text
    groups = [child.layer_name for child in drawn._children.values() if type(child).__name__ == "FeatureGroup"]
    assert groups == ["counties", "practices"]
    assert "</script><" not in text.replace("</script></", "")
    assert "OpenStreetMap" in text
    path = tmp_path / "map.html"
    path.write_text(text, encoding="utf-8")
    if "<script src" in text:
        pytest.skip("Leaflet is in no cache: run `deserts publish assets` once while online")
    window = visit(offline=True)
    window.page.goto(path.as_uri())
    window.page.locator("path.leaflet-interactive").first.wait_for()
    assert window.page.locator("path.leaflet-interactive").count() >= len(run.scores)
    assert window.foreign_requests() == []
    assert window.console == []
