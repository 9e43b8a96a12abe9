"""What pages in one file hold of clinicians' sites: what is shown, what each is ranked by, and who can be lost."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from deserts.arrays import Longs
from deserts.documents import plain
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import doubt_columns
from deserts.patients.search.eligibility import Marks, code_of
from deserts.patients.search.origin import Origin
from deserts.patients.search.wording import (
    DRUG_WORDS,
    asks_drug,
    evidence_words,
    no_words,
    questions,
    said_words,
)
from deserts.specialists.standing import SiteStanding

__all__ = ["AUDIENCES", "people_to_lose", "practices_to_lose", "question_of", "site_columns", "tie_numbers"]

AUDIENCES = ("adult", "child")


def question_of(audience: str, today: dt.date, *, days: int | None = None, payer: str | None = None) -> BackupQuery:
    """Return the question of a patient of an age, wherever that is, with so many days left."""
    empty_on = None if days is None else today + dt.timedelta(days=days)
    here = Origin(0.0, 0.0, "", zip_precise=True)
    return BackupQuery(here, today, pediatric=audience == "child", empty_on=empty_on, payer=payer)


_SHOWN = (
    "npi", "site_id", "name", "credentials", "practice_name", "address", "city", "state", "zip", "phone", "age_band",
)  # fmt: skip
"""Columns of a site that the page shows as they are."""


def site_columns(
    data: BackupData, marks: Mapping[str, Marks], chosen: Longs, *,
    ties: Mapping[tuple[str, int], int], today: dt.date,
) -> dict[str, Any]:  # fmt: skip
    """Return what is shown of each site and what it is ranked by, one list a column."""
    newest = max(data.provenance.claims_years, default=0)
    rows = [{str(key): value for key, value in row.items()} for row in data.sites.iloc[chosen].to_dict("records")]
    shown = {name: [plain(str(row[name]), one_line=True) for row in rows] for name in _SHOWN}
    return {
        **shown,
        "practice": [str(row["practice_id"]) for row in rows],
        "person": data.person[chosen].tolist(),
        "grade_rank": [int(row["grade_rank"]) for row in rows],
        **doubt_columns(data.snaps[chosen], [row["precision"] for row in rows], data),
        "open": data.listed[chosen].astype(int).tolist(),
        "tier": data.tier[chosen].tolist(),
        "ties": [sorted(ties[tie] for tie in data.links.of(int(site))) for site in chosen],
        "tie_kinds": [kind for kind, _ in ties],
        "words": [
            [
                data.service.grade(str(row["grade"])).words,
                DRUG_WORDS.get(str(row["drug"]), ""),
                evidence_words(row, newest),
            ]
            for row in rows
        ],
        "asks_drug": [int(asks_drug(row, data.service)) for row in rows],
        "demoted": [str(text) for text in marks[AUDIENCES[0]].demoted[chosen]],
        **_said_columns([data.said.get(int(site)) for site in chosen], today),
        **{name: _audience_columns(data, name, mark, rows, chosen, today=today) for name, mark in marks.items()},
    }


def _said_columns(said: Sequence[SiteStanding | None], today: dt.date) -> dict[str, Any]:
    """Return what each clinic said: in words, every no with the days on which it stands, and the wait that it named."""
    noes = [() if at is None else at.noes for at in said]
    waits = [None if at is None else at.wait() for at in said]
    return {
        "said": [said_words(at, today) for at in said],
        "verified_on": ["" if at is None or at.confirmed is None else at.confirmed.on.isoformat() for at in said],
        "noes": [[no.span() for no in own] for own in noes],
        "no_words": [[no_words(no) for no in own] for own in noes],
        "wait": [
            None if told is None else [told.wait_days, told.on.toordinal(), told.fresh_until().toordinal()]
            for told in waits
        ],
    }


def _audience_columns(
    data: BackupData, audience: str, mark: Marks, rows: list[dict[str, Any]], chosen: Longs, *, today: dt.date
) -> dict[str, Any]:
    """Return what depends on whether the patient is an adult or a child."""
    query = question_of(audience, today)
    return {
        "age": code_of(mark.age[chosen]).tolist(),
        "ask": [
            list(
                questions(
                    row, query, service=data.service, age=str(mark.age[site]), payer="", pump="", plan="",
                    in_doubt=bool(mark.demoted[site]),
                )
            )
            for site, row in zip(chosen, rows, strict=True)
        ],
    }  # fmt: skip


def tie_numbers(data: BackupData) -> dict[tuple[str, int], int]:
    """Return a number for every tie of the data, in the order of kind and code."""
    every = {tie for site in range(len(data.sites)) for tie in data.links.of(site)}
    return {tie: number for number, tie in enumerate(sorted(every))}


def people_to_lose(data: BackupData, shown: Sequence[str], *, ties: Mapping[tuple[str, int], int]) -> list[Any]:
    """Return the clinicians who can be named as lost: who is listed in the region, and whoever the page shows.

    Their practices close with them; ``ties`` are those of their own sites.

    Parameters
    ----------
    data
        Tables of the region.
    shown
        NPIs of the sites that the page holds.
    ties
        From `tie_numbers`.
    """
    columns = data.columns
    own = data.listed & np.isin(columns["state"], data.region_states)
    found = []
    for npi in sorted({*columns["npi"][own], *shown}):
        rows = data.rows_of[npi]
        first = data.row(int(rows[0]))
        found.append(
            {
                "id": str(npi),
                "name": plain(f"{first['name']}, {first['city']}, {first['state']} (NPI {npi})", one_line=True),
                "closes": sorted({str(columns["practice_id"][row]) for row in rows}),
                "ties": sorted({ties[tie] for row in rows for tie in data.links.of(int(row))}),
            }
        )
    return sorted(found, key=lambda entry: (entry["name"], entry["id"]))


def practices_to_lose(data: BackupData, chosen: Longs, *, ties: Mapping[tuple[str, int], int]) -> list[dict[str, Any]]:
    """Return the practices that can be named as lost, also those that a call closed, with the ties of their sites."""
    ids = data.sites["practice_id"].to_numpy(dtype=object)
    found = []
    for practice in sorted({*ids[chosen], *ids[[*data.said]]}):
        members = np.flatnonzero(ids == practice)
        row = data.sites.iloc[members[0]]
        name = str(row["practice_name"]) or f"Practice at {row['address']}"
        found.append(
            {
                "id": str(practice),
                "closes": [str(practice)],
                "name": plain(f"{name}, {row['city']}, {row['state']}", one_line=True),
                "ties": sorted({ties[tie] for site in members for tie in data.links.of(int(site))}),
            }
        )
    return sorted(found, key=lambda entry: (entry["name"], entry["id"]))
