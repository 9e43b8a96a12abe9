"""The one sentence that every output carries: what share of the billed care these files show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from deserts.config import state_names
from deserts.services import Service
from deserts.specialists.reconcile import ALL, NATION

__all__ = ["NOT_RECONCILED", "reconciliation_line", "share_words"]

NOT_RECONCILED = "not reconciled"
_FEW_STATES = 3
_PLACES = {ALL: "office and hospital outpatient together", "O": "in the office", "F": "in a facility"}
_WHY_NOT = {
    "not_read": "no claims were read",
    "seen_partial": "the claims at hand are not those of the whole nation",
    "total_suppressed": "the total is not published",
}


def reconciliation_line(table: pd.DataFrame, *, service: Service, states: Sequence[str]) -> str:
    """Return the sentence for a region, every number of it taken from the table.

    Parameters
    ----------
    table
        The table ``reconciliation``.
    service
        Its ``reconcile_code`` is spoken of.
    states
        States of the region itself, for their own share and for that of Medicare Advantage.
    """
    code = service.reconcile_code
    rows = table[table["code"] == code]
    parts = [_nation(rows, code), *_by_state(rows, states), *_advantage(rows, states)]
    parts.append(service.words.get("reconcile_note", ""))
    return "Reconciliation: " + " ".join(part for part in parts if part)


def _nation(rows: pd.DataFrame, code: str) -> str:
    best = _best(rows[rows["state"] == NATION])
    if best is None:
        known = rows.loc[(rows["state"] == NATION) & (rows["total_source"] != ""), "status"]
        why = next((words for status, words in _WHY_NOT.items() if (known == status).any()), "no total of it was read")
        return f"{NOT_RECONCILED}: {why}, so nobody can say what share of {code} these files show."
    return (
        f"we see {_shares(best)} that CMS reports for the whole nation in {best['year']} (Original Medicare, "
        f"{_PLACES[best['place_of_service']]}; one patient can be counted at several clinicians)."
    )


def _by_state(rows: pd.DataFrame, states: Sequence[str]) -> list[str]:
    """Return a state's own share, where a total by state was read and the region has few of them."""
    found = []
    for state in states if len(states) <= _FEW_STATES else ():
        best = _best(rows[rows["state"] == state])
        if best is not None:
            place = _PLACES[best["place_of_service"]]
            found.append(f"{state_names()[state]}, {place} alone: {_shares(best)} of {best['year']}.")
    return found


def _best(rows: pd.DataFrame) -> dict[str, Any] | None:
    """Return the row that is spoken of: newest year, patients before services, drug totals first, newest edition."""
    usable = rows[
        (rows["status"] == "reconciled") & (rows[["patients_high_share", "services_share"]].notna().any(axis=1))
    ]
    if usable.empty:
        return None
    order = usable.assign(
        has_patients=usable["patients_high_share"].notna(),
        is_drug=usable["total_source"] == "drug_spending",
        size=usable["total_services"].fillna(0.0),
    )
    first = order.sort_values(["year", "has_patients", "is_drug", "edition", "size"], kind="stable").iloc[-1]
    return {str(name): value for name, value in first.items()}


def _shares(row: dict[str, Any]) -> str:
    code = row["code"]
    if not np.isnan(row["patients_high_share"]):
        share = share_words(float(row["patients_low_share"]), float(row["patients_high_share"]))
        return f"{share} of the {row['total_patients']:,.0f} {code} patients"
    share = share_words(float(row["services_share"]), float(row["services_share"]))
    return f"{share} of the {row['total_services']:,.0f} {code} services"


def share_words(low: float, high: float) -> str:
    """Return a range of shares in whole per cent; what is not all is never rounded to all, nor what is some to none."""
    first, last = _percent(low), _percent(high)
    return last if first == last else f"{first} to {last}"


def _percent(share: float) -> str:
    if 0 < share < 0.005:
        return "under 1 %"
    if 0.995 <= share < 1:
        return "over 99 %"
    return f"{100 * share:.0f} %"


def _advantage(rows: pd.DataFrame, states: Sequence[str]) -> list[str]:
    """Return the share in Medicare Advantage of each state, or the range over many, or that it is not known."""
    shares = rows.drop_duplicates("state").set_index("state")["ma_share"].dropna()
    if shares.empty:
        return ["The share in Medicare Advantage, whom no number here holds, was not read."]
    own = shares.reindex(list(states)).dropna()
    if len(own) and len(states) <= _FEW_STATES:
        words = ", ".join(f"{state_names()[str(state)]} {_percent(share)}" for state, share in own.items())
    elif len(own):
        words = f"{_percent(own.min())} to {_percent(own.max())} by state"
    else:
        words = f"the nation {_percent(float(shares.get(NATION, np.nan)))}"
    return [f"In Medicare Advantage, whom no number here holds: {words}."]
