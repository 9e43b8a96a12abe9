from __future__ import annotations

import numpy as np
import pytest
import shapely

from deserts.errors import InputError
from deserts.roads import isochrones, snap
from deserts.roads.isochrone import arrival_minutes, node_minutes

BANDS = [5, 10, 15]


@pytest.fixture(scope="module")
def sites(town_network):
    return snap(town_network, [-69.95, -69.90], [45.02, 45.08], max_snap_km=5)


@pytest.fixture(scope="module")
def merged(town_network, sites):
    return isochrones(town_network, sites, bands_min=[15, 5, 10], cell_m=100)


def test_shapes_are_valid_and_nested(merged):
    assert merged["band_min"].tolist() == BANDS
    assert merged["site_index"].tolist() == [-1] * 3
    assert merged.crs.to_epsg() == 4326
    assert merged.geometry.is_valid.all()
    for inner, outer in zip(merged.geometry[:-1], merged.geometry[1:], strict=True):
        assert outer.covers(inner)


def test_reached_nodes_lie_inside_and_few_others(town_network, sites, merged):
    minutes = node_minutes(town_network, arrival_minutes(town_network, sites, 1000.0))
    places = shapely.points(town_network.node_lon, town_network.node_lat)
    for band, shape in zip(BANDS, merged.geometry, strict=True):
        inside = shapely.covers(shape, places)
        assert inside[minutes <= band].all()
        assert (inside & (minutes > band)).sum() <= 0.1 * inside.sum() + 2


def test_sites_apart_make_up_the_whole(town_network, sites, merged):
    apart = isochrones(town_network, sites, bands_min=BANDS, merged=False, cell_m=100)
    assert apart["site_index"].tolist() == [0, 0, 0, 1, 1, 1]
    for band, whole in zip(BANDS, merged.geometry, strict=True):
        union = shapely.union_all(apart.geometry[apart["band_min"] == band].to_numpy())
        assert union.symmetric_difference(whole).area < 0.1 * whole.area


def test_water_stays_out(town_network, sites):
    """Two km off the roads of a town is not reached, however long the band."""
    shape = isochrones(town_network, sites, bands_min=[600]).geometry[0]
    west = town_network.node_lon.min()
    assert not shape.covers(shapely.Point(west - 0.03, 45.05))


def test_no_site_no_land_and_no_band_an_error(town_network):
    nowhere = snap(town_network, [0.0], [0.0], max_snap_km=1)
    assert isochrones(town_network, nowhere, bands_min=[30]).geometry.is_empty.all()
    with pytest.raises(InputError, match="bands"):
        isochrones(town_network, nowhere, bands_min=[])


def test_the_same_bytes_twice(town_network, sites):
    first, second = (isochrones(town_network, sites, bands_min=BANDS) for _ in range(2))
    assert [shape.wkb for shape in first.geometry] == [shape.wkb for shape in second.geometry]
    assert np.isfinite(first.total_bounds).all()
