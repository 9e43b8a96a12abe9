"""A name, a day and a place that were typed in are found nowhere afterwards: disk, logs, terminal."""

from __future__ import annotations

import gc
import logging

import pytest

NAME, BORN, LON, LAT = "Zzyzx Quux-Sentinel", "1957-03-09", "-68.812345", "44.823456"
DRUG = {
    "drugs.1.name": "baclofen", "drugs.1.concentration": "2000", "drugs.1.concentration_unit": "mcg/mL",
    "drugs.1.daily_dose": "600", "drugs.1.dose_unit": "mcg/day",
}  # fmt: skip
RUN_DRY = "2026-12-29"
VISITS = [
    ("/search", {"lonlat": f"{LON},{LAT}", "run_dry": RUN_DRY, "payer": NAME}),
    ("/search", {"lonlat": f"{LON},{LAT}", "exclude": NAME}),
    ("/search", {"zip": NAME, "run_dry": f"{RUN_DRY}x"}),
    ("/clock", {"pump.reservoir_ml": "40", "fill_ml": "40", "filled_on": "2026-09-09", **DRUG}),
    ("/clock", {"fill_ml": NAME, "filled_on": NAME}),
    ("/card", {"patient.name": NAME, "patient.born_on": BORN, "pump.maker": NAME, **DRUG}),
    ("/card", {"patient.name": NAME, "patient.born_on": BORN, "pump.maker": NAME, "format": "pdf", **DRUG}),
    ("/card", {"patient.name": NAME, "patient.born_on": f"{BORN}{NAME}"}),
    ("/card/form", {"patient.name": NAME}),
    ("/card/form", {"patient.name": NAME, "backups.1.name": NAME}),
    (
        "/packet",
        {
            "patient.name": NAME,
            "patient.born_on": BORN,
            "patient.zip": "04999",
            "payer.name": NAME,
            "reason": "continuation",
            "clinical.1.title": NAME,
            "clinical.1.text": NAME,
            "format": "pdf",
        },
    ),
    ("/packet", {"patient.name": NAME, "payer.name": NAME, "reason": "network_gap", "format": "docx", **DRUG}),
    ("/packet", {"patient.name": NAME, "patient.born_on": f"{BORN}{NAME}", "reason": NAME, "format": NAME}),
    ("/search", {"address": f"{NAME} Road", "send_address": "true"}),
    ("/calls/form", {"npi": NAME}),
    ("/calls", {"npi": NAME, "outcome": NAME, "source": NAME}),
    ("/calls", {"npi": "1234567890", "outcome": "accepting", "note": f"patient: Mr. {NAME}"}),
    ("/card", {"patient.name": NAME, "patient.born_on": BORN, "pump.maker": NAME, "format": "letter", **DRUG}),
    ("/discharge", {"run_dry_on": RUN_DRY, "accepted_by": NAME, "hospital": NAME}),
    ("/discharge", {"run_dry_on": f"{RUN_DRY}{NAME}", "npi": NAME}),
    ("/drug", {"lonlat": f"{LON},{LAT}", "strength": "2000"}),
    ("/drug", {"zip": NAME, "strength": NAME, "within": NAME}),
    ("/home", {"zip": NAME, "payer": NAME}),
    ("/clinician", {"npi": NAME}),
    ("/phone", {"list": NAME, "top": NAME}),
    ("/plan", {"plan": NAME, "names": NAME}),
    ("/settings", {"try": NAME}),
    ("/pact", {"patient.name": NAME, "patient.born_on": BORN, "refills.name": NAME, "format": NAME}),
    ("/pact", {"patient.name": NAME, "patient.born_on": BORN, "refills.name": NAME, "format": "transfer.pdf"}),
]
UPLOADS = [
    ("/panel", f"zip,run_dry,name\n{NAME},{RUN_DRY},{BORN}\n{LON},{NAME},{NAME}\n"),
    ("/panel", f"{NAME}\n{BORN}\n"),
    ("/panel", f"zip,name\n{NAME},{NAME}\n"),
    ("/what-if", f'{{"type": "LineString", "coordinates": "{NAME}"}}'),
]
API = [
    ("/api/backups", {"lonlat": f"{LON},{LAT}", "run_dry": RUN_DRY}),
    ("/api/backups", {"lonlat": f"{LON},{LAT}{NAME}"}),
    ("/api/clock", {"pump": {"reservoir_ml": NAME}, "fill_ml": NAME, "filled_on": BORN}),
    ("/api/card.html", {"patient": {"name": NAME, "born_on": BORN}, "pump": {}, "drugs": [{"name": NAME}]}),
    ("/api/packet.pdf", {"patient": {"name": NAME, "born_on": BORN}, "payer": {"name": NAME}, "reason": "appeal"}),
    ("/api/packet.docx", {"patient": {"name": NAME}, "payer": {"name": NAME}, "reason": "continuation"}),
    ("/api/packet-notes.pdf", {"patient": {"name": NAME}, "payer": {"name": NAME}, "reason": "continuation"}),
    ("/api/packet-notes.docx", {"patient": {"name": NAME, "born_on": BORN}, "payer": {"name": NAME}, "reason": "x"}),
    ("/api/calls", {"npi": NAME, "outcome": NAME, "note": NAME}),
    ("/api/discharge", {"accepted_by": NAME, "accepted_on": BORN, "run_dry_on": RUN_DRY, "npi": NAME}),
    ("/api/drug", {"zip": NAME, "strength": NAME, "within": NAME}),
    ("/api/home", {"zip": NAME, "payer": NAME}),
    ("/api/emergency", {"lonlat": f"{LON},{LAT}"}),
    ("/api/clinician", {"npi": NAME}),
    ("/api/phone", {"list": NAME}),
    ("/api/plan", {"plan": NAME}),
    ("/api/settings", {}),
    ("/api/backups", {"lonlat": f"{LON},{LAT}", "close_roads": {"type": NAME}, "close_roads_name": NAME}),
    ("/api/what-if", {"close": [NAME], "add": [f"{LON},{LAT}"], "close_roads": {"name": NAME}}),
    ("/api/panel", {"csv": f"zip,run_dry,name\n{NAME},{RUN_DRY},{BORN}\n"}),
    ("/api/pact.pdf", {"patient": {"name": NAME, "born_on": BORN}, "refills": {"name": NAME, "phone": NAME}}),
    ("/api/pact.docx", {"patient": {"name": NAME, "born_on": BORN}, "covers": {"name": NAME}}),
    ("/api/transfer.pdf", {"patient": {"name": NAME, "born_on": BORN}, "dates": {"low_alarm_on": NAME}}),
    ("/api/transfer.docx", {"patient": {"name": NAME, "born_on": BORN}, "travels_with": NAME}),
    ("/api/letter.docx", {"patient": {"name": NAME, "born_on": BORN}, "pump": {}, "drugs": [{"name": NAME}]}),
    ("/api/letter.pdf", {"patient": {"name": NAME, "born_on": BORN}, "pump": {}, "drugs": [{"name": NAME}]}),
    ("/api/card.pdf", {"patient": {"name": NAME, "born_on": BORN}, "pump": {}, "drugs": [{"name": NAME}]}),
]


@pytest.fixture
def sentinels() -> list[str]:
    return [NAME, NAME.split()[0], BORN, LON, LAT, RUN_DRY]


def test_every_path_that_takes_input_is_visited(desk):
    """A new page or call of the API cannot be forgotten here."""
    from deserts.web.api import Api
    from deserts.web.api_tools import ToolsApi
    from deserts.web.pages import Pages
    from deserts.web.tools import Tools

    posts = {
        route.path
        for router in (Pages(desk).router(), Tools(desk).router(), Api(desk).router(), ToolsApi(desk).router())
        for route in router.routes
        if "POST" in route.methods
    }
    assert posts == {path for path, _ in (*VISITS, *UPLOADS, *API)}


def test_nothing_typed_is_left_behind(client, tmp_path, monkeypatch, caplog, capfd, sentinels):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.chdir(tmp_path)
    with caplog.at_level(logging.DEBUG):
        for path, fields in VISITS:
            assert client.post(path, data=fields).status_code in (200, 400, 503)
        for path, content in UPLOADS:
            field = "file" if path == "/panel" else "close_roads_file"
            assert client.post(path, files={field: ("panel.csv", content)}).status_code in (200, 400)
        for path, body in API:
            assert client.post(path, json=body).status_code in (200, 400, 422, 503)
    written = {file: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    told = "".join(capfd.readouterr()) + caplog.text
    for sentinel in sentinels:
        assert [str(file) for file, content in written.items() if sentinel.encode() in content] == []
        assert sentinel not in told
    assert written == {}


def test_the_desk_remembers_no_question(client, desk, sentinels):
    for path, fields in VISITS:
        client.post(path, data=fields)
    gc.collect()
    kept = repr(desk._facts) + repr(desk.settings) + repr(desk.today)
    assert not [sentinel for sentinel in sentinels if sentinel in kept]
    assert set(desk.__slots__) == {
        "data", "outlines", "settings", "hospitals", "today", "counties", "store", "http", "_facts",
    }  # fmt: skip


def test_a_crash_inside_tells_nothing(client, desk, monkeypatch, capfd, caplog):
    def crash(*_args, **_kwargs):
        raise ValueError(f"{NAME} {BORN} {LON}")

    monkeypatch.setattr("deserts.web.desk.ask", crash)
    answer = client.post("/search", data={"zip": "04999"})
    assert answer.status_code == 500
    told = answer.text + "".join(capfd.readouterr()) + caplog.text
    for sentinel in (NAME, BORN, LON):
        assert sentinel not in told


def test_real_server_writes_no_access_log(address, capfd):
    import httpx

    origin = {"origin": address}
    with httpx.Client(base_url=address, headers=origin) as browser:
        assert browser.post("/search", data={"lonlat": f"{LON},{LAT}"}).status_code == 303
        assert browser.get("/?name=Zzyzx").status_code == 400
        assert browser.get(f"/{NAME}").status_code == 404
        assert "server" not in browser.get("/").headers
    assert "".join(capfd.readouterr()) == ""
