"""Recall: of the programmes that announce themselves in public, how many does the registry find, and at which grade.

A list that somebody else made is the only honest test of completeness. Without one, recall is unknown.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from deserts.errors import InputError
from deserts.services import Service
from deserts.sources.readers.repair import zip5
from deserts.specialists.addresses import clean_text, normalise_street
from deserts.specialists.intervals import wilson
from deserts.user_csv import read_user_csv

__all__ = ["RECALL_UNKNOWN", "find_known", "read_known", "recall_by_grade"]

RECALL_UNKNOWN = "recall unknown: no list of publicly announced programmes was given"
_OPTIONAL = ("npi", "address", "zip", "state", "source")


def read_known(path: Path) -> pd.DataFrame:
    """Read a user's list of programmes: ``name`` and either ``npi`` or ``address`` and ``zip``; further columns stay.

    Raises
    ------
    InputError
        If a row can be matched by nothing.
    """
    frame = read_user_csv(path, text=("name",))
    frame = frame.assign(**{c: clean_text(frame[c]) if c in frame else "" for c in _OPTIONAL})
    frame["zip"] = zip5(frame["zip"])
    matchable = frame["npi"].str.fullmatch(r"\d{10}") | (frame["address"].ne("") & frame["zip"].ne(""))
    if not matchable.all():
        rows = ", ".join(str(row + 2) for row in np.flatnonzero(~matchable)[:10])
        raise InputError(
            "rows that name neither a clinician nor a place",
            where=f"{path}, row {rows}",
            expected="npi (ten digits), or address and zip",
            fix="add one of them",
        )
    return frame


def find_known(known: pd.DataFrame, specialists: pd.DataFrame, sites: pd.DataFrame) -> pd.DataFrame:
    """Look each programme up in the registry: by NPI, else by street and ZIP; the best grade there counts.

    Parameters
    ----------
    known
        Rows of `read_known`.
    specialists, sites
        Tables of the registry.

    Returns
    -------
    DataFrame
        The rows of ``known`` with ``matched_by`` (npi, address, or empty), ``grade``, ``grade_rank`` (-1 when not
        found) and ``found_npis``.
    """
    by_npi = specialists.set_index("npi")
    ranks = known["npi"].map(by_npi["grade_rank"])
    key = normalise_street(known["address"], pd.Series("", index=known.index)) + " " + known["zip"]
    there = sites.sort_values(["grade_rank", "npi"]).groupby("site_key")
    best = there[["grade", "grade_rank"]].first()
    npis = there["npi"].agg(lambda values: ",".join(sorted(set(values))))
    by_address = key.map(best["grade_rank"]).where(known["zip"] != "")
    rank = ranks.fillna(by_address)
    names = specialists.drop_duplicates("grade_rank").set_index("grade_rank")["grade"]
    return known.assign(
        matched_by=np.select([ranks.notna(), by_address.notna()], ["npi", "address"], default=""),
        grade=rank.map(names).fillna("").astype("str"),
        grade_rank=rank.fillna(-1).astype("int64"),
        found_npis=known["npi"].where(ranks.notna(), key.map(npis).where(by_address.notna(), "")).fillna(""),
    )


def recall_by_grade(found: pd.DataFrame, service: Service) -> pd.DataFrame:
    """Return, for each rung, how many programmes are found at that grade or better, with Wilson's 95 % interval."""
    grades = [grade for grade in service.grades if grade.name != "contradicted"]
    rank = found["grade_rank"].to_numpy()
    counts = np.array([int(((rank >= 0) & (rank <= grade.rank)).sum()) for grade in grades])
    low, high = wilson(counts, np.full(len(counts), len(found)))
    share = counts / len(found) if len(found) else np.full(len(counts), np.nan)
    return pd.DataFrame(
        {
            "grade": [grade.name for grade in grades],
            "known": len(found),
            "found": counts,
            "share": share,
            "low": low,
            "high": high,
        }
    )
