"""A user's table of what an hour does to a drive: what it takes, what it refuses, what it says of a place."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from deserts.errors import InputError, MissingDataError
from deserts.roads.clock import hour_text, read_hour
from deserts.roads.hours import people_about, read_hour_factors
from deserts.roads.speeds import RoadKind, load_speeds
from deserts.roads.urbanity import Density

HEAD = "arrive_from,arrive_to,people_km2_from,people_km2_to,factor_low,factor_high,source\n"
ROWS = "07:00,10:00,0,400,0.95,1.1,A\n07:00,10:00,400,1e6,1.0,1.5,B\n10:00,24:00,0,1e6,0.9,1.2,C\n"
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "hour_factors_example.csv"


@pytest.fixture
def table(tmp_path):
    def write(rows, head=HEAD):
        path = tmp_path / "hours.csv"
        path.write_text(head + rows, encoding="utf-8")
        return path

    return write


def _about(*people):
    least, most = np.array(people, dtype=float).T
    return least, most


@pytest.mark.parametrize(
    ("hour", "people", "low", "high", "rows"),
    [
        (540, (100, 110), 950, 1100, [0]),
        (540, (399, 401), 950, 1500, [0, 1]),  # not known on which side of a limit: both may hold
        (540, (0, 10), 950, 1100, [0]),
        (540, (5000, np.inf), 1000, 1500, [1]),
        (600, (100, 110), 900, 1200, [2]),  # a row ends before its last hour
        (599, (100, 110), 950, 1100, [0]),
        (60, (100, 110), 0, 0, []),
        (540, (np.nan, np.nan), 0, 0, []),
    ],
)
def test_rows_hold_for_their_hours_and_densities(table, hour, people, low, high, rows):
    least, most, used = read_hour_factors(table(ROWS)).at(hour, *_about(people))
    assert (least[0], most[0], np.flatnonzero(used[0]).tolist()) == (low, high, rows)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ("07:00,10:00,0,400,0.95,1.1,\n", "column source is empty at row 2"),
        ("07:00,10:00,0,400,0.95,1.1,A\n7 am,10:00,0,400,1,1,A\n", "row 3, column arrive_from"),
        ("07:00,24:01,0,400,1,1,A\n", "row 2, column arrive_to"),
        ("10:00,07:00,0,400,1,1,A\n", "arrive_to is not above arrive_from"),
        ("07:00,10:00,400,400,1,1,A\n", "people_km2_to is not above people_km2_from"),
        ("07:00,10:00,0,400,1.2,1.1,A\n", "factor_high is below factor_low"),
        ("07:00,10:00,0,400,95,110,A\n", "factor_low is not a number from 0.2 to 5 at row 2"),
        (ROWS + "09:59,10:01,300,500,1,1,D\n", "rows 2 and 5 both hold"),
        ("", "no rows"),
    ],
)
def test_faults_name_row_and_column(table, rows, says):
    path = table(rows)
    with pytest.raises(InputError) as told:
        read_hour_factors(path)
    assert says in str(told.value)
    assert str(path) in str(told.value)


def test_a_table_without_a_column_or_a_file_is_refused(table, tmp_path):
    with pytest.raises(InputError, match="column source is missing"):
        read_hour_factors(table("07:00,10:00,0,400,1,1\n", HEAD.replace(",source", "")))
    with pytest.raises(MissingDataError):
        read_hour_factors(tmp_path / "nothing.csv")


def test_the_example_in_the_docs_can_be_read_and_says_that_it_is_invented():
    found = read_hour_factors(EXAMPLE)
    assert all(source.startswith("INVENTED") for source in found.source)


@pytest.mark.parametrize("kind", list(RoadKind))
def test_people_about_a_place_are_those_of_the_scale_of_its_network(kind):
    scale = load_speeds().kinds[kind].scale
    people = np.array([scale.rural / 10, scale.rural * 3, scale.urban / 3, scale.urban * 10])
    steps = np.round(scale.urbanity(people) * 255).astype(np.uint8)
    network = SimpleNamespace(meta={"kind": kind.value, "density": Density.PEOPLE}, edge_urbanity=steps)
    places = SimpleNamespace(edge=np.array([[0], [1], [2], [3], [-1]]))
    least, most = people_about(network, places)
    assert (least[:4] <= people).all()
    assert (people <= most[:4]).all()
    assert least[0] == 0
    assert np.isinf(most[3])
    assert np.isnan(least[4])
    assert most[1] / least[1] < 1.1
    network.meta |= {"people_km2": [1.0, 2.0]}
    assert people_about(network, places)[0][3] <= 2  # a network keeps its own scale
    network.meta |= {"density": Density.UNKNOWN}
    least, most = people_about(network, places)  # then any row of that hour may hold
    assert (least[:4] == 0).all()
    assert np.isinf(most[:4]).all()


def test_of_two_ends_the_one_further_out_counts(table):
    factors = read_hour_factors(table(ROWS))
    scale = load_speeds().kinds[RoadKind.STREETS].scale
    steps = np.array([0, 255], dtype=np.uint8)
    network = SimpleNamespace(
        meta={"kind": RoadKind.STREETS.value, "density": Density.PEOPLE, "people_km2": [100.0, scale.urban]},
        edge_urbanity=steps,
    )
    country, town = (SimpleNamespace(edge=np.array([[edge], [edge]])) for edge in (0, 1))
    low, high, sources = factors.of_drives(network, country, town, 540)
    assert (low.tolist(), high.tolist(), sources) == ([950, 950], [1500, 1500], ("A", "B"))
    assert factors.of_drives(network, country, town, 60)[0].tolist() == [0, 0]


@pytest.mark.parametrize("text", ["9", "25:00", "09:60", "nine", "09:00:00", "", "-1:00", "٠٩:٠٠"])
def test_what_is_no_hour_is_refused(text):
    with pytest.raises(InputError, match="no hour"):
        read_hour(text, where="--arrive")


def test_hours_come_back_as_they_are_written():
    assert [hour_text(read_hour(text, where="x")) for text in ("9:05", " 14:30 ", "00:00", "23:59")] == [
        "09:05", "14:30", "00:00", "23:59",
    ]  # fmt: skip
