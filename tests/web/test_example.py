"""The page on the embedded example: the same answer as the package gives, real roads, hospitals, and the command."""

from __future__ import annotations

import datetime as dt
import io
import re
import signal
import subprocess
import sys
from html import unescape

import httpx
import pytest
from pypdf import PdfReader
from starlette.testclient import TestClient

from deserts.cli import main
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backups import find_backups
from deserts.patients.search.origin import from_zip
from deserts.tables.drives import minutes_words
from deserts.web.desk import Desk, load_desk
from tests.example_data import example_run
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app

TODAY = dt.date(2026, 11, 20)


@pytest.fixture(scope="module")
def example_desk(example_data) -> Desk:
    return load_desk(example_run(example_data), today=lambda: TODAY)


@pytest.fixture(scope="module")
def example_client(example_desk) -> TestClient:
    return TestClient(make_app(example_desk), base_url=ADDRESS, headers={"origin": ADDRESS})


@pytest.fixture(scope="module")
def zip_codes(example_store) -> list[str]:
    zips = example_store.read("zips")
    return sorted(zips.loc[zips["state"] == "XA", "zip"])[::15]


def test_the_first_line_of_an_emergency_marks_a_hospital_that_is_not_for_everybody(example_client):
    page = example_client.post("/search", data={"zip": "86905", "withdrawal_signs": "true"}).text
    line = unescape(re.search(r'id="first-call">(.*?)</p>', page)[1])
    assert "PORT HAVEN VA MEDICAL CENTER (Veterans Affairs hospital: ask whether it takes this patient)" in line


@pytest.mark.browser
@pytest.mark.parametrize(
    "asked",
    [
        {"zip": "86905"},
        {"zip": "86905", "alarm_on": "2026-12-20", "payer": "Medicaid", "plan": "H9999-001-000"},
        {"zip": "86905", "alarm_on": "2026-11-21"},
        {"zip": "86916", "withdrawal_signs": "true"},
    ],
    ids=["no day", "plan", "emergency", "island"],
)
def test_an_answer_has_one_line_each_and_prints_on_one_sheet(example_client, visit, asked):
    style = example_client.get("/static/app.css").text
    text = example_client.post("/search", data=asked).text
    page = visit(offline=True).page
    alone = re.sub(r"<(?:link|script)[^>]*>(?:</script>)?", "", text)
    page.set_content(alone.replace("</head>", f"<style>{style}</style></head>"))
    assert page.locator(".candidate").count() >= 3
    assert page.locator(".candidate details[open]").count() == 0
    assert page.locator(".candidate .ask").first.is_hidden()
    assert len(PdfReader(io.BytesIO(page.pdf(format="Letter", prefer_css_page_size=True))).pages) == 1


def test_answers_are_those_of_the_package(example_client, example_desk, zip_codes):
    for zip_code in zip_codes:
        origin = from_zip(zip_code, example_desk.data.zips, region_states=example_desk.data.region_states)
        expected = find_backups(BackupQuery(origin=origin, today=TODAY, k=3), example_desk.data).to_dict()
        assert example_client.post("/api/backups", json={"zip": zip_code, "k": 3}).json()["answer"] == expected


def test_page_shows_notices_map_and_hospitals(example_client, zip_codes):
    text = example_client.post("/search", data={"zip": zip_codes[0], "withdrawal_signs": "true"}).text
    assert "synthetic" in text
    assert "Nearest emergency departments" in text
    assert text.count('<path d="M') > 3
    first = re.search(r'name="emergency_hospital.name" value="([^"]+)"', text)
    assert first
    assert "Nearest emergency departments" not in example_client.post("/search", data={"zip": zip_codes[0]}).text
    asked = example_client.post("/api/backups", json={"zip": zip_codes[0], "emergency": True}).json()
    assert asked["emergency"]["nearest"][0]["name"] == first.group(1).replace("&#39;", "'").replace("&amp;", "&")


def test_the_number_to_dial_and_the_card_have_the_minutes_of_the_list(example_client, example_desk, zip_codes):
    seen = []
    for zip_code in zip_codes:
        body = {"zip": zip_code, "withdrawal_signs": "true"}
        found = example_client.post("/api/backups", json={**body, "withdrawal_signs": True}).json()
        first = found["emergency"]["nearest"][0]
        said = minutes_words(first["drive_min"], first["plus_minus_min"])
        page = unescape(example_client.post("/search", data=body).text)
        line = page[page.index('id="first-call"') :].partition("</p>")[0]
        marks = f" ({'; '.join(first['marks'])})" if first["marks"] else ""
        assert f"{first['name']}{marks}, {first['city']}, {first['state']}, {said}: " in line
        assert f"<strong>{said}</strong>" in page
        fields = dict(re.findall(r'name="(emergency_hospital[.\w]*)" value="([^"]*)"', page))
        card = {**fields, "patient.name": "Alex Example", "drugs.1.name": "baclofen", "dates.refill_by": "2026-12-20"}
        card |= {"drugs.1.concentration": "500", "drugs.1.concentration_unit": "mcg/mL"}
        assert f"{said} by car" in unescape(example_client.post("/card", data=card).text)
        seen.append(said)
    assert any("±" in one or "up to" in one for one in seen)


def test_the_command_serves_in_silence_and_stops(example_data, zip_codes):
    command = [
        sys.executable,
        "-m",
        "deserts",
        "serve",
        "--region",
        "example",
        "--data",
        str(example_data),
        "--port",
        "0",
    ]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://127\.0\.0\.1:\d+", server.stderr.readline()).group(0)
        with httpx.Client(base_url=address, headers={"origin": address}, timeout=60) as caller:
            assert caller.get("/").status_code == 200
            assert (
                "Who could take this patient over"
                in caller.post("/search", data={"zip": zip_codes[0]}, follow_redirects=True).text
            )
            assert caller.get("/", headers={"host": "evil.example"}).status_code == 421
        server.send_signal(signal.SIGINT)
        out, err = server.communicate(timeout=60)
    finally:
        server.kill()  # a test that fails must not wait for a server that nobody stops
    assert out == ""
    assert zip_codes[0] not in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--host", "0.0.0.0"), "others could reach this address"),
        (("--tls-cert", "x.pem"), "both certificate and key"),
        (("--token-file", "none"), "the token cannot be read"),
        (("--region", "atlantis"), "names no state that is known"),
    ],
)
def test_unsafe_or_unknown_is_refused(options, message, tmp_path, capsys):
    with pytest.raises(SystemExit) as left:
        main(["serve", "--data", str(tmp_path), *options])
    assert left.value.code == 2
    assert message in capsys.readouterr().err
