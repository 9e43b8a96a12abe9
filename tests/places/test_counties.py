"""Counties: code changes, independent cities, points off a generalised shore; and the real polygons of 2010."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from deserts.config import Region
from deserts.places.counties import assign_counties, build_counties, to_vintage
from deserts.places.redrawn import fips_changes
from deserts.sources.publishers import adequacy, centres, counties, rucc
from deserts.tables import validate


def _polygons(**shapes) -> gpd.GeoDataFrame:
    frame = gpd.GeoDataFrame({"county_fips": list(shapes), "geometry": list(shapes.values())}, crs="EPSG:4326")
    frame["county_fips"] = frame["county_fips"].str.removeprefix("c")
    return frame.assign(name="N" + frame["county_fips"], land_km2=10.0)


def test_a_renamed_county_keeps_its_polygon_and_a_merged_one_joins():
    polygons = _polygons(
        c46113=box(0, 0, 1, 1), c51515=box(2, 0, 3, 1), c51019=box(3, 0, 4, 1), c23019=box(9, 9, 10, 10)
    )
    known = to_vintage(polygons, vintage=2020).set_index("county_fips")
    assert sorted(known.index) == ["23019", "46102", "51019"]
    assert known.loc["51019", "name"] == "N51019"
    assert known.loc["51019", "land_km2"] == 20
    assert known.loc["51019", "geometry"].area == pytest.approx(2)


def test_a_split_or_redrawn_county_is_left_out():
    polygons = _polygons(c02261=box(0, 0, 1, 1), c09110=box(2, 0, 3, 1))
    assert to_vintage(polygons, vintage=2020).empty
    assert to_vintage(polygons, vintage=2010)["county_fips"].tolist() == ["02261"]
    assert to_vintage(polygons, vintage=2023)["county_fips"].tolist() == ["09110"]


def test_every_change_names_five_digits():
    changes = fips_changes()
    assert changes[["old_fips", "new_fips"]].map(lambda code: len(code) == 5 and code.isdigit()).all().all()


def test_an_independent_city_is_not_the_county_of_its_name():
    centres_frame = pd.DataFrame(
        {"county_fips": ["51159", "51760"], "name": ["Richmond", "Richmond"], "population": [9_000, 200_000]}
    )
    workbook = pd.DataFrame(
        {"state": "VA", "county_name": ["Richmond", "Richmond City"], "adequacy_type": ["Rural", "Large Metro"]}
    )
    built = build_counties(Region.parse("VA"), polygons=None, centres=centres_frame, adequacy=workbook)
    assert built["adequacy_type"].tolist() == ["Rural", "Large Metro"]
    assert built["status"].tolist() == ["vintage_gap"] * 2


def test_points_off_the_shore_go_to_the_nearest_county_and_far_ones_to_none():
    shapes = _polygons(c23019=box(-69, 44, -68, 45), c23020=box(-68, 44, -67, 45))
    # the shore lies at -67 degrees; of two points off it, one is 29 and one 31 kilometres away
    lon = np.array([-68.5, -67.5, -66.95, -60.0, -68.0, -67 + 29 / 79.4, -67 + 31 / 79.4])
    lat = np.full(7, 44.5)
    assert assign_counties(lon, lat, shapes).tolist() == ["23019", "23020", "23020", "", "23019", "23020", ""]
    assert assign_counties(lon[:0], lat[:0], shapes).tolist() == []


@pytest.mark.shared
def test_the_real_counties_of_2020_from_polygons_of_2010(shared):
    mirror = shared / "mirror"
    built = build_counties(
        Region.parse("US"),
        polygons=counties.read_county_polygons(
            mirror / "raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json"
        ).frame,
        centres=centres.read_centres(
            mirror / "www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"
        ).frame,
        rucc=rucc.read_rucc(
            mirror / "ers.usda.gov/sites/default/files/_laserfiche/DataFiles/53251/Ruralurbancontinuumcodes2023.csv"
        ).frame,
        adequacy=adequacy.read_adequacy(mirror / "www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx").frame,
    )
    validate("counties", built)
    assert len(built) == 3143
    assert built.loc[built["status"] != "ok", "county_fips"].tolist() == ["02063", "02066"]
    assert built.loc[built["adequacy_basis"] != "workbook", "county_fips"].tolist() == []
    assert set(built.loc[built["rucc"].isna(), "county_fips"].str[:2]) == {
        "09"
    }  # published for the planning regions only
