"""How readers of directories are proved is told, and told of every form that a listing can come from."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.sources.directories.status import READER_STATUS, reader_lines, status_line
from deserts.tables import TABLES


def test_every_form_has_a_status() -> None:
    source = next(column for column in TABLES["plan_listings"].columns if column.name == "source")
    assert set(READER_STATUS) == set(source.allowed)


def test_who_never_met_a_live_server_says_so() -> None:
    assert status_line(["qhp", "qhp"]).endswith("never on a live server.")
    assert status_line([""]) == ""


def test_the_list_of_sources_tells_how_each_reader_is_proved() -> None:
    listed = {
        row["dataset"]: row for row in json.loads(CliRunner().invoke(build_app(), ["source", "list", "--json"]).stdout)
    }
    assert listed["plan_directory"]["readers"] == [*reader_lines()]
