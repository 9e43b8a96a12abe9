"""Demand points: scored ones and those that only compete, a user's file, and ZIPs with county centres for the rest."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from deserts.config import Region
from deserts.errors import InputError
from deserts.pipeline.provenance import vintage_notices
from deserts.places.demand import demand_from_centres, demand_from_file
from deserts.places.redrawn import overlaps
from deserts.tables import validate

REGION = Region.parse("ME")


@pytest.fixture
def counties() -> gpd.GeoDataFrame:
    shapes = {"23019": box(-69, 44, -68, 46), "33007": box(-72, 44, -71, 46), "06037": box(-119, 33, -117, 35)}
    return gpd.GeoDataFrame({"county_fips": list(shapes), "geometry": list(shapes.values())}, crs="EPSG:4326")


def test_centres_keep_the_surroundings_unscored_and_far_states_out():
    centres = pd.DataFrame(
        {
            "geoid": ["23019a", "33007a", "06037a", "23019b"],
            "point_kind": "block_group",
            "county_fips": ["23019", "33007", "06037", "23019"],
            "population": [100, 50, 9, 0],
            "lon": [-68.5, -71.5, -118, -68.6],
            "lat": [45.0, 45, 34, 45],
        }
    )
    demand = demand_from_centres(centres.sample(frac=1, random_state=1), REGION)
    validate("demand", demand)
    assert demand["point_id"].tolist() == ["23019a", "23019b", "33007a"]
    assert demand["scored"].tolist() == [True, True, False]
    assert demand["status"].tolist() == ["ok", "no_population", "ok"]
    assert "ruca" not in demand


def test_block_groups_get_the_commuting_area_code_of_their_tract():
    centres = pd.DataFrame(
        {"geoid": ["230190001001", "230190001002", "230190002001", "23019"], "point_kind": "block_group",
         "county_fips": "23019", "population": 1, "lon": -68.5, "lat": 45.0}
    )  # fmt: skip
    ruca = pd.DataFrame({"geoid": ["23019000100"], "ruca": [4.1]})
    demand = demand_from_centres(centres, REGION, ruca=ruca)
    validate("demand", demand)
    assert demand.set_index("point_id")["ruca"].fillna(-1).to_dict() == {
        "23019": -1, "230190001001": 4.1, "230190001002": 4.1, "230190002001": -1,
    }  # fmt: skip


def test_a_users_file_gets_its_counties_by_place_or_by_its_own_column(tmp_path, counties):
    path = tmp_path / "points.csv"
    path.write_text("point_id,lon,lat,population\na,-68.5,45,10\nb,-71.5,45,20\nsea,-60,45,5\n")
    demand = demand_from_file(path, REGION, counties).demand
    assert demand[["point_id", "county_fips", "scored"]].to_numpy().tolist() == [
        ["a", "23019", True],
        ["b", "33007", False],
    ]
    path.write_text("point_id,lon,lat,population,county_fips\na,-68.5,45,10,33007\nb,-68.5,45,10,99999\n")
    found = demand_from_file(path, REGION, counties)
    assert found.demand["county_fips"].tolist() == ["33007", "23019"]
    assert (found.by_id, found.by_place, found.other_vintage, found.contradicting) == (1, 0, 1, 0)


@pytest.mark.parametrize("point_id", ["23019000100", "230190001001", "230190001001042"])
def test_a_census_id_decides_the_county_and_the_place_only_without_one(tmp_path, counties, point_id):
    path = tmp_path / "points.csv"
    path.write_text(f"point_id,lon,lat,population\n{point_id},-71.5,45,10\nhome,-71.5,45,5\n")
    found = demand_from_file(path, REGION, counties)
    assert dict(zip(found.demand["point_id"], found.demand["county_fips"], strict=True)) == {
        point_id: "23019", "home": "33007"
    }  # fmt: skip
    assert (found.by_id, found.by_place, found.other_vintage) == (1, 1, 0)


def test_swapped_coordinates_are_noticed(tmp_path, counties):
    path = tmp_path / "points.csv"
    path.write_text("point_id,lon,lat,population\na,45,-68.5,10\n")
    with pytest.raises(InputError, match="no demand point lies in the region ME"):
        demand_from_file(path, REGION, counties)
    path.write_text("point_id,lon,lat,population\na,-68.5,95,10\n")
    with pytest.raises(InputError, match="row 2"):
        demand_from_file(path, REGION, counties)


def test_a_planning_region_of_connecticut_is_told_by_the_place_among_the_counties_that_it_overlaps(tmp_path):
    """Northeastern (09150) lies in Windham (09015), Tolland (09013), New London (09011), not in Fairfield (09001)."""
    of = overlaps().query("county_fips == '09150'").sort_values("share", ascending=False)
    assert set(of["from_fips"]) == {"09011", "09013", "09015"}
    shapes = {"09001": box(-73, 41, -72.5, 42), "09013": box(-72.5, 41, -72, 42), "09015": box(-72, 41, -71.5, 42)}
    counties = gpd.GeoDataFrame({"county_fips": list(shapes), "geometry": list(shapes.values())}, crs="EPSG:4326")
    path = tmp_path / "points.csv"
    path.write_text(
        "point_id,lon,lat,population\n09150800100,-72.2,41.5,10\n09150800200,-71.8,41.5,20\n"
        "09150800300,-72.8,41.5,40\nhome,-72.8,41.5,5\n"
    )
    found = demand_from_file(path, Region.parse("CT"), counties)
    validate("demand", found.demand)
    rows = found.demand.set_index("point_id")
    # The last of the region's lies in Fairfield, against its id: the id decides, and the points' own county is checked.
    assert rows["county_fips"].to_dict() == {
        "09150800100": "09013", "09150800200": "09015", "09150800300": of["from_fips"].iloc[0], "home": "09001",
    }  # fmt: skip
    assert (found.by_id, found.by_place, found.other_vintage, found.contradicting) == (0, 1, 3, 1)
    assert rows["given_fips"].to_dict() == {**dict.fromkeys(rows.index, "09150"), "home": ""}
    (notice,) = vintage_notices(found.demand)
    assert notice.startswith("3 of your points (70 residents) carry county codes of another year (09150): their place")
    assert vintage_notices(found.demand.drop(columns="given_fips")) == []
