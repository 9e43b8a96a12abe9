"""Shores as a ``.pbf`` block holds them: coastlines, outlines of water areas, and relations that draw such areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from deserts.roads.osm import area_kernels, kernels
from deserts.roads.osm.block import Block, Bounds, Keys

__all__ = ["INNER", "OUTER", "Drawn", "Lakes", "WaterWays", "joined_lakes", "lakes_of", "water_ways"]

INNER, OUTER = 0, 1
"""Roles of members; -1 where a member says neither."""

_COAST = ("natural", "coastline")
_WATER = {"natural": "water", "waterway": "riverbank", "landuse": "reservoir"}
"""Tags that draw an area of water. Where the ground is not said, any kind of ``water`` but ``no`` does, too."""
_WATER_KEYS = (*_WATER, "water")
_WATER_TEXTS = (_COAST[1], *_WATER.values())
"""A block without any of these texts has no shore."""
_AREA_KEYS = ("type", *_WATER_KEYS, "source", "created_by", "note", "attribution")
_AREA_VALUES = ("multipolygon", *_WATER.values(), "no")
_ROLES = ("inner", "outer")


class Drawn(IntEnum):
    """What the tags of a way say that it draws."""

    NOTHING = 0
    AREA = 1
    COAST = 2


@dataclass(frozen=True, slots=True)
class WaterWays:
    """Ways that draw shores: ids, what their own tags say (`Drawn`, int8), and their nodes in one row."""

    ids: NDArray[np.int64]
    drawn: NDArray[np.int8]
    counts: NDArray[np.int64]
    refs: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Lakes:
    """Water areas that relations draw.

    Parameters
    ----------
    is_told
        Whether the relation itself says that it is water; else its outer ways have to say so.
    counts
        How many ways each has.
    ways, roles
        Ids of these in one row, and `INNER`, `OUTER` or -1 (int8).
    """

    is_told: NDArray[np.bool_]
    counts: NDArray[np.int64]
    ways: NDArray[np.int64]
    roles: NDArray[np.int8]


def water_ways(block: Block, messages: Bounds, drawing: NDArray[np.int64]) -> WaterWays:
    """Return the ways of a block that draw shores; most blocks have none, which their texts tell.

    Parameters
    ----------
    block
        The block.
    messages
        Start and end of each way.
    drawing
        Sorted ids of ways that belong to lakes.
    """
    rows, drawn = _tagged(block, messages)
    if drawing.size and len(messages):
        members, whole = area_kernels.ways_among(block.content, messages, drawing)
        block.check(whole)
        others = members[~np.isin(members[:, 0], rows[:, 0])]
        rows = np.concatenate([rows, others])
        drawn = np.concatenate([drawn, np.full(len(others), Drawn.NOTHING, dtype=np.int8)])
    refs, counts, whole = kernels.references(block.content, rows, np.arange(len(rows)))
    block.check(whole)
    return WaterWays(rows[:, 0].copy(), drawn, counts, refs)


def lakes_of(block: Block, messages: Bounds) -> Lakes:
    """Return the water areas that relations of a block draw.

    Parameters
    ----------
    block
        The block.
    messages
        Start and end of each relation.
    """
    values = block.slots(Keys.of(_AREA_VALUES)) if len(messages) else np.zeros(0, dtype=np.int32)
    if not (values == 0).any():
        return joined_lakes([])
    kinds, whole = area_kernels.find_areas(block.content, messages, block.slots(Keys.of(_AREA_KEYS)), values)
    block.check(whole)
    kept = np.flatnonzero(kinds)
    counts, ways, roles, whole = area_kernels.members_of(block.content, messages[kept], block.slots(Keys.of(_ROLES)))
    block.check(whole)
    return Lakes(kinds[kept] == area_kernels.WATER, counts, ways, roles)


def joined_lakes(found: Sequence[Lakes]) -> Lakes:
    """Return the lakes of several blocks, those first whose relation says what it is."""
    told = np.concatenate([np.zeros(0, dtype=bool), *(lakes.is_told for lakes in found)])
    counts = np.concatenate([np.zeros(0, dtype=np.int64), *(lakes.counts for lakes in found)])
    ways = np.concatenate([np.zeros(0, dtype=np.int64), *(lakes.ways for lakes in found)])
    roles = np.concatenate([np.zeros(0, dtype=np.int8), *(lakes.roles for lakes in found)])
    order = np.argsort(~told, kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    members = np.argsort(np.repeat(rank, counts), kind="stable")
    return Lakes(told[order], counts[order], ways[members], roles[members])


def _tagged(block: Block, messages: Bounds) -> tuple[Bounds, NDArray[np.int8]]:
    """Return the ways whose own tags draw a shore, as rows, and what they draw."""
    if (block.slots(Keys.of(_WATER_TEXTS)) < 0).all():
        return np.zeros((0, 8), dtype=np.int64), np.zeros(0, dtype=np.int8)
    slots, count = block.slots(Keys.of(_WATER_KEYS)), len(_WATER_KEYS)
    found, prints, whole = kernels.find_ways(block.content, messages, slots, block.prints, count, count)
    block.check(whole)
    _, first, which = np.unique(prints, return_index=True, return_inverse=True)
    drawn = np.array([_drawn(block, found[example]) for example in first.tolist()], dtype=np.int8)[which]
    kept = np.flatnonzero(drawn)
    return found[kept], drawn[kept]


def _drawn(block: Block, way: NDArray[np.int64]) -> Drawn:
    """Return what the tags of a way draw."""
    keys, values = (block.numbers(*way[c : c + 2]) for c in (3, 5))
    tags = block.tags(list(zip(keys, values, strict=True)))
    if tags.get(_COAST[0]) == _COAST[1]:
        return Drawn.COAST
    is_wet = any(tags.get(key) == value for key, value in _WATER.items())
    says_water = "natural" not in tags and tags.get("water", "no") != "no"
    return Drawn.AREA if is_wet or says_water else Drawn.NOTHING
