"""A card says at every door where not every source was read, and says nothing where all were."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from deserts.api.run import Run
from deserts.cli import build_app
from deserts.patients.forms import example_form
from deserts.patients.search.backups import BackupData
from deserts.provenance import Provenance
from deserts.publish.desk import _papers
from deserts.searches import Verdict
from deserts.web.desk import load_desk
from tests.example_data import example_run
from tests.patients.refill.people import TODAY
from tests.web.conftest import ADDRESS, Browser
from tests.web.neighbourhood import make_app
from tests.web.test_pages import CARD as TYPED

LABEL = "What was searched"
ALL = Verdict()
SOME = Verdict(missing=("the registry: not read",), missing_optional=("the registry: not read",))
NONE = Verdict(
    missing=("claims: not read",), missing_needed=("claims: not read",), not_searched=("XA",), is_needed_missing=True
)


@pytest.fixture(scope="module")
def run(example_data: Path) -> Run:
    return example_run(example_data)


@pytest.fixture(scope="module")
def page(run: Run) -> TestClient:
    return Browser(make_app(load_desk(run, today=lambda: TODAY)), base_url=ADDRESS, headers={"origin": ADDRESS})


@pytest.mark.parametrize(
    ("verdict", "state", "said"),
    [
        (ALL, "searched_found", ""),
        (SOME, "partly_searched", "not every source was read: others may be near"),
        (NONE, "not_searched", "nobody looked: that none stands here is no finding"),
    ],
)
def test_every_door_says_what_was_searched(run, page, monkeypatch, tmp_path, verdict, state, said):
    monkeypatch.setattr(Provenance, "verdict", lambda *_, **__: verdict)
    form = json.loads(example_form("card"))
    del form["example"]
    (tmp_path / "form.json").write_text(json.dumps(form))
    words = ("paper", "card", tmp_path / "form.json", "--data", run.settings.data_dir, "--today", TODAY)
    for name, region in (("of_run.html", ("--region", "example")), ("alone.html", ())):
        done = CliRunner().invoke(build_app(), [str(word) for word in (*words, *region, "--out", tmp_path / name)])
        assert done.exit_code == 0, done.exception
    shown = {name: (tmp_path / name).read_text(encoding="utf-8") for name in ("of_run.html", "alone.html")}
    shown["api"] = page.post("/api/card.html", json=form).text
    shown["page"] = page.post("/card", data=TYPED).text
    for door, text in shown.items():
        expected = 0 if door == "alone.html" or not said else 2
        assert text.count(LABEL) == expected, door
        assert not said or text.count(said) == expected, door
    assert _papers(BackupData.load(run.store), TODAY)["search"] == state
