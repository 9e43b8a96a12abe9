"""Drive times and isochrones on anybody's points: the same minutes as the command, clear refusals."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon

import deserts
from deserts.api.roads import open_roads
from deserts.cli import main
from deserts.errors import InputError, MissingDataError
from tests.roads.conftest import osm_text, town


@pytest.fixture(scope="module")
def roads(tmp_path_factory):
    path = tmp_path_factory.mktemp("roads") / "town.osm"
    path.write_text(osm_text(*town(7)), encoding="utf-8")
    return path


@pytest.fixture
def people() -> gpd.GeoSeries:
    return gpd.GeoSeries([Point(-69.97, 45.02), Point(-69.93, 45.05)], index=["a", "b"], crs="EPSG:4326")


@pytest.fixture
def clinics() -> gpd.GeoDataFrame:
    shapes = [Point(-69.95, 45.05), Point(-68.0, 46.0), Point(-69.9, 45.02)]
    return gpd.GeoDataFrame({"name": ["x", "y", "z"]}, geometry=shapes, index=[7, 8, 9], crs="EPSG:4326")


def test_each_to_each_and_pair_by_pair(roads, people, clinics):
    found = deserts.drive_times(people, clinics, roads=roads, max_snap_km=5)
    assert found[["origin_id", "destination_id"]].apply(tuple, axis=1).tolist() == [
        ("a", 7), ("a", 8), ("a", 9), ("b", 7), ("b", 8), ("b", 9),
    ]  # fmt: skip
    assert found["status"].tolist() == ["ok", "unsnapped", "ok"] * 2
    assert (found["drive_min"].notna() == (found["status"] == "ok")).all()
    assert found.attrs["attribution"]
    pairs = deserts.drive_times(people, clinics.loc[[9, 7]], roads=open_roads(roads), pairwise=True, max_snap_km=5)
    wanted = found.set_index(["origin_id", "destination_id"]).loc[[("a", 9), ("b", 7)], "drive_min"]
    np.testing.assert_array_equal(pairs["drive_min"], wanted)
    near = deserts.drive_times(people, clinics, roads=roads, max_min=0.5, max_snap_km=5)
    assert set(near["status"]) == {"beyond_limit", "unsnapped"}


def test_the_reference_system_of_the_points_does_not_matter(roads, people, clinics):
    plain = deserts.drive_times(people, clinics, roads=roads)
    other = deserts.drive_times(people.to_crs("EPSG:5070"), clinics.to_crs("EPSG:3857"), roads=roads)
    np.testing.assert_allclose(plain["drive_min"], other["drive_min"], atol=1e-3)


def test_the_command_gives_the_same_minutes(roads, people, clinics, tmp_path):
    frame = pd.DataFrame({
        "pair_id": ["1", "2"], "origin_lon": people.x.to_numpy(), "origin_lat": people.y.to_numpy(),
        "dest_lon": clinics.geometry.x.to_numpy()[[0, 2]], "dest_lat": clinics.geometry.y.to_numpy()[[0, 2]],
    })  # fmt: skip
    frame.to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(SystemExit) as end:
        main(["access", "drive-times", "--roads", str(roads), "--pairs", str(tmp_path / "p.csv"),
              "--out", str(tmp_path / "t.csv")])  # fmt: skip
    assert not end.value.code
    told = pd.read_csv(tmp_path / "t.csv")
    here = deserts.drive_times(people, clinics.loc[[7, 9]], roads=roads, pairwise=True)
    np.testing.assert_allclose(told["drive_min"], here["drive_min"], atol=5e-5)


def test_isochrones_keep_the_reference_system_and_grow(roads, clinics):
    found = deserts.isochrones(clinics.to_crs("EPSG:5070"), [2, 5, 10], roads=roads)
    assert found.crs == "EPSG:5070"
    assert found["band_min"].tolist() == [2, 5, 10]
    assert (np.diff(found.area) >= 0).all()
    own = deserts.isochrones(clinics, [5], roads=roads, per_point=True)
    assert own["point_id"].tolist() == [7, 8, 9]


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda shapes: shapes.set_crs(None, allow_override=True), "no coordinate reference system"),
        (lambda shapes: gpd.GeoSeries([Polygon([(0, 0), (1, 0), (1, 1)]), *shapes[1:]], crs=shapes.crs), "row 0"),
        (lambda shapes: gpd.GeoSeries([shapes.iloc[0], None], crs=shapes.crs), "row 1"),
        (lambda shapes: pd.DataFrame({"lon": shapes.x}), "expected a GeoDataFrame|a GeoDataFrame or GeoSeries"),
    ],
)
def test_what_is_no_point_is_refused(roads, people, clinics, wrong, words):
    with pytest.raises(InputError, match=words):
        deserts.drive_times(wrong(people), clinics, roads=roads)
    with pytest.raises(InputError, match=words):
        deserts.isochrones(wrong(people), [5], roads=roads)


def test_other_mistakes_are_named(roads, people, clinics, tmp_path):
    with pytest.raises(InputError, match="2 origins and 3 destinations make no pairs"):
        deserts.drive_times(people, clinics, roads=roads, pairwise=True)
    with pytest.raises(InputError, match="above zero"):
        deserts.isochrones(people, [0], roads=roads)
    with pytest.raises((InputError, MissingDataError), match="none"):
        deserts.drive_times(people, clinics, roads=tmp_path / "none.osm.pbf")
    with pytest.raises(InputError, match="stands alone"):
        open_roads([tmp_path, roads])
