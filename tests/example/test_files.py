"""The example's files: the same bytes every time, read by the parsers that read the publishers' own files."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from deserts.config import Settings
from deserts.example import NOTICE, write_example
from deserts.example.write import _FETCHED_ON
from deserts.sources.publishers import (
    adequacy,
    affiliations,
    appeals,
    centres,
    claims,
    claims_totals,
    counties,
    directory,
    districts,
    drug_spending,
    enrolment,
    gazetteer,
    geonames,
    hospital_owners,
    hospitals,
    medicaid,
    nppes,
    open_payments,
    outpatient,
    penetration,
    population,
    price_locator,
    psps,
    ruca,
    rucc,
)  # fmt: skip
from deserts.sources.raw import LOCK_NAME, RawArea
from deserts.sources.readers.npi import npi_is_valid
from deserts.store import sha256_of

PARSERS = {
    "claims": claims.read_claims,
    "claims_by_provider": lambda path: claims_totals.read_providers(path, year=2024),
    "claims_by_geography": lambda path: claims_totals.read_geography(path, year=2024),
    "medicaid": medicaid.read_medicaid,
    "open_payments": lambda path: open_payments.read_open_payments(path, products=["SYNCHROMED", "GABLOFEN"]),
    "appeals_ny": lambda path: appeals.read_appeals(path, "NY"),
    "appeals_ca": lambda path: appeals.read_appeals(path, "CA"),
    "enrolment": enrolment.read_enrolment,
    "enrolment_reassignment": enrolment.read_reassignment,
    "reassignment_list": enrolment.read_reassignment_list,
    "hospital_owners": hospital_owners.read_hospital_owners,
    "hospital_enrolments": hospital_owners.read_hospital_enrolments,
    "hospital_price_addresses": price_locator.read_addresses,
    "drug_spending": drug_spending.read_drug_spending,
    "psps": lambda path: psps.read_psps(path, year=2024),
    "outpatient_geography": lambda path: outpatient.read_outpatient_geography(path, year=2024),
    "directory": directory.read_directory,
    "affiliations": affiliations.read_affiliations,
    "hospitals": hospitals.read_hospitals,
    "rehab_hospitals": hospitals.read_rehab_hospitals,
    "nppes": nppes.read_nppes,
    "nppes_locations": nppes.read_locations,
    "nppes_deactivated": nppes.read_deactivated,
    "centres_block_group": centres.read_centres,
    "centres_tract": centres.read_centres,
    "centres_county": centres.read_centres,
    "county_polygons": counties.read_county_polygons,
    "districts": districts.read_districts,
    "zcta_gazetteer": gazetteer.read_zcta,
    "zcta_county": gazetteer.read_zcta_county,
    "zip_places": geonames.read_postal_codes,
    "ruca_zip": ruca.read_ruca,
    "rucc": rucc.read_rucc,
    "adequacy": adequacy.read_adequacy,
    "ma_penetration": penetration.read_penetration,
    "county_population": population.read_county_population,
}

RESHAPED = {"rucc", "drug_spending"}
"""Three lines a county; five years a line."""
FILTERED = {"open_payments", "outpatient_geography"}
"""Payments for other products, and totals without a code, are no rows of it."""


@pytest.mark.parametrize("dataset", sorted(PARSERS))
def test_every_file_is_read_by_its_parser(area: RawArea, dataset: str) -> None:
    entries = area.of(dataset)
    assert entries
    for entry in entries:
        parsed = PARSERS[dataset](area.folder / entry.path)
        assert len(parsed.frame)
        expected = {"an earlier year"} if dataset == "county_population" else set()
        if dataset == "medicaid":
            expected = {"a revenue code, not a service"}
        if dataset == "directory":
            expected = {"the NPI is not valid"}
            assert len(parsed.rejected) == 1
        assert set(parsed.rejected["reason"]) == expected
        if entry.rows is not None and dataset not in RESHAPED | FILTERED:
            assert parsed.rows_in == entry.rows


def test_lock_names_every_file_and_says_synthetic(area: RawArea) -> None:
    files = {path.relative_to(area.folder).as_posix() for path in area.folder.rglob("*") if path.is_file()}
    assert files == {entry.path for entry in area.entries} | {LOCK_NAME}
    assert {entry.notice for entry in area.entries} == {NOTICE}
    assert all(entry.url == f"https://{entry.path}" and entry.fetched_on == _FETCHED_ON for entry in area.entries)
    assert all(sha256_of(area.folder / entry.path) == entry.sha256 for entry in area.entries)
    assert {2022, 2023, 2024} == {entry.year for entry in area.of("claims")}


def test_same_bytes_in_another_process_with_another_hash_seed(area: RawArea, tmp_path) -> None:
    code = (
        "import sys, pathlib; from deserts.config import Settings; from deserts.example import write_example;"
        "write_example(Settings(data_dir=pathlib.Path(sys.argv[1])))"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env={**os.environ, "PYTHONHASHSEED": "41"})
    again = tmp_path / "raw" / "example"
    assert sha256_of(again / LOCK_NAME) == sha256_of(area.folder / LOCK_NAME)
    assert all(sha256_of(again / entry.path) == entry.sha256 for entry in area.entries)


def test_writing_again_changes_nothing(area: RawArea) -> None:
    before = area.folder.joinpath(LOCK_NAME).read_bytes()
    assert write_example(Settings(data_dir=area.folder.parents[1])) == area
    assert area.folder.joinpath(LOCK_NAME).read_bytes() == before


def test_numbers_are_invented_but_well_formed(area: RawArea) -> None:
    registry = nppes.read_nppes(area.paths("nppes")[0]).frame
    assert registry["npi"].is_unique
    assert registry["npi"].str.startswith("2").all()
    assert registry["npi"].map(npi_is_valid).all()
    phones = registry.loc[registry["phone"] != "", "phone"]
    assert phones.str.fullmatch(r"86[89]-555-01\d\d").all()
    zips = registry.loc[registry["zip"] != "", "zip"]
    assert zips.str.match(r"869|868|003").all()


def test_claims_layouts_differ_by_year(area: RawArea) -> None:
    widths = {
        entry.year: len((area.folder / entry.path).read_text().split("\n")[0].split(",")) for entry in area.of("claims")
    }
    assert widths == {2022: 29, 2023: 28, 2024: 28}


@pytest.mark.shared
def test_registry_has_the_330_columns_of_the_publisher(area: RawArea, shared) -> None:
    real = (shared / "directory" / "npidata_pfile_first1000.csv").read_text(encoding="utf-8").split("\n")[0]
    ours = area.paths("nppes")[0].read_text(encoding="utf-8").split("\n")[0]
    assert ours.replace('"', "").strip().split(",") == real.replace('"', "").strip().split(",")
