"""Records of a file, found by a wanted token as csv and a regular expression find them, however it is cut."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.errors import InputError
from deserts.sources.readers.record_stream import RecordStream
from deserts.sources.readers.scan_kernels import TokenTable, holds_token

TOKENS = ("62370", "J0475")
WANTED = re.compile(r"(?<![0-9A-Za-z])(?:62370|J0475)(?![0-9A-Za-z])", re.IGNORECASE)
CELLS = st.sampled_from(
    [
        "62370",
        "j0475",
        '"q"',
        "a,b",
        "x\ny",
        "  62370 ",
        "162370",
        "62370-TC",
        "",
        '"',
        "é",
        '"62370"',
        'a "b" c',
        "62370x",
    ]
)


def _records(raw: bytes, **options: object) -> list[tuple[int, bytes]]:
    stream = RecordStream(io.BytesIO(raw), where=Path("x"), tokens=TOKENS, **options)  # type: ignore[arg-type]
    return [(record.number, record.raw) for record in stream]


@settings(max_examples=150, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6),
    end=st.sampled_from(["\n", "\r\n"]), last=st.booleans(), block=st.sampled_from([1, 2, 5, 64, 100_000]),
)  # fmt: skip
def test_records_with_a_token_are_those_that_csv_finds(
    rows: list[list[str]], end: str, *, last: bool, block: int
) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end).writerows(rows)
    raw = out.getvalue().encode()
    raw = raw if last else raw.removesuffix(end.encode())
    expected = [(at + 1, row) for at, row in enumerate(rows) if any(WANTED.search(cell) for cell in row)]
    found = [
        (n, next(csv.reader(io.StringIO(text.decode(), newline="")))) for n, text in _records(raw, block_bytes=block)
    ]
    assert found == expected


def test_the_first_records_come_whatever_they_hold_and_offsets_are_places_in_the_file() -> None:
    raw = b'head\n"a\nb",1\nx,62370\ny\n'
    stream = RecordStream(io.BytesIO(raw), where=Path("x"), tokens=TOKENS, first=1)
    found = list(stream)
    assert [record.number for record in found] == [1, 3]
    assert all(raw[record.offset :].startswith(record.raw) for record in found)
    assert (stream.records, stream.bytes_read) == (4, len(raw))


def test_an_open_quotation_mark_is_named_with_its_record() -> None:
    with pytest.raises(InputError, match="a quotation mark is never closed") as caught:
        _records(b'a,b\n"62370,1\n2,3\n')
    assert "record 2" in str(caught.value)


def test_lines_without_quoting_are_lines() -> None:
    raw = b'{"a":"62370"}\n{"b":"\n{"c":"J0475"}\n'
    assert [number for number, _ in _records(raw, quoted=False)] == [1, 3]


@pytest.mark.parametrize(
    ("raw", "holds"), [(b'"62370"', True), (b'"162370"', False), (b'x:"j0475 "', True), (b"", False)]
)
def test_bytes_hold_a_token(raw: bytes, *, holds: bool) -> None:
    assert holds_token(raw, TokenTable(TOKENS)) is holds
    assert holds_token(b"," * 500 + raw + b",62369" * 100 + b",", TokenTable(TOKENS)) is holds


def test_a_token_is_letters_and_digits() -> None:
    with pytest.raises(ValueError, match="not a token"):
        TokenTable(["a-b"])
    assert holds_token(b"anything", TokenTable([]))
