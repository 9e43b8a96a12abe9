"""Physician/Supplier Procedure Summary of CMS (PSPS): services of a code by specialty, place and carrier, year by year.

Services alone, never patients, and nobody's name. Three layouts: CSV with names (2017 on), and two of fixed width
without any (to 2016; those before August 2010 are shorter). Status: documented; no real row of a pump code was at hand.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, Raw, read_rows
from deserts.sources.readers.parsed import Parsed, rejects
from deserts.sources.readers.textfile import open_binary, read_head
from deserts.sources.readers.years import year_of_name

__all__ = ["APART", "FACILITY_PLACES", "PSPS", "read_psps"]

PSPS = Layout(
    "physician/supplier procedure summary",
    (
        Field("code", ("HCPCS_CD",), required=True),
        Field("modifier", ("HCPCS_INITIAL_MODIFIER_CD",), required=True),
        Field("modifier2", ("HCPCS_SECOND_MODIFIER_CD",)),
        Field("specialty", ("PROVIDER_SPEC_CD",), required=True),
        Field("carrier", ("CARRIER_NUM",), required=True),
        Field("place", ("PLACE_OF_SERVICE_CD",), required=True),
        Field("services", ("PSPS_SUBMITTED_SERVICE_CNT",), required=True),
        Field("denied_services", ("PSPS_DENIED_SERVICES_CNT",), required=True),
        Field("allowed_usd", ("PSPS_ALLOWED_CHARGE_AMT",)),
        Field("paid_usd", ("PSPS_NCH_PAYMENT_AMT",)),
    ),
    member=r"\.(csv|txt|dat)$",
)


@dataclass(frozen=True, slots=True)
class _Fixed:
    """A layout of fixed width: first and last place of each field, from 1."""

    width: int
    fields: Mapping[str, tuple[int, int]]


_FIXED: Final = (
    _Fixed(121, {"code": (1, 5), "modifier": (6, 7), "modifier2": (20, 21), "specialty": (8, 9), "carrier": (10, 14),
                 "place": (18, 19), "services": (22, 35), "denied_services": (62, 75), "allowed_usd": (49, 61),
                 "paid_usd": (103, 115)}),
    _Fixed(105, {"code": (1, 5), "modifier": (6, 7), "modifier2": (20, 21), "specialty": (8, 9), "carrier": (10, 14),
                 "place": (18, 19), "services": (24, 32), "denied_services": (63, 70), "allowed_usd": (53, 62),
                 "paid_usd": (88, 97)}),
)  # fmt: skip
"""The layout since August 2010, and the one before."""

APART: Final = ("26", "TC", "53", "55")
"""Modifiers of part of a service (reading alone, equipment alone, broken off, aftercare): never added to whole ones."""

FACILITY_PLACES: Final = frozenset(
    ("02", "19", "21", "22", "23", "24", "26", "31", "34", "41", "42", "51", "52", "53", "56", "61")
)
"""Places of service that CMS counts as a facility (F); all others are the office (O)."""

_NUMBERS = ("services", "denied_services", "allowed_usd", "paid_usd")
_KEY = ["code", "part", "specialty", "place", "carrier"]
_LINES = 200_000


@functools.cache
def _states() -> Mapping[str, str]:
    text = resources.files("deserts.sources").joinpath("carriers.csv").read_text(encoding="utf-8")
    return {row["carrier"]: row["state"] for row in csv.DictReader(text.splitlines())}


@reader("services by carrier")
def read_psps(path: Path, *, codes: Sequence[str] | None = None, year: int | None = None) -> Parsed:
    """Read services of a year.

    Parameters
    ----------
    path
        CSV, JSON of the data API, or fixed width of either kind, also as gzip or zip.
    codes
        HCPCS codes to keep; all when None.
    year
        Year of the data; taken from the file's name when None.

    Returns
    -------
    Parsed
        ``code, part`` (a modifier of `APART`, empty for the whole service), ``specialty`` (two characters), ``place``
        (two digits), ``place_of_service`` (F or O), ``carrier`` (five digits), ``state`` (postal code; empty where the
        carrier is not known, as those before 2008 are not), ``services`` (submitted), ``denied_services``,
        ``allowed_services``, ``allowed_usd, paid_usd, year``. Modifiers and localities are added up.

    Raises
    ------
    InputError
        If it is no such file, or its year is neither given nor in its name.
    """
    known = year_of_name(path.name) if year is None else year
    if known is None:
        raise InputError(
            "the year of this summary is not known",
            where=path,
            expected="a year in the file's name, for example psps_2023.csv",
            fix="rename the file",
        )
    fixed = _fixed_layout(path)
    if fixed is None:
        raw = read_rows(path, PSPS, keep=None if codes is None else Keep({"code": codes}))
    else:
        raw = _read_fixed(path, fixed, codes)
    return _settled(raw, known)


def _fixed_layout(path: Path) -> _Fixed | None:
    first = read_head(path, 1 << 10).split(b"\n", 1)[0].rstrip(b"\r")
    if b"," in first or first.lstrip()[:1] in (b"[", b"{"):
        return None
    # Blanks at a line's end may have been cut off.
    fits = [layout for layout in _FIXED if len(first) <= layout.width]
    return (
        min(fits, key=lambda layout: layout.width - len(first)) if fits and len(first) >= _FIXED[1].width - 6 else None
    )


def _read_fixed(path: Path, layout: _Fixed, codes: Sequence[str] | None) -> Raw:
    wanted = None if codes is None else {code.encode() for code in codes}
    kept: list[bytes] = []
    numbers: list[int] = []
    short: list[int] = []
    with open_binary(path, member=PSPS.member) as stream:
        seen = 0
        while lines := list(islice(stream, _LINES)):
            hits = range(len(lines)) if wanted is None else [i for i, line in enumerate(lines) if line[:5] in wanted]
            for at in hits:
                text = lines[at].rstrip(b"\r\n")
                fits = layout.width - 6 <= len(text) <= layout.width
                (numbers if fits else short).append(seen + at + 1)
                if fits:
                    kept.append(text.ljust(layout.width))
            seen += len(lines)
    frame = pd.DataFrame(
        {
            name: pd.Series([line[first - 1 : last].decode("ascii", errors="replace") for line in kept], dtype="str")
            for name, (first, last) in layout.fields.items()
        }
    )
    reason = f"the line has not the {layout.width} places of this layout"
    return Raw(frame, np.array(numbers, dtype=np.int64), rejects(short, [reason] * len(short)))


def _settled(raw: Raw, year: int) -> Parsed:
    frame = raw.frame.apply(repair.tidy).astype("str")
    frame["code"] = _padded(repair.code(frame["code"]), 5)
    frame["specialty"] = _padded(repair.code(frame["specialty"]), 2)
    frame["place"] = _padded(repair.code(frame["place"]), 2)
    frame["carrier"] = _padded(repair.code(frame["carrier"]), 5)
    bad = {"the code is not five letters and digits": ~frame["code"].str.fullmatch(r"[0-9A-Z]{5}")}
    for name in _NUMBERS:
        frame[name], damaged = repair.number(frame[name])
        bad[f"{name} is not a number"] = damaged
    bad["services are blank"] = frame["services"].isna()
    modifiers = frame[["modifier", "modifier2"]].apply(lambda column: column.str.upper().str.strip())
    first, second = (modifiers[name].where(modifiers[name].isin(APART), "") for name in ("modifier", "modifier2"))
    frame["part"] = first.where(first != "", second)
    parsed = raw.settle(frame, bad)
    good = parsed.frame.fillna({"denied_services": 0.0})
    summed = good.groupby(_KEY, sort=True, as_index=False)[list(_NUMBERS)].sum(min_count=1)
    summed["allowed_services"] = (summed["services"] - summed["denied_services"]).clip(lower=0.0)
    summed["place_of_service"] = summed["place"].isin(FACILITY_PLACES).map({True: "F", False: "O"}).astype("str")
    summed["state"] = summed["carrier"].map(dict(_states())).fillna("").astype("str")
    summed["year"] = pd.Series(year, index=summed.index, dtype="int64")
    return Parsed(summed, parsed.rejected, parsed.notes)


def _padded(column: pd.Series, width: int) -> pd.Series:
    """Put back zeros that a number column has lost; letters are left alone."""
    return column.mask(column.str.fullmatch(rf"[0-9]{{1,{width}}}"), column.str.zfill(width))
