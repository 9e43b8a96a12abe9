"""Whole payers' directories, from the bytes to what is said of them: read, kept, held against people, shown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from deserts.config import Region
from deserts.errors import UnknownNameError
from deserts.networks import check_listings, check_plan, public_lines, team_lines
from deserts.networks.clock import clock_of
from deserts.networks.compare import compare_checks, comparison_lines
from deserts.networks.listed_places import listed_places, parents_of
from deserts.networks.listings import listings_of, plans_in, rows_of_plan
from deserts.networks.sentence import clock_line
from deserts.patients.search.plan_listing import mark_plan
from deserts.provenance import Provenance
from deserts.services import load_service
from deserts.sources.directories.listing import Reading
from deserts.sources.directories.read import read_directory
from tests.fuzz.harness import Target
from tests.patients.refill.people import TODAY
from tests.sources.directories import fhir_files as fhir

PRIVATE = "123-45-6789"
_LOOKS_PRIVATE = re.compile(r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]")
_SERVICE = load_service("itb")
_HOSTILE = '</script><img src=x onerror="alert(1)">\u202e=HYPERLINK("x")\x1b[2J'


def resources() -> list[dict[str, Any]]:
    """A directory with a qualification that is a social security number, and a name that attacks whoever shows it."""
    held = {"identifier": [{"system": "http://hl7.org/fhir/sid/us-ssn", "value": PRIVATE}], "code": {"text": PRIVATE}}
    hostile = fhir.practitioner("other", fhir.OTHER_DOCTOR, qualification=[held])
    hostile["name"] = [{"family": _HOSTILE, "given": [PRIVATE]}]
    second = fhir.role("second", practitioner=fhir.ref("Practitioner", "other"), meta={"lastUpdated": "2026-06-30"})
    return fhir.whole(fhir.role(), fhir.affiliation(), hostile, second)


def marketplace() -> bytes:
    """The same in the form of the Marketplace."""
    plans = [{"plan_id_type": "HIOS-PLAN-ID", "plan_id": "97000XA0010001", "network_tier": "A", "years": [2026]}]
    at = [{"address": "1 Main St", "city": "Bangor", "state": "ME", "zip": "04401", "phone": "2075550100"}]
    rows = [
        {"npi": fhir.DOCTOR, "type": "INDIVIDUAL", "name": {"first": "Jan", "last": _HOSTILE}, "addresses": at,
         "specialty": ["Physiatry", PRIVATE], "accepting": "accepting", "plans": plans,
         "last_updated_on": "2026-11-02"},
        {"npi": None, "type": "FACILITY", "facility_name": "Clinic", "addresses": at, "plans": plans},
    ]  # fmt: skip
    return json.dumps(rows).encode()


def targets() -> Iterator[Target]:
    """Yield the one target: a directory in every form."""
    lines = "".join(json.dumps(each) + "\n" for each in resources()).encode()
    entries = [{"fullUrl": f"https://p.test/{r['resourceType']}/{r['id']}", "resource": r} for r in resources()]
    bundle = json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries}).encode()
    yield Target("whole-directory", (lines, bundle, marketplace()), _everything, "f.json")


_JUDGED: set[int] = set()
"""Readings that went through all that follows once: most mutations give one that another gave before."""


def _everything(path: Path) -> None:
    reading = read_directory([path], codes=_SERVICE.codes())
    content = hash((reading.frame.drop(columns="source_sha256").to_csv(), reading.verdict))
    if content not in _JUDGED:
        _JUDGED.add(content)
        _follow(reading)


def _follow(reading: Reading) -> None:
    """Take a reading to every place where people see it."""
    service, people, sites = _SERVICE, _people(), _sites()
    of = {"specialists": people, "sites": sites, "service": service, "grade": "manages_pumps", "states": ["ME"]}
    check = check_plan(reading, **of)
    provenance = Provenance(Region.parse("ME").region_id, "itb", "manages_pumps")
    said = [*public_lines(check, provenance=provenance, service=service, grade="manages_pumps"), *team_lines(check)]
    said += [clock_line(clock_of(check.listed, TODAY)), *comparison_lines(compare_checks(check, check), team=True)]
    listings = listings_of(reading, npis=set(people["npi"]), taxonomies=service.taxonomies)
    listed_places(sites, listings)
    parents_of(sites, listings)
    for identifier, name in plans_in(listings):
        try:
            rows = rows_of_plan(listings, identifier or name)
        except UnknownNameError:
            continue
        marks = mark_plan(identifier or name, sites, listings)
        said += [marks.note, *marks.words.values(), *team_lines(check_listings(rows, **of))]
    held = [*said, reading.verdict, listings.to_csv(), reading.frame.to_csv()]
    assert not any(_LOOKS_PRIVATE.search(text) for text in held), "a number that looks like a social security number"
    assert not any(_CONTROL.search(line) for line in said), "a sign that a terminal obeys"


def _people() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "npi": [fhir.DOCTOR, fhir.OTHER_DOCTOR], "name": ["Jan Doe", "A Person"], "entity": "I",
            "grade": ["refills_pumps", "contradicted"], "grade_rank": [2, 99], "grade_reason": ["billed", "ended"],
            "supplies": [True, False], "last_outcome": "",
        }
    )  # fmt: skip


def _sites() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "npi": [fhir.DOCTOR, fhir.OTHER_DOCTOR], "practice_name": "Clinic", "city": "Bangor", "state": "ME",
            "address": "1 MAIN STREET", "zip": "04401", "site_id": ["one", "other"], "phone": "2075550100",
            "lon": -68.8, "lat": 44.8, "precision": "zip",
        }
    )  # fmt: skip
