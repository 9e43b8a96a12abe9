"""What OpenStreetMap tags of a way mean for a car: where it may drive, which way, how fast.

Every function takes plain text and returns plain values, so each rule can be tested by itself. What is allowed stands
in `access.toml`; the rest follows the OpenStreetMap wiki (Key:oneway, Key:maxspeed, Key:duration).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from deserts.roads.access import DIRECTIONS, Tags, Use, access_keys, access_rules, parts_of
from deserts.roads.seasons import SEASONS, Season

__all__ = [
    "CLASS_RANK",
    "FERRY",
    "ROAD_CLASSES",
    "WAY_TAGS",
    "WayRule",
    "direction",
    "duration_min",
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
    "track",
)
"""Classes that cars use, in a fixed order: a network stores the index."""

CLASS_RANK = tuple(
    (*_BASE_CLASSES, "unclassified", "residential", "living_street", "service", "road", "track", FERRY).index(
        name.removesuffix("_link")
    )
    for name in ROAD_CLASSES
)
"""How great a road each class is, 0 the greatest; a link counts as the road it leads to."""

_CLASS_INDEX = {name: index for index, name in enumerate(ROAD_CLASSES)}

_ONEWAY_KEYS = ("oneway:motorcar", "oneway:motor_vehicle", "oneway:vehicle", "oneway")

WAY_TAGS = (
    "highway",
    "route",
    *_ONEWAY_KEYS,
    "junction",
    "maxspeed",
    "maxspeed:forward",
    "maxspeed:backward",
    *access_keys(directed=True),
    *dict.fromkeys((*access_rules().closing, *access_rules().caps)),
    "seasonal",
    "winter_road",
    "ice_road",
    "duration",
    "interval",
    "foot",
    "bicycle",
)
"""Tags that decide about a way, in the order that `way_rule` takes their values."""

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
    """Return a duration or interval in minutes: ``01:30``, ``1:30:00``, ``PT1H30M`` or ``35``; None when unreadable."""
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
    """What the tags of a way say.

    Parameters
    ----------
    road_class
        Index into `ROAD_CLASSES`.
    kmh, back_kmh
        Speed limit each way, None where the class decides.
    cap_kmh
        The most that the surface allows, None for no cap.
    ahead, back
        Whether a car may drive this way, in the seasons in which the road is open.
    ends_only
        Whether it may be driven only where a trip begins or ends.
    closed_in
        Seasons in which nobody may drive it.
    roundabout
        Whether it is part of one.
    ferry_min, ferry_interval_min
        Minutes that a ferry sails, and from one to the next, None where it states none.
    """

    road_class: int
    kmh: float | None
    back_kmh: float | None
    cap_kmh: float | None
    ahead: bool
    back: bool
    ends_only: bool
    closed_in: frozenset[Season]
    roundabout: bool
    ferry_min: float | None
    ferry_interval_min: float | None


def way_rule(values: tuple[str | None, ...]) -> WayRule | None:
    """Return the rule of a way from its values of `WAY_TAGS`, or None where no car may drive."""
    tags = dict(zip(WAY_TAGS, values, strict=True))
    road_class = _road_class(tags)
    if road_class is None:
        return None
    way = direction(
        next((tags[key] for key in _ONEWAY_KEYS if tags[key]), None), highway=tags["highway"], junction=tags["junction"]
    )
    if way == "closed":
        return None
    uses = {season: _uses(tags, way, season) for season in SEASONS}
    open_seasons = [season for season in SEASONS if max(uses[season])]
    if not open_seasons:
        return None
    ahead, back = uses[open_seasons[0]]
    both = parse_maxspeed(tags["maxspeed"])
    is_ferry = ROAD_CLASSES[road_class] == FERRY
    return WayRule(
        road_class=road_class,
        kmh=parse_maxspeed(tags["maxspeed:forward"]) or both,
        back_kmh=parse_maxspeed(tags["maxspeed:backward"]) or both,
        cap_kmh=access_rules().cap_kmh(tags),
        # where one direction is for everybody and the other for those who arrive or leave, the second is left out
        ahead=ahead == max(ahead, back),
        back=back == max(ahead, back),
        ends_only=max(ahead, back) is Use.ENDS,
        closed_in=frozenset(SEASONS) - frozenset(open_seasons),
        roundabout=tags["junction"] in ("roundabout", "circular"),
        ferry_min=duration_min(tags["duration"]) if is_ferry else None,
        ferry_interval_min=duration_min(tags["interval"]) if is_ferry else None,
    )


def _road_class(tags: Tags) -> int | None:
    """Return the class of a way that cars can use, or None."""
    rules = access_rules()
    if rules.is_closed_by(tags):
        return None
    if FERRY in parts_of(tags["route"]):
        named = any(tags[mode] for mode in rules.modes[:3])
        # a ferry that lists walkers or cyclists and no cars carries no cars
        return _CLASS_INDEX[FERRY] if named or not (tags["foot"] or tags["bicycle"]) else None
    highway = tags["highway"] or ""
    if highway in rules.classes:
        keys, stands_for = rules.classes[highway]
        stated = next((use for key in keys if (use := rules.value(tags[key])) is not None), None)
        return _CLASS_INDEX[stands_for] if stated else None
    return _CLASS_INDEX.get(highway) if highway not in (FERRY, "track") else None


def _uses(tags: Tags, way: Direction, season: Season) -> tuple[Use, Use]:
    """Return what a car may do each way in a season."""
    rules = access_rules()
    if rules.out_of_season(tags, season):
        return Use.CLOSED, Use.CLOSED
    ahead, back = (rules.use(tags, season, name) for name in DIRECTIONS)
    return (
        Use.CLOSED if way == "back" else Use.OPEN if ahead is None else ahead,
        Use.CLOSED if way == "ahead" else Use.OPEN if back is None else back,
    )
