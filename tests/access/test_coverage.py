"""What may be told of a county: nothing where nobody looked or little could be used, else with what is missing."""

from __future__ import annotations

import dataclasses

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from deserts.access.coverage import (
    Coverage,
    blank,
    county_search,
    edge_exposed,
    measure_coverage,
    require_searched,
    without_lists,
)
from deserts.config import Region
from deserts.errors import MissingDataError
from deserts.provenance import Provenance
from deserts.searches import SourceRead, Verdict
from deserts.services import Service
from tests.searched import everything_read

STATES = Region.parse("VT").supply_states
COUNTIES = pd.DataFrame({"county_fips": ["50001", "50003", "33001"], "state": ["VT", "VT", "NH"]})
NOBODY, NOWHERE = np.zeros(3, dtype=bool), np.zeros(3)


def _provenance(region: str = "VT", **facts: object) -> Provenance:
    return Provenance(region, "itb", "manages_pumps", **{**everything_read(STATES), **facts})


def _coverage(
    itb: Service, *, points: str = "ok", sites: str = "ok", placed: float = 1.0, **changes: object
) -> Coverage:
    demand = pd.DataFrame(
        {"point_id": ["a", "b"], "state": "VT", "population": [90.0, 10.0], "scored": True,
         "county_fips": ["50001", "50003"], "county_factor": changes.pop("factor", [1.0, 1.0])}
    )  # fmt: skip
    there = pd.DataFrame({"site_id": ["x", "y"], "state": "VT", "share": 1.0, "lon": [1.0, placed]})
    return measure_coverage(
        _provenance(**changes), service=itb, demand=demand,
        point_snaps=pd.DataFrame({"point_id": ["a", "b"], "status": [points, "ok"]}), sites=there,
        site_snaps=pd.DataFrame({"site_id": ["x", "y"], "status": sites}),
    )  # fmt: skip


def test_a_sound_run_has_no_reason_to_be_silent(itb):
    found = _coverage(itb)
    assert (found.weak_states, found.weak_counties, found.unlisted_states) == ({}, {}, ())
    assert found.verdict.is_whole


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        # Longitude and latitude swapped with a county given, or the roads of another state: nobody is near a road.
        ({"points": "unsnapped"}, "only 10% of residents have a point near a road of the network"),
        ({"sites": "unsnapped"}, "only 0% of the sites lie near a road of the network"),
        ({"placed": np.nan}, "only 50% of the sites have a known place"),
    ],
)
def test_what_lies_near_no_road_or_nowhere_is_a_fault_of_the_input(itb, changes, why):
    assert _coverage(itb, **changes).weak_states == {"VT": why}


def test_rows_that_cannot_be_read_silence_every_county(itb):
    damaged = SourceRead("claims", tuple(STATES), rows_read=10, rows_used=8, rows_damaged=2)
    others = tuple(read for read in everything_read(STATES)["sources"] if read.source != "claims")
    assert _coverage(itb, sources=(damaged, *others)).weak_states == {"": "20% of the claims rows could not be read"}


@pytest.mark.parametrize(
    ("factor", "is_told"), [(1.49, True), (1.51, False), (0.68, True), (0.66, False), (0.24, False)]
)
def test_a_county_whose_people_were_scaled_too_far_is_not_assessed(itb, factor, is_told):
    found = _coverage(itb, factor=[1.0, factor])
    assert set(found.weak_counties) == (set() if is_told else {"50003"})
    search = county_search(COUNTIES.iloc[:2], found, reached=~NOBODY[:2], exposed_share=NOWHERE[:2])
    assert search["blank_status"].tolist() == ["", "" if is_told else "not_assessable"]


def test_where_nobody_looked_is_not_where_nobody_is():
    verdict = Verdict(
        missing=("claims: not read for VT",), missing_needed=("claims: not read for VT",), not_searched=("VT",)
    )
    found = county_search(COUNTIES, Coverage(verdict), reached=NOBODY, exposed_share=NOWHERE)
    assert found["search"].tolist() == ["not_searched", "not_searched", "searched_none"]
    assert found["blank_status"].tolist() == ["not_searched", "not_searched", ""]
    assert found["blank_reason"][0] == "claims: not read for VT"
    nowhere = dataclasses.replace(verdict, is_needed_missing=True)
    assert set(county_search(COUNTIES, Coverage(nowhere), reached=NOBODY, exposed_share=NOWHERE)["search"]) == {
        "not_searched"
    }


def test_an_unread_neighbour_touches_only_counties_whose_people_it_could_serve():
    verdict = Verdict(missing=("claims: not read for NY",), unread_states=("NY",), half_read_states=("NY",))
    reached, exposed = np.array([True, True, False]), np.array([0.5, 0.0, 0.0])
    found = county_search(COUNTIES, Coverage(verdict), reached=reached, exposed_share=exposed)
    assert found["search"].tolist() == ["partly_searched", "searched_found", "searched_none"]
    assert found["search_missing"].tolist() == ["claims: not read for NY", "", ""]


def test_a_missing_source_inside_makes_every_county_partly_searched_found_or_not():
    verdict = Verdict(missing=("registry: not read",), missing_inside=("registry: not read",))
    found = county_search(COUNTIES, Coverage(verdict), reached=np.array([True, False, True]), exposed_share=NOWHERE)
    assert set(found["search"]) == {"partly_searched"}
    assert set(found["search_missing"]) == {"registry: not read"}


def test_blank_takes_every_number_but_the_people_and_says_why():
    scores = COUNTIES.iloc[:2].assign(
        population=[10.0, 20.0], beyond_60_share=[1.0, 0.5], nearest_median_min=[np.nan, 61.0], desert_rank=[4, 2],
        desert_class=["far", "less far"], status="ok", mean_is_lower_bound=True, adequacy="fail",
        desert_firmness="robust",
    )  # fmt: skip
    search = pd.DataFrame(
        {"search": ["not_searched", "searched_found"], "search_missing": ["claims: not read", ""],
         "blank_status": ["not_searched", ""], "blank_reason": ["claims: not read", ""], "edge_share": 0.0}
    )  # fmt: skip
    gone, kept = blank(scores, search).to_dict("records")
    assert (gone["population"], gone["status"], gone["desert_class"]) == (
        10.0, "not_searched", "not assessed: claims: not read"
    )  # fmt: skip
    assert pd.isna([gone["beyond_60_share"], gone["nearest_median_min"], gone["desert_rank"]]).all()
    assert (gone["adequacy"], gone["desert_firmness"], gone["mean_is_lower_bound"]) == ("unknown", "", False)
    assert (kept["beyond_60_share"], kept["desert_rank"], kept["adequacy"]) == (0.5, 2, "fail")


def test_who_passes_on_paper_is_open_where_no_list_was_read():
    scores = COUNTIES.assign(
        adequacy=["fail", "passes_on_paper_only", "fail"], adequate_on_paper_share=[0.1, 0.95, 0.2]
    )
    found = without_lists(scores, Coverage(unlisted_states=("VT",)))
    assert found["adequacy"].tolist() == ["fails_paper_unknown", "fails_paper_unknown", "fail"]
    assert found["adequate_on_paper_share"].isna().tolist() == [True, True, False]


def test_a_border_nearer_than_the_nearest_site_exposes_a_point():
    counties = gpd.GeoDataFrame({"state": ["NY"]}, geometry=[box(-75, 43, -74, 45)], crs="EPSG:4326")
    demand = pd.DataFrame({"lon": [-73.9, -73.9, -70.0, -70.0], "lat": 44.0})
    nearest = np.array([1.0, 60.0, 30.0, np.inf])  # some 8 km and 318 km from the border: 4 and 159 minutes at least
    options = {"time_limit_min": 480.0}
    assert edge_exposed(demand, nearest, counties, ("NY",), **options).tolist() == [False, True, False, True]
    assert not edge_exposed(demand, nearest, counties, (), **options).any()
    assert edge_exposed(demand, nearest, counties, ("PA",), **options).all(), "nothing tells where that state lies"
    assert edge_exposed(demand, nearest, counties, ("NY",), time_limit_min=100.0).tolist() == [
        False,
        True,
        False,
        False,
    ]


def test_counts_of_residents_are_refused_where_nobody_looked(itb):
    require_searched(_provenance(), service=itb)
    with pytest.raises(MissingDataError, match="Who is nearest for how many residents is not known: Medicare claims"):
        require_searched(_provenance(**everything_read(STATES, without=("claims",))), service=itb)
