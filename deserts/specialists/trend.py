"""How many Medicare patients got a drug, by year and edition; a year that was not read stays missing."""

from __future__ import annotations

import numpy as np
import pandas as pd

__all__ = ["NOT_FEWER_PUMPS", "change_over", "trend_lines", "yearly_totals"]

NOT_FEWER_PUMPS = (
    "The fall is not 'fewer pumps': these totals hold Original Medicare alone, and people have moved to Medicare "
    "Advantage, whose patients no edition counts."
)

_MEASURES = ["patients", "claims", "units", "dollars"]


def yearly_totals(drugs: pd.DataFrame, code: str) -> pd.DataFrame:
    """Return the totals of a code by year and edition.

    Parameters
    ----------
    drugs
        As ``read_drug_spending`` returns, several editions stacked.
    code
        HCPCS code.

    Returns
    -------
    DataFrame
        ``year, edition, patients, claims, units, dollars, status``. Two editions of a year are two rows. A year between
        the first and the last of which no edition was read is a row of nulls (``no_edition``), never interpolated.
    """
    whole = drugs[(drugs["code"] == code) & ~drugs["partial"]].drop_duplicates(["year", "edition"])
    rows = whole[["year", "edition", *_MEASURES]].assign(
        status=np.where(whole["suppressed"], "suppressed", "published")
    )
    if rows.empty:
        return rows
    missing = sorted(set(range(int(rows["year"].min()), int(rows["year"].max()) + 1)) - set(rows["year"]))
    gaps = pd.DataFrame({"year": missing, "edition": "", "status": "no_edition"}).reindex(columns=rows.columns)
    stacked = pd.concat([rows, gaps.astype(rows.dtypes)], ignore_index=True) if missing else rows
    return stacked.sort_values(["year", "edition"], ignore_index=True)


def change_over(totals: pd.DataFrame, first: int, last: int) -> float | None:
    """Return patients of the year ``last`` over those of ``first``, newest editions; None where one is not known."""
    known = totals.dropna(subset=["patients"]).drop_duplicates("year", keep="last").set_index("year")["patients"]
    if first not in known.index or last not in known.index:
        return None
    return float(known[last] / known[first])


def trend_lines(totals: pd.DataFrame, code: str) -> list[str]:
    """Return the totals as lines of text, a row an edition of a year, and what may not be read out of them."""
    if totals.empty:
        return [f"no edition of the totals of {code} was read"]
    lines = [f"{code}: year, edition, patients, claims, units, dollars (Original Medicare, whole nation)"]
    for row in totals.to_dict("records"):
        if row["status"] == "no_edition":
            lines.append(f"  {row['year']}  -     no edition of this year was read: null, not interpolated")
            continue
        cells = [_shown(row["patients"], "fewer than 11"), *(_shown(row[name], "-") for name in _MEASURES[1:])]
        lines.append(f"  {row['year']}  {row['edition']}  " + "  ".join(f"{cell:>13}" for cell in cells))
    return [*lines, NOT_FEWER_PUMPS]


def _shown(value: float, otherwise: str) -> str:
    return otherwise if np.isnan(value) else f"{value:,.1f}".removesuffix(".0")
