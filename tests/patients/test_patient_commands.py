"""The coordinator's commands as a user runs them: answers, bad input, and nothing of the patient left behind."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import logging
import os
import re
import stat
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.errors import DesertsError
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backups import BackupData, find_backups
from deserts.patients.search.origin import from_zip
from tests.command_line import every_command, name_of

TODAY = "2026-11-22"
ZIP = "86805"
LOST = "2020006021"


class Deserts:
    """Runs commands on the example with a folder of own tables that a test may fill."""

    def __init__(self, data: Path, local: Path) -> None:
        self.data, self.local = data, local
        self.app = build_app()

    def __call__(self, *arguments: str, stdin: str | None = None, dated: bool = True):
        where = ["--data", str(self.data)] if "clock" not in arguments[:2] else []
        today = ["--today", TODAY] if dated else []
        return CliRunner().invoke(
            self.app, [*arguments, *where, "--local", str(self.local), *today], input=stdin, catch_exceptions=True
        )

    def json(self, *arguments: str, stdin: str | None = None):
        done = self(*arguments, "--json", stdin=stdin)
        assert done.exception is None, done.exception
        return json.loads(done.stdout)

    def fault(self, *arguments: str, stdin: str | None = None) -> DesertsError:
        done = self(*arguments, stdin=stdin)
        assert isinstance(done.exception, DesertsError), (done.exception, done.output)
        return done.exception


@pytest.fixture
def deserts(example_data: Path, tmp_path: Path) -> Deserts:
    local = tmp_path / "own"
    local.mkdir()
    return Deserts(example_data, local)


def test_backup_answers_in_tiers_and_excludes(deserts):
    whole = deserts.json("backup", "--zip", ZIP, "-k", "3")
    first = whole["tiers"][0]["candidates"][0]
    assert first["npi"] == LOST
    without = deserts.json("backup", "--zip", ZIP, "-k", "3", "--exclude", LOST)
    practices = {c["practice_id"] for tier in without["tiers"] for c in tier["candidates"]}
    assert first["practice_id"] not in practices
    assert whole["plan"] is None
    assert whole["provenance"][-2].startswith("Public Medicare files miss children")
    assert whole["provenance"][-1] == "calls: none logged for this service"


def test_run_dry_puts_the_plan_first(deserts):
    text = deserts("backup", "--zip", ZIP, "--run-dry", "2026-12-01").stdout
    assert text.startswith("The pump can be empty in 9 days (Tuesday 2026-12-01) at the earliest. Refill by Wednesday")
    for days in ("2026-11-25", "2026-11-22", "2026-10-01"):
        assert deserts("backup", "--zip", ZIP, "--run-dry", days).stdout.startswith(
            "EMERGENCY DEPARTMENT NOW. CALL 911."
        )
    signs = deserts("backup", "--zip", ZIP, "--withdrawal-signs").stdout
    assert signs.startswith("EMERGENCY DEPARTMENT NOW. CALL 911.")


def test_the_clock_feeds_the_plan(deserts, tmp_path):
    form = tmp_path / "clock.json"
    form.write_text(deserts("patient", "clock", "--example").stdout, encoding="utf-8")
    alone = deserts.json("patient", "clock", str(form))
    both = deserts.json("backup", "--zip", ZIP, "--clock", str(form))
    assert both["timeline"] == alone
    assert alone["days_left"] > 0
    late = deserts("backup", "--zip", ZIP, "--clock", str(form), "--today", "2027-01-26", dated=False)
    assert late.stdout.startswith("EMERGENCY DEPARTMENT NOW")
    assert "the earliest day on which the pump can be empty has passed" in late.stdout


def test_input_by_form_standard_input_and_prompt_is_the_same(deserts, tmp_path):
    by_option = deserts("backup", "--zip", ZIP, "--run-dry", "2026-12-20", "--exclude", LOST).stdout
    form = tmp_path / "patient.json"
    form.write_text(json.dumps({"zip": ZIP, "run_dry": "2026-12-20", "exclude": [LOST]}), encoding="utf-8")
    assert deserts("backup", "--form", str(form)).stdout == by_option
    assert deserts("backup", "--form", "-", stdin=form.read_text()).stdout == by_option
    assert deserts("backup", "--ask", "--exclude", LOST, stdin=f"{ZIP}\n\n\n2026-12-20\n").stdout.endswith(by_option)


def test_strict_is_exit_code_5_on_old_data(deserts):
    for command in (["backup"], ["patient", "emergency"], ["patient", "drug-source", "--strength", "2000"]):
        done = deserts(*command, "--zip", ZIP, "--strict", "--today", "2027-06-01", dated=False)
        assert done.exception.exit_code == 5
        assert "OLD DATA" in done.stdout


def test_a_call_changes_the_next_answer(deserts):
    from deserts.config import Settings
    from deserts.specialists.entries import Verification
    from deserts.specialists.log import open_log

    before = deserts.json("backup", "--zip", ZIP)
    someone = before["tiers"][1]["candidates"][0]["npi"]
    log = open_log(Settings(local_dir=deserts.local))
    log.append(
        [Verification(someone, "itb", "accepting", "2026-11-20", "phone", wait_days=10, pump_makers="Medtronic")]
    )
    after = deserts.json("backup", "--zip", ZIP, "--pump", "medtronic", "--run-dry", "2027-01-15")
    called = next(c for c in after["tiers"][0]["candidates"] if c["npi"] == someone)
    assert called["verification"].startswith("verified on 2026-11-20")
    assert called["pump"] == "yes"
    assert {c["chance"] for c in after["plan"]["chances"] if c["npi"] == someone} == {"likely"}
    log.append([Verification(someone, "itb", "retired", "2026-11-21", "phone")])
    gone = deserts.json("backup", "--zip", ZIP)
    assert someone not in {c["npi"] for tier in gone["tiers"] for c in tier["candidates"]}


def test_emergency_home_and_drug(deserts):
    near = deserts.json("patient", "emergency", "--zip", ZIP)
    minutes = [h["drive_min"] for h in near["nearest"]]
    assert minutes == sorted(minutes)
    assert near["nearest_pump_capable"]["pump_clinicians"] > 0
    assert not any("psychiatric" in h["type"].lower() or "long" in h["type"].lower() for h in near["nearest"])
    unknown = deserts.json("patient", "drug-source", "--zip", ZIP, "--strength", "2000")
    assert unknown["heading"].startswith("STOCK UNKNOWN")
    assert unknown["call_order"]
    (deserts.local / "drug_stock.csv").write_text(f"holder,zip,strength_mcg_ml\nHere,{ZIP},2000\n", encoding="utf-8")
    assert [
        h["name"] for h in deserts.json("patient", "drug-source", "--zip", ZIP, "--strength", "2000")["holders"]
    ] == ["Here"]
    assert (
        deserts.json("patient", "home-refill", "--zip", ZIP, "--payer", "medicare", "--stable")["chance"] == "unlikely"
    )


def test_discharge_check_uses_the_regions_data(deserts, tmp_path):
    form = tmp_path / "plan.json"
    form.write_text(json.dumps({"npi": LOST}), encoding="utf-8")
    checks = deserts.json("patient", "discharge-check", str(form), "--region", "example")["checks"]
    assert checks[1]["result"] == "unknown"
    assert "bills Medicare for pump baclofen" in checks[1]["why"]


# --- panel ------------------------------------------------------------------------------------------------------------


def test_panel_keeps_columns_names_bad_lines_and_equals_backup(deserts, tmp_path, example_store):
    panel = tmp_path / "panel.csv"
    panel.write_text(
        "name,zip,primary_npi,pediatric\n=1+1,86801,,\nJosé,00000,,\n"
        f"Ann,{ZIP},{LOST},no\nBob,8680,,\nEve,86802,9999999999,maybe\n",
        encoding="utf-8",
    )
    out = tmp_path / "out.csv"
    done = deserts("patient", "panel", str(panel), "--out", str(out), "--backups", "9")
    assert done.exception is None, done.exception
    assert "line 3: column zip is not known" in done.stderr
    assert "line 5: column zip is not five digits" in done.stderr
    assert "line 6: column primary_npi is not in this region's data; column pediatric" in done.stderr
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    frame = pd.read_csv(out, dtype=str, keep_default_na=False)
    assert frame["name"].tolist() == ["'=1+1", "José", "Ann", "Bob", "Eve"]
    assert (frame["panel_status"] == "ok").tolist() == [True, False, True, False, False]

    data = BackupData.load(example_store)
    origin = from_zip(ZIP, data.zips)
    query = BackupQuery(origin=origin, today=dt.date.fromisoformat(TODAY), k=9, exclude=(LOST,))
    answer = find_backups(query, data)
    expected = [c for c in answer.candidates if c.status == "ok"][:9]
    ann = frame.iloc[2]
    assert [ann[f"panel_backup_{n}_npi"] for n in range(1, len(expected) + 1)] == [c.npi for c in expected]
    assert [float(ann[f"panel_backup_{n}_min"]) for n in range(1, len(expected) + 1)] == pytest.approx(
        [c.drive_min for c in expected], abs=0.06
    )
    told = [(ann[f"panel_backup_{n}_plus_minus_min"], ann[f"panel_backup_{n}_drive_notes"]) for n in (1, 2)]
    assert told == [(str(c.plus_minus_min), "; ".join(c.drive_notes)) for c in expected[:2]]
    assert int(told[0][0]) > 0
    assert [ann[f"panel_backup_{n}_tier"] for n in range(1, len(expected) + 1)] == [c.tier.value for c in expected]
    many = dataclasses.replace(query, k=1000)
    for tier in find_backups(many, data).tiers:
        within = [c for c in tier.candidates if c.status == "ok"]
        assert int(ann[f"panel_{tier.tier.value}_within_limit"]) == len(within), "a count is that of its own heading"
    extra = float(ann["panel_extra_min_if_primary_stops"])
    assert extra == pytest.approx(expected[0].drive_min - float(ann["panel_primary_min"]), abs=0.15)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"town\nX\n", "no column zip"),
        (b"zip\n", "no rows"),
        (b"\xff\xfe\x00zip\n", "not UTF-8"),
        (b"zip\n00000\n11111\n", "not one of 2 rows"),
    ],
)
def test_bad_panels(deserts, tmp_path, content, message):
    panel = tmp_path / "panel.csv"
    panel.write_bytes(content)
    assert message in str(deserts.fault("patient", "panel", str(panel), "--out", str(tmp_path / "out.csv")))
    assert not (tmp_path / "out.csv").exists()


# --- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["backup", "--zip", "86899"], "nearest known by distance: 86"),
        (["backup", "--zip", "99999"], "check the digits"),
        (["backup", "--zip", "ABCDE"], "five digits"),
        (["backup"], "the place must be given once"),
        (["backup", "--zip", ZIP, "--lonlat", "1,2"], "the place must be given once"),
        (["backup", "--lonlat", "37.1,-60.2"], "longitude comes first"),
        (["backup", "--lonlat", "here"], "not two numbers"),
        (["backup", "--address", "1 Main St"], "--allow-geocoder"),
        (["backup", "--zip", ZIP, "--exclude", "1"], "neither a clinician nor a practice"),
        (["backup", "--zip", ZIP, "--run-dry", "tomorrow"], "YYYY-MM-DD"),
        (["backup", "--zip", ZIP, "--max-min", "-5"], "max_min: must be above 0"),
        (["backup", "--zip", ZIP, "-k", "0"], "k: must be at least 1"),
        (["backup", "--zip", ZIP, "--authorisation-days", "-1"], "authorisation_days"),
        (["backup", "--zip", ZIP, "--region", "ME"], "not there"),
        (["patient", "drug-source", "--zip", ZIP, "--strength", "-1"], "strength must be positive"),
        (["patient", "drug-source", "--zip", ZIP, "--strength", "2000", "--within", "far"], "not a distance"),
        (["patient", "home-refill", "--zip", ZIP, "--payer", "uncle"], "kind of payer"),
    ],
)
def test_bad_input_is_a_clear_message(deserts, arguments, message):
    assert message in str(deserts.fault(*arguments))


def test_a_zip_in_another_state_and_unicode_are_answered(deserts):
    other = deserts.json("backup", "--zip", "00301")
    assert any("outside this region" in note for note in other["notes"])
    assert "--region XB" not in json.dumps(other)  # half of an example is no region that could be made
    plain = deserts.json("backup", "--zip", ZIP, "--payer", "=HYPERLINK(‮Zoë", "--pump", "Ünïcode\x07")
    assert plain["tiers"]


def test_a_form_of_5_mb_is_refused(deserts, tmp_path):
    form = tmp_path / "big.json"
    form.write_text(json.dumps({"zip": "0" * 5_000_000}), encoding="utf-8")
    for command in (["backup", "--form"], ["patient", "clock"], ["patient", "discharge-check"]):
        assert "too large" in str(deserts.fault(*command, str(form)))


# --- privacy ----------------------------------------------------------------------------------------------------------

NAME, DAY, LON, LAT = "Zebedee Quillfeather", "2027-01-19", "-61.98765", "37.65432"
SENTINELS = ("Quillfeather", DAY, "61.98765", "37.65432", ZIP)


def commands(tmp_path: Path) -> list[list[str]]:
    forms = {
        "clock": {"pump": {"reservoir_ml": 40}, "fill_ml": 40, "filled_on": "2026-10-01", "drugs": [{"name": NAME,
                  "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 600, "dose_unit": "mcg/day"}],
                  "printed": {"alarm_on": DAY}},
        "plan": {"accepted_by": NAME, "accepted_on": "2026-11-20", "run_dry_on": DAY, "hospital": NAME},
        "patient": {"lonlat": f"{LON},{LAT}", "run_dry": DAY, "payer": NAME},
        "bad_clock": {"pump": {"reservoir_ml": -40}, "fill_ml": NAME, "filled_on": DAY, "drugs": NAME},
        "bad_plan": {"accepted_on": DAY, "npi": NAME, NAME: DAY},
        "bad_patient": {"lonlat": f"{LAT},{LON}", "zip": ZIP, "run_dry": f"{DAY}x", "exclude": NAME},
    }  # fmt: skip
    for name, form in forms.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(form), encoding="utf-8")
    (tmp_path / "panel.csv").write_text(f"name,zip,primary_npi\n{NAME},{ZIP},\n{NAME},86899,{NAME}\n", encoding="utf-8")
    (tmp_path / "bad_panel.csv").write_text(f"{NAME},{ZIP}\n{DAY},{LON}\n", encoding="utf-8")

    def form(name: str) -> str:
        return str(tmp_path / f"{name}.json")

    card = {"patient": {"name": NAME, "born_on": DAY}, "pump": {}, "drugs": [{"name": NAME}]}
    packet = {"patient": {"name": NAME, "zip": ZIP, "born_on": "1990-01-01"}, "payer": {"name": NAME},
              "reason": "continuation", "run_dry_on": DAY}  # fmt: skip
    pact = {"patient": {"name": NAME, "born_on": "1990-01-01"}, "refills": {"name": NAME, "note": DAY}}
    for name, entered in (
        ("bad_card", card),
        ("pact", pact),
        ("packet", packet),
        ("bad_packet", {**packet, "reason": NAME}),
    ):
        (tmp_path / f"{name}.json").write_text(json.dumps(entered), encoding="utf-8")

    return [
        ["paper", "card", form("bad_card"), "--out", str(tmp_path / "asked" / "bad.pdf")],
        ["paper", "letter", form("bad_card"), "--out", str(tmp_path / "asked" / "bad.docx")],
        ["paper", "packet", form("packet"), "--region", "example", "--out", str(tmp_path / "asked" / "packet.pdf")],
        ["paper", "packet", form("bad_packet"), "--out", str(tmp_path / "asked" / "bad.pdf")],
        ["paper", "pact", form("pact"), "--out", str(tmp_path / "asked" / "pact.pdf")],
        ["paper", "pact", form("bad_card"), "--out", str(tmp_path / "asked" / "bad.pdf")],
        ["paper", "transfer", form("pact"), "--out", str(tmp_path / "asked" / "transfer.pdf")],
        ["log", "verify", NAME, "--outcome", NAME, "--note", NAME],
        ["access", "extinction", "--zip", f"{ZIP}{NAME}"],
        ["publish", "succession-map", "--lonlat", f"{LON}{LAT}", "--out", str(tmp_path / "asked" / "bad.html")],
        ["backup", "--form", form("patient")],
        ["backup", "--zip", ZIP, "--run-dry", DAY, "--payer", NAME, "--json"],
        ["backup", "--form", form("bad_patient")],
        ["backup", "--zip", f"{ZIP}x"],
        ["backup", "--lonlat", f"{LAT},{LON}"],
        ["backup", "--address", f"{NAME} Road, {ZIP}"],
        ["backup", "--address", f"{NAME} Road, {ZIP}", "--allow-geocoder"],
        ["backup", "--zip", ZIP, "--run-dry", f"{DAY}Z"],
        ["patient", "clock", form("clock")],
        ["patient", "clock", form("bad_clock")],
        ["patient", "discharge-check", form("plan"), "--region", "example"],
        ["patient", "discharge-check", form("bad_plan")],
        ["patient", "emergency", "--lonlat", f"{LON},{LAT}"],
        ["patient", "drug-source", "--zip", ZIP, "--strength", "2000"],
        ["patient", "home-refill", "--zip", ZIP],
        ["patient", "panel", str(tmp_path / "bad_panel.csv"), "--out", str(tmp_path / "asked" / "bad.csv")],
        ["patient", "panel", str(tmp_path / "panel.csv"), "--out", str(tmp_path / "asked" / "panel.csv")],
    ]


NOT_ABOUT_A_PATIENT = {
    "publish sheets": "a district by one of its ZIPs",
    "access research": "a table of counties",
    "evidence specialist": "a clinician",
    "evidence months": "a clinician",
    "publish site": "the address of a website",
}


def test_every_command_that_takes_patient_data_is_run_below(tmp_path):
    """A new command cannot be forgotten here."""
    told = {"zip_code", "lonlat", "address", "form", "clock_form", "patients", "payer", "note", "npi"}
    taking = {
        name for name, command in every_command().items() if told & {parameter.name for parameter in command.params}
    }
    assert taking - set(NOT_ABOUT_A_PATIENT) == {name_of(command) for command in commands(tmp_path)}


def test_examples_lead_with_the_way_that_no_process_list_shows():
    asking = [command for command in every_command().values() if "ask" in {param.name for param in command.params}]
    assert len(asking) >= 4
    for command in asking:
        first = re.search(r"`deserts [^`]*`", command.help.partition("Example")[2])[0]
        assert "--ask" in first, first
        assert "--zip" not in first


def test_nothing_of_the_patient_stays_on_disk_in_logs_or_in_exceptions(own_example, tmp_path, monkeypatch, caplog):
    inputs, home = tmp_path / "inputs", tmp_path / "home"
    for folder in (inputs, inputs / "asked", home, home / "tmp", home / "own"):
        folder.mkdir()
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME", "MPLCONFIGDIR", "PYTHONPYCACHEPREFIX"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setenv("TMPDIR", str(home / "tmp"))
    monkeypatch.setenv("DESERTS_NO_NETWORK", "1")
    monkeypatch.chdir(home)
    caplog.set_level(logging.DEBUG)
    deserts = Deserts(own_example.settings.data_dir, home / "own")
    answered = 0
    for command in commands(inputs):
        done = deserts(*command)
        answered += done.exception is None
        told = []
        error = done.exception
        while error is not None:  # the cause and the context of an exception end in a traceback, so in a log, too
            told.append(f"{error!s} {error!r} {getattr(error, 'args', '')}")
            error = error.__cause__ or error.__context__
        for sentinel in SENTINELS:
            assert sentinel not in " ".join(told), (command, sentinel)
            assert sentinel not in done.stderr, (command, sentinel)
            assert sentinel not in caplog.text
    assert answered == 11
    new = [p for folder in (home, own_example.settings.data_dir) for p in folder.rglob("*") if p.is_file()]
    for path in new:
        content = path.read_bytes()
        for sentinel in SENTINELS[:4]:
            assert sentinel.encode() not in content, path
    assert not [p for p in home.rglob("*") if p.is_file()]
    asked = sorted((inputs / "asked").iterdir())
    assert [path.name for path in asked] == [
        "packet-notes-not-to-send.pdf", "packet.pdf", "pact.pdf", "panel.csv", "transfer.pdf",
    ]  # fmt: skip
    assert NAME.encode() in asked[3].read_bytes()
    assert {stat.S_IMODE(os.stat(path).st_mode) for path in asked} == {0o600}
