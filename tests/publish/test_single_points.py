"""What a practice's end costs, as the map tells it, counted again by the rules of closures; and the slider moves it."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from deserts.access.closures import Groups, single_closures
from deserts.access.gate import open_gate
from deserts.access.pairs import PairTable
from deserts.publish.county_colours import SHADES
from deserts.publish.desert_map import write_map
from deserts.publish.layers import public_practices
from deserts.publish.single_points import single_points
from deserts.publish.supply_views import supply_views, view_points
from deserts.tables import BANDS_MIN
from tests.publish.conftest import TODAY, wait_until_drawn


def _closures(store, site_ids) -> pd.DataFrame:
    demand = store.read("demand").query("scored and population > 0").reset_index(drop=True)
    sites = store.read("sites")
    sites = sites[sites["site_id"].isin(site_ids)].reset_index(drop=True)
    times = store.read("drive_times")
    times = times[times["site_id"].isin(sites["site_id"]) & times["point_id"].isin(demand["point_id"])]
    pairs = PairTable.from_arrays(
        pd.Index(demand["point_id"]).get_indexer(pd.Index(times["point_id"])).astype(np.int64),
        pd.Index(sites["site_id"]).get_indexer(pd.Index(times["site_id"])).astype(np.int64),
        times["drive_min"].to_numpy(dtype=float), n_points=len(demand), n_sites=len(sites),
    )  # fmt: skip
    people = demand["population"].to_numpy(dtype=float)
    return single_closures(pairs, people, Groups.from_labels(sites["practice_id"]), time_limit_min=480).set_index(
        "group_id"
    )


def test_stories_are_those_of_the_closures(example_store, itb):
    views = supply_views(example_store, service=itb, gate=open_gate(example_store, service=itb))
    practices = public_practices(example_store.read("sites"), service=itb, run_grade="manages_pumps")
    practices = practices.assign(counted=True)
    told = 0
    for view in views:
        points = view_points(example_store, view)
        found = single_points(example_store, view, points, practices=practices, service=itb)
        closed = _closures(example_store, view.site_ids)
        nearest = {f"{row['people_nearest']:,.0f}": row for _, row in closed.iterrows()}
        for lines, dots in zip(found.layer["lines"], found.dots, strict=True):
            number = re.search(r"the ([\d,]+) residents for whom it is the nearest", lines[1])[1]
            row = nearest[number]
            more = re.search(r"then drives (\d+) min more", lines[1])
            if more:
                assert int(more[1]) == round(row["added_median_min"])
            else:
                assert np.isnan(row["added_median_min"])
                assert "Half or more" in lines[1]
            assert sum(dots["people"]) == pytest.approx(row["people_losing"], rel=0.01)
            told += 1
    assert told >= 4


@pytest.fixture(scope="module")
def told_map(example_store, itb, leaflet, tmp_path_factory):
    path = tmp_path_factory.mktemp("stops") / "map.html"
    report = write_map(example_store, path, service=itb, today=TODAY, assets=leaflet)
    assert report.size_bytes <= 600_000
    return path


@pytest.fixture
def opened(visit, told_map):
    window = visit(offline=True)
    window.page.goto(told_map.as_uri())
    wait_until_drawn(window.page)
    return window


def _steps(minutes: list[int]) -> list[str]:
    known = np.where(np.array(minutes) < 0, np.inf, minutes)
    return [SHADES[step] for step in np.digitize(known, BANDS_MIN, right=True)]


@pytest.mark.browser
def test_one_slider_moves_people_from_today_to_then(opened):
    page = opened.page
    page.focus("#stops")
    page.select_option("#stops", "0")
    assert "If this practice stops" in page.inner_text("#detail")
    fills = "[...document.querySelectorAll('.dot')].map((dot) => dot.getAttribute('fill'))"
    dots = page.evaluate("later().stops[view.key][0]")
    page.focus("#curtain")
    page.keyboard.press("Home")
    assert page.get_attribute("#curtain", "aria-valuetext") == "today everywhere"
    assert page.evaluate(fills) == _steps(dots["before"])
    page.keyboard.press("End")
    assert page.evaluate(fills) == _steps(dots["after"])
    page.fill("#curtain", "50")
    assert page.evaluate(fills) not in (_steps(dots["before"]), _steps(dots["after"]))
    assert opened.serious_faults() == []
    page.check("#supply label:has-text('Possible too') input")  # the story is told anew, or ends
    assert page.evaluate("!stop || byId('detail').innerText.includes('If this practice stops')")
    page.select_option("#stops", "")
    assert page.locator(".dot, .curtain").count() == 0
    assert opened.console == []


@pytest.mark.browser
def test_land_by_driving_time_is_one_view_at_a_time(opened):
    page = opened.page
    page.check("#sizes label:has-text('their residents') input")
    page.check("#measures label:has-text('Land by driving time') input")
    assert page.locator(".by-people").count() == 0
    areas = "[...document.querySelectorAll('.area')].map((path) => [path.getAttribute('fill'), path.getAttribute('d')])"
    proven = page.evaluate(areas)
    assert [fill for fill, _ in proven] == list(SHADES[3::-1]), "the widest lies lowest"
    page.check("#supply label:has-text('Possible too') input")
    possible = page.evaluate(areas)
    assert len(possible) == 4
    assert [shape for _, shape in possible] != [shape for _, shape in proven]
    assert "numbers count people, not land" in page.inner_text("#legend")
    page.check("#measures label >> nth=0")
    assert page.locator(".area").count() == 0
    assert not page.is_hidden("#sizes")
    assert opened.console == []
