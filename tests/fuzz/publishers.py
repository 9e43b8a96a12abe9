"""Targets: files and answers of publishers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from deserts.sources.directories import marketplace, plannet, rates
from deserts.sources.publishers import (
    acs,
    adequacy,
    affiliations,
    appeals,
    centres,
    claims,
    claims_totals,
    cms_catalogue,
    cms_data,
    counties,
    directory,
    districts,
    drug_spending,
    enrolment,
    gazetteer,
    geocoder,
    geofabrik,
    geonames,
    hospital_owners,
    hospitals,
    medicaid,
    nppes,
    nppes_files,
    nppes_json,
    open_payments,
    outpatient,
    overpass,
    penetration,
    population,
    price_files,
    price_locator,
    psps,
    ruca,
    rucc,
)  # fmt: skip
from deserts.sources.readers.json_answers import parse_json
from deserts.sources.transport.http import Http, HttpSettings
from tests.fuzz.harness import Target
from tests.fuzz.seeds import example, real, some_counties

CODES = ("62369", "62370", "J0475")
HASH = "0" * 64

TABLES: dict[str, tuple[str, Callable[[Path], object], int, tuple[str, ...]]] = {
    "claims": ("claims", lambda p: claims.read_claims(p, year=2024), 40, ("claims/*.gz", "claims/*.csv")),
    "claims-of-codes": ("claims", lambda p: claims.read_claims(p, codes=CODES, year=2024), 40, ("claims/pump*.csv",)),
    "claims-by-provider": ("claims_by_provider", lambda p: claims_totals.read_providers(p, year=2024), 40, ()),
    "claims-by-geography": ("claims_by_geography", lambda p: claims_totals.read_geography(p, year=2024), 40, ()),
    "medicaid": ("medicaid", medicaid.read_medicaid, 40, ("evidence_samples/opendata.hhs.gov/**/*.csv",)),
    "enrolment": ("enrolment", enrolment.read_enrolment, 40, ("evidence_samples/data.cms.gov/PPEF/PPEF_Enroll*.csv",)),
    "reassignments": ("enrolment_reassignment", enrolment.read_reassignment, 40, ()),
    "reassignment-list": (
        "reassignment_list", enrolment.read_reassignment_list, 40,
        ("evidence_samples/data.cms.gov/Revalidation*/*.csv",),
    ),
    "hospital-enrolments": ("hospital_enrolments", hospital_owners.read_hospital_enrolments, 40, ()),
    "hospital-owners": (
        "hospital_owners", hospital_owners.read_hospital_owners, 40,
        ("evidence_samples/data.cms.gov/Hospital_All*/*.csv",),
    ),
    "price-addresses": ("hospital_price_addresses", price_locator.read_addresses, 40, ()),
    "open-payments": (
        "open_payments", lambda p: open_payments.read_open_payments(p, products=("SYNCHROMED", "GABLOFEN")), 40, (),
    ),
    "appeals-of-new-york": ("appeals_ny", lambda p: appeals.read_appeals(p, "NY"), 40, ()),
    "appeals-of-california": ("appeals_ca", lambda p: appeals.read_appeals(p, "CA"), 40, ()),
    "directory": ("directory", directory.read_directory, 40, ("directory/dac*.csv",)),
    "affiliations": ("affiliations", affiliations.read_affiliations, 40, ()),
    "hospitals": ("hospitals", hospitals.read_hospitals, 40, ("*/data.cms.gov/**/Hospital*.csv",)),
    "rehab-hospitals": ("rehab_hospitals", hospitals.read_rehab_hospitals, 40, ()),
    "registry": ("nppes", nppes.read_nppes, 12, ("directory/npidata*.csv",)),
    "registry-of-states": (
        "nppes", lambda p: nppes.read_nppes(p, taxonomies=("208100000X",), npis=("1234567893",)), 12,
        ("directory/npidata*.csv",),
    ),
    "registry-places": ("nppes_locations", nppes.read_locations, 40, ()),
    "centres-county": ("centres_county", centres.read_centres, 40, ("mirror/**/CenPop2020_Mean_CO.txt",)),
    "centres-block-group": ("centres_block_group", centres.read_centres, 40, ()),
    "centres-tract": ("centres_tract", centres.read_centres, 40, ()),
    "rucc": ("rucc", rucc.read_rucc, 40, ("mirror/**/Rural*.csv", "recordings/**/Rural*.csv")),
    "ruca": ("ruca_zip", ruca.read_ruca, 60, ("recordings/**/RUCA*.csv",)),
    "zcta-county": ("zcta_county", gazetteer.read_zcta_county, 40, ()),
    "postal-codes": ("zip_places", geonames.read_postal_codes, 60, ("mirror/**/US.txt",)),
    "population": ("county_population", population.read_county_population, 30, ("*/www2.census.gov/**/co-est*.csv",)),
    "penetration": ("ma_penetration", penetration.read_penetration, 40, ()),
}  # fmt: skip
"""Name to the example's dataset, reader, lines to keep, and patterns of real files."""


def targets(raw: Path) -> Iterator[Target]:
    """Yield every target of this topic."""
    for name, (dataset, read, lines, patterns) in TABLES.items():
        yield Target(name, (*example(raw, dataset, lines), *real(*patterns, lines=lines)), read, "f.csv")
    prices = "evidence_samples/github.com/CMSgov/hospital-price-transparency/examples"
    for ending in ("csv", "json"):
        lists = (*_ending(example(raw, "hospital_prices", None), ending), *real(f"{prices}/*.{ending}"))
        yield Target(f"prices-{ending}", lists, lambda p: price_files.read_prices(p, codes=CODES), f"f.{ending}")
    yield from _totals()
    yield from _survey()
    yield from _registry()
    yield Target("adequacy", example(raw, "adequacy", None), adequacy.read_adequacy, "f.xlsx")
    yield Target("county-borders", example(raw, "county_polygons", None), counties.read_county_polygons, "f.zip")
    yield Target("county-borders-json", (some_counties(),), counties.read_county_polygons, "f.json")
    yield Target("districts", example(raw, "districts", None), districts.read_districts, "f.zip")
    yield from _clients()
    yield from _directories()


def _ending(contents: tuple[bytes, ...], ending: str) -> tuple[bytes, ...]:
    """Return those of some contents that are JSON, or those that are not."""
    return tuple(body for body in contents if body.lstrip(b"\xef\xbb\xbf \n").startswith(b"{") == (ending == "json"))


def _survey() -> Iterator[Target]:
    names = ["B08201_001E", "B08201_001M", "B08201_002E", "B08201_002M", "state", "county", "tract"]
    rows = [names, ["200", "20", "-666666666", "12", "23", "001", "000100"], ["9", None, "3", "1", "23", "3", "000200"]]
    yield Target("survey-answer", (json.dumps(rows).encode(),), acs.read_acs, "f.json")
    table = (
        b"GEO_ID|B08201_E001|B08201_M001|B08201_E002|B08201_M002\n1400000US23001000100|200|20|50|-555555555\n"
        b"0500000US23001|200|20|50|12\n1500000US230010001001|1|1|1|1\n"
    )
    yield Target("survey-table", (table,), acs.read_acs, "f.dat")


def _totals() -> Iterator[Target]:
    summary = (
        b"HCPCS_CD,HCPCS_INITIAL_MODIFIER_CD,PROVIDER_SPEC_CD,CARRIER_NUM,PLACE_OF_SERVICE_CD,"
        b"PSPS_SUBMITTED_SERVICE_CNT,PSPS_DENIED_SERVICES_CNT\n62369,26,13,01112,11,12,1\n62370,,25,01112,22,40,0\n"
    )
    yield Target("psps", (summary,), lambda p: psps.read_psps(p, year=2023), "f.csv")
    hospital = (
        b"Rndrng_Prvdr_CCN,Rndrng_Prvdr_Org_Name,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Zip5,APC_Cd,Bene_Cnt,CAPC_Srvcs\n"
        b"200033,Eastern,ME,04401,5471,12,14\n200009,Maine,ME,04102,5471,30,33\n"
    )
    read = outpatient.read_outpatient_hospitals
    yield Target("outpatient-hospitals", (hospital,), lambda p: read(p, year=2023), "f.csv")
    seeds = real("evidence_samples/data.cms.gov/DSD_PTB/*.csv", "evidence_samples/**/*baclofen_rows*.csv", lines=40)
    yield Target("drug-spending", seeds or (b"HCPCS_Cd\nJ0475\n",), drug_spending.read_drug_spending, "f.csv")
    rows = [{"Rndrng_NPI": "1234567893", "HCPCS_Cd": "62369", "Tot_Benes": "12", "Tot_Srvcs": "40"}] * 3
    seed = json.dumps([{**row, "Place_Of_Srvc": "O"} for row in rows]).encode()
    yield Target("claims-rows", (seed,), lambda p: claims.read_claims(p, year=2024), "f.json")


def _registry() -> Iterator[Target]:
    folder = "mirror/npiregistry.cms.hhs.gov/api"
    answers = real(f"{folder}/*five*.json", f"{folder}/*limit10.json") or (b'{"result_count": 0, "results": []}',)
    yield Target("registry-answers", answers, nppes_json.read_providers, "f.json")
    yield Target("registry-answers-places", answers, nppes_json.read_locations, "f.json")

    def check(path: Path) -> object:
        return nppes_json.check_answer(parse_json(path.read_bytes(), where=str(path)), where=str(path))

    yield Target("registry-page", (*answers, *real(f"{folder}/*error*.json")), check, "f.json")


def _mirrored(url: str, ask: Callable[[Http], object], *further: tuple[str, bytes]) -> Callable[[Path], object]:
    """Return a reader that puts its file where a mirror has the answer of an address, and asks a client for it."""

    def read(path: Path) -> object:
        mirror = path.parent / "mirror"
        for address, body in ((url, path.read_bytes()), *further):
            place = mirror / address.removeprefix("https://")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        return ask(Http(HttpSettings(allow_network=False, mirror=mirror)))

    return read


def _clients() -> Iterator[Target]:
    def releases(path: Path) -> object:
        return cms_data.list_releases(parse_json(path.read_bytes(), where=str(path)), cms_data.TITLES["claims"])

    catalog = real("recordings/data.cms.gov/data_three_datasets.json") or (b'{"dataset": [{"distribution": []}]}',)
    yield Target("catalogue-of-claims", catalog, releases, "f.json")
    entry = {"title": "Hospitals", "modified": "2026-01-01"}
    item = json.dumps({**entry, "distribution": [{"data": {"downloadURL": "https://data.cms.gov/a.csv"}}]}).encode()
    address = f"{cms_catalogue.BASE}/api/1/metastore/schemas/dataset/items/{cms_catalogue.DATASET_IDS['hospitals']}"
    ask = _mirrored(address, lambda http: cms_catalogue.find_file(http, "hospitals"))
    yield Target("catalogue-entry", (item,), ask, "f.json")
    page = (
        b'<html><a href="./NPPES_Data_Dissemination_April_2026_V2.zip">m</a>'
        b'<a href="./NPPES_Deactivated_NPI_Report_041326_V2.zip">d</a></html>'
    )
    yield Target("registry-index", (page,), _mirrored(nppes_files.INDEX, nppes_files.find_files), "f.html")
    state = b"timestamp=2026-11-20T21\\:21\\:00Z\nsequenceNumber=1\n"
    md5 = (f"{geofabrik.BASE}/delaware-261120.osm.pbf.md5", b"0123456789abcdef0123456789abcdef  delaware.osm.pbf\n")
    ask = _mirrored(f"{geofabrik.BASE}/delaware-updates/state.txt", lambda h: geofabrik.find_extract(h, "DE"), md5)
    yield Target("extract-state", (state,), ask, "f.txt")
    lines = real("recordings/geocoding.geo.census.gov/**/*.csv", lines=40)
    lines = lines or (b'"1","a, b, ME, 04401","Match","Exact","A","-68,44","1","L"\n',)
    yield Target("geocoder-batch", lines, lambda p: geocoder.parse_batch(p.read_bytes(), where=str(p)), "f.csv")
    status = b"Connected as: 1\nCurrent time: 2026-11-22T08:00:00Z\nRate limit: 2\nEndpoint: none\n2 slots available.\n"
    yield Target("overpass-status", (status,), lambda p: overpass.slots_of(p.read_text("utf-8", "replace")), "f.txt")


def _directories() -> Iterator[Target]:
    def fhir(path: Path) -> object:
        return plannet.read_fhir([path], source="plannet", hashes={path: HASH})

    lines = real("evidence_samples/github.com/HL7-DaVinci/**/*.ndjson", lines=4)
    yield Target("fhir", lines or (b'{"resourceType": "Practitioner", "id": "1"}\n',), fhir, "f.ndjson")
    bundle = real("evidence_samples/github.com/Aidbox/**/*.json") or (b'{"resourceType": "Bundle", "entry": []}',)
    yield Target("fhir-bundle", bundle, fhir, "f.json")
    folder = "evidence_samples/github.com/CMSgov"
    market = real(f"{folder}/QHP*/providers.json", f"{folder}/QHP*/plans.json") or (b"[]",)
    yield Target("marketplace", market, lambda p: marketplace.read_marketplace([p], hashes={p: HASH}), "f.json")
    negotiated = real(f"{folder}/price-transparency-guide/in-network*.json") or (b'{"in_network": []}',)
    codes = {"62369", "27447"}
    yield Target("rates", negotiated, lambda p: rates.read_rates([p], codes=codes, hashes={p: HASH}), "f.json")
