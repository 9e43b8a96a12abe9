"""OpenStreetMap extracts of Geofabrik: the dated file of each state, pinned, with its md5."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from deserts.errors import FaultyAnswerError, UnknownNameError
from deserts.sources.transport.http import Http

__all__ = ["ATTRIBUTION", "BASE", "Extract", "find_extract", "slug_of"]

BASE: Final = "https://download.geofabrik.de/north-america/us"
ATTRIBUTION: Final = "© OpenStreetMap contributors, ODbL 1.0, https://www.openstreetmap.org/copyright"

_SLUGS: Final[Mapping[str, str]] = {
    "AL": "alabama", "AK": "alaska", "AZ": "arizona", "AR": "arkansas", "CA": "california", "CO": "colorado",
    "CT": "connecticut", "DE": "delaware", "DC": "district-of-columbia", "FL": "florida", "GA": "georgia",
    "HI": "hawaii", "ID": "idaho", "IL": "illinois", "IN": "indiana", "IA": "iowa", "KS": "kansas", "KY": "kentucky",
    "LA": "louisiana", "ME": "maine", "MD": "maryland", "MA": "massachusetts", "MI": "michigan", "MN": "minnesota",
    "MS": "mississippi", "MO": "missouri", "MT": "montana", "NE": "nebraska", "NV": "nevada", "NH": "new-hampshire",
    "NJ": "new-jersey", "NM": "new-mexico", "NY": "new-york", "NC": "north-carolina", "ND": "north-dakota",
    "OH": "ohio", "OK": "oklahoma", "OR": "oregon", "PA": "pennsylvania", "RI": "rhode-island",
    "SC": "south-carolina", "SD": "south-dakota", "TN": "tennessee", "TX": "texas", "UT": "utah", "VT": "vermont",
    "VA": "virginia", "WA": "washington", "WV": "west-virginia", "WI": "wisconsin", "WY": "wyoming",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Extract:
    """The dated extract of one state: its address, day (YYMMDD) and md5."""

    state: str
    url: str
    day: str
    md5: str


def slug_of(state: str) -> str:
    """Return the name of a state in Geofabrik's addresses.

    Raises
    ------
    UnknownNameError
        If there is no such extract.
    """
    if state not in _SLUGS:
        raise UnknownNameError(f"no road extract for {state!r}", expected="one of " + ", ".join(sorted(_SLUGS)))
    return _SLUGS[state]


def find_extract(http: Http, state: str) -> Extract:
    """Return the dated extract that ``-latest`` stands for today.

    The day comes from the update state; the ``-latest`` file may lag behind it and changes daily, so it cannot be
    pinned.

    Raises
    ------
    FaultyAnswerError
        If the state or the md5 cannot be read.
    """
    slug = slug_of(state)
    state_url = f"{BASE}/{slug}-updates/state.txt"
    text = http.get_bytes(state_url).decode("utf-8", errors="replace")
    hit = re.search(r"^timestamp=20(\d\d)-(\d\d)-(\d\d)T", text.replace("\\", ""), flags=re.M)
    if hit is None:
        raise FaultyAnswerError("no day in the update state", where=state_url, expected="a line timestamp=YYYY-MM-DDT…")
    day = "".join(hit.groups())
    url = f"{BASE}/{slug}-{day}.osm.pbf"
    # The md5 file may name the dated or the latest file: only its hash counts.
    digest = re.match(rb"([0-9a-f]{32})\b", http.get_bytes(f"{url}.md5"))
    if digest is None:
        raise FaultyAnswerError("no md5 in the file", where=f"{url}.md5", expected="32 hexadecimal digits, then a name")
    return Extract(state, url, day, digest[1].decode())
