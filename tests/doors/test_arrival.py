"""The hour of an appointment at every door: the same bands, their sources, and plain words where there is no table."""

from __future__ import annotations

import csv
import io
import json

import html5lib
import pytest

from deserts.api.run import Run
from deserts.config import Settings
from deserts.rules.minutes import TICKS_A_MINUTE, hour_band
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS, Browser
from tests.web.neighbourhood import make_app
from tests.web.test_tools import command

ZIP = "86901"
TABLE = (
    "arrive_from,arrive_to,people_km2_from,people_km2_to,factor_low,factor_high,source\n"
    "07:00,10:00,0,1e6,0.95,1.4,=invented <b>\n"
)


@pytest.fixture
def own(example_data, tmp_path):
    """A run with an empty folder of own tables, and its page."""
    made = example_run(example_data)
    settings = Settings(data_dir=example_data, local_dir=tmp_path / "own", allow_network=False)
    (tmp_path / "own").mkdir()
    run = Run(settings, made.region, made.service, made.grade)
    app = make_app(load_desk(run, today=lambda: TODAY))
    return run, Browser(app, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False)


def _told(text):
    root = html5lib.parse(text, namespaceHTMLElements=False)
    (section,) = (part for part in root.iter("section") if part.get("aria-labelledby") == "hour-head")
    return ["".join(part.itertext()) for part in section.iter() if part.tag in ("h2", "li")]


def test_the_band_is_the_same_at_every_door(own):
    run, page = own
    (run.settings.local_dir / "hour_factors.csv").write_text(TABLE, encoding="utf-8")
    words = ("backup", "--zip", ZIP, "-k", "3", "--arrive", "9:00")
    told = json.loads(command(run, *words, "--json"))["at_hour"]
    assert told["arrive"] == "09:00"
    assert told["sources"] == ["=invented <b>"]
    assert len(told["drives"]) > 3
    for candidate, drive in zip(run.backups(zip=ZIP, k=3, today=TODAY).answer.candidates, told["drives"], strict=True):
        assert drive["npi"] == candidate.npi
        ticks = round(candidate.drive_min * TICKS_A_MINUTE)
        band = hour_band(ticks, candidate.plus_minus_min, 950, 1400)
        assert [drive["least_min"], drive["most_min"]] == band
        assert drive["least_min"] <= candidate.drive_min <= drive["most_min"]
        assert "at that hour" in drive["words"]
    assert run.backups(zip=ZIP, k=3, today=TODAY, arrive="09:00").at_hour.to_dict() == told
    assert page.post("/api/backups", json={"zip": ZIP, "k": 3, "arrive": "09:00"}).json()["at_hour"] == told
    shown = page.post("/search", data={"zip": ZIP, "k": "3", "arrive": "09:00"}).text
    assert _told(shown) == told["sentences"]
    assert "=invented <b>" not in shown
    in_words = command(run, *words)
    assert [line for line in told["sentences"] if line not in in_words] == []
    none = json.loads(command(run, *words[:5], "--arrive", "12:00", "--json"))["at_hour"]
    assert {drive["least_min"] for drive in none["drives"]} == {None}
    assert none["sources"] == []
    assert all("says nothing of such places at that hour" in drive["words"] for drive in none["drives"])


def _panel(text):
    (row,) = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    return {name: value for name, value in row.items() if name.startswith("panel_")}


def test_a_panel_says_of_its_backups_what_the_answer_for_one_patient_says(own, tmp_path):
    run, page = own
    (run.settings.local_dir / "hour_factors.csv").write_text(TABLE, encoding="utf-8")
    patients, written = tmp_path / "patients.csv", tmp_path / "answered.csv"
    lost = run.backups(zip=ZIP, k=1, today=TODAY).answer.candidates[0].npi
    patients.write_text(f"zip,primary_npi\n{ZIP},{lost}\n", encoding="utf-8")
    words = ("patient", "panel", str(patients), "--out", str(written))
    command(run, *words, "--arrive", "9:00")
    row = _panel(written.read_text(encoding="utf-8"))
    one = run.backups(zip=ZIP, k=9, today=TODAY, exclude=[lost], arrive="09:00").at_hour
    drives = {drive.npi: drive for drive in one.drives}
    for number in (1, 2):
        drive = drives[row[f"panel_backup_{number}_npi"]]
        told = [row[f"panel_backup_{number}_{part}"] for part in ("hour_least_min", "hour_most_min", "at_hour")]
        assert told == [str(drive.least_min), str(drive.most_min), drive.words]
    assert row["panel_arrive"] == "09:00"
    assert row["panel_hour_source"] in ("=invented <b>", "'=invented <b>")  # as a formula it would be dangerous
    text = patients.read_text(encoding="utf-8")
    assert _panel(page.post("/api/panel", json={"csv": text, "arrive": "09:00"}).json()["csv"]) == row
    shown = page.post("/panel", data={"arrive": "09:00"}, files={"file": ("patients.csv", text.encode(), "text/csv")})
    assert _panel(shown.text) == row
    command(run, *words)
    assert [name for name in _panel(written.read_text(encoding="utf-8")) if "hour" in name or "arrive" in name] == []
    command(run, *words, "--arrive", "12:00")
    none = _panel(written.read_text(encoding="utf-8"))
    assert none["panel_backup_1_hour_least_min"] == ""
    assert "says nothing of such places" in none["panel_backup_1_at_hour"]


def test_a_panel_without_a_table_says_so_and_refuses_what_is_no_hour(own):
    _, page = own
    body = {"csv": f"zip\n{ZIP}\n", "arrive": "09:00"}
    row = _panel(page.post("/api/panel", json=body).json()["csv"])
    assert "none comes with this program" in row["panel_hour_source"]
    assert row["panel_backup_1_at_hour"] == ""
    for door in (
        page.post("/api/panel", json=body | {"arrive": "Zzyzx"}),
        page.post(
            "/panel", data={"arrive": "Zzyzx"}, files={"file": ("patients.csv", body["csv"].encode(), "text/csv")}
        ),
    ):
        assert "that is no hour of a day" in door.text
        assert door.status_code == 400


def test_without_a_table_the_answer_says_so_and_a_faulty_one_is_named(own):
    run, page = own
    told = page.post("/api/backups", json={"zip": ZIP, "arrive": "09:00"}).json()["at_hour"]
    assert told["drives"] == []
    assert "none comes with this program" in told["sentences"][1]
    assert told["sentences"][1] in command(run, "backup", "--zip", ZIP, "--arrive", "09:00")
    assert page.post("/api/backups", json={"zip": ZIP}).json()["at_hour"] is None
    for hour in ("9 o'clock", "24:00", "Zzyzx"):
        refused = page.post("/api/backups", json={"zip": ZIP, "arrive": hour})
        assert refused.status_code == 400
        assert "arrive: expected an hour as 09:00" in refused.text
        assert "Zzyzx" not in refused.text
    assert "at_hour" not in run.backups(zip=ZIP, today=TODAY).to_dict()
    (run.settings.local_dir / "hour_factors.csv").write_text(TABLE.replace("=invented <b>", ""), encoding="utf-8")
    said = command(run, "backup", "--zip", ZIP, "--arrive", "09:00")
    assert "HOUR FACTORS NOT READ" in said
    assert "column source is empty at row 2" in said
