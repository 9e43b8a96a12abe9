"""A whole panel of patients at once: each one's clinician, backups, and what happens if the clinician stops.

The same tiers, order and folding as for one patient: backups are the first of the list that ``deserts backup``
gives after the loss of the same clinician. Roads are searched once for all ZIPs together; patients with the same
question share one ranking.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from deserts.arrays import Floats
from deserts.errors import InputError, UnknownNameError
from deserts.patients.counted import counted
from deserts.patients.panel_dates import DATE_COLUMNS, panel_dates
from deserts.patients.panel_hours import PanelHour
from deserts.patients.panel_rows import YES, check_rows, entered
from deserts.patients.search.answer import BackupQuery, Tier
from deserts.patients.search.backup_data import TIER_ORDER, BackupData
from deserts.patients.search.doubts import doubts_of, notes_of, plus_minus
from deserts.patients.search.eligibility import Marks, mark_days, mark_sites
from deserts.patients.search.origin import Origin
from deserts.patients.search.ranking import rank_tier
from deserts.patients.search.routes import place_on_roads
from deserts.patients.search.team import TeamFacts
from deserts.patients.search.wording import said_words

if TYPE_CHECKING:
    from deserts.roads import Snaps

__all__ = ["BadRow", "PanelAnswer", "all_failed", "first_of_list", "read_panel", "run_panel"]

_ZIPS_AT_ONCE = 2000
_EVIDENCE_TIERS = (TIER_ORDER.index(Tier.PROVEN), TIER_ORDER.index(Tier.DRUG_UNKNOWN))
_OPTIONAL = ("primary_npi", "pediatric", "payer", "plan", "pump")
_WHOLE = ("_plus_minus_min", "_hour_least_min", "_hour_most_min")
_COUNTS = (*(f"{tier.value}_within_limit" for tier in TIER_ORDER), "said_no_within_limit")


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


@dataclass(frozen=True, slots=True, order=True)
class _Ask:
    """What patients of one ranking have in common."""

    zip_row: int
    primary: str = field(repr=False)
    pediatric: bool = field(repr=False)
    payer: str = field(repr=False)
    plan: str = field(repr=False)
    pump: str = field(repr=False)
    empty_on: str = field(repr=False)


def read_panel(path: Path, *, content: bytes | None = None) -> pd.DataFrame:
    """Read a panel: a CSV with a column ``zip``. ``content`` is the file where it lies in memory alone.

    Optional columns: ``primary_npi``, ``pediatric`` (yes or no), ``payer``, ``plan``, ``pump`` (maker), and the pump's
    dates, see `deserts.patients.panel_dates.DATE_COLUMNS`.

    Raises
    ------
    InputError
        If it is not such a file; single bad rows are no reason.
    """
    try:
        source = path if content is None else io.BytesIO(content)
        frame = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig", skip_blank_lines=False)
    except OSError as error:
        reason = (error.strerror or "it cannot be opened").lower()
        raise InputError(f"the panel cannot be read: {reason}", where=path, fix="check the path") from None
    except ValueError as error:
        # The parser's own words may quote a row, so only the kind of fault is told.
        kind = "not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "not readable as CSV"
        raise InputError(f"the panel is {kind}", where=path, expected="CSV UTF-8 with a column zip") from None
    if "zip" not in frame.columns:
        # What stands in the first line may be a patient's row, so it isn't told.
        raise InputError(
            "the panel has no column zip in its first line", where=path,
            expected=f"zip, in small letters; optional {', '.join((*_OPTIONAL, *DATE_COLUMNS))}",
        )  # fmt: skip
    if frame.empty:
        raise InputError("the panel has no rows", where=path)
    return frame


def run_panel(
    panel: pd.DataFrame,
    data: BackupData,
    *,
    today: dt.date,
    facts: TeamFacts | None = None,
    backups: int = 2,
    arrive_minute: int | None = None,
) -> PanelAnswer:
    """Return primary, backups and risk of each row.

    The primary is the row's ``primary_npi`` at its nearest address, else the first of the list. Backups are the first
    of the list without the primary and without the primary's practice, within the time limit.

    Parameters
    ----------
    panel
        From `read_panel`.
    data, facts
        Tables and calls.
    today
        For the age of calls, and for the days left.
    backups
        How many to name a patient.
    arrive_minute
        Hour of their appointments (minutes after midnight); adds what the drives become then.
    """
    team = facts or TeamFacts()
    data = data.asked(team.standings)
    zip_rows, wrong = check_rows(panel, data)
    dates, undated = panel_dates(panel, service=data.service, today=today)
    bad = ["; ".join(filter(None, whys)) for whys in zip(wrong, undated, strict=True)]
    columns = [entered(panel, name) for name in _OPTIONAL]
    empty_on = dates["earliest_empty_on"].fillna("") if "earliest_empty_on" in dates else entered(panel, "")
    asks = [
        _Ask(int(row), primary, pediatric.lower() in YES, payer, plan, pump, str(day))
        for row, primary, pediatric, payer, plan, pump, day in zip(zip_rows, *columns, empty_on, strict=True)
    ]
    good = sorted({ask for ask, why in zip(asks, bad, strict=True) if not why})
    hour = None if arrive_minute is None else PanelHour(arrive_minute, team.hour_factors)
    answers = dict(_answers(good, data, team, today, backups, hour))
    rows = [{"status": why} if why else {"status": "ok", **answers[ask]} for ask, why in zip(asks, bad, strict=True)]
    names = ["status", *_columns(backups), *(hour.columns(backups) if hour else ())]
    added = pd.DataFrame(rows, columns=names, index=panel.index)
    added["warning"] = " ".join(team.warnings)
    whole = [*_COUNTS, *(name for name in added.columns if name.endswith(_WHOLE))]
    added = added.astype(dict.fromkeys(whole, "Int64")).add_prefix("panel_")
    failed = tuple(BadRow(line, why) for line, why in enumerate(bad, start=2) if why)
    # What is pressing stands before any backup.
    parts = [panel, added[["panel_status"]], dates.add_prefix("panel_"), added.drop(columns="panel_status")]
    return PanelAnswer(pd.concat(parts, axis=1), failed)


_OF_A_BACKUP = ("npi", "name", "phone", "min", "plus_minus_min", "drive_notes", "tier")


def _columns(backups: int) -> list[str]:
    own = ["warning", "primary_npi", "primary_name", "primary_min", "primary_basis", "primary_said"]
    for number in range(1, backups + 1):
        own += [f"backup_{number}_{part}" for part in _OF_A_BACKUP]
    return [*own, *_COUNTS, "extra_min_if_primary_stops", "risk_if_primary_stops"]


def _answers(
    asks: Sequence[_Ask], data: BackupData, team: TeamFacts, today: dt.date, backups: int, hour: PanelHour | None
) -> Iterator[tuple[_Ask, dict[str, Any]]]:
    """Yield the answer of each distinct question, ZIPs searched in batches."""
    marks = _MarksOf(data, team, today)
    zip_rows = sorted({ask.zip_row for ask in asks})
    by_zip: dict[int, list[_Ask]] = {}
    for ask in asks:
        by_zip.setdefault(ask.zip_row, []).append(ask)
    for start in range(0, len(zip_rows), _ZIPS_AT_ONCE):
        batch = zip_rows[start : start + _ZIPS_AT_ONCE]
        for zip_row, (start_at, minutes) in zip(batch, _minutes(batch, data), strict=True):
            for ask in by_zip[zip_row]:
                primary = ask.primary or _first_npi(minutes, marks.get("", ask), data)
                yield ask, _answer(ask, primary, (start_at, minutes), marks.get(primary, ask), data, backups, hour)


def _minutes(zip_rows: list[int], data: BackupData) -> Iterator[tuple[Snaps, Floats]]:
    """Yield each ZIP's place on the roads, and the minutes from there to every site: one search for all.

    Minutes are not a number beyond the limit.
    """
    from deserts.roads import times_to_sites, within_km

    places = data.zips.columns(["lon", "lat"])
    lon, lat = places["lon"][zip_rows], places["lat"][zip_rows]
    points = place_on_roads(data, lon, lat, within_km=within_km(lon, lat, (places["lon"], places["lat"])))
    pairs = times_to_sites(data.network, points, data.snaps, limit_min=data.limit_min)
    ends = np.searchsorted(pairs.point, np.arange(len(zip_rows) + 1))
    for place, (low, high) in enumerate(itertools.pairwise(ends)):
        minutes = np.full(len(data.sites), np.nan)
        minutes[pairs.site[low:high]] = pairs.drive_min[low:high]
        yield points[[place]], minutes


@dataclass(frozen=True, slots=True, eq=False)
class _MarksOf:
    """The marks that patients share: one set a lost clinician, age, payer, plan and pump; a date is added to them."""

    data: BackupData
    team: TeamFacts
    today: dt.date
    known: dict[tuple[str, bool, str, str, str], Marks] = field(default_factory=dict)

    def get(self, lost: str, ask: _Ask) -> Marks:
        key = (lost, ask.pediatric, ask.payer, ask.plan, ask.pump)
        query = BackupQuery(
            origin=Origin(0.0, 0.0, "", zip_precise=True),
            today=self.today,
            exclude=(lost,) if lost else (),
            pediatric=ask.pediatric,
            payer=ask.payer or None,
            plan=ask.plan or None,
            pump=ask.pump or None,
        )
        if key not in self.known:
            self.known[key] = mark_sites(query, self.data, self.team)
        if not ask.empty_on:
            return self.known[key]
        empty_on = dt.date.fromisoformat(ask.empty_on)
        return mark_days(self.known[key], dataclasses.replace(query, empty_on=empty_on), self.data)


def _ranked(minutes: Floats, marks: Marks, data: BackupData, k: int) -> tuple[list[int], dict[str, int]]:
    """Return the first ``k`` to call within the limit, and how many each tier has, those folded apart."""
    eligible = marks.eligible
    best = eligible.best_sites(minutes, within_min=data.limit_min)
    away = eligible.folded(minutes)[best]
    of_tier = np.bincount(eligible.tier[best[~away]], minlength=len(TIER_ORDER))
    placed: list[int] = []
    for tier in range(len(TIER_ORDER)):
        if len(placed) < k:
            found = rank_tier(best, tier, drive_min=minutes, eligible=eligible, links=data.links, k=k)
            placed += found.placed[: k - len(placed)]
    counts = [*(int(count) for count in of_tier), int(away.sum())]
    return placed, dict(zip(_COUNTS, counts, strict=True))


def first_of_list(
    zip_codes: Sequence[str],
    data: BackupData,
    *,
    today: dt.date,
    facts: TeamFacts | None = None,
    exclude: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Return whom the list names first for each ZIP after some clinicians or practices are lost.

    Parameters
    ----------
    zip_codes
        Known ZIPs of the region.
    data, facts
        Tables and calls.
    today
        For the age of calls.
    exclude
        NPIs or practice ids that are lost.

    Returns
    -------
    DataFrame
        One row a ZIP in the order given: ``site_id, npi, name, tier, drive_min``; empty and null where nobody is left
        within the limit.
    """
    team = facts or TeamFacts()
    data = data.asked(team.standings)
    query = BackupQuery(Origin(0.0, 0.0, "", zip_precise=True), today, exclude=exclude)
    marks = mark_sites(query, data, team)
    positions = data.zips.positions(pd.Series(list(zip_codes)))
    rows = []
    for start in range(0, len(positions), _ZIPS_AT_ONCE):
        for _, minutes in _minutes(list(positions[start : start + _ZIPS_AT_ONCE]), data):
            placed, _ = _ranked(minutes, marks, data, 1)
            found = dict.fromkeys(("site_id", "npi", "name", "tier"), "") | {"drive_min": np.nan}
            for site in placed:
                found = {name: str(data.columns[name][site]) for name in ("site_id", "npi", "name")}
                found |= {"tier": TIER_ORDER[int(data.tier[site])].value, "drive_min": float(minutes[site])}
            rows.append(found)
    return pd.DataFrame(rows, columns=["site_id", "npi", "name", "tier", "drive_min"])


def _first_npi(minutes: Floats, marks: Marks, data: BackupData) -> str:
    """Return the first of the list with evidence: whoever must be asked first is nobody's clinician yet."""
    placed, _ = _ranked(minutes, marks, data, 1)
    if not placed or int(marks.eligible.tier[placed[0]]) not in _EVIDENCE_TIERS:
        return ""
    return str(data.columns["npi"][placed[0]])


def _answer(
    ask: _Ask,
    primary: str,
    drives: tuple[Snaps, Floats],
    marks: Marks,
    data: BackupData,
    backups: int,
    hour: PanelHour | None,
) -> dict[str, Any]:
    start, minutes = drives
    placed, counts = _ranked(minutes, marks, data, backups)
    primary_min = _primary_minutes(primary, minutes, data)
    found: dict[str, Any] = {
        "primary_npi": primary,
        "primary_name": _name(primary, data),
        "primary_min": primary_min,
        "primary_basis": _basis(ask, primary),
        "primary_said": _primary_said(primary, data),
        **counts,
        "risk_if_primary_stops": _risk(counts, primary),
    }
    ends = data.snaps[np.array(placed, dtype=np.int64)]
    doubts, told = doubts_of(start, ends, minutes[placed], data), []
    for number, (site, doubt) in enumerate(zip(placed, doubts, strict=True), start=1):
        row = data.row(site)
        found |= {f"backup_{number}_{part}": str(row[part]) for part in ("npi", "name", "phone")}
        found[f"backup_{number}_min"] = round(float(minutes[site]), 1)
        give = plus_minus(minutes[site], row["precision"], doubt, data)
        told.append((float(minutes[site]), give))
        found[f"backup_{number}_plus_minus_min"] = give
        found[f"backup_{number}_drive_notes"] = "; ".join(notes_of(doubt))
        found[f"backup_{number}_tier"] = TIER_ORDER[int(marks.eligible.tier[site])].value
    if hour is not None:
        found |= hour.row(data.network, start, ends, told)
    if placed and primary_min is not None:
        found["extra_min_if_primary_stops"] = round(float(minutes[placed[0]]) - primary_min, 1)
    return found


def _basis(ask: _Ask, primary: str) -> str:
    if ask.primary:
        return "given"
    return "first of the list" if primary else "none with evidence within the limit"


def _primary_minutes(primary: str, minutes: Floats, data: BackupData) -> float | None:
    own = minutes[data.rows_of[primary]] if primary else np.empty(0)
    own = own[~np.isnan(own)]
    return round(float(own.min()), 1) if len(own) else None


def _primary_said(primary: str, data: BackupData) -> str:
    """Return what the clinic said of the primary, over all addresses: who has stopped must not pass for a safety."""
    if not primary:
        return ""
    if (why := data.contradicted.get(primary)) is not None:
        return why
    told = {said_words(at, data.standings.as_of): None for row in data.rows_of[primary]
            if data.standings is not None and (at := data.said.get(int(row))) is not None}  # fmt: skip
    return "; ".join(words for words in told if words)


def _name(npi: str, data: BackupData) -> str:
    return str(data.columns["name"][data.rows_of[npi][0]]) if npi else ""


def _risk(counts: dict[str, int], primary: str) -> str:
    proven, unknown = (counts[f"{TIER_ORDER[tier].value}_within_limit"] for tier in _EVIDENCE_TIERS)
    if not primary:
        return "no clinician with evidence for this patient within the limit"
    if not proven and not unknown:
        return "no backup with evidence within the limit"
    words = [counted(proven, "proven backup")] if proven else []
    words += [f"{counted(unknown, 'backup')} of unknown drug"] if unknown else []
    return " and ".join(words) + " outside the primary's practice"


def all_failed(answer: PanelAnswer) -> UnknownNameError | None:
    """Return the error to raise when not a single row could be done, None otherwise."""
    if len(answer.bad_rows) < len(answer.frame):
        return None
    return UnknownNameError(
        f"not one of {counted(len(answer.frame), 'row')} could be done",
        expected="ZIPs of this region",
        fix="see the rows above",
    )
