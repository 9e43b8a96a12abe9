"""What one plan's directory says of every site: a claim by the payer, which orders within a tier and makes no tier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from deserts.arrays import Texts
from deserts.networks.listed_places import doors_of
from deserts.networks.listings import rows_of_plan
from deserts.networks.sentence import ACCEPTING

__all__ = ["PlanMarks", "mark_plan"]

_HASH = 12
_BY_NAME = ("role", "affiliation", "providers_json")
_VIA = {
    "role": "by name", "providers_json": "by name", "affiliation": "through an affiliation of the practice",
    "rate": "only in a file of rates",
}  # fmt: skip
"""How a listing came about, the strongest first."""


@dataclass(frozen=True, slots=True, eq=False)
class PlanMarks:
    """What a plan's directory says, one entry a site.

    Parameters
    ----------
    told
        ``yes`` listed by name, ``no`` not listed in a directory that was read whole, ``ask`` where it does not tell: an
        organisation at the address is listed as a whole, a file of rates names the clinician, or files are missing.
        Empty when no plan was asked for.
    words
        The listing with its dates and pointer, by site; only of sites for which there is something to show.
    note
        What the reader must know of the directory; empty when no plan was asked for.
    """

    told: Texts
    words: Mapping[int, str] = field(default_factory=dict)
    note: str = ""


def mark_plan(plan: str | None, sites: pd.DataFrame, listings: pd.DataFrame) -> PlanMarks:
    """Return what a plan's directory says of every site.

    Parameters
    ----------
    plan
        Identifier or name; None when not asked for.
    sites
        ``npi, address, zip``.
    listings
        The table ``plan_listings``.

    Raises
    ------
    UnknownNameError
        If no directory of the run has the plan.
    """
    if plan is None:
        return PlanMarks(np.full(len(sites), "", dtype=object))
    rows = rows_of_plan(listings, plan)
    named = next((str(text) for text in (*rows["plan_name"], plan) if text), plan)
    rows, doors = rows.assign(door=doors_of(rows)), doors_of(sites).to_numpy(dtype=object)
    gaps = [text for text in sorted(set(rows["gaps"])) if text]
    told = np.full(len(sites), "ask" if gaps else "no", dtype=object)
    words: dict[int, str] = {}
    for site, answer, text in _listed(rows, sites["npi"].to_numpy(dtype=object), doors):
        told[site] = answer
        words[site] = f"{named} {text}"
    return PlanMarks(told, words, _note(named, rows, gaps))


def _listed(rows: pd.DataFrame, npis: Texts, doors: Texts) -> Iterator[tuple[int, str, str]]:
    """Yield sites that the directory speaks of, ``yes`` or ``ask``, and what it says in words."""
    people = {str(npi): own for npi, own in rows[rows["entity"] == "individual"].groupby("npi")}
    wholes = rows[(rows["entity"] == "organisation") & (rows["door"] != "")].drop_duplicates("door").set_index("door")
    for site, (npi, door) in enumerate(zip(npis, doors, strict=True)):
        own = people.get(str(npi))
        if own is not None:
            strongest = own["listed_via"].map(list(_VIA).index)
            at = own.assign(strongest=strongest).sort_values(["strongest", "pointer"], kind="stable")
            here = at[(at["door"] == door) & (door != "")]
            row = (here if len(here) else at).iloc[0]
            answer = "yes" if own["listed_via"].isin(_BY_NAME).any() else "ask"
            where = "at this address" if len(here) else "at another address"
            said = ACCEPTING.get(str(row["accepting"]), f"payer says: {row['accepting']}")
            yield site, answer, f"lists this clinician {_VIA[row['listed_via']]}, {where}; {said} ({_pointer(row)})"
        elif door in wholes.index:
            row = wholes.loc[door]
            yield site, "ask", f"lists {row['name']} at this address as a whole, nobody by name ({_pointer(row)})"


def _pointer(row: pd.Series) -> str:
    dated = f"record of {row['source_date']}" if row["source_date"] else "record without a date"
    got = f"got on {row['retrieved_on']}" if row["retrieved_on"] else "got on a day not recorded"
    return f"{dated}, {got}; {row['source_file']} {row['pointer']}, sha256 {str(row['source_sha256'])[:_HASH]}"


def _note(named: str, rows: pd.DataFrame, gaps: list[str]) -> str:
    days = ", ".join(day for day in sorted(set(rows["retrieved_on"])) if day) or "a day not recorded"
    whole = f"; it could not be read whole ({'; '.join(gaps)}), so whom it lacks is not known" if gaps else ""
    return (
        f"Within each tier, whom the directory of {named} (got on {days}) lists stands first, whom it does not list "
        f"last{whole}. A listing is the payer's claim, never evidence of doing it: ask."
    )
