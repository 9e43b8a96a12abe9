"""Write the synthetic state as a mirror of the publishers' files, with a lock that says so."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from deserts.config import EXAMPLE, EXAMPLE_STATES, Region, Settings
from deserts.example import (
    adequacy_file,
    census_files,
    claims_files,
    enrolment_files,
    lead_files,
    plan_files,
    price_files,
    registry_files,
    total_files,
)
from deserts.example.cast import YEARS, Clinician
from deserts.example.crowd import build_crowd
from deserts.example.extract import states_of_nodes, write_extract
from deserts.example.land import build_land
from deserts.example.players import Gazette, build_players
from deserts.example.postal import build_zips
from deserts.example.street_answers import street_answers
from deserts.example.streets import build_roads
from deserts.example.towns import BlockGroup, build_block_groups, build_towns
from deserts.sources.raw import LockEntry, RawArea
from deserts.store import atomic_path, write_bytes
from deserts.store.files import sweep

__all__ = ["NOTICE", "write_example"]

NOTICE = "synthetic: the example's people, places and clinicians are invented"
_FETCHED_ON = "2026-11-21"
"""Day in the lock: fixed, so that two runs write the same bytes."""

_CMS = "data.cms.gov/sites/default/files"
_PDC = "data.cms.gov/provider-data/sites/default/files/resources/0000000000000000000000000000example_1767225600"
_NPPES = "download.cms.gov/nppes"
_CENSUS = "www2.census.gov"
_CENTRES = f"{_CENSUS}/geo/docs/reference/cenpop2020"
_USDA = "ers.usda.gov/sites/default/files/_laserfiche/DataFiles"

_RELEASES = {
    2022: ("2024-05/00000000-0000-4000-8000-000000002022/MUP_PHY_R24_P05_V10_D22_{}.csv",) * 3,
    2023: ("2025-05/00000000-0000-4000-8000-000000002023/MUP_PHY_R25_P05_V20_D23_{}.csv",) * 3,
    # the newest by-service file lacks the prefix that the other two have
    2024: ("2026-05/b5ebab5a-f490-418a-9bce-4b9f31419356/PHY_R26_P05_V10_D24_{}.csv",
           "2026-05/00000000-0000-4000-8000-000000002024/MUP_PHY_R26_P05_V10_D24_{}.csv",
           "2026-05/00000000-0000-4000-8000-000000002024/MUP_PHY_R26_P05_V10_D24_{}.csv"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _File:
    """One file to write."""

    dataset: str
    path: str
    content: bytes
    rows: int | None = None
    year: int | None = None
    version: str = ""
    attribution: str = ""


def _csv(dataset: str, path: str, content: bytes, *, year: int | None = None, headers: int = 1, **facts: str) -> _File:
    """Return a file with its data rows counted."""
    text = content.decode("latin-1")
    rows = sum(1 for _ in csv.reader(io.StringIO(text, newline=""))) - headers
    return _File(dataset, path, content, rows, year, **facts)


def write_example(settings: Settings) -> RawArea:
    """Write the files and the lock of the example below ``data/raw/example`` and return the area.

    Parameters
    ----------
    settings
        Gives the data folder.

    Returns
    -------
    RawArea
        With one lock entry a file, each with the notice that all is synthetic. Bytes are the same on every run.
    """
    area = RawArea(settings.raw_area(Region.parse(EXAMPLE)))
    sweep(area.folder, deep=True)
    land = build_land()
    towns = build_towns(land)
    groups = build_block_groups(land, towns)
    entries = []
    gazette = Gazette(land, towns, build_zips(land, towns))
    people = (*build_players(gazette), *build_crowd(gazette))
    files = [*_claims(people), *_registry(people, gazette), *_hospitals(), *_enrolment(people), *_signs(people)]
    files += _plans(people)
    files += _census(gazette, groups)
    for file in files:
        target = area.folder / file.path
        write_bytes(target, file.content)
        entries.append(_entry(area, file))
    board = build_roads(land, towns, groups)
    states = states_of_nodes(board, land)
    for state, slug in zip(EXAMPLE_STATES, ("exampland", "neighbourland"), strict=True):
        path = f"download.geofabrik.de/north-america/us/{slug}-260101.osm.pbf"
        with atomic_path(area.folder / path) as temporary:
            ways = write_extract(board, states, state, temporary)
        entries.append(_entry(area, _File("roads", path, b"", ways, version="260101")))
    written = area.adding(entries)
    written.save()
    return written


def _entry(area: RawArea, file: _File) -> LockEntry:
    return area.entry_for(
        area.folder / file.path, dataset=file.dataset, url=f"https://{file.path}", fetched_on=_FETCHED_ON,
        rows=file.rows, year=file.year, version=file.version, licence="MIT, as the rest of deserts",
        attribution=file.attribution, notice=NOTICE,
    )  # fmt: skip


def _claims(people: tuple[Clinician, ...]) -> Iterator[_File]:
    for year in YEARS:
        service, provider, geography = _RELEASES[year]
        yield _csv("claims", f"{_CMS}/{service.format('Prov_Svc')}", claims_files.by_service(people, year), year=year)
        yield _csv("claims_by_provider", f"{_CMS}/{provider.format('Prov')}", claims_files.by_provider(people, year),
                   year=year)  # fmt: skip
        yield _csv("claims_by_geography", f"{_CMS}/{geography.format('Geo')}", claims_files.by_geography(people, year),
                   year=year)  # fmt: skip
    edition = "2026-05/00000000-0000-4000-8000-00000000d501/DSD_PTB_RY26_P06_V10_DYT24_HCPCS-260430.csv"
    yield _csv("drug_spending", f"{_CMS}/{edition}", total_files.drug_spending(people), year=2024)
    for year in YEARS:
        yield _csv("psps", f"{_CMS}/psps/PSPS_{year}.csv", total_files.procedures(people, year), year=year)
        yield _csv("outpatient_geography", f"{_CMS}/outpatient/MUP_OUT_RY26_P04_V10_DY{year % 100}_Geo.csv",
                   total_files.outpatient_geography(year), year=year)  # fmt: skip
    yield _csv("outpatient_hospitals", f"{_CMS}/outpatient/MUP_OUT_RY26_P04_V10_DY24_Prov_Svc.csv",
               total_files.outpatient_hospitals(), year=YEARS[-1])  # fmt: skip
    yield _csv("medicaid", "opendata.hhs.gov/datasets/medicaid-provider-spending/medicaid-provider-spending.csv",
               claims_files.medicaid(people))  # fmt: skip


def _registry(people: tuple[Clinician, ...], gazette: Gazette) -> Iterator[_File]:
    month = "2026-04"
    yield _csv("directory", f"{_PDC}/DAC_NationalDownloadableFile.csv", registry_files.directory(people), version=month)
    yield _csv("affiliations", f"{_PDC}/Facility_Affiliation.csv", registry_files.affiliations(people), version=month)
    yield _csv(
        "hospitals", f"{_PDC}/Hospital_General_Information.csv", registry_files.hospitals(gazette), version=month
    )
    yield _csv("rehab_hospitals", f"{_PDC}/Inpatient_Rehabilitation_Facility-General_Information.csv",
               registry_files.rehab_hospitals(gazette), version=month)  # fmt: skip
    monthly = f"{_NPPES}/NPPES_Data_Dissemination_April_2026_V2"
    yield _csv(
        "nppes", f"{monthly}/npidata_pfile_20050523-20260412.csv", registry_files.registry(people), version=month
    )
    yield _csv("nppes_locations", f"{monthly}/pl_pfile_20050523-20260412.csv", registry_files.secondary(people),
               version=month)  # fmt: skip
    yield _csv("geocoded", "geocoding.geo.census.gov/geocoder/answers.csv", street_answers(people, gazette))
    yield _File("nppes_deactivated", f"{_NPPES}/NPPES_Deactivated_NPI_Report_041326_V2.zip",
                registry_files.deactivated(people), version="2026-04-13")  # fmt: skip


def _hospitals() -> Iterator[_File]:
    """Yield price files, the table of their addresses, and who owns which hospital."""
    for file in price_files.PRICE_FILES:
        yield _File("hospital_prices", f"{price_files.HOST}/{file.path}", file.content)
    collection = "raw.githubusercontent.com/example/hospital-price-transparency/dim/urls/xa.csv"
    yield _csv("hospital_price_addresses", collection, price_files.address_table())
    yield _csv("hospital_enrolments", f"{_CMS}/owners/Hospital_Enrollments_2026.04.01.csv",
               enrolment_files.hospital_enrolments())  # fmt: skip
    yield _csv("hospital_owners", f"{_CMS}/owners/Hospital_All_Owners_2026.04.01.csv",
               enrolment_files.hospital_owners())  # fmt: skip


def _signs(people: tuple[Clinician, ...]) -> Iterator[_File]:
    """Yield leads for the phone, and decisions of independent reviewers."""
    yield _csv("open_payments", "download.cms.gov/openpayments/PGYR2024/OP_DTL_GNRL_PGYR2024_P06302025.csv",
               lead_files.open_payments(people), year=2024)  # fmt: skip
    yield _csv("appeals_ny", "www.dfs.ny.gov/public-appeal/external_appeals.csv", lead_files.appeals_ny())
    yield _csv("appeals_ca", "data.chhs.ca.gov/independent-medical-review-determinations.csv", lead_files.appeals_ca())


def _plans(people: tuple[Clinician, ...]) -> Iterator[_File]:
    """Yield one payer's directory in two forms."""
    top = "plans.example.org"
    for path, content in (
        ("plan-net/directory.json", plan_files.plan_net(people)), ("marketplace/index.json", plan_files.plan_index()),
        ("marketplace/plans.json", plan_files.plan_names()),
        ("marketplace/providers.json", plan_files.plan_marketplace(people)),
    ):  # fmt: skip
        yield _File("plan_directory", f"{top}/{path}", content, version=plan_files.PLAN_FILES_ON)


def _enrolment(people: tuple[Clinician, ...]) -> Iterator[_File]:
    quarter = "2026.04.01"
    yield _csv("enrolment", f"{_CMS}/ppef/PPEF_Enrollment_Extract_{quarter}.csv", enrolment_files.enrolments(people))
    yield _csv("enrolment_reassignment", f"{_CMS}/ppef/PPEF_Reassignment_Extract_{quarter}.csv",
               enrolment_files.reassignments(people))  # fmt: skip
    yield _csv("reassignment_list", f"{_CMS}/ppef/Revalidation_Reassignment_List_{quarter}.csv",
               enrolment_files.reassignment_list(people))  # fmt: skip


def _census(gazette: Gazette, groups: tuple[BlockGroup, ...]) -> Iterator[_File]:
    land, towns, zips = gazette.land, gazette.towns, gazette.zips
    residents = census_files.county_population(groups)
    for dataset, folder, kind in (
        ("centres_block_group", "blkgrp", "BG"), ("centres_tract", "tract", "TR"), ("centres_county", "county", "CO")
    ):  # fmt: skip
        yield _csv(dataset, f"{_CENTRES}/{folder}/CenPop2020_Mean_{kind}.txt", census_files.centres(land, groups, kind),
                   year=2020)  # fmt: skip
    shapes = f"{_CENSUS}/geo/tiger"
    yield _File("county_polygons", f"{shapes}/GENZ2020/shp/cb_2020_us_county_500k.zip",
                census_files.county_shapes(land), len(land.counties), 2020)  # fmt: skip
    yield _File("districts", f"{shapes}/GENZ2024/shp/cb_2024_us_cd119_500k.zip", census_files.district_shapes(land),
                year=2024)  # fmt: skip
    yield _csv("county_population",
               f"{_CENSUS}/programs-surveys/popest/datasets/2020-2024/counties/asrh/cc-est2024-agesex-all.csv",
               census_files.county_ages(land, residents), year=2024)  # fmt: skip
    areas = f"{_CENSUS}/geo/docs/maps-data/data"
    yield _File("zcta_gazetteer", f"{areas}/gazetteer/2025_Gazetteer/2025_Gaz_zcta_national.zip",
                census_files.gazetteer(zips), year=2025)  # fmt: skip
    yield _csv("zcta_county",
               f"{areas}/rel2020/zcta520/tab20_zcta520_county20_natl.txt",
               census_files.zip_counties(land, towns, zips), year=2020)  # fmt: skip
    yield _csv("zip_places", "download.geonames.org/export/zip/US.txt", census_files.postal_places(land, towns, zips),
               headers=0)  # fmt: skip
    yield _csv("rucc", f"{_USDA}/53251/Ruralurbancontinuumcodes2023.csv", census_files.rurality(land, towns, residents),
               year=2023)  # fmt: skip
    yield _csv("ruca_zip", f"{_USDA}/53241/RUCA-codes-2020-zipcode.csv",
               census_files.commuting_areas(land, towns, zips), year=2020)  # fmt: skip
    yield _File("adequacy", "www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx",
                adequacy_file.adequacy_workbook(land, residents), year=2026)  # fmt: skip
    yield _csv("ma_penetration", "www.cms.gov/files/document/ma-penetration-2026-04.csv",
               adequacy_file.penetration(land, residents), version="2026-04")  # fmt: skip
