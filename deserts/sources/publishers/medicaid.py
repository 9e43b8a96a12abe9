"""Medicaid provider spending by billing NPI, servicing NPI, code and month (HHS Open Data, since February 2026).

Status: **unverified against the live service.** The schema below is that of the publisher's data dictionary as others
have copied it, in both spellings seen so far (the release of 2026-02-09 has been described with either). Rows of fewer
than twelve claims were removed by the publisher; it covers outpatient and professional claims of fee for service,
managed care and CHIP, January 2018 to December 2024, as good as each state's own reporting.

=========================== ========================== ======= =====================================================
column                      also spelled               type    meaning
=========================== ========================== ======= =====================================================
BILLING_PROVIDER_NPI_NUM                               text    who sent the bill
SERVICING_PROVIDER_NPI_NUM                             text    who did the work; may be empty or ``UNKNOWN``
HCPCS_CODE                                             text    code of the service
CLAIM_FROM_MONTH            CLAIM_MONTH                date    YYYY-MM-01 (also seen as YYYY-MM)
TOTAL_UNIQUE_BENEFICIARIES  TOTAL_PATIENTS             integer people in this row
TOTAL_CLAIMS                TOTAL_CLAIM_LINES          integer claims in this row
TOTAL_PAID                                             number  US dollars
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

__all__ = ["MEDICAID", "VERIFIED_LIVE", "read_medicaid"]

VERIFIED_LIVE: Final = False

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
        The file; it has some 230 million rows.
    codes
        HCPCS codes to keep; all when None.

    Returns
    -------
    Parsed
        ``npi`` (who did the work; who billed where that is not known), ``billing_npi, code, month (YYYY-MM), year,
        beneficiaries, claims, paid_usd``.
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
        parts, offset = [], 0
        for batch in file.iter_batches(columns=list(names.values())):
            rows = np.arange(offset, offset + batch.num_rows)
            offset += batch.num_rows
            columns = {field: batch.column(name).cast(pa.string()) for field, name in names.items()}
            table = pa.table({**columns, "_row": rows})
            parts.append(table if codes is None else table.filter(pc.is_in(table["code"], pa.array(list(codes)))))
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


def _settled(raw: Raw) -> Parsed:
    frame = raw.frame.apply(repair.tidy).astype("str")
    for column in ("npi", "billing_npi", "code"):
        frame[column] = repair.code(frame[column]).replace({"UNKNOWN": ""})
    frame["npi"] = frame["npi"].mask(frame["npi"] == "", frame["billing_npi"])
    frame["month"] = frame["month"].str.extract(r"^([12][0-9]{3}-(?:0[1-9]|1[0-2]))(?:-[0-9]{2}.*)?$")[0].fillna("")
    bad = {
        "the NPI is not valid": ~npis_are_valid(frame["npi"]),
        "the month is not valid": frame["month"] == "",
    }
    for column in ("beneficiaries", "claims", "paid_usd"):
        frame[column], damaged = repair.number(frame[column])
        bad[f"{column} is not a number"] = damaged
    frame["year"] = pd.to_numeric(frame["month"].str[:4], errors="coerce").fillna(0).astype("int64")
    columns = ["npi", "billing_npi", "code", "month", "year", "beneficiaries", "claims", "paid_usd"]
    return raw.settle(frame[columns], bad)
