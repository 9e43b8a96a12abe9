"""Commands that ask a question of a finished run take the limits that the run was made with."""

from __future__ import annotations

import dataclasses
import json

from typer.testing import CliRunner

from deserts.cli import build_app
from deserts.commands.context import made_run
from deserts.pipeline import scores, times
from deserts.pipeline.stage import run_stage


def test_a_question_takes_the_limits_of_the_run_and_says_them(own_example):
    short = dataclasses.replace(own_example, settings=dataclasses.replace(own_example.settings, time_limit_min=45.0))
    run_stage(times.STAGE, short)
    run_stage(scores.STAGE, short)
    data = own_example.settings.data_dir
    run = made_run(region="example", service="itb", data=data)
    assert run.settings.time_limit_min == 45
    assert made_run(region="example", service="itb", data=data / "nothing here").settings.time_limit_min == 480
    table = short.store.read("county_scores")
    cut_off = table.loc[table["beyond_limit_share"] >= 0.5, "county_fips"].iloc[0]
    told = CliRunner().invoke(build_app(), ["explain", "--county", cut_off, "--data", str(data), "--json"])
    assert told.exit_code == 0, told.output
    assert "45 minutes" in " ".join(json.loads(told.stdout)["explanation"])


def test_a_damaged_manifest_counts_as_none(own_example):
    manifest = own_example.store.path("drive_times").parent / "manifest" / "times.json"
    manifest.write_text("{ torn")
    data = own_example.settings.data_dir
    assert made_run(region="example", service="itb", data=data).settings.time_limit_min == 480
    assert run_stage(times.STAGE, own_example).ran
