"""Fixtures of the page's tests: a made-up desk, a client inside the process, and a real server for browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from deserts.web.desk import Desk
from deserts.web.once import ANSWERS
from tests.patients import conftest as patients
from tests.web.neighbourhood import make_app, make_desk, serving

ADDRESS = "http://127.0.0.1:8765"


flat_roads = patients.flat_roads


@pytest.fixture
def desk(tmp_path: Path, flat_roads: None) -> Desk:
    """A desk of six clinicians whose log lies in the test's folder."""
    return make_desk(tmp_path)


class Browser(TestClient):
    """A client that fetches the page to which the answer of a form leads, as a browser does."""

    def post(self, url, **options):
        """Send a form; return the page that answers it."""
        answer = super().post(url, **options)
        location = answer.headers.get("location", "")
        return self.get(location) if location.startswith(ANSWERS) else answer


@pytest.fixture
def client(desk: Desk) -> TestClient:
    """A browser-like client: it sends our own origin with every form."""
    return Browser(
        make_app(desk), base_url=ADDRESS, headers={"origin": ADDRESS}, follow_redirects=False,
        raise_server_exceptions=False,
    )  # fmt: skip


@pytest.fixture
def address(desk: Desk) -> Iterator[str]:
    """Address of a real server on a free port."""
    with serving(desk) as found:
        yield found
