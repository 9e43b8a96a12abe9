"""Parsers on the real files that lie beside the checkout: counts and figures that were taken from them by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.places.adequacy import BASE_LIMITS
from deserts.services import load_service
from deserts.sources.publishers.adequacy import COUNTY_TYPES, read_adequacy
from deserts.sources.publishers.centres import read_centres
from deserts.sources.publishers.claims import read_claims
from deserts.sources.publishers.counties import read_county_polygons
from deserts.sources.publishers.directory import read_directory
from deserts.sources.publishers.geonames import read_postal_codes
from deserts.sources.publishers.hospitals import read_hospitals
from deserts.sources.publishers.nppes import read_locations, read_nppes
from deserts.sources.publishers.population import read_county_population
from deserts.sources.publishers.rucc import read_rucc
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.workbook import open_workbook

pytestmark = pytest.mark.shared

_MIRROR = {
    "hospitals": "data.cms.gov/provider-data/dataset/xubh-q36u/Hospital_General_Information.csv",
    "centres": "www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt",
    "rucc": "ers.usda.gov/sites/default/files/_laserfiche/DataFiles/53251/Ruralurbancontinuumcodes2023.csv",
    "rucc_wide": "_no_canonical_url/Ruralurbancontinuumcodes2023_wide_as_found.csv",
    "adequacy": "www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx",
    "polygons": "raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json",
    "zips": "download.geonames.org/export/zip/US.txt",
    "population": "www2.census.gov/programs-surveys/popest/datasets/2020-2022/counties/totals/co-est2022-alldata.csv",
    "api": "npiregistry.cms.hhs.gov/api",
}


@pytest.fixture(scope="module")
def mirror(shared: Path) -> dict[str, Path]:
    return {name: shared / "mirror" / path for name, path in _MIRROR.items()}


@pytest.mark.parametrize(("year", "rows"), [(2019, 8362), (2020, 8489), (2021, 8938)])
def test_current_claims_of_three_years(shared: Path, year: int, rows: int) -> None:
    parsed = read_claims(shared / f"claims/by_provider_and_service_{year}_mohs.csv.gz")
    frame = parsed.frame
    assert len(frame) == rows
    assert len(parsed.rejected) == 0
    assert (frame["year"] == year).all()
    assert set(frame["code"]) == {"17311", "17312", "17313", "17314", "17315"}
    assert not frame.duplicated(["npi", "code", "place_of_service"]).any()
    assert frame["beneficiaries"].min() == 11
    assert frame["zip"].str.fullmatch(r"\d{5}").all()


def test_streaming_keeps_only_the_codes_asked_for(shared: Path) -> None:
    path = shared / "claims/by_provider_and_service_2020_mohs.csv.gz"
    whole = read_claims(path).frame
    some = read_claims(path, codes=("17313", "J0475")).frame
    expected = whole[whole["code"] == "17313"].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected)


def test_old_claims_are_tab_separated_and_lower_case(shared: Path) -> None:
    parsed = read_claims(shared / "claims/by_provider_and_service_cy2012_head.txt.gz")
    frame = parsed.frame
    assert len(frame) == 17_028 - 1 + (len(frame) - 17_027)
    assert len(frame) in (17_027, 17_028)
    assert frame["npi"].nunique() == 2151
    assert (frame["year"] == 2012).all()
    assert frame["zip"].str.fullmatch(r"\d{5}").mean() > 0.999
    assert frame["allowed_usd"].notna().all()


def test_pump_rows_of_three_namings(shared: Path) -> None:
    itb = load_service("itb")
    old = read_claims(shared / "claims/pump_rows_cy2012.csv").frame
    display = read_claims(shared / "claims/pump_rows_display_names.csv", year=2014)
    assert sorted(old["code"]) == ["62368", "62369", "62369"]
    assert sorted(display.frame["code"]) == ["62369", "62370", "62370", "64643"]
    assert "zip: lost zeros put back in 1 rows" in display.notes
    assert "02703" in set(display.frame["zip"])  # was 27033143.0
    refills = set(itb.codes("refill"))
    assert display.frame["code"].isin(refills).sum() == 3  # the injection is no pump code
    with pytest.raises(InputError, match="year"):
        read_claims(shared / "claims/pump_rows_display_names.csv")


def test_directory_of_386_full_rows(shared: Path) -> None:
    parsed = read_directory(shared / "directory/dac_386_rows_full_columns.csv")
    assert len(parsed.frame) == 386
    assert parsed.frame["npi"].nunique() == 371
    assert npis_are_valid(parsed.frame["npi"]).all()
    assert parsed.frame["zip"].str.fullmatch(r"\d{5}").all()
    assert parsed.frame["graduation_year"].between(1940, 2022).all()


def test_slice_of_maine_with_its_blank_lines(shared: Path) -> None:
    parsed = read_directory(shared / "directory/dac_maine_slice.csv")
    assert len(parsed.frame) == 3516
    assert len(parsed.rejected) == 2574
    assert set(parsed.rejected["reason"]) == {"a blank row"}
    assert parsed.rows_in == 6090
    assert (parsed.frame["state"] == "ME").all()
    assert (parsed.frame["specialty"] == "NEUROLOGY").sum() == 34
    assert parsed.frame["zip"].str.startswith("0").mean() > 0.99


def test_registry_file_of_1000_rows(shared: Path) -> None:
    parsed = read_nppes(shared / "directory/npidata_pfile_first1000.csv")
    counts = parsed.frame["entity"].value_counts()
    assert len(parsed.frame) == 1000
    assert (counts["I"], counts["O"], counts[""]) == (733, 188, 79)
    stubs = parsed.frame[parsed.frame["entity"] == ""]
    assert stubs["deactivated_on"].str.fullmatch(r"\d{4}-\d\d-\d\d").all()
    live = parsed.frame[parsed.frame["entity"] != ""]
    assert (live["taxonomies"].str.fullmatch(r"[0-9A-Z]{10}(\|[0-9A-Z]{10})*")).all()
    assert (live["last_org_name"] != "").all()
    assert live["zip"].str.fullmatch(r"\d{5}|").all()


def test_200_answers_of_the_api(mirror: dict[str, Path]) -> None:
    page = mirror["api"] / "v2.1_2026_individuals_200_results.json"
    parsed = read_nppes(page)
    assert len(parsed.frame) == 200
    assert set(parsed.frame["entity"]) == {"I"}
    assert npis_are_valid(parsed.frame["npi"]).all()
    assert len(read_locations(page).frame) == 19


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("v2.1_2019_city_atlanta_limit10", 10),
        ("v2.1_2019_city_atlanta_individuals_limit10", 10),
        ("v2.1_2019_city_atlanta_organizations_limit10", 10),
        ("v2.1_2019_first_name_bob_individuals_limit10", 10),
        ("v2.1_2019_five_individuals", 5),
        ("v2.1_2019_one_individual", 1),
        ("v2.1_2019_number_1568946812", 1),
    ],
)
def test_answers_of_2019(mirror: dict[str, Path], name: str, rows: int) -> None:
    frame = read_nppes(mirror["api"] / f"{name}.json").frame
    assert len(frame) == rows
    assert npis_are_valid(frame["npi"]).all()
    assert (frame["last_org_name"] != "").all()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("v2.1_2019_error_04_no_criteria", "No valid search criteria"),
        ("v2.1_2019_error_09_enumeration_type_alone", "additional search criteria"),
        ("v2.1_2019_limit200_shortened", "says 200 providers and holds 2"),
    ],
)
def test_answers_that_are_none(mirror: dict[str, Path], name: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_nppes(mirror["api"] / f"{name}.json")


def test_hospitals(mirror: dict[str, Path]) -> None:
    parsed = read_hospitals(mirror["hospitals"])
    frame = parsed.frame
    assert len(frame) == 5421
    assert frame["ccn"].str.fullmatch(r"[0-9A-Z]{6}").all()
    assert frame["zip"].str.fullmatch(r"\d{5}").all()
    assert "ccn: lost zeros put back in 830 rows" in parsed.notes
    assert "zip: lost zeros put back in 356 rows" in parsed.notes
    assert frame["state"].isin(["PR", "GU", "VI", "AS", "MP"]).sum() == 66
    assert 4000 < frame["emergency"].sum() < 5421


_RELAXED = {
    "Allergy and Immunology": 420, "Cardiology": 101, "Cardiothoracic Surgery": 365, "Chiropractor": 13,
    "Clinical Psychology": 240, "Clinical Social Work": 96, "Dermatology": 158, "ENT/Otolaryngology": 106,
    "Endocrinology": 254, "Gastroenterology": 457, "General Surgery": 193, "Gynecology, OB/GYN": 65,
    "Infectious Diseases": 418, "Nephrology": 106, "Neurology": 330, "Neurosurgery": 169,
    "Oncology - Medical, Surgical": 310, "Oncology - Radiation/ Radiation Oncology": 383, "Ophthalmology": 168,
    "Orthopedic Surgery": 125, "Physiatry, Rehabilitative Medicine": 313, "Plastic Surgery": 232, "Podiatry": 52,
    "Primary Care": 143, "Psychiatry": 188, "Pulmonology": 314, "Rheumatology": 231, "Urology": 191,
    "Vascular Surgery": 178,
}  # fmt: skip
"""Counties of the states and DC (of 3,144) whose limits are wider than the base table of the rule."""


@pytest.fixture(scope="module")
def limits(mirror: dict[str, Path]) -> Parsed:
    return read_adequacy(mirror["adequacy"])


def test_adequacy_workbook(limits: Parsed) -> None:
    frame = limits.frame
    physiatry = frame[frame["specialty"] == load_service("itb").adequacy_specialty]
    assert (~physiatry["territory"]).sum() == 3144
    assert physiatry["territory"].sum() == 118
    assert frame["specialty"].nunique() == 29
    assert set(physiatry["adequacy_type"]) == set(COUNTY_TYPES)
    assert physiatry[["time_min", "dist_miles", "required_providers", "beneficiaries"]].notna().all().all()


def test_a_county_that_stands_twice_is_told(limits: Parsed) -> None:
    twice = limits.frame[limits.frame["county_name"] == "Los Angeles"]
    physiatry = twice[twice["specialty"] == load_service("itb").adequacy_specialty]
    assert physiatry["ssa"].tolist() == ["05200", "05210"]
    assert physiatry["beneficiaries"].is_monotonic_decreasing  # who joins by name takes the first
    assert (twice.groupby("specialty")[["time_min", "dist_miles"]].nunique().max() == 1).all()
    assert len(limits.notes) == 1
    assert limits.notes[0].startswith("Los Angeles, CA stands 2 times (SSA 05200, 05210)")


def test_base_table_of_the_rule_is_that_of_the_workbook(mirror: dict[str, Path]) -> None:
    """All 29 specialties and 5 county types against the sheet in which CMS repeats the rule's own table."""
    with open_workbook(mirror["adequacy"]) as book:
        master = book.sheet("Master")
    named = [master.row(at)[8:20] for at in range(6, master.height)]
    published = {
        re.sub(r"\W", "", cells[1]): [tuple(map(float, cells[i : i + 2])) for i in range(2, 12, 2)]
        for cells in named
        if cells[2]
    }
    ours = {re.sub(r"\W", "", name): [limits[kind] for kind in COUNTY_TYPES] for name, limits in BASE_LIMITS.items()}
    assert len(published) == 29
    assert ours == published


def test_county_limits_are_the_base_or_wider(limits: Parsed) -> None:
    """What CMS relaxed, counted: never below the base, and where one of the two limits is wider the other is too."""
    frame = limits.frame
    assert set(frame["specialty"]) == set(BASE_LIMITS)
    base = pd.concat(
        [pd.DataFrame(values, index=["time_min", "dist_miles"]).T.assign(specialty=name)
         for name, values in BASE_LIMITS.items()]
    ).reset_index(names="adequacy_type")  # fmt: skip
    both = frame.merge(base, on=["specialty", "adequacy_type"], suffixes=("", "_base"), validate="many_to_one")
    assert len(both) == len(frame) == 94_598
    longer, farther = both["time_min"] > both["time_min_base"], both["dist_miles"] > both["dist_miles_base"]
    assert (both["time_min"] >= both["time_min_base"]).all()
    assert (both["dist_miles"] >= both["dist_miles_base"]).all()
    assert (longer == farther).all()
    home = ~both["territory"]
    assert (int(home.sum()), int((longer & home).sum()), int((longer & ~home).sum())) == (91_176, 6_319, 50)
    relaxed = longer[home].groupby(both["specialty"]).sum()
    assert relaxed.to_dict() == _RELAXED


def test_centres_of_counties(mirror: dict[str, Path]) -> None:
    frame = read_centres(mirror["centres"]).frame
    assert len(frame) == 3221
    assert frame["population"].sum() == 334_735_155
    assert set(frame["point_kind"]) == {"county"}
    assert sorted(frame.loc[frame["state"] == "CT", "county_fips"])[0] == "09001"
    assert (frame["state"] == "CT").sum() == 8
    assert (frame["state"] == "").sum() == 78  # Puerto Rico


def test_continuum_codes_of_both_layouts_agree(mirror: dict[str, Path]) -> None:
    long, wide = read_rucc(mirror["rucc"]), read_rucc(mirror["rucc_wide"])
    assert len(long.frame) == len(wide.frame) == 3235
    merged = long.frame.merge(wide.frame, on="county_fips", suffixes=("_long", "_wide"), validate="one_to_one")
    assert len(merged) == 3235
    np.testing.assert_array_equal(merged["rucc_long"], merged["rucc_wide"])
    np.testing.assert_array_equal(merged["population_long"], merged["population_wide"])
    assert merged["rucc_long"].isna().sum() == 2
    assert set(long.frame["rucc"].dropna()) == set(range(1, 10))


def test_county_polygons(mirror: dict[str, Path]) -> None:
    frame = read_county_polygons(mirror["polygons"]).frame
    assert len(frame) == 3221
    assert frame.crs.to_epsg() == 4326
    assert {"02270", "46113", "51515"} <= set(frame["county_fips"])
    assert (frame["county_fips"].str[:2] == "09").sum() == 8
    assert frame["land_km2"].sum() == pytest.approx(9.15e6, rel=0.02)


def test_zip_places(mirror: dict[str, Path]) -> None:
    parsed = read_postal_codes(mirror["zips"])
    assert parsed.rows_in == 41_483
    assert (parsed.frame["state"] == "").sum() == 511 - 2
    assert sorted(parsed.rejected["line"]) == [41_482, 41_483]
    assert parsed.frame["zip"].is_unique
    assert parsed.frame.set_index("zip").loc["96860", "state"] == "HI"


def test_population_of_counties(mirror: dict[str, Path]) -> None:
    parsed = read_county_population(mirror["population"])
    assert len(parsed.frame) == 3144
    assert (parsed.frame["year"] == 2022).all()
    assert (parsed.frame["county_fips"].str[:2] == "09").sum() == 9  # planning regions
    assert set(parsed.rejected["reason"]) == {"a state or the nation, not a county"}
    assert len(parsed.rejected) == 51
