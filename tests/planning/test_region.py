"""Planning on a region: scenarios, rounds, hubs and the frontier on a small network with known minutes."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from deserts.access import PairTable
from deserts.access.gate import Gate
from deserts.access.prepared import Prepared
from deserts.errors import InputError, UnknownNameError
from deserts.planning import Task, strategies
from deserts.planning import region as region_module
from deserts.planning.frontier import frontier
from deserts.planning.region import RegionCase, place_candidates
from deserts.planning.scenario import what_if
from deserts.planning.tour import shortest_round

from .conftest import build

LIMIT = 480.0


class LineSnaps:
    """Places on one straight road; a place at longitude 99 is on no road."""

    def __init__(self, x: np.ndarray) -> None:
        self.x = np.asarray(x, dtype=float)

    def __len__(self) -> int:
        return self.x.size

    def to_frame(self) -> pd.DataFrame:
        return pd.DataFrame({"x": self.x, "status": np.where(self.x == 99, "unsnapped", "ok")})

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> LineSnaps:
        return cls(frame["x"].to_numpy())


class LineTimes:
    def __init__(self, points: LineSnaps, places: LineSnaps) -> None:
        minutes = 60 * np.abs(points.x[:, None] - places.x[None, :])
        self.point, self.site = np.nonzero((minutes <= LIMIT) & (places.x != 99))
        self.drive_min = minutes[self.point, self.site]


@pytest.fixture
def case(monkeypatch: pytest.MonkeyPatch) -> RegionCase:
    """Ten points at x = 0 … 9 (60 minutes a step), sites at 0 (two clinicians of a practice) and at 3."""
    snap = lambda network, lon, lat, max_snap_km: LineSnaps(lon)  # noqa: E731
    for module in (region_module, strategies):
        monkeypatch.setattr(module, "snap", snap)
    monkeypatch.setattr(
        region_module, "times_to_sites", lambda network, points, places, limit_min: LineTimes(points, places)
    )
    monkeypatch.setattr(strategies, "Snaps", LineSnaps)
    monkeypatch.setattr(
        strategies,
        "pair_times",
        lambda network, a, b: (60 * np.abs(a.x - b.x), np.abs(a.x - b.x), np.full(len(a), "ok")),
    )
    demand = pd.DataFrame(
        {"point_id": [f"p{i}" for i in range(10)], "county_fips": ["97001"] * 5 + ["97003"] * 5,
         "population": [10.0, 20, 30, 40, 50, 60, 70, 80, 90, 100], "scored": [True] * 9 + [False]}
    )  # fmt: skip
    sites = pd.DataFrame(
        {"site_id": ["s0", "s1", "s2"], "npi": ["2000000001", "2000000002", "2000000003"],
         "practice_id": ["A", "A", "B"], "practice_name": ["Alpha", "Alpha", "Beta"], "city": "", "state": "XA"}
    )  # fmt: skip
    minutes = 60.0 * np.abs(np.arange(10)[:, None] - np.array([0, 0, 3])[None, :])
    point, site = np.nonzero(minutes <= LIMIT)
    pairs = PairTable.from_arrays(point, site, minutes[point, site], n_points=10, n_sites=3)
    prepared = Prepared(demand, sites, pairs, np.array([0, 0, 1]), np.zeros(10, int), np.zeros(3, int))
    return RegionCase(prepared, LineSnaps(np.arange(10.0)), None, None, LIMIT, 40.0, Gate(()))


def test_closing_one_of_two_clinicians_changes_nothing_closing_the_practice_does(case: RegionCase) -> None:
    one = what_if(case, close_npis=["2000000001"])
    assert one.closed == ("s0",)
    assert one.totals["losers"] == 0
    both = what_if(case, close_practices=["Alpha"])
    assert both.closed == ("s0", "s1")
    assert both.totals["losers"] == 10 + 20
    first = both.counties.iloc[0]
    assert first["mean_before_min"] == pytest.approx((20 * 60 + 30 * 60 + 50 * 60) / 150)
    assert first["mean_after_min"] == pytest.approx((10 * 180 + 20 * 120 + 30 * 60 + 50 * 60) / 150)
    assert first["losers"] == 30
    assert both.counties["population"].tolist() == [150, 300], "the unscored point belongs to the surroundings"


def test_closing_everything_strands_people(case: RegionCase) -> None:
    gone = what_if(case, close_practices=["A", "B"])
    assert gone.totals["stranded"] == 450
    assert gone.totals["median_after_min"] is None
    assert gone.totals["mean_after_min"] == LIMIT
    assert gone.counties["median_after_min"].isna().all()


def test_an_added_place_makes_winners_only(case: RegionCase) -> None:
    more = what_if(case, add=[(7.0, 38.0)])
    assert more.totals["losers"] == 0
    assert more.totals["winners"] == 70 + 80 + 90, "point 5 lies as far from 7 as from 3"


def test_swapping_a_site_for_the_same_place_changes_no_minute(case: RegionCase) -> None:
    same = what_if(case, close_practices=["B"], add=[(3.0, 38.0)])
    assert same.totals["winners"] == same.totals["losers"] == 0
    assert same.totals["mean_before_min"] == same.totals["mean_after_min"]


def test_scenarios_that_cannot_be(case: RegionCase) -> None:
    with pytest.raises(InputError, match="nothing changes"):
        what_if(case)
    with pytest.raises(UnknownNameError, match="supplies at no site"):
        what_if(case, close_npis=["2999999999"])
    with pytest.raises(UnknownNameError, match="fits 0 practices"):
        what_if(case, close_practices=["Gamma"])
    with pytest.raises(InputError, match="on no road"):
        what_if(case, add=[(99.0, 38.0)])


def halls(*x: float) -> pd.DataFrame:
    return place_candidates(pd.DataFrame({"candidate_id": [f"h{v:g}" for v in x], "lon": x, "lat": 38.0}))


def test_places_are_chosen_beside_the_existing_sites(case: RegionCase) -> None:
    _, plan, table = strategies.plan_places(
        case, halls(0, 2, 5, 7, 8), Task(method="pmedian", count=1, threshold_min=60)
    )
    # brute force over the five places
    people = case.prepared.own_population
    there = 60 * np.minimum(np.arange(10), np.abs(np.arange(10) - 3))
    costs = {x: people @ np.minimum(there, 60 * np.abs(np.arange(10) - x)) for x in (0, 2, 5, 7, 8)}
    best = min(costs, key=costs.get)
    assert table["candidate_id"].tolist() == [f"h{best}"]
    assert plan.objective == pytest.approx(costs[best])
    assert table["minutes_saved"].sum() == pytest.approx(people @ there - costs[best])


def test_van_drives_the_shortest_round_and_keeps_its_interval(case: RegionCase) -> None:
    schedule = strategies.Schedule(interval_days=28, day_hours=9, stop_hours=2)
    task = Task(method="mclp", count=2, threshold_min=60)
    van = strategies.plan_van(case, halls(5, 8, 0), task, schedule, base=(6.0, 38.0))
    assert sorted(van.stops["candidate_id"]) == ["h5", "h8"]
    assert van.summary["drive_hours_a_cycle"] == pytest.approx(6)
    assert van.summary["hours_a_cycle"] == pytest.approx(10)
    assert van.stops["day"].tolist() in ([1, 1], [1, 2])
    tight = strategies.Schedule(interval_days=2, day_hours=3, stop_hours=3)
    with pytest.raises(InputError, match="refill interval"):
        strategies.plan_van(case, halls(5, 8, 0), task, tight, base=(6.0, 38.0))


def test_hubs_and_spokes_give_two_distances(case: RegionCase) -> None:
    found = strategies.plan_hubs(
        case, halls(1, 4, 8), halls(0, 6, 7), hubs=1, spokes=1, task=Task(method="pmedian", count=1)
    )
    assert (found.points["near_min"] <= found.points["hub_min"]).all()
    assert found.places["role"].tolist() == ["hub", "spoke"]
    assert found.places["people_nearest"].sum() == 450
    hub = float(found.places.loc[0, "lon"])
    assert hub == min((1, 4, 8), key=lambda x: case.prepared.own_population @ np.abs(np.arange(10) - x))


@pytest.mark.parametrize("seed", range(5))
def test_round_equals_brute_force(seed: int) -> None:
    minutes = np.random.default_rng(seed).integers(5, 200, (6, 6)).astype(float)
    order, total = shortest_round(minutes)

    def length(stops):
        path = [0, *stops, 0]
        return sum(minutes[a, b] for a, b in itertools.pairwise(path))

    assert total == length(order) == min(length(stops) for stops in itertools.permutations(range(1, 6)))


def test_round_needs_roads() -> None:
    assert shortest_round(np.zeros((1, 1))) == ([], 0.0)
    with pytest.raises(InputError, match="no round"):
        shortest_round(np.array([[0, np.inf], [1, 0]]))
    with pytest.raises(InputError, match="at most"):
        shortest_round(np.zeros((20, 20)))


def test_frontier_grows(random_case) -> None:
    minutes, weight = random_case(4, n=20, m=6)
    table = frontier(build(minutes, weight), threshold_min=12, most=6)
    assert table["people_covered"].is_monotonic_increasing
    assert table["people_covered"].iloc[0] == 0
    assert table["people_covered"].iloc[-1] == weight[minutes.min(axis=1) <= 12].sum()
    assert table["gain_people"].dropna().sum() == pytest.approx(table["people_covered"].iloc[-1])
