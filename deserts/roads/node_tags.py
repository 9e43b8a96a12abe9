"""What OpenStreetMap tags of a node mean for a car that passes it: it is stopped, held up, or may turn round there."""

from __future__ import annotations

from enum import IntFlag

from deserts.roads.access import Tags, Use, access_keys, access_rules, parts_of
from deserts.roads.seasons import Season

__all__ = ["NODE_TAGS", "NodeFact", "node_facts"]

NODE_TAGS = (
    "highway",
    "barrier",
    "railway",
    "crossing",
    "crossing:signals",
    "traffic_signals",
    "traffic_signals:direction",
    "direction",
    "stop",
    "locked",
    *access_keys(directed=False),
)
"""Tags that decide about a node, in the order that `node_facts` takes their values."""


class NodeFact(IntFlag):
    """Facts about a node; any number may hold."""

    CLOSED_SUMMER = 1
    CLOSED_WINTER = 2
    ENDS_ONLY = 4
    SIGNALS = 8
    WALKERS_SIGNALS = 16
    STOP = 32
    STOP_ALL = 64
    GIVE_WAY = 128
    TOLL_BOOTH = 256
    LEVEL_CROSSING = 512
    TURNING_PLACE = 1024
    MINI_ROUNDABOUT = 2048
    FORWARD = 4096
    BACKWARD = 8192


_CLOSED = {Season.SUMMER: NodeFact.CLOSED_SUMMER, Season.WINTER: NodeFact.CLOSED_WINTER}
_BY_HIGHWAY = {
    "traffic_signals": NodeFact.SIGNALS,
    "stop": NodeFact.STOP,
    "give_way": NodeFact.GIVE_WAY,
    "toll_booth": NodeFact.TOLL_BOOTH,
    "turning_circle": NodeFact.TURNING_PLACE,
    "turning_loop": NodeFact.TURNING_PLACE,
    "mini_roundabout": NodeFact.MINI_ROUNDABOUT,
}
_DIRECTIONS = {"forward": NodeFact.FORWARD, "backward": NodeFact.BACKWARD}
_DIRECTED = NodeFact.SIGNALS | NodeFact.WALKERS_SIGNALS | NodeFact.STOP | NodeFact.GIVE_WAY


def node_facts(values: tuple[str | None, ...]) -> NodeFact:
    """Return the facts about a node from its values of `NODE_TAGS`."""
    tags = dict(zip(NODE_TAGS, values, strict=True))
    if _has_walkers_signals(tags):
        facts = NodeFact.WALKERS_SIGNALS
    else:
        facts = _BY_HIGHWAY.get((tags["highway"] or "").strip().lower(), NodeFact(0))
    if NodeFact.STOP in facts and "all" in parts_of(tags["stop"]):
        facts |= NodeFact.STOP_ALL
    if "level_crossing" in parts_of(tags["railway"]):
        facts |= NodeFact.LEVEL_CROSSING
    if facts & _DIRECTED:
        facts |= _direction(tags)
    return facts | _barrier(tags)


def _has_walkers_signals(tags: Tags) -> bool:
    if tags["highway"] != "crossing":
        return tags["highway"] == "traffic_signals" and tags["traffic_signals"] == "pedestrian_crossing"
    return tags["crossing:signals"] == "yes" or not {"traffic_signals", "pedestrian_signals"}.isdisjoint(
        parts_of(tags["crossing"])
    )


def _direction(tags: Tags) -> NodeFact:
    """Return the direction of the way in which a signal or sign is seen; nothing where both, or not told."""
    for key in ("traffic_signals:direction", "direction"):
        if found := _DIRECTIONS.get((tags[key] or "").strip().lower()):
            return found
    return NodeFact(0)


def _barrier(tags: Tags) -> NodeFact:
    """Return the seasons in which a barrier closes the road, or that it lets through only those who arrive or leave.

    Access tags on a node without a barrier say nothing about the road (a bus stop, a crossing for walkers).
    """
    barrier = tags["barrier"]
    if barrier is None:
        return NodeFact(0)
    rules = access_rules()
    found = NodeFact.TOLL_BOOTH if barrier == "toll_booth" else NodeFact(0)
    default = Use.OPEN if barrier in rules.open_barriers else Use.CLOSED
    for season, closed in _CLOSED.items():
        stated = rules.use(tags, season)
        use = default if stated is None else stated
        if use is Use.CLOSED or tags["locked"] == "yes":
            found |= closed
        elif use is Use.ENDS:
            found |= NodeFact.ENDS_ONLY
    return found
