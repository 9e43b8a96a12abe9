"""Rows of payers' directories that matter to a run, and how one plan is found among them."""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from deserts.errors import UnknownNameError
from deserts.sources.directories.listing import Reading
from deserts.tables import empty

__all__ = ["has_plan", "listings_of", "no_listings", "plans_in", "rows_of_plan"]

_NAMES = {"specialty_text": "specialty", "address_1": "address", "zip5": "zip"}


def listings_of(reading: Reading, *, npis: Collection[str], taxonomies: Collection[str]) -> pd.DataFrame:
    """Return the rows of one directory about people who could do this, and about organisations.

    Parameters
    ----------
    reading
        Result of ``sources.directories.read_directory``.
    npis
        Clinicians of the run.
    taxonomies
        Taxonomy codes of the service: who has one of them is kept, known to the run or not.

    Returns
    -------
    DataFrame
        Columns of the table ``plan_listings`` but the running number.
    """
    frame = reading.frame
    codes = frame["specialty_code"].str.replace(";", " ")
    fits = frame["npi"].isin(npis) | codes.map(lambda text: any(code in taxonomies for code in text.split()))
    own = frame[fits | (frame["entity"] == "organisation")]
    found = own.rename(columns=_NAMES).assign(
        plan_id=own["plan_id"].where(own["plan_id"] != "", own["network_id"]),
        plan_name=own["plan_name"].where(own["plan_name"] != "", own["network_name"]),
        codes=codes[own.index],
        lat=own["lat"].where(own["lat"].between(-90, 90)),
        lon=own["lon"].where(own["lon"].between(-180, 180)),
        gaps="; ".join(reading.gaps),
    )
    columns = [name for name in empty("plan_listings").columns if name != "listing_no"]
    return found[columns].drop_duplicates(
        subset=["plan_id", "npi", "name", "entity", "address", "zip", "state", "listed_via", "source_file", "pointer"],
        ignore_index=True,
    )  # fmt: skip


def no_listings() -> pd.DataFrame:
    """Return ``plan_listings`` of a run without any payer's directory."""
    return empty("plan_listings")


def plans_in(listings: pd.DataFrame) -> list[tuple[str, str]]:
    """Return identifier and name of every plan, sorted."""
    pairs = listings[["plan_id", "plan_name"]].drop_duplicates().itertuples(index=False)
    return sorted((str(plan), str(name)) for plan, name in pairs)


def has_plan(listings: pd.DataFrame, plan: str) -> bool:
    """Whether exactly one plan has this identifier, beginning or name."""
    try:
        return bool(len(rows_of_plan(listings, plan)))
    except UnknownNameError:
        return False


def rows_of_plan(listings: pd.DataFrame, plan: str) -> pd.DataFrame:
    """Return the rows of one plan: by its identifier, a contract that begins it, or its name; the only one when empty.

    Raises
    ------
    UnknownNameError
        If no directory of the run has such a plan, or a beginning fits several plans.
    """
    wanted = plan.strip().casefold()
    identifier, name = listings["plan_id"].str.casefold(), listings["plan_name"].str.casefold()
    exact = (identifier == wanted) | ((name == wanted) & (wanted != ""))
    fits = exact if exact.any() else identifier.str.startswith(wanted + "-")
    rows = listings[fits] if wanted else listings
    if len(set(rows["plan_id"])) == 1:
        return rows
    known = "; ".join(" ".join(filter(None, pair)) for pair in plans_in(listings)) or "(none)"
    if wanted:
        what = f"{'several plans fit' if len(rows) else 'no directory of this run has the plan'} {plan!r}"
    else:
        what = "the directories of this run hold several plans" if len(rows) else "no directory of this run has a plan"
    raise UnknownNameError(
        what, where="--plan", expected=f"one of {known}",
        fix="name one of them, or run again with --own plan_directory=FILE",
    )  # fmt: skip
