"""Datasets that are fetched only when asked for by name (``--also``), and the totals that a run is held against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from deserts.config import Region, Settings, state_fips
from deserts.errors import MissingDataError
from deserts.services import Service
from deserts.sources.catalogue import SOURCES
from deserts.sources.plan_items import Item, Need, file_item
from deserts.sources.publishers import acs
from deserts.sources.publishers.cms_data import row_filter, rows_name
from deserts.sources.publishers.price_locator import read_addresses
from deserts.sources.raw import RawArea
from deserts.sources.transport.addresses import unsigned

__all__ = ["ADDRESS_BASE", "ADDRESS_TABLE", "FURTHER", "Asked", "addresses_at_hand", "drug_spending"]

ADDRESS_TABLE: Final = "hospital_price_addresses.csv"
"""The user's own table of addresses, in the folder of own tables: ``ccn, url``."""

_FETCH_ADDRESSES: Final = "run `deserts source fetch --also hospital_price_addresses` first"

ADDRESS_BASE: Final = (
    "https://raw.githubusercontent.com/nathansutton/hospital-price-transparency/"
    "42c0ab1778a7b57b0012f236da706bbe0e7e24c7/dim/urls"
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan is made for."""

    region: Region
    service: Service
    settings: Settings
    years: Sequence[int]


Maker = Callable[[Asked], Need]


def drug_spending() -> Need:
    """Return the need for the newest edition: it holds five years. Older ones are given as files of one's own."""
    return _newest("drug_spending", "DSD_PTB_*HCPCS*.csv", r"/DSD_PTB_[^/]*\.csv$")


def _newest(dataset: str, mirrored: str, cached: str) -> Need:
    item = Item(
        dataset, how="release", mirrored=(f"data.cms.gov/**/{mirrored}",), cached=cached,
        size_mb=SOURCES[dataset].size_mb,
    )  # fmt: skip
    return Need(dataset, (item,))


def _newest_of(dataset: str, name: str) -> Maker:
    """Return a maker of the need for the newest whole file of a series."""
    cached = rf"{re.escape(name).replace(chr(92) + '*', '[^/]*')}$"
    return lambda _asked: _newest(dataset, name, cached)


def _by_hand(dataset: str, *names: str) -> Maker:
    """Return a maker of the need for a file whose address is not known: from a mirror, or given as one's own."""
    item = Item(dataset, how="mirror", mirrored=names, cached=".", size_mb=SOURCES[dataset].size_mb)
    return lambda _asked: Need(dataset, (item,))


def _rows_of_codes(dataset: str, name: str) -> Maker:
    """Return a maker of the need for yearly rows of the service's codes out of the data API.

    ``name``, with ``{:02d}`` for the year, is how the whole file of a year is called.
    """

    def need(asked: Asked) -> Need:
        column, values = row_filter(dataset, asked.service)
        rows = rows_name(column, values)
        return Need(dataset, tuple(_yearly(dataset, rows, name.format(y % 100), y) for y in asked.years))

    return need


def _yearly(dataset: str, rows: str, whole: str, year: int) -> Item:
    whole_file = re.escape(whole).replace(r"\*", "[^/]*")
    return Item(
        dataset,
        how="claims",
        key=f"{year}-{rows}",
        kind="json",
        mirrored=(f"data.cms.gov/**/*{whole}*.csv",),
        cached=rf"{re.escape(f'{year}-{rows}')}$|{whole_file}[^/]*\.(csv|zip)$",
        size_mb=SOURCES[dataset].size_mb,
        year=year,
    )


def _medicaid(_asked: Asked) -> Need:
    """Return the need for one file that holds all years and codes."""
    url = (
        "https://stopendataprod.blob.core.windows.net/datasets/medicaid-provider-spending/2026-02-09/dataset/"
        "medicaid-provider-spending.csv.zip"
    )
    return Need("medicaid", (file_item("medicaid", url, kind="zip", version="2026-02-09"),))


def _by_provider(asked: Asked) -> Need:
    def whole(year: int) -> Item:
        stem = f"_D{year % 100:02d}_Prov"
        return Item("claims_by_provider", how="claims_file", year=year, size_mb=SOURCES["claims_by_provider"].size_mb,
                    mirrored=(f"data.cms.gov/**/*{stem}.csv",), cached=rf"{stem}\.(csv|zip)$")  # fmt: skip

    return Need("claims_by_provider", tuple(whole(year) for year in asked.years))


def _price_addresses(asked: Asked) -> Need:
    """Return the need for the collection's table of each of the region's own states."""
    items = (
        file_item("hospital_price_addresses", f"{ADDRESS_BASE}/{state.lower()}.json", how="addresses", key=state)
        for state in asked.region.states
    )
    return Need("hospital_price_addresses", tuple(items))


def _prices(asked: Asked) -> Need:
    """Return the need for the price files of the region's hospitals whose address is at hand."""
    table = addresses_at_hand(asked.region, asked.settings)
    if table.empty:
        raise MissingDataError(
            "no address of a hospital's price file is at hand",
            where=asked.settings.local_dir / ADDRESS_TABLE,
            expected="a table ccn,url of your own, or the fetched one",
            fix=_FETCH_ADDRESSES,
        )
    size = SOURCES["hospital_prices"].size_mb
    items = (
        Item("hospital_prices", str(url), how="price_file", key=" ".join(sorted(rows["ccn"])), kind="any", size_mb=size)
        for url, rows in table.groupby("place", sort=True)
    )
    return Need("hospital_prices", tuple(items))


def addresses_at_hand(region: Region, settings: Settings) -> pd.DataFrame:
    """Return the tables of addresses that are at hand: the user's own, then those that were fetched.

    Returns
    -------
    DataFrame
        ``ccn, name, url`` (whole in the user's own table alone), ``signed``, ``place`` (the address as it may be
        written down; a program that serves many hospitals under one path is told apart by the hospital).
    """
    own = settings.local_dir / ADDRESS_TABLE
    area = RawArea.open(settings.raw_area(region))
    fetched = [area.file(entry, fix=_FETCH_ADDRESSES) for entry in area.of("hospital_price_addresses")]
    paths: list[Path] = [*([own] if own.is_file() else []), *fetched]
    frames = [read_addresses(path).frame for path in paths]
    columns = ["ccn", "name", "url", "signed"]
    table = pd.concat([*frames, pd.DataFrame(columns=columns, dtype="str")], ignore_index=True)[columns]
    table = table.drop_duplicates("ccn")
    place = table["url"].map(unsigned).astype("str")
    return table.assign(place=place.where(~table["signed"].eq(other=True), place + "#ccn-" + table["ccn"]))


def _survey(asked: Asked) -> Need:
    """Return the need for the survey that ends with the newest claims: by state with a key, else whole table files."""
    year = max(asked.years)
    files = tuple(
        file_item("acs", acs.table_file(year, table), year=year, size_mb=SOURCES["acs"].size_mb / len(acs.TABLES))
        for table in acs.TABLES
    )
    names = (
        f"{table}-{level}-{state_fips()[state]}"
        for state in asked.region.states
        for level in ("county", "tract")
        for table in acs.TABLES
    )
    folder = f"{acs.API.format(year=year)}/".removeprefix("https://")
    answers = tuple(
        Item("acs", how="survey", key=name, kind="json", mirrored=(f"{folder}{name}.json",), year=year, size_mb=0.1,
             cached=rf"^{re.escape(folder + name)}\.json$")
        for name in names
    )  # fmt: skip
    return Need("acs", answers, (files,)) if acs.key_of_environment() else Need("acs", files, (answers,))


FURTHER: Final[Mapping[str, Maker]] = {
    "acs": _survey,
    "claims_by_provider": _by_provider,
    "enrolment": _by_hand("enrolment", "data.cms.gov/**/PPEF_Enrollment_Extract_*.csv"),
    "enrolment_reassignment": _by_hand("enrolment_reassignment", "data.cms.gov/**/PPEF_Reassignment_Extract_*.csv"),
    "hospital_enrolments": _newest_of("hospital_enrolments", "Hospital_Enrollments_*.csv"),
    "hospital_owners": _newest_of("hospital_owners", "Hospital_All_Owners_*.csv"),
    "hospital_price_addresses": _price_addresses,
    "hospital_prices": _prices,
    "medicaid": _medicaid,
    "open_payments": _by_hand("open_payments", "download.cms.gov/openpayments/**/OP_DTL_GNRL_PGYR*.csv"),
    "outpatient_geography": _rows_of_codes("outpatient_geography", "MUP_OUT_*_DY{:02d}_Geo"),
    "outpatient_hospitals": _rows_of_codes("outpatient_hospitals", "MUP_OUT_*_DY{:02d}_Prov_Svc"),
    "psps": _rows_of_codes("psps", "PSPS*{:02d}"),
    "reassignment_list": _newest_of("reassignment_list", "*Reassignment_List*.csv"),
}
"""Dataset to the maker of its need."""
