"""Lines of NDJSON are cut where text ends them, and a sieve passes over what cannot matter and nothing else."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from deserts.errors import MissingDataError
from deserts.sources.readers import ndjson
from deserts.sources.readers.ndjson import LineSieve, Passed, lines_of

_OTHER_ROWS = [
    "",
    "  ",
    "{}\r",
    '{"n":"1234567890"}',
    '{"a":1}',
    '{"a":1}\r',
    '{"a":1',
    '{"ab":{}}',
    '{"b":12} ',
    ' {"b":2}',
]


@settings(max_examples=80, deadline=None)
@given(rows=st.lists(st.sampled_from(_OTHER_ROWS)), block=st.integers(1, 64), ends=st.booleans())
def test_lines_are_cut_and_passed_over_for_how_they_begin(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], block: int, ends: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.ndjson"
    path.write_text("{}\n" + "\n".join(rows) + ("\n" if ends else ""), newline="")
    every = [(i, row.removesuffix("\r")) for i, row in enumerate(["{}", *rows], start=1) if row.strip()]
    assert [(line.number, line.raw.decode()) for line in lines_of(path, block_bytes=block)] == every
    heads, passed = (b'{"a"', b'{"b"'), Passed()
    lines = lines_of(path, sieve=LineSieve(unread=heads), passed=passed, block_bytes=block)
    kept = [(line.number, line.raw.decode()) for line in lines]
    begun = {head: [i for i, row in every if row.encode().startswith(head) and row.endswith("}")] for head in heads}
    assert kept == [(i, row) for i, row in every if i not in [*begun[heads[0]], *begun[heads[1]]]]
    assert passed == Passed(Counter({head: len(lines) for head, lines in begun.items()}))


_WANTED, _TEXTS = {1234567890, 5000000000}, (b'"ntwk', b"plan-net")
_PARTS = [
    "1234567890",
    "x1234567890y",
    "12345678901",
    "0123456789",
    "5000000000",
    '"NTWK"',
    '"ntw',
    "Plan-NET",
    "é",
    "\\\\",
    "\\u0031",
    "\\u00e9",
]


@settings(max_examples=300, deadline=None)
@given(parts=st.lists(st.sampled_from(_PARTS), max_size=5), head=st.sampled_from(['{"k":"a"', '{"k":"b"']))
@example(parts=["1234567890", "1"], head='{"k":"a"')
@example(parts=["\\u0031"], head='{"k":"a"')
def test_a_line_is_passed_over_only_without_a_wanted_number_or_text(parts: list[str], head: str) -> None:
    line = (head + ",".join(parts) + "}").encode()
    sieve = LineSieve(by_number=(b'{"k":"a"',), numbers=_WANTED, texts=_TEXTS)
    found = {int(number) for number in re.findall(rb"(?<!\d)\d{10}(?!\d)", line)}
    is_wanted = bool(found & _WANTED) or any(text in line.lower() for text in _TEXTS) or b"\\u0031" in line
    assert sieve.passes(line) == (head.endswith('"a"') and not is_wanted)
    assert not sieve.passes(line[:-1])


@pytest.mark.parametrize(
    ("rest", "passes"),
    [
        (',"id":"other"}', True),
        (' , "id" :\t"other" }', True),
        (',"id":"wanted-1.A"}', False),
        (',"id":"wanted-1.A","x":"other"}', False),
        (',"id":"wanted-1"}', True),
        (',"active":true,"id":"other"}', False),
        (',"id":7}', False),
        (',"id":"oth\\u0065r"}', False),
        (',"id":"Kind/other"}', False),
        (',"id":"other', False),
        ("}", False),
        (",", False),
    ],
)
def test_a_line_is_passed_over_for_its_id_where_that_stands_next(rest: str, passes: bool) -> None:
    sieve = LineSieve(by_id=(b'{"k":"a"', b'{"k":"bb"'), ids={"wanted-1.A", "x"})
    for head in sieve.by_id:
        assert sieve.passes(head + rest.encode()) == passes
    assert not sieve.passes(b'{"k":"c"' + rest.encode())


@settings(max_examples=100, deadline=None)
@given(ids=st.lists(st.from_regex(r"[A-Za-z0-9.-]{1,12}", fullmatch=True), min_size=1, max_size=30), data=st.data())
def test_no_wanted_id_is_ever_passed_over(ids: list[str], data: st.DataObject) -> None:
    wanted = set(data.draw(st.lists(st.sampled_from(ids))))
    sieve = LineSieve(by_id=(b'{"kind": "a"',), ids=wanted)
    assert [sieve.passes(json.dumps({"kind": "a", "id": one}).encode()) for one in ids] == [
        one not in wanted for one in ids
    ]


def test_a_line_longer_than_allowed_is_passed_over_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ndjson, "MAX_RECORD_BYTES", 30)
    (tmp_path / "x.ndjson").write_text('{"a":1}\n{"b":"' + "y" * 100 + '"}\n{"c":3}')
    lines = list(lines_of(tmp_path / "x.ndjson", block_bytes=16))
    assert [(line.number, line.is_too_long) for line in lines] == [(1, False), (2, True), (3, False)]
    with pytest.raises(MissingDataError):
        list(lines_of(tmp_path / "none"))
