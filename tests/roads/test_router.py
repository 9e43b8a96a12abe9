"""The router of a program that stays gives what the single question gives, from any thread and in any order."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from deserts.errors import InputError
from deserts.roads import Router, snap, times_from_point

from .test_times import scatter


@pytest.fixture(scope="module")
def router(town_network):
    return Router(town_network)


@pytest.fixture(scope="module")
def sites(town_network):
    found = scatter(town_network, 40, 12)
    lost = snap(town_network, [np.nan, -60.0], [45.0, 45.0], max_snap_km=10)  # no place, and no road near
    assert not lost.snapped.any()
    wide = np.full((2, found.roads), -1)
    lost = replace(lost, edge=wide, fraction=wide * np.nan, leg_km=wide * np.nan)
    parts = [np.concatenate([getattr(found, name), getattr(lost, name)]) for name in found.__dataclass_fields__]
    return type(found)(*parts)


def same(found, expected):
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("limit_min", [None, 4.0, 0.0])
def test_equals_the_single_question(town_network, router, sites, limit_min):
    places = router.destinations(sites)
    origins = scatter(town_network, 25, 11)
    for p in range(len(origins)):
        expected = times_from_point(town_network, origins[p : p + 1], sites, limit_min=limit_min)
        same(router.times(origins[p : p + 1], places, limit_min=limit_min), expected)
    # from the very place of a site, and from its edge
    for p in (0, 7):
        expected = times_from_point(town_network, sites[p : p + 1], sites, limit_min=limit_min)
        same(router.times(sites[p : p + 1], places, limit_min=limit_min), expected)


def test_snaps_as_without_a_grid(town_network, router):
    rng = np.random.default_rng(4)
    lon, lat = rng.uniform(-70.1, -69.8, 40), rng.uniform(44.9, 45.2, 40)
    for x, y in zip(lon, lat, strict=True):
        one, other = router.snap([x], [y], max_snap_km=3), snap(town_network, [x], [y], max_snap_km=3)
        assert (one.edge.tolist(), one.component_id) == (other.edge.tolist(), other.component_id)
        np.testing.assert_allclose(one.fraction, other.fraction, rtol=0, atol=1e-9)
        np.testing.assert_allclose(one.snap_km, other.snap_km, rtol=0, atol=1e-9)


def test_an_origin_without_a_road(router, sites):
    nowhere = router.snap([-60.0], [45.0], max_snap_km=3)
    minutes, _, status = router.times(nowhere, router.destinations(sites))
    assert np.isnan(minutes).all()
    assert set(status) == {"unsnapped"}


def test_threads_do_not_mix(town_network, router, sites):
    places, origins = router.destinations(sites), scatter(town_network, 40, 13)
    alone = [router.times(origins[p : p + 1], places) for p in range(len(origins))]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda p: router.times(origins[p : p + 1], places), range(len(origins))))
    for one, other in zip(together, alone, strict=True):
        same(one, other)


def test_one_origin_at_a_time(town_network, router, sites):
    with pytest.raises(InputError, match="2 origins"):
        router.times(scatter(town_network, 2, 1), router.destinations(sites))
