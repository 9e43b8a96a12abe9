"""The Census geocoder, for addresses of clinicians and hospitals. Never for addresses of patients unless asked.

The batch service answers in any order, leaves out columns where nothing matched, and calls an address a tie at one
time and a match at another: what failed is sent again in smaller batches, then alone, and what still fails gets the
centre of its ZIP. Every answered batch is kept, so that a broken run goes on where it stopped.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from deserts.earth import KM_PER_DEGREE
from deserts.errors import FaultyAnswerError, InputError, NetworkForbiddenError, SourceError
from deserts.progress import task
from deserts.sources.readers.json_answers import parse_json
from deserts.sources.transport.http import Http
from deserts.sources.transport.kept import keep_answer, kept_answer

__all__ = ["BASE", "GeocoderSettings", "geocode", "parse_batch", "pick_match", "street_to_send"]

BASE: Final = "https://geocoding.geo.census.gov/geocoder"

RESULT_COLUMNS: Final = (
    "id", "lon", "lat", "precision", "status", "matched_address", "county_fips", "tract",
)  # fmt: skip

_NUMBERS: Final[Mapping[str, str]] = {
    "ONE": "1", "TWO": "2", "THREE": "3", "FOUR": "4", "FIVE": "5", "SIX": "6", "SEVEN": "7", "EIGHT": "8",
    "NINE": "9", "TEN": "10",
}  # fmt: skip
_UNIT: Final = re.compile(
    r"[,\s]+(?:SUITE|STE|UNIT|APT|APARTMENT|ROOM|RM|FLOOR|FL|BLDG|BUILDING|DEPT)\b\.?\s*#?\s*[\w-]*\s*$"
    r"|[,\s]*#\s*[\w-]+\s*$|[,\s]+\d+(?:ST|ND|RD|TH)\s+(?:FLOOR|FL)\s*$",
    re.I,
)
_BOX: Final = re.compile(r"\bP\.?\s*O\.?\s*BOX\b|\bPOST OFFICE BOX\b", re.I)
_SAME_PLACE_KM: Final = 0.5


@dataclass(frozen=True, slots=True)
class GeocoderSettings:
    """How addresses are sent.

    Parameters
    ----------
    benchmark, vintage
        Names, never numbers: numbers have changed. This vintage gives the county codes of 2020.
    batch_rows
        Rows of a batch in each pass; the service takes 10,000 but often fails on large ones.
    give_up_after
        Failures in a row after which the service counts as down: the rest is not sent.
    """

    benchmark: str = "Public_AR_Current"
    vintage: str = "Census2020_Current"
    batch_rows: tuple[int, ...] = (1000, 500, 100)
    give_up_after: int = 6


@dataclass(slots=True)
class _Patience:
    """How many questions in a row have failed."""

    left: int
    whole: int

    @classmethod
    def of(cls, settings: GeocoderSettings) -> _Patience:
        return cls(settings.give_up_after, settings.give_up_after)

    def note(self, *, answered: bool) -> None:
        self.left = self.whole if answered else self.left - 1

    @property
    def is_over(self) -> bool:
        return self.left <= 0


def geocode(
    addresses: pd.DataFrame,
    *,
    http: Http,
    folder: Path,
    allow_addresses: bool,
    zips: pd.DataFrame | None = None,
    settings: GeocoderSettings | None = None,
) -> pd.DataFrame:
    """Find the coordinates of addresses.

    Parameters
    ----------
    addresses
        ``id`` (unique text), ``street``, ``city``, ``state``, ``zip``.
    http
        Connection.
    folder
        Where answered batches are kept.
    allow_addresses
        Must be true: addresses leave this machine.
    zips
        ``zip, lon, lat`` for what cannot be matched.
    settings
        How they are sent.

    Returns
    -------
    DataFrame
        One row for each address, in the same order: ``id, lon, lat (WGS 84), precision (range, zip or none), status
        (match, tie, no_match, not_sent), matched_address, county_fips, tract``.

    Raises
    ------
    NetworkForbiddenError
        If ``allow_addresses`` is false.
    InputError
        If ids are not unique.
    """
    if not allow_addresses:
        raise NetworkForbiddenError(
            "addresses are sent to the Census geocoder only when asked for", where=BASE, fix="allow it, or use ZIPs"
        )
    if addresses["id"].duplicated().any():
        raise InputError("ids of addresses are not unique", expected="one row an address")
    prepared = addresses.assign(street=[street_to_send(street) for street in addresses["street"]])
    records = [{str(key): value for key, value in row.items()} for row in prepared.to_dict("records")]
    known = _answers(http, [row for row in records if row["street"]], folder, settings or GeocoderSettings())
    return _table(addresses, known, zips)


def _answers(
    http: Http, rows: Sequence[Mapping[str, Any]], folder: Path, settings: GeocoderSettings
) -> dict[str, dict[str, str]]:
    """Return id to answer: in batches, what failed again in smaller ones, then alone."""
    known: dict[str, dict[str, str]] = {}
    patience = _Patience.of(settings)

    def is_matched(row: Mapping[str, Any]) -> bool:
        return known.get(str(row["id"]), {}).get("status") == "match"

    waiting = list(rows)
    with task("geocoding", total=len(waiting)) as bar:
        for number, size in enumerate(settings.batch_rows):
            for start in range(0, len(waiting), size):
                known |= _batch(http, waiting[start : start + size], folder, settings, patience, number=number)
            bar.advance(sum(map(is_matched, waiting)))
            waiting = [row for row in waiting if not is_matched(row)]
        for row in waiting:
            if (answer := _single(http, row, folder, settings, patience)) is not None:
                known[str(row["id"])] = answer
            bar.advance()
    return known


def street_to_send(street: str) -> str:
    """Return a street as the geocoder understands it: no suite, digits for numbers; empty where it cannot be found."""
    text = re.sub(r"\s+", " ", str(street)).strip().upper()
    if _BOX.search(text):
        return ""
    bare = _UNIT.sub("", text).strip(" ,")
    text = bare if " " in bare else text
    first, _, rest = text.partition(" ")
    if first in _NUMBERS and rest:
        text = f"{_NUMBERS[first]} {rest}"
    return text if re.match(r"\d", text) else ""


def parse_batch(content: bytes, *, where: str) -> dict[str, dict[str, str]]:
    """Return id to answer of a batch; rows without a match have three columns, their order is any.

    Raises
    ------
    FaultyAnswerError
        If it is not such an answer.
    """
    text = content.decode("utf-8", errors="replace")
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error as error:
        raise FaultyAnswerError(f"the batch answer cannot be read: {error}", where=where) from error
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        kind = row[2].strip() if len(row) > 2 else ""
        if kind not in ("Match", "Tie", "No_Match"):
            raise FaultyAnswerError(
                f"the batch answer holds {','.join(row)[:80]!r}", where=where, expected="id, address, Match or No_Match"
            )
        cells = [cell.strip() for cell in row] + [""] * (12 - len(row))
        place = re.fullmatch(r"(-?[\d.]+),(-?[\d.]+)", cells[5])
        status = {"Match": "match", "Tie": "tie", "No_Match": "no_match"}[kind]
        answer = {"status": status if status != "match" or place else "no_match"}
        if status == "match" and place:
            answer |= {"lon": place[1], "lat": place[2], "matched_address": cells[4]}
            answer |= {"county_fips": cells[8] + cells[9], "tract": cells[8] + cells[9] + cells[10]}
        found[cells[0]] = answer
    return found


def pick_match(matches: Sequence[Mapping[str, Any]], *, state: str, zip5: str) -> Mapping[str, Any] | None:
    """Return the one place that an address means, or None when several places remain.

    Several answers count as one when they lie within half a kilometre of each other, in the same state or ZIP.
    """
    usable = [match for match in matches if isinstance(match.get("coordinates"), Mapping)]
    if len(usable) > 1:
        parts = [match.get("addressComponents") or {} for match in usable]
        same = [m for m, p in zip(usable, parts, strict=True) if p.get("zip") == zip5 or p.get("state") == state]
        lon = np.array([float(m["coordinates"]["x"]) for m in same])
        lat = np.array([float(m["coordinates"]["y"]) for m in same])
        far = len(same) == 0 or (np.ptp(lat) + np.ptp(lon)) * KM_PER_DEGREE > _SAME_PLACE_KM
        return None if far else same[0]
    return usable[0] if usable else None


def _batch(
    http: Http, rows: Sequence[Mapping[str, Any]], folder: Path, settings: GeocoderSettings, patience: _Patience, *,
    number: int,
) -> dict[str, dict[str, str]]:  # fmt: skip
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(
        [[r["id"], r["street"], r["city"], r["state"], r["zip"]] for r in rows]
    )
    payload = out.getvalue().encode()
    named = hashlib.sha256(f"{settings.benchmark} {settings.vintage} {number}\n".encode() + payload).hexdigest()[:24]
    kept = folder / f"batch-{named}.json"
    where = f"{BASE}/geographies/addressbatch"
    text = kept_answer(kept)
    if text is None:
        if patience.is_over:
            return {}
        try:
            content = http.post(
                where,
                data={"benchmark": settings.benchmark, "vintage": settings.vintage},
                files={"addressFile": ("batch.csv", payload, "text/csv")},
            )
            parse_batch(content, where=where)
            patience.note(answered=True)
        except SourceError:
            patience.note(answered=False)
            if len(rows) == 1:
                return {}
            # A large batch that keeps failing goes through in halves; what they answer is kept under their own names.
            half = len(rows) // 2
            first = _batch(http, rows[:half], folder, settings, patience, number=number)
            return first | _batch(http, rows[half:], folder, settings, patience, number=number)
        text = content.decode("utf-8", errors="replace")
        keep_answer(kept, text, private=True)
    asked = {str(row["id"]) for row in rows}
    answers = parse_batch(text.encode(), where=where)
    return {key: answer for key, answer in answers.items() if key in asked}


def _single(
    http: Http, row: Mapping[str, Any], folder: Path, settings: GeocoderSettings, patience: _Patience
) -> dict[str, str] | None:
    line = f"{row['street']}, {row['city']}, {row['state']} {row['zip']}"
    kept = folder / f"single-{hashlib.sha256(f'{settings.benchmark}|{line}'.encode()).hexdigest()[:24]}.json"
    where = f"{BASE}/locations/onelineaddress"
    text = kept_answer(kept)
    if text is None:
        if patience.is_over:
            return None
        try:
            content = http.get_bytes(where, params={"address": line, "benchmark": settings.benchmark, "format": "json"})
            parse_json(content, where=where)
            patience.note(answered=True)
        except SourceError:
            patience.note(answered=False)
            return None
        text = content.decode("utf-8", errors="replace")
        keep_answer(kept, text, private=True)
    answer = parse_json(text.encode(), where=where)
    matches = answer.get("result", {}).get("addressMatches", []) if isinstance(answer, dict) else []
    match = pick_match(matches, state=str(row["state"]), zip5=str(row["zip"])[:5])
    if match is None:
        return None
    place = match["coordinates"]
    return {"status": "match", "lon": str(place["x"]), "lat": str(place["y"]),
            "matched_address": str(match.get("matchedAddress", ""))}  # fmt: skip


def _table(addresses: pd.DataFrame, known: Mapping[str, Mapping[str, str]], zips: pd.DataFrame | None) -> pd.DataFrame:
    rows = [known.get(str(key), {}) for key in addresses["id"]]
    texts = ("matched_address", "county_fips", "tract")
    frame = pd.DataFrame(
        {
            "id": addresses["id"].to_numpy(),
            "lon": np.array([float(row.get("lon", "nan")) for row in rows]),
            "lat": np.array([float(row.get("lat", "nan")) for row in rows]),
            "status": [row.get("status", "not_sent") for row in rows],
            **{name: [row.get(name, "") for row in rows] for name in texts},
        },
        index=addresses.index,
    )
    frame["precision"] = np.where(frame["lon"].notna(), "range", "none")
    if zips is not None:
        centres = zips.drop_duplicates("zip").set_index("zip").reindex(addresses["zip"].astype("str").str[:5])
        use = frame["lon"].isna().to_numpy() & centres["lon"].notna().to_numpy()
        for name in ("lon", "lat"):
            frame[name] = np.where(use, centres[name].to_numpy(), frame[name].to_numpy())
        frame["precision"] = np.where(use, "zip", frame["precision"])
    return frame[list(RESULT_COLUMNS)]
