"""The provider data catalogue of CMS (clinicians, hospitals, affiliations, rehabilitation hospitals).

A dataset's id is stable; the address of its file holds a hash and a time and changes at every refresh, so it is looked
up each time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from deserts.errors import FaultyAnswerError
from deserts.sources.transport.http import Http

__all__ = ["BASE", "DATASET_IDS", "PAGE_ROWS", "CatalogueFile", "count_rows", "find_file", "query_rows"]

BASE: Final = "https://data.cms.gov/provider-data"
PAGE_ROWS: Final = 500
"""Sources disagree on the largest page (500 or 1,500); the smaller one always works."""

DATASET_IDS: Final[Mapping[str, str]] = {
    "directory": "mj5m-pzi6",
    "hospitals": "xubh-q36u",
    "affiliations": "27ea-46a8",
    "rehab_hospitals": "7t8x-u3ir",
}


@dataclass(frozen=True, slots=True)
class CatalogueFile:
    """The file of a dataset as it stands today."""

    url: str
    modified: str
    title: str


def find_file(http: Http, dataset: str) -> CatalogueFile:
    """Return the address of a dataset's CSV and the day of its release.

    Raises
    ------
    FaultyAnswerError
        If the entry names no CSV.
    """
    url = f"{BASE}/api/1/metastore/schemas/dataset/items/{DATASET_IDS[dataset]}"
    item = http.get_json(url)
    entries = item.get("distribution") if isinstance(item, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        # The address stands in the entry itself, or under "data" when the item is given by reference.
        for place in (entry, entry.get("data")) if isinstance(entry, dict) else ():
            if isinstance(place, dict) and str(place.get("downloadURL", "")).lower().endswith(".csv"):
                return CatalogueFile(
                    str(place["downloadURL"]), str(item.get("modified", "")), str(item.get("title", ""))
                )
    raise FaultyAnswerError("the entry names no CSV file", where=url, expected="distribution[].downloadURL")


def count_rows(http: Http, dataset: str) -> int:
    """Return the number of rows that the service counts in a dataset.

    Raises
    ------
    FaultyAnswerError
        If it gives none.
    """
    url = f"{BASE}/api/1/datastore/query/{DATASET_IDS[dataset]}/0"
    answer = http.get_json(url, params={"limit": "1", "count": "true", "results": "true", "schema": "false"})
    if not isinstance(answer, dict) or not str(answer.get("count", "")).isdigit():
        raise FaultyAnswerError("the count of rows is missing", where=url, expected="an object with 'count'")
    return int(answer["count"])


def query_rows(
    http: Http, dataset: str, *, column: str = "", value: str = "", limit: int | None = None
) -> list[dict[str, Any]]:
    """Return rows of a dataset, all that have ``column`` equal to ``value``, up to ``limit``.

    Names of columns are the machine names (``citytown``), values are text.

    Raises
    ------
    FaultyAnswerError
        If pages do not add up to what the service counts.
    """
    url = f"{BASE}/api/1/datastore/query/{DATASET_IDS[dataset]}/0"
    fixed = {"count": "true", "results": "true", "schema": "false", "keys": "true", "format": "json"}
    if column:
        fixed |= {"conditions[0][property]": column, "conditions[0][value]": value, "conditions[0][operator]": "="}
    rows: list[dict[str, Any]] = []
    total = limit
    while total is None or len(rows) < total:
        size = PAGE_ROWS if total is None else min(PAGE_ROWS, total - len(rows))
        answer = http.get_json(url, params={**fixed, "limit": str(size), "offset": str(len(rows))})
        page = answer.get("results") if isinstance(answer, dict) else None
        if not isinstance(page, list):
            raise FaultyAnswerError("the answer holds no rows", where=url, expected="an object with 'results'")
        count = int(answer.get("count", len(page)))
        total = count if limit is None else min(limit, count)
        if not page:
            break
        rows += page
    if total is not None and len(rows) != total:
        raise FaultyAnswerError(f"the pages hold {len(rows):,} rows, the service counts {total:,}", where=url)
    return rows
