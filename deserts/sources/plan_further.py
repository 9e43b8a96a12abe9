"""Datasets that are fetched only when asked for by name (``--also``), and the totals that a run is held against."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from deserts.services import Service
from deserts.sources.catalogue import SOURCES
from deserts.sources.plan_items import Item, Need, file_item
from deserts.sources.publishers.cms_data import row_filter, rows_name

__all__ = ["FURTHER", "drug_spending"]

Maker = Callable[[Service, Sequence[int]], Need]


def drug_spending() -> Need:
    """Return the need for the newest edition: it holds five years. Older ones are given as files of one's own."""
    newest = Item(
        "drug_spending",
        how="release",
        mirrored=("data.cms.gov/**/DSD_PTB_*HCPCS*.csv",),
        cached=r"/DSD_PTB_[^/]*\.csv$",
        size_mb=SOURCES["drug_spending"].size_mb,
    )
    return Need("drug_spending", (newest,))


def _rows_of_codes(dataset: str, name: str) -> Maker:
    """Return a maker of the need for yearly rows of the service's codes out of the data API.

    ``name``, with ``{:02d}`` for the year, is how the whole file of a year is called.
    """

    def need(service: Service, years: Sequence[int]) -> Need:
        column, values = row_filter(dataset, service)
        return Need(dataset, tuple(_yearly(dataset, rows_name(column, values), name.format(y % 100), y) for y in years))

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


def _medicaid(_service: Service, _years: Sequence[int]) -> Need:
    """Return the need for one file that holds all years and codes."""
    url = (
        "https://stopendataprod.blob.core.windows.net/datasets/medicaid-provider-spending/2026-02-09/dataset/"
        "medicaid-provider-spending.csv.zip"
    )
    return Need("medicaid", (file_item("medicaid", url, kind="zip", version="2026-02-09"),))


def _by_provider(_service: Service, years: Sequence[int]) -> Need:
    def whole(year: int) -> Item:
        stem = f"_D{year % 100:02d}_Prov"
        return Item("claims_by_provider", how="claims_file", year=year, size_mb=SOURCES["claims_by_provider"].size_mb,
                    mirrored=(f"data.cms.gov/**/*{stem}.csv",), cached=rf"{stem}\.(csv|zip)$")  # fmt: skip

    return Need("claims_by_provider", tuple(whole(year) for year in years))


FURTHER: Final[Mapping[str, Maker]] = {
    "claims_by_provider": _by_provider,
    "medicaid": _medicaid,
    "outpatient_geography": _rows_of_codes("outpatient_geography", "MUP_OUT_*_DY{:02d}_Geo"),
    "outpatient_hospitals": _rows_of_codes("outpatient_hospitals", "MUP_OUT_*_DY{:02d}_Prov_Svc"),
    "psps": _rows_of_codes("psps", "PSPS*{:02d}"),
}
"""Dataset to the maker of its need."""
