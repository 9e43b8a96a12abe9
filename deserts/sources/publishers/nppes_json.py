"""Answers of the provider registry's API, version 2.1, of both generations (numbers and seconds in 2019, texts now)."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from deserts.errors import FaultyAnswerError, InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Raw
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed, empty_rejects
from deserts.sources.readers.textfile import open_binary

__all__ = ["PROVIDER_COLUMNS", "check_answer", "is_json", "read_locations", "read_providers"]

PROVIDER_COLUMNS: Final = (
    "npi", "entity", "last_org_name", "first_name", "middle_name", "credentials", "taxonomies", "address", "address2",
    "city", "state", "zip", "phone", "deactivated_on", "updated_on",
)  # fmt: skip
_LOCATION_COLUMNS: Final = ("npi", "address", "address2", "city", "state", "zip", "phone")
_ENTITY: Final = {"NPI-1": "I", "NPI-2": "O"}


def is_json(path: Path) -> bool:
    """Whether the file's content begins like JSON."""
    if path.is_file() and zipfile.is_zipfile(path):
        return False
    with open_binary(path) as stream:
        return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")


def check_answer(answer: object, *, where: str) -> list[dict[str, Any]]:
    """Return the providers of an answer.

    Raises
    ------
    FaultyAnswerError
        If the answer is an error (served with status 200), is cut, or has no providers' list.
    """
    if isinstance(answer, Mapping) and "Errors" in answer:
        errors = answer["Errors"] if isinstance(answer["Errors"], list) else [answer["Errors"]]
        texts = [str(e.get("description", e)) if isinstance(e, Mapping) else str(e) for e in errors]
        raise FaultyAnswerError(f"the registry answered with an error: {'; '.join(texts)}", where=where)
    results = answer.get("results") if isinstance(answer, Mapping) else None
    if not isinstance(results, list) or not all(isinstance(row, dict) for row in results):
        raise FaultyAnswerError("no list of providers", where=where, expected="an object with the key 'results'")
    count = answer.get("result_count", len(results)) if isinstance(answer, Mapping) else 0
    if count != len(results):
        raise FaultyAnswerError(
            f"the answer says {count} providers and holds {len(results)}", where=where, fix="it was cut: fetch it again"
        )
    return results


def _providers(path: Path) -> list[dict[str, Any]]:
    with open_binary(path, member=r"\.json$") as stream:
        content = stream.read()
    try:
        answer = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is no JSON: {error}", where=path, fix="fetch it again") from error
    try:
        return check_answer(answer, where=str(path))
    except FaultyAnswerError as error:
        raise InputError(error.what, where=path, expected=error.expected, fix=error.fix) from error


def _text(row: Mapping[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None or isinstance(value, (dict, list)) else str(value).encode(errors="replace").decode()


def _children(row: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    value = row.get(key)
    return [child for child in value if isinstance(child, dict)] if isinstance(value, list) else []


def _basic(row: Mapping[str, Any]) -> dict[str, Any]:
    basic = row.get("basic")
    return basic if isinstance(basic, dict) else {}


def _address(place: Mapping[str, Any]) -> tuple[str, ...]:
    home = _text(place, "country_code") in ("", "US")
    return (
        _text(place, "address_1"),
        _text(place, "address_2"),
        _text(place, "city"),
        _text(place, "state").upper(),
        _text(place, "postal_code") if home else "",
        _text(place, "telephone_number"),
    )


def _provider(row: Mapping[str, Any]) -> tuple[str, ...]:
    basic = _basic(row)
    entity = _ENTITY.get(_text(row, "enumeration_type"), "")
    taxonomies = sorted(_children(row, "taxonomies"), key=lambda t: t.get("primary") is not True)
    codes = dict.fromkeys(_text(taxonomy, "code").upper() for taxonomy in taxonomies)
    places = [a for a in _children(row, "addresses") if _text(a, "address_purpose") == "LOCATION"]
    return (
        _text(row, "number"),
        entity,
        _text(basic, "organization_name" if entity == "O" else "last_name"),
        _text(basic, "first_name"),
        _text(basic, "middle_name"),
        _text(basic, "credential"),
        "|".join(code for code in codes if code),
        *_address(places[0] if places else {}),
        _text(basic, "deactivation_date"),
        _text(basic, "last_updated"),
    )


def _secondary(rows: list[dict[str, Any]]) -> Iterator[tuple[int, tuple[str, ...]]]:
    for number, row in enumerate(rows, start=1):
        for place in _children(row, "practiceLocations"):
            yield number, (_text(row, "number"), *_address(place))


@reader("answers of the provider registry")
def read_providers(path: Path) -> Parsed:
    """Read one provider a row; ``line`` of a damaged one counts providers from 1."""
    rows = _providers(path)
    found = pd.DataFrame([_provider(row) for row in rows], columns=list(PROVIDER_COLUMNS), dtype="str")
    raw = Raw(found, np.arange(1, len(found) + 1), empty_rejects())
    frame = _repaired(found)
    frame["deactivated_on"] = repair.day(frame["deactivated_on"])
    frame["updated_on"] = repair.day(frame["updated_on"])
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "neither a person nor an organisation": frame["entity"] == "",
    }
    return raw.settle(frame, bad)


@reader("answers of the provider registry")
def read_locations(path: Path) -> Parsed:
    """Read the further practice locations of the providers, one a row."""
    pairs = list(_secondary(_providers(path)))
    found = pd.DataFrame([row for _, row in pairs], columns=list(_LOCATION_COLUMNS), dtype="str")
    raw = Raw(found, np.array([number for number, _ in pairs], dtype=np.int64), empty_rejects())
    frame = _repaired(found)
    return raw.settle(frame, {"the NPI is not valid": ~npis_are_valid(frame["npi"])})


def _repaired(found: pd.DataFrame) -> pd.DataFrame:
    frame = found.apply(repair.tidy).astype("str")
    frame["npi"] = repair.code(frame["npi"])
    frame["zip"] = repair.zip5(frame["zip"])
    frame["phone"] = repair.phone(frame["phone"])
    return frame
