"""Leads: who may know of pumps by a sign that is no evidence. They order telephone calls and change no grade.

Makers' payments (most are meals), directories, programmes' public pages: each says at most that somebody was in touch
with pumps. No lead makes, lifts or lowers a grade, a probability or a count; a call does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from deserts.errors import InputError
from deserts.sources.readers.npi import npis_are_valid
from deserts.tables import empty
from deserts.user_csv import read_user_csv

__all__ = ["LEADS_FILE", "gather_leads", "payment_leads", "read_leads"]

LEADS_FILE: Final = "leads.csv"
"""The user's own leads, in the folder of own tables."""

_OPTIONAL = ("npi", "address", "city", "state", "zip", "phone", "what", "seen_on", "url")
_COLUMNS = ["lead_id", "npi", "name", "address", "city", "state", "zip", "phone", "source", "hint", "seen_on"]


def payment_leads(payments: pd.DataFrame, states: tuple[str, ...]) -> pd.DataFrame:
    """Gather makers' payments to one row a recipient: the table ``leads``.

    Parameters
    ----------
    payments
        Rows as ``read_open_payments`` returns, of any years; disputed ones are left out.
    states
        States whose recipients are kept.
    """
    rows = payments[payments["state"].isin(states) & ~payments["disputed"]]
    if rows.empty:
        return empty("leads")
    rows = rows.assign(lead_id=rows["npi"].where(rows["npi"] != "", "H" + rows["ccn"]))
    ordered = rows.sort_values(["lead_id", "paid_on", "name", "maker", "products"])
    grouped = ordered.groupby("lead_id", sort=True)
    newest = grouped[["npi", "ccn", "name", "city", "state", "zip", "specialty"]].last()
    listed = grouped[["products", "maker", "nature"]].agg(_listed)
    sums = grouped.agg(
        payments=("amount_usd", "size"), amount_usd=("amount_usd", "sum"), first_on=("paid_on", "min"),
        last_on=("paid_on", "max"),
    )  # fmt: skip
    made = pd.concat([newest, listed.rename(columns={"maker": "makers", "nature": "natures"}), sums], axis=1)
    made["amount_usd"] = made["amount_usd"].clip(lower=0.0)
    columns = list(empty("leads").columns)
    return made.reset_index()[columns].sort_values("lead_id", ignore_index=True)


def _listed(values: pd.Series) -> str:
    names = {part for value in values for part in str(value).split("; ") if part}
    return "; ".join(sorted(names))


def read_leads(path: Path) -> pd.DataFrame:
    """Read the user's own leads, or none when there is no such file.

    Columns: ``name``, ``source`` (a directory, a programme's page); optional ``npi, address, city, state, zip, phone,
    what, seen_on, url``. A row without an NPI needs a ZIP: it is placed by that.

    Raises
    ------
    InputError
        With every fault of the file.
    """
    if not path.is_file():
        return pd.DataFrame(columns=_COLUMNS, dtype="str")
    frame = read_user_csv(path, text=("name", "source"))
    for column in _OPTIONAL:
        frame[column] = frame[column].fillna("").str.strip() if column in frame else ""
    bad = (frame["npi"] != "") & ~npis_are_valid(frame["npi"])
    lost = (frame["npi"] == "") & ~frame["zip"].str.fullmatch(r"\d{5}")
    for rows, what in ((bad, "column npi is no valid NPI"), (lost, "neither an NPI nor a five-digit ZIP")):
        if rows.any():
            shown = ", ".join(str(row + 2) for row in rows[rows].index[:5])
            raise InputError(f"{what} at row {shown}", where=path, expected="ten digits, or empty and a ZIP")
    number = pd.Series(range(2, len(frame) + 2), index=frame.index).astype("str")
    where = frame["url"].where(frame["url"] == "", " (" + frame["url"] + ")")
    return frame.assign(
        lead_id=frame["npi"].where(frame["npi"] != "", "row " + number),
        hint=(frame["what"] + where).str.strip(),
    )[_COLUMNS]


def gather_leads(payments: pd.DataFrame, own: pd.DataFrame) -> pd.DataFrame:
    """Join makers' payments and the user's own leads: one row a lead and source, in a fixed order.

    Parameters
    ----------
    payments
        The table ``leads``.
    own
        As `read_leads` returns.

    Returns
    -------
    DataFrame
        ``lead_id, npi, name, address, city, state, zip, phone, source, hint, seen_on``.
    """
    dollars = payments["amount_usd"].map("{:,.0f}".format)
    hint = (
        "payments: " + payments["payments"].astype("str") + ", " + dollars + " USD in all for " + payments["products"]
    )
    hint += " (" + payments["natures"] + "), by " + payments["makers"]
    paid = payments.assign(address="", phone="", source="Open Payments", hint=hint, seen_on=payments["last_on"])
    both = pd.concat([paid[_COLUMNS], own[_COLUMNS]], ignore_index=True).astype("str")
    return both.sort_values(["lead_id", "source", "hint"], ignore_index=True)
