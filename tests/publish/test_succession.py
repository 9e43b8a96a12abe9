"""The succession map: who is around a place by the same minutes as a backup search, today and after a loss."""

from __future__ import annotations

import dataclasses
import datetime as dt

import html5lib
import numpy as np
import pytest

from deserts.errors import InputError, MissingDataError, UnknownNameError
from deserts.patients.search.backups import BackupData, search_from
from deserts.patients.search.origin import Origin, from_zip
from deserts.provenance import Provenance
from deserts.publish.succession import make_succession, write_succession_map
from deserts.searches import Verdict
from tests.publish.conftest import FORMULA, HOSTILE

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def data(example_store) -> BackupData:
    return BackupData.load(example_store)


@pytest.fixture(scope="module")
def origin(data, example_store) -> Origin:
    zips = example_store.read("zips").query("state == 'XA' and kind == 'area'")["zip"]
    return from_zip(sorted(zips)[0], data.zips)


def test_minutes_are_those_of_the_search(example_store, data, origin, itb):
    found = make_succession(example_store, data=data, origin=origin)
    minutes = search_from(origin, data, limit_min=None).drive_min
    counted = data.listed & (data.sites["grade_rank"] <= itb.rank("manages_pumps")).to_numpy()
    for practice, drive_min in zip(found.practices["practice_id"], found.practices["drive_min"], strict=True):
        rows = counted & (data.sites["practice_id"] == practice).to_numpy()
        best = np.nanmin(minutes[rows]) if np.isfinite(minutes[rows]).any() else np.nan
        assert drive_min == best or (np.isnan(drive_min) and np.isnan(best))
    assert found.lost == found.practices["practice_id"].iloc[0]
    assert len(found.after) == len(found.practices) - 1


def test_losing_a_clinician_loses_the_practice(example_store, data, origin):
    everyone = make_succession(example_store, data=data, origin=origin)
    chosen = everyone.practices["practice_id"].iloc[2]
    rank = data.service.rank(example_store.grade)
    member = data.sites.loc[
        (data.sites["practice_id"] == chosen) & data.listed & (data.sites["grade_rank"] <= rank), "npi"
    ].iloc[0]
    assert make_succession(example_store, data=data, origin=origin, lose=str(member)).lost == chosen


def test_unknown_loss_and_empty_circle_are_told(example_store, data, origin):
    with pytest.raises(UnknownNameError, match="--lose"):
        make_succession(example_store, data=data, origin=origin, lose="2999999999")
    with pytest.raises(InputError, match="300 miles"):
        make_succession(example_store, data=data, origin=Origin(-150.0, 61.0, "far", zip_precise=False))


@pytest.mark.browser
@pytest.mark.parametrize("name", [HOSTILE, '" onload="document.title=1', FORMULA])
def test_hostile_names_are_text(example_store, data, origin, visit, tmp_path, name):
    hostile = dataclasses.replace(data, sites=data.sites.assign(practice_name=name))
    found = make_succession(example_store, data=hostile, origin=origin)
    path = write_succession_map(example_store, tmp_path / "s.html", data=hostile, succession=found, today=TODAY)
    window = visit(offline=True)
    window.page.goto(path.as_uri())
    assert name in window.page.inner_text("main")
    assert window.page.title() not in ("", "1")
    assert window.page.locator("img[src=x], [onload], [onerror]").count() == 0
    assert window.console == []


def test_page_is_valid_public_and_alike(example_store, data, origin, tmp_path):
    found = make_succession(example_store, data=data, origin=origin)
    one = write_succession_map(example_store, tmp_path / "a.html", data=data, succession=found, today=TODAY)
    two = write_succession_map(example_store, tmp_path / "b.html", data=data, succession=found, today=TODAY)
    text = one.read_text(encoding="utf-8")
    assert one.read_bytes() == two.read_bytes()
    html5lib.HTMLParser(strict=True).parse(text)
    assert not any(npi in text for npi in data.sites["npi"])
    assert "(gone)" in text
    assert "synthetic" in text.lower()


def test_where_nobody_looked_nobody_is_drawn(example_store, data, origin, monkeypatch):
    unread = Verdict(missing=("claims: not read",), missing_needed=("claims: not read",), not_searched=("XA",))
    monkeypatch.setattr(Provenance, "verdict", lambda *_, **__: unread)
    with pytest.raises(MissingDataError, match="claims: not read"):
        make_succession(example_store, data=data, origin=origin)
