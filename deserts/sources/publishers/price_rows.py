"""What every layout of a hospital's price file comes down to: a head, and rows of one item, one code and one payer.

The payment ``count`` is text in the file. It is demanded only where the price is a percentage or an algorithm, and
files before version 3 have none: **no count is not zero.**
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Final

import pandas as pd

from deserts.sources.readers import repair

__all__ = [
    "COLUMNS", "CodeSet", "Item", "Price", "PriceHead", "PricesFound", "address_state", "count_bounds", "money",
]  # fmt: skip

CODE_TYPES: Final = frozenset({"CPT", "HCPCS", "CPT4", "CPT-4", "HCPC", "HCPCS/CPT", "CPT/HCPCS", ""})
"""Types under which a code is that of the service; the same digits under LOCAL or CDM are a hospital's own number."""

NO_PRICE: Final = 999_999_999.0
"""What some hospitals write where there is no price."""

_ROUND: Final = re.compile(r"(\d{1,3}(?:,\d{3})+|\d+)(?:\.0+)?")
_ONE_TO_TEN: Final = re.compile(r"1\s*(?:through|thru|to|-|–)\s*10")
_SMALLEST_TOLD = 11
_PART: Final = 4096
"""Prices that are held as objects: as columns they take a fifth of the memory."""


@dataclass(slots=True)
class PriceHead:
    """What a file says of itself, and what was met while reading.

    Parameters
    ----------
    layout
        ``tall``, ``wide`` or ``json``.
    version
        As written, for example ``3.0.0``; empty where the file gives none.
    last_updated_on
        Day (YYYY-MM-DD) that the file gives itself, empty where none can be read.
    hospital_name, locations, addresses
        As written; several are parted by ``|`` in the file.
    type_2_npis
        Organisations' NPIs (version 3), as text.
    state
        Postal code: that of the licence, else of the first address; empty where neither has one.
    rows, matched, bad
        Records of the body; those with a wanted code; those that could not be read.
    other_system
        Records that hold a wanted number under another system of codes (a hospital's own numbers).
    replaced
        Characters that belong to no encoding.
    problems
        What else a reader must know, in plain words.
    """

    layout: str
    version: str = ""
    last_updated_on: str = ""
    hospital_name: str = ""
    locations: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    type_2_npis: tuple[str, ...] = ()
    state: str = ""
    rows: int = 0
    matched: int = 0
    bad: int = 0
    other_system: int = 0
    replaced: int = 0
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Item:
    """One service of a price list: its wanted code and what holds for all payers."""

    code: str
    code_type: str
    other_codes: str
    modifiers: str
    setting: str
    billing_class: str
    gross: str
    cash: str
    lowest: str
    highest: str
    notes: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Price:
    """What one payer's plan has agreed, and how often it paid; all blank where the item names no payer."""

    payer_name: str = ""
    plan_name: str = ""
    dollar: str = ""
    percentage: str = ""
    algorithm: str = ""
    median: str = ""
    p10: str = ""
    p90: str = ""
    count: str = ""
    notes: str = ""


COLUMNS: Final = (
    "code", "code_type", "other_codes", "modifiers", "setting", "billing_class", "payer_name", "plan_name", "rate_kind",
    "rate", "median_amount", "p10", "p90", "count_text", "count_low", "count_high", "gross", "cash", "min", "max",
    "notes", "pointer",
)  # fmt: skip


class CodeSet:
    """The wanted codes, and how they are told in a cell."""

    def __init__(self, codes: Collection[str]) -> None:
        self.codes = frozenset(code.upper() for code in codes)

    def find(self, cell: str) -> tuple[str, str]:
        """Return the wanted code of a cell and the modifiers behind it (``62370-TC``, `` j0475 ``); empty if none."""
        parts = re.split(r"[^0-9A-Z]+", cell.upper().strip())
        return (parts[0], " ".join(parts[1:]).strip()) if parts[0] in self.codes else ("", "")


def count_bounds(text: str) -> tuple[float, float, str]:
    """Return the fewest and most payments that a count means, and ``exact``, ``range``, ``blank`` or ``unreadable``.

    Valid are ``0``, ``1 through 10`` and whole numbers from 11 on without a thousands mark; ``10`` and ``2,025`` are
    not, occur, and mean what they say. A blank or unreadable count is unknown, never zero.
    """
    bare = text.strip().lower()
    if not bare:
        return float("nan"), float("nan"), "blank"
    if _ONE_TO_TEN.fullmatch(bare):
        return 1.0, 10.0, "range"
    if (hit := _ROUND.fullmatch(bare)) is not None:
        number = float(hit[1].replace(",", ""))
        return number, number, "exact"
    return float("nan"), float("nan"), "unreadable"


def money(column: pd.Series) -> pd.Series:
    """Return dollars or per cent; what is no number, or stands for "no price", is null."""
    values, _ = repair.number(column.str.rstrip("% "))
    return values.mask(values == NO_PRICE)


def address_state(addresses: Collection[str]) -> str:
    """Return the postal code of the state in the first address that has one (``… , CA  92832``)."""
    for address in addresses:
        if (hit := re.search(r"\b([A-Z]{2})\s+\d{5}(?:-\d{4})?\s*$", address.strip())) is not None:
            return hit[1]
    return ""


class PricesFound:
    """Prices as they are met in a file, put into columns part by part."""

    def __init__(self) -> None:
        self._open: list[tuple[Item, Price]] = []
        self._parts: list[pd.DataFrame] = []

    def add(self, item: Item, prices: Iterable[Price]) -> None:
        """Add what the payers' plans agreed on an item."""
        self._open += [(item, price) for price in prices]
        if len(self._open) >= _PART:
            self._close()

    def _close(self) -> None:
        self._parts.append(_frame_of(self._open))
        self._open = []

    def frame(self) -> pd.DataFrame:
        """Return all of them, with `COLUMNS`, in the order in which they were met."""
        if self._open or not self._parts:
            self._close()
        return pd.concat(self._parts, ignore_index=True)


def _frame_of(found: list[tuple[Item, Price]]) -> pd.DataFrame:
    texts: dict[str, list[str]] = {
        "code": [item.code for item, _ in found],
        "code_type": [item.code_type.strip().upper() for item, _ in found],
        "other_codes": [item.other_codes for item, _ in found],
        "modifiers": [item.modifiers for item, _ in found],
        "setting": [item.setting.strip().lower() for item, _ in found],
        "billing_class": [item.billing_class.strip().lower() for item, _ in found],
        "payer_name": [price.payer_name for _, price in found],
        "plan_name": [price.plan_name for _, price in found],
        "count_text": [price.count.strip() for _, price in found],
        "notes": ["; ".join(filter(None, (item.notes.strip(), price.notes.strip()))) for item, price in found],
        "pointer": [item.pointer for item, _ in found],
        "dollar": [price.dollar for _, price in found],
        "percentage": [price.percentage for _, price in found],
        "algorithm": [price.algorithm for _, price in found],
    }
    frame = pd.DataFrame({name: pd.Series(values, dtype="str") for name, values in texts.items()})
    numbers = {
        "median_amount": [price.median for _, price in found],
        "p10": [price.p10 for _, price in found],
        "p90": [price.p90 for _, price in found],
        "gross": [item.gross for item, _ in found],
        "cash": [item.cash for item, _ in found],
        "min": [item.lowest for item, _ in found],
        "max": [item.highest for item, _ in found],
    }
    for name, values in numbers.items():
        frame[name] = money(pd.Series(values, dtype="str"))
    dollar, percentage = money(frame["dollar"]), money(frame["percentage"])
    frame["rate"] = dollar.fillna(percentage)
    kind = pd.Series("none", index=frame.index, dtype="str")
    kind = kind.mask(frame["algorithm"].str.strip() != "", "algorithm").mask(percentage.notna(), "percentage")
    frame["rate_kind"] = kind.mask(dollar.notna(), "dollar")
    bounds = [count_bounds(text) for text in frame["count_text"]]
    frame["count_low"] = pd.Series([low for low, _, _ in bounds], dtype="float64")
    frame["count_high"] = pd.Series([high for _, high, _ in bounds], dtype="float64")
    return frame[list(COLUMNS)]
