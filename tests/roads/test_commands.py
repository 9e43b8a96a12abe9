from __future__ import annotations

import sys

import numpy as np
import pandas as pd
import pytest

from deserts.cli import build_app, main
from deserts.roads import pair_times, read_network, snap
from deserts.roads.speeds import RoadKind

from .conftest import osm_text, town

PAIRS = (
    "note,dest_lat,dest_lon,pair_id,origin_lon,origin_lat\n"
    "first,45.05,-69.95,a1,-69.97,45.02\n"
    ",45.02,-69.9,a2,-69.97,45.02\n"
)


@pytest.fixture(scope="module")
def roads(tmp_path_factory):
    path = tmp_path_factory.mktemp("roads") / "town.osm"
    path.write_text(osm_text(*town(7)), encoding="utf-8")
    return path


def run(*arguments):
    with pytest.raises(SystemExit) as stop:
        main([str(argument) for argument in arguments])
    return stop.value.code


def drive(roads, tmp_path, text, *more):
    pairs, out = tmp_path / "pairs.csv", tmp_path / "out.csv"
    pairs.write_text(text, encoding="utf-8")
    return run("access", "drive-times", "--roads", roads, "--pairs", pairs, "--out", out, *more), out


def test_drive_times(roads, tmp_path):
    code, out = drive(roads, tmp_path, PAIRS)
    assert code == 0
    found = pd.read_csv(out, keep_default_na=False)
    assert found.columns.tolist() == [
        "note", "dest_lat", "dest_lon", "pair_id", "origin_lon", "origin_lat", "drive_min", "dist_km",
        "leg_km", "plus_minus_min", "doubt", "status", "closed_season_min", "closed_season_status",
    ]  # fmt: skip
    assert found["note"].tolist() == ["first", ""]
    network = read_network(roads)
    minutes, km, _ = pair_times(
        network,
        snap(network, found["origin_lon"], found["origin_lat"], max_snap_km=50),
        snap(network, found["dest_lon"], found["dest_lat"], max_snap_km=50),
    )
    np.testing.assert_allclose(found["drive_min"], minutes)
    np.testing.assert_allclose(found["dist_km"], km)
    ends = [snap(network, found[f"{end}_lon"], found[f"{end}_lat"], max_snap_km=50) for end in ("origin", "dest")]
    np.testing.assert_allclose(found["leg_km"], np.maximum(*(end.snap_km for end in ends)), atol=6e-4)
    # streets of a made-up town, and nothing that tells how built-up it is: nobody compared minutes there
    near = network.meta["doubts"]["unchecked"][0] / 1000
    assert (minutes < network.meta["doubts"]["far_min"]).all()
    np.testing.assert_allclose(found["plus_minus_min"], near * minutes, atol=6e-4)
    assert found["doubt"].str.startswith("not checked here").all()
    assert (found["doubt"].str.endswith("far from any road") == (found["leg_km"] > 2)).all()
    first = out.read_bytes()
    drive(roads, tmp_path, PAIRS)
    assert out.read_bytes() == first


def test_population_and_statuses(roads, tmp_path):
    people = tmp_path / "people.csv"
    people.write_text("population,lon,lat\n500000,-69.95,45.04\n", encoding="utf-8")
    far = PAIRS + "far,45.0,-69.9,a3,-60.0,45.0\n"
    _, out = drive(roads, tmp_path, far, "--max-min", "8")
    country = pd.read_csv(out)
    code, out = drive(roads, tmp_path, far, "--population", people)
    city = pd.read_csv(out)
    assert code == 0
    assert city["status"].tolist() == ["ok", "ok", "unsnapped"]
    assert set(country["status"]) >= {"unsnapped"}
    assert city["drive_min"][0] > country["drive_min"].fillna(0)[0]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        ("pair_id,origin_lon\n", "row 1"),
        (PAIRS.replace("a2", "a1"), "row 3, column pair_id"),
        (PAIRS.replace("a2", ""), "row 3, column pair_id"),
        (PAIRS.replace("-69.9,", "NaN,"), "row 3, column dest_lon"),
        (PAIRS.replace("-69.9,", "west,"), "row 3, column dest_lon"),
        (PAIRS.replace("45.05", "95"), "row 2, column dest_lat"),
        (PAIRS.replace("-69.95", "-190"), "row 2, column dest_lon"),
        ("pair_id,origin_lat,origin_lon,dest_lat,dest_lon\nx,-69.97,45.02,-69.9,45.05\n", "swap"),
        ("pair_id,origin_lon,origin_lat,dest_lon,dest_lat\nx,-69.97,45.02,-69.9\n", "row 2, column dest_lat"),
    ],
)
def test_bad_pairs(roads, tmp_path, capsys, text, words):
    code, out = drive(roads, tmp_path, text)
    assert code == 2
    message = capsys.readouterr().err
    assert words in message
    assert "pairs.csv" in message
    assert not out.exists()


@pytest.mark.parametrize(
    ("people", "words"),
    [
        ("lon,lat\n", "population"),
        ("lon,lat,population\n1,2,-3\n", "row 2"),
        ("lon,lat,population\n1,2,many\n", "row 2"),
    ],
)
def test_bad_population(roads, tmp_path, capsys, people, words):
    path = tmp_path / "people.csv"
    path.write_text(people, encoding="utf-8")
    code, out = drive(roads, tmp_path, PAIRS, "--population", path)
    assert code == 2
    assert words in capsys.readouterr().err
    assert not out.exists()


def test_roads_from_one_source_only(roads, tmp_path, capsys):
    pairs = tmp_path / "pairs.csv"
    pairs.write_text(PAIRS, encoding="utf-8")
    assert run("access", "drive-times", "--pairs", pairs, "--out", tmp_path / "o.csv") == 2
    assert "--roads or --place" in capsys.readouterr().err
    read_network(roads).save(tmp_path / "network")
    assert drive(tmp_path / "network", tmp_path, PAIRS)[0] == 0
    assert drive(tmp_path / "network", tmp_path, PAIRS, "--population", pairs)[0] == 2


@pytest.mark.parametrize("ending", ["gpkg", "geojson"])
def test_isochrones(roads, tmp_path, ending):
    import geopandas as gpd

    sites, out = tmp_path / "sites.csv", tmp_path / f"reach.{ending}"
    sites.write_text("name,lon,lat\nclinic,-69.95,45.04\n", encoding="utf-8")
    assert (
        run("access", "isochrones", "--roads", roads, "--sites", sites, "--bands", "5,10", "--per-site", "--out", out)
        == 0
    )
    found = gpd.read_file(out)
    assert found["band_min"].tolist() == [5, 10]
    assert found["name"].tolist() == ["clinic", "clinic"]
    assert found.geometry.is_valid.all()
    first = out.read_bytes()
    assert (
        run("access", "isochrones", "--roads", roads, "--sites", sites, "--bands", "5,10", "--per-site", "--out", out)
        == 0
    )
    assert out.read_bytes() == first


@pytest.mark.parametrize("options", [("--bands", "5,x"), ("--bands", "0"), ("--out", "reach.txt")])
def test_bad_isochrones(roads, tmp_path, options):
    sites = tmp_path / "sites.csv"
    sites.write_text("lon,lat\n-69.95,45.04\n", encoding="utf-8")
    given = {"--bands": "5", "--out": str(tmp_path / "r.gpkg")} | {options[0]: options[1]}
    assert (
        run(
            "access",
            "isochrones",
            "--roads",
            roads,
            "--sites",
            sites,
            *(part for pair in given.items() for part in pair),
        )
        == 2
    )


def test_importing_the_package_is_light():
    import subprocess

    code = "import sys, deserts.roads; print([m for m in ('numba','osmium','shapely','geopandas') if m in sys.modules])"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
    )
    assert build_app() is not None


def zip_people(shared):
    """Return ZIP centres with their people."""
    mirror = shared / "mirror"
    people = pd.read_csv(mirror / "_no_canonical_url" / "census_zip_population_2023.csv", dtype={"ZIP_CLEAN": str})
    places = pd.read_csv(
        mirror / "download.geonames.org" / "export" / "zip" / "US.txt", sep="\t", header=None, usecols=[1, 9, 10],
        names=["zip", "lat", "lon"], dtype={"zip": str},
    )  # fmt: skip
    return people.assign(zip=people["ZIP_CLEAN"].str.zfill(5)).merge(places.drop_duplicates("zip"), on="zip")


@pytest.mark.shared
def test_open_pairs_against_google(shared, tmp_path):
    """The targets of the speed model on the open half; every pair gets a minute but those of an island in Lake Erie."""
    pairs = pd.read_csv(shared / "validation" / "drive_times_open.csv")
    layer = zip_people(shared)
    layer[["lon", "lat", "population"]].to_csv(tmp_path / "people.csv", index=False)
    code = run(
        "drive-times", "--roads", shared / "roads" / "us_highways.osm.pbf", "--pairs",
        shared / "validation" / "drive_times_open.csv", "--population", tmp_path / "people.csv",
        "--out", tmp_path / "o.csv",
    )  # fmt: skip
    assert code == 0
    found = pd.read_csv(tmp_path / "o.csv")
    island = pairs["origin_zip"] == 43456  # Put-in-Bay, whose ferry has no number
    assert found["status"].tolist() == np.where(island, "unreachable", "ok").tolist()
    assert (found["drive_min"].isna() == island).all()
    google = pairs["google_min"].to_numpy()
    ratio = found["drive_min"].to_numpy() / google
    for low, high, most in ((0, 30, 11.0), (30, 60, 7.2), (60, 120, 6.0), (120, np.inf, 3.4)):
        band = (google >= low) & (google < high) & ~island.to_numpy()
        assert 0.97 <= np.median(ratio[band]) <= 1.03
        assert 100 * np.median(np.abs(ratio[band] - 1)) <= most


@pytest.mark.shared
@pytest.mark.slow
def test_nine_in_ten_doubtful_drives_lie_within_their_band(shared, tmp_path):
    """Beside TravelTime, to whose minutes nothing was fitted: what is said of drives that end far from any road."""
    pairs, out = shared / "validation" / "traveltime_open.csv", tmp_path / "o.csv"
    roads = shared / "roads" / "us_highways.osm.pbf"
    assert run("access", "drive-times", "--roads", roads, "--pairs", pairs, "--out", out) == 0
    found = pd.read_csv(out)
    told = found[(found["status"] == "ok") & (found["plus_minus_min"] > 0)]
    is_within = (told["drive_min"] - told["traveltime_min"]).abs() <= told["plus_minus_min"]
    for is_far in (False, True):
        own = is_within[(told["drive_min"] >= 60) == is_far]
        assert len(own) > 300
        assert 0.88 <= own.mean() <= 0.93


@pytest.mark.shared
@pytest.mark.parametrize(("with_people", "most"), [(True, (13.0, 9.5, 9.0)), (False, (15.0, 11.5, 11.0))])
def test_open_pairs_on_full_streets(shared, with_people, most):
    """New York's streets on the 132 open pairs that lie there, with a population and without."""
    pairs = pd.read_csv(shared / "validation" / "drive_times_open.csv")
    for end in ("origin", "dest"):
        pairs = pairs[pairs[f"{end}_lat"].between(40.31, 41.29) & pairs[f"{end}_lon"].between(-74.49, -73.51)]
    people = zip_people(shared)[["lon", "lat", "population"]].to_numpy(dtype=np.float64).T
    network = read_network(shared / "roads" / "ny_streets.osm.pbf", population=tuple(people) if with_people else None)
    assert network.meta["kind"] == RoadKind.PLAIN_STREETS
    ends = [snap(network, pairs[f"{end}_lon"], pairs[f"{end}_lat"], max_snap_km=5) for end in ("origin", "dest")]
    ratio = pair_times(network, *ends)[0] / pairs["google_min"].to_numpy()
    assert np.isfinite(ratio).all()
    for (low, high), limit in zip(((0, 30), (30, 60), (60, 120)), most, strict=True):
        band = pairs["google_min"].between(low, high, inclusive="left").to_numpy()
        assert 0.95 <= np.median(ratio[band]) <= 1.05
        assert 100 * np.median(np.abs(ratio[band] - 1)) <= limit


@pytest.mark.shared
def test_honolulu_reaches_honolulu(shared):
    network = read_network(shared / "roads" / "us_highways.osm.pbf")
    ends = snap(network, [-157.99, -157.86, -118.2], [21.46, 21.31, 34.05], max_snap_km=50)
    minutes, _, status = pair_times(network, ends[[0, 0]], ends[[1, 2]], max_min=480)
    assert status.tolist() == ["ok", "unreachable"]
    assert 15 < minutes[0] < 60


def test_drive_times_at_an_hour_take_a_table_of_ones_own(roads, tmp_path):
    table = tmp_path / "hours.csv"
    head = "arrive_from,arrive_to,people_km2_from,people_km2_to,factor_low,factor_high,source\n"
    table.write_text(head + "07:00,10:00,0,1e6,0.9,1.5,somebody's count\n", encoding="utf-8")
    code, out = drive(roads, tmp_path, PAIRS, "--arrive", "09:00", "--hour-factors", table)
    assert code == 0
    found = pd.read_csv(out)
    there = found["status"] == "ok"
    assert there.any()
    assert (found["arrive_low_min"] <= found["drive_min"] * 0.9)[there].all()
    assert (found["arrive_high_min"] >= found["drive_min"] * 1.5)[there].all()
    assert found.loc[~there, ["arrive_low_min", "arrive_high_min"]].isna().all(axis=None)
    assert drive(roads, tmp_path, PAIRS, "--arrive", "09:00")[0] == 2
    assert drive(roads, tmp_path, PAIRS, "--arrive", "9 am", "--hour-factors", table)[0] == 2
