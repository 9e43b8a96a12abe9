from __future__ import annotations

import pytest

from deserts.roads.tags import ROAD_CLASSES, WAY_TAGS, direction, duration_min, node_role, parse_maxspeed, way_rule


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


def rule(**tags: str):
    named = {key.replace("__", ":"): value for key, value in tags.items()}
    return way_rule(tuple(named.get(key) for key in WAY_TAGS))


@pytest.mark.parametrize(
    ("tags", "open_"),
    [
        ({"highway": "residential"}, True),
        ({"highway": "residential", "access": "private"}, False),
        ({"highway": "residential", "access": "private", "motor_vehicle": "yes"}, True),
        ({"highway": "residential", "motor_vehicle": "no"}, False),
        ({"highway": "residential", "access": "destination"}, True),
        ({"highway": "footway"}, False),
        ({"highway": "construction"}, False),
        ({"highway": "service"}, True),
        ({"highway": "service", "service": "driveway"}, False),
        ({"highway": "pedestrian", "area": "yes"}, False),
        ({"route": "ferry"}, True),
        ({"route": "ferry", "foot": "yes"}, False),
        ({"route": "ferry", "foot": "yes", "motor_vehicle": "yes"}, True),
        ({"route": "ferry", "motor_vehicle": "no"}, False),
        ({"route": "bus"}, False),
    ],
)
def test_where_cars_may_drive(tags, open_):
    assert (rule(**tags) is not None) is open_


def test_limits_each_way():
    found = rule(highway="primary", maxspeed="50", maxspeed__backward="30")
    assert (found.kmh, found.back_kmh) == (50, 30)
    assert ROAD_CLASSES[found.road_class] == "primary"


@pytest.mark.parametrize(
    ("tags", "role"),
    [
        ({"barrier": "bollard"}, "closed"),
        ({"barrier": "bollard", "motor_vehicle": "yes"}, ""),
        ({"barrier": "gate"}, ""),
        ({"barrier": "gate", "access": "private"}, "closed"),
        ({"barrier": "toll_booth"}, "toll_booth"),
        ({"barrier": "kerb"}, ""),
        ({"highway": "traffic_signals"}, "traffic_signals"),
        ({"highway": "crossing"}, ""),
        ({"railway": "level_crossing"}, "level_crossing"),
    ],
)
def test_nodes(tags, role):
    assert node_role(tags) == role
