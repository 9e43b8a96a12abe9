"""Answers of the Census geocoder by address, kept among the raw files: an address is asked for once.

``answers.csv`` holds one row an address, found or not; what the service answered word for word lies beside it in the
batches that `geocoder` keeps.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pandas as pd

from deserts.errors import InputError
from deserts.sources.publishers.geocoder import BASE, GeocoderSettings, geocode, street_to_send
from deserts.sources.transport.http import Http, raw_path
from deserts.store import write_text

__all__ = ["ANSWERS", "ANSWERS_URL", "address_keys", "answers_path", "ask_for", "read_answers"]

ANSWERS: Final = ("key", "lon", "lat", "status", "matched_address", "county_fips", "benchmark")
ANSWERS_URL: Final = f"{BASE}/answers.csv"
"""Where the answers stand in a raw area; the service itself has no such file."""
_ASKED_AGAIN: Final = "not_sent"
"""Addresses that the service never answered for are asked for again."""


def answers_path(folder: Path) -> Path:
    """Return where the answers of a raw area lie."""
    return folder.joinpath(*raw_path(ANSWERS_URL).parts)


def address_keys(addresses: pd.DataFrame) -> pd.Series:
    """Return a name for each address (``address, city, state, zip``), equal for equal ones; empty without a street.

    Suites and floors are left out, as they are from what is sent.
    """
    streets = [street_to_send(street) for street in addresses["address"]]
    lines = [
        "|".join([street, str(city).strip().upper(), state, zip5])
        for street, city, state, zip5 in zip(
            streets, addresses["city"], addresses["state"], addresses["zip"], strict=True
        )
    ]
    keys = [hashlib.sha256(line.encode()).hexdigest()[:24] if line[0] != "|" else "" for line in lines]
    return pd.Series(keys, index=addresses.index, dtype="str")


def read_answers(path: Path | None) -> pd.DataFrame:
    """Return kept answers, one row a key (`ANSWERS`); no file is a valid result.

    Raises
    ------
    InputError
        If the file is damaged.
    """
    if path is None or not path.is_file():
        return pd.DataFrame({name: pd.Series(dtype="float64" if name in ("lon", "lat") else "str") for name in ANSWERS})
    try:
        frame = pd.read_csv(path, dtype={name: str for name in ANSWERS if name not in ("lon", "lat")}, encoding="utf-8")
        frame = frame[list(ANSWERS)].astype({"lon": float, "lat": float})
    except (ValueError, KeyError, UnicodeDecodeError) as error:
        raise InputError(
            f"the answers of the geocoder are damaged: {error}", where=path, fix="delete the file: it is asked for anew"
        ) from error
    text = [name for name in ANSWERS if name not in ("lon", "lat")]
    frame[text] = frame[text].fillna("")
    return frame.drop_duplicates("key", keep="last").reset_index(drop=True)


def ask_for(
    addresses: pd.DataFrame, *, folder: Path, http: Http, settings: GeocoderSettings | None = None,
    keep_every: int = 5000, told: Callable[[int], None] | None = None, kept: Callable[[], object] = lambda: None,
) -> pd.DataFrame:  # fmt: skip
    """Ask the geocoder for the addresses that no kept answer knows, keep what it says, and return all answers.

    Parameters
    ----------
    addresses
        ``key, address, city, state, zip``; rows of one key are one address.
    folder
        The raw area.
    http
        Connection.
    settings
        How they are sent.
    keep_every
        Addresses after which the answers are written: a broken run goes on from there.
    told
        Called with the number of addresses that are asked for.
    kept
        Called whenever answers were written, so that they are recorded at once.
    """
    choices = settings or GeocoderSettings()
    known = read_answers(answers_path(folder))
    done = set(known.loc[known["status"] != _ASKED_AGAIN, "key"])
    wanted = addresses[(addresses["key"] != "") & ~addresses["key"].isin(done)].drop_duplicates("key")
    wanted = wanted.sort_values("key", ignore_index=True)
    if told is not None:
        told(len(wanted))
    cache = answers_path(folder).parent
    for start in range(0, len(wanted), keep_every):
        part = wanted.iloc[start : start + keep_every]
        found = geocode(
            part.rename(columns={"key": "id", "address": "street"})[["id", "street", "city", "state", "zip"]],
            http=http, folder=cache, allow_addresses=True, settings=choices,
        )  # fmt: skip
        fresh = found.rename(columns={"id": "key"}).assign(benchmark=choices.benchmark)[list(ANSWERS)]
        known = pd.concat([known, fresh], ignore_index=True).drop_duplicates("key", keep="last")
        known = known.sort_values("key", ignore_index=True)
        text = known.to_csv(index=False, lineterminator="\n", float_format="%.7f")
        write_text(answers_path(folder), text, private=True)
        kept()
        if (fresh["status"] == _ASKED_AGAIN).all():
            break  # the service is down; what is left is asked for by the next run
    return known
