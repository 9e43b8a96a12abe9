"""Stories of what once went wrong with dates and words, told at every door that could show it."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from docx import Document
from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.patients.words import EMERGENCY_LINE, OVERDOSE_SIGNS, WITHDRAWAL_SIGNS, texts
from tests.doors.harness import Doors, Patient, dates_of

pytestmark = pytest.mark.browser


def drug(name: str = "baclofen", dose: float = 600, strength: float = 2000) -> dict[str, Any]:
    return {
        "name": name, "concentration": strength, "concentration_unit": "mcg/mL", "daily_dose": dose,
        "dose_unit": "mcg/day",
    }  # fmt: skip


def pump(filled_on: str, *, fill_ml: float = 40, alarm_ml: float | None = 2, **more: Any) -> dict[str, Any]:
    clock = {"fill_ml": fill_ml, "pump": {"reservoir_ml": 40}, "drugs": [more.pop("drug", drug())]}
    if alarm_ml is not None:
        clock["alarm_ml"] = alarm_ml
    return {"filled_on": filled_on, "clock": clock, **more}


def everywhere(doors: Doors, zip_code: str, form: dict[str, Any]) -> dict[str, Any]:
    """The one answer of all doors; they must agree."""
    patient = Patient(zip_code, form=form)
    command, api = doors.command([patient])[0], doors.api([patient])[0]
    panel, finder = doors.panel([patient])[0], doors.finder([patient])[0]
    assert api == command
    assert (finder["timeline"], finder["plan"]) == (command["timeline"], command["plan"])
    assert panel["dates"] == dates_of(command)
    assert (finder["tiers"], finder["said_no"]) == (command["tiers"], command["said_no"])
    return {**command, "text": doors.text(patient)}


def test_the_stricter_of_two_clocks_rings(doors, zip_codes):
    """Filled on July 30, no print-out, asked on November 22: empty tomorrow at the earliest, nominally in 18 days."""
    found = everywhere(doors, zip_codes[0], pump("2026-07-30"))
    timeline = found["timeline"]
    assert (timeline["days_left"], timeline["nominal_days_left"]) == (1, 18)
    assert timeline["first_line"] == EMERGENCY_LINE
    assert found["text"].startswith(EMERGENCY_LINE)
    assert found["plan"]["headline"] == EMERGENCY_LINE
    assert found["plan"]["target_on"] is None
    assert [step["code"] for step in found["plan"]["steps"][:2]] == ["emergency", "own_clinic"]
    assert "18 days until" not in found["text"]


def test_plan_and_clock_name_one_day_for_the_refill(doors, zip_codes):
    calm = everywhere(doors, zip_codes[0], pump("2026-10-20", fill_ml=20))
    assert calm["timeline"]["refill_by"] == calm["timeline"]["target_on"] == calm["plan"]["steps"][-1]["by"]
    assert f"Refill by Friday {calm['timeline']['refill_by']}." in calm["text"]
    late = everywhere(doors, zip_codes[0], pump("2026-10-04", fill_ml=20))
    timeline = late["timeline"]
    assert (timeline["refill_by"], timeline["last_safe_on"]) == ("2026-11-20", "2026-11-27")
    assert "Last safe day: Friday 2026-11-27." in late["text"]
    assert "Refill by" not in late["text"]
    assert "refill by      2026-11-20 (passed)" in late["text"]


IMPOSSIBLE = {
    "Gablofen, 0.6 mcg": pump("2026-11-01", drug=drug("Gablofen", 0.6)),
    "Lioresal, 0.6 mcg": pump("2026-11-01", drug=drug("Lioresal", 0.6)),
    "60 typed for 600": pump("2026-11-01", drug=drug(dose=60)),
    "a fill two years ago": pump("2024-11-22", drug=drug(dose=110)),
    "a run-dry day over a year ahead": {"run_dry": "2028-01-01"},
    "an alarm day over a year ahead": {"alarm_on": "2028-01-01"},
}


@pytest.mark.parametrize("story", IMPOSSIBLE)
def test_impossible_clocks_are_red_with_a_question_and_without_a_day(doors, zip_codes, story):
    found = everywhere(doors, zip_codes[0], IMPOSSIBLE[story])
    timeline = found["timeline"]
    assert timeline["is_red"]
    assert timeline["ask"]
    assert [timeline[name] for name in ("earliest_empty_on", "nominal_empty_on", "refill_by", "days_left")] == [
        None
    ] * 4
    assert timeline["safe_line"] == texts()["safe.none"]
    assert found["text"].startswith((EMERGENCY_LINE, texts()["first.red"]))
    assert "own_clinic" in [step["code"] for step in found["plan"]["steps"][:2]]


def test_red_shows_the_safe_day_of_the_print_out(doors, zip_codes):
    found = everywhere(doors, zip_codes[0], pump("2026-11-01", drug=drug(dose=60), alarm_on="2027-02-10"))
    assert found["timeline"]["safe_on"] == "2027-02-05"
    assert "Earliest safe day by the print-out: Friday 2027-02-05." in found["text"]


def test_a_missing_alarm_volume_is_named_as_our_default(doors, zip_codes):
    found = everywhere(doors, zip_codes[0], pump("2026-11-01", alarm_ml=None))
    assert "alarm volume not given: 2 mL taken, our default, not this pump's" in found["timeline"]["why"]
    given = everywhere(doors, zip_codes[0], pump("2026-11-01"))
    assert not any("our default" in line for line in given["timeline"]["why"])


def test_no_date_is_unknown_and_said_first(doors, zip_codes):
    found = everywhere(doors, zip_codes[0], {})
    assert found["plan"] is None
    assert found["text"].startswith("Date unknown: read the pump's print-out now.")


def test_both_emergencies_have_their_signs(doors, zip_codes):
    little = everywhere(doors, zip_codes[0], {"alarm_on": "2027-02-10", "withdrawal_signs": True})
    much = everywhere(doors, zip_codes[0], {"alarm_on": "2027-02-10", "overdose_signs": True})
    assert little["timeline"]["first_line"] == EMERGENCY_LINE
    assert much["timeline"]["first_line"] == texts()["first.overdose"]
    for found in (little, much):
        assert all(sign in found["text"] for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS))
        assert "not reviewed by a clinician" in found["text"]


class Papers:
    """Runs the commands that write papers, in a folder of their own."""

    def __init__(self, folder, local) -> None:
        self.folder, self.local, self.app = folder, local, build_app()

    def __call__(self, *words: str, form: dict[str, Any] | None = None):
        where = (
            [] if "--blank" in words or "--example" in words else ["--local", str(self.local), "--today", "2026-11-22"]
        )
        return CliRunner().invoke(self.app, [*words, *where], input=None if form is None else json.dumps(form))


@pytest.fixture
def papers(tmp_path):
    return Papers(tmp_path, tmp_path)


def docx_text(path) -> str:
    document = Document(io.BytesIO(path.read_bytes()))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_a_discharge_plan_is_not_passed_by_what_is_missing(papers):
    plan = {"run_dry_on": "2026-12-20", "first_appointment_on": "2026-12-19", "drive_min": 400, "transport": "yes"}
    answer = json.loads(papers("patient", "discharge-check", "-", "--json", form=plan).stdout)
    results = {check["name"]: check["result"] for check in answer["checks"]}
    assert results["first appointment before run-dry"] == "fail"
    assert results["transport and distance"] == "fail"
    assert answer["timeline"]["refill_by"] == "2026-12-15"


def test_the_letter_tells_no_emergency_department_to_call_911(papers, tmp_path):
    form = json.loads(papers("paper", "card", "--example").stdout)
    form["dates"] |= {"low_alarm_on": "2027-02-04", "refill_by": ""}
    done = papers("paper", "letter", "-", "--out", str(tmp_path / "letter.docx"), form=form)
    assert done.exception is None, done.exception
    text = docx_text(tmp_path / "letter.docx")
    told = text[text.index("What the family is told") :]
    assert "911" not in text.replace(told, "")
    assert texts()["letter.first"] in text
    assert "day and night" not in text
    assert all(sign in text for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS))


@pytest.mark.parametrize(
    "command", [("patient", "clock"), ("patient", "discharge-check"), ("paper", "card"), ("paper", "packet")]
)
def test_blank_forms_are_blank_and_examples_say_that_they_are(papers, tmp_path, command):
    blank = json.loads(papers(*command, "--blank").stdout)
    assert not any(json.dumps(blank).count(word) for word in ("600", "2000", "Example", "baclofen", "202"))
    out = ["--out", str(tmp_path / "paper.pdf")] if command[0] == "paper" else []
    again = papers(*command, "-", *out, form=blank)
    assert again.exception is not None or again.stdout.startswith("Date unknown")
    example = json.loads(papers(*command, "--example").stdout)
    tried = papers(*command, "-", *out, form=example)
    assert "this form is the example, its values are invented" in tried.stderr


def test_insurer_and_drafter_get_two_files(papers, tmp_path):
    form = json.loads(papers("paper", "packet", "--example").stdout) | {"run_dry_on": "2028-01-01"}
    done = papers("paper", "packet", "-", "--out", str(tmp_path / "packet.docx"), form=form)
    assert done.exception is None, done.exception
    sent, kept = docx_text(tmp_path / "packet.docx"), docx_text(tmp_path / "packet-notes-not-to-send.docx")
    for word in ("UNKNOWN", "missing", "RED", "Drafting", "2028"):
        assert word not in sent
    assert texts()["first.red"] in kept
    assert "(missing)" in kept


def test_nowhere_stands_an_order_to_wait():
    for text in texts().values():
        lowered = text.lower()
        assert "until the pump has been checked" not in lowered
        assert not ("not " in lowered and " until " in lowered)
        for word in ("rules out", "cannot be sepsis", "physostigmine", "flumazenil", "naloxone", "antidote"):
            assert word not in lowered
