"""Who is answered, with which headers, and what never gets in."""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from deserts.documents.form import LARGEST_FORM_BYTES
from deserts.web.app import build_app
from deserts.web.guard import COOKIE, Policy
from tests.web.conftest import ADDRESS

TOKEN = "correct-horse-battery-staple-0"
PAGES = ("/", "/clock", "/card", "/calls", "/login", "/openapi.json", "/api/about", "/static/app.css", "/nothing")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_sealed(client, path):
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert "http" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cross-origin-opener-policy"] == "same-origin"


def test_nonces_differ(client):
    nonces = {
        re.search(r"nonce-([\w-]+)", client.get("/").headers["content-security-policy"]).group(1) for _ in range(5)
    }
    assert len(nonces) == 5


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1", "127.0.0.1:9999", "localhost.evil:8765", "", "127.0.0.1:8765, x"]
)
def test_foreign_hosts_are_refused(client, host):
    assert client.get("/", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "localhost:8765", "LOCALHOST:8765", "[::1]:8765"])
def test_own_names_are_answered(client, host):
    assert client.get("/", headers={"host": host}).status_code == 200


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "null", "https://127.0.0.1:8765", "http://127.0.0.1:1", "http://localhost:8765.evil"],
)
@pytest.mark.parametrize("path", ["/search", "/calls", "/api/backups", "/api/calls"])
def test_forms_of_other_pages_are_refused(client, origin, path):
    kind = "application/json" if path.startswith("/api/") else "application/x-www-form-urlencoded"
    answer = client.post(path, content="", headers={"origin": origin, "content-type": kind})
    assert answer.status_code == 403


def test_without_an_origin_only_programs_may_post(desk):
    plain = TestClient(build_app(desk, Policy(frozenset({"127.0.0.1:8765"}))), base_url=ADDRESS)
    assert plain.post("/search", data={"zip": "04999"}).status_code == 403
    assert plain.post("/api/backups", json={"zip": "04999"}).status_code == 200
    site = {"sec-fetch-site": "cross-site"}
    assert plain.post("/api/backups", json={"zip": "04999"}, headers=site).status_code == 403


def test_nothing_is_taken_from_addresses(client):
    assert client.get("/?zip=04999").status_code == 400
    assert client.post("/search?zip=04999", data={}).status_code == 400
    assert client.get("/search").headers["location"] == "/"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client, method):
    assert client.request(method, "/").status_code == 405


def test_wrong_kinds_of_body_are_refused(client):
    assert client.post("/api/backups", data={"zip": "04999"}).status_code == 415
    assert client.post("/search", json={"zip": "04999"}).status_code == 415
    assert client.post("/card", files={"zip": b"04999"}).status_code == 415


def test_large_bodies_are_refused_announced_or_not(client):
    five_megabytes = b"note=" + b"x" * 5_000_000
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post("/calls", content=five_megabytes, headers=kind)
    assert answer.status_code == 413
    assert f"{LARGEST_FORM_BYTES // 1024} kB" in answer.text
    parts = (b"x" * 10_000 for _ in range(500))
    assert client.post("/calls", content=parts, headers=kind).status_code == 413


def test_many_fields_and_deep_json_are_refused(client):
    fields = {f"f{number}": "x" for number in range(1000)}
    assert client.post("/search", data=fields).status_code == 400
    deep = {"content-type": "application/json"}
    assert client.post("/api/clock", content=b'{"a":' * 20_000, headers=deep).status_code in (400, 422)


def test_unknown_paths_are_told_plainly(client):
    assert client.get("/nothing").status_code == 404
    assert client.get("/api/nothing").json() == {"error": "There is nothing at that address."}
    assert client.get("/docs").status_code == client.get("/redoc").status_code == 404


@pytest.fixture
def guarded(desk):
    policy = Policy(frozenset({"clinic.example:8765"}), scheme="https", token=TOKEN)
    own = {"origin": "https://clinic.example:8765"}
    return TestClient(
        build_app(desk, policy), base_url="https://clinic.example:8765", headers=own, follow_redirects=False
    )


def test_token_guards_everything_but_its_own_page(guarded):
    for path in PAGES:
        wanted = 200 if path in ("/login", "/static/app.css") else 401
        assert guarded.get(path).status_code == wanted, path
    assert guarded.post("/api/backups", json={"zip": "04999"}).status_code == 401


def test_token_opens_by_header_and_by_cookie(guarded):
    assert guarded.get("/", headers={"authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert guarded.get("/", headers={"authorization": f"Bearer {TOKEN}x"}).status_code == 401
    assert guarded.get("/", headers={"cookie": f"{COOKIE}={TOKEN}"}).status_code == 401
    wrong = guarded.post("/login", data={"token": "wrong"})
    assert guarded.get(wrong.headers["location"]).status_code == 401  # shown once, like every answer to a form
    answer = guarded.post("/login", data={"token": TOKEN})
    assert answer.status_code == 303
    for flag in ("HttpOnly", "Secure", "SameSite=Strict"):
        assert flag in answer.headers["set-cookie"]
    assert TOKEN not in answer.headers["set-cookie"]
    assert guarded.get("/").status_code == 200


def test_a_fault_inside_tells_no_text_of_it(client, desk, monkeypatch, capsys):
    def fail(_request):
        raise RuntimeError("Zzyzx-Sentinel 04999")

    monkeypatch.setattr(type(desk), "find", lambda self, request: fail(request))
    answer = client.post("/search", data={"zip": "04999"})
    assert answer.status_code == 500
    told = answer.text + "".join(capsys.readouterr())
    assert "Zzyzx" not in told
    assert "RuntimeError" in told
