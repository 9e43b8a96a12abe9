"""The plan layer of map and sheet: counts of public files, those of the check, and never "none" of a part."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from deserts.example.plan_files import CONTRACT, HIOS
from deserts.networks import Listed
from deserts.pipeline.plan_check import check_directory
from deserts.publish.area_facts import Area
from deserts.publish.assets import Assets
from deserts.publish.county_colours import UNKNOWN
from deserts.publish.desert_map import build_map
from deserts.publish.plan_layer import plan_lines, plan_measures
from tests.example_data import example_run


class _Changed:
    """A store of which some tables are others."""

    def __init__(self, store, **tables: pd.DataFrame) -> None:
        self._store, self._tables = store, tables

    def read(self, name: str, **more):
        return self._tables[name] if name in self._tables else self._store.read(name, **more)

    def __getattr__(self, name: str):
        return getattr(self._store, name)


@pytest.fixture(scope="module")
def run(example_data: Path):
    return example_run(example_data)


@pytest.fixture(scope="module")
def scores(run) -> pd.DataFrame:
    return run.store.read("county_scores").sort_values("county_fips", ignore_index=True)


def test_counts_are_those_of_the_check_by_the_county_of_each_listing(run, scores) -> None:
    measure = plan_measures(run.store, scores, service=run.service, plan=CONTRACT)[0]
    listed = check_directory(run, plans=[CONTRACT]).check.listed.set_index("npi")["standing"]
    rows = run.store.read("plan_listings")
    rows = rows[(rows["plan_id"] == CONTRACT) & rows["npi"].isin(listed.index)]
    county = rows["zip"].map(run.store.read("zips").set_index("zip")["county_fips"])
    for fips, cls, note in zip(scores["county_fips"], measure.classes, measure.notes, strict=True):
        here = set(rows.loc[county == fips, "npi"])
        shown = sum(listed[npi] == Listed.SHOWN for npi in here)
        assert cls == (0 if shown else 1 if here else 2)
        said = f"lists {len(here)} here whose specialty could do this; of {shown} public files show that they do"
        assert (said if here else "names nobody here") in note
    assert {0, 1, 2} == set(measure.classes.tolist())
    text = " ".join(measure.notes).lower()
    assert "contradict" not in text
    assert "phantom" not in text


def test_every_plan_has_its_measure_and_one_can_be_chosen(run, scores) -> None:
    every = plan_measures(run.store, scores, service=run.service)
    assert [measure.label for measure in every] == ["Plan: Harbor Choice Silver", "Plan: Harbor Choice (HMO)"]
    chosen = plan_measures(run.store, scores, service=run.service, plan=HIOS)
    assert [measure.label for measure in chosen] == ["Plan: Harbor Choice Silver"]
    assert plan_measures(_Changed(run.store, plan_listings=run.store.read("plan_listings")[:0]), scores,
                         service=run.service) == ()  # fmt: skip


def test_of_a_directory_that_was_not_read_whole_no_county_is_empty(run, scores) -> None:
    listings = run.store.read("plan_listings").assign(gaps="page 2 did not come")
    measure = plan_measures(_Changed(run.store, plan_listings=listings), scores, service=run.service, plan=CONTRACT)[0]
    assert 2 not in measure.classes
    assert UNKNOWN in measure.classes
    assert all("at least" in note or "could not be read whole" in note for note in measure.notes)


def test_a_hostile_plan_is_text_on_the_page(run) -> None:
    listings = run.store.read("plan_listings").assign(plan_name="</script><img src=x onerror=alert(1)>\u202e")
    store = _Changed(run.store, plan_listings=listings)
    html, _ = build_map(store, service=run.service, today=dt.date(2026, 11, 28), assets=Assets({}, "nowhere"))
    assert "<img src=x" not in html
    assert "\u202e" not in html


def test_the_sheet_says_the_same_of_its_counties(run, scores) -> None:
    points = run.store.read("demand")
    points = points[points["scored"]].reset_index(drop=True)
    base = SimpleNamespace(store=run.store, service=run.service, points=points)
    lines = plan_lines(base, Area("XA", "Exampland", np.arange(len(points))))
    check = check_directory(run, plans=[CONTRACT]).check
    assert f"lists {len(check.listed)} here whose specialty could do this" in lines[1]
    assert f"public files show of {check.count(Listed.SHOWN)} that they do" in lines[1]
    assert lines[2:] == ("Not shown is not the same as not doing it.",)
