"""Read a delimited text file by the meaning of its columns, not by their place, spelling or order.

Columns are matched after dropping case, spaces and signs, so that ``Rndrng_NPI``, ``City/Town`` and the irregular
spacing of the provider registry are found alike. The file is streamed: memory holds only the columns and rows that
are asked for. Rows with the wrong number of fields are listed with their line.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv

from deserts.errors import InputError
from deserts.sources.readers.layouts import Field, Keep, Layout, Raw, is_any_of, normalise
from deserts.sources.readers.parsed import rejects
from deserts.sources.readers.textfile import codec_of, open_binary

__all__ = ["Field", "Keep", "Layout", "Raw", "check_head", "is_any_of", "normalise", "read_rows"]

LINE: Final = "_line"
_BLOCK_BYTES = 16 << 20
_DELIMITERS = b",\t|;"


def read_rows(path: Path, layout: Layout, *, keep: Keep | None = None, block_bytes: int = _BLOCK_BYTES) -> Raw:
    """Read the wanted columns of a delimited file, or of a JSON array of objects with the same names.

    Parameters
    ----------
    path
        Plain, gzip, or zip with one fitting member.
    layout
        What to look for.
    keep
        Which rows to keep; all when None.
    block_bytes
        How much is read at once; the result does not depend on it.

    Raises
    ------
    InputError
        If the file is not of that layout or cannot be read as text.
    """
    with open_binary(path, member=layout.member) as stream:
        start = _peek(stream)
        if start.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{"):
            return _read_json(stream, path, layout, keep)
        return _read_text(stream, path, layout, keep, block_bytes)


def check_head(path: Path, layout: Layout) -> None:
    """Look whether a file is of a layout and holds a row, without reading it whole; JSON is.

    Raises
    ------
    InputError
        If it is not.
    """
    with open_binary(path, member=layout.member) as stream:
        if _peek(stream).lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"[", b"{"):
            _read_json(stream, path, layout, None)
            return
        first, second = stream.readline(1 << 20), stream.readline(1 << 20)
        if layout.header is None:
            layout.places(_split_header(first, path)[1], where=path)
        if not second.strip():
            raise InputError("the file has a header and no rows", where=path)


def _peek(stream: IO[bytes]) -> bytes:
    if isinstance(stream, io.BufferedReader):
        return stream.peek(64)[:64]
    return b""


# --- text -------------------------------------------------------------------------------------------------------------


def _read_text(stream: IO[bytes], path: Path, layout: Layout, keep: Keep | None, block_bytes: int) -> Raw:
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
    keep = keep and keep.among(places, where=path)
    reader = _Reader(
        body, path, delimiter=delimiter, width=len(header), places=places, skipped=skipped, block_bytes=block_bytes
    )
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


class _Shielded(io.RawIOBase):
    """A stream whose bytes above ASCII are written as UTF-8 of two bytes, as if the text were latin-1.

    Arrow hands a broken row on as text, and gives up where it is none. `_unshielded` undoes this, whatever the text is.
    """

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        block = self._left or self._stream.read(len(buffer))
        if not self._left and not block.isascii():
            block = block.decode("latin-1").encode("utf-8")
        self._left = block[len(buffer) :]
        buffer[: len(block) - len(self._left)] = block[: len(buffer)]
        return len(block) - len(self._left)


def _unshielded(column: pa.Array) -> pa.Array:
    """Return values as they stand in the file."""
    if pc.all(pc.string_is_ascii(column.cast(pa.string()))).as_py() in (True, None):
        return column
    values = (value if value.isascii() else value.decode("utf-8").encode("latin-1") for value in column.to_pylist())
    return pa.array(values, pa.binary())


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
        self,
        stream: IO[bytes],
        path: Path,
        *,
        delimiter: str,
        width: int,
        places: Mapping[str, int],
        skipped: int,
        block_bytes: int,
    ) -> None:
        self._stream = stream
        self._path = path
        self._delimiter = delimiter
        self._names = [f"c{index}" for index in range(width)]
        self._wanted = {name: f"c{index}" for name, index in places.items()}
        self._before = 0
        self._block_bytes = block_bytes
        self._skipped = skipped
        self._broken: list[tuple[int, str]] = []

    def _note_broken(self, row: pacsv.InvalidRow) -> str:
        self._broken.append(
            (int(row.number) + self._skipped + self._before, f"{row.actual_columns} fields, not {row.expected_columns}")
        )
        return "skip"

    def batches(self, keep: Keep | None) -> Iterator[pa.Table]:
        """Yield the wanted columns of the wanted rows."""
        seen = 0
        try:
            if keep is not None:
                for table, rows in self._quick_batches(keep):
                    seen += rows
                    yield table
            yield from self._exact_batches(keep, seen)
        except pa.ArrowException as error:
            if "Empty CSV file" in str(error):
                return
            raise InputError(
                f"the file cannot be read as delimited text: {error}",
                where=self._path,
                fix="look for a quotation mark that is never closed, or a file that was cut",
            ) from error

    def _quick_batches(self, keep: Keep) -> Iterator[tuple[pa.Table, int]]:
        """Yield wanted rows and the number of rows read, converting nothing but what decides and what is wanted.

        A block ends with a line and only the deciding columns are converted; the lines that are wanted are then read
        whole. As soon as a block's rows are not its lines (a line break inside quotes, a broken row), that
        block and all that follows is left to the exact reader.
        """
        seen, left = 0, b""
        deciding = {name: self._wanted[name] for name in keep.columns}
        while body := self._stream.read(self._block_bytes):
            body += self._stream.readline()
            ends = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == ord("\n"))
            if not body.endswith(b"\n"):  # the file's last line, which a line break inside quotes must not make up for
                ends = np.append(ends, len(body))
            table = self._whole_lines(body, deciding, len(ends))
            found = (
                None if table is None else self._hits(body, ends, keep.test(dict(zip(deciding, table, strict=True))))
            )
            if found is None:
                left = body
                break
            yield found.set_column(found.num_columns - 1, LINE, pc.add(found[LINE], seen)), len(ends)
            seen += len(ends)
        self._stream = io.BufferedReader(_Chained(left, self._stream))

    def _hits(self, body: bytes, ends: np.ndarray, wanted: pa.Array) -> pa.Table | None:
        """Read the wanted lines of a block whole; ``LINE`` is their place in the block."""
        hits = np.flatnonzero(wanted.to_numpy())
        starts = np.concatenate([[0], ends[:-1] + 1])[hits]
        lines = b"".join(body[a:b] for a, b in zip(starts.tolist(), (ends[hits] + 1).tolist(), strict=True))
        columns = self._whole_lines(lines, self._wanted, len(hits))
        if columns is None:
            return None
        return pa.table({**dict(zip(self._wanted, columns, strict=True)), LINE: pa.array(hits, pa.int64())})

    def _whole_lines(self, body: bytes, wanted: Mapping[str, str], lines: int) -> list[pa.ChunkedArray] | None:
        """Return columns of some whole lines; None where a row is not just a line."""
        if lines == 0 and not body:
            return [pa.chunked_array([], pa.binary()) for _ in wanted]
        try:
            table = pacsv.read_csv(
                pa.BufferReader(body),
                # In one piece: cutting the block up again costs more than a second core brings.
                read_options=pacsv.ReadOptions(column_names=self._names, block_size=len(body) + 1, use_threads=False),
                parse_options=pacsv.ParseOptions(delimiter=self._delimiter, ignore_empty_lines=False),
                convert_options=self._conversion(wanted),
            )
        except pa.ArrowInvalid:  # a broken row, or a line break inside quotes: the exact reader knows
            return None
        return [table.column(column) for column in wanted.values()] if table.num_rows == lines else None

    def _conversion(self, wanted: Mapping[str, str]) -> pacsv.ConvertOptions:
        columns = list(dict.fromkeys(wanted.values()))
        return pacsv.ConvertOptions(
            include_columns=columns, column_types=dict.fromkeys(columns, pa.binary()), strings_can_be_null=False
        )

    def _exact_batches(self, keep: Keep | None, seen: int) -> Iterator[pa.Table]:
        self._before = seen
        reader = pacsv.open_csv(
            io.BufferedReader(_Shielded(self._stream), 1 << 16),
            # One thread: record numbers of broken rows are known only then, and tokenising is serial anyway.
            read_options=pacsv.ReadOptions(
                column_names=self._names, block_size=max(self._block_bytes, 1 << 16), use_threads=False
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=self._delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=self._note_broken,
            ),
            convert_options=self._conversion(self._wanted),
        )
        for batch in reader:
            data = {name: _unshielded(batch.column(column)) for name, column in self._wanted.items()}
            order = pa.array(np.arange(seen, seen + batch.num_rows, dtype=np.int64))
            seen += batch.num_rows
            table = pa.table({**data, LINE: order})
            yield table if keep is None else table.filter(keep.test(data))

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
        table = table.filter(keep.among(data, where=path).test(data))
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
