"""What a paper asks of a run: who was left out, ranks with intervals, a paragraph that says the run's own numbers."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import deserts
from deserts.access import AccessInputs
from deserts.access.outputs import write_research
from deserts.access.paper import Paper, methods_paragraph, rank_intervals
from deserts.access.uncertainty import Draws
from deserts.pipeline.published import yearly_trend
from deserts.services import Service
from deserts.store import Store
from tests.access.conftest import LIMIT_MIN

Write = Callable[[AccessInputs], Store]


def draws_of(median: np.ndarray) -> Draws:
    share = np.where(np.isnan(median[:1]), np.nan, 0.0).repeat(len(median), axis=0)
    return Draws(median, share, share, share, share)


def test_ranks_are_those_of_each_draw() -> None:
    median = np.array([[10.0, 20.0, 30.0, np.nan], [10.0, 40.0, 30.0, np.nan], [np.inf, np.inf, 5.0, np.nan]])
    found = rank_intervals(draws_of(median), ["a", "b", "c", "d"], np.array([10.0, 20.0, 30.0, np.nan]), level=1.0)
    found = found.set_index("county_fips")
    assert found["rank_now"].tolist()[:3] == [3, 2, 1]
    assert found.loc["a", ["rank_low", "rank_high", "rank_median"]].tolist() == [1.5, 3, 3]
    assert found.loc["b", ["rank_low", "rank_high", "rank_median"]].tolist() == [1, 2, 1.5]
    assert found.loc["c", "worst_tenth_share_of_draws"] == pytest.approx(1 / 3)
    assert found.loc["d"].isna().all(), "a county without residents has no rank"


def test_ranks_without_uncertainty_are_the_runs_own() -> None:
    now = np.array([50.0, 10.0, np.nan, 30.0, 30.0])  # null: beyond the limit, hence the farthest
    median = np.where(np.isnan(now), np.inf, now)[None, :].repeat(7, axis=0)
    drawn = Draws(median, *(np.zeros_like(median) for _ in range(4)))
    found = rank_intervals(drawn, list("abcde"), now)
    for column in ("rank_median", "rank_low", "rank_high"):
        assert found[column].tolist() == found["rank_now"].tolist() == [2, 5, 1, 3.5, 3.5]
    assert found[["rank_now"]].sum().item() == 15


@pytest.fixture(scope="module")
def run(example_data) -> deserts.Run:
    return deserts.open("example", data=example_data, local=example_data / "local")


@pytest.fixture(scope="module")
def folder(run, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("paper")
    run.research(out, draws=40)
    return out


def test_attrition_holds_every_step_of_the_stages(run, folder: Path) -> None:
    table = pd.read_csv(folder / "attrition.csv")
    assert (table["left_out"] == (table["rows_in"] - table["rows_out"]).clip(lower=0)).all()
    assert table["stage"].drop_duplicates().tolist() == [
        "places", "roads", "specialists", "addresses", "supply", "times", "scores"
    ]  # fmt: skip
    step = table[(table["stage"] == "times") & (table["step"] == "sites at grade")].iloc[0]
    supply = run.sites.query("supplies and counts")
    assert step["rows_in"] == len(run.sites)
    assert step["rows_out"] == supply["lon"].notna().sum()
    assert table["why"].notna().all()


def test_trend_is_that_of_each_years_bills(run, folder: Path) -> None:
    table = pd.read_csv(folder / "trend.csv").set_index("year")
    years = run.table("registry_years")
    counted = years[years["grade_rank"] <= run.service.rank(run.grade)]
    assert table["clinicians"].to_dict() == counted.groupby("year")["npi"].nunique().to_dict()
    assert table.index.tolist() == sorted(set(years["year"]))
    assert (table["beyond_60_share"] >= table["beyond_120_share"]).all()
    assert (table["beyond_120_share"] >= table["beyond_limit_share"]).all()


def test_a_year_that_was_not_read_is_said_so_and_never_a_zero(run, monkeypatch) -> None:
    store = run.store
    facts = store.provenance()
    reads = tuple(
        dataclasses.replace(read, missing_years=(2019,)) if read.source == "claims" else read for read in facts.sources
    )
    monkeypatch.setattr(type(store), "provenance", lambda _self: dataclasses.replace(facts, sources=reads))
    table = yearly_trend(run).set_index("year")
    assert table.loc[2019, "search"] == "not_searched"
    assert table.loc[2019].drop("search").isna().all()
    assert set(table.loc[2020:, "search"]) == {"searched_found"}


def test_the_paragraph_says_the_runs_own_numbers(run, folder: Path) -> None:
    words = " ".join((folder / "METHODS.txt").read_text().split())
    scores = pd.read_parquet(folder / "county_scores.parquet")
    people = scores["population"].sum()
    assert f"{people:,.0f} residents at 597 points of kind block_group in {len(scores)} counties" in words
    far = (scores["population"] * scores["beyond_60_share"].fillna(0)).sum() / people
    assert f"{far:.1%} of residents lived over 60 minutes" in words
    deserts_found = scores[scores["desert_rank"] >= 2]
    assert f"In {len(deserts_found)} of {len(scores)} counties most residents" in words
    robust = (deserts_found["desert_firmness"] == "robust").sum()
    assert re.search(rf"away; {robust} of these kept that class", words)
    kinds = pd.read_csv(folder / "point_kinds.csv").set_index("point_kind")
    assert f"the class of {kinds.loc['tract', 'counties_class_differs']} of {len(scores)} counties differed" in words
    assert "No survey of residents was read" in words
    assert "40 draws, seed 1" in words


def test_the_paragraph_names_what_was_not_read(run) -> None:
    scores, sites = run.table("county_scores"), run.table("sites")
    paper = Paper(
        provenance=run.provenance, service=run.service, scores=scores, demand=run.table("demand"), sites=sites,
        time_limit_min=480, draws=20, seed=1,
    )  # fmt: skip
    assert "Not read" not in methods_paragraph(paper)
    partly = dataclasses.replace(run.provenance, missing=("Medicare claims: no file of 2023",), claims_years=())
    told = methods_paragraph(dataclasses.replace(paper, provenance=partly))
    assert "Not read, and so possibly hiding nearer clinicians: Medicare claims: no file of 2023." in told
    assert "no claims file (not searched)" in told


def test_the_paragraph_gives_no_share_where_nobody_looked(
    inputs: AccessInputs, write_store: Write, itb: Service, tmp_path: Path
) -> None:
    store = write_store(inputs)
    scores = store.read("county_scores").assign(status="not_searched", desert_rank=pd.NA, beyond_60_share=np.nan)
    store.write("county_scores", scores.assign(beyond_120_share=np.nan).astype({"desert_rank": "Int64"}))
    write_research(store, tmp_path / "out", service=itb, lines=[], time_limit_min=LIMIT_MIN, draws=20)
    words = (tmp_path / "out/METHODS.txt").read_text()
    assert "No county could be assessed" in " ".join(words.split())
    assert "%" not in words
    assert not (tmp_path / "out/rank_intervals.csv").exists()
