"""The data API of data.cms.gov: find the release of a year, read its rows page by page, or fall back to its CSV.

Identifiers move: that of a series silently becomes the newest year, and that of a year is minted anew when CMS
restates the year. So a release is always looked up in ``data.json`` by title and year.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from deserts.errors import FaultyAnswerError, UnknownNameError
from deserts.progress import task
from deserts.services import Service
from deserts.sources.transport.http import Http
from deserts.sources.transport.kept import keep_answer, kept_answer
from deserts.store import write_bytes

__all__ = [
    "BASE",
    "TITLES",
    "Release",
    "count_rows",
    "fetch_rows",
    "filter_params",
    "find_release",
    "list_releases",
    "row_filter",
    "rows_name",
]

BASE: Final = "https://data.cms.gov"
PAGE_ROWS: Final = 5000

TITLES: Final[Mapping[str, str]] = {
    "claims": "Medicare Physician & Other Practitioners - by Provider and Service",
    "claims_by_provider": "Medicare Physician & Other Practitioners - by Provider",
    "claims_by_geography": "Medicare Physician & Other Practitioners - by Geography and Service",
    "drug_spending": "Medicare Part B Spending by Drug",
    "psps": "Physician/Supplier Procedure Summary",
    "hospital_enrolments": "Hospital Enrollments",
    "hospital_owners": "Hospital All Owners",
    "reassignment_list": "Revalidation Reassignment List",
    "outpatient_geography": "Medicare Outpatient Hospitals - by Geography and Service",
    "outpatient_hospitals": "Medicare Outpatient Hospitals - by Provider and Service",
}
"""Dataset to its title in the catalogue."""

_CODE_COLUMNS: Final[Mapping[str, str]] = {
    "claims": "HCPCS_Cd",
    "claims_by_geography": "HCPCS_Cd",
    "psps": "HCPCS_CD",
    "outpatient_geography": "HCPCS_Cd",
}
"""Dataset to its column of HCPCS codes."""


@dataclass(frozen=True, slots=True)
class Release:
    """One year of one dataset.

    Parameters
    ----------
    title, year
        Which.
    uuid
        Identifier of the year's rows.
    modified
        Day of the last change as the catalogue gives it; with ``uuid`` it names the version.
    csv_url
        Address of the whole file, or empty.
    """

    title: str
    year: int
    uuid: str
    modified: str
    csv_url: str

    @property
    def version(self) -> str:
        """Text that names exactly this version."""
        return f"{self.uuid} of {self.modified or 'unknown day'}"

    @property
    def rows_url(self) -> str:
        """Address of the rows."""
        return f"{BASE}/data-api/v1/dataset/{self.uuid}/data"


def list_releases(catalog: Mapping[str, Any], title: str) -> tuple[Release, ...]:
    """Return every year of a dataset that the catalogue knows, oldest first.

    The year is that of ``temporal``; titles carry inconsistent days. The entry called ``latest`` is the series, not a
    year, and is passed over.

    Raises
    ------
    UnknownNameError
        If the catalogue has no dataset of that title.
    """
    datasets = catalog.get("dataset")
    found = (
        [d for d in datasets if isinstance(d, dict) and d.get("title") == title] if isinstance(datasets, list) else []
    )
    if not found:
        raise UnknownNameError(
            f"the catalogue of CMS has no dataset {title!r}", where=f"{BASE}/data.json", fix="it may have been renamed"
        )
    uuids: dict[int, tuple[str, str]] = {}
    files: dict[int, str] = {}
    entries = found[0].get("distribution")
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict):
            continue
        year = _year(str(entry.get("temporal", "")))
        if year is None:
            continue
        hit = re.search(r"/dataset/([0-9a-fA-F-]{36})/data", str(entry.get("accessURL", "")))
        if hit and entry.get("description") != "latest":
            uuids[year] = (hit[1].lower(), str(entry.get("modified", "")))
        elif _is_csv(entry):
            files[year] = str(entry["downloadURL"])
    return tuple(
        Release(title, year, *uuids.get(year, ("", "")), csv_url=files.get(year, ""))
        for year in sorted(uuids.keys() | files.keys())
    )


def _year(temporal: str) -> int | None:
    return int(temporal[:4]) if re.match(r"(19|20)\d\d", temporal) else None


def _is_csv(entry: Mapping[str, Any]) -> bool:
    """In 2025 entries of files had no ``format``, since 2026 they have one; either sign will do."""
    url = str(entry.get("downloadURL", ""))
    says = entry.get("mediaType") == "text/csv" or str(entry.get("format", "")).upper() == "CSV"
    return bool(url) and (says or url.lower().endswith(".csv"))


def find_release(catalog: Mapping[str, Any], title: str, year: int | None = None) -> Release:
    """Return the release of a year, or the newest one.

    Raises
    ------
    UnknownNameError
        If there is none.
    """
    releases = list_releases(catalog, title)
    hits = [release for release in releases if year in (None, release.year)]
    if not hits:
        raise UnknownNameError(
            f"no release of {title!r} for {year}",
            expected="one of " + ", ".join(str(release.year) for release in releases),
        )
    return hits[-1]


def filter_params(column: str, values: Sequence[str]) -> dict[str, str]:
    """Return the query parameters that keep rows whose column is one of some values."""
    if len(values) == 1:
        return {f"filter[{column}]": values[0]}
    head = {"filter[f][condition][path]": column, "filter[f][condition][operator]": "IN"}
    return head | {f"filter[f][condition][value][{i}]": value for i, value in enumerate(values, start=1)}


def row_filter(dataset: str, service: Service) -> tuple[str, tuple[str, ...]]:
    """Return the column and its values that select a service's rows of a dataset."""
    if dataset == "outpatient_hospitals":
        return "APC_Cd", service.implant_apcs
    return _CODE_COLUMNS[dataset], service.codes()


def rows_name(column: str, values: Sequence[str]) -> str:
    """Return the file name of a selection of rows: equal selections have equal names."""
    digest = hashlib.sha256(json.dumps([column, sorted(values)]).encode()).hexdigest()[:12]
    return f"{column}-{digest}.json"


def fetch_rows(http: Http, release: Release, *, column: str, values: Sequence[str], target: Path) -> int:
    """Write the rows whose column is one of some values as one JSON array, and return their number.

    Pages are kept beside the target until all are there, so that a run that was broken off goes on with the next page.

    Raises
    ------
    FaultyAnswerError
        If pages do not add up to what the service counts.
    SourceError
        If the service keeps failing; the whole file of the year (``release.csv_url``) is then the way.
    """
    pages = target.with_name(f".{target.name}.pages")
    params = filter_params(column, values)
    for attempt in (1, 2):
        expected = count_rows(http, release, params)
        # Each row is unique by its key, so that equal rows are a page that came twice while another was skipped.
        lines = {line for page in _pages(http, release, params, expected, pages) for line in page}
        if len(lines) == expected:
            break
        _clear(pages)
        if attempt == 2:
            raise FaultyAnswerError(
                f"the pages hold {len(lines):,} different rows, the service counts {expected:,}",
                where=release.rows_url,
                fix="try again later, or use the whole file of the year",
            )
    # The order of rows is not documented: sorted, equal selections are equal bytes.
    write_bytes(target, ("[" + ",\n".join(sorted(lines)) + "]\n").encode())
    _clear(pages)
    return len(lines)


def count_rows(http: Http, release: Release, params: Mapping[str, str] | None = None) -> int:
    """Return the number of rows of a release, or of those that fit filter parameters.

    Raises
    ------
    FaultyAnswerError
        If the service gives none.
    """
    stats = http.get_json(f"{release.rows_url}/stats", params=params)
    if not isinstance(stats, dict) or not str(stats.get("found_rows", "")).isdigit():
        raise FaultyAnswerError("the count of rows is missing", where=release.rows_url, expected="found_rows")
    return int(stats["found_rows"])


def _pages(http: Http, release: Release, params: Mapping[str, str], expected: int, folder: Path) -> Iterator[list[str]]:
    """Yield the rows of each page as JSON texts, from the folder where an earlier run has left them."""
    version = re.sub(r"[^0-9A-Za-z-]", "", f"{release.uuid}-{release.modified}-{expected}")
    offset = 0
    with task(f"{release.title} {release.year} (rows)", total=expected) as bar:
        while offset < expected:
            kept = folder / f"{version}-{offset}.json"
            text = kept_answer(kept)
            if text is not None:
                page = json.loads(text)
            else:
                page = http.get_json(release.rows_url, params={**params, "size": str(PAGE_ROWS), "offset": str(offset)})
            if not isinstance(page, list) or not all(isinstance(row, dict) for row in page):
                raise FaultyAnswerError("the page is no list of rows", where=f"{release.rows_url}, offset {offset}")
            if not page:
                return
            if text is None:
                keep_answer(kept, json.dumps(page))
            yield [json.dumps(row, ensure_ascii=False) for row in page]
            offset += len(page)
            bar.advance(len(page))


def _clear(folder: Path) -> None:
    for path in sorted(folder.glob("*.json")):
        path.unlink()
    if folder.is_dir():
        folder.rmdir()
