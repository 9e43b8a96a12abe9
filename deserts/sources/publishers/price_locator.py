"""Where a hospital's price file lies: the text file ``cms-hpt.txt`` of its web site, and tables of addresses by CCN.

An address may carry an access signature in its query part. That part is used for the one request and never written
down: not in a table, a lock, a message or a log.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from deserts.errors import FaultyAnswerError, InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Layout, read_rows
from deserts.sources.readers.parsed import Parsed
from deserts.sources.transport.addresses import unsigned

__all__ = [
    "ADDRESSES",
    "Location",
    "best_location",
    "choose_location",
    "read_addresses",
    "read_locations",
    "table_bytes",
]

LOCATOR_NAME: Final = "cms-hpt.txt"
_KEYS: Final = {
    "location-name": "name", "source-page-url": "page", "mrf-url": "url", "contact-name": "contact",
    "contact-email": "email",
}  # fmt: skip

ADDRESSES = Layout(
    "addresses of hospital price files",
    (
        Field("ccn", ("ccn", "Facility ID", "certification_number"), required=True),
        Field("name", ("hospital_name", "name")),
        Field("url", ("url", "file_url", "file_url_without_query", "mrf_url"), required=True),
        Field("signed", ("signed", "query_removed", "had_query")),
    ),
    member=r"\.csv$",
)


@dataclass(frozen=True, slots=True)
class Location:
    """One block of ``cms-hpt.txt``: a hospital location and the address of its file."""

    name: str
    url: str
    page: str = ""


def read_locations(text: str, *, where: str) -> tuple[Location, ...]:
    """Read the blocks of a locator file: keys in any case, blocks parted by blank lines or by the next name.

    Raises
    ------
    InputError
        If no block has an address.
    """
    blocks: list[dict[str, str]] = [{}]
    for line in text.lstrip("\ufeff").splitlines():
        key, sign, value = line.partition(":")
        field = _KEYS.get(key.strip().lower())
        if not line.strip() or (field == "name" and "name" in blocks[-1]):
            blocks += [{}] if blocks[-1] else []
        if sign and field:
            blocks[-1].setdefault(field, value.strip())
    told = [block for block in blocks if block.get("url")]
    found = tuple(Location(block.get("name", ""), block["url"], block.get("page", "")) for block in told)
    if not found:
        raise InputError(
            "no address of a price file is in it", where=where, expected="lines such as mrf-url: https://…",
            fix="look on the hospital's page for its machine-readable file",
        )  # fmt: skip
    return found


def best_location(locations: Sequence[Location], name: str) -> Location | None:
    """Return the block of a hospital by its name; the only one where there is one; None where names do not tell."""
    if len({location.url for location in locations}) == 1:
        return locations[0]
    wanted = _bare(name)
    names = [(location, _bare(location.name)) for location in locations]
    equal = [location for location, bare in names if bare == wanted]
    within = [location for location, bare in names if wanted and bare and (wanted in bare or bare in wanted)]
    for hits in (equal, within):
        if len({location.url for location in hits}) == 1:
            return hits[0]
    return None


def choose_location(text: str, name: str, *, where: str) -> Location:
    """Return the block of a hospital in the text of a locator file.

    Raises
    ------
    InputError
        If no block has an address.
    FaultyAnswerError
        If names do not tell which is the hospital's.
    """
    locations = read_locations(text, where=where)
    chosen = best_location(locations, name)
    if chosen is None:
        raise FaultyAnswerError(
            f"the locator names {len(locations)} files, and none by this hospital's name", where=where,
            fix="choose one and put its address into hospital_price_addresses.csv among your own tables",
        )  # fmt: skip
    return chosen


def _bare(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@reader("addresses of price files")
def read_addresses(path: Path) -> Parsed:
    """Read a table of addresses: ``ccn, name, url`` (as given), ``signed`` (a query part was there or was removed).

    CSV, or JSON as collections publish it by state. Rows without a certification number or without an address are
    listed.
    """
    raw = read_rows(path, ADDRESSES)
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["ccn"] = repair.ccn(frame["ccn"])
    frame["signed"] = repair.flag(frame["signed"]) | frame["url"].str.contains("?", regex=False)
    bad = {
        "the certification number is not valid": frame["ccn"] == "",
        "there is no address": ~frame["url"].str.match(r"https?://[^\s/]+"),
        "a second row of the same hospital and address": frame.duplicated(["ccn", "url"]),
    }
    return raw.settle(frame, bad)


def table_bytes(rows: Sequence[Mapping[str, Any]]) -> bytes:
    """Return a published table as CSV without the query parts of its addresses, sorted."""
    frame = pd.DataFrame(
        {
            "ccn": [str(row.get("ccn") or "").strip() for row in rows],
            "hospital_name": [" ".join(str(row.get("hospital_name") or "").split()) for row in rows],
            "url": [str(row.get("file_url") or "").strip() for row in rows],
        },
        dtype="str",
    )
    frame["signed"] = frame["url"].str.contains("?", regex=False).map({True: "yes", False: "no"})
    frame["url"] = frame["url"].map(unsigned)
    kept = frame[(frame["ccn"] != "") & (frame["url"] != "")].sort_values(["ccn", "url"])
    return kept.to_csv(index=False, lineterminator="\n").encode()
