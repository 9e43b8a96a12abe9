"""The API gives the same answers as the pages, describes itself, and never repeats a wrong value."""

from __future__ import annotations

import json

import pytest

from deserts.patients.words import EMERGENCY_LINE
from deserts.specialists.log import open_log
from tests.web.neighbourhood import NPIS

SENTINEL = "Zzyzx-Sentinel"
DRUG = {
    "name": "baclofen",
    "concentration": 2000,
    "concentration_unit": "mcg/mL",
    "daily_dose": 600,
    "dose_unit": "mcg/day",
}
FILL = {"pump": {"reservoir_ml": 40}, "fill_ml": 40, "filled_on": "2026-10-01", "drugs": [DRUG]}


def test_backups_and_plan(client):
    body = client.post("/api/backups", json={"zip": "04999", "k": 2, "run_dry": "2026-11-22"}).json()
    tiers = body["answer"]["tiers"]
    assert [tier["tier"] for tier in tiers] == ["proven", "drug_unknown", "must_be_asked"]
    assert [c["name"] for c in tiers[0]["candidates"]] == ["Ada Near", "Ben Next"]
    assert body["plan"]["headline"] == EMERGENCY_LINE
    assert body["answer"]["provenance"]
    assert body["timeline"]["first_line"] == EMERGENCY_LINE
    without = client.post("/api/backups", json={"zip": "04999"}).json()
    assert without["plan"] is None
    assert without["timeline"]["first_line"].startswith("Date unknown")


def test_an_unknown_zip_is_told_in_the_words_of_the_interface_and_of_the_page(client):
    told = client.post("/api/backups", json={"zip": "99999"}).json()["error"]
    page = client.post("/search", data={"zip": "99999"}).text
    assert "give lonlat" in told
    assert "give lonlat" in page
    assert "--lonlat" not in told + page


def test_a_shorter_list_is_the_beginning_of_a_longer_one(client):
    def names(k):
        body = client.post("/api/backups", json={"zip": "04999", "k": k}).json()
        return [[c["npi"] for c in tier["candidates"]] for tier in body["answer"]["tiers"]]

    short, long = names(1), names(5)
    assert all(whole[: len(part)] == part for part, whole in zip(short, long, strict=True))


def test_clock_card_and_about(client):
    clock = client.post("/api/clock", json=FILL).json()
    assert (clock["alarm_on"], clock["nominal_empty_on"]) == ("2027-02-04", "2027-02-11")
    assert (clock["earliest_empty_on"], clock["refill_by"]) == ("2027-01-25", "2027-01-14")
    assert clock["data"]
    card = {"patient": {"name": "Alex"}, "pump": {}, "drugs": [DRUG]}
    assert client.post("/api/card.pdf", json=card).content.startswith(b"%PDF")
    assert "Alex" in client.post("/api/card.html", json=card).text
    about = client.get("/api/about").json()
    assert about["service"] == "itb"
    assert about["is_old"] is False


CALL = {"npi": NPIS[0], "outcome": "accepting", "source": "phone", "logged_by": "Kim"}


def test_calls_are_written(client, desk):
    answer = client.post(
        "/api/calls", json={"npi": NPIS[0], "outcome": "retired", "source": "visit", "logged_by": "Kim"}
    )
    assert answer.status_code == 201
    assert answer.json()["words"].startswith(f"Ada Near (NPI {NPIS[0]}), at all sites: has stopped practising")
    assert open_log(desk.settings).read()["outcome"].tolist() == ["retired"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/api/backups", {"zip": SENTINEL}, 400),
        ("/api/backups", {"zip": SENTINEL[:10]}, 400),
        ("/api/backups", {"zip": "04999", "run_dry": SENTINEL}, 422),
        ("/api/backups", {"zip": "04999", "k": SENTINEL, "pediatric": SENTINEL}, 422),
        ("/api/backups", {"lonlat": SENTINEL}, 400),
        ("/api/backups", [SENTINEL], 422),
        ("/api/clock", {**FILL, "filled_on": SENTINEL, "fill_ml": SENTINEL}, 400),
        ("/api/clock", {**FILL, "fill_ml": -3}, 400),
        ("/api/card.pdf", {"patient": {"name": SENTINEL}}, 400),
        ("/api/card.pdf", {"patient": SENTINEL}, 400),
        ("/api/calls", {**CALL, "note": f"patient: Mr. {SENTINEL}"}, 400),
    ],
)
def test_errors_are_json_and_repeat_nothing(client, path, body, status):
    answer = client.post(path, json=body)
    assert answer.status_code == status
    assert set(answer.json()) == {"error"}
    assert SENTINEL[:10] not in answer.text


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"nan", b'{"zip": NaN}'])
def test_broken_json(client, body):
    answer = client.post("/api/backups", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
    assert set(answer.json()) == {"error"}


def test_openapi_describes_the_api_without_the_pages(client):
    described = client.get("/openapi.json").json()
    assert set(described["paths"]) == {
        "/api/backups", "/api/clock", "/api/card.html", "/api/card.pdf", "/api/packet.docx", "/api/packet.pdf",
        "/api/packet-notes.docx", "/api/packet-notes.pdf",
        "/api/calls", "/api/about", "/api/discharge", "/api/drug", "/api/home", "/api/emergency", "/api/clinician",
        "/api/panel", "/api/what-if", "/api/log", "/api/settings", "/api/letter.docx", "/api/letter.pdf",
        "/api/phone", "/api/plan",
        "/api/pact.pdf", "/api/pact.docx", "/api/transfer.pdf", "/api/transfer.docx",
    }  # fmt: skip
    fields = described["components"]["schemas"]["BackupFields"]["properties"]
    assert {"zip", "lonlat", "exclude", "alarm_on", "run_dry", "clock", "withdrawal_signs", "overdose_signs"} <= set(
        fields
    )
    assert "http" not in json.dumps(described["paths"])
