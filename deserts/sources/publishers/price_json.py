"""Hospital price files as JSON (45 CFR 180), versions 2 and 3: items are cut out of the stream, parsed if wanted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

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
from deserts.sources.readers.json_stream import Piece, decode, pieces_of
from deserts.sources.readers.scan_kernels import TokenTable, holds_token

__all__ = ["read_price_json"]

_ITEMS: Final = "standard_charge_information"
_HEAD: Final = frozenset(
    {"hospital_name", "last_updated_on", "version", "location_name", "hospital_location", "hospital_address",
     "license_information", "type_2_npi"}
)  # fmt: skip


def read_price_json(path: Path, codes: CodeSet) -> tuple[PriceHead, pd.DataFrame]:
    """Read a file, streamed; see `deserts.sources.publishers.price_files.read_prices`."""
    head, table = PriceHead("json"), TokenTable(codes.codes)
    said: dict[str, list[Any]] = {}
    found = PricesFound()
    has_items = False
    for piece in pieces_of(path, wanted=_HEAD | {_ITEMS}):
        if piece.key != _ITEMS:
            said.setdefault(piece.key, []).append(decode(piece.raw, Any))
            continue
        has_items = True
        if piece.index is None:
            continue
        head.rows += 1
        if piece.is_too_long:
            head.bad += 1
        elif holds_token(piece.raw, table):
            _take(piece, codes, head, found)
    if not has_items:
        raise InputError(
            "not a hospital price file: it has no list of charges", where=path, expected=f"a member {_ITEMS!r}",
            fix="open it in an editor: it may be another file",
        )  # fmt: skip
    _read_head(head, said)
    return head, found.frame()


def _read_head(head: PriceHead, said: Mapping[str, list[Any]]) -> None:
    def texts(*names: str) -> tuple[str, ...]:
        values = [value for name in names for value in said.get(name, ())]
        flat = [part for value in values for part in (value if isinstance(value, list) else [value])]
        return tuple(_text(part) for part in flat if _text(part))

    def first(name: str) -> str:
        return next(iter(texts(name)), "")

    head.hospital_name, head.version = first("hospital_name"), first("version")
    head.last_updated_on = str(repair.day(pd.Series([first("last_updated_on")], dtype="str")).iloc[0])
    head.locations = texts("location_name", "hospital_location")
    head.addresses = texts("hospital_address")
    head.type_2_npis = tuple(npi for text in texts("type_2_npi") for npi in re.findall(r"\d{10}", text))
    licence = next((value for value in said.get("license_information", ()) if isinstance(value, dict)), {})
    state = _text(licence.get("state")).upper()
    head.state = state if re.fullmatch(r"[A-Z]{2}", state) else address_state(head.addresses)
    if not re.match(r"[23]\.", head.version):
        head.problems.append(f"the version {head.version!r} is not known")


def _take(piece: Piece, codes: CodeSet, head: PriceHead, found: PricesFound) -> None:
    item = decode(piece.raw, Any)
    if not isinstance(item, dict):
        head.bad += 1
        return
    named = [(_text(entry.get("code")), _text(entry.get("type"))) for entry in _dicts(item.get("code_information"))]
    hits = [(*codes.find(code), kind) for code, kind in named]
    wanted = [(code, more, kind) for code, more, kind in hits if code and kind.strip().upper() in CODE_TYPES]
    if not wanted:
        head.other_system += any(code for code, _, _ in hits)
        return
    head.matched += 1
    for code, more, kind in dict.fromkeys(wanted):
        others = sorted(f"{text} {system}".strip() for text, system in named if codes.find(text)[0] != code)
        for at, charge in enumerate(_dicts(item.get("standard_charges"))):
            modifiers = " ".join(filter(None, (more, *(_text(m) for m in _list(charge.get("modifier_code"))))))
            row = Item(
                code=code, code_type=kind, other_codes="; ".join(others), modifiers=modifiers,
                setting=_text(charge.get("setting")), billing_class=_text(charge.get("billing_class")),
                gross=_text(charge.get("gross_charge")), cash=_text(charge.get("discounted_cash")),
                lowest=_text(charge.get("minimum")), highest=_text(charge.get("maximum")),
                notes=_text(charge.get("additional_generic_notes")), pointer=f"{piece.pointer}/standard_charges/{at}",
            )  # fmt: skip
            found.add(row, _prices(charge))


def _prices(charge: Mapping[str, Any]) -> Iterator[Price]:
    payers = _dicts(charge.get("payers_information"))
    for payer in payers:
        yield Price(
            payer_name=_text(payer.get("payer_name")), plan_name=_text(payer.get("plan_name")),
            dollar=_text(payer.get("standard_charge_dollar")),
            percentage=_text(payer.get("standard_charge_percentage")),
            algorithm=_text(payer.get("standard_charge_algorithm")), median=_text(payer.get("median_amount")),
            p10=_text(payer.get("10th_percentile")), p90=_text(payer.get("90th_percentile")),
            count=_text(payer.get("count")), notes=_text(payer.get("additional_payer_notes")),
        )  # fmt: skip
    if not payers:
        yield Price()


def _text(value: object) -> str:
    """Return a value as text: whole numbers without a tail, nothing for null and for what is no plain value."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[Mapping[str, Any]]:
    return [entry for entry in _list(value) if isinstance(entry, dict)]
