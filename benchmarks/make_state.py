"""Write the extract of a made-up state as ``.osm.pbf``: bent streets in a grid, a building beside each of their nodes.

Every street node has four others behind it, the corners of a building, so that a reader passes over 40 million nodes
and 10 million ways for 10 million nodes of roads. One junction in fifty has signals. Nodes lie in the order of their
ids and streets and buildings in that of theirs, as the extracts of OpenStreetMap do; blocks hold 8,000 of them.
"""

from __future__ import annotations

import argparse
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["State", "write_state"]

_BLOCK = 8000
_BENDS = 2
"""Nodes between two junctions."""
_STEP_DEG = (0.0030, 0.00225)
_WAY_EDGES = 6
_CLASSES = ("residential",) * 6 + ("unclassified", "tertiary", "secondary", "primary")
_STREETS = 997
_TEXTS = ("", "highway", "building", "yes", "name", "traffic_signals", *dict.fromkeys(_CLASSES))
_HIGHWAY, _BUILDING, _YES, _NAME, _SIGNALS = range(1, 6)
_FIRST_STREET = len(_TEXTS)
_A_BUILDING = 4
_SIGNALS_EVERY = 50
_CROSSED_EVERY = 20
_FIRST_CROSSING = 1 << 40
"""Roads across borders are numbered from here, behind those of all states."""
_FACING = {"east": "west", "west": "east", "north": "south", "south": "north"}


@dataclass(frozen=True, slots=True)
class State:
    """A made-up state.

    Parameters
    ----------
    side
        Junctions along each side.
    west, south
        Its corner, degrees.
    first
        Its nodes and ways are numbered from here.
    """

    side: int
    west: float = -99.0
    south: float = 31.0
    first: int = 0

    @property
    def junctions(self) -> int:
        """How many junctions it has."""
        return self.side**2

    @property
    def road_nodes(self) -> int:
        """How many nodes its streets run through."""
        return self.junctions + 2 * _BENDS * self.side * (self.side - 1)

    def border(self, side: str) -> NDArray[np.int64]:
        """Return the junctions of its border in the ``east``, ``west``, ``north`` or ``south`` that roads cross."""
        line = np.arange(0, self.side, _CROSSED_EVERY)
        last = self.side - 1
        row, column = {
            "east": (line, last), "west": (line, 0), "north": (last, line), "south": (0, line),
        }[side]  # fmt: skip
        return np.asarray(row * self.side + column, dtype=np.int64)


def write_state(state: State, target: Path, neighbours: Mapping[str, State] | None = None) -> dict[str, int]:
    """Write the extract of a state; return what it holds.

    Roads across the border to neighbours (by side) lie whole in the extracts of both, under the same ids.
    """
    lon, lat = _places(state)
    ways = 0
    around = sorted((neighbours or {}).items(), key=lambda item: item[1].first)
    across = [_across(state, side, other) for side, other in around]
    with target.open("wb") as stream:
        stream.write(_blob("OSMHeader", _text(4, "OsmSchema-V0.6") + _text(4, "DenseNodes") + _text(5, _SORTED)))
        for group in [group for before, group, _ in across if before]:
            stream.write(_blob("OSMData", _block(group)))
        for first in range(0, lon.size, _BLOCK // (1 + _A_BUILDING)):
            some = slice(first, first + _BLOCK // (1 + _A_BUILDING))
            stream.write(_blob("OSMData", _block(_node_group(state, first, lon[some], lat[some]))))
        for group in [group for before, group, _ in across if not before]:
            stream.write(_blob("OSMData", _block(group)))
        for ids, ptr, refs, tags in _streets(state):
            ways += ids.size
            stream.write(_blob("OSMData", _block(_ways(ids, ptr, refs, tags))))
        for ids, ptr, refs, tags in _buildings(state, ways):
            stream.write(_blob("OSMData", _block(_ways(ids, ptr, refs, tags))))
        for _, _, crossing in across:
            stream.write(_blob("OSMData", _block(_ways(*crossing))))
    others = _A_BUILDING * state.road_nodes
    return {"road_nodes": state.road_nodes, "other_nodes": others, "streets": ways, "buildings": state.road_nodes}


_SORTED = "Sort.Type_then_ID"


def _places(state: State) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Return the places of the street nodes: junctions row by row, bends of rows, bends of columns (1e-7 degrees)."""
    rng = np.random.default_rng(7)
    found = []
    for start, step, axis in ((state.west, _STEP_DEG[0], 1), (state.south, _STEP_DEG[1], 0)):
        line = np.arange(state.side, dtype=np.float64)
        grid = np.broadcast_to(line if axis else line[:, None], (state.side, state.side)) * step
        grid = start + grid + rng.uniform(-0.2, 0.2, grid.shape) * step
        parts = [grid.ravel()]
        for lines in (grid, grid.T):
            share = np.arange(1, _BENDS + 1) / (_BENDS + 1)
            between = lines[:, :-1, None] + (lines[:, 1:] - lines[:, :-1])[:, :, None] * share
            parts.append((between + rng.uniform(-0.05, 0.05, between.shape) * step).ravel())
        found.append(np.rint(np.concatenate(parts) * 1e7).astype(np.int32))
    return found[0], found[1]


def _across(state: State, side: str, other: State) -> tuple[bool, bytes, Ways]:
    """Return whether a neighbour's ids come before, its nodes on the border, and the roads across."""
    here, there = state.border(side), other.border(_FACING[side])
    lon, lat = _places(other)
    ids = _node_ids(other, there)
    fields = (
        (1, _signed(ids)),
        (8, _signed(lat[there])),
        (9, _signed(lon[there])),
        (10, np.zeros(ids.size, dtype=np.uint8)),
    )
    group = _field(2, b"".join(_field(number, part.tobytes()) for number, part in fields))
    ends = np.column_stack([_node_ids(state, here), ids])
    low = np.sort(ends, axis=1)  # the same way in both extracts
    tags = np.tile(np.array([_HIGHWAY, _TEXTS.index("primary")]), (ids.size, 1))
    crossing = _FIRST_CROSSING + low[:, 0], np.arange(ids.size + 1) * 2, low.ravel(), tags
    return other.first < state.first, group, crossing


Ways = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def _streets(state: State) -> Iterator[Ways]:
    """Give blocks of streets: ids, offsets, nodes, and class and name as texts."""
    side, inner = state.side, _BENDS * (state.side - 1)
    number = np.arange(state.junctions).reshape(side, side)
    bends = state.junctions + np.arange(2 * side * inner).reshape(2, side, side - 1, _BENDS)
    firsts = np.arange(0, side - 1, _WAY_EDGES)
    way = 0
    rows: list[NDArray[np.int64]] = []
    for half in range(2):
        for line in range(side):
            crossings = number[line] if half == 0 else number[:, line]
            row = np.empty(side + inner, dtype=np.int64)
            row[:: _BENDS + 1] = crossings
            for bend in range(_BENDS):
                row[1 + bend :: _BENDS + 1] = bends[half, line, :, bend]
            rows += [row[f * (_BENDS + 1) : (f + _WAY_EDGES) * (_BENDS + 1) + 1] for f in firsts]
            while len(rows) >= _BLOCK:
                yield _street_block(state, way, rows[:_BLOCK])
                way, rows = way + _BLOCK, rows[_BLOCK:]
    if rows:
        yield _street_block(state, way, rows)


def _street_block(state: State, way: int, rows: list[NDArray[np.int64]]) -> Ways:
    ids = way + np.arange(len(rows))
    ptr = np.concatenate([[0], np.cumsum([row.size for row in rows])]).astype(np.int64)
    classes = np.array([_TEXTS.index(name) for name in _CLASSES])
    street = ids // 4
    tags = np.column_stack(
        [
            np.full(ids.size, _HIGHWAY), classes[(street * 7) % classes.size],
            np.full(ids.size, _NAME), _FIRST_STREET + street % _STREETS,
        ]
    )  # fmt: skip
    return state.first + ids, ptr, _node_ids(state, np.concatenate(rows)), tags


def _buildings(state: State, streets: int) -> Iterator[Ways]:
    for first in range(0, state.road_nodes, _BLOCK):
        beside = np.arange(first, min(first + _BLOCK, state.road_nodes))
        corner = _node_ids(state, beside)
        refs = (corner[:, None] + np.array([1, 2, 3, 4, 1])).ravel()
        tags = np.tile(np.array([_BUILDING, _YES]), (beside.size, 1))
        yield state.first + streets + beside, np.arange(beside.size + 1) * (_A_BUILDING + 1), refs, tags


def _node_ids(state: State, node: NDArray[np.int64]) -> NDArray[np.int64]:
    return state.first + 1 + (1 + _A_BUILDING) * node


def _node_group(state: State, first: int, lon: NDArray[np.int32], lat: NDArray[np.int32]) -> bytes:
    each = 1 + _A_BUILDING
    ids = state.first + 1 + each * first + np.arange(each * lon.size)
    aside = np.array([0, 900, 1900, 1900, 900]), np.array([0, 700, 700, 1500, 1500])
    x, y = ((axis[:, None] + far).ravel() for axis, far in zip((lon, lat), aside, strict=True))
    node = np.repeat(np.arange(first, first + lon.size), each)
    is_first = np.arange(ids.size) % each == 0
    signals = is_first & (node < state.junctions) & (node % _SIGNALS_EVERY == 0)
    tags = _node_tags(signals, _HIGHWAY, _SIGNALS)
    fields = (1, _signed(ids)), (8, _signed(y)), (9, _signed(x)), (10, tags)
    return _field(2, b"".join(_field(number, part.tobytes()) for number, part in fields))


def _block(group: bytes) -> bytes:
    texts = b"".join(_text(1, text) for text in _TEXTS) + b"".join(_text(1, f"Street {i}") for i in range(_STREETS))
    return _field(1, texts) + _field(2, group)


def _blob(kind: str, content: bytes) -> bytes:
    packed = _number_field(2, len(content)) + _field(3, zlib.compress(content, 1))
    header = _text(1, kind) + _number_field(3, len(packed))
    return len(header).to_bytes(4, "big") + header + packed


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | 2) + _number(len(content)) + content


def _text(number: int, text: str) -> bytes:
    return _field(number, text.encode())


def _number_field(number: int, value: int) -> bytes:
    return _number(number << 3) + _number(value)


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    found.append(value)
    return bytes(found)


@njit(cache=True)
def _put(row: Any, at: Any, value: Any) -> Any:
    """Write a variable-length number; return the position behind it."""
    while value > 127:
        row[at] = value & 127 | 128
        value >>= 7
        at += 1
    row[at] = value
    return at + 1


@njit(cache=True)
def _signed(values: Any) -> Any:
    """Return the differences of numbers as zigzag variable-length ones."""
    row = np.empty(10 * values.size, dtype=np.uint8)
    at, last = 0, 0
    for value in values:
        step = value - last
        at = _put(row, at, (step << 1) ^ (step >> 63))
        last = value
    return row[:at]


@njit(cache=True)
def _node_tags(tagged: Any, key: Any, value: Any) -> Any:
    """Return keys and values of nodes in a row: one tag for some, a zero behind each node."""
    row = np.zeros(3 * tagged.size, dtype=np.uint8)
    at = 0
    for is_tagged in tagged:
        if is_tagged:
            row[at], row[at + 1] = key, value
            at += 2
        at += 1
    return row[:at]


def _ways(ids: NDArray[np.int64], ptr: NDArray[np.int64], refs: NDArray[np.int64], tags: NDArray[np.int64]) -> bytes:
    return bytes(_way_messages(ids, ptr, refs, tags).tobytes())


@njit(cache=True)
def _way_messages(ids: Any, ptr: Any, refs: Any, tags: Any) -> Any:
    """Return ways as the messages of a group; ``tags`` holds keys and values in turns."""
    row = np.empty(10 * refs.size + 64 * ids.size, dtype=np.uint8)
    message = np.empty(10 * refs.size + 64, dtype=np.uint8)
    end = 0
    for way in range(ids.size):
        at = _put(message, 0, 8)
        at = _put(message, at, ids[way])
        for side in range(2):
            start = at + 2
            at = start
            for column in range(side, tags.shape[1], 2):
                at = _put(message, at, tags[way, column])
            message[start - 2], message[start - 1] = (18, 26)[side], at - start
        packed = _signed(refs[ptr[way] : ptr[way + 1]])
        at = _put(message, at, 66)
        at = _put(message, at, packed.size)
        message[at : at + packed.size] = packed
        at += packed.size
        end = _put(row, end, 26)
        end = _put(row, end, at)
        row[end : end + at] = message[:at]
        end += at
    return row[:end]


def main() -> None:
    """Write one extract."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--side", type=int, default=1415, help="junctions along each side (default %(default)s)")
    given = parser.parse_args()
    print(write_state(State(given.side), given.target))


if __name__ == "__main__":
    main()
