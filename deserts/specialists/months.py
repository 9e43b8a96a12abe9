"""Months of Medicaid spending: how long somebody is shown to do it, and what a month without a row can mean.

The publisher removed every cell of fewer than twelve patients or claims. A month with a row is proof; a month without
one is silence: a clinic of eleven patients never shows. So the newest month shown is a *last proven month*, not an end,
and a row of months tells of starting and stopping only where hardly one is missing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Final

import pandas as pd

from deserts.services import Service

__all__ = ["FLOW_SHARE", "flow_words", "last_month_of", "last_proven_words", "month_number", "months_shown",
           "of_practices", "with_source"]  # fmt: skip

FLOW_SHARE: Final = 0.9
"""Share of the months between the first and the last shown that must be there before gaps mean anything."""

_SILENT_MONTHS: Final = 3
"""Missing months at the end of the file from which one who showed nearly every month is called silent."""


def month_number(months: pd.Series) -> pd.Series:
    """Return months (YYYY-MM) as a count of months, so that neighbours differ by one."""
    return months.str[:4].astype("int64") * 12 + months.str[5:7].astype("int64") - 1


def with_source(months: pd.DataFrame) -> pd.DataFrame:
    """Name in ``npi`` whom each row speaks for and in ``source`` what it says of them.

    ``medicaid``: did the work. ``medicaid_billing``: sent the bill where the file does not tell who did the work; where
    it tells, the bill's own number is an office, and nothing is said of it.
    """
    told = months["npi"] != ""
    source = pd.Series("medicaid_billing", index=months.index).where(~told, "medicaid")
    return months.assign(npi=months["npi"].where(told, months["billing_npi"]), source=source)


def months_shown(rows: pd.DataFrame, service: Service, *, by: str = "npi", end: str = "") -> pd.DataFrame:
    """Count the months in which somebody is shown to do the service.

    Parameters
    ----------
    rows
        Rows of ``medicaid_months`` after `with_source`.
    service
        The profile; classes on no rung of its ladder show nothing.
    by
        Column that names whom to count: ``npi``, or a practice.
    end
        Newest month of the file, where the rows are not all of it.

    Returns
    -------
    DataFrame
        Indexed by ``by``: ``first_month, last_month`` (YYYY-MM), ``months`` shown, ``span_months`` from the first to
        the last, ``file_end``, ``through_end``, ``missing_at_end`` (months), ``most_patients`` in one month, ``claims``
        in all, ``carries_flow``.
    """
    proves = {name for grade in service.grades for name in grade.any_class}
    codes = [code for name, codes in service.code_classes.items() if name in proves for code in codes]
    shown = rows[rows["code"].isin(codes)]
    grouped = shown.groupby(by, sort=True)
    frame = grouped.agg(
        first_month=("month", "min"), last_month=("month", "max"), months=("month", "nunique"),
        most_patients=("beneficiaries", "max"), claims=("claims", "sum"),
    )  # fmt: skip
    end = end or str(rows["month"].max() if len(rows) else "")
    last = month_number(frame["last_month"])
    frame["span_months"] = last - month_number(frame["first_month"]) + 1
    frame["file_end"] = end
    frame["through_end"] = frame["last_month"] == end
    frame["missing_at_end"] = (month_number(pd.Series([end]))[0] - last) if end else 0
    frame["carries_flow"] = frame["months"] >= FLOW_SHARE * frame["span_months"]
    return frame


def last_proven_words(row: Mapping[Hashable, object]) -> str:
    """Say until when somebody is shown, as one row of `months_shown`."""
    if row["through_end"]:
        return f"seen through the end of the file, {row['file_end']}"
    return f"last seen {row['last_month']}; months below 12 are hidden"


def flow_words(row: Mapping[Hashable, object]) -> str:
    """Say whether the months of one row of `months_shown` can tell of starting and stopping, and what they tell."""
    shown, span = int(str(row["months"])), int(str(row["span_months"]))
    seen = f"shown in {shown} of {span} months from {row['first_month']} to {row['last_month']}"
    if not row["carries_flow"]:
        return f"{seen}: too many are hidden to tell of starting or stopping"
    silent = int(str(row["missing_at_end"]))
    if silent >= _SILENT_MONTHS:
        return f"{seen}, then silent for the last {silent} of the file: ask; it may have stopped or shrunk"
    return f"{seen}: nearly every month, so that a stop would show"


def last_month_of(shown: pd.DataFrame, npi: str) -> str:
    """Return the words on the last proven month of one clinician, empty where no month shows them."""
    return last_proven_words(shown.loc[npi].to_dict()) if npi in shown.index else ""


def of_practices(rows: pd.DataFrame, sites: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Count the months of practices of two or more clinicians, for what the public sees: no month of one person.

    Returns
    -------
    DataFrame
        As `months_shown`, indexed by ``practice_id``. A clinician of several practices counts for none of them: the
        file does not tell where.
    """
    members = sites[["practice_id", "npi"]].drop_duplicates()
    several = members.groupby("practice_id")["npi"].transform("size") >= 2
    single = members.groupby("npi")["practice_id"].transform("size") == 1
    joined = rows.merge(members[several & single], on="npi", validate="many_to_one")
    end = str(rows["month"].max()) if len(rows) else ""
    return months_shown(joined, service, by="practice_id", end=end)
