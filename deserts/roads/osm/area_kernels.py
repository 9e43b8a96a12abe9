"""Compiled decoding of relations that draw areas of water, and of the ways that belong to them."""

from __future__ import annotations

import numpy as np
from numba import njit

from deserts.roads.osm.wire import bounds_of, count_numbers, number, signed

__all__ = ["AREA", "WATER", "find_areas", "members_of", "ways_among"]

WATER, AREA = 1, 2
"""Relations that draw an area of water, and those that draw an area which its ways must tell the kind of."""

_NO_WAY = np.int64(-(1 << 63))
"""Stands for a member that is a relation: no way has this id."""
_FIELDS = 12


@njit(cache=True, nogil=True)
def find_areas(block, messages, keys, values):  # type: ignore[no-untyped-def]
    """Tell which relations draw areas of water.

    Parameters
    ----------
    messages
        Start and end of each relation.
    keys
        Of each text what it is as a key: 0 ``type``, 1 ``natural``, 2 ``waterway``, 3 ``landuse``, 4 ``water``, from 5
        such as say nothing of what is drawn, -1 for any other.
    values
        Of each text what it is as a value: 0 ``multipolygon``, 1 ``water``, 2 ``riverbank``, 3 ``reservoir``, 4
        ``no``, else -1.

    Returns
    -------
    kinds : int8 ``(relations,)``
        `WATER`, `AREA` (nothing says what it is, as was usual once), or 0.
    whole : bool
    """
    kinds = np.zeros(messages.shape[0], dtype=np.int8)
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return kinds, False
        key_at, value_at = part[2, 0], part[3, 0]
        is_area, is_wet, is_natural, says_water, is_bare = False, False, False, False, True
        while key_at < part[2, 1]:
            key, key_at = number(block, key_at, part[2, 1])
            value, value_at = number(block, value_at, part[3, 1])
            if key_at < 0 or value_at < 0 or key >= np.uint64(keys.size) or value >= np.uint64(keys.size):
                return kinds, False
            slot, told = keys[np.int64(key)], values[np.int64(value)]
            is_area = is_area or (slot == 0 and told == 0)
            is_wet = is_wet or (1 <= slot <= 3 and told == slot)
            is_natural = is_natural or slot == 1
            says_water = says_water or (slot == 4 and told != 4)
            is_bare = is_bare and (slot == 0 or slot > 4)
        if is_area and (is_wet or (says_water and not is_natural)):
            kinds[m] = WATER
        elif is_area and is_bare:
            kinds[m] = AREA
    return kinds, True


@njit(cache=True, nogil=True)
def members_of(block, messages, roles):  # type: ignore[no-untyped-def]
    """Return the ways of some relations in one row; nodes are left out, and relations are ways that no file has.

    Parameters
    ----------
    messages
        Start and end of each relation.
    roles
        Of each text what it is as a role: 0 ``inner``, 1 ``outer``, -1 for any other.

    Returns
    -------
    counts : int64 ``(relations,)``
    ways : int64
    said : int8
        Role of each member, as above.
    whole : bool
    """
    counts = np.zeros(messages.shape[0], dtype=np.int64)
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    most = 0
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return counts, np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int8), False
        most += count_numbers(block, part[9, 0], part[9, 1])
    ways, said = np.empty(most, dtype=np.int64), np.empty(most, dtype=np.int8)
    filled = 0
    for m in range(messages.shape[0]):
        bounds_of(block, messages[m, 0], messages[m, 1], part)
        role_at, id_at, kind_at, way = part[8, 0], part[9, 0], part[10, 0], np.int64(0)
        while id_at < part[9, 1]:
            role, role_at = number(block, role_at, part[8, 1])
            step, id_at = number(block, id_at, part[9, 1])
            kind, kind_at = number(block, kind_at, part[10, 1])
            if role_at < 0 or id_at < 0 or kind_at < 0 or role >= np.uint64(roles.size):
                return counts, ways[:filled], said[:filled], False
            way += signed(step)
            if kind > 0:
                ways[filled] = way if kind == 1 else _NO_WAY
                said[filled] = roles[np.int64(role)]
                filled += 1
                counts[m] += 1
    return counts, ways[:filled], said[:filled], True


@njit(cache=True, nogil=True)
def ways_among(block, messages, ids):  # type: ignore[no-untyped-def]
    """List the ways with one of some sorted ids as `find_ways` lists ways, without a name; and whether all is whole."""
    ways = np.zeros((messages.shape[0], 8), dtype=np.int64)
    part = np.empty((_FIELDS, 2), dtype=np.int64)
    count = 0
    for m in range(messages.shape[0]):
        if not bounds_of(block, messages[m, 0], messages[m, 1], part):
            return ways, False
        way = np.int64(number(block, part[1, 0], part[1, 1])[0])
        at = np.searchsorted(ids, way)
        if at < ids.size and ids[at] == way:
            ways[count, 0] = way
            for column, source in ((1, 8), (3, 2), (5, 3)):
                ways[count, column], ways[count, column + 1] = part[source, 0], part[source, 1]
            count += 1
    return ways[:count], True
