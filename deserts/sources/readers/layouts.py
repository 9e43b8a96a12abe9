"""What a parser wants of a file: its columns by meaning, which rows to keep, and what came of it."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from deserts.errors import InputError
from deserts.sources.readers.parsed import BLANK_ROW, Parsed, rejects

__all__ = ["Field", "Keep", "Layout", "Raw", "is_any_of", "normalise"]


@dataclass(frozen=True, slots=True)
class Keep:
    """Which rows of a file to keep, decided on bytes before anything is decoded.

    Parameters
    ----------
    wanted
        Column to the values that it must have one of; a row is kept when any of its columns fits.
    holding
        Column to the words that it must hold one of, anywhere and in any case.
    """

    wanted: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)
    holding: Mapping[str, Sequence[str]] = dataclasses.field(default_factory=dict)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that decide."""
        return (*self.wanted, *self.holding)

    def among(self, columns: Iterable[str], *, where: Path) -> Keep:
        """Return the choice by those of its columns that a file has.

        Raises
        ------
        InputError
            If it has none of them.
        """
        there = set(columns)
        found = Keep(
            *({name: some for name, some in one.items() if name in there} for one in (self.wanted, self.holding))
        )
        if not found.columns:
            raise InputError("no column tells which rows to keep", where=where, expected=" or ".join(self.columns))
        return found

    def test(self, columns: Mapping[str, pa.Array]) -> pa.Array:
        """Return which rows of raw columns to keep."""
        masks = [is_any_of(columns[name], values) for name, values in self.wanted.items()]
        for name, words in self.holding.items():
            pattern = "(?i)" + "|".join(re.escape(word) for word in words)
            masks.append(pc.match_substring_regex(columns[name], pattern))
        return functools.reduce(pc.or_, masks)


def normalise(name: str) -> str:
    """Return a column name in lower case with letters and digits alone."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@dataclass(frozen=True, slots=True)
class Field:
    """One column that a parser wants.

    Parameters
    ----------
    name
        Name in the result.
    aliases
        Spellings that publishers have used.
    required
        Whether the file is useless without it; otherwise a missing column is empty text.
    """

    name: str
    aliases: tuple[str, ...]
    required: bool = False


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file.

    Parameters
    ----------
    title
        What the file is, for messages.
    fields
        The wanted columns.
    member
        Pattern of the member to read when the file is a zip archive.
    header
        Names of the columns when the file has no header line.
    """

    title: str
    fields: tuple[Field, ...]
    member: str = r"\.(csv|txt)$"
    header: tuple[str, ...] | None = None

    def places(self, header: Sequence[str], *, where: Path) -> dict[str, int]:
        """Return the place of each column that is there.

        Raises
        ------
        InputError
            If required columns are missing, with what was found.
        """
        found: dict[str, int] = {}
        for index, name in enumerate(header):
            found.setdefault(normalise(name), index)
        places = {}
        missing = []
        for field in self.fields:
            hits = [found[key] for alias in field.aliases if (key := normalise(alias)) in found]
            if hits:
                places[field.name] = hits[0]
            elif field.required:
                missing.append(" or ".join(dict.fromkeys(field.aliases)))
        if missing:
            shown = ", ".join(name.strip()[:60] for name in header[:40])
            raise InputError(
                f"not a file of {self.title}: {len(missing)} columns are missing",
                where=where,
                expected="; ".join(missing),
                fix=f"found: {shown or 'no columns'}",
            )
        return places


@dataclass(frozen=True, slots=True)
class Raw:
    """Rows as found: text columns by field name, the line of each row, and rows with the wrong number of fields."""

    frame: pd.DataFrame
    lines: np.ndarray
    rejected: pd.DataFrame

    def settle(self, frame: pd.DataFrame, bad: Mapping[str, pd.Series]) -> Parsed:
        """Part the good rows from the damaged ones, and say what the repair changed.

        Parameters
        ----------
        frame
            The repaired rows, aligned with those of this object; it may hold further columns.
        bad
            Reason to mask of rows. The first reason that holds is named; a row without any text is "a blank row".
        """
        blank = (self.frame == "").all(axis=1)
        reason = np.full(len(frame), "", dtype=object)
        for text, mask in reversed({BLANK_ROW: blank, **bad}.items()):
            reason[mask.to_numpy(dtype=bool)] = text
        dropped = reason != ""
        listed = rejects(
            np.concatenate([self.rejected["line"].to_numpy(), self.lines[dropped]]),
            [*self.rejected["reason"], *reason[dropped]],
        )
        return Parsed(frame[~dropped].reset_index(drop=True), listed, self._notes(frame, ~dropped))

    def _notes(self, frame: pd.DataFrame, kept: np.ndarray) -> tuple[str, ...]:
        notes = []
        for column in ("npi", "zip", "ccn", "county_fips", "geoid", "phone"):
            if column in frame and column in self.frame and not isinstance(frame[column].dtype, np.dtype):
                before, after = self.frame.loc[kept, column].str.strip(), frame.loc[kept, column]
                emptied = int(((before != "") & (after == "")).sum())
                padded = int((after.str.startswith("0") & ~before.str.lstrip("'\"").str.startswith("0")).sum())
                notes += [f"{column}: lost zeros put back in {padded} rows"] if padded else []
                notes += [f"{column}: not usable in {emptied} rows, left empty"] if emptied else []
        return tuple(notes)


def is_any_of(column: pa.Array, values: Sequence[str]) -> pa.Array:
    """Return which raw values equal one of some codes, also in lower case or with the tail of a float column."""
    spellings = sorted({spelling for value in values for spelling in (value, value.lower(), f"{value}.0")})
    return pc.is_in(column, value_set=pa.array([spelling.encode() for spelling in spellings], pa.binary()))
