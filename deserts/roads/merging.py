"""Strokes of several files as one: junctions at borders joined, roads that lie in several files taken once.

Files are read one after the other. Nodes that lie in several of them are known beforehand and are kept in each, so that
a road which another file joins at the border finds its junction. What is left of earlier files while one is read are
their strokes, which the network is made of.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deserts.earth import great_circle_m
from deserts.errors import InputError
from deserts.roads.holds import Holds
from deserts.roads.osm.extract import read_way_nodes
from deserts.roads.strokes import Strokes

__all__ = ["merged", "shared_nodes"]

_SAME_PLACE_M = 1000.0
"""Nodes of one id that lie further apart than this in two files come from different numberings."""


def shared_nodes(paths: Iterable[Path]) -> NDArray[np.int64]:
    """Return the sorted ids of nodes that roads of several files use."""
    seen = shared = np.zeros(0, dtype=np.int64)
    for path in paths:
        ids = read_way_nodes(path)
        both = np.sort(np.concatenate([seen, ids]))
        repeats = both[1:] == both[:-1]
        shared = np.union1d(shared, both[1:][repeats])
        seen = both[np.append(True, ~repeats)] if both.size else both
    return shared


def merged(parts: list[Strokes], shared: NDArray[np.int64], files: Sequence[str]) -> Strokes:
    """Join the strokes of several files.

    Parameters
    ----------
    parts
        Strokes of each file; the list is emptied.
    shared
        From `shared_nodes`; each part has kept those that it has.
    files
        Names of the files, for errors.

    Raises
    ------
    InputError
        If a node lies in two places: the files number their nodes differently.
    """
    if len(parts) == 1:
        return parts.pop()
    if not any(part.tail.size for part in parts):
        return parts[0]
    numbers, nodes = _numbered_nodes(parts, shared, files)
    rules, names = _Numbers(), _Numbers()
    columns: dict[str, list[NDArray[Any]]] = {name: [] for name in ("tail", "head", "rule", "name", "way_id")}
    inner, lon, lat, held = [], [], [], []
    count = 0
    seen = _Seen(shared.size, nodes)
    for part, number in zip(parts, numbers, strict=True):
        tail, head = number[part.tail], number[part.head]
        new = seen.first_time(part, tail, head)
        found = tail, head, rules.of(part.rules)[part.rule], names.of(part.names)[part.name], part.way_id
        for column, values in zip(columns.values(), found, strict=True):
            column.append(np.asarray(values)[new])
        held.append(part.held.moved(np.where(new, count + np.cumsum(new) - 1, -1).astype(np.int32)))
        count += int(new.sum())
        inner.append(np.diff(part.ptr)[new])
        vertex = np.repeat(new, np.diff(part.ptr))
        lon.append(part.lon[vertex])
        lat.append(part.lat[vertex])
    parts.clear()
    node_id, node_lon, node_lat, control = nodes
    return Strokes(
        node_id=node_id, node_lon=node_lon, node_lat=node_lat, control=control,
        ptr=np.concatenate([[0], np.cumsum(np.concatenate(inner))]).astype(np.int64), lon=np.concatenate(lon),
        lat=np.concatenate(lat), rules=rules.known, names=names.known,
        held=Holds(*(np.concatenate([getattr(one, column) for one in held]) for column in ("of", "back", "kind"))),
        **{name: np.concatenate(columns.pop(name)) for name in list(columns)},
    )  # fmt: skip


class _Numbers:
    """Numbers things that several files name, each once."""

    def __init__(self) -> None:
        self._number: dict[Any, int] = {}

    def of(self, things: Sequence[Any]) -> NDArray[np.int32]:
        """Return the number of each thing, giving new ones the next."""
        return np.array([self._number.setdefault(one, len(self._number)) for one in things], dtype=np.int32)

    @property
    def known(self) -> list[Any]:
        """All things so far, by number."""
        return list(self._number)


Columns = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int32], NDArray[np.uint8]]


def _numbered_nodes(
    parts: Sequence[Strokes], shared: NDArray[np.int64], files: Sequence[str]
) -> tuple[list[NDArray[np.int32]], Columns]:
    """Return the new number of each part's nodes, and id, place and control of all: shared ones first."""
    size = shared.size
    lon, lat = np.zeros(size, dtype=np.int32), np.zeros(size, dtype=np.int32)
    control, known = np.zeros(size, dtype=np.uint8), np.zeros(size, dtype=bool)
    numbers, own = [], []
    count = size
    for part in parts:
        at = np.minimum(np.searchsorted(shared, part.node_id), max(0, size - 1))
        is_shared = shared[at] == part.node_id if size else np.zeros(part.node_id.size, dtype=bool)
        place = at[is_shared]
        _check_same(shared, place, known, (lon, lat), (part.node_lon[is_shared], part.node_lat[is_shared]), files)
        first = ~known[place]
        lon[place[first]], lat[place[first]] = part.node_lon[is_shared][first], part.node_lat[is_shared][first]
        control[place] |= part.control[is_shared]
        known[place] = True
        number = np.where(is_shared, at, count + np.cumsum(~is_shared) - 1).astype(np.int32)
        count += int((~is_shared).sum())
        numbers.append(number)
        own.append([column[~is_shared] for column in (part.node_id, part.node_lon, part.node_lat, part.control)])
    ids, x, y, controls = (
        np.concatenate([first, *(columns[i] for columns in own)]) for i, first in enumerate((shared, lon, lat, control))
    )
    return numbers, (ids, x, y, controls)


def _check_same(
    shared: NDArray[np.int64],
    place: NDArray[np.int64],
    known: NDArray[np.bool_],
    was: tuple[NDArray[np.int32], NDArray[np.int32]],
    now: tuple[NDArray[np.int32], NDArray[np.int32]],
    files: Sequence[str],
) -> None:
    """Refuse files that number their nodes differently."""
    again = np.flatnonzero(known[place])
    at = place[again]
    apart = great_circle_m(was[0][at] * 1e-7, was[1][at] * 1e-7, now[0][again] * 1e-7, now[1][again] * 1e-7)
    if (apart > _SAME_PLACE_M).any():
        raise InputError(
            f"node {shared[at[int(np.argmax(apart))]]} lies in two places {apart.max() / 1000:.0f} km apart",
            where=", ".join(files),
            expected="extracts that number their nodes alike, as OpenStreetMap's own do",
            fix="use extracts of one source",
        )


class _Seen:
    """Remembers the steps between shared nodes that earlier files had, so that each is taken once."""

    def __init__(self, shared: int, nodes: Columns) -> None:
        ids, lon, lat, _ = nodes
        # copies of a node that closes the road have ids of their own, below all others: their place tells them
        self._is_border = (np.arange(ids.size) < shared) | (ids < -(1 << 61))
        self._place = (lon.astype(np.int64) << 32) | (lat.astype(np.int64) & 0xFFFFFFFF)
        self._known: set[tuple[int, int, int]] = set()

    def first_time(self, part: Strokes, tail: NDArray[np.int32], head: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Return which strokes of one more file no earlier one has: those between shared nodes are single steps."""
        new = np.ones(tail.size, dtype=bool)
        at = np.flatnonzero(self._is_border[tail] & self._is_border[head] & (np.diff(part.ptr) == 0))
        ends = np.sort(np.stack([self._place[tail[at]], self._place[head[at]]]), axis=0)
        keys = list(zip(part.way_id[at].tolist(), *ends.tolist(), strict=True))
        new[at] = [key not in self._known for key in keys]
        self._known.update(keys)
        return new
