"""The three real runs: Maine for pumps, the real pump rows, and the whole country for Mohs surgery."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.access.audit import audit_run
from deserts.access.gate import require_countable
from deserts.config import Region, Settings, UserFiles
from deserts.errors import DesertsError
from deserts.pipeline.draw import map_path
from deserts.pipeline.inputs import files_for
from deserts.pipeline.run import Run
from deserts.pipeline.stages import run_all
from deserts.pipeline.summary import findings
from deserts.places.zip_demand import zip_demand
from deserts.places.zip_files import read_zip_places, read_zip_population
from deserts.sentences import say
from deserts.services import load_service
from deserts.sources.publishers import centres, claims, counties, gazetteer
from deserts.specialists import RegistryInputs, build_registry
from deserts.tables import Scope
from tests.publish.goldens import check, shots_of

from .adequacy_again import adequacy_again, limits_of

pytestmark = pytest.mark.shared

GEONAMES = "mirror/download.geonames.org/export/zip/US.txt"
POLYGONS = "mirror/raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json"
CENTRES = "mirror/www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt"


@pytest.fixture(scope="module")
def points(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Demand: ZIP populations, and county centres for counties without a located ZIP."""
    found = zip_demand(
        zip_population=read_zip_population(shared / "mirror/_no_canonical_url/census_zip_population_2023.csv"),
        zip_places=read_zip_places(shared / GEONAMES),
        county_centres=centres.read_centres(shared / CENTRES).frame,
        zip_county=gazetteer.read_zcta_county(shared / "mirror/_no_canonical_url/zcta_primary_county_2020.csv").frame,
        county_shapes=counties.read_county_polygons(shared / POLYGONS).frame,
    ).points
    path = tmp_path_factory.mktemp("demand") / "points.csv"
    found.to_csv(path, index=False)
    return path


def _run(
    shared: Path, data: Path, points: Path, *, region: str, service: str, grade: str, as_of: dt.date | None = None,
    **files: object,
) -> Run:  # fmt: skip
    own = UserFiles(counties=shared / POLYGONS, demand=points, zips=shared / GEONAMES, **files)
    settings = Settings(
        data_dir=data,
        local_dir=data / "local",
        mirror=shared / "mirror",
        allow_network=False,
        files=own,
        as_of=as_of,
    )
    return Run(settings, Region.parse(region), load_service(service), grade)


def _maine(shared: Path, data: Path, points: Path, grade: str) -> Run:
    run = _run(
        shared, data, points, region="ME", service="itb", grade=grade,
        roads=(shared / "roads/new_england.osm.pbf",), directory=shared / "directory/dac_maine_slice.csv",
    )  # fmt: skip
    assert [report.name for report in run_all(run)][-1] == "map"
    return run


@pytest.fixture(scope="module")
def maine(shared, points, tmp_path_factory) -> tuple[Run, Run]:
    """Maine at the service's grade, for which no claims were read, and by specialty."""
    data = tmp_path_factory.mktemp("maine")
    return tuple(_maine(shared, data, points, grade) for grade in ("manages_pumps", "specialty_only"))


@pytest.mark.xdist_group("maine")
def test_maine_without_claims_is_not_searched_and_by_specialty_an_upper_bound(maine):
    proven, listed = maine
    scores = proven.store.read("county_scores")
    # No claims were read: nobody looked, so nothing is known, and nothing reads as zero or as everybody.
    assert scores["status"].tolist() == ["not_searched"] * 16
    assert scores["search"].tolist() == ["not_searched"] * 16
    numbers = scores.select_dtypes("number").drop(columns=["population", "points", "edge_share"])
    assert numbers.isna().all(axis=None)
    assert set(scores["adequacy"]) == {"unknown"}
    assert scores["desert_class"].str.startswith("not assessed: Medicare claims: not read").all()
    reach = proven.store.read("reach")
    assert set(reach["status"]) == {"not_searched"}
    assert reach["drive_min"].isna().all()
    assert findings(proven).startswith("ME: how far residents live from sites at grade manages_pumps")
    assert "is not known here: Medicare claims: not read" in findings(proven)
    html = map_path(proven).read_text(encoding="utf-8")
    shown = html.split("<main>")[1].split("<script>")[0] + html.split('id="twin"')[1].split("</section>")[0]
    assert "100%" not in shown
    assert "not searched" in shown

    people = listed.store.read("specialists")
    assert people["grade"].tolist() == ["specialty_only"] * 59  # 16 physiatry, 34 neurology, 5 neurosurgery, 4 pain
    bound = listed.store.read("county_scores")
    assert set(bound["status"]) == {"ok"}
    assert set(bound["search"]) == {"partly_searched"}
    assert bound["search_missing"].str.contains("the list of deactivated identifiers: not read").all()
    # Only where the drive is longer than the way to the border do the unread states matter.
    near_border = bound.set_index("name")["search_missing"].str.contains("not read for CT, DE, MA, NH")
    assert near_border[["Oxford", "York"]].all()
    assert not near_border[["Aroostook", "Penobscot", "Kennebec"]].any()
    assert "not verified, so no finding is given. The border of what was read: 22%" in findings(listed)
    assert all(map_path(run).stat().st_size < 3_000_000 for run in (proven, listed))
    provenance = listed.store.provenance()
    assert any("upper bound" in notice for notice in provenance.notices)
    assert provenance.edge_sentence() == "edge incomplete: CT, DE, MA, NH, NJ, NY, PA, RI, VT"
    assert "Travel Mapping" in " ".join(provenance.attribution)
    html = (listed.store.folder(Scope.GRADE) / "map.html").read_text(encoding="utf-8")
    assert "upper bound" in html.lower()
    rejected = pd.read_csv(listed.store.folder(Scope.SERVICE) / "rejected_specialists.csv")
    assert len(rejected) == 2574  # the blank lines of the slice, each with its line number


def test_the_real_pump_rows_give_five_graded_clinicians(shared):
    service = load_service("itb")
    frames = [
        claims.read_claims(shared / "claims" / name, codes=service.codes(), year=year).frame
        for name, year in (("pump_rows_cy2012.csv", 2012), ("pump_rows_display_names.csv", 2012))
    ]
    rows = pd.concat(frames, ignore_index=True)
    assert len(rows) == 7
    assert rows["zip"].str.fullmatch(r"\d{5}").all()
    assert "02703" in set(rows["zip"])  # the zero that a spreadsheet had eaten
    registry = build_registry(RegistryInputs(claims=rows), service=service, as_of=dt.date(2013, 6, 1))
    people = registry.specialists
    graded = people[people["grade_rank"] <= service.rank("manages_pumps")]
    assert len(graded) == 5
    assert graded["specialty"].str.contains("Physician Assistant", case=False).sum() == 2
    injections = registry.evidence[registry.evidence["kind"] == "spasticity"]
    assert len(injections) == 1
    assert not injections["npi"].isin(graded["npi"]).any()
    assert people.loc[people["npi"].isin(injections["npi"]), "grade"].tolist() == ["specialty_only"]
    assert (graded["drug"] != "baclofen_proven").all()


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("maine")
def test_the_maps_of_maine_look_as_before(maine, browser, leaflet):
    """Nothing is known of the first, so it is hatched; the second is an upper bound and says so."""
    for run, name in zip(maine, ("unknown", "bound"), strict=True):
        for shot, png in shots_of(run, browser, leaflet).items():
            check(f"maine-{name}-{shot}", png)


@pytest.fixture(scope="module")
def nation(shared, points, tmp_path_factory) -> Run:
    """The whole country for Mohs surgery, as of a day on which the claims were new enough for a finding."""
    run = _run(
        shared, tmp_path_factory.mktemp("us"), points, region="US", service="mohs", grade="bills_service",
        as_of=dt.date(2023, 6, 1), roads=(shared / "roads/us_highways.osm.pbf",),
        claims=(shared / "claims/by_provider_and_service_2021_mohs.csv.gz",),
    )  # fmt: skip
    assert [report.name for report in run_all(run)][-1] == "map"
    return run


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.xdist_group("us")
def test_the_map_of_the_united_states_looks_as_before_with_alaska_chosen_too(nation, browser, leaflet):
    found = shots_of(nation, browser, leaflet, state="Alaska")
    assert set(found) == {"desktop", "phone", "print", "dark", "embed", "Alaska"}
    for shot, png in found.items():
        check(f"us-{shot}", png)


@pytest.mark.slow
@pytest.mark.xdist_group("us")
def test_the_united_states_for_mohs_surgery(nation):
    run = nation
    sites, people = run.store.read("sites"), run.store.read("specialists")
    billers = claims.read_claims(run.settings.files.claims[0], year=2021).frame
    at_home = billers[billers["state"].isin(run.region.supply_states)]
    assert set(people["npi"]) == set(at_home["npi"])  # every biller is there …
    assert set(sites.loc[sites["precision"] == "none", "site_id"]) == set(sites.loc[sites["lon"].isna(), "site_id"])
    assert (sites["precision"] != "none").mean() > 0.995  # … located, or listed with a precision that says it is not

    scores = run.store.read("county_scores").set_index("county_fips")
    assert len(scores) == 3143
    honolulu, anchorage = scores.loc["15003"], scores.loc["02020"]
    assert honolulu["nearest_median_min"] < 30
    assert anchorage["nearest_median_min"] < 60
    assert scores.loc["15007", "status"] == "unreachable"  # Kauai has none of its own
    reach = run.store.read("reach")
    assert {"ok", "unreachable", "unsnapped", "beyond_limit", "not_assessable"} >= set(reach["status"])
    residents = scores["population"].to_numpy()
    within_1_h = 1 - np.average(scores["beyond_60_share"].fillna(0), weights=residents)
    assert 0.88 < within_1_h < 0.97  # 79 % for 497 clinicians is published; this service has five times as many
    html = run.store.folder(Scope.GRADE) / "map.html"
    assert html.stat().st_size <= 6_500_000
    _same_adequacy(run, scores)
    _nothing_on_paper(run, scores)


def _nothing_on_paper(run: Run, scores: pd.DataFrame) -> None:
    """No directory and no registry were given: who passes on paper is open, in Texas, Alaska and everywhere."""
    assert scores["adequate_on_paper_share"].isna().all()
    assert set(scores["adequacy"]) == {"pass", "fails_paper_unknown", "unknown"}
    for state in ("TX", "AK"):
        assert "fails_paper_unknown" in set(scores.loc[scores["state"] == state, "adequacy"])
    assert set(scores["search"]) <= {"partly_searched", "not_searched"}
    assert "on paper" not in findings(run)
    verdict = run.store.provenance().verdict("no_fix", service=run.service)
    assert not verdict.may_be_said
    told = say("no_fix", verdict, limit="2 hours")
    assert "No single practice" not in told
    assert "not read" in told
    (no_list,) = [check for check in audit_run(run.store, service=run.service) if check.name == "further_sources"]
    assert (no_list.outcome, "the directory of clinicians" in no_list.found) == ("warn", True)


@pytest.mark.slow
@pytest.mark.xdist_group("maine")
def test_maine_with_texan_roads_or_swapped_places_is_no_desert(shared, points, tmp_path):
    """0 of its sites and points lie near a road: nothing is known, and nobody is far away."""
    people = pd.read_csv(points, dtype=str).query("county_fips.str.startswith('23')")
    swapped = tmp_path / "swapped.csv"
    people.rename(columns={"lon": "lat", "lat": "lon"}).to_csv(swapped, index=False)
    directory = shared / "directory/dac_maine_slice.csv"
    for roads, demand, needed, failed in (
        ("texas", points, "roads: not read", {"required_sources", "coverage"}),
        ("maine", swapped, "only 0% of residents have a point near a road", {"own_county", "coverage"}),
    ):
        run = _run(
            shared, tmp_path, demand, region="ME", service="itb", grade="specialty_only", directory=directory,
            roads=(shared / f"roads/{roads}.osm.pbf",),
        )  # fmt: skip
        assert [report.name for report in run_all(run, until="scores")][-1] == "scores"
        scores = run.store.read("county_scores")
        assert len(scores) == 16
        assert set(scores["status"]) <= {"not_searched", "not_assessable"}
        assert scores["desert_class"].str.startswith(f"not assessed: {needed}").all()
        assert scores["desert_rank"].isna().all()
        assert scores.filter(regex="^(beyond|nearest|adequate)_.*(share|min)$").isna().all(axis=None)
        assert "100%" not in findings(run).split("(asked")[0]
        assert set(run.store.read("reach")["status"]) <= {"not_searched", "not_assessable"}
        checks = audit_run(run.store, service=run.service)
        assert {check.name for check in checks if check.outcome == "fail"} == failed
        with pytest.raises(DesertsError, match=r"roads: not read|may not be published"):
            require_countable(run.store, service=run.service)


def _same_adequacy(run: Run, scores: pd.DataFrame) -> None:
    """Another computation gives every assessed county the same share and verdict, cities beside counties too."""
    demand = run.store.read("demand")
    demand = demand[demand["scored"]]
    (workbook,) = (file.path for file in files_for(run, "adequacy"))
    limits = limits_of(workbook, "Dermatology")
    drives = run.store.read("drive_times").astype({"point_id": str, "site_id": str})
    counties = run.store.read("counties")[["county_fips", "name", "state"]]
    again = adequacy_again(
        counties=counties, demand=demand, sites=run.store.read("sites"), drives=drives, limits=limits
    )
    known = scores[scores["adequate_share"].notna()]
    assert len(known) > 3000
    pd.testing.assert_series_equal(again.loc[known.index, "share"], known["adequate_share"], check_names=False)
    assert again.loc[known.index, "passes"].equals(known["adequacy"] == "pass")
    assert {"24005", "24510", "29189", "51059", "51600", "51159"} <= set(known.index)
