"""Read a delimited text file by the meaning of its columns, not by their place, spelling or order.

Columns are matched after dropping case, spaces and signs, so that ``Rndrng_NPI``, ``City/Town`` and the irregular
spacing of the provider registry are found alike. The file is streamed: memory holds only the columns and rows that
are asked for. Rows with the wrong number of fields are listed with their line.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from deserts.errors import InputError
from deserts.sources.parsed import Parsed, rejects
from deserts.sources.textfile import codec_of, open_binary

__all__ = ["Field", "Keep", "Layout", "Raw", "is_any_of", "normalise", "read_rows"]

LINE: Final = "_line"
_BLOCK_BYTES = 8 << 20
_DELIMITERS = b",\t|;"

Keep = Callable[[Mapping[str, pa.Array]], pa.Array]
"""Takes the raw columns (bytes) of a batch and returns which rows to keep."""


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
        for text, mask in reversed({"a blank row": blank, **bad}.items()):
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


def read_rows(path: Path, layout: Layout, *, keep: Keep | None = None) -> Raw:
    """Read the wanted columns of a delimited file, or of a JSON array of objects with the same names.

    Parameters
    ----------
    path
        Plain, gzip, or zip with one fitting member.
    layout
        What to look for.
    keep
        Which rows of a batch to keep, decided on bytes before anything is decoded; all when None.

    Raises
    ------
    InputError
        If the file is not of that layout or cannot be read as text.
    """
    with open_binary(path, member=layout.member) as stream:
        start = _peek(stream)
        if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{"):
            return _read_json(stream, path, layout, keep)
        return _read_text(stream, path, layout, keep)


def _peek(stream: IO[bytes]) -> bytes:
    if isinstance(stream, io.BufferedReader):
        return stream.peek(64)[:64]
    return b""


# --- text -------------------------------------------------------------------------------------------------------------


def _read_text(stream: IO[bytes], path: Path, layout: Layout, keep: Keep | None) -> Raw:
    first = stream.readline(1 << 20)
    if first.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError("the file is UTF-16 text", where=path, expected="UTF-8", fix="save it again as CSV UTF-8")
    delimiter, header = _split_header(first, path)
    body: IO[bytes] = stream
    skipped = 1
    if layout.header is not None:
        width = len(header)
        header = [*layout.header[:width], *(f"extra {i}" for i in range(width - len(layout.header)))]
        body, skipped = io.BufferedReader(_Chained(first, stream)), 0
    places = layout.places(header, where=path)
    reader = _Reader(body, path, delimiter=delimiter, width=len(header), places=places, skipped=skipped)
    tables = list(reader.batches(keep))
    return reader.finish(tables, layout)


class _Chained(io.RawIOBase):
    """A first line that was already read, then the rest of its stream."""

    def __init__(self, first: bytes, rest: IO[bytes]) -> None:
        self._first = io.BytesIO(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._first.read(len(buffer)) or self._rest.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)


def _split_header(line: bytes, path: Path) -> tuple[str, list[str]]:
    text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8", errors="replace").rstrip("\r\n")
    counts = {chr(sign): text.count(chr(sign)) for sign in _DELIMITERS}
    delimiter = max(counts, key=lambda sign: (counts[sign], -_DELIMITERS.index(sign.encode())))
    try:
        header = next(csv.reader([text], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error as error:
        raise InputError(f"the first line is no header: {error}", where=f"{path}, line 1") from error
    if not header:
        raise InputError("the first line is empty", where=f"{path}, line 1", expected="the names of the columns")
    return delimiter, header


class _Reader:
    """Streams batches of the wanted columns as bytes and remembers the record number of each row."""

    def __init__(
        self, stream: IO[bytes], path: Path, *, delimiter: str, width: int, places: Mapping[str, int], skipped: int
    ) -> None:
        self._stream = stream
        self._path = path
        self._delimiter = delimiter
        self._width = width
        self._places = dict(places)
        self._skipped = skipped
        self._broken: list[tuple[int, str]] = []

    def _note_broken(self, row: pacsv.InvalidRow) -> str:
        self._broken.append(
            (int(row.number) + self._skipped, f"{row.actual_columns} fields, not {row.expected_columns}")
        )
        return "skip"

    def batches(self, keep: Keep | None) -> Iterator[pa.Table]:
        names = [f"c{index}" for index in range(self._width)]
        wanted = {name: f"c{index}" for name, index in self._places.items()}
        columns = list(dict.fromkeys(wanted.values()))
        try:
            reader = pacsv.open_csv(
                self._stream,
                # One thread: record numbers of broken rows are known only then, and tokenising is serial anyway.
                read_options=pacsv.ReadOptions(column_names=names, block_size=_BLOCK_BYTES, use_threads=False),
                parse_options=pacsv.ParseOptions(
                    delimiter=self._delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=self._note_broken,
                ),
                convert_options=pacsv.ConvertOptions(
                    include_columns=columns,
                    column_types=dict.fromkeys(columns, pa.binary()),
                    strings_can_be_null=False,
                ),
            )
            seen = 0
            for batch in reader:
                data = {name: batch.column(column) for name, column in wanted.items()}
                order = pa.array(np.arange(seen, seen + batch.num_rows, dtype=np.int64))
                seen += batch.num_rows
                table = pa.table({**data, LINE: order})
                yield table if keep is None else table.filter(keep(data))
        except pa.ArrowException as error:
            if "Empty CSV file" in str(error):
                return
            raise InputError(
                f"the file cannot be read as delimited text: {error}",
                where=self._path,
                fix="look for a quotation mark that is never closed, or a file that was cut",
            ) from error

    def finish(self, tables: Sequence[pa.Table], layout: Layout) -> Raw:
        """Join batches, decode them, and turn row numbers into line numbers."""
        broken = sorted(self._broken)
        numbers = np.array([number for number, _ in broken], dtype=np.int64)
        joined = pa.concat_tables(tables) if tables else None
        frame, order = _decoded(joined, layout)
        # The i-th good row lies after as many broken ones as have fewer good rows before them.
        good_before = numbers - 1 - self._skipped - np.arange(len(numbers))
        lines = order + np.searchsorted(good_before, order, side="right") + 1 + self._skipped
        return Raw(frame, lines, rejects(numbers, [reason for _, reason in broken]))


def _decoded(table: pa.Table | None, layout: Layout) -> tuple[pd.DataFrame, np.ndarray]:
    rows = 0 if table is None else table.num_rows
    columns: dict[str, pd.Series] = {}
    for field in layout.fields:
        if table is None or field.name not in table.column_names:
            columns[field.name] = pd.Series([""] * rows, dtype="str")
        else:
            columns[field.name] = _text(table.column(field.name)).to_pandas().astype("str")
    frame = pd.DataFrame(columns)
    order = np.empty(0, dtype=np.int64) if table is None else table.column(LINE).to_numpy()
    return frame, order


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decode bytes as UTF-8; where that fails, the few values concerned as Mac Roman or Windows-1252."""
    try:
        return column.cast(pa.string())
    except pa.ArrowInvalid:
        values = column.to_pylist()
    codec = codec_of(b"\n".join(value for value in values if not value.isascii()))
    return pa.chunked_array([pa.array([_decode(value, codec) for value in values], pa.string())])


def _decode(value: bytes, codec: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode(codec, errors="replace")


# --- JSON -------------------------------------------------------------------------------------------------------------


def _read_json(stream: IO[bytes], path: Path, layout: Layout, keep: Keep | None) -> Raw:
    rows = _json_rows(stream, path)
    header = list(dict.fromkeys(key for row in rows for key in row))
    places = layout.places(header, where=path) if rows else {}
    columns = {name: [_as_text(row.get(header[place])) for row in rows] for name, place in places.items()}
    data = {name: pa.array([value.encode() for value in values], pa.binary()) for name, values in columns.items()}
    table = pa.table({**data, LINE: pa.array(np.arange(len(rows), dtype=np.int64))}) if data else None
    if table is not None and keep is not None:
        table = table.filter(keep(data))
    frame, order = _decoded(table, layout)
    return Raw(frame, order + 1, rejects([], []))


def _json_rows(stream: IO[bytes], path: Path) -> list[dict[str, Any]]:
    try:
        answer = json.loads(stream.read().decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"the file is no JSON: {error}", where=path, fix="fetch it again") from error
    if isinstance(answer, dict):
        answer = answer.get("results")
    if not isinstance(answer, list) or not all(isinstance(row, dict) for row in answer):
        raise InputError("the JSON holds no rows", where=path, expected="an array of objects, or one under 'results'")
    return answer


def _as_text(value: object) -> str:
    return "" if value is None else str(value).encode("utf-8", errors="replace").decode("utf-8")


def is_any_of(column: pa.Array, values: Sequence[str]) -> pa.Array:
    """Return which raw values equal one of some codes, also in lower case or with the tail of a float column."""
    spellings = sorted({spelling for value in values for spelling in (value, value.lower(), f"{value}.0")})
    return pc.is_in(column, value_set=pa.array([spelling.encode() for spelling in spellings], pa.binary()))
