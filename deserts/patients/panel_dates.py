"""The pump's days of a whole panel: each row's dates become one refill timeline, and that becomes columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pandas as pd

from deserts.documents.form import FormReader
from deserts.errors import InputError
from deserts.patients.refill.clock_form import read_known_days
from deserts.patients.refill.timeline import Timeline, keeps_time, make_timeline
from deserts.services.profile import Service

__all__ = ["DATE_COLUMNS", "panel_dates"]

_TYPED = ("alarm_on", "filled_on", "run_dry", "withdrawal_signs", "overdose_signs")
_VOLUMES = ("fill_ml", "alarm_ml", "daily_ml")
_DRUG = {
    "drug": "name", "concentration": "concentration", "concentration_unit": "concentration_unit",
    "daily_dose": "daily_dose", "dose_unit": "dose_unit",
}  # fmt: skip
DATE_COLUMNS = (*_TYPED, *_VOLUMES, *_DRUG)
"""Columns of a panel from which a timeline is made; all optional, named as on the command line and the forms."""

_ADDED = ("first_line", "earliest_empty_on", "days_left", "refill_by", "safe_on", "emergency", "red", "ask_clinic")


def panel_dates(panel: pd.DataFrame, *, service: Service, today: dt.date) -> tuple[pd.DataFrame, list[str]]:
    """Return the columns to add, and what is wrong with each row, empty when nothing is.

    Parameters
    ----------
    panel
        The patients, texts; see `DATE_COLUMNS`.
    service
        The profile. One without refills adds no column.
    today
        Day from which days are counted.
    """
    if not keeps_time(service):
        return pd.DataFrame(index=panel.index), [""] * len(panel)
    known = panel.reindex(columns=list(DATE_COLUMNS), fill_value="")
    made = [_one(row, service, today) for row in known.to_dict("records")]
    rows = [_columns(timeline) if timeline is not None else {} for timeline, _ in made]
    added = pd.DataFrame(rows, columns=list(_ADDED), index=panel.index)
    added["days_left"] = added["days_left"].astype("Int64")
    return added, [why for _, why in made]


def _one(row: Mapping[Any, str], service: Service, today: dt.date) -> tuple[Timeline | None, str]:
    """Return a row's timeline, or why there is none; a reason names the column and never what is in it."""
    drug = {field: row[column] for column, field in _DRUG.items()}
    clock = {**{column: row[column] for column in _VOLUMES}, "drugs": [drug]}
    form = FormReader({**{column: row[column] for column in _TYPED}, "clock": clock})
    try:
        facts = read_known_days(form)
        form.finish()
    except InputError as error:
        return None, error.what.replace("clock.drugs[1].name", "drug").replace("clock.drugs[1].", "").replace(
            "clock.", ""
        )
    return make_timeline(facts, service=service, today=today), ""


def _columns(timeline: Timeline) -> dict[str, Any]:
    plain = timeline.to_dict()
    listed = {"emergency": timeline.emergency, "red": timeline.red, "ask_clinic": timeline.ask}
    return {name: "; ".join(listed[name]) if name in listed else plain[name] for name in _ADDED}
