"""Targets: tables and forms that users bring."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import openpyxl

from deserts.access.matrix import read_matrix
from deserts.access.research_work import read_county_shares
from deserts.config import Settings
from deserts.documents.form import parse_form
from deserts.patients.forms import EXAMPLE_FIELD, FormName, example_form
from deserts.patients.panel import read_panel
from deserts.patients.papers.card_form import read_card_form
from deserts.patients.papers.packet_form import read_packet_form
from deserts.patients.papers.pact import read_pact_form
from deserts.patients.refill.clock_form import read_pump_facts
from deserts.patients.refill.discharge_form import read_discharge_form
from deserts.patients.refill.home_refill import read_home_companies
from deserts.patients.search.drug_stock import read_stock
from deserts.places.demand import read_demand_file
from deserts.places.zip_files import read_zip_places, read_zip_population
from deserts.planning.instance import read_instance
from deserts.roads.points_file import read_pairs, read_population, read_sites
from deserts.services import load_service
from deserts.specialists.log.sheets import import_log
from deserts.specialists.payers import read_payer_networks
from deserts.specialists.recall import read_known
from tests.fuzz.harness import Target
from tests.fuzz.seeds import ROOT, real

TODAY = dt.date(2026, 11, 22)
ITB = load_service("itb")
LOCAL = Settings(local_dir=Path("/nowhere"))

TABLES: dict[str, tuple[bytes, Callable[[Path], object]]] = {
    "demand-file": (b"point_id,lon,lat,population\na,-68.7,44.8,12\nb,-68.6,44.9,3\n", read_demand_file),
    "payer-networks": (
        b"payer,npi,practice_id,network\nHarbor,1234567893,,in\nHarbor,,p1,out\n",
        lambda p: read_payer_networks(LOCAL, path=p),
    ),
    "calls": (
        b"npi,outcome,date,source\n1234567893,accepting,2026-11-01,phone\n",
        lambda p: import_log(p, service=ITB, today=TODAY, logged_by="a"),
    ),
    "panel": (b"zip,run_dry,patient\n04401,2026-12-03,a\n04402,2026-12-09,b\n", read_panel),
    "drug-stock": (
        b"holder,zip,strength_mcg_ml,amount,seen_on\nA,04401,2000,2 kits,2026-11-01\nB,04402,500,,\n", read_stock,
    ),
    "home-companies": (b"company,phone,state\nA,207-555-0100,ME\nB,,NH\n", read_home_companies),
    "zip-places": (b"US\t04401\tBangor\tMaine\tME\tP\t019\t\t\t44.8\t-68.7\t4\n", read_zip_places),
    "zip-population": (b"ZIP_CLEAN,population\n04401,1200\n", read_zip_population),
    "county-shares": (b"county_fips,ma_share\n23019,0.4\n", read_county_shares),
    "known-clinicians": (b"name,npi,address,zip\nA,1234567893,,\nB,,1 St,04401\n", read_known),
    "pairs": (
        b"pair_id,origin_lon,origin_lat,dest_lon,dest_lat\n1,-68.1,44.8,-68.7,44.1\n2,-68.2,44.8,-68.7,44.2\n",
        read_pairs,
    ),
    "sites-file": (b"site_id,lon,lat\na,-68.7,44.8\nb,-68.6,44.9\n", read_sites),
    "population-file": (b"lon,lat,population\n-68.7,44.8,12\n-68.6,44.9,0\n", read_population),
}  # fmt: skip


def targets() -> Iterator[Target]:
    """Yield every target of this topic."""
    further = {
        "zip-places": real("mirror/**/US.txt", lines=30),
        "zip-population": real("mirror/_no_canonical_url/census_zip*.csv", lines=20),
    }
    for name, (seed, read) in TABLES.items():
        yield Target(name, (seed, *further.get(name, ())), read, "f.csv")
    demand, sites = b"demand_id,population\na,3\nb,4\n", b"site_id\nx\ny\n"
    costs = b"demand_id,site_id,minutes\na,x,10\na,y,20\nb,x,30\n"
    yield Target("plan-costs", (costs,), _beside(read_instance, demand, sites), "f.csv")
    supply, pairs = b"supply_id,supply\nx,1\ny,2\n", b"demand_id,supply_id,minutes\na,x,10\nb,y,20\n"
    yield Target("matrix-costs", (pairs,), _beside(read_matrix, demand, supply), "f.csv")
    profiles = tuple(path.read_bytes() for path in sorted((ROOT / "deserts/services").glob("*.toml")))
    yield Target("profile", profiles, load_service, "f.toml")
    yield Target(
        "calls-workbook",
        (_sheet_of_calls(),),
        lambda p: import_log(p, service=ITB, today=TODAY, logged_by="a"),
        "f.xlsx",
    )
    yield from _forms()


def _beside(read: Callable[[Path, Path, Path], object], first: bytes, second: bytes) -> Callable[[Path], object]:
    """Return a reader of three tables, the last of which is the mutated one."""

    def run(path: Path) -> object:
        one, two = path.parent / "one.csv", path.parent / "two.csv"
        one.write_bytes(first)
        two.write_bytes(second)
        return read(one, two, path)

    return run


def _sheet_of_calls() -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in (["npi", "outcome", "date", "source"], ["1234567893", "accepting", "2026-11-01", "phone"]):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


def _forms() -> Iterator[Target]:
    forms: dict[FormName, Callable[..., object]] = {
        "card": lambda data: read_card_form(data, service=ITB, today=TODAY),
        "packet": lambda data: read_packet_form(data, service=ITB, today=TODAY),
        "pact": lambda data: read_pact_form(data, service=ITB, today=TODAY),
        "discharge": lambda data: read_discharge_form(data, today=TODAY),
        "clock": read_pump_facts,
    }
    for name, read in forms.items():
        fields = {key: value for key, value in json.loads(example_form(name)).items() if key != EXAMPLE_FIELD}
        yield Target(f"form-{name}", (json.dumps(fields).encode(),), _form(read), "f.json")


def _form(read: Callable[..., object]) -> Callable[[Path], object]:
    return lambda path: read(parse_form(path.read_bytes(), where=str(path)))
