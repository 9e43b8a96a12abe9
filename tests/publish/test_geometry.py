"""Simplified borders stay shared; the text encoding is the published one and loses less than half a grid step."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.publish.geometry import (
    encode_lines,
    encode_polygons,
    simplify_coverage,
    state_lines,
    west_of_date_line,
)


def decode(text: str, grid: float) -> np.ndarray:
    """Undo the encoding in the plainest way."""
    values, shift, value = [], 0, 0
    for char in text:
        bits = ord(char) - 63
        value |= (bits & 31) << shift
        shift += 5
        if bits < 32:
            values.append(~(value >> 1) if value & 1 else value >> 1)
            shift = value = 0
    return np.cumsum(np.array(values).reshape(-1, 2), axis=0)[:, ::-1] * grid


def test_encoding_is_the_published_one():
    """The worked example of the published description of the encoded polyline format."""
    line = shapely.LineString([[-120.2, 38.5], [-120.95, 40.7], [-126.453, 43.252]])
    assert encode_lines(np.array([line, line]), grid_deg=1e-5) == ["_p~iF~ps|U_ulLnnqC_mqNvxq`@"] * 2


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.tuples(st.floats(-540, 180), st.floats(-85, 85)), min_size=2, max_size=20), max_size=4))
def test_encoding_returns_within_half_a_grid_step(lines):
    texts = iter(encode_lines(np.array([shapely.LineString(line) for line in lines], dtype=object), grid_deg=1e-3))
    for line in map(np.array, lines):
        kept = line[np.r_[True, (np.diff(np.rint(line / 1e-3), axis=0) != 0).any(axis=1)]]
        if len(kept) < 2:
            continue  # shrunk to a point
        text = next(texts)
        assert np.abs(decode(text, 1e-3) - kept).max() <= 0.5e-3 + 1e-9
        assert not set(text) & set("<>&'\"")
    assert next(texts, None) is None


def test_thinned_rings_stay_near_and_a_hole_goes_with_its_part():
    ring = shapely.Point(0, 0).buffer(1, quad_segs=64)
    speck = shapely.Point(5, 0).buffer(0.001).difference(shapely.Point(5, 0).buffer(0.0005))
    shape = np.array([shapely.MultiPolygon([ring.difference(shapely.Point(0, 0).buffer(0.3)), speck])], dtype=object)
    (parts,) = encode_polygons(shape, grid_deg=1e-2, tolerance_deg=0.02)
    assert len(parts) == 1
    outer, hole = (decode(text, 1e-2) for text in parts[0])
    assert len(outer) < shapely.get_num_coordinates(ring) / 4
    assert np.abs(np.hypot(*outer.T) - 1).max() < 0.03
    assert np.abs(np.hypot(*hole.T) - 0.3).max() < 0.03


def wavy_coverage(n: int = 4) -> np.ndarray:
    """Squares whose shared borders wave: a coverage without gaps."""
    t = np.linspace(0, 1, 60)
    wave = 0.05 * np.sin(12 * np.pi * t) * np.sin(np.pi * t)

    def side(a, b):
        a, b = np.array(a, float), np.array(b, float)
        across = np.array([-(b - a)[1], (b - a)[0]])
        return a + t[:, None] * (b - a) + wave[:, None] * across

    cells = []
    for i in range(n):
        for j in range(n):
            south, east = side((i, j), (i + 1, j)), side((i + 1, j), (i + 1, j + 1))
            north, west = side((i, j + 1), (i + 1, j + 1))[::-1], side((i, j), (i, j + 1))[::-1]
            cells.append(shapely.Polygon(np.vstack([south, east[1:], north[1:], west[1:]])))
    return np.array(cells, dtype=object)


def test_shared_borders_stay_shared_after_simplifying_and_rounding():
    cells = wavy_coverage()
    simple, _ = simplify_coverage(cells, tolerance_deg=0.01, max_vertices=1200)
    assert shapely.get_num_coordinates(simple).sum() < shapely.get_num_coordinates(cells).sum() / 2
    assert shapely.coverage_is_valid(simple)
    rings = [
        [decode(ring, 1e-3) for part in shape for ring in part] for shape in encode_polygons(simple, grid_deg=1e-3)
    ]
    rounded = np.array([shapely.Polygon(parts[0]) for parts in rings], dtype=object)
    assert shapely.coverage_is_valid(rounded), "rounding opened a gap between neighbours"
    assert shapely.union_all(rounded).area == pytest.approx(shapely.area(rounded).sum(), rel=1e-9)


def test_tolerance_grows_until_the_budget_is_met():
    _, small = simplify_coverage(wavy_coverage(), tolerance_deg=0.001, max_vertices=10_000)
    simple, large = simplify_coverage(wavy_coverage(), tolerance_deg=0.001, max_vertices=300)
    assert small == 0.001
    assert large > small
    assert shapely.get_num_coordinates(simple).sum() <= 300


def test_counties_without_shape_are_kept_empty():
    shapes = np.array([shapely.box(0, 0, 1, 1), None, shapely.Polygon()], dtype=object)
    simple, _ = simplify_coverage(shapes, tolerance_deg=0.01, max_vertices=100)
    assert [len(parts) for parts in encode_polygons(simple, grid_deg=1e-3)] == [1, 0, 0]


def test_aleutians_stay_with_alaska():
    moved = west_of_date_line(np.array([shapely.box(172, 51, 179, 53), shapely.box(-160, 55, -150, 60)], dtype=object))
    assert shapely.total_bounds(moved).tolist() == [-188, 51, -150, 60]


def test_state_lines_leave_county_lines_out():
    cells = wavy_coverage(2)
    lines = state_lines(cells, ["A", "A", "B", "B"])
    assert len(lines) == 2
    assert shapely.length(lines[0]) < shapely.length(shapely.boundary(cells[:2])).sum()
    assert all(encode_lines(lines, grid_deg=1e-3))
