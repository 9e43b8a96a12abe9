"""Pact and transfer sheet: one page each, what was entered and nothing else, the same words at every door."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from deserts.api.opening import made_run
from deserts.cli import build_app
from deserts.documents.blocks import SUFFIXES
from deserts.errors import InputError
from deserts.patients.forms import blank_form, example_form
from deserts.patients.papers.pact import PAPERS, blank_pact, pact_file, read_pact_form
from deserts.patients.words import NOT_REVIEWED, OVERDOSE_SIGNS, WITHDRAWAL_SIGNS, texts
from deserts.rules.card import BLANK
from tests.patients.papers.test_card import TODAY
from tests.patients.world import ITB

GOLDEN = Path(__file__).parent / "golden"


def form(**changes: Any) -> dict[str, Any]:
    data = json.loads(example_form("pact"))
    del data["example"]
    data["dates"] |= {"refill_by": "2026-12-10", "low_alarm_on": "2026-12-25", "last_refill_on": "2026-09-01"}
    for name, value in changes.items():
        data[name] = {**data[name], **value} if isinstance(value, dict) else value
    return data


def read(**changes: Any) -> Any:
    return read_pact_form(form(**changes), service=ITB, today=TODAY)


def told(paper: str, entered: Any) -> str:
    """Every block of a paper as a line of text."""
    lines = []
    for block in PAPERS[paper][1](entered):
        lines += [f"{block.kind}: {block.text}"] if block.text else []
        lines += [f"{block.kind}: {' | '.join(row)}" for row in block.rows]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("paper", PAPERS)
@pytest.mark.parametrize("which", ["example", "blank"])
def test_the_words_are_those_of_the_golden_file(paper, which):
    entered = read() if which == "example" else blank_pact()
    assert told(paper, entered) == (GOLDEN / f"{paper}_{which}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("paper", PAPERS)
def test_each_is_one_letter_page_the_same_bytes_and_holds_both_emergencies(paper):
    longest = {name: {"name": "N" * 60, "phone": "207-555-0100", "note": "n" * 60}
               for name in ("refills", "covers", "drug_source", "local_hospital", "transfer_to")}  # fmt: skip
    for entered in (read(), blank_pact(), read(**longest)):
        content = pact_file(entered, paper, ".pdf")
        assert content == pact_file(entered, paper, ".pdf")
        pages = PdfReader(io.BytesIO(content)).pages
        assert [(round(one.mediabox.width), round(one.mediabox.height)) for one in pages] == [(612, 792)]
        words = " ".join(pages[0].extract_text().split())
        assert all(sign in words for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS, NOT_REVIEWED))


def test_what_cannot_be_right_stands_first_and_no_day_beside_it():
    odd = [{"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL", "daily_dose": 0.6,
            "dose_unit": "mcg/day"}]  # fmt: skip
    for paper in PAPERS:
        words = told(paper, read(drugs=odd))
        assert texts()["first.red"] in words
        assert "2026-12-25" not in words
        assert "ask the clinic today" in words


@pytest.mark.parametrize(
    ("dates", "why"),
    [
        ({"refill_by": "2026-12-26"}, "must not lie after the low-reservoir alarm"),
        ({"refill_by": "2028-01-01", "low_alarm_on": ""}, "lies more than 180 days ahead or after the last refill"),
        ({"refill_by": "2027-03-01", "low_alarm_on": ""}, "lies more than 180 days ahead or after the last refill"),
    ],
)
def test_a_refill_day_that_cannot_be_right_makes_no_paper(dates, why):
    with pytest.raises(InputError, match=f"dates.refill_by: {why}"):
        read(dates=dates)


def test_a_day_that_has_passed_says_so_and_a_sooner_day_stands_beside():
    passed = {"low_alarm_on": "2026-11-18", "refill_by": "2026-11-10", "last_refill_on": "2026-09-01"}
    late = {"refill_by": "2026-12-24", "low_alarm_on": "2026-12-25", "last_refill_on": "2026-09-01"}
    for paper in PAPERS:
        words = told(paper, read(dates=passed))
        assert "alarm 2026-11-18 (passed); refill by 2026-11-10 (passed)" in words
        assert "EMERGENCY DEPARTMENT NOW" in words
        assert re.search(r"refill by 2026-12-24; 2026-12-\d\d is safer", told(paper, read(dates=late)))


def test_signs_of_baclofen_stay_away_from_other_drugs():
    drug = [{"name": "morphine", "concentration": 10, "concentration_unit": "mg/mL"}]
    for paper in PAPERS:
        words = told(paper, read(drugs=drug))
        assert "baclofen" not in words
        assert not any(sign in words for sign in (*WITHDRAWAL_SIGNS, *OVERDOSE_SIGNS))


def test_a_wrong_form_is_told_without_what_it_holds():
    with pytest.raises(InputError, match=r"patient.name: must be given"):
        read_pact_form(json.loads(blank_form("pact")), service=ITB, today=TODAY)
    with pytest.raises(InputError, match=r"a field that is not known") as told_of:
        read_pact_form({**form(), "surprise": "Zzyzx"}, service=ITB, today=TODAY)
    assert "Zzyzx" not in str(told_of.value)


@pytest.mark.parametrize("paper", PAPERS)
def test_commands_write_private_files_blank_ones_too(paper, tmp_path):
    app, where = build_app(), ["--local", str(tmp_path), "--today", str(TODAY)]
    for suffix in SUFFIXES:
        path = tmp_path / f"paper{suffix}"
        done = CliRunner().invoke(app, ["paper", paper, "-", "--out", str(path), *where], input=json.dumps(form()))
        assert done.exit_code == 0, done.output
        assert path.read_bytes() == pact_file(read(), paper, suffix)
        assert path.stat().st_mode & 0o777 == 0o600
    done = CliRunner().invoke(app, ["paper", paper, "--blank", "--out", str(tmp_path / "empty.html")])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "empty.html").read_text(encoding="utf-8").count(BLANK) > 10
    refused = CliRunner().invoke(app, ["paper", paper, "-", "--out", str(tmp_path / "p.txt")], input=json.dumps(form()))
    assert refused.exit_code != 0


@pytest.mark.parametrize(("paper", "method"), [("pact", "pact"), ("transfer", "transfer_sheet")])
def test_python_gets_the_paper_of_the_command(paper, method, tmp_path):
    run = made_run(region="example", service="itb", data=tmp_path, local=tmp_path)
    made = getattr(run, method)(form(), today=TODAY)
    for suffix in SUFFIXES:
        assert made.to_bytes(suffix) == pact_file(read(), paper, suffix)
    written = made.save(tmp_path / "paper.DOCX")
    assert written.read_bytes() == made.to_bytes(".docx")
    assert written.stat().st_mode & 0o777 == 0o600
    words = str(made)
    assert all(cell in words for block in made.blocks for row in block.rows for cell in row)
    assert made._repr_html_().count("<p>") >= len(made.blocks)
    assert str(getattr(run, method)()).count(BLANK) > 10
    with pytest.raises(InputError, match="no such format"):
        made.to_bytes(".txt")
    with pytest.raises(InputError, match="cannot be written"):
        made.save(written / "below.pdf")
    with pytest.raises(InputError, match="name: must be given"):
        getattr(run, method)({"patient": {}}, today=TODAY)
