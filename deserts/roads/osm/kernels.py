"""Compiled decoding of the groups of a ``.pbf`` block: texts, ways, nodes and relations.

Tags are compared by 64-bit fingerprints of their texts, so that ten thousand ways with a few hundred sets of tags ask
the rules a few hundred times. The fingerprint of a set of tags does not depend on their order. Every function says
whether what it read was whole.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.osm.wire import bounds_of, count_numbers, fields_of, number, signed

__all__ = ["find_relations", "find_ways", "place_dense", "place_plain", "places_of", "references", "texts"]

_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_MIX, _MIX_A, _MIX_B = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_FIELDS = 12


@njit(cache=True, nogil=True)
def texts(block, at, end):  # type: ignore[no-untyped-def]
    """Return start and end of every text of a table, and their fingerprints (FNV-1a)."""
    found = fields_of(block, at, end, 1)
    prints = np.empty(found.shape[0], dtype=np.uint64)
    for i in range(found.shape[0]):
        value = _FNV_START
        for j in range(max(0, found[i, 0]), max(0, found[i, 1])):
            value = (value ^ np.uint64(block[j])) * _FNV_PRIME
        prints[i] = value
    return found, prints


@njit(cache=True, nogil=True, inline="always")
def _stir(slot, value):  # type: ignore[no-untyped-def]
    """Return the fingerprint of one tag: the place of its key and its value."""
    mixed = (value + np.uint64(slot + 1) * _MIX) * _MIX_A
    mixed = (mixed ^ (mixed >> np.uint64(29))) * _MIX_B
    return mixed ^ (mixed >> np.uint64(32))


@njit(cache=True, nogil=True)
def find_ways(block, messages, slots, prints, wanted_slots, name_slot):  # type: ignore[no-untyped-def]
    """List the ways that have one of the first keys.

    Parameters
    ----------
    messages
        Start and end of each way.
    slots
        Of each text what it is as a key: those below ``wanted_slots`` make a way a candidate, those below
        ``name_slot`` count for its fingerprint, then come the name and the second-best name; -1 for any other text.
    prints
        Fingerprint of each text.
    wanted_slots, name_slot
        See above.

    Returns
    -------
    ways : int64 ``(ways, 8)``
        id, start and end of the references, of the keys and of the values, text of the name (0 for none).
    fingerprints : uint64 ``(ways,)``
    whole : bool
    """
    ways = np.empty((messages.shape[0], 8), dtype=np.int64)
    fingerprints = np.empty(messages.shape[0], dtype=np.uint64)
    count = 0
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return ways, fingerprints, False
        wanted, mark, name, whole = _read_tags(block, part, slots, prints, wanted_slots, name_slot)
        if not whole:
            return ways, fingerprints, False
        if not wanted:
            continue
        ways[count, 0] = np.int64(number(block, part[1, 0], part[1, 1])[0])
        for column, source in ((1, 8), (3, 2), (5, 3)):
            ways[count, column], ways[count, column + 1] = part[source, 0], part[source, 1]
        ways[count, 7] = name
        fingerprints[count] = mark
        count += 1
    return ways[:count], fingerprints[:count], True


@njit(cache=True, nogil=True)
def _read_tags(block, part, slots, prints, wanted_slots, name_slot):  # type: ignore[no-untyped-def]
    """Return whether a way is wanted, the fingerprint of its tags, the text of its name, and whether it is whole."""
    key_at, value_at = part[2, 0], part[3, 0]
    wanted, mark, name, second = False, np.uint64(0), np.int64(0), np.int64(0)
    while key_at < part[2, 1]:
        key, key_at = number(block, key_at, part[2, 1])
        value, value_at = number(block, value_at, part[3, 1])
        if key_at < 0 or value_at < 0 or key >= np.uint64(slots.size) or value >= np.uint64(slots.size):
            return False, mark, name, False
        slot = slots[np.int64(key)]
        if slot < 0:
            continue
        if slot < name_slot:
            wanted = wanted or slot < wanted_slots
            mark += _stir(slot, prints[np.int64(value)])
        elif slot == name_slot:
            name = np.int64(value)
        else:
            second = np.int64(value)
    return wanted, mark, name if name > 0 else second, value_at == part[3, 1]


@njit(cache=True, nogil=True)
def references(block, ways, kept):  # type: ignore[no-untyped-def]
    """Return the nodes of some ways in one row, how many each has, and whether they are whole."""
    counts = np.zeros(kept.size, dtype=np.int64)
    for i in range(kept.size):
        counts[i] = count_numbers(block, ways[kept[i], 1], ways[kept[i], 2])
    refs = np.empty(counts.sum(), dtype=np.int64)
    filled = 0
    for i in range(kept.size):
        at, end = ways[kept[i], 1], ways[kept[i], 2]
        ref = np.int64(0)
        for _ in range(counts[i]):
            step, at = number(block, at, end)
            if at < 0:
                return refs, counts, False
            ref += signed(step)
            refs[filled] = ref
            filled += 1
        if at != end:
            return refs, counts, False
    return refs, counts, True


@njit(cache=True, nogil=True, inline="always")
def _find(ids, wanted, near):  # type: ignore[no-untyped-def]
    """Return where the first id not below a wanted one stands: from ``near`` in growing steps, then by halving."""
    low = high = near
    step = 1
    if near < ids.size and ids[near] < wanted:
        while high < ids.size and ids[high] < wanted:
            low = high + 1
            high += step
            step *= 2
        high = min(high, ids.size)
    else:
        while low > 0 and ids[low - 1] >= wanted:
            high = low - 1
            low = max(0, low - step)
            step *= 2
    while low < high:
        middle = (low + high) >> 1
        if ids[middle] < wanted:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True)
def places_of(ids, refs):  # type: ignore[no-untyped-def]
    """Return where each reference stands in sorted ids, int32; -1 where it is not among them."""
    places = np.empty(refs.size, dtype=np.int32)
    near = 0
    for i in range(refs.size):
        near = _find(ids, refs[i], near)
        places[i] = near if near < ids.size and ids[near] == refs[i] else -1
    return places


@njit(cache=True, nogil=True)
def place_dense(block, at, end, grid, slots, prints, ids, lon, lat):  # type: ignore[no-untyped-def]
    """Enter the coordinates of those nodes of a dense message that roads use; list those with tags that matter.

    Parameters
    ----------
    at, end
        Bounds of the message.
    grid
        Granularity, offset of latitude and offset of longitude, in billionths of a degree.
    slots
        Of each text its place among the keys that matter, -1 for others.
    prints
        Fingerprint of each text.
    ids
        Sorted ids of the nodes that roads use.
    lon, lat
        Their coordinates in 1e-7 degrees, int32, filled here.

    Returns
    -------
    tagged : int64 ``(nodes, 3)``
        Index of the node, start and end of its tags.
    fingerprints : uint64 ``(nodes,)``
    whole : bool
    """
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    whole = bounds_of(block, at, end, part)
    count = count_numbers(block, part[1, 0], part[1, 1]) if whole else 0
    tagged = np.empty((count, 3), dtype=np.int64)
    marks = np.empty(count, dtype=np.uint64)
    node, x, y = np.int64(0), np.int64(0), np.int64(0)
    node_at, y_at, x_at, tag_at = part[1, 0], part[8, 0], part[9, 0], part[10, 0]
    near, kept = 0, 0
    for _ in range(count):
        step, node_at = number(block, node_at, part[1, 1])
        x_step, x_at = number(block, x_at, part[9, 1])
        y_step, y_at = number(block, y_at, part[8, 1])
        if node_at < 0 or x_at < 0 or y_at < 0:
            return tagged, marks, False
        node += signed(step)
        x += signed(x_step)
        y += signed(y_step)
        near = _find(ids, node, near)
        used = near < ids.size and ids[near] == node
        first = tag_at
        mark, tag_at = _dense_tags(block, tag_at, part[10, 1], slots, prints)
        if tag_at < 0:
            return tagged, marks, False
        if used:
            _locate(grid, x, y, near, lon, lat)
        if used and mark != 0:
            tagged[kept, 0], tagged[kept, 1], tagged[kept, 2] = near, first, tag_at
            marks[kept] = mark
            kept += 1
    return tagged[:kept], marks[:kept], whole


@njit(cache=True, nogil=True, inline="always")
def _dense_tags(block, at, end, slots, prints):  # type: ignore[no-untyped-def]
    """Return the fingerprint of the tags of one node of a dense message, and the position behind them (-1: damaged)."""
    mark = np.uint64(0)
    while at < end:
        key, at = number(block, at, end)
        if at < 0 or key >= np.uint64(slots.size):
            return mark, np.int64(-1)
        if key == 0:
            break
        value, at = number(block, at, end)
        if at < 0 or value >= np.uint64(slots.size):
            return mark, np.int64(-1)
        slot = slots[np.int64(key)]
        if slot >= 0:
            mark += _stir(slot, prints[np.int64(value)])
    return mark, at


@njit(cache=True, nogil=True, inline="always")
def _locate(grid, x, y, place, lon, lat):  # type: ignore[no-untyped-def]
    """Enter a coordinate in 1e-7 degrees, unless it lies off the Earth."""
    east, north = grid[2] + grid[0] * x, grid[1] + grid[0] * y
    if abs(east) <= 180_000_000_000 and abs(north) <= 90_000_000_000:
        lon[place] = np.int32((east + 50) // 100)
        lat[place] = np.int32((north + 50) // 100)


@njit(cache=True, nogil=True)
def place_plain(block, messages, grid, slots, prints, ids, lon, lat):  # type: ignore[no-untyped-def]
    """Do for nodes with a message each what `place_dense` does; the tags are start and end of keys and of values.

    Returns
    -------
    tagged : int64 ``(nodes, 5)``
    fingerprints : uint64 ``(nodes,)``
    whole : bool
    """
    tagged = np.empty((messages.shape[0], 5), dtype=np.int64)
    marks = np.empty(messages.shape[0], dtype=np.uint64)
    near, kept = 0, 0
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return tagged, marks, False
        node = signed(number(block, part[1, 0], part[1, 1])[0])
        near = _find(ids, node, near)
        if near == ids.size or ids[near] != node:
            continue
        y, x = number(block, part[8, 0], part[8, 1])[0], number(block, part[9, 0], part[9, 1])[0]
        _locate(grid, signed(x), signed(y), near, lon, lat)
        mark, whole = _read_tags(block, part, slots, prints, 0, slots.size)[1::2]
        if not whole:
            return tagged, marks, False
        if mark != 0:
            tagged[kept, 0] = near
            tagged[kept, 1], tagged[kept, 2], tagged[kept, 3], tagged[kept, 4] = (
                part[2, 0], part[2, 1], part[3, 0], part[3, 1],
            )  # fmt: skip
            marks[kept] = mark
            kept += 1
    return tagged[:kept], marks[:kept], True


@njit(cache=True, nogil=True)
def find_relations(block, messages, type_key, is_wanted):  # type: ignore[no-untyped-def]
    """Return which relations have a wanted value of the key ``type``, and whether all are whole."""
    found = np.zeros(messages.shape[0], dtype=np.bool_)
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return found, False
        key_at, value_at = part[2, 0], part[3, 0]
        while key_at < part[2, 1]:
            key, key_at = number(block, key_at, part[2, 1])
            value, value_at = number(block, value_at, part[3, 1])
            if key_at < 0 or value_at < 0 or value >= np.uint64(is_wanted.size):
                return found, False
            if key == np.uint64(type_key) and is_wanted[np.int64(value)]:
                found[m] = True
    return found, True
