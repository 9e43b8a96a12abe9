"""Land by driving time: ordered, inside the country, off the lakes, of the view that is shown, and true of people."""

from __future__ import annotations

import dataclasses
import itertools
from types import SimpleNamespace

import numpy as np
import pytest
import shapely

from deserts.access.gate import open_gate
from deserts.publish.layers import Frame, frame_of
from deserts.publish.reach_bands import _water, reach_bands, reach_measure
from deserts.publish.supply_views import supply_views, view_points
from deserts.tables import BANDS_MIN


@pytest.fixture(scope="module")
def views(example_store, itb):
    return supply_views(example_store, service=itb, gate=open_gate(example_store, service=itb))


@pytest.fixture(scope="module")
def found(example_store, views):
    counties = example_store.read("counties")
    return reach_bands(example_store, views, counties, frame=frame_of(counties))


def test_each_area_holds_the_one_before_it_and_ends_at_the_coast(example_store, found, views):
    counties = example_store.read("counties")
    land = shapely.union_all(counties.loc[counties["scored"], "geometry"].to_numpy()).buffer(0.002)
    assert list(found.of_view) == [view.key for view in views]
    for shapes in found.of_view.values():
        assert len(shapes) == len(BANDS_MIN)
        for inner, outer in itertools.pairwise(shapes):
            assert shapely.difference(inner, outer).area < 1e-6
            assert inner.area < outer.area
        assert all(shapely.difference(shape, land).area < 1e-6 for shape in shapes)
    assert found.of_view["proven"][1].area < found.of_view["possible"][1].area


def test_people_live_in_the_area_of_their_own_minutes(example_store, found, views):
    """Areas know nothing of demand points: nine in ten people whose minutes are clear of an edge lie in theirs."""
    for view in views:
        points = view_points(example_store, view)
        minutes = points["nearest_min"].to_numpy()
        clear = np.min([np.abs(minutes - edge) for edge in BANDS_MIN], axis=0) > 10
        places = shapely.points(points["lon"], points["lat"])
        inside = np.array([shapely.contains(shape, places) for shape in found.of_view[view.key]])
        step = len(BANDS_MIN) - inside.sum(axis=0)
        agrees = step == np.digitize(minutes, BANDS_MIN, right=True)
        people = points["population"].to_numpy()
        assert people[clear & agrees].sum() / people[clear].sum() > 0.9


def test_counties_of_which_nothing_can_be_told_stay_free(example_store, views):
    counties = example_store.read("counties")
    dark = views[-1].scores.iloc[0]["county_fips"]
    scores = views[-1].scores.assign(
        status=lambda frame: np.where(frame["county_fips"] == dark, "not_searched", frame["status"]),
        search=lambda frame: np.where(frame["county_fips"] == dark, "not_searched", frame["search"]),
    )
    assert reach_measure(scores).classes.tolist() == [-2, *[len(BANDS_MIN)] * (len(scores) - 1)]
    hidden = [dataclasses.replace(views[-1], scores=scores)]
    areas = reach_bands(example_store, hidden, counties, frame=frame_of(counties)).of_view["possible"]
    shape = counties.set_index("county_fips").loc[dark, "geometry"].buffer(-0.01)
    assert shapely.intersection(areas[-1], shape).area < 1e-6


def _network(*rings: list[tuple[float, float]]) -> SimpleNamespace:
    points = np.rint(np.array([point for ring in rings for point in ring]) * 1e7).astype(np.int32)
    ptr = np.cumsum([0, *(len(ring) for ring in rings)])
    return SimpleNamespace(
        shore_ptr=ptr, shore_lon=points[:, 0], shore_lat=points[:, 1], meta={"shores": {"own_lines": len(rings)}}
    )


def _ring(west: float, south: float, side: float, *, water_inside: bool) -> list[tuple[float, float]]:
    ring = [(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    return ring if water_inside else ring[::-1]


def test_lakes_are_water_but_not_their_islands_and_not_the_islands_of_the_sea():
    frame = Frame(1e-4, 8e-4, 1000, (0.0, 0.0, 10.0, 10.0))
    lake, island = _ring(1, 1, 1, water_inside=True), _ring(1.4, 1.4, 0.2, water_inside=False)
    country = _ring(0, 0, 9, water_inside=False)  # a coast that closes: it holds the lake and lies in none
    pond, open_shore = _ring(3, 3, 1e-4, water_inside=True), [(5.0, 5.0), (6.0, 5.0), (6.0, 6.0), (5.5, 7.0)]
    water = _water(_network(lake, island, country, pond, open_shore), frame)
    assert water.area == pytest.approx(1 - 0.2**2, rel=1e-6)
    assert not water.contains(shapely.Point(1.5, 1.5))


def test_a_run_without_roads_has_no_areas(small_store, itb):
    views = supply_views(small_store, service=itb, gate=open_gate(small_store, service=itb))
    counties = small_store.read("counties")
    assert reach_bands(small_store, views, counties, frame=frame_of(counties)) is None
