"""What the finder's page holds of hospitals that were paid for it without naming a clinician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deserts.documents import plain
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import SITE_ERROR_MIN, BackupData
from deserts.patients.search.nearest import nearest_by_road
from deserts.patients.search.origin import Origin
from deserts.patients.search.pump_places import payment_words, place_questions
from deserts.patients.search.wording import DRUG_WORDS, PLACES_TITLE
from deserts.rules.ranking import TICKS_A_MINUTE

__all__ = ["PLACES", "packed_places", "place_columns"]

PLACES = 5
"""Hospitals without a named clinician kept for a ZIP."""


def packed_places(data: BackupData, origin: Origin, *, most: int = PLACES) -> list[list[int]]:
    """Return the ``most`` nearest hospitals without a named clinician within the limit: row, ticks, metres."""
    frame, ends = data.places.frame, data.places.ends
    if frame.empty:
        return []
    lon, lat = frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float)
    near = nearest_by_road(origin, data, lon, lat, k=most, within_min=data.limit_min, ends=ends)
    return [
        [int(row), round(minutes * TICKS_A_MINUTE), round(km * 1000)]
        for row, minutes, km in zip(near.row, near.drive_min, near.dist_km, strict=True)
    ]


def place_columns(data: BackupData, questions: Mapping[str, BackupQuery]) -> dict[str, Any]:
    """Return what is shown of each hospital without a named clinician, one list a column.

    Parameters
    ----------
    data
        Tables of the region.
    questions
        Audience (adult, child) to its question from no place in particular.
    """
    rows = data.places.frame.to_dict("records")
    shown = ("name", "address", "city", "state", "zip", "phone")
    return {
        **{name: [plain(str(row[name]), one_line=True) for row in rows] for name in shown},
        "give": [SITE_ERROR_MIN.get(str(row["precision"]), 0) for row in rows],
        "words": [
            plain(" · ".join(part for part in (payment_words(row), DRUG_WORDS.get(str(row["drug"]), "")) if part),
                  one_line=True)
            for row in rows
        ],
        "title": PLACES_TITLE,
        **{
            name: [list(place_questions(row, question, data.service)) for row in rows]
            for name, question in questions.items()
        },
    }  # fmt: skip
