"""Mutations of a seed: bits, bytes, chunks and tokens; inside archives, values of JSON, cells of CSV."""

from __future__ import annotations

import gzip
import io
import json
import random
import zipfile
import zlib

TOKENS = (
    b"", b"-1", b"0", b"nan", b"NaN", b"inf", b"1e999", b"-1e-999", b"\xc2\xb2", b"9" * 20, b"2147483648", b"9" * 5000,
    b"A" * 5000, b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b'"', b'""', b"'", b",", b"\t", b";",
    b"\\", b"../../x", b"=1+1", b"{}", b"[]", b"null", b"true", b"[" * 3000, b'{"a":' * 3000, b"<a>" * 2000, b"&#x0;",
    b"<!DOCTYPE html>", b"<?xml version='1.0'?>", b"%00", b"\xed\xa0\x80", b"\xf0\x9f\x92\x89", b"PK\x03\x04", b"|",
    b"2026-02-30", b"02/30/2026", b"1/1/1", b"0001-01-01", b"9999-12-31", b"04401", b"1234567893",
)  # fmt: skip
VALUES = (
    None, True, False, 0, -1, 1.5, 1e308, 2**70, -(2**70), "", "x", "²", "\u0000", "\ud800", "9" * 400, [], {}, [[]],
    [None], {"a": 1}, "nan", "2026-02-30", {"": {"": []}},
)  # fmt: skip


def mutate(seed: bytes, rng: random.Random, *, others: tuple[bytes, ...] = ()) -> bytes:
    """Return a seed changed once or a few times."""
    if rng.random() < 0.6 and (inside := _inside(seed, rng, others)) is not None:
        return inside
    found = seed
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        found = rng.choice(OPERATIONS)(found, rng, others)
    return found[: 4 * len(seed) + 100_000]


def _inside(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes | None:
    """Change what is packed, or a value of what is written in a known form; None where the seed is plain."""
    if seed[:2] == b"\x1f\x8b":
        return gzip.compress(mutate(gzip.decompress(seed), rng), mtime=0, compresslevel=1)
    if seed[:4] == b"PK\x03\x04":
        return _in_archive(seed, rng)
    start = seed[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    if start in (b"{", b"["):
        return _in_json(seed, rng)
    if seed.count(b",") > 20 and b"\x00" not in seed[:2000]:
        return _in_table(seed, rng)
    return None


def _in_archive(seed: bytes, rng: random.Random) -> bytes:
    with zipfile.ZipFile(io.BytesIO(seed)) as archive:
        members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    at = rng.randrange(len(members))
    name, body = members[at]
    choice = rng.random()
    if choice < 0.75:
        members[at] = name, mutate(body, rng)
    elif choice < 0.85:
        members[at] = rng.choice(("../" + name, "/" + name, "a" * 300 + name, name + "\\x", name.upper(), "")), body
    elif choice < 0.95:
        del members[at]
    else:
        members.append((name, body))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for key, content in members:
            archive.writestr(zipfile.ZipInfo(key), content, zipfile.ZIP_DEFLATED, 1)
    return out.getvalue()


def _in_json(seed: bytes, rng: random.Random) -> bytes | None:
    try:
        lines = seed.splitlines() if seed.count(b"\n{") > 3 else [seed]
        at = rng.randrange(len(lines))
        value = json.loads(lines[at])
    except (ValueError, RecursionError):
        return None
    places: list[tuple[dict[str, object] | list[object], object]] = []
    waiting = [value]
    while waiting:
        node = waiting.pop()
        pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        for key, child in pairs:
            places.append((node, key))
            waiting.append(child)
    if not places:
        return None
    for _ in range(rng.choice((1, 1, 2, 4))):
        node, key = rng.choice(places)
        if isinstance(node, dict) and rng.random() < 0.3:
            node.pop(key, None)
        elif isinstance(node, dict) and rng.random() < 0.1:
            node[str(key).upper() + "x"] = node.pop(key, None)
        else:
            node[key] = rng.choice(VALUES)  # type: ignore[index]
    lines[at] = json.dumps(value).encode()
    return b"\n".join(lines)


def _in_table(seed: bytes, rng: random.Random) -> bytes:
    lines = seed.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 5))):
        row = rng.choice((0, rng.randrange(len(lines))))
        cells = lines[row].split(b",")
        cell = rng.randrange(len(cells))
        choice = rng.random()
        if choice < 0.6:
            cells[cell] = rng.choice(TOKENS)
        elif choice < 0.75:
            del cells[cell]
        elif choice < 0.85:
            cells.insert(cell, rng.choice(TOKENS))
        elif choice < 0.95:
            cells[cell] = b'"' + cells[cell]
        else:
            cells[cell], cells[0] = cells[0], cells[cell]
        lines[row] = b",".join(cells)
    return b"\n".join(lines)


def _flip(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    found = bytearray(seed)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if found:
            found[rng.randrange(len(found))] ^= 1 << rng.randrange(8)
    return bytes(found)


def _cut(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    return seed[: rng.randrange(len(seed) + 1)]


def _drop(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    a = rng.randrange(len(seed) + 1)
    return seed[:a] + seed[a + rng.choice((1, 4, 64, 1024)) :]


def _repeat(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    a = rng.randrange(len(seed) + 1)
    return seed[:a] + seed[a : a + rng.choice((1, 16, 256))] * rng.choice((2, 10)) + seed[a:]


def _insert(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    a = rng.randrange(len(seed) + 1)
    return seed[:a] + rng.choice(TOKENS) + seed[a + rng.choice((0, 0, 1, 8)) :]


def _zero(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    a = rng.randrange(len(seed) + 1)
    size = rng.choice((4, 512, len(seed) // 2))
    return seed[:a] + bytes(len(seed[a : a + size])) + seed[a + size :]


def _splice(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    other = rng.choice(others) if others else zlib.compress(seed[:1000])
    return seed[: rng.randrange(len(seed) + 1)] + other[rng.randrange(len(other) + 1) :]


def _recode(seed: bytes, rng: random.Random, others: tuple[bytes, ...]) -> bytes:
    return seed.decode("latin-1").encode(rng.choice(("utf-16", "utf-8-sig", "utf-8", "utf-32")))


OPERATIONS = (_flip, _flip, _cut, _drop, _repeat, _insert, _insert, _zero, _splice, _recode)
