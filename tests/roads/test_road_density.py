"""Density of main roads around a road: against brute force and a straight road's closed form."""

from __future__ import annotations

import numpy as np
import pytest

from deserts.earth import METRES_PER_DEGREE, great_circle_m
from deserts.roads import read_network
from deserts.roads.density import Amounts
from deserts.roads.road_density import around, by_cell, pieces_of_road

RADIUS_KM = 8.0


def straight_road(parts: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return a road of 200 km along a meridian, cut into equal segments."""
    lat = np.linspace(39.1, 40.9, parts + 1)
    lon = np.full(parts, -95.005)
    return lon, lat[:-1], lon, lat[1:]


def main_road_km_per_km2(places, *, roads, weight, radius_km):
    return around(places, Amounts.of(by_cell(pieces_of_road(roads, weight)), radius_km))


def middle(ends):
    """Return the middles of segments."""
    return (ends[0] + ends[2]) / 2, (ends[1] + ends[3]) / 2


def brute_force(ends, weight, radius_km):
    """Sum the kernel over points every 50 m of each main road, at the middle of every segment."""
    lon, lat, to_lon, to_lat = ends
    length = great_circle_m(lon, lat, to_lon, to_lat)
    total = np.zeros(lon.size)
    for i in np.flatnonzero(weight):
        count = max(1, round(length[i] / 50))
        along = (np.arange(count) + 0.5) / count
        x, y = lon[i] + (to_lon[i] - lon[i]) * along, lat[i] + (to_lat[i] - lat[i]) * along
        for j in range(lon.size):
            km = great_circle_m((lon[j] + to_lon[j]) / 2, (lat[j] + to_lat[j]) / 2, x, y) / 1000
            near = np.maximum(0, 1 - (km / radius_km) ** 2)
            total[j] += weight[i] * length[i] / 1000 / count * (near**2).sum()
    return total / (np.pi * radius_km**2 / 3)


@pytest.mark.parametrize("parts", [4, 200])
def test_a_straight_road_has_the_density_of_the_closed_form_however_it_is_cut(parts):
    ends = straight_road(parts)
    found = main_road_km_per_km2(middle(ends), roads=ends, weight=np.ones(parts), radius_km=RADIUS_KM)
    inner = found[parts // 4 : -parts // 4]  # the middle half lies more than a radius from both ends
    expected = 16 / 15 * RADIUS_KM / (np.pi * RADIUS_KM**2 / 3)
    assert inner == pytest.approx(expected, rel=0.03)


def test_equals_brute_force_on_a_tangle_of_roads_and_is_zero_without_one():
    rng = np.random.default_rng(5)
    lon, lat = -95 + rng.uniform(0, 0.3, 60), 40 + rng.uniform(0, 0.3, 60)
    turn, reach = rng.uniform(0, 2 * np.pi, 60), rng.uniform(500, 9000, 60) / METRES_PER_DEGREE
    ends = (lon, lat, lon + reach * np.cos(turn), lat + reach * np.sin(turn))
    weight = rng.choice([0.0, 0.5, 1.0], 60)
    found = main_road_km_per_km2(middle(ends), roads=ends, weight=weight, radius_km=RADIUS_KM)
    assert found == pytest.approx(brute_force(ends, weight, RADIUS_KM), rel=0.1, abs=0.02)
    nothing = main_road_km_per_km2(
        middle(ends), roads=tuple(axis[:0] for axis in ends), weight=weight[:0], radius_km=8.0
    )
    assert np.array_equal(nothing, np.zeros(60))


def test_the_order_of_roads_changes_nothing():
    ends = straight_road(50)
    weight = np.tile([1.0, 0.5], 25)
    order = np.random.default_rng(1).permutation(50)
    found = main_road_km_per_km2(middle(ends), roads=ends, weight=weight, radius_km=RADIUS_KM)
    again = tuple(axis[order] for axis in ends)
    shuffled = main_road_km_per_km2(middle(again), roads=again, weight=weight[order], radius_km=RADIUS_KM)
    assert np.array_equal(shuffled, found[order])


def crossing_highways(size_degrees: float) -> tuple[dict, list]:
    """Return eight main roads close together in the west and one side street in the east, far from them."""
    nodes, ways = {}, []
    for number in range(8):
        a, b = 2 * number + 1, 2 * number + 2
        lon = -95 + 0.01 * number
        nodes |= {a: (lon, 40.0), b: (lon, 40.0 + size_degrees)}
        ways.append((number + 1, [a, b], {"highway": "primary"}))
    nodes |= {101: (-95 + size_degrees * 1.4, 40.0), 102: (-95 + size_degrees * 1.4, 40.01)}
    return nodes, [*ways, (100, [101, 102], {"highway": "residential"})]


def test_without_a_population_main_roads_tell_town_from_country(write_osm):
    network = read_network(write_osm(*crossing_highways(0.5)))
    assert network.meta["density"] == "roads around"
    crowded, lonely = network.edge_urbanity.argmax(), network.edge_urbanity.argmin()
    assert network.edge_urbanity[lonely] == 0
    assert network.edge_urbanity[crowded] > 100


def test_a_small_extract_is_taken_as_in_between(write_osm):
    network = read_network(write_osm(*crossing_highways(0.1)))
    assert network.meta["density"] == "unknown"
    assert np.ptp(network.edge_urbanity) == 0


def test_a_population_wins_over_main_roads(write_osm):
    nobody = (np.array([-60.0]), np.array([40.0]), np.array([1.0]))
    network = read_network(write_osm(*crossing_highways(0.5)), population=nobody)
    assert network.meta["density"] == "people around"
    assert network.edge_urbanity.max() == 0
