"""Demand by ZIP adds up to the census in every county, and says how far it had to be scaled."""

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import box

from deserts.places.totals import county_totals, outside_own_county
from deserts.places.zip_demand import zip_demand
from deserts.places.zip_files import read_zip_places, read_zip_population
from deserts.sources.publishers import centres, counties, gazetteer
from deserts.tables import validate

CENTRES = pd.DataFrame(
    {"county_fips": ["23019", "23021", "23023"], "population": [151, 17, 40], "lon": [-68.7, -69.3, -70.5],
     "lat": [44.9, 45.8, 44.0]}
)  # fmt: skip
PLACES = pd.DataFrame({"zip": ["04401", "04402", "04500"], "lon": [-68.8, -68.5, -69.2], "lat": [44.8, 44.7, 45.7]})
PARTS_TEXT = """\ufeffOID_ZCTA5_20|GEOID_ZCTA5_20|NAMELSAD_ZCTA5_20|AREALAND_ZCTA5_20|AREAWATER_ZCTA5_20|\
OID_COUNTY_20|GEOID_COUNTY_20|NAMELSAD_COUNTY_20|AREALAND_COUNTY_20|AREAWATER_COUNTY_20|AREALAND_PART|AREAWATER_PART
1|04401|ZCTA5 04401|400|0|2|23019|Penobscot County|900|0|300|0
1|04401|ZCTA5 04401|400|0|3|23021|Piscataquis County|900|0|100|0
4|04402|ZCTA5 04402|10|0|2|23019|Penobscot County|900|0|10|0
||||| 2|23021|Piscataquis County|900|0|77|0
"""
"""The relationship file of the Census Bureau, its header and its parts outside every ZIP area included."""


def parts(tmp_path: Path) -> pd.DataFrame:
    path = tmp_path / "tab20_zcta520_county20_natl.txt"
    path.write_text(PARTS_TEXT, encoding="utf-8")
    return gazetteer.read_zcta_county(path).frame


def people(**of: float) -> pd.DataFrame:
    return pd.DataFrame({"zip": [name[1:] for name in of], "population": list(of.values())})


def test_a_zip_in_two_counties_is_split_by_land_and_every_county_meets_the_census(tmp_path):
    table = parts(tmp_path)
    assert table["land_m2"].tolist() == [300, 100, 10]
    found = zip_demand(
        zip_population=people(z04401=100, z04402=30, z99999=7), zip_places=PLACES, county_centres=CENTRES,
        zip_county=table,
    )  # fmt: skip
    points = found.points.set_index("point_id")
    assert points["population"].to_dict() == {
        "C23023": 40, "Z04401-23019": 108, "Z04401-23021": 17, "Z04402": 43
    }  # fmt: skip
    told = found.counties.set_index("county_fips")
    assert told["population_before"].tolist() == [105.0, 25.0, 0.0]
    assert told["difference_before"].tolist() == [-46.0, 8.0, -40.0]
    assert told["difference_after"].tolist() == [0.0, 0.0, 0.0]
    assert told["people_moved"].tolist() == [46.0, 8.0, 40.0]
    assert told.loc["23019", "county_factor"] == pytest.approx(151 / 105)
    assert np.isnan(told.loc["23023", "county_factor"])
    assert found.unplaced_people == 7.0


def test_block_groups_split_a_zip_by_people_and_place_its_parts_among_them(tmp_path):
    fine = pd.DataFrame(
        {"county_fips": ["23019", "23019", "23021"], "population": [60, 30, 10], "lon": [-68.81, -68.5, -69.1],
         "lat": [44.81, 44.7, 45.2]}
    )  # fmt: skip
    found = zip_demand(
        zip_population=people(z04401=70, z04402=30), zip_places=PLACES, county_centres=CENTRES,
        zip_county=parts(tmp_path), fine_centres=fine,
    )  # fmt: skip
    told = found.counties.set_index("county_fips")
    assert told["population_before"].tolist() == [90.0, 10.0, 0.0]  # 60 and 10 of the ZIP's 70 live in either county
    across = found.points.set_index("point_id").loc["Z04401-23021"]
    assert (across["lon"], across["lat"]) == (-69.1, 45.2)  # where its people are, not the centre over the line


def test_a_point_outside_its_county_is_moved_into_it():
    shapes = gpd.GeoDataFrame({"county_fips": ["23021"]}, geometry=[box(-70, 45, -69, 46)], crs="EPSG:4326")
    found = zip_demand(
        zip_population=people(z04401=10), zip_places=PLACES, county_centres=CENTRES, county_shapes=shapes,
        zip_county=pd.DataFrame({"zip": ["04401"], "county_fips": ["23021"], "land_m2": [0.0]}),
    )  # fmt: skip
    point = found.points.set_index("point_id").loc["Z04401"]
    assert (point["lon"], point["lat"]) == pytest.approx((-69.0, 45.0))
    assert found.moved_points == 1
    demand = found.points.assign(scored=True)
    assert not outside_own_county(demand, shapes).any()
    assert outside_own_county(demand.assign(lon=-68.8, lat=44.8), shapes)[found.points["point_id"] == "Z04401"].all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 8), st.integers(0, 4), st.integers(0, 500)), min_size=1, max_size=25),
    st.lists(st.integers(0, 100_000), min_size=5, max_size=5),
    st.lists(st.integers(0, 900), min_size=9, max_size=9),
)
def test_whatever_the_parts_every_county_has_the_people_of_the_census(rows, census, of_zip):
    county = [f"2300{i}" for i in range(5)]
    table = pd.DataFrame(
        [(f"0000{z}", county[c], float(land)) for z, c, land in rows], columns=["zip", "county_fips", "land_m2"]
    )
    found = zip_demand(
        zip_population=pd.DataFrame({"zip": [f"0000{z}" for z in range(9)], "population": of_zip}),
        zip_places=pd.DataFrame({"zip": [f"0000{z}" for z in range(9)], "lon": -69.0, "lat": 45.0}),
        county_centres=pd.DataFrame({"county_fips": county, "population": census, "lon": -69.0, "lat": 45.0}),
        zip_county=table,
    )
    assert found.points.groupby("county_fips")["population"].sum().to_dict() == dict(zip(county, census, strict=True))
    assert (found.points["population"] >= 0).all()
    assert found.points["point_id"].is_unique


@pytest.mark.shared
def test_the_country_by_zip_adds_up_and_yukon_koyukuk_is_told(shared):
    polygons = counties.read_county_polygons(
        shared / "mirror/raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json"
    ).frame
    census = centres.read_centres(
        shared / "mirror/www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"
    ).frame
    census = census[~census["county_fips"].str.startswith("72")]
    primary = shared / "mirror/_no_canonical_url/zcta_primary_county_2020.csv"
    found = zip_demand(
        zip_population=read_zip_population(shared / "mirror/_no_canonical_url/census_zip_population_2023.csv"),
        zip_places=read_zip_places(shared / "mirror/download.geonames.org/export/zip/US.txt"),
        county_centres=census, zip_county=gazetteer.read_zcta_county(primary).frame, county_shapes=polygons,
    )  # fmt: skip
    told = found.counties.set_index("county_fips")
    share = told["difference_before"].abs() / told["population_census"]
    assert (share > 0.2).sum() > 300  # a whole ZIP for one county each: what the scaling has to mend
    assert (told["difference_after"] == 0).all()
    assert found.points["population"].sum() == census["population"].sum()
    koyukuk = told.loc["02290"]
    assert (koyukuk["population_before"], koyukuk["population_after"]) == (22_581, 5_343)
    assert koyukuk["county_factor"] == pytest.approx(5_343 / 22_581)
    demand = found.points.assign(scored=True, population=found.points["population"].astype(float))
    table = census[["county_fips", "population"]].assign(state="", scored=True)
    table = table.merge(polygons[["county_fips", "geometry"]], on="county_fips", how="left")
    totals = county_totals(demand, table)
    validate("county_totals", totals)
    assert totals["population_outside"].sum() < 0.001 * totals["population_points"].sum()
