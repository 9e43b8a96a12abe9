"""The answer to a form is led to, shown once, and forgotten."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.testclient import TestClient

from deserts.web import once
from deserts.web.once import ANSWERS, Kept, Once
from tests.web.conftest import ADDRESS
from tests.web.neighbourhood import make_app
from tests.web.test_privacy import VISITS


@pytest.fixture
def plain(desk) -> TestClient:
    """A client that follows nothing by itself."""
    return TestClient(
        make_app(desk), base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False,
        raise_server_exceptions=False,
    )  # fmt: skip


@pytest.mark.parametrize("visit", VISITS, ids=lambda visit: visit[0])
def test_no_form_is_answered_by_a_page_under_its_own_address(plain, visit):
    path, fields = visit
    answer = plain.post(path, data=fields)
    if "content-disposition" in answer.headers:
        assert answer.status_code == 200
        return
    assert (answer.status_code, answer.content) == (303, b"")
    location = answer.headers["location"]
    assert location.startswith(ANSWERS)
    assert not [value for value in fields.values() if len(value) > 3 and value in location]
    first, second = plain.get(location), plain.get(location)
    assert first.status_code in (200, 400)
    assert first.headers["cache-control"] == "no-store"
    assert second.status_code == 410
    assert "shown once" in second.text
    assert not [value for value in fields.values() if len(value) > 3 and value in second.text]


@pytest.mark.parametrize("broken", [{"content": b"x" * 5_000_000}, {"json": {"zip": "04999"}}])
def test_refusals_and_faults_of_ours_are_led_to_as_well(plain, desk, monkeypatch, broken):
    form = {"content-type": "application/x-www-form-urlencoded"} if "content" in broken else {}
    refused = plain.post("/search", headers=form, **broken)
    assert refused.status_code == 303
    assert plain.get(refused.headers["location"]).status_code in (413, 415)
    monkeypatch.setattr("deserts.web.desk.ask", lambda *_, **__: 1 / 0)
    fault = plain.post("/search", data={"zip": "04999"})
    assert fault.status_code == 303
    page = plain.get(fault.headers["location"])
    assert page.status_code == 500
    assert "Something went wrong here" in page.text


def test_a_form_of_another_page_takes_no_place_among_the_answers(plain):
    refused = plain.post("/search", data={"zip": "04999"}, headers={"origin": "http://evil.example"})
    assert refused.status_code == 403
    assert "location" not in refused.headers


def test_the_style_of_an_answer_may_be_used_where_it_is_shown(plain):
    card = next(fields for path, fields in VISITS if path == "/card")
    page = plain.get(plain.post("/card", data=card).headers["location"])
    nonce = page.text.partition('nonce="')[2].partition('"')[0]
    assert nonce
    assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]


def _kept(size: int) -> Kept:
    return Kept(200, (), b"x" * size, "n")


def test_few_answers_wait_and_not_for_long(monkeypatch):
    monkeypatch.setattr(once, "_SECONDS", 0.05)

    async def wait() -> None:
        answers = Once()
        paths = [answers.keep(_kept(1)) for _ in range(100)]
        assert len(set(paths)) == 100
        assert len(answers) == 64
        assert answers.take(paths[0]) is None
        assert answers.take(paths[-1]) == _kept(1)
        large = [answers.keep(_kept(20 << 20)) for _ in range(2)]
        assert answers.take(large[0]) is None
        assert answers.take(large[1]) is not None
        answers.keep(_kept(1))
        await asyncio.sleep(0.2)
        assert len(answers) == 0

    with ThreadPoolExecutor(1) as elsewhere:  # a browser of another test may run a loop in this thread
        elsewhere.submit(asyncio.run, wait()).result()


def test_nothing_of_an_answer_shows_in_its_representation():
    assert "x" not in repr(Kept(200, ((b"x", b"x"),), b"xxx", "xxx")).replace("Kept", "")
