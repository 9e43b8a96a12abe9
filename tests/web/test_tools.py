"""The pages beside the search say what their commands say, take a panel in memory, and keep nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import html5lib
import pytest
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.commands.groups import COORDINATORS, GROUPS, TOP
from deserts.config import Settings
from deserts.errors import InputError
from deserts.specialists.log import open_log
from deserts.web.bodies import taken_apart
from deserts.web.desk import load_desk
from deserts.web.tools import TOOLS
from tests.doors.harness import random_calls
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS, Browser
from tests.web.neighbourhood import make_app
from tests.web.test_pages import CARD, HOSTILE

NPI, ONE_PLAN = "2020000479", "97000XA0010001"
PLAN = {
    "run_dry_on": "2027-02-11", "accepted_by": "A. Nurse", "accepted_on": "11/10/2026", "npi": NPI,
    "authorisation": "needed", "requested_on": "2026-11-10", "decision_days": "10", "transport": "yes",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(example_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The example with a log of calls."""
    made = example_run(example_data)
    settings = Settings(data_dir=example_data, local_dir=tmp_path_factory.mktemp("own"), allow_network=False)
    open_log(settings).append(random_calls(made.store.read("sites_unasked"), today=TODAY, seed=5))
    return Run(settings, made.region, made.service, made.grade)


@pytest.fixture(scope="module")
def page(run: Run) -> Browser:
    """A browser on the example's page."""
    app = make_app(load_desk(run, today=lambda: TODAY))
    return Browser(app, base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False)


def command(run: Run, *words: str, **options: object) -> str:
    """What the command says."""
    where = ["--data", str(run.settings.data_dir), "--local", str(run.settings.local_dir), "--today", TODAY.isoformat()]
    done = CliRunner().invoke(build_app(), [*words, *where], **options)
    assert done.exit_code == 0, (done.output, done.exception)
    return done.stdout


def said(answer) -> str:
    """The answer of a tool's page, as text."""
    assert answer.status_code == 200, answer.text
    root = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return "".join(next(e for e in root.iter("pre") if e.get("class") == "said").itertext())


def test_each_tool_says_what_its_command_says(run, page):
    drug = command(run, "patient", "drug-source", "--zip", "86901", "--strength", "2000")
    assert said(page.post("/drug", data={"zip": "86901-1234", "strength": "2000", "within": ""})) == drug
    home = command(run, "patient", "home-refill", "--zip", "86901", "--payer", "medicaid", "--not-stable")
    assert said(page.post("/home", data={"zip": "86901", "payer": "Medicaid", "stable": "no"})) == home
    plan = command(run, "patient", "discharge-check", "-", "--region", "example", input=json.dumps(PLAN))
    assert said(page.post("/discharge", data={**PLAN, "hospital": ""})) == plan
    known = command(run, "evidence", "specialist", NPI)
    shown = said(page.post("/clinician", data={"npi": NPI}))
    assert shown.rpartition("\n\n")[0] in known
    assert "evidence, oldest first:" in shown
    for fields, words in (
        ({"list": "calls", "top": ""}, ("call-list",)),
        ({"list": "leads", "top": "1"}, ("leads", "--top", "1")),
    ):
        assert said(page.post("/phone", data=fields)) + "\n" == command(run, "log", *words)
    for fields, words in (({"plan": ONE_PLAN, "names": "no"}, ()), ({"plan": ONE_PLAN, "names": "yes"}, ("--team",))):
        asked = ("network", "check", "--plan", ONE_PLAN, *words)
        assert said(page.post("/plan", data=fields)) + "\n" == command(run, *asked)


def test_a_question_that_is_none_is_answered_with_what_is_expected(page):
    for path, fields, words in (
        ("/phone", {"list": "friends"}, "expected one of calls, leads"),
        ("/phone", {"top": "0"}, "top"),
        ("/plan", {"plan": "NO-SUCH-PLAN"}, "NO-SUCH-PLAN"),
    ):
        answer = page.post(path, data=fields)
        assert answer.status_code == 400, answer.text
        assert words in answer.text


def test_the_api_of_each_tool_answers_as_its_command_with_json(run, page):
    plan = ("patient", "discharge-check", "-", "--region", "example")
    for path, form, words, typed in (
        ("drug", {"zip": "86901", "strength": 2000},
         ("patient", "drug-source", "--zip", "86901", "--strength", "2000"), None),
        ("home", {"zip": "86901", "payer": "Medicaid", "stable": False},
         ("patient", "home-refill", "--zip", "86901", "--payer", "medicaid", "--not-stable"), None),
        ("discharge", PLAN, plan, json.dumps(PLAN)),
        ("phone", {"list": "leads"}, ("log", "leads"), None),
        ("phone", {"top": 3}, ("log", "call-list", "--top", "3"), None),
        ("plan", {"plan": ONE_PLAN, "names": True}, ("network", "check", "--plan", ONE_PLAN, "--team"), None),
        ("emergency", {"zip": "86901", "pediatric": True},
         ("patient", "emergency", "--zip", "86901", "--pediatric"), None),
    ):  # fmt: skip
        answer = page.post(f"/api/{path}", json=form)
        assert answer.status_code == 200, answer.text
        assert answer.json() == json.loads(command(run, *words, "--json", input=typed)), path
    known = json.loads(command(run, "evidence", "specialist", NPI, "--json"))
    found = page.post("/api/clinician", json={"npi": NPI}).json()
    assert found == {name: value for name, value in known.items() if name not in ("warnings", "about")}


def test_panel_log_and_letter_have_their_routes(run, page, tmp_path):
    patients = "zip,primary_npi\n86901,\n99999,\n"
    (tmp_path / "patients.csv").write_text(patients, encoding="utf-8")
    command(run, "patient", "panel", str(tmp_path / "patients.csv"), "--out", str(tmp_path / "answered.csv"))
    answer = page.post("/api/panel", json={"csv": patients}).json()
    assert answer["csv"] == (tmp_path / "answered.csv").read_text(encoding="utf-8-sig")
    assert len(answer["bad_rows"]) == 1
    log = page.get("/api/log").json()
    assert log["in_all"] == len(open_log(run.settings).read(service="itb")) == max(log["in_all"], len(log["calls"]))
    due = json.loads(command(run, "log", "verifications", "due", "--days", "14", "--json"))
    assert [one["entry"] for one in log["due"]] == [one["entry"] for one in due["due"]]
    form = {"patient": {"name": "Alex Example"}, "pump": {}, "drugs": [
        {"name": "baclofen", "concentration": 2000, "concentration_unit": "mcg/mL"}]}  # fmt: skip
    letter = page.post("/api/letter.docx", json=form)
    assert "Alex Example lives near you" in "\n".join(
        paragraph.text for paragraph in docx.Document(io.BytesIO(letter.content)).paragraphs
    )
    assert page.post("/api/letter.pdf", json=form).content.startswith(b"%PDF")


@pytest.mark.slow
@pytest.mark.parametrize("name", ["pact.pdf", "pact.docx", "transfer.pdf", "transfer.docx"])
def test_pact_and_transfer_sheet_are_the_command_s_at_page_and_api(run, page, tmp_path, name):
    form = {"patient": {"name": "Alex Example"}, "refills": {"name": "Own Clinic", "phone": "555-0100"}}
    command(run, "paper", name.partition(".")[0], "-", "--out", str(tmp_path / name), input=json.dumps(form))
    by_api = page.post(f"/api/{name}", json=form)
    by_page = page.post("/pact", data={"patient.name": "Alex Example", "refills.name": "Own Clinic",
                                       "refills.phone": "555-0100", "covers.name": "", "format": name})  # fmt: skip
    assert by_api.content == by_page.content == (tmp_path / name).read_bytes()
    assert name in by_page.headers["content-disposition"]
    assert page.post("/pact", data={"patient.name": "", "format": name}).status_code == 400
    assert "no such paper" in page.post("/pact", data={"patient.name": "A", "format": "pact.exe"}).text


@pytest.mark.parametrize(
    ("path", "form", "words"),
    [
        ("drug", {"zip": "86901", "strength": "much"}, "strength: expected a number"),
        ("home", {"zip": "86901", "payer": "cash"}, "one of commercial"),
        ("clinician", {"npi": "12"}, "ten digits"),
        ("panel", {"csv": "name\nZzyzx\n"}, "no column zip"),
        ("discharge", {"accepted_on": "20/12/2026"}, "month first"),
        ("emergency", {"zip": "00000"}, "not in the table of this region"),
        ("letter.pdf", {"patient": {}}, "patient.name: must be given"),
    ],
)
def test_the_api_says_what_is_wrong(page, path, form, words):
    answer = page.post(f"/api/{path}", json=form)
    assert 400 <= answer.status_code < 500
    assert words in answer.text
    assert "Zzyzx" not in answer.text


def test_a_panel_is_answered_as_by_the_command(run, page, tmp_path):
    patients = "zip,primary_npi,run_dry\n86901,,12/20/2026\n86971,2020000479,\n99999,,\n"
    (tmp_path / "patients.csv").write_text(patients, encoding="utf-8")
    command(run, "patient", "panel", str(tmp_path / "patients.csv"), "--out", str(tmp_path / "answered.csv"))
    before = {file: file.stat().st_mtime_ns for file in run.settings.local_dir.rglob("*")}
    answer = page.post("/panel", files={"file": ("patients.csv", patients)})
    assert answer.status_code == 200
    assert {file: file.stat().st_mtime_ns for file in run.settings.local_dir.rglob("*")} == before
    assert "panel-answered.csv" in answer.headers["content-disposition"]
    by_command = (tmp_path / "answered.csv").read_bytes()
    assert answer.content.removeprefix(b"\xef\xbb\xbf") == by_command.removeprefix(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "no file came along"), ("name\nAnn\n", "no column zip"), ("zip\nBangor\nHome\n", "not one of 2 rows")],
)
def test_a_bad_panel_is_refused_in_words(page, content, words):
    answer = page.post("/panel", files={"file": ("p.csv", content)})
    assert answer.status_code == 400
    assert words in answer.text
    assert "Ann" not in answer.text
    assert "Bangor" not in answer.text


def test_a_file_is_taken_where_one_is_asked_for(page):
    assert page.post("/panel", data={"file": "zip"}).status_code == 415
    assert page.post("/home", files={"file": ("p.csv", "zip")}).status_code == 415
    assert taken_apart(b"garbage", "multipart/form-data") == ({}, {})
    parts = b"".join(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' for _ in range(500)) + b"--x--\r\n"
    with pytest.raises(InputError, match="too many fields"):
        taken_apart(parts, "multipart/form-data; boundary=x")
    large = page.post("/panel", files={"file": ("p.csv", "zip\n" + "86901\n" * 60_000)})
    assert large.status_code == 413
    large = page.post("/what-if", files={"close_roads_file": ("a.geojson", " " * 300_000)})
    assert large.status_code == 413


def test_the_log_shows_calls_and_what_is_due(run, page):
    text = page.get("/log").text
    rows = open_log(run.settings).read(service="itb")
    assert f"of {len(rows)}, the newest first" in text
    assert text.count('<th scope="row">') == min(200, len(rows))
    assert "Due within 14 days" in text


def test_where_the_calls_are_is_said_and_tried_without_a_password(run, page, monkeypatch):
    count = len(open_log(run.settings).read(service="itb"))
    shown = page.get("/settings").text
    assert "DESERTS_DATABASE_URL is not set" in shown
    assert "reading works" not in shown.lower()
    assert f"{count} entries" in page.post("/settings", data={"try": "1"}).text
    untried, tried = page.get("/api/settings").json(), page.post("/api/settings", json={}).json()
    assert (untried["works"], untried["entries"], tried["works"], tried["entries"]) == (None, None, True, count)
    assert untried["place"] == tried["place"]
    own = ["--local", str(run.settings.local_dir)]
    told = json.loads(CliRunner().invoke(build_app(), ["log", "verifications", "connection", "--json", *own]).stdout)
    assert {**told, "taken_ms": 0} == {**tried, "taken_ms": 0}
    done = CliRunner().invoke(build_app(), ["log", "verifications", "connection", *own])
    assert (done.exit_code, f"{count} entries" in done.stdout) == (0, True)
    secret = "Zzyzx-Quux"
    for address in (
        f"postgresql://team:{secret}@127.0.0.1:1/calls?password={secret}",
        f"oracle://team:{secret}@h/d",
        secret,
    ):
        monkeypatch.setenv("DESERTS_DATABASE_URL", address)
        for text in (page.get("/settings").text, page.post("/settings", data={"try": "1"}).text):
            assert secret not in text
            assert "by the environment variable DESERTS_DATABASE_URL" in text
        for answer in (page.get("/api/settings"), page.post("/api/settings", json={})):
            assert (answer.status_code, secret in answer.text, answer.json()["is_shared"]) == (200, False, True)
        assert page.post("/api/settings", json={}).json()["works"] is False
        assert "Reading fails" in page.post("/settings", data={"try": "1"}).text
        done = CliRunner().invoke(build_app(), ["log", "verifications", "connection", "--json", *own])
        assert secret not in done.output + str(done.exception)
        assert done.exit_code != 0


def test_every_tool_has_its_page_and_stands_under_more(page):
    more = page.get("/more").text
    for path, (title, _) in TOOLS.items():
        assert f'href="{path}"' in more
        shown = page.get(path)
        assert shown.status_code == 200
        assert title in shown.text
        assert "not medical advice" in shown.text


def test_what_is_wrong_is_named_and_what_is_hostile_is_text(page):
    for path, fields, words in (
        ("/drug", {"zip": "86901", "strength": "much"}, "strength: expected a number"),
        ("/home", {"zip": "86901", "payer": "cash"}, "one of commercial"),
        ("/discharge", {"accepted_on": "20/12/2026"}, "month first"),
        ("/clinician", {"npi": "12"}, "ten digits"),
    ):
        answer = page.post(path, data={**fields, **({"accepted_by": HOSTILE} if path == "/discharge" else {})})
        assert answer.status_code == 400
        assert words in answer.text
        assert "<script>alert" not in answer.text
    assert "<script>alert" not in page.post("/discharge", data={"accepted_by": HOSTILE, "hospital": HOSTILE}).text


def test_the_letter_is_a_file_to_edit(page):
    answer = page.post("/card", data={**CARD, "format": "letter"})
    assert answer.status_code == 200
    assert "letter.docx" in answer.headers["content-disposition"]
    text = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(answer.content)).paragraphs)
    assert "Alex Example lives near you" in text


IN_THE_PAGE = {
    "backup": "/search", "patient clock": "/clock", "patient discharge-check": "/discharge",
    "patient home-refill": "/home", "patient emergency": "/search", "patient drug-source": "/drug",
    "patient panel": "/panel", "paper card": "/card", "paper letter": "/card", "paper packet": "/packet",
    "paper pact": "/pact", "paper transfer": "/pact", "log verify": "/calls", "log verifications": "/log",
    "log call-list": "/phone", "log leads": "/phone", "network check": "/plan",
}  # fmt: skip
NOT_IN_THE_PAGE = {
    "serve": "it is the page",
    "paper words": "for whoever reviews sentences: it lists all, and who read them",
    "log acceptance": "for whoever runs the region: a sample is drawn once, before the first call",
    "network fetch": "gigabytes from payers' servers; the page opens no connection",
    "network compare": "two folders of files on the machine of whoever fetched them",
}


def test_whatever_a_coordinator_s_command_does_has_its_page_or_a_reason(page):
    commands = {name for name, entry in TOP.items() if entry.panel == COORDINATORS}
    for group, held in GROUPS.items():
        if held.panel == COORDINATORS:
            commands |= {f"{group} {name}" for name in held.entries}
    assert commands == {*IN_THE_PAGE, *NOT_IN_THE_PAGE}
    linked = page.get("/").text + page.get("/more").text
    for path in set(IN_THE_PAGE.values()) - {"/search"}:
        assert f'href="{path}"' in linked, path
