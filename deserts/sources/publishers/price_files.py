"""Hospital price files (45 CFR 180.50): the prices and payment counts of some codes, out of a file of gigabytes.

A code in a list proves nothing: many hospitals print the whole code book. What counts is the payment ``count`` of
version 3 (in force since April 2026). Medicare itself is no payer in these files; its private plans and managed
Medicaid are. A system may post one file for many hospitals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import reader
from deserts.sources.publishers.price_csv import read_price_csv
from deserts.sources.publishers.price_json import read_price_json
from deserts.sources.publishers.price_rows import COLUMNS, CodeSet, PriceHead
from deserts.sources.readers.textfile import open_binary
from deserts.sources.readers.workbook import is_workbook

__all__ = ["COLUMNS", "PriceFile", "PriceHead", "read_prices"]

_MEMBER = r"\.(csv|json|txt)$"

_MAX_RATIO = 1032
"""The most that deflate can pack: a wide list is millions of blank cells, and memory does not grow with it."""


@dataclass(frozen=True, slots=True, eq=False)
class PriceFile:
    """One file: what it says of itself, and its prices of the wanted codes (`COLUMNS`)."""

    head: PriceHead
    prices: pd.DataFrame


@reader("a hospital price file")
def read_prices(path: Path, *, codes: Sequence[str]) -> PriceFile:
    """Read the prices of some codes, streamed: memory does not grow with the file.

    Parameters
    ----------
    path
        CSV, tall or wide, or JSON, of version 2 or 3; also as gzip, zip with one fitting member, or zstd (JSON).
    codes
        CPT and HCPCS codes to keep; looked for in every code column, with modifiers behind them or in lower case.

    Returns
    -------
    PriceFile
        One row an item, wanted code and payer's plan; an item without payers is one row. ``rate_kind`` is dollar,
        percentage (``rate`` 70.5 means 70.5 %), algorithm or none; ``count_low`` and ``count_high`` bound the payments
        and are null where the count is blank.

    Raises
    ------
    MissingDataError
        If there is no such file.
    InputError
        If it is no such file, cut, or a workbook.
    """
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path, or run `deserts source fetch`")
    if is_workbook(path):
        raise InputError(
            "the price file is a workbook", where=path, expected="CSV or JSON, as 45 CFR 180.50 asks",
            fix="open it and save the sheet as CSV",
        )  # fmt: skip
    wanted = CodeSet(codes)
    if _is_json(path):
        head, prices = read_price_json(path, wanted)
    else:
        with open_binary(path, member=_MEMBER, max_ratio=_MAX_RATIO) as stream:
            head, prices = read_price_csv(stream, path, wanted)
    if head.other_system:
        head.problems.append(
            f"{head.other_system} items carry such a number under another system of codes: passed over"
        )
    return PriceFile(head, prices)


def _is_json(path: Path) -> bool:
    with path.open("rb") as stream:
        if stream.read(4) == b"\x28\xb5\x2f\xfd":  # zstd, which only JSON comes in
            return True
    with open_binary(path, member=_MEMBER, max_ratio=_MAX_RATIO) as content:
        return content.read(1 << 12).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
