"""Connecticut's eight counties and nine planning regions: one told of the other by population, never by polygons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.config import Region
from deserts.places.counties import build_counties
from deserts.places.redrawn import classes_of_counties, codes_of_areas, counts_of_areas, fips_changes, overlaps
from deserts.sources.publishers.centres import read_centres
from deserts.sources.publishers.rucc import read_rucc
from deserts.tables import validate

OLD = sorted({code for code in overlaps()["county_fips"] if code < "09100"})
NEW = sorted({code for code in overlaps()["county_fips"] if code > "09100"})
CODES = pd.Series({code: float(i % 3 + 1) for i, code in enumerate(NEW)})


@pytest.mark.shared
def test_overlaps_add_up_to_the_census_of_every_county_and_region(shared: Path) -> None:
    """Two official files, one of each vintage: the margins of the table are their counts, to the person."""
    centres = "mirror/www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"
    codes = "mirror/ers.usda.gov/sites/default/files/_laserfiche/DataFiles/53251/Ruralurbancontinuumcodes2023.csv"
    counties, regions = read_centres(shared / centres).frame, read_rucc(shared / codes).frame
    rows = fips_changes().query("kind == 'redrawn'")
    old, new = (rows.groupby(name)["population_2020"].sum() for name in ("old_fips", "new_fips"))
    census = counties.set_index("county_fips")["population"]
    assert old.to_dict() == census[census.index.str.startswith("09")].to_dict()
    published = regions.set_index("county_fips")["population"]
    assert new.to_dict() == published[published.index.str.startswith("09")].to_dict()
    assert len(OLD) == 8
    assert len(NEW) == 9


def test_shares_sum_to_one_both_ways() -> None:
    table = overlaps()
    assert table.groupby("county_fips")["share"].sum().to_numpy() == pytest.approx(np.ones(17))
    assert table.groupby("from_fips")["share_of_from"].sum().to_numpy() == pytest.approx(np.ones(17))


def test_a_redrawn_county_is_split_over_the_classes_of_its_regions() -> None:
    wanted = pd.Series(["09005", "23001", "99999"])
    codes = pd.Series({"09140": 2.0, "09160": 4.0, "09190": 2.0, "23001": 7.0})
    found = codes_of_areas(wanted, codes)
    litchfield = found[found["county_fips"] == "09005"].set_index("code")["share"]
    assert litchfield.to_dict() == pytest.approx({2.0: (54326 + 29777) / 185186, 4.0: 101083 / 185186})
    assert found[found["county_fips"] == "23001"][["code", "share"]].to_numpy().tolist() == [[7.0, 1.0]]
    assert found[found["county_fips"] == "99999"]["code"].isna().all()
    partly = codes_of_areas(wanted[:1], codes.drop("09160"))
    assert partly["share"].sum() == pytest.approx(1)
    assert partly.loc[partly["code"].isna(), "share"].tolist() == pytest.approx([101083 / 185186])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([*OLD, *NEW, "23001"]), unique=True, min_size=1), st.sets(st.sampled_from(NEW)))
def test_every_resident_is_in_one_class_or_in_none(wanted: list[str], known: set[str]) -> None:
    found = codes_of_areas(pd.Series(wanted), CODES[sorted(known)])
    shares = found.groupby("county_fips")["share"].sum()
    assert shares.to_dict() == pytest.approx(dict.fromkeys(wanted, 1.0))


@settings(deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 10**6), min_size=9, max_size=9))
def test_counts_of_the_regions_are_conserved(people: list[int]) -> None:
    counts = pd.DataFrame({"people": people, "people_moe": 0.0}, index=NEW, dtype=float)
    found = counts_of_areas(pd.Series(OLD), counts, margins=("people_moe",))
    assert found["people"].sum() == pytest.approx(sum(people))
    assert (found["basis"] == "by_population").all()
    back = counts_of_areas(pd.Series(NEW), found[["people"]])
    assert back["people"].sum() == pytest.approx(sum(people))


def test_a_missing_region_makes_an_unknown_county_and_no_smaller_one() -> None:
    counts = pd.DataFrame({"n": 100.0, "n_moe": 3.0}, index=[code for code in NEW if code != "09190"])
    found = counts_of_areas(pd.Series([*OLD, "09120"]), counts, margins=("n_moe",))
    assert found.loc[["09001", "09005"], "n"].isna().all()
    assert set(found.loc[["09001", "09005"], "basis"]) == {""}
    assert found.loc["09120"].tolist() == [100.0, 3.0, "own"]
    assert found.loc["09015", "n"] == pytest.approx(100 * (91993 / 95348 + 24425 / 280430))
    assert found.loc["09015", "n_moe"] == pytest.approx(3 * np.hypot(91993 / 95348, 24425 / 280430))
    empty = counts_of_areas(pd.Series(OLD), counts.assign(n=np.nan), margins=("n_moe",))
    assert empty["n"].isna().all()


def test_a_run_over_connecticut_counts_everybody_under_a_code() -> None:
    centres = pd.DataFrame({"county_fips": OLD, "name": OLD, "population": 100000})
    codes = pd.DataFrame({"county_fips": NEW, "rucc": [1.0, 2.0, 1.0, 2.0, 4.0, 4.0, 2.0, 2.0, 2.0]})
    table = build_counties(Region.parse("CT"), polygons=None, centres=centres, rucc=codes)
    assert table.set_index("county_fips")["rucc"].dropna().to_dict() == {"09001": 2.0, "09007": 1.0, "09009": 2.0}
    assert table.set_index("county_fips")["rucc_split"]["09013"] == "1:0.994759 4:0.005241"
    validate("counties", table)
    classes = classes_of_counties(pd.DataFrame(table))
    assert classes.groupby("county_fips")["share"].sum().to_numpy() == pytest.approx(np.ones(8), abs=1e-5)
    assert classes["code"].notna().all()
    unknown = build_counties(Region.parse("CT"), polygons=None, centres=centres)
    assert classes_of_counties(pd.DataFrame(unknown))["code"].isna().all()
    assert "rucc_split" not in unknown
