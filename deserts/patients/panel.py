"""A whole panel of patients at once: each one's clinician, backups, and what happens if the clinician stops.

Roads are searched once for all ZIPs together; patients with the same ZIP, clinician and age share one ranking.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from deserts.arrays import Floats, Longs
from deserts.errors import InputError, UnknownNameError
from deserts.patients.counted import counted
from deserts.patients.panel_dates import panel_dates
from deserts.patients.search.answer import BackupQuery
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.backups import TeamFacts
from deserts.patients.search.eligibility import Marks, mark_sites
from deserts.patients.search.origin import Origin
from deserts.patients.search.ranking import rank_tier

__all__ = ["BadRow", "PanelAnswer", "all_failed", "read_panel", "run_panel"]

_ZIPS_AT_ONCE = 2000
_EVIDENCE_TIERS = (0, 1)
"""Only clinicians with evidence count as backups of a panel; whoever must be asked first is no safety."""
_YES, _NO = ("yes", "y", "true", "1", "child"), ("", "no", "n", "false", "0", "adult")


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be done: its line in the file (the header is line 1) and why."""

    line: int
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class PanelAnswer:
    """The panel with ``panel_…`` columns added, original columns and order kept, and the rows that failed."""

    frame: pd.DataFrame
    bad_rows: tuple[BadRow, ...]


@dataclass(frozen=True, slots=True)
class _Ask:
    """What patients of one ranking have in common."""

    zip_row: int
    primary: str
    pediatric: bool


def read_panel(path: Path) -> pd.DataFrame:
    """Read a panel: a CSV with a column ``zip``; optional ``primary_npi``, ``pediatric`` (yes or no) and dates.

    The pump's days may stand in the columns of `deserts.patients.panel_dates.DATE_COLUMNS`.

    Raises
    ------
    InputError
        If it is not such a file; single bad rows are no reason.
    """
    try:
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except (OSError, ValueError) as error:
        # The parser's own words may quote a row, so only the kind of fault is told.
        kind = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "not readable as CSV"
        raise InputError(f"the panel is {kind}", where=path, expected="CSV UTF-8 with a column zip") from None
    if "zip" not in frame.columns:
        raise InputError("the panel has no column zip", where=path, expected="zip; optional primary_npi and pediatric")
    if frame.empty:
        raise InputError("the panel has no rows", where=path)
    return frame


def run_panel(
    panel: pd.DataFrame, data: BackupData, *, today: dt.date, facts: TeamFacts | None = None, backups: int = 2
) -> PanelAnswer:
    """Return primary, backups and risk of each row.

    The primary is the row's ``primary_npi`` at its nearest address, else the nearest clinician with evidence. Backups
    are the nearest with evidence who share nothing with the primary's practice, within the time limit.

    Parameters
    ----------
    panel
        From `read_panel`.
    data, facts
        Tables and calls.
    today
        For the age of calls.
    backups
        How many to name a patient.
    """
    team = facts or TeamFacts()
    zip_rows, wrong = _check_rows(panel, data)
    dates, undated = panel_dates(panel, service=data.service, today=today)
    bad = ["; ".join(filter(None, whys)) for whys in zip(wrong, undated, strict=True)]
    primaries = panel["primary_npi"].str.strip() if "primary_npi" in panel else pd.Series("", index=panel.index)
    children = _children(panel)
    asks = [
        _Ask(int(row), str(npi), bool(child)) for row, npi, child in zip(zip_rows, primaries, children, strict=True)
    ]
    good = [ask for ask, why in zip(asks, bad, strict=True) if not why]
    answers = dict(
        _answers(sorted(set(good), key=lambda a: (a.zip_row, a.primary, a.pediatric)), data, team, today, backups)
    )
    columns = ["status", *_columns(backups)]
    rows = [{"status": why} if why else {"status": "ok", **answers[ask]} for ask, why in zip(asks, bad, strict=True)]
    added = pd.DataFrame(rows, columns=columns, index=panel.index).add_prefix("panel_")
    added["panel_backups_within_limit"] = added["panel_backups_within_limit"].astype("Int64")
    failed = tuple(BadRow(line, why) for line, why in enumerate(bad, start=2) if why)
    # What is pressing stands before any backup.
    parts = [panel, added[["panel_status"]], dates.add_prefix("panel_"), added.drop(columns="panel_status")]
    return PanelAnswer(pd.concat(parts, axis=1), failed)


def _check_rows(panel: pd.DataFrame, data: BackupData) -> tuple[Longs, list[str]]:
    """Return each row's ZIP as a position in the table, and what is wrong with the row, empty when nothing is."""
    text = panel["zip"].str.strip().str.extract(r"^(\d{5})(?:-?\d{4})?$", expand=False).fillna("")
    positions = data.zips.positions(text)
    known = set(data.sites["npi"])
    npis = panel["primary_npi"].str.strip() if "primary_npi" in panel else pd.Series("", index=panel.index)
    ages = panel["pediatric"].str.strip().str.lower() if "pediatric" in panel else pd.Series("", index=panel.index)
    faults = {
        "column zip is not five digits": text == "",
        "column zip is not known in this region": (text != "") & (positions < 0),
        "column primary_npi is not in this region's data": (npis != "") & ~npis.isin(known),
        "column pediatric is neither yes nor no": ~ages.isin([*_YES, *_NO]),
    }
    bad = [
        "; ".join(why for why, hit in zip(faults, row, strict=True) if hit)
        for row in zip(*faults.values(), strict=True)
    ]
    return np.asarray(positions, dtype=np.int64), bad


def _children(panel: pd.DataFrame) -> pd.Series:
    if "pediatric" not in panel:
        return pd.Series(data=False, index=panel.index)
    return panel["pediatric"].str.strip().str.lower().isin(_YES)


def _columns(backups: int) -> list[str]:
    own = ["primary_npi", "primary_name", "primary_min", "primary_basis"]
    for number in range(1, backups + 1):
        own += [f"backup_{number}_{part}" for part in ("npi", "name", "phone", "min", "tier")]
    return [*own, "backups_within_limit", "extra_min_if_primary_stops", "risk_if_primary_stops"]


def _answers(
    asks: Sequence[_Ask], data: BackupData, team: TeamFacts, today: dt.date, backups: int
) -> Iterator[tuple[_Ask, dict[str, Any]]]:
    """Yield the answer of each distinct question, ZIPs searched in batches."""
    marks = _MarksOf(data, team, today, {})
    zip_rows = sorted({ask.zip_row for ask in asks})
    by_zip: dict[int, list[_Ask]] = {}
    for ask in asks:
        by_zip.setdefault(ask.zip_row, []).append(ask)
    for start in range(0, len(zip_rows), _ZIPS_AT_ONCE):
        batch = zip_rows[start : start + _ZIPS_AT_ONCE]
        for zip_row, minutes in zip(batch, _minutes(batch, data), strict=True):
            for ask in by_zip[zip_row]:
                primary = ask.primary or _nearest_npi(minutes, marks.get("", pediatric=ask.pediatric), data)
                chosen = marks.get(primary, pediatric=ask.pediatric)
                yield ask, _answer(ask, primary, minutes, chosen, data, backups)


def _minutes(zip_rows: list[int], data: BackupData) -> Iterator[Floats]:
    """Yield the minutes from each ZIP to every site, not a number beyond the limit: one search for all."""
    from deserts.roads import snap, times_to_sites

    places = data.zips.columns(["lon", "lat"])
    points = snap(data.network, places["lon"][zip_rows], places["lat"][zip_rows], max_snap_km=data.max_snap_km)
    pairs = times_to_sites(data.network, points, data.snaps, limit_min=data.limit_min)
    ends = np.searchsorted(pairs.point, np.arange(len(zip_rows) + 1))
    for low, high in itertools.pairwise(ends):
        minutes = np.full(len(data.sites), np.nan)
        minutes[pairs.site[low:high]] = pairs.drive_min[low:high]
        yield minutes


@dataclass(frozen=True, slots=True, eq=False)
class _MarksOf:
    """The marks that patients share: one set for each lost clinician and age."""

    data: BackupData
    team: TeamFacts
    today: dt.date
    known: dict[tuple[str, bool], Marks]

    def get(self, lost: str, *, pediatric: bool) -> Marks:
        key = (lost, pediatric)
        if key not in self.known:
            nowhere = Origin(0.0, 0.0, "", zip_precise=True)
            query = BackupQuery(origin=nowhere, today=self.today, exclude=(lost,) if lost else (), pediatric=pediatric)
            self.known[key] = mark_sites(query, self.data, self.team)
        return self.known[key]


def _nearest_npi(minutes: Floats, marks: Marks, data: BackupData) -> str:
    rows = np.flatnonzero(marks.eligible.open & np.isin(marks.eligible.tier, _EVIDENCE_TIERS) & ~np.isnan(minutes))
    if not len(rows):
        return ""
    first = rows[np.lexsort((rows, marks.eligible.grade_rank[rows], minutes[rows]))[0]]
    return str(data.columns["npi"][first])


def _answer(ask: _Ask, primary: str, minutes: Floats, marks: Marks, data: BackupData, backups: int) -> dict[str, Any]:
    eligible = marks.eligible
    best = eligible.best_sites(minutes, within_min=data.limit_min)
    count = int(np.isin(eligible.tier[best], _EVIDENCE_TIERS).sum())
    placed = [
        site
        for tier in _EVIDENCE_TIERS
        for site in rank_tier(best, tier, eligible=eligible, links=data.links, k=backups)[0]
    ]
    placed = sorted(placed, key=lambda site: float(minutes[site]))[:backups]  # stable: ties keep their rank
    primary_min = _primary_minutes(primary, minutes, data)
    found: dict[str, Any] = {
        "primary_npi": primary,
        "primary_name": _name(primary, data),
        "primary_min": primary_min,
        "primary_basis": "given"
        if ask.primary
        else "nearest with evidence"
        if primary
        else "none found within the limit",
        "backups_within_limit": count,
        "risk_if_primary_stops": _risk(count, primary),
    }
    for number, site in enumerate(placed, start=1):
        row = data.row(site)
        found |= {f"backup_{number}_{part}": str(row[part]) for part in ("npi", "name", "phone")}
        found[f"backup_{number}_min"] = round(float(minutes[site]), 1)
        found[f"backup_{number}_tier"] = TIER_ORDER[int(eligible.tier[site])].value
    if placed and primary_min is not None:
        found["extra_min_if_primary_stops"] = round(float(minutes[placed[0]]) - primary_min, 1)
    return found


def _primary_minutes(primary: str, minutes: Floats, data: BackupData) -> float | None:
    own = minutes[data.columns["npi"] == primary]
    own = own[~np.isnan(own)]
    return round(float(own.min()), 1) if len(own) else None


def _name(npi: str, data: BackupData) -> str:
    names = data.columns["name"][data.columns["npi"] == npi]
    return str(names[0]) if len(names) else ""


def _risk(count: int, primary: str) -> str:
    if not primary:
        return "no clinician with evidence for this age within the limit"
    if count == 0:
        return "no backup with evidence within the limit"
    return f"{counted(count, 'backup')} with evidence outside the primary's practice"


def all_failed(answer: PanelAnswer) -> UnknownNameError | None:
    """Return the error to raise when not a single row could be done, None otherwise."""
    if len(answer.bad_rows) < len(answer.frame):
        return None
    return UnknownNameError(
        f"not one of {counted(len(answer.frame), 'row')} could be done",
        expected="ZIPs of this region",
        fix="see the rows above",
    )
