"""What the finder's page holds of hospitals that were paid for it without naming a clinician."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from deserts.documents import plain
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import BackupData
from deserts.patients.search.doubts import doubt_columns
from deserts.patients.search.nearest import Nearest, nearest_by_road
from deserts.patients.search.origin import Origin
from deserts.patients.search.pump_places import payment_words, place_questions
from deserts.patients.search.routes import place_on_roads
from deserts.patients.search.wording import DRUG_WORDS, PLACES_TITLE
from deserts.rules.ranking import TICKS_A_MINUTE

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["PLACES", "pack_near", "packed_places", "place_columns"]

PLACES = 5
"""Hospitals without a named clinician kept for a ZIP."""


def packed_places(data: BackupData, origin: Origin, *, most: int = PLACES) -> list[list[Any]]:
    """Return the ``most`` nearest hospitals without a named clinician within the limit; see `pack_near`."""
    frame, ends = data.places.frame, data.places.ends
    if frame.empty:
        return []
    lon, lat = frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float)
    return pack_near(nearest_by_road(origin, data, lon, lat, k=most, within_min=data.limit_min, ends=ends))


def pack_near(near: Nearest) -> list[list[Any]]:
    """Return row, ticks, metres of each place that was found, and, where there is any, what seasons do to its drive."""
    rows: list[list[Any]] = [
        [int(row), round(minutes * TICKS_A_MINUTE), round(km * 1000)]
        for row, minutes, km in zip(near.row, near.drive_min, near.dist_km, strict=True)
    ]
    return [[*row, doubt["without"]] if doubt["without"] else row for row, doubt in zip(rows, near.doubts, strict=True)]


def _ends(data: BackupData) -> Snaps:
    frame = data.places.frame
    if data.places.ends is not None:
        return data.places.ends
    return place_on_roads(data, frame["lon"].to_numpy(dtype=float), frame["lat"].to_numpy(dtype=float))


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
        **doubt_columns(_ends(data), data.places.frame["precision"], data),
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
