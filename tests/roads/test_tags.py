from __future__ import annotations

import tomllib
from importlib import resources

import pytest

from deserts.roads.node_tags import NODE_TAGS, NodeFact, node_facts
from deserts.roads.seasons import Season, conditions, holds
from deserts.roads.tags import ROAD_CLASSES, WAY_TAGS, direction, duration_min, parse_maxspeed, way_rule


@pytest.mark.parametrize(
    ("text", "kmh"),
    [
        ("55 mph", 88.51392),
        ("55mph", 88.51392),
        ("90", 90.0),
        ("90 km/h", 90.0),
        ("10 knots", 18.52),
        ("walk", 7.0),
        ("45 mph;55 mph", 80.4672),
        ("60|80", 70.0),
        ("50 mph; 25 mph @ (Mo-Fr 07:00-09:00)", 80.4672),
        ("25 mph @ school", None),
        ("none", None),
        ("signals", None),
        ("US:urban", None),
        ("5500 mph", None),
        ("2", None),
        ("", None),
        (None, None),
        ("fifty", None),
    ],
)
def test_maxspeed(text, kmh):
    assert parse_maxspeed(text) == (None if kmh is None else pytest.approx(kmh))


@pytest.mark.parametrize(
    ("text", "minutes"),
    [("01:30", 90), ("0:20", 20), ("1:30:30", 90.5), ("35", 35), ("PT1H30M", 90), ("PT45M", 45), ("P1DT2H", 1560),
     ("PT", None), ("soon", None), ("0", None), (None, None)],
)  # fmt: skip
def test_duration(text, minutes):
    assert duration_min(text) == minutes


@pytest.mark.parametrize(
    ("oneway", "highway", "junction", "expected"),
    [
        (None, "motorway", None, "ahead"),
        ("no", "motorway", None, "both"),
        (None, "primary", "roundabout", "ahead"),
        ("no", "primary", "roundabout", "both"),
        ("-1", "primary", None, "back"),
        ("yes", "residential", None, "ahead"),
        ("reversible", "motorway", None, "closed"),
        (None, "motorway_link", None, "both"),
        (None, "primary", None, "both"),
    ],
)
def test_direction(oneway, highway, junction, expected):
    assert direction(oneway, highway=highway, junction=junction) == expected


def rule(tags):
    return way_rule(tuple(tags.get(key) for key in WAY_TAGS))


ROAD = {"highway": "residential"}
OPEN, ENDS, SHUT = "open", "for those who arrive or leave", "closed"

WAYS = [
    # value of a plain key
    ({}, OPEN), ({"access": "yes"}, OPEN), ({"access": "permissive"}, OPEN), ({"access": "designated"}, OPEN),
    ({"access": "official"}, OPEN), ({"access": "private"}, SHUT), ({"access": "no"}, SHUT), ({"access": "No "}, SHUT),
    ({"access": "agricultural"}, SHUT), ({"access": "forestry"}, SHUT), ({"access": "military"}, SHUT),
    ({"access": "emergency"}, SHUT), ({"access": "delivery"}, SHUT), ({"access": "psv"}, SHUT),
    ({"access": "destination"}, ENDS), ({"access": "customers"}, ENDS), ({"access": "permit"}, ENDS),
    ({"access": "residents"}, ENDS), ({"access": "unknown"}, OPEN), ({"access": "fixme"}, OPEN),
    ({"motor_vehicle": "no"}, SHUT), ({"motor_vehicle": "private"}, SHUT), ({"vehicle": "no"}, SHUT),
    ({"motorcar": "no"}, SHUT), ({"motor_vehicle": "destination"}, ENDS), ({"vehicle": "customers"}, ENDS),
    # the mode before the general key, in this order: motorcar, motor_vehicle, vehicle, access
    ({"access": "private", "motor_vehicle": "yes"}, OPEN), ({"access": "no", "motorcar": "yes"}, OPEN),
    ({"access": "yes", "motor_vehicle": "no"}, SHUT), ({"vehicle": "no", "motor_vehicle": "yes"}, OPEN),
    ({"motor_vehicle": "no", "motorcar": "yes"}, OPEN), ({"motorcar": "no", "motor_vehicle": "yes"}, SHUT),
    ({"access": "no", "vehicle": "destination"}, ENDS), ({"motor_vehicle": "unknown", "access": "no"}, SHUT),
    # keys of others say nothing about a car
    ({"hgv": "no"}, OPEN), ({"foot": "no"}, OPEN), ({"bicycle": "designated"}, OPEN), ({"bus": "yes"}, OPEN),
    # lists: the most permissive part counts
    ({"access": "private;delivery"}, SHUT), ({"access": "private;destination"}, ENDS), ({"access": "no;yes"}, OPEN),
    ({"motor_vehicle": "agricultural;forestry"}, SHUT), ({"motor_vehicle": "forestry;permit"}, ENDS),
    ({"access": "private,customers"}, ENDS), ({"access": "private;something"}, SHUT),
    # conditions about hours, weights or permits are left out
    ({"motor_vehicle:conditional": "no @ (Mo-Fr 07:00-9:00)"}, OPEN), ({"access:conditional": "no @ (weight>5)"}, OPEN),
    ({"access": "no", "access:conditional": "yes @ (Sa-Su)"}, SHUT), ({"access:conditional": "no @ (24/7)"}, SHUT),
    ({"motor_vehicle:conditional": "destination @ (00:00-24:00)"}, ENDS),
    # kinds of way
    ({"highway": "footway"}, SHUT), ({"highway": "construction"}, SHUT), ({"highway": "service"}, OPEN),
    ({"highway": "service", "service": "driveway"}, SHUT), ({"highway": "service", "service": "alley"}, OPEN),
    ({"highway": "pedestrian", "area": "yes"}, SHUT), ({"area": "yes"}, SHUT), ({"highway": "proposed"}, SHUT),
    ({"highway": "track"}, SHUT), ({"highway": "track", "motor_vehicle": "yes"}, OPEN),
    ({"highway": "track", "motorcar": "designated"}, OPEN), ({"highway": "track", "access": "yes"}, OPEN),
    ({"highway": "track", "motor_vehicle": "agricultural"}, SHUT), ({"highway": "track", "foot": "yes"}, SHUT),
    ({"highway": "track", "motor_vehicle": "destination"}, ENDS),
    ({"highway": "track", "motorcar": "no", "access": "yes"}, SHUT),
    ({"highway": "pedestrian"}, SHUT), ({"highway": "pedestrian", "motor_vehicle": "destination"}, ENDS),
    ({"highway": "footway", "motor_vehicle": "yes"}, SHUT), ({"highway": "footway", "motorcar": "yes"}, OPEN),
    ({"highway": "busway"}, SHUT), ({"highway": "busway", "motor_vehicle": "yes"}, OPEN),
    ({"smoothness": "impassable"}, SHUT), ({"smoothness": "very_horrible"}, SHUT), ({"smoothness": "bad"}, OPEN),
    ({"4wd_only": "yes"}, SHUT), ({"disused": "yes"}, SHUT), ({"abandoned": "yes"}, SHUT), ({"disused": "no"}, OPEN),
    # ferries
    ({"highway": None, "route": "ferry"}, OPEN), ({"highway": None, "route": "ferry", "foot": "yes"}, SHUT),
    ({"highway": None, "route": "ferry", "foot": "yes", "motor_vehicle": "yes"}, OPEN),
    ({"highway": None, "route": "ferry", "motor_vehicle": "no"}, SHUT), ({"highway": None, "route": "bus"}, SHUT),
    ({"highway": None, "route": "ferry", "motor_vehicle": "customers"}, ENDS),
    # lanes that turn with the hour
    ({"oneway": "reversible"}, SHUT), ({"oneway": "alternating"}, OPEN),
]  # fmt: skip


@pytest.mark.parametrize(("tags", "expected"), WAYS)
def test_where_cars_may_drive(tags, expected):
    found = rule(ROAD | tags)
    assert (SHUT if found is None else ENDS if found.ends_only else OPEN) == expected


@pytest.mark.parametrize(
    ("tags", "ahead", "back"),
    [
        ({"oneway": "yes"}, True, False),
        ({"oneway": "-1"}, False, True),
        ({"oneway:motor_vehicle": "yes"}, True, False),
        ({"oneway:motorcar": "yes"}, True, False),
        ({"oneway:motorcar": "-1", "oneway": "no"}, False, True),
        ({"oneway": "yes", "oneway:motor_vehicle": "no"}, True, True),
        ({"oneway": "yes", "oneway:bicycle": "no"}, True, False),
        ({"motor_vehicle:backward": "no"}, True, False),
        ({"motor_vehicle:forward": "no"}, False, True),
        ({"access:forward": "no"}, False, True),
        ({"vehicle:backward": "private"}, True, False),
        ({"motor_vehicle:forward": "no", "motor_vehicle": "yes"}, False, True),
        ({"motor_vehicle": "no", "motor_vehicle:forward": "yes"}, True, False),
        ({"motor_vehicle:forward": "no", "motorcar": "yes"}, True, True),
        ({"motor_vehicle:backward:conditional": "no @ (24/7)"}, True, False),
        ({"oneway": "yes", "motor_vehicle:backward": "yes"}, True, False),
        ({"motor_vehicle:backward": "destination"}, True, False),
        ({"highway": "motorway"}, True, False),
        ({"highway": "motorway", "oneway": "no"}, True, True),
        ({"junction": "roundabout"}, True, False),
        ({"junction": "circular"}, True, False),
    ],
)
def test_which_way(tags, ahead, back):
    found = rule(ROAD | tags)
    assert (found.ahead, found.back) == (ahead, back)


def test_both_directions_closed_is_closed():
    assert rule(ROAD | {"motor_vehicle:forward": "no", "motor_vehicle:backward": "no"}) is None
    assert rule(ROAD | {"oneway": "yes", "motor_vehicle:forward": "no"}) is None


@pytest.mark.parametrize(
    ("tags", "closed_in"),
    [
        ({}, set()),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr)"}, {"winter"}),
        ({"access:conditional": "no @ (Nov 15-May 1)"}, {"winter"}),
        ({"motor_vehicle:conditional": "no @ winter"}, {"winter"}),
        ({"access:conditional": "no @ (snow)"}, {"winter"}),
        ({"motor_vehicle:conditional": "no @ (Jun-Aug)"}, {"summer"}),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr AND 22:00-06:00)"}, set()),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr Mo-Fr)"}, set()),
        ({"motor_vehicle:conditional": "no @ (Dec-Feb,Jul)"}, {"winter", "summer"}),
        ({"motor_vehicle": "no", "motor_vehicle:conditional": "yes @ (May-Oct)"}, {"winter"}),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr); yes @ (Jan)"}, set()),
        ({"motor_vehicle:conditional": "no @ (Nov-Apr)", "motorcar": "yes"}, set()),
        ({"seasonal": "summer"}, {"winter"}),
        ({"seasonal": "winter"}, {"summer"}),
        ({"seasonal": "yes"}, {"winter"}),
        ({"seasonal": "spring;summer;autumn"}, {"winter"}),
        ({"seasonal": "no"}, set()),
        ({"seasonal": "wet_season"}, set()),
        ({"ice_road": "yes"}, {"summer"}),
        ({"winter_road": "yes"}, {"summer"}),
    ],
)
def test_seasons(tags, closed_in):
    found = rule(ROAD | tags)
    if closed_in == {"winter", "summer"}:
        assert found is None
    else:
        assert {season.value for season in found.closed_in} == closed_in


@pytest.mark.parametrize(
    ("tags", "kmh"),
    [
        ({}, None), ({"surface": "asphalt"}, None), ({"surface": "gravel"}, 55), ({"surface": "dirt;gravel"}, 40),
        ({"tracktype": "grade5"}, 10), ({"surface": "gravel", "smoothness": "very_bad"}, 20),
    ],
)  # fmt: skip
def test_surfaces(tags, kmh):
    assert rule(ROAD | tags).cap_kmh == kmh


def test_limits_each_way():
    found = rule({"highway": "primary", "maxspeed": "50", "maxspeed:backward": "30"})
    assert (found.kmh, found.back_kmh) == (50, 30)
    assert ROAD_CLASSES[found.road_class] == "primary"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no @ (Nov-Apr)", [("no", "nov-apr")]),
        ("yes @ winter; no @ (Mo-Fr 07:00-09:00)", [("yes", "winter"), ("no", "mo-fr 07:00-09:00")]),
        ("no", []),
        ("@ (Nov)", []),
        (None, []),
    ],
)
def test_clauses(text, expected):
    assert list(conditions(text)) == expected


@pytest.mark.parametrize(
    ("condition", "day", "expected"),
    [
        ("oct 15-jun 1", (1, 15), True), ("oct 15-jun 1", (6, 2), False), ("jan", (1, 31), True),
        ("jan 3", (1, 4), False),
        ("jan 3-9", (1, 5), True), ("2019 nov-apr", (1, 15), False), ("sunset-sunrise", (1, 15), False),
        ("", (1, 15), False), ("november-april", (1, 15), True), ("dec 24 - dec 26", (12, 25), True),
    ],
)  # fmt: skip
def test_days(condition, day, expected):
    assert holds(condition, day, frozenset()) is expected


def facts(tags):
    return node_facts(tuple(tags.get(key) for key in NODE_TAGS))


CLOSED = NodeFact.CLOSED_SUMMER | NodeFact.CLOSED_WINTER


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ({"barrier": "bollard"}, CLOSED),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, NodeFact(0)),
        ({"barrier": "block"}, CLOSED),
        ({"barrier": "gate"}, NodeFact(0)),
        ({"barrier": "gate", "access": "private"}, CLOSED),
        ({"barrier": "gate", "access": "private;delivery"}, CLOSED),
        ({"barrier": "gate", "access": "customers"}, NodeFact.ENDS_ONLY),
        ({"barrier": "gate", "locked": "yes"}, CLOSED),
        ({"barrier": "gate", "access": "yes", "locked": "yes"}, CLOSED),
        ({"barrier": "gate", "access": "no", "motorcar": "yes"}, NodeFact(0)),
        ({"barrier": "gate", "motor_vehicle:conditional": "no @ (Nov-Apr)"}, NodeFact.CLOSED_WINTER),
        ({"barrier": "gate", "access": "no", "access:conditional": "yes @ (Jun-Oct)"}, NodeFact.CLOSED_WINTER),
        ({"barrier": "toll_booth"}, NodeFact.TOLL_BOOTH),
        ({"barrier": "kerb"}, NodeFact(0)),
        ({"barrier": "something"}, CLOSED),
        ({"access": "no"}, NodeFact(0)),
        ({"highway": "traffic_signals"}, NodeFact.SIGNALS),
        ({"highway": "traffic_signals", "traffic_signals:direction": "forward"}, NodeFact.SIGNALS | NodeFact.FORWARD),
        ({"highway": "traffic_signals", "direction": "backward"}, NodeFact.SIGNALS | NodeFact.BACKWARD),
        ({"highway": "traffic_signals", "traffic_signals": "pedestrian_crossing"}, NodeFact.WALKERS_SIGNALS),
        ({"highway": "crossing"}, NodeFact(0)),
        ({"highway": "crossing", "crossing": "traffic_signals"}, NodeFact.WALKERS_SIGNALS),
        ({"highway": "crossing", "crossing": "uncontrolled"}, NodeFact(0)),
        ({"highway": "stop"}, NodeFact.STOP),
        ({"highway": "stop", "direction": "forward"}, NodeFact.STOP | NodeFact.FORWARD),
        ({"highway": "stop", "stop": "all"}, NodeFact.STOP | NodeFact.STOP_ALL),
        ({"highway": "give_way", "direction": "45"}, NodeFact.GIVE_WAY),
        ({"highway": "turning_circle"}, NodeFact.TURNING_PLACE),
        ({"highway": "mini_roundabout", "direction": "clockwise"}, NodeFact.MINI_ROUNDABOUT),
        ({"railway": "level_crossing"}, NodeFact.LEVEL_CROSSING),
    ],
)
def test_nodes(tags, expected):
    assert facts(tags) == expected


def test_every_entry_of_the_rules_has_a_reason():
    table = tomllib.loads((resources.files("deserts.roads") / "access.toml").read_text(encoding="utf-8"))
    assert set(Season) == {Season.WINTER, Season.SUMMER}
    for group in (*table["values"].values(), *table["closing_tags"].values(), *table["barriers"].values()):
        assert all(isinstance(why, str) and why.strip() for why in group.values())
    for section in ("surface_kmh", "tracktype_kmh", "smoothness_kmh", "classes"):
        assert all(entry["why"].strip() for entry in table[section].values())
    assert table["modes"]["why"]
