"""The tidy shape in which every directory ends: one row a file, plan or network, provider and place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pandas as pd

from deserts.documents import plain
from deserts.errors import InputError

__all__ = ["COLUMNS", "WITHHELD", "Reading", "Tally", "Wanted", "as_frame", "finished", "merged", "tolerant"]

COLUMNS = (
    "source", "source_file", "source_sha256", "pointer", "retrieved_on", "source_date", "plan_id", "plan_id_type",
    "plan_name", "network_id", "network_name", "network_tier", "npi", "npi_basis", "entity", "name", "listed_via",
    "specialty_code", "specialty_system", "specialty_text", "organisation_npi", "organisation_name", "parent_id",
    "parent_name", "location_id", "address_1", "city", "state", "zip5", "lat", "lon", "phone", "accepting",
    "active_from", "active_to",
)  # fmt: skip
"""Columns of ``network_listing``; all text but ``lat`` and ``lon`` (degrees, as the payer gives them, unchecked)."""

_NUMBERS = ("lat", "lon")
_IDENTIFIERS = ("npi", "organisation_npi")
_NINE = r"\d{9}"
_PRIVATE = r"(?<!\d)\d{3}-\d{2}-\d{4}(?!\d)"
"""How a social security number is written: some directories hold them as qualifications, and none is ever passed on."""
WITHHELD = "[number withheld]"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader keeps; None keeps all.

    Parameters
    ----------
    npis
        Providers, ten digits.
    states
        Postal codes of the places.
    plans
        Plan or network identifiers; a contract (``H7028``) also takes its plans (``H7028-002-000``).
    """

    npis: frozenset[str] | None = None
    states: frozenset[str] | None = None
    plans: frozenset[str] | None = None

    def takes_npi(self, npi: str) -> bool:
        """Whether a provider is wanted."""
        return self.npis is None or npi in self.npis

    def takes_state(self, state: str) -> bool:
        """Whether a place is wanted: one without a state is, since it may lie anywhere."""
        return self.states is None or not state or state in self.states

    def takes_plan(self, *names: str) -> bool:
        """Whether any of a plan's or a network's identifiers is wanted."""
        if self.plans is None:
            return True
        return any(name == plan or name.startswith(plan + "-") for name in names if name for plan in self.plans)


@dataclass(slots=True)
class Tally:
    """What was read, kept and refused, by reason, and whether anything was recognised at all."""

    read: Counter[str] = field(default_factory=Counter)
    kept: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    gaps: list[str] = field(default_factory=list)
    """Why the reading is incomplete; empty when it is whole."""

    def refuse(self, reason: str, count: int = 1) -> None:
        """Count a record that could not be used."""
        self.refused[reason] += count

    def note(self, what: str, count: int = 1) -> None:
        """Count something that is kept and worth knowing."""
        self.notes[what] += count

    def gap(self, why: str) -> None:
        """Say once that something is missing."""
        if why not in self.gaps:
            self.gaps.append(why)


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading a directory.

    Parameters
    ----------
    frame
        Rows of `COLUMNS`, sorted, without repetition.
    read, refused, notes
        Counts by kind or reason, sorted by name.
    gaps
        Why the reading is incomplete; empty when it is whole. What is not in an incomplete reading may be listed.
    """

    frame: pd.DataFrame
    read: Mapping[str, int]
    refused: Mapping[str, int]
    notes: Mapping[str, int]
    gaps: tuple[str, ...]

    @property
    def is_complete(self) -> bool:
        """Whether everything that the files speak of was read."""
        return not self.gaps

    @property
    def verdict(self) -> str:
        """Say in words what the rows, or their absence, mean."""
        records = sum(self.read.values())
        if len(self.frame):
            found = f"{len(self.frame):,} rows kept of {records:,} records read"
            return found if self.is_complete else f"{found}; incomplete: {'; '.join(self.gaps)}"
        if not records:
            return "nothing was recognised: no record had a shape that is known"
        if self.gaps:
            return f"no rows matched in what could be read ({records:,} records); incomplete: {'; '.join(self.gaps)}"
        return f"no rows matched: {records:,} records were read and recognised, none of them is what was asked for"


def as_frame(rows: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    """Return rows as ``network_listing``: empty text for what is not given, sorted, without repetition.

    Control and direction marks are dropped; what looks like a social security number is withheld wherever it stands.
    """
    frame = pd.DataFrame.from_records(list(rows), columns=list(COLUMNS))
    text = [name for name in COLUMNS if name not in _NUMBERS]
    for name in text:
        frame[name] = _inert(frame[name])
    for name in _IDENTIFIERS:
        frame[name] = frame[name].mask(frame[name].str.fullmatch(_NINE), "")
    for name in _NUMBERS:
        frame[name] = pd.to_numeric(frame[name], errors="coerce").astype("float64")
    order = ["source", "source_file", "npi", "plan_id", "network_id", "network_tier", "listed_via", "location_id"]
    order += ["state", "zip5", "address_1", "pointer"]
    return frame.drop_duplicates().sort_values(order, kind="stable", ignore_index=True)


def _inert(values: pd.Series) -> pd.Series:
    """Return text on one line without signs that a terminal obeys or that mislead, and without private numbers."""
    codes, unique = pd.factorize(values.astype("object").where(values.notna(), "").astype(str))
    kept = [re.sub(_PRIVATE, WITHHELD, plain(text, one_line=True)) for text in unique]
    return pd.Series(pd.array(kept, dtype="str").take(codes) if kept else [], index=values.index, dtype="str")


def finished(rows: Iterable[Mapping[str, object]], tally: Tally) -> Reading:
    """Return the reading of rows and what was counted on the way."""
    return Reading(
        as_frame(rows), dict(sorted(tally.read.items())), dict(sorted(tally.refused.items())),
        dict(sorted(tally.notes.items())), tuple(tally.gaps),
    )  # fmt: skip


def tolerant(items: Iterator[_T], path: Path, tally: Tally) -> Iterator[_T]:
    """Yield what a file gives until it breaks; then say where, and leave the rest of the directory readable."""
    try:
        yield from items
    except InputError as error:
        tally.refuse("a file that breaks off or is damaged")
        tally.gap(f"{error.where or path.name}: {error.what}")


def merged(readings: Sequence[Reading], *, unknown: int, gaps: Sequence[str]) -> Reading:
    """Return several readings of one directory as one.

    Parameters
    ----------
    readings
        One a form of file.
    unknown
        How many files had a form that is not known.
    gaps
        What could not be read at all.
    """
    tally = Tally()
    for reading in readings:
        tally.read.update(reading.read)
        tally.refused.update(reading.refused)
        tally.notes.update(reading.notes)
        for gap in reading.gaps:
            tally.gap(gap)
    if unknown:
        tally.refuse("a file whose form is not known", unknown)
    for gap in gaps:
        tally.gap(gap)
    rows = [row for reading in readings for row in reading.frame.to_dict("records")]
    return finished(({str(key): value for key, value in row.items()} for row in rows), tally)
