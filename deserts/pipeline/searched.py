"""What the stages looked through: of each source the states, years and rows, born where the files are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from deserts.config import US_STATES
from deserts.pipeline.inputs import InputFile
from deserts.pipeline.run import Run
from deserts.searches import CALLS, NO_FILE, SourceRead
from deserts.sources.publishers.claims import CLAIMS
from deserts.sources.publishers.directory import DIRECTORY
from deserts.sources.readers.delimited import Layout
from deserts.sources.readers.parsed import BLANK_ROW, Parsed
from deserts.sources.readers.tally import count_values
from deserts.tables import Search, empty

__all__ = ["FileRead", "clinician_read", "log_read", "reads_of", "searches_table"]

_LAYOUTS: Mapping[str, Layout] = {"claims": CLAIMS, "directory": DIRECTORY}
"""Datasets of which a user may bring a file of some states only."""
_NATIONAL = 40
"""A user's file with rows of this many states is a national one: those without a row were looked through too. A
file of a few states says nothing about the others."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """What came of one file.

    Parameters
    ----------
    file
        The file.
    rows_read
        Its rows, those of other codes among them; blank ones are none.
    rows_used, rows_damaged
        Rows that were used, and that could not be read.
    reason
        The most common reason of damage.
    rows_by_state
        Of a user's own file: its rows by postal code, whatever they are worth; None for a publisher's.
    """

    file: InputFile
    rows_read: int
    rows_used: int
    rows_damaged: int
    reason: str = ""
    rows_by_state: Mapping[str, int] | None = None

    @classmethod
    def of(cls, file: InputFile, parsed: Parsed) -> FileRead:
        """Return what came of a parsed file."""
        told = parsed.rejected.loc[parsed.rejected["reason"] != BLANK_ROW, "reason"]
        by_state = None
        rows = max(len(parsed.frame) + len(told), file.rows or 0)
        if file.is_own and file.dataset in _LAYOUTS:
            by_state = {s: n for s, n in count_values(file.path, _LAYOUTS[file.dataset], "state").items() if s}
            rows = max(rows, sum(by_state.values()))
        reason = "" if told.empty else str(told.value_counts().sort_index().idxmax())
        return cls(file, rows, len(parsed.frame), len(told), reason, by_state)

    @property
    def is_usable(self) -> bool:
        """Whether it tells anything: rows were used, or none of the service was among sound ones."""
        return self.rows_used > 0 or (self.rows_read > 0 and self.rows_damaged == 0)

    def states(self, near: Sequence[str]) -> Iterable[str]:
        """Return the states that it covers: those with rows where it is a file of the user's own of few states."""
        if self.rows_by_state is None or len(set(self.rows_by_state) & set(US_STATES)) >= _NATIONAL:
            return near
        return self.rows_by_state

    def trouble(self) -> str:
        """Return why nothing in it could be used."""
        if self.rows_read == 0:
            return f"{self.file.path.name} holds no rows"
        return f"no row of {self.file.path.name} could be used: {self.reason} ({self.rows_damaged:,} rows)"


def clinician_read(run: Run, dataset: str, files: Sequence[FileRead]) -> SourceRead:
    """Return what was read of a dataset about clinicians.

    A publisher's file covers the whole country, or the states that it was asked for. One of the user's own covers the
    states that have rows in it, and all of them where they are many.
    """
    near = run.region.supply_states
    usable = [read for read in files if read.is_usable]
    troubles = [read.trouble() for read in files if not read.is_usable]
    if not usable:
        return SourceRead(dataset, missing_states=near, why="; ".join(troubles) or NO_FILE)
    covered = {state for read in usable for state in read.states(near)}
    missing = tuple(state for state in near if state not in covered)
    why = [*troubles, *(["the files hold no rows of these states"] if missing else [])]
    years = tuple(sorted({read.file.year for read in usable if read.file.year is not None}))
    return SourceRead(
        source=dataset,
        states=tuple(state for state in near if state in covered),
        missing_states=missing,
        years=years if dataset == "claims" else (),
        missing_years=_missing_years(run, years) if dataset == "claims" else (),
        rows_read=sum(read.rows_read for read in files),
        rows_used=sum(read.rows_used for read in files),
        rows_damaged=sum(read.rows_damaged for read in files),
        why="; ".join(why),
    )


def _missing_years(run: Run, years: Sequence[int]) -> tuple[int, ...]:
    """Return the years that the profile pools, up to the newest at hand, and that no file gave."""
    if not years:
        return ()
    pooled = range(max(years) - int(run.service.number("evidence.pool_years")) + 1, max(years) + 1)
    return tuple(year for year in pooled if year not in years)


def log_read(run: Run, answers: pd.DataFrame | None) -> SourceRead:
    """Return what was read of the user's own log of calls: a log without answers was not searched."""
    rows = 0 if answers is None else int((answers["service"] == run.service.service_id).sum())
    near = run.region.supply_states
    if rows == 0:
        return SourceRead(CALLS, missing_states=near, why="no call is logged")
    return SourceRead(CALLS, states=near, rows_read=rows, rows_used=rows)


def searches_table(reads: Iterable[SourceRead], rows_by_state: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """Return the table ``searches``: one row a source and state.

    Parameters
    ----------
    reads
        What was read.
    rows_by_state
        Of each source, the usable rows of each state; a source without states of its own is found where it was read.
    """
    rows = []
    for read in reads:
        counts = rows_by_state.get(read.source)
        for state in sorted({*read.states, *read.missing_states}):
            found = read.rows_used if counts is None else counts.get(state, 0)
            outcome = Search.FOUND if found else Search.NONE
            rows.append(
                {
                    "source": read.source,
                    "state": state,
                    "search": (outcome if state in read.states else Search.NOT).value,
                    "years": " ".join(map(str, read.years)),
                    "missing_years": " ".join(map(str, read.missing_years)),
                    "rows_read": read.rows_read,
                    "rows_used": read.rows_used,
                    "rows_damaged": read.rows_damaged,
                    "why": read.why,
                }
            )
    return pd.DataFrame(rows, columns=list(empty("searches").columns)) if rows else empty("searches")


def reads_of(table: pd.DataFrame) -> tuple[SourceRead, ...]:
    """Return what `searches_table` recorded."""
    found = []
    for source, rows in table.groupby("source", sort=True):
        read = rows["search"] != Search.NOT
        first = rows.iloc[0]
        found.append(
            SourceRead(
                source=str(source),
                states=tuple(rows.loc[read, "state"]),
                missing_states=tuple(rows.loc[~read, "state"]),
                years=tuple(int(year) for year in str(first["years"]).split()),
                missing_years=tuple(int(year) for year in str(first["missing_years"]).split()),
                rows_read=int(first["rows_read"]),
                rows_used=int(first["rows_used"]),
                rows_damaged=int(first["rows_damaged"]),
                why=str(first["why"]),
            )
        )
    return tuple(found)
