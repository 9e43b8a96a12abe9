"""Census and USDA files of the example: centres of population, boundaries, ZIP areas, rurality, ages."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from deserts.example.archives import csv_bytes, zip_bytes
from deserts.example.land import Land, to_lonlat
from deserts.example.postal import Zip
from deserts.example.towns import BlockGroup, Town
from deserts.store import writing_shapes

__all__ = [
    "STATE_NAMES", "boundary_zip", "centres", "commuting_areas", "county_ages", "county_population", "county_shapes",
    "district_shapes", "gazetteer", "postal_places", "rurality", "zip_counties",
]  # fmt: skip

STATE_NAMES = {"97": "Exampland", "98": "Neighbourland"}
_SQUARE_MILE_M2 = 2_589_988.110336
_BOM = "utf-8-sig"
_UNDER_18 = 0.19
"""Share of residents under 18."""


def _signed(value: float, digits: int) -> str:
    return f"{value:+0{digits + 8}.6f}"


def centres(land: Land, groups: Sequence[BlockGroup], kind: str) -> bytes:
    """Return the centres of population of block groups, tracts or counties (``BG``, ``TR``, ``CO``), with a BOM."""
    length = {"BG": 12, "TR": 11, "CO": 5}[kind]
    members: dict[str, list[BlockGroup]] = defaultdict(list)
    for group in groups:
        members[group.geoid[:length]].append(group)
    names = {county.fips: county.name for county in land.counties}
    rows = []
    for geoid, inside in sorted(members.items()):
        people = np.array([group.population for group in inside])
        weight = people if people.sum() else np.ones(len(people))
        xy = np.average([(group.x, group.y) for group in inside], axis=0, weights=weight)
        lon, lat = to_lonlat(xy)
        head = [geoid[:2], geoid[2:5]]
        head += {"BG": [geoid[5:11], geoid[11:]], "TR": [geoid[5:]], "CO": [names[geoid[:5]], STATE_NAMES[geoid[:2]]]}[
            kind
        ]
        rows.append([*head, int(people.sum()), _signed(lat, 2), _signed(lon, 3)])
    area = {"BG": ["TRACTCE", "BLKGRPCE"], "TR": ["TRACTCE"], "CO": ["COUNAME", "STNAME"]}[kind]
    header = ["STATEFP", "COUNTYFP", *area, "POPULATION", "LATITUDE", "LONGITUDE"]
    return csv_bytes(header, rows, encoding=_BOM, newline="\r\n")


def county_population(groups: Iterable[BlockGroup]) -> Mapping[str, int]:
    """Return residents by county code."""
    found: dict[str, int] = defaultdict(int)
    for group in groups:
        found[group.geoid[:5]] += group.population
    return found


def boundary_zip(stem: str, shapes: Sequence[BaseGeometry], fields: Mapping[str, Sequence[object]]) -> bytes:
    """Return a zipped shapefile in NAD83 as the Census Bureau lays it out, with fixed dates inside."""
    import geopandas as gpd

    frame = gpd.GeoDataFrame(dict(fields), geometry=list(shapes), crs="EPSG:4269")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{stem}.shp"
        with writing_shapes(path):
            frame.to_file(
                path, engine="pyogrio", layer_options={"DBF_DATE_LAST_UPDATE": "2026-01-01"}, encoding="UTF-8"
            )
        return zip_bytes({part.name: part.read_bytes() for part in sorted(Path(folder).iterdir())})


def county_shapes(land: Land) -> bytes:
    """Return the cartographic county boundaries of both states."""
    counties = land.counties
    return boundary_zip(
        "cb_2020_us_county_500k",
        [county.shape for county in counties],
        {
            "STATEFP": [county.fips[:2] for county in counties],
            "COUNTYFP": [county.fips[2:] for county in counties],
            "COUNTYNS": [f"0{county.fips}00" for county in counties],
            "AFFGEOID": [f"0500000US{county.fips}" for county in counties],
            "GEOID": [county.fips for county in counties],
            "NAME": [county.name for county in counties],
            "NAMELSAD": [f"{county.name} County" for county in counties],
            "STUSPS": [county.state for county in counties],
            "STATE_NAME": [STATE_NAMES[county.fips[:2]] for county in counties],
            "LSAD": ["06"] * len(counties),
            "ALAND": [round(county.shape_km.area * 1e6) for county in counties],
            "AWATER": [round(county.shape_km.area * 2e4) for county in counties],
        },
    )


def district_shapes(land: Land) -> bytes:
    """Return three congressional districts of the state, made of whole counties."""
    own = [county for county in land.counties if county.state == "XA"]
    east = sorted(own, key=lambda county: (county.shape_km.centroid.x, county.fips))
    size = len(east) // 3 + 1
    parts = [east[start : start + size] for start in range(0, len(east), size)]
    shapes = [
        shapely.union_all([county.shape for county in part]) for part in parts
    ]  # whole counties share their vertices, so the union has no slivers
    codes = [f"{number:02d}" for number in range(1, len(parts) + 1)]
    return boundary_zip(
        "cb_2024_us_cd119_500k",
        shapes,
        {
            "STATEFP": ["97"] * len(codes),
            "CD119FP": codes,
            "GEOIDFQ": [f"5001900US97{code}" for code in codes],
            "GEOID": [f"97{code}" for code in codes],
            "NAMELSAD": [f"Congressional District {int(code)}" for code in codes],
            "LSAD": ["C2"] * len(codes),
        },
    )


def gazetteer(zips: Sequence[Zip]) -> bytes:
    """Return the ZIP area gazetteer in the layout of 2025: pipes, a fully qualified id, zipped."""
    header = ["GEOID", "GEOIDFQ", "ALAND", "AWATER", "ALAND_SQMI", "AWATER_SQMI", "INTPTLAT", "INTPTLONG"]
    rows = []
    for entry in zips:
        if entry.has_area:
            lon, lat = to_lonlat(np.array([entry.x, entry.y]))
            land_m2 = 400_000_000 + 1_000_000 * (int(entry.code) % 300)
            rows.append([entry.code, f"860Z200US{entry.code}", land_m2, 0, f"{land_m2 / _SQUARE_MILE_M2:.3f}", "0",
                         f"{lat:.6f}", f"{lon:.6f}"])  # fmt: skip
    text = csv_bytes(header, rows, separator="|")
    return zip_bytes({"2025_Gaz_zcta_national.txt": text})


def zip_counties(land: Land, towns: Sequence[Town], zips: Sequence[Zip]) -> bytes:
    """Return ZIP areas by county; every fourth lies in two, the larger part being its town's county."""
    header = ["OID_ZCTA5_20", "GEOID_ZCTA5_20", "NAMELSAD_ZCTA5_20", "AREALAND_ZCTA5_20", "AREAWATER_ZCTA5_20",
              "OID_COUNTY_20", "GEOID_COUNTY_20", "NAMELSAD_COUNTY_20", "AREALAND_COUNTY_20", "AREAWATER_COUNTY_20",
              "AREALAND_PART", "AREAWATER_PART"]  # fmt: skip
    rows = []
    for number, entry in enumerate(entry for entry in zips if entry.has_area):
        home = land.counties[towns[entry.town].county]
        parts = [(home, 0.8)]
        if number % 4 == 0:
            near = min(
                (county for county in land.counties if county is not home and county.state == home.state),
                key=lambda county: (county.shape_km.distance(shapely.Point(entry.x, entry.y)), county.fips),
            )
            parts.append((near, 0.2))
        rows += [
            ["", entry.code, f"ZCTA5 {entry.code}", 500_000_000, 0, "", county.fips, f"{county.name} County",
             round(county.shape_km.area * 1e6), 0, round(500_000_000 * share), 0]
            for county, share in parts
        ]  # fmt: skip
    return csv_bytes(header, rows, separator="|", encoding=_BOM)


def postal_places(land: Land, towns: Sequence[Town], zips: Sequence[Zip]) -> bytes:
    """Return GeoNames postal codes without a header: areas, PO boxes and single organisations."""
    rows = []
    for entry in zips:
        town = towns[entry.town]
        county = land.counties[town.county]
        lon, lat = to_lonlat(np.array([entry.x, entry.y]))
        rows.append(["US", entry.code, town.name, STATE_NAMES[county.fips[:2]], county.state, county.name,
                     county.fips[2:], "", "", f"{lat:.4f}", f"{lon:.4f}", "4"])  # fmt: skip
    return csv_bytes([], rows, separator="\t")


def commuting_areas(land: Land, towns: Sequence[Town], zips: Sequence[Zip]) -> bytes:
    """Return commuting area codes by ZIP, by the town's size, with what each ZIP is."""
    rows = []
    for entry in zips:
        town = towns[entry.town]
        code = next(code for least, code in ((50_000, 1), (10_000, 4), (2_500, 7), (0, 10)) if town.population >= least)
        kind = "ZIP Code Area" if entry.has_area else "Post Office or large volume customer"
        rows.append([entry.code, land.counties[town.county].state, kind, town.name, code, code])
    return csv_bytes(["ZIPCode", "State", "ZIPCodeType", "POName", "PrimaryRUCA", "SecondaryRUCA"], rows)


def rurality(land: Land, towns: Sequence[Town], people: Mapping[str, int]) -> bytes:
    """Return rural-urban continuum codes in the long layout, latin-1, by the largest town and its neighbours."""
    largest = [
        max((town.population for town in towns if town.county == index), default=0)
        for index in range(len(land.counties))
    ]
    metro = [size >= 50_000 for size in largest]
    shapes = [county.shape_km for county in land.counties]
    rows = []
    for index, county in enumerate(land.counties):
        adjacent = any(metro[other] and shapes[index].distance(shapes[other]) == 0 for other in range(len(shapes)))
        code = _continuum_code(largest[index], people[county.fips], is_adjacent=adjacent)
        # one name carries a letter beyond ASCII, which tells latin-1 from UTF-8
        name = f"{county.name} County".replace("Zennorby", "Zennörby")
        rows += [
            [county.fips, county.state, name, attribute, value]
            for attribute, value in (
                ("Population_2020", people[county.fips]), ("RUCC_2023", code),
                ("Description", "Metro" if code <= 3 else "Nonmetro"),
            )
        ]  # fmt: skip
    header = ["FIPS", "State", "County_Name", "Attribute", "Value"]
    return csv_bytes(header, rows, encoding="latin-1", newline="\r\n")


def _continuum_code(largest_town: int, population: int, *, is_adjacent: bool) -> int:
    if largest_town >= 50_000:
        return 2 if population >= 250_000 else 3
    base = 4 if largest_town >= 20_000 else 6 if largest_town >= 5_000 else 8
    return base if is_adjacent else base + 1


def county_ages(land: Land, people: Mapping[str, int]) -> bytes:
    """Return county population estimates by age (the columns that readers use), latin-1."""
    header = ["SUMLEV", "STATE", "COUNTY", "STNAME", "CTYNAME", "YEAR", "POPESTIMATE", "UNDER5_TOT", "AGE513_TOT",
              "AGE1417_TOT", "AGE18PLUS_TOT", "AGE65PLUS_TOT"]  # fmt: skip
    rows = []
    for county in land.counties:
        total = people[county.fips]
        children = round(total * _UNDER_18)
        under5, middle = round(children * 0.27), round(children * 0.5)
        rows += [
            ["050", county.fips[:2], county.fips[2:], STATE_NAMES[county.fips[:2]], f"{county.name} County", year,
             total, under5, middle, children - under5 - middle, total - children, round(total * 0.21)]
            for year in (1, 6)
        ]  # fmt: skip
    return csv_bytes(header, rows, encoding="latin-1")
