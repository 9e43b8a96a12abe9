"""Large JSON is cut where the standard library's parser says that records begin and end, whatever the blocks."""

from __future__ import annotations

import gzip
import json
import random
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.errors import InputError, MissingDataError
from deserts.sources.readers import json_stream
from deserts.sources.readers.json_stream import Passed, decode, lines_of, pieces_of, starts_like_json

_SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | st.text(max_size=8) | st.floats(-1e6, 1e6)
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
)
_ROOTS = st.lists(_VALUES, max_size=6) | st.dictionaries(st.text(max_size=6), _VALUES, max_size=6)


def _expected(root: object) -> list[tuple[str, int | None, object]]:
    if isinstance(root, list):
        return [("", index, value) for index, value in enumerate(root)]
    assert isinstance(root, dict)
    found: list[tuple[str, int | None, object]] = []
    for key, value in root.items():
        found += [(key, i, v) for i, v in enumerate(value)] if isinstance(value, list) else [(key, None, value)]
    return found


def _packed(data: bytes, codec: str) -> bytes:
    if codec == "gzip":
        return gzip.compress(data)
    return bytes(pa.Codec("zstd").compress(data, asbytes=True)) if codec == "zstd" else data


@settings(max_examples=60, deadline=None)
@given(root=_ROOTS, indent=st.sampled_from([None, 1]), block=st.integers(1, 40))
def test_pieces_are_those_of_the_standard_library(
    tmp_path_factory: pytest.TempPathFactory, root: object, indent: int | None, block: int
) -> None:
    path = tmp_path_factory.mktemp("json") / "x.json"
    path.write_text(json.dumps(root, indent=indent), encoding="utf-8")
    found = [(p.key, p.index, json.loads(p.raw)) for p in pieces_of(path, block_bytes=block)]
    assert found == _expected(root)


@settings(max_examples=60, deadline=None)
@given(root=_ROOTS, seed=st.integers(0, 10**6), block=st.integers(1, 40))
def test_a_damaged_document_is_refused_or_its_pieces_still_decode(
    tmp_path_factory: pytest.TempPathFactory, root: object, seed: int, block: int
) -> None:
    text = bytearray(json.dumps(root).encode())
    generator = random.Random(seed)
    for _ in range(generator.randint(1, 3)):
        place = generator.randrange(len(text) + 1)
        text[place : place + generator.randint(0, 2)] = bytes(generator.choice(b'{}[]",:\\0a\x80') for _ in range(1))
    path = tmp_path_factory.mktemp("json") / "x.json"
    path.write_bytes(bytes(text))
    whole = _by_the_standard_library(bytes(text))
    refused = None
    try:
        found = [(p.key, p.index, decode(p.raw, object)) for p in pieces_of(path, block_bytes=block)]
    except InputError as error:
        refused = error
    if refused is not None:
        assert whole is None
        assert "to do" in str(refused)
    elif whole is not None:
        assert [f[:2] for f in found] == [e[:2] for e in _expected(whole)]


def _by_the_standard_library(text: bytes) -> object:
    """Return a document; None where it is none, is a scalar, names a member twice or holds half of a character."""
    try:
        text.decode("utf-8")
        pairs: list[int] = []
        whole = json.loads(
            text, object_pairs_hook=lambda found: pairs.append(len(found) - len(dict(found))) or dict(found)
        )
        json.dumps(whole, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        return None
    return whole if isinstance(whole, list | dict) and not any(pairs) else None


@pytest.mark.parametrize("codec", ["plain", "gzip", "zstd"])
def test_only_wanted_members_are_held(tmp_path: Path, codec: str) -> None:
    root = {"a": list(range(5)), "b": {"c": 1}, "d": [{"e": "x" * 50}] * 3, "f~/g": 7}
    path = tmp_path / "x"
    path.write_bytes(_packed(json.dumps(root).encode(), codec))
    found = list(pieces_of(path, wanted=frozenset({"d", "f~/g"}), block_bytes=16))
    assert [p.pointer for p in found] == ["/d/0", "/d/1", "/d/2", "/f~0~1g"]
    assert starts_like_json(path) == b"{"


def test_a_record_longer_than_allowed_is_passed_over_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_stream, "MAX_RECORD_BYTES", 30)
    (tmp_path / "x.json").write_text(json.dumps([1, "y" * 100, {"z": 2}]))
    found = list(pieces_of(tmp_path / "x.json", block_bytes=16))
    assert [(p.index, p.is_too_long) for p in found] == [(0, False), (1, True), (2, False)]
    (tmp_path / "x.ndjson").write_text('{"a":1}\n{"b":"' + "y" * 100 + '"}\n{"c":3}')
    lines = list(lines_of(tmp_path / "x.ndjson", block_bytes=16))
    assert [(line.number, line.is_too_long) for line in lines] == [(1, False), (2, True), (3, False)]


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.sampled_from(["", "  ", '{"n":"1234567890"}', '{"n":12345678901}', '{"n":1993999998}', "{}\r"])),
    block=st.integers(1, 64),
    ends=st.booleans(),
)
def test_lines_and_their_numbers(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], block: int, ends: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.ndjson"
    path.write_text("x\n" + "\n".join(rows) + ("\n" if ends else ""), newline="")
    expected = [(i, row.strip("\r")) for i, row in enumerate(["x", *rows], start=1) if row.strip()]
    assert [(line.number, line.raw.decode()) for line in lines_of(path, block_bytes=block)] == expected
    passed = Passed()
    numbers = np.array([1234567890, 5])
    kept = [line.number for line in lines_of(path, numbers=numbers, passed=passed, block_bytes=block)]
    assert kept == [i for i, row in expected if "1234567890" in row and "12345678901" not in row]
    assert passed.lines == len(expected) - len(kept)
    marked = [line.number for line in lines_of(path, numbers=numbers, mark=b'"n"', block_bytes=block)]
    assert marked == [i for i, row in expected if i in kept or '"n"' not in row]


@settings(max_examples=80, deadline=None)
@given(
    rows=st.lists(st.sampled_from(["", " ", '{"a":1}', '{"a":1}\r', '{"a":1', '{"ab":{}}', '{"b":12} ', ' {"b":2}'])),
    block=st.integers(1, 64),
    ends=st.booleans(),
)
def test_lines_are_passed_over_for_how_they_begin(
    tmp_path_factory: pytest.TempPathFactory, rows: list[str], block: int, ends: bool
) -> None:
    path = tmp_path_factory.mktemp("lines") / "x.ndjson"
    path.write_text("{}\n" + "\n".join(rows) + ("\n" if ends else ""), newline="")
    every = [(i, row.removesuffix("\r")) for i, row in enumerate(["{}", *rows], start=1) if row.strip()]
    heads, passed = (b'{"a"', b'{"b"'), Passed()
    kept = [(line.number, line.raw.decode()) for line in lines_of(path, heads=heads, passed=passed, block_bytes=block)]
    begun = {head: [i for i, row in every if row.encode().startswith(head) and row.endswith("}")] for head in heads}
    assert kept == [(i, row) for i, row in every if i not in [*begun[heads[0]], *begun[heads[1]]]]
    assert passed == Passed(0, Counter({head: len(lines) for head, lines in begun.items()}))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"<!doctype html><html>", "web page"),
        (b"[1, 2", "cut off"),
        (b'{"a": [1, 2}', "do not fit"),
        (b"[1] [2]", "do not fit"),
        (gzip.compress(b"[1, 2, 3]" * 1000, mtime=0)[:-20], "damaged or cut"),
        (b"   \n ", "cut off"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words):
        list(pieces_of(path))


def test_a_missing_file_and_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingDataError):
        list(lines_of(tmp_path / "none"))
    monkeypatch.setattr(json_stream, "_FREE_BYTES", 1000)
    (tmp_path / "bomb").write_bytes(gzip.compress(b"[" + b" " * 5_000_000 + b"]"))
    with pytest.raises(InputError, match="unpacks to more"):
        list(pieces_of(tmp_path / "bomb"))
