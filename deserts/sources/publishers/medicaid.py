"""Medicaid provider spending by billing NPI, servicing NPI, code and month (HHS Open Data, since February 2026).

Status: **documented.** Several independent readers describe the columns below, in two spellings; the national totals
of each pump code that one of them published come back from a read of made-up rows that add up to them
(``benchmarks/results/prices.md``). Outpatient and professional claims of fee for service, managed care and CHIP,
January 2018 to December 2024, as good as each state's own reporting. Cells of fewer than twelve patients or claims were
removed by the publisher: a month that is missing is not a month without refills, and a small clinic is invisible. No
state and no age is told. Lines of managed care often show nothing paid.

=========================== ========================== ======= =====================================================
column                      also spelled               type    meaning
=========================== ========================== ======= =====================================================
BILLING_PROVIDER_NPI_NUM                               text    who sent the bill
SERVICING_PROVIDER_NPI_NUM                             text    who did the work; may be empty or ``UNKNOWN``
HCPCS_CODE                                             text    code of the service; revenue codes occur (``0450``)
CLAIM_FROM_MONTH            CLAIM_MONTH                date    YYYY-MM (also seen as YYYY-MM-01)
TOTAL_UNIQUE_BENEFICIARIES  TOTAL_PATIENTS             integer people in this row
TOTAL_CLAIMS                TOTAL_CLAIM_LINES          integer claims in this row
TOTAL_PAID                                             number  US dollars, may be 0 or negative
=========================== ========================== ======= =====================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from deserts.errors import InputError, MissingDataError
from deserts.sandbox import reader
from deserts.sources.readers import repair
from deserts.sources.readers.delimited import Field, Keep, Layout, Raw, read_rows
from deserts.sources.readers.npi import npis_are_valid
from deserts.sources.readers.parsed import Parsed, empty_rejects

__all__ = ["MEDICAID", "SMALLEST_CELL", "read_medicaid"]

SMALLEST_CELL: Final = 12
"""Cells of fewer patients or claims were removed by the publisher."""

_CODE: Final = r"[0-9A-Z]\d{3}[0-9A-Z]"
"""HCPCS codes; the column holds revenue codes, too."""

MEDICAID = Layout(
    "Medicaid provider spending",
    (
        Field("billing_npi", ("BILLING_PROVIDER_NPI_NUM",), required=True),
        Field("npi", ("SERVICING_PROVIDER_NPI_NUM",), required=True),
        Field("code", ("HCPCS_CODE",), required=True),
        Field("month", ("CLAIM_FROM_MONTH", "CLAIM_MONTH"), required=True),
        Field("beneficiaries", ("TOTAL_UNIQUE_BENEFICIARIES", "TOTAL_PATIENTS"), required=True),
        Field("claims", ("TOTAL_CLAIMS", "TOTAL_CLAIM_LINES"), required=True),
        Field("paid_usd", ("TOTAL_PAID",)),
    ),
)


@reader("Medicaid spending")
def read_medicaid(path: Path, *, codes: Sequence[str] | None = None) -> Parsed:
    """Read spending rows from Parquet, CSV or the zip around it, streamed.

    Parameters
    ----------
    path
        The file; it has some 230 million rows. Of Parquet, groups of rows whose statistics exclude every code are not
        opened, and of the others the further columns only where a row fits.
    codes
        HCPCS codes to keep; all when None.

    Returns
    -------
    Parsed
        ``npi`` (who did the work, empty where that is not told), ``billing_npi, code, month (YYYY-MM), year,
        beneficiaries, claims, paid_usd``. Rows of revenue codes are listed as no service.
    """
    if not path.is_file():
        raise MissingDataError("there is no such file", where=path, fix="check the path, or run `deserts stage data`")
    with path.open("rb") as stream:
        is_parquet = stream.read(4) == b"PAR1"
    if is_parquet:
        raw = _read_parquet(path, codes)
    else:
        raw = read_rows(path, MEDICAID, keep=None if codes is None else Keep({"code": codes}))
    return _settled(raw)


def _read_parquet(path: Path, codes: Sequence[str] | None) -> Raw:
    try:
        file = pq.ParquetFile(path)
        places = MEDICAID.places(file.schema_arrow.names, where=path)
        names = {field: file.schema_arrow.names[place] for field, place in places.items()}
        wanted = None if codes is None else sorted(codes)
        parts, offset = [], 0
        for group in range(file.num_row_groups):
            part = _group(file, group, names, wanted, offset)
            offset += file.metadata.row_group(group).num_rows
            if part is not None:
                parts.append(part)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"not a usable Parquet file: {error}", where=path, fix="fetch it again") from error
    if not parts:
        return Raw(pd.DataFrame({f.name: pd.Series(dtype="str") for f in MEDICAID.fields}), np.empty(0, np.int64),
                   empty_rejects())  # fmt: skip
    whole = pa.concat_tables(parts)
    frame = pd.DataFrame(
        {
            field.name: whole[field.name].to_pandas().astype("str").fillna("") if field.name in names else ""
            for field in MEDICAID.fields
        }
    )
    return Raw(frame, whole["_row"].to_numpy() + 1, empty_rejects())


def _group(
    file: pq.ParquetFile, group: int, names: dict[str, str], wanted: Sequence[str] | None, offset: int
) -> pa.Table | None:
    """Return the wanted rows of one group with their number in the file; None when there is none."""
    if wanted is not None and _excludes(file, group, names["code"], wanted):
        return None
    rows = np.arange(file.metadata.row_group(group).num_rows, dtype=np.int64)
    if wanted is not None:
        code = file.read_row_group(group, columns=[names["code"]]).column(0)
        plain = code.type.value_type if pa.types.is_dictionary(code.type) else code.type
        found = pc.is_in(code.cast(plain), value_set=pa.array(wanted, plain))
        rows = np.flatnonzero(found.to_numpy(zero_copy_only=False))
        if not len(rows):
            return None
    table = file.read_row_group(group, columns=list(names.values())).take(pa.array(rows))
    columns = {field: table.column(name).cast(pa.string()) for field, name in names.items()}
    return pa.table({**columns, "_row": pa.array(rows + offset)})


def _excludes(file: pq.ParquetFile, group: int, column: str, wanted: Sequence[str]) -> bool:
    """Whether the statistics of a group of rows say that it holds none of the codes."""
    chunk = file.metadata.row_group(group).column(file.schema_arrow.names.index(column))
    known = chunk.statistics
    if known is None or not known.has_min_max:
        return False
    return not any(str(known.min) <= code <= str(known.max) for code in wanted)


def _settled(raw: Raw) -> Parsed:
    frame = raw.frame.apply(repair.tidy).astype("str")
    for column in ("npi", "billing_npi", "code"):
        frame[column] = repair.code(frame[column]).replace({"UNKNOWN": ""})
    # A servicing number that is none tells nothing; the bill's own number then stands alone.
    frame["npi"] = frame["npi"].where(npis_are_valid(frame["npi"]), "")
    frame["month"] = frame["month"].str.extract(r"^([12][0-9]{3}-(?:0[1-9]|1[0-2]))(?:-[0-9]{2}.*)?$")[0].fillna("")
    bad = {
        "a revenue code, not a service": ~frame["code"].str.fullmatch(_CODE),
        "neither NPI is valid": (frame["npi"] == "") & ~npis_are_valid(frame["billing_npi"]),
        "the month is not valid": frame["month"] == "",
    }
    for column in ("beneficiaries", "claims", "paid_usd"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    frame["year"] = pd.to_numeric(frame["month"].str[:4], errors="coerce").fillna(0).astype("int64")
    columns = ["npi", "billing_npi", "code", "month", "year", "beneficiaries", "claims", "paid_usd"]
    parsed = raw.settle(frame[columns], bad)
    small = int((parsed.frame[["beneficiaries", "claims"]] < SMALLEST_CELL).any(axis=1).sum())
    if not small:
        return parsed
    note = f"{small} rows hold fewer than {SMALLEST_CELL} patients or claims, which the publisher removes"
    return Parsed(parsed.frame, parsed.rejected, (*parsed.notes, note))
