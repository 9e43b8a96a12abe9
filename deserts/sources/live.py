"""Ask each publisher for a little and compare it with what our parsers expect: the check that tests cannot make.

It needs a connection, is no part of the tests, and writes a dated report.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deserts.errors import WRONG_SHAPE, DesertsError, FaultyAnswerError
from deserts.progress import track
from deserts.sources.directories.status import reader_lines
from deserts.sources.plan_further import ADDRESS_BASE
from deserts.sources.publishers import (
    cms_catalogue,
    cms_data,
    drug_spending,
    geocoder,
    geofabrik,
    hospital_owners,
    nppes_api,
    nppes_files,
    outpatient,
)
from deserts.sources.publishers.adequacy import read_adequacy
from deserts.sources.publishers.affiliations import AFFILIATIONS
from deserts.sources.publishers.centres import read_centres
from deserts.sources.publishers.claims import CLAIMS
from deserts.sources.publishers.claims_totals import BY_GEOGRAPHY, BY_PROVIDER
from deserts.sources.publishers.directory import DIRECTORY
from deserts.sources.publishers.enrolment import REASSIGNMENT_LIST
from deserts.sources.publishers.gazetteer import read_zcta, read_zcta_county
from deserts.sources.publishers.geonames import read_postal_codes
from deserts.sources.publishers.hospitals import HOSPITALS, REHAB_HOSPITALS
from deserts.sources.publishers.medicaid import MEDICAID
from deserts.sources.publishers.nppes_json import check_answer
from deserts.sources.publishers.overpass import slots_of
from deserts.sources.publishers.psps import PSPS
from deserts.sources.publishers.ruca import read_ruca
from deserts.sources.publishers.rucc import read_rucc
from deserts.sources.readers.delimited import Layout
from deserts.sources.readers.parsed import Parsed
from deserts.sources.readers.textfile import member_names
from deserts.sources.transport.download import Expect, download
from deserts.sources.transport.http import Http

__all__ = ["CHECKS", "Checked", "check_all", "report"]

_MEDICAID: Final = "https://opendata.hhs.gov/datasets/medicaid-provider-spending/"


@dataclass(frozen=True, slots=True)
class Checked:
    """What one check found: its name, whether it is as expected, and in words what came."""

    name: str
    fine: bool
    found: str


def _layout(http: Http, layout: Layout, rows: list[dict[str, object]], where: str) -> str:  # noqa: ARG001
    if not rows:
        raise FaultyAnswerError("no rows came", where=where)
    layout.places(list(rows[0]), where=Path(where))
    unknown = len(rows[0]) - len(layout.places(list(rows[0]), where=Path(where)))
    return f"{len(rows)} rows, {len(rows[0])} columns, {unknown} of them not used"


def _cms(dataset: str, layout: Layout) -> Callable[[Http], str]:
    def check(http: Http) -> str:
        catalog = http.get_json(f"{cms_data.BASE}/data.json")
        release = cms_data.find_release(catalog, cms_data.TITLES[dataset])
        rows = http.get_json(release.rows_url, params={"size": "3", "offset": "0"})
        stats = http.get_json(f"{release.rows_url}/stats")
        text = _layout(http, layout, rows, release.rows_url)
        return f"newest year {release.year}, {stats.get('total_rows', 'unknown')} rows in all; {text}"

    return check


def _catalogue(dataset: str, layout: Layout) -> Callable[[Http], str]:
    def check(http: Http) -> str:
        file = cms_catalogue.find_file(http, dataset)
        rows = cms_catalogue.query_rows(http, dataset, limit=3)
        return f"release of {file.modified}; " + _layout(http, layout, rows, file.url)

    return check


def _price_addresses(http: Http) -> str:
    """Look at the collection's table of one state, and at none of the hospitals' own files."""
    where = f"{ADDRESS_BASE}/me.json"
    rows = http.get_json(where)
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and {"ccn", "file_url"} <= row.keys() for row in rows
    ):
        raise FaultyAnswerError("the table is no list of rows with ccn and file_url", where=where)
    return f"{len(rows)} hospitals, {sum(bool(row['file_url']) for row in rows)} with an address"


def _registry(http: Http) -> str:
    question = {
        "version": "2.1",
        "state": "ME",
        "taxonomy_description": "Physical Medicine & Rehabilitation",
        "limit": "5",
    }
    rows = check_answer(http.get_json(nppes_api.BASE, params=question), where=nppes_api.BASE)
    missing = [key for key in ("number", "enumeration_type", "basic", "addresses", "taxonomies") if key not in rows[0]]
    if missing:
        raise FaultyAnswerError(f"keys are missing: {', '.join(missing)}", where=nppes_api.BASE)
    return f"{len(rows)} providers, with practiceLocations: {'practiceLocations' in rows[0]}"


def _registry_files(http: Http) -> str:
    files = nppes_files.find_files(http)
    return ", ".join(f"newest {kind}: {nppes_files.newest(files, kind).day}" for kind in ("monthly", "deactivated"))


def _geocoder(http: Http) -> str:
    url = f"{geocoder.BASE}/locations/onelineaddress"
    line = "4600 Silver Hill Rd, Washington, DC 20233"  # the Census Bureau itself
    answer = http.get_json(url, params={"address": line, "benchmark": "Public_AR_Current", "format": "json"})
    match = geocoder.pick_match(answer["result"]["addressMatches"], state="DC", zip5="20233")
    if match is None:
        raise FaultyAnswerError("the Census Bureau's own address is not found", where=url)
    batch = http.post(
        f"{geocoder.BASE}/geographies/addressbatch",
        data={"benchmark": "Public_AR_Current", "vintage": "Census2020_Current"},
        files={
            "addressFile": (
                "batch.csv",
                b"1,4600 Silver Hill Rd,Washington,DC,20233\n2,1 Nowhere,Nowhere,ZZ,\n",
                "text/csv",
            )
        },
    )
    states = {key: value["status"] for key, value in sorted(geocoder.parse_batch(batch, where=url).items())}
    return f"single line and batch answer; batch: {states}"


def _file(url: str, kind: str, read: Callable[[Path], Parsed]) -> Callable[[Http], str]:
    def check(http: Http) -> str:
        with tempfile.TemporaryDirectory(prefix="deserts-live-") as folder:
            target = Path(folder) / url.rsplit("/", 1)[-1]
            download(http, url, target, Expect(kind))
            parsed = read(target)
            return f"{target.stat().st_size:,} bytes, {len(parsed.frame):,} rows, {len(parsed.rejected):,} set aside"

    return check


def _archive(url: str) -> Callable[[Http], str]:
    def check(http: Http) -> str:
        with tempfile.TemporaryDirectory(prefix="deserts-live-") as folder:
            target = Path(folder) / "file.zip"
            download(http, url, target, Expect("zip"))
            return f"{target.stat().st_size:,} bytes, {len(member_names(target))} members"

    return check


def _extract(http: Http) -> str:
    extract = geofabrik.find_extract(http, "DE")
    return f"dated extract {extract.url.rsplit('/', 1)[-1]}, md5 {extract.md5[:8]}…"


def _overpass(http: Http) -> str:
    text = http.get_bytes("https://overpass-api.de/api/status").decode("utf-8", errors="replace")
    return f"status has {len(text.splitlines())} lines, free slots: {slots_of(text)}"


def _medicaid(http: Http) -> str:
    """Look for the columns on the publisher's page: the file itself has gigabytes."""
    page = http.get_bytes(_MEDICAID).decode("utf-8", errors="replace")
    seen = [name for field in MEDICAID.fields for name in field.aliases if name in page]
    if not seen:
        raise FaultyAnswerError("the page names none of the expected columns", where=_MEDICAID)
    return "columns named on the page: " + ", ".join(seen)


_CENSUS = "https://www2.census.gov/geo"
_ERS = "https://ers.usda.gov/sites/default/files/_laserfiche/DataFiles"

CHECKS: Final[dict[str, Callable[[Http], str]]] = {
    "CMS data API, by provider and service": _cms("claims", CLAIMS),
    "CMS data API, by provider": _cms("claims_by_provider", BY_PROVIDER),
    "CMS data API, by geography and service": _cms("claims_by_geography", BY_GEOGRAPHY),
    "CMS data API, Part B spending by drug": _cms("drug_spending", drug_spending.ANNUAL),
    "CMS data API, services by carrier": _cms("psps", PSPS),
    "CMS data API, outpatient hospitals": _cms("outpatient_hospitals", outpatient.BY_PROVIDER),
    "CMS data API, outpatient by geography": _cms("outpatient_geography", outpatient.BY_GEOGRAPHY),
    "CMS data API, hospital enrolments": _cms("hospital_enrolments", hospital_owners.ENROLMENTS),
    "CMS data API, hospital owners": _cms("hospital_owners", hospital_owners.OWNERS),
    "CMS data API, reassignments": _cms("reassignment_list", REASSIGNMENT_LIST),
    "addresses of hospitals' price files, Maine": _price_addresses,
    "CMS catalogue, clinicians": _catalogue("directory", DIRECTORY),
    "CMS catalogue, hospitals": _catalogue("hospitals", HOSPITALS),
    "CMS catalogue, affiliations": _catalogue("affiliations", AFFILIATIONS),
    "CMS catalogue, rehabilitation hospitals": _catalogue("rehab_hospitals", REHAB_HOSPITALS),
    "Medicaid provider spending, page": _medicaid,
    "provider registry API": _registry,
    "provider registry files": _registry_files,
    "Census geocoder": _geocoder,
    "Census centres of population, Delaware": _file(
        f"{_CENSUS}/docs/reference/cenpop2020/blkgrp/CenPop2020_Mean_BG10.txt", "text", read_centres
    ),
    "Census ZCTA gazetteer": _file(
        f"{_CENSUS}/docs/maps-data/data/gazetteer/2025_Gazetteer/2025_Gaz_zcta_national.zip", "zip", read_zcta
    ),
    "Census ZCTA to county": _file(
        f"{_CENSUS}/docs/maps-data/data/rel2020/zcta520/tab20_zcta520_county20_natl.txt", "text", read_zcta_county
    ),
    "Census county borders": _archive(f"{_CENSUS}/tiger/GENZ2020/shp/cb_2020_us_county_500k.zip"),
    "Census legislative districts, Delaware": _archive(f"{_CENSUS}/tiger/GENZ2024/shp/cb_2024_10_sldu_500k.zip"),
    "GeoNames postal codes": _file("https://download.geonames.org/export/zip/US.zip", "zip", read_postal_codes),
    "USDA continuum codes": _file(f"{_ERS}/53251/Ruralurbancontinuumcodes2023.csv", "text", read_rucc),
    "USDA commuting area codes by tract": _file(f"{_ERS}/53241/RUCA-codes-2020-tract.csv", "text", read_ruca),
    "USDA commuting area codes by ZIP": _file(f"{_ERS}/53241/RUCA-codes-2020-zipcode.csv", "text", read_ruca),
    "CMS adequacy workbook": _file(
        "https://www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx", "xlsx", read_adequacy
    ),
    "Geofabrik extract, Delaware": _extract,
    "Overpass status": _overpass,
}
"""Name of a check to the function that makes it."""


def check_all(http: Http) -> tuple[Checked, ...]:
    """Make every check, one after the other; a failure is a finding, not an end."""
    results = []
    for name, check in track(CHECKS.items(), "publishers"):
        try:
            results.append(Checked(name, True, check(http)))
        except DesertsError as error:
            results.append(Checked(name, False, str(error).replace("\n", "; ")))
        except WRONG_SHAPE as error:
            shown = json.dumps(str(error))[:200]
            results.append(Checked(name, False, f"the answer has another shape: {type(error).__name__} {shown}"))
    return tuple(results)


def report(results: tuple[Checked, ...], *, day: dt.date) -> str:
    """Return the findings as a dated page in Markdown."""
    good = sum(result.fine for result in results)
    lines = [
        f"# Live check of {day.isoformat()}",
        "",
        f"{good} of {len(results)} publishers answered as our parsers expect.",
        "",
        "| source | as expected | found |",
        "| --- | --- | --- |",
    ]
    for result in results:
        found = result.found.replace("|", "\\|")
        lines.append(f"| {result.name} | {'yes' if result.fine else '**no**'} | {found} |")
    lines += ["", "Payers' directories have no common address to ask. Their readers:", ""]
    lines += [f"* {line}" for line in reader_lines()]
    return "\n".join(lines) + "\n"
