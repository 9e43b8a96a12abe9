"""What OpenStreetMap tags mean for a car: where it may drive, which way, how fast, and what holds it up.

Every function takes plain text and returns plain values, so each rule can be tested by itself. The rules follow the
OpenStreetMap wiki (Key:access, Key:oneway, Key:maxspeed, Key:duration, Key:barrier).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "FERRY",
    "ROAD_CLASSES",
    "WAY_TAGS",
    "NodeRole",
    "WayRule",
    "direction",
    "duration_min",
    "node_role",
    "parse_maxspeed",
    "way_rule",
]

_BASE_CLASSES = ("motorway", "trunk", "primary", "secondary", "tertiary")
FERRY = "ferry"
ROAD_CLASSES = (
    *_BASE_CLASSES,
    *(f"{name}_link" for name in _BASE_CLASSES),
    "unclassified",
    "residential",
    "living_street",
    "service",
    "road",
    FERRY,
)
"""Classes that cars use, in a fixed order: a network stores the index."""

_CLASS_INDEX = {name: index for index, name in enumerate(ROAD_CLASSES)}

WAY_TAGS = (
    "highway",
    "route",
    "oneway",
    "junction",
    "maxspeed",
    "maxspeed:forward",
    "maxspeed:backward",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "service",
    "area",
    "duration",
    "foot",
    "bicycle",
)
"""Tags that decide about a way, in the order that `way_rule` takes their values."""

_ACCESS_KEYS = ("motorcar", "motor_vehicle", "vehicle", "access")
_CLOSED = frozenset(
    [
        "no",
        "private",
        "agricultural",
        "forestry",
        "emergency",
        "military",
        "psv",
        "bus",
        "hgv",
        "foot",
        "bicycle",
        "use_sidepath",
        "delivery",
    ]
)
_CLOSED_SERVICES = frozenset(("driveway", "parking_aisle", "drive-through", "emergency_access", "slipway"))
_LEAST_KMH, _MOST_KMH = 5.0, 160.0
_UNITS_KMH = {"": 1.0, "km/h": 1.0, "kmh": 1.0, "kph": 1.0, "mph": 1.609344, "knots": 1.852}
_SPEED = re.compile(r"^(\d+(?:\.\d+)?)\s*([a-z/]*)$")
_WALK_KMH = 7.0


def parse_maxspeed(text: str | None) -> float | None:
    """Return a speed limit in km/h, or None when the text gives none that can be used.

    Numbers are km/h unless a unit says otherwise. Lists (``45 mph;50 mph``, ``55|65``) give the mean of their limits,
    parts with a condition (``25 mph @ (22:00-06:00)``) are left out. ``none``, ``signals``, ``variable`` and
    ``US:urban`` name no number: the class decides. Limits below 5 or above 160 km/h are slips of the pen.
    """
    if not text:
        return None
    found = []
    for raw in re.split(r"[;|,]", re.sub(r"\([^)]*\)", "", text.lower())):
        part = raw.strip()
        if "@" in part:
            continue
        if part == "walk":
            found.append(_WALK_KMH)
        elif (match := _SPEED.match(part)) and match[2] in _UNITS_KMH:
            found.append(float(match[1]) * _UNITS_KMH[match[2]])
    usable = [speed for speed in found if _LEAST_KMH <= speed <= _MOST_KMH]
    return sum(usable) / len(usable) if usable else None


def duration_min(text: str | None) -> float | None:
    """Return a ferry's duration in minutes: ``01:30``, ``1:30:00``, ``PT1H30M`` or ``35``; None when unreadable."""
    if not text:
        return None
    value = text.strip()
    if re.fullmatch(r"\d+(\.\d+)?", value):
        minutes = float(value)
    elif match := re.fullmatch(r"(\d+):(\d\d)(?::(\d\d))?", value):
        minutes = int(match[1]) * 60 + int(match[2]) + int(match[3] or 0) / 60
    elif (match := re.fullmatch(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?", value.upper())) and match[0] != "PT":
        days, hours, mins, secs = (int(part or 0) for part in match.groups())
        minutes = days * 1440 + hours * 60 + mins + secs / 60
    else:
        return None
    return minutes if minutes > 0 else None


Direction = Literal["both", "ahead", "back", "closed"]


def direction(oneway: str | None, *, highway: str | None, junction: str | None) -> Direction:
    """Return which way a road may be driven. Motorways and roundabouts imply one way; an explicit tag wins.

    Lanes whose direction changes with the hour (``reversible``) are closed, since nobody can rely on them.
    """
    value = (oneway or "").strip().lower()
    if value in ("yes", "true", "1"):
        return "ahead"
    if value in ("-1", "reverse"):
        return "back"
    if value == "reversible":
        return "closed"
    if value in ("no", "false", "0", "alternating"):
        return "both"
    return "ahead" if highway == "motorway" or junction in ("roundabout", "circular") else "both"


@dataclass(frozen=True, slots=True)
class WayRule:
    """What the tags of a way say: class, speed limits each way (km/h, None by class), directions, a ferry's minutes."""

    road_class: int
    kmh: float | None
    back_kmh: float | None
    ahead: bool
    back: bool
    ferry_min: float | None


def _is_open(tags: dict[str, str | None]) -> bool:
    """Whether cars may use it: the most special access tag decides."""
    for key in _ACCESS_KEYS:
        if value := tags.get(key):
            return value.strip().lower() not in _CLOSED
    return True


def _road_class(tags: dict[str, str | None]) -> int | None:
    if tags.get("route") == FERRY:
        named = any(tags.get(key) for key in _ACCESS_KEYS[:3])
        # a ferry that lists walkers or cyclists and no cars carries no cars
        return _CLASS_INDEX[FERRY] if named or not (tags.get("foot") or tags.get("bicycle")) else None
    highway = tags.get("highway") or ""
    if highway == FERRY or tags.get("area") == "yes":
        return None
    if highway == "service" and (tags.get("service") or "") in _CLOSED_SERVICES:
        return None
    return _CLASS_INDEX.get(highway)


def way_rule(values: tuple[str | None, ...]) -> WayRule | None:
    """Return the rule of a way from its values of `WAY_TAGS`, or None where no car may drive."""
    tags = dict(zip(WAY_TAGS, values, strict=True))
    road_class = _road_class(tags)
    if road_class is None or not _is_open(tags):
        return None
    way = direction(tags["oneway"], highway=tags["highway"], junction=tags["junction"])
    if way == "closed":
        return None
    both = parse_maxspeed(tags["maxspeed"])
    ahead_kmh = parse_maxspeed(tags["maxspeed:forward"]) or both
    back_kmh = parse_maxspeed(tags["maxspeed:backward"]) or both
    is_ferry = ROAD_CLASSES[road_class] == FERRY
    return WayRule(
        road_class=road_class,
        kmh=ahead_kmh,
        back_kmh=back_kmh,
        ahead=way != "back",
        back=way != "ahead",
        ferry_min=duration_min(tags["duration"]) if is_ferry else None,
    )


NodeRole = Literal["closed", "traffic_signals", "stop", "give_way", "toll_booth", "level_crossing", ""]

_OPEN_BARRIERS = frozenset(
    [
        "gate",
        "lift_gate",
        "swing_gate",
        "toll_booth",
        "cattle_grid",
        "border_control",
        "entrance",
        "height_restrictor",
        "sally_port",
        "kerb",
        "no",
        "rising_bollard",
        "speed_bump",
        "hump",
    ]
)
_PASSES = frozenset(["yes", "permissive", "designated", "destination", "customers", "permit"])


def node_role(tags: dict[str, str]) -> NodeRole:
    """Return what a node does to a car that passes it: closes the road, holds it up, or nothing.

    Gates are open unless an access tag closes them; bollards, blocks and other barriers are closed unless one opens
    them.
    """
    barrier = tags.get("barrier")
    if barrier is not None:
        stated = next((tags[key].strip().lower() for key in _ACCESS_KEYS if key in tags), None)
        if stated in _CLOSED or (stated not in _PASSES and barrier not in _OPEN_BARRIERS):
            return "closed"
        if barrier == "toll_booth":
            return "toll_booth"
    highway = tags.get("highway")
    if highway in ("traffic_signals", "stop", "give_way"):
        return highway  # type: ignore[return-value]
    return "level_crossing" if tags.get("railway") == "level_crossing" else ""
