"""Large JSON is cut where the standard library's parser says that records begin and end, whatever the blocks."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.errors import InputError, MissingDataError
from deserts.sources.readers import json_stream
from deserts.sources.readers.json_stream import decode, pieces_of, starts_like_json

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
        list(pieces_of(tmp_path / "none"))
    monkeypatch.setattr(json_stream, "_FREE_BYTES", 1000)
    (tmp_path / "bomb").write_bytes(gzip.compress(b"[" + b" " * 5_000_000 + b"]"))
    with pytest.raises(InputError, match="unpacks to more"):
        list(pieces_of(tmp_path / "bomb"))
