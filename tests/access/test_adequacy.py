"""Network adequacy: both limits at once, minimum numbers, paper against grade, and the real workbook."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.access.adequacy import (
    Supply,
    adequacy_headline,
    county_limits,
    listed_on_paper,
    measure_adequacy,
    standard_note,
)
from deserts.access.pairs import PairTable
from deserts.earth import KM_PER_MILE
from deserts.errors import InputError
from deserts.places.adequacy import county_type
from deserts.places.counties import plain_county_name, workbook_keys
from deserts.services import Service
from tests.access.conftest import make_inputs, make_specialists

PHYSIATRY = "Physiatry, Rehabilitative Medicine"


def counties(kinds: list[str]) -> pd.DataFrame:
    n = len(kinds)
    return pd.DataFrame(
        {"county_fips": [f"2300{i}" for i in range(n)], "name": list("ABCD"[:n]), "state": "ME",
         "adequacy_type": kinds}
    )  # fmt: skip


def supply(rows: list[tuple[int, int, float, float]], n_points: int, npi: list[str]) -> Supply:
    point, site, minutes, miles = (list(column) for column in zip(*rows, strict=True))
    pairs = PairTable.from_arrays(
        point, site, minutes, n_points=n_points, n_sites=len(npi), dist_km=np.array(miles) * KM_PER_MILE
    )
    return Supply(pairs, pd.Series(npi))


def test_base_limits_and_shares_by_type() -> None:
    table = county_limits(counties(["Large Metro", "Rural", ""]), specialty=PHYSIATRY)
    assert table["time_min"].tolist()[:2] == [30, 90]
    assert table["dist_miles"].tolist()[:2] == [15, 75]
    assert table["required_share"].tolist()[:2] == [0.9, 0.85]
    assert table["limits_basis"].tolist() == ["base", "base", "none"]
    assert county_limits(counties(["Rural"]), specialty="Pain Medicine")["limits_basis"].tolist() == ["none"]


def test_workbook_goes_first() -> None:
    workbook = pd.DataFrame(
        {"state": ["ME", "NH"], "county_name": ["B County", "A"], "specialty": PHYSIATRY, "time_min": [100.0, 1.0],
         "dist_miles": [80.0, 1.0], "required_providers": [2.0, 9.0], "adequacy_type": ["CEAC", "Metro"]}
    )  # fmt: skip
    table = county_limits(counties(["Rural", "Rural"]), specialty=PHYSIATRY, workbook=workbook)
    assert table["time_min"].tolist() == [90, 100]
    assert table["limits_basis"].tolist() == ["base", "workbook"]
    assert table["adequacy_type"].tolist() == ["Rural", "CEAC"]
    assert table["required_providers"].tolist()[1] == 2


def test_one_clinician_must_meet_both_limits() -> None:
    """Rural: 90 minutes and 75 miles. Near in time but far in miles, and the other way round, is not enough."""
    limits = county_limits(counties(["Rural"]), specialty=PHYSIATRY)
    demand = pd.DataFrame({"county_fips": "23000", "population": [10.0, 10.0, 80.0]})
    rows = [(0, 0, 80.0, 80.0), (0, 1, 100.0, 60.0), (1, 0, 90.0, 75.0), (2, 1, 50.0, 70.0)]
    result = measure_adequacy(demand, limits, at_grade=supply(rows, 3, ["1", "2"])).iloc[0]
    assert result["adequate_share"] == pytest.approx(0.9)
    assert result["providers"] == 2
    assert result["adequacy"] == "pass"


def test_minimum_numbers_count_where_known() -> None:
    limits = county_limits(counties(["Rural"]), specialty=PHYSIATRY).assign(required_providers=2.0)
    demand = pd.DataFrame({"county_fips": "23000", "population": [10.0, 0.0]})
    one = supply([(0, 0, 10.0, 10.0), (1, 1, 10.0, 10.0)], 2, ["1", "2"])  # the second reaches nobody
    assert measure_adequacy(demand, limits, at_grade=one)["adequacy"].tolist() == ["fail"]
    same = supply([(0, 0, 10.0, 10.0), (0, 1, 10.0, 10.0)], 2, ["1", "1"])  # one person at two addresses
    assert measure_adequacy(demand, limits, at_grade=same)["providers"].tolist() == [1]
    two = supply([(0, 0, 10.0, 10.0), (0, 1, 10.0, 10.0)], 2, ["1", "2"])
    assert measure_adequacy(demand, limits, at_grade=two)["adequacy"].tolist() == ["pass"]


def test_passes_on_paper_fails_for_pumps() -> None:
    limits = county_limits(counties(["Rural", "Rural", "", "CEAC"]), specialty=PHYSIATRY)
    demand = pd.DataFrame({"county_fips": ["23000", "23001", "23002", "23003"], "population": 5.0})
    paper = supply([(0, 0, 10.0, 10.0), (1, 1, 10.0, 10.0), (2, 1, 1.0, 1.0)], 4, ["1", "2"])
    result = measure_adequacy(demand, limits, at_grade=paper.only(np.array([False, True])), on_paper=paper)
    assert result["adequacy"].tolist() == ["passes_on_paper_only", "pass", "unknown", "fail"]
    assert result["adequacy_words"].iloc[0] == "passes on paper, fails for this service"
    assert np.isnan(result["adequate_share"].iloc[2])
    assert adequacy_headline(result, {"23000": "Aroostook"}).startswith("1 of 3 counties pass")
    assert "(Aroostook)" in adequacy_headline(result, {"23000": "Aroostook"})


def test_whose_standard_it_is_stands_beside_every_figure(itb: Service, mohs: Service) -> None:
    assert "no adequacy standard for pain medicine" in standard_note(itb)
    assert PHYSIATRY in standard_note(itb)
    assert "pump" not in standard_note(mohs)


def test_on_paper_counts_who_is_listed(itb: Service) -> None:
    inputs = make_inputs()
    specialists = make_specialists(inputs.sites)
    specialists["specialty"] = ["PHYSICAL MEDICINE AND REHABILITATION", "Neurology"] + ["Pain Management"] * 7
    specialists["grade"] = "contradicted"
    listed = listed_on_paper(inputs.sites, specialists, service=itb)
    assert listed.tolist() == [True] + [False] * 8
    # Who offers telehealth beside visits is listed all the same.
    telehealth = listed_on_paper(inputs.sites.assign(telehealth=True), specialists, service=itb)
    assert telehealth.tolist() == listed.tolist()


def test_kilometres_are_needed() -> None:
    limits = county_limits(counties(["Rural"]), specialty=PHYSIATRY)
    pairs = PairTable.from_arrays([0], [0], [1.0], n_points=1, n_sites=1)
    demand = pd.DataFrame({"county_fips": ["23000"], "population": 5.0})
    with pytest.raises(InputError, match="kilometres"):
        measure_adequacy(demand, limits, at_grade=Supply(pairs, pd.Series(["1"])))


@pytest.mark.shared
def test_county_types_agree_with_the_real_workbook(shared: Path) -> None:
    """Types derived from 2020 people and land against CMS's own for plan year 2026."""
    from deserts.sources.publishers.adequacy import read_adequacy

    mirror = shared / "mirror"
    book = read_adequacy(mirror / "www.cms.gov/files/document/ma_reference_file_12-17-2025.xlsx").frame
    given = book[~book["territory"] & (book["specialty"] == PHYSIATRY)]
    assert len(given) == 3144
    derived = derive_types(mirror)
    key = given["state"] + ":" + plain_county_name(given["county_name"])
    joined = derived.merge(
        pd.DataFrame({"key": key.to_numpy(), "given": given["adequacy_type"].to_numpy()}).drop_duplicates("key"),
        on="key",
    )
    wrong = joined[joined["derived"] != joined["given"]]
    # docs/methods.md states the agreement and lists each mismatch; what it says is what comes out.
    text = (Path(__file__).parents[2] / "docs/methods.md").read_text(encoding="utf-8")
    assert f"{len(joined):,}" in text
    assert f"{len(joined) - len(wrong):,} ({1 - len(wrong) / len(joined):.1%})".replace("%", " %") in text
    rows = re.findall(r"^\| ([\w ]+) \| ([\w ]+) \| (\d+) \| ([\d ]+) \|$", text, flags=re.MULTILINE)
    stated = {(derived, given): (int(number), codes.split()) for derived, given, number, codes in rows}
    found = {
        pair: (len(codes), sorted(codes)) for pair, codes in wrong.groupby(["derived", "given"])["fips"]
    }  # fmt: skip
    assert stated == found
    # Where they differ, they are neighbours on the ladder: a county that grew past a bound since 2020.
    ladder = {name: rank for rank, name in enumerate(("Large Metro", "Metro", "Micro", "Rural", "CEAC"))}
    steps = (wrong["derived"].map(ladder) - wrong["given"].map(ladder)).abs()
    assert (steps == 1).all()


def derive_types(mirror: Path) -> pd.DataFrame:
    from deserts.config import state_by_fips

    centres = pd.read_csv(
        mirror / "www2.census.gov/geo/docs/reference/cenpop2020/county/CenPop2020_Mean_CO.txt",
        dtype={"STATEFP": str, "COUNTYFP": str}, encoding="utf-8-sig",
    )  # fmt: skip
    import json

    shapes = json.loads(
        (mirror / "raw.githubusercontent.com/plotly/datasets/master/geojson-counties-fips.json").read_text()
    )
    land = pd.DataFrame([feature["properties"] for feature in shapes["features"]])
    land["fips"] = land["STATE"] + land["COUNTY"]
    centres["fips"] = centres["STATEFP"] + centres["COUNTYFP"]
    joined = centres.merge(land[["fips", "CENSUSAREA"]], on="fips")
    joined["state"] = joined["STATEFP"].map(state_by_fips())
    joined["derived"] = county_type(joined["POPULATION"], (joined["POPULATION"] / joined["CENSUSAREA"]).to_numpy(float))
    joined["key"] = workbook_keys(joined.rename(columns={"fips": "county_fips", "COUNAME": "name"}))
    return joined.dropna(subset="state").drop_duplicates("key")[["key", "fips", "derived"]]
