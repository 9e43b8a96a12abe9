"""Can a home-infusion nurse refill this pump? Possible, unlikely or unknown, with the reasons."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.patients.jsonable import Jsonable
from deserts.patients.words import phrases
from deserts.rules import home_refill as rule
from deserts.typed import word_among
from deserts.user_csv import read_user_csv

__all__ = [
    "HOME_FILE", "Chance", "HomeCompany", "HomeRefill", "PayerKind", "check_home_refill", "read_home_companies",
]  # fmt: skip

HOME_FILE = "home_infusion.csv"
"""Name of the user's table in the folder of own tables."""

_AREA = ("zip", "county_fips", "state")


class PayerKind(StrEnum):
    """Who pays."""

    COMMERCIAL = "commercial"
    MEDICARE = "medicare"
    MEDICARE_ADVANTAGE = "medicare_advantage"
    MEDICAID = "medicaid"
    VA = "va"
    UNKNOWN = "unknown"


def read_payer_kind(text: str, *, where: str) -> PayerKind:
    """Return the kind of payer that a word names, in any case.

    Raises
    ------
    InputError
        If it names none.
    """
    kinds = [kind.value for kind in PayerKind]
    found = word_among(text, kinds)
    if found is None:
        raise InputError("that kind of payer is not known", where=where, expected="one of " + ", ".join(kinds))
    return PayerKind(found)


class Chance(StrEnum):
    """How it looks; never a promise."""

    POSSIBLE = rule.POSSIBLE
    UNLIKELY = rule.UNLIKELY
    UNKNOWN = rule.UNKNOWN


@dataclass(frozen=True, slots=True)
class HomeCompany(Jsonable):
    """A home-infusion company whose area covers the patient, as the user's table has it."""

    name: str
    phone: str
    payers: str
    seen_on: str


@dataclass(frozen=True, slots=True)
class HomeRefill(Jsonable):
    """The answer: the chance, why, what to do next, whom to call, and what it rests on."""

    chance: Chance
    reasons: tuple[str, ...]
    next_step: str
    companies: tuple[HomeCompany, ...]
    provenance: tuple[str, ...]


def read_home_companies(path: Path) -> pd.DataFrame | None:
    """Read the user's table of home-infusion companies, or return None when there is no such file.

    Columns: ``company`` and at least one of ``zip``, ``county_fips``, ``state`` (the area; the others may be empty);
    optional ``phone, payers, seen_on``. One row a company and area.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    if not path.is_file():
        return None
    frame = read_user_csv(path, text=("company",))
    if not set(_AREA) & set(frame.columns):
        raise InputError("no area is given", where=path, expected="one of the columns " + ", ".join(_AREA))
    for name in (*_AREA, "phone", "payers", "seen_on"):
        frame[name] = frame[name].str.strip() if name in frame.columns else ""
    frame["state"] = frame["state"].str.upper()
    without = np.flatnonzero((frame["zip"] == "") & (frame["county_fips"] == "") & (frame["state"] == ""))
    if without.size:
        raise InputError(f"row {without[0] + 2} names no area", where=path, expected="a ZIP, county or state")
    return frame


def check_home_refill(
    *,
    payer: PayerKind,
    dose_is_stable: bool | None,
    zip_code: str,
    county_fips: str,
    state: str,
    companies: pd.DataFrame | None,
    provenance: tuple[str, ...] = (),
) -> HomeRefill:
    """Return whether a refill at home is worth asking for.

    Parameters
    ----------
    payer
        Who pays. Medicare has no payment for a nurse who refills a pump at home (the code S9328 is for private payers).
    dose_is_stable
        Whether the dose has not changed lately; None when not known.
    zip_code, county_fips, state
        Where the patient lives; empty when not known.
    companies
        The user's table from `read_home_companies`, or None when there is none.
    provenance
        Dates of the region's data, which place the ZIP, and of the last call.
    """
    serving = _serving(companies, zip_code, county_fips, state)
    answer = rule.check(
        {
            "payer": payer.value,
            "dose_is_stable": dose_is_stable,
            "companies": None if companies is None else len(serving),
            "words": dict(phrases()),
        }
    )
    return HomeRefill(Chance(answer["chance"]), tuple(answer["reasons"]), answer["next_step"], serving, provenance)


def _serving(companies: pd.DataFrame | None, zip_code: str, county_fips: str, state: str) -> tuple[HomeCompany, ...]:
    if companies is None:
        return ()
    # The finest area that a row names decides: a row with a ZIP serves that ZIP, not the whole state.
    by_zip = companies["zip"] == zip_code if zip_code else pd.Series(data=False, index=companies.index)
    by_county = (companies["zip"] == "") & (companies["county_fips"] == county_fips) & (county_fips != "")
    by_state = (
        (companies["zip"] == "") & (companies["county_fips"] == "") & (companies["state"] == state) & (state != "")
    )
    rows = companies[by_zip | by_county | by_state].drop_duplicates("company").sort_values("company")
    return tuple(
        HomeCompany(row["company"], row["phone"], row["payers"], row["seen_on"]) for row in rows.to_dict("records")
    )
