"""The small map: everything found is inside it, nothing hides anything, and it is the same each time."""

from __future__ import annotations

import dataclasses
import itertools
import math

import numpy as np
import pytest
import shapely

from deserts.documents.mercator import outline_paths
from deserts.web.models import read_search
from deserts.web.outlines import Outlines
from tests.patients.world import HERE
from tests.web.neighbourhood import counties


@pytest.fixture
def candidates(desk):
    return desk.find(read_search({"zip": "04999"})).answer.candidates


def test_all_sites_and_the_zip_are_in_view(candidates):
    drawing = Outlines(counties()).draw(HERE, candidates)
    left, top, width, height = drawing.view
    assert len(drawing.markers) == len(candidates)
    for marker in drawing.markers:
        assert left < marker.x < left + width
        assert top < marker.y < top + height
    assert left < drawing.ring[0] < left + width
    assert drawing == Outlines(counties()).draw(HERE, candidates)


def test_a_county_of_several_islands_is_drawn_whole():
    islands = shapely.MultiPolygon([shapely.box(-69, 44, -68.9, 44.1), shapely.box(-68.5, 44, -68.4, 44.1)])
    [whole, hole] = outline_paths(np.array([islands, shapely.box(0, 0, 1, 1) - shapely.box(0.4, 0.4, 0.6, 0.6)]))
    assert (whole.count("M"), whole.count("Z"), hole.count("M")) == (2, 2, 2)
    assert "-68900," in whole
    assert "-68400," in whole


def test_markers_never_hide_each_other(candidates):
    same = [dataclasses.replace(c, lon=HERE.lon, lat=HERE.lat) for c in candidates]
    drawing = Outlines(counties()).draw(HERE, same)
    apart = [math.dist((a.x, a.y), (b.x, b.y)) for a, b in itertools.combinations(drawing.markers, 2)]
    assert min(apart) > 4 * drawing.unit


def test_only_counties_in_view_are_drawn(candidates):
    near = Outlines(counties()).draw(HERE, candidates[:1])
    assert 0 < len(near.counties) < 16
    assert all(county.path.startswith("M") and county.path.endswith("Z") for county in near.counties)


def test_detail_falls_with_width(candidates):
    wide = [dataclasses.replace(candidates[0], lon=HERE.lon - 45, lat=HERE.lat - 8)]
    assert len(Outlines(counties()).draw(HERE, wide).counties) == 16


def test_without_places_and_without_counties(candidates):
    nowhere = [dataclasses.replace(c, lon=None, lat=None) for c in candidates]
    drawing = Outlines(None).draw(HERE, nowhere)
    assert drawing.markers == drawing.counties == ()
    assert drawing.not_drawn == len(candidates)
    assert drawing.scale_bar[1].endswith("miles")


def test_given_coordinates_are_never_drawn(candidates):
    home = dataclasses.replace(HERE, lon=-68.8123, lat=44.7789, zip_precise=False)
    ring = Outlines(None).draw(home, candidates).ring
    assert ring == Outlines(None).draw(dataclasses.replace(home, lon=-68.7601, lat=44.8401), candidates).ring
    exact = Outlines(None).draw(dataclasses.replace(home, zip_precise=True), candidates).ring
    assert math.dist(ring[:2], exact[:2]) > 20
    assert math.dist(ring[:2], exact[:2]) < ring[2]
