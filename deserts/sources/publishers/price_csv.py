"""Hospital price files as CSV (45 CFR 180): tall (a row an item and payer) and wide (nine columns a payer's plan).

Three header rows: names of what the file says of itself, their values, names of the table. Columns may come in any
order and a hospital may add its own; they are found by name alone, whatever the case and the spaces around ``|``. A
record is cut into fields only if a wanted code stands in it: a wide file has thousands of columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import pandas as pd

from deserts.errors import InputError
from deserts.sources.publishers.price_rows import (
    CODE_TYPES,
    CodeSet,
    Item,
    Price,
    PriceHead,
    PricesFound,
    address_state,
)
from deserts.sources.readers import repair
from deserts.sources.readers.record_stream import Record, RecordStream
from deserts.sources.readers.textfile import codec_of

__all__ = ["read_price_csv"]

_HEAD_ROWS: Final = 12
"""The table's header is looked for in the first rows; some hospitals put blank rows or a title above."""
_FIELD_LIMIT: Final = 16 << 20
_WIDE_FIELDS: Final = {
    "negotiated_dollar": "dollar", "negotiated_percentage": "percentage", "negotiated_algorithm": "algorithm",
}  # fmt: skip
_LOOSE_FIELDS: Final = {
    "median_amount": "median", "10th_percentile": "p10", "90th_percentile": "p90", "count": "count",
    "additional_payer_notes": "notes",
}  # fmt: skip
_TALL_FIELDS: Final = {
    "payer_name": "payer_name", "plan_name": "plan_name", "standard_charge|negotiated_dollar": "dollar",
    "standard_charge|negotiated_percentage": "percentage", "standard_charge|negotiated_algorithm": "algorithm",
    "median_amount": "median", "10th_percentile": "p10", "90th_percentile": "p90", "count": "count",
}  # fmt: skip
_ITEM_FIELDS: Final = {
    "modifiers": "modifiers", "setting": "setting", "billing_class": "billing_class", "standard_charge|gross": "gross",
    "standard_charge|discounted_cash": "cash", "standard_charge|min": "lowest", "standard_charge|max": "highest",
    "additional_generic_notes": "notes",
}  # fmt: skip

Fields = dict[str, int]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where things stand in a row: codes with their types, fields of the item, and of each payer's plan."""

    codes: tuple[tuple[int, int], ...]
    item: Fields
    plans: tuple[tuple[str, str, Fields], ...]
    is_wide: bool


def read_price_csv(stream: IO[bytes], path: Path, codes: CodeSet) -> tuple[PriceHead, pd.DataFrame]:
    """Read a tall or wide file, streamed; see `deserts.sources.publishers.price_files.read_prices`."""
    records = RecordStream(stream, where=path, tokens=codes.codes, first=_HEAD_ROWS)
    iterator = iter(records)
    reading = _Reading()
    first: list[tuple[Record, list[str]]] = []
    for record in iterator:
        first.append((record, reading.cells(record)))
        if record.number >= _HEAD_ROWS or _is_header(first[-1][1]):
            break
    at = len(first) - 1
    if not first or not _is_header(first[at][1]):
        raise InputError(
            "not a hospital price file: no row of its first twelve names the columns",
            where=path,
            expected="description, code|1, code|1|type … in the third row (45 CFR 180)",
            fix="open it in an editor: it may be another file, or an older layout",
        )
    columns = _columns(first[at][1], path)
    head = PriceHead("wide" if columns.is_wide else "tall")
    _read_head(head, [cells for _, cells in first[:at]])
    _note_repeats(head, first[at][1])
    found = PricesFound()
    for record in iterator:
        if not _take(record, reading.cells, columns, codes, head, found):
            head.bad += 1
    head.rows, head.replaced = records.records - first[at][0].number, reading.replaced
    return head, found.frame()


class _Reading:
    """Cuts records into cells, and counts characters that belong to no encoding."""

    def __init__(self) -> None:
        self.replaced = 0
        csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))

    def cells(self, record: Record) -> list[str]:
        raw = record.raw.removeprefix(b"\xef\xbb\xbf") if record.number == 1 else record.raw
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode(codec_of(raw), errors="replace")
            self.replaced += text.count("\ufffd")
        try:
            return next(csv.reader(io.StringIO(text, newline="")), [])
        except csv.Error:
            return []


def _name(cell: str) -> str:
    return re.sub(r"\s*\|\s*", "|", cell.strip().lower())


def _is_header(cells: Sequence[str]) -> bool:
    names = {_name(cell) for cell in cells}
    return "description" in names and any(re.fullmatch(r"code\|\[?\w+\]?", name) for name in names)


def _read_head(head: PriceHead, rows: Sequence[Sequence[str]]) -> None:
    """Fill in what the file says of itself; that it lacks the two rows is a finding, not an end."""
    at = next((i for i, cells in enumerate(rows) if any(_name(cell) == "hospital_name" for cell in cells)), -1)
    if at < 0 or at + 1 >= len(rows):
        head.problems.append("the two rows that say whose prices these are are missing")
        return
    given = {_name(name): value.strip() for name, value in zip(rows[at], rows[at + 1], strict=False)}
    head.hospital_name = given.get("hospital_name", "")
    head.version = given.get("version", "")
    head.last_updated_on = str(repair.day(pd.Series([given.get("last_updated_on", "")], dtype="str")).iloc[0])
    head.locations = _several(given.get("location_name", given.get("hospital_location", "")))
    head.addresses = _several(given.get("hospital_address", ""))
    head.type_2_npis = tuple(re.findall(r"\d{10}", given.get("type_2_npi", "")))
    licence = next((name for name in given if name.startswith("license_number|")), "")
    state = licence.partition("|")[2].strip("[] ").upper()
    head.state = state if re.fullmatch(r"[A-Z]{2}", state) else address_state(head.addresses)
    if not re.match(r"[23]\.", head.version):
        head.problems.append(f"the version {head.version!r} is not known")


def _several(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split("|") if part.strip())


def _note_repeats(head: PriceHead, cells: Sequence[str]) -> None:
    names = [_name(cell) for cell in cells if cell.strip()]
    repeated = sorted({name for name in names if names.count(name) > 1}) if len(names) != len(set(names)) else []
    if repeated:
        head.problems.append(f"{len(repeated)} column names stand more than once: the first counts ({repeated[0]})")


def _columns(header: Sequence[str], path: Path) -> _Columns:
    places: Fields = {}
    shown: dict[str, str] = {}
    for at, cell in enumerate(header):
        places.setdefault(_name(cell), at)
        shown.setdefault(_name(cell), re.sub(r"\s*\|\s*", "|", cell.strip()))
    numbers = sorted(name[5:] for name in places if re.fullmatch(r"code\|\w+", name))
    codes = tuple((places[f"code|{number}"], places.get(f"code|{number}|type", -1)) for number in numbers)
    if not codes:
        raise InputError("the table has no column of codes", where=path, expected="code|1 and code|1|type")
    item = {field: places[name] for name, field in _ITEM_FIELDS.items() if name in places}
    if "payer_name" in places:
        own = {field: places[name] for name, field in _TALL_FIELDS.items() if name in places}
        return _Columns(codes, item, (("", "", own),), is_wide=False)
    plans: dict[tuple[str, str], Fields] = {}
    for name, at in places.items():
        parts, words = name.split("|"), shown[name].split("|")
        if len(parts) >= 4 and parts[0] == "standard_charge" and parts[-1] in _WIDE_FIELDS:
            plans.setdefault((words[1], "|".join(words[2:-1])), {})[_WIDE_FIELDS[parts[-1]]] = at
        elif len(parts) >= 3 and parts[0] in _LOOSE_FIELDS:
            plans.setdefault((words[1], "|".join(words[2:])), {})[_LOOSE_FIELDS[parts[0]]] = at
    return _Columns(codes, item, tuple((*plan, fields) for plan, fields in plans.items()), is_wide=True)


def _take(
    record: Record, cut: Callable[[Record], list[str]], columns: _Columns, codes: CodeSet, head: PriceHead,
    found: PricesFound,
) -> bool:  # fmt: skip
    """Add the prices of a record, and say whether it could be read."""
    cells = cut(record)
    if len(cells) <= max(at for at, _ in columns.codes):
        return len(cells) == 0 and not record.raw.strip()
    named = [(_cell(cells, at), _cell(cells, kind)) for at, kind in columns.codes]
    hits = [(*codes.find(code), kind) for code, kind in named]
    wanted = [(code, more, kind) for code, more, kind in hits if code and kind.strip().upper() in CODE_TYPES]
    if not wanted:
        head.other_system += any(code for code, _, _ in hits)
        return True
    head.matched += 1
    prices = list(_prices(cells, columns))
    given = {field: _cell(cells, at) for field, at in columns.item.items()}
    for code, more, kind in dict.fromkeys(wanted):
        others = sorted(
            f"{text.strip()} {system.strip()}".strip() for text, system in named if text and codes.find(text)[0] != code
        )
        modifiers = " ".join(filter(None, (more, given.get("modifiers", "").strip())))
        item = Item(
            code=code, code_type=kind, other_codes="; ".join(others), modifiers=modifiers,
            pointer=f"record {record.number}",
            **{field: given.get(field, "") for field in _ITEM_FIELDS.values() if field != "modifiers"},
        )  # fmt: skip
        found.add(item, prices)
    return True


def _prices(cells: Sequence[str], columns: _Columns) -> Iterator[Price]:
    """Yield what each payer's plan has in this row; one blank price where no plan has anything."""
    some = False
    for payer, plan, fields in columns.plans:
        given = {field: value for field, at in fields.items() if (value := _cell(cells, at).strip())}
        if columns.is_wide and given:
            some = True
            yield Price(payer_name=payer, plan_name=plan, **given)
        elif not columns.is_wide and given.get("payer_name"):
            some = True
            yield Price(**given)
    if not some:
        yield Price()


def _cell(cells: Sequence[str], at: int) -> str:
    return cells[at] if 0 <= at < len(cells) else ""
