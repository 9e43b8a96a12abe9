"""The user's table of payer networks in the stages: scored when it is there, gone when it goes, shown on the map."""

from __future__ import annotations

import json

import html5lib
import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.pipeline import draw, scores
from deserts.pipeline.run import Run
from deserts.pipeline.stage import run_stage
from deserts.specialists.payers import payer_networks_path
from deserts.store import sha256_of, write_text

LABEL = "Minutes to the nearest in Harbor Mutual's network"


def write_table(run: Run, text: str) -> None:
    write_text(payer_networks_path(run.settings), text)


def test_scores_follow_the_table_as_it_comes_and_goes(own_example: Run) -> None:
    store = own_example.store
    before = {name: sha256_of(store.path(name)) for name in ("reach", "county_scores")}
    assert not store.has("payer_scores")
    reached = store.read("reach", columns=["site_id"])["site_id"]
    npi = reached[reached != ""].iloc[0].split("-")[0]
    write_table(own_example, f"payer,npi\nHarbor Mutual,{npi}\n")
    assert run_stage(scores.STAGE, own_example).ran
    assert {name: sha256_of(store.path(name)) for name in before} == before
    found = store.read("payer_scores")
    everybody = store.read("county_scores").set_index("county_fips")
    assert set(found["payer"]) == {"Harbor Mutual"}
    assert sorted(found["county_fips"]) == sorted(everybody.index)
    own = found.set_index("county_fips")
    pd.testing.assert_series_equal(
        own["any_network_median_min"], everybody["nearest_median_min"].reindex(own.index), check_names=False
    )
    assert (own["beyond_60_share"].dropna() >= everybody["beyond_60_share"].reindex(own.index).dropna() - 1e-12).all()
    assert own["nearest_median_min"].notna().any()
    assert not run_stage(scores.STAGE, own_example).ran

    run_stage(draw.STAGE, own_example)
    page = html5lib.parse(draw.map_path(own_example).read_text(encoding="utf-8"), namespaceHTMLElements=False)
    data = json.loads(page.find(".//script[@id='data']").text)
    # Whether a call counts is the team's knowledge: payers colour the run's own view, not that of public files alone.
    labels = {v["key"]: [m["label"] for m in v["measures"] if m["key"].startswith("payer_")] for v in data["views"]}
    assert labels == {"proven": [], "possible": [LABEL]}

    payer_networks_path(own_example.settings).unlink()
    assert run_stage(scores.STAGE, own_example).ran
    assert not store.has("payer_scores")
    run_stage(draw.STAGE, own_example)
    assert "Harbor Mutual" not in draw.map_path(own_example).read_text()


def test_a_faulty_table_stops_the_stage_before_it_writes(own_example: Run) -> None:
    write_table(own_example, "payer,npi\nHarbor Mutual,12\n")
    before = sha256_of(own_example.store.path("county_scores"))
    with pytest.raises(InputError, match="row 2"):
        run_stage(scores.STAGE, own_example)
    assert sha256_of(own_example.store.path("county_scores")) == before
    assert not own_example.store.has("payer_scores")
