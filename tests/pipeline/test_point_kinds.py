"""The same run with residents at other points: nobody lost, the run's own points give the run's own numbers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

import deserts
from deserts.access.point_kinds import counties_by_kind, kinds_compared
from deserts.cli import build_app
from deserts.pipeline import point_kinds
from deserts.pipeline.point_kinds import scores_by_point_kind

NEAREST = [
    "nearest_median_min", "nearest_mean_min", "beyond_60_share", "beyond_120_share", "beyond_limit_share",
    "unreachable_share", "desert_class", "desert_rank", "population", "points", "search",
]  # fmt: skip


@pytest.fixture(scope="module")
def run(example_data) -> deserts.Run:
    return deserts.open("example", data=example_data, local=example_data / "local")


@pytest.fixture(scope="module")
def kinds(run, tmp_path_factory):
    """The example's kinds, its own points as a file of the user's, and made ZIPs of whole counties."""
    folder = tmp_path_factory.mktemp("points")
    demand = run.table("demand")
    demand.to_csv(folder / "same.csv", index=False)
    zips = run.table("zips")
    some = zips[zips["county_fips"].isin(demand.loc[demand["scored"], "county_fips"])]
    people = demand.groupby("county_fips")["population"].sum()
    some = some.assign(population=some["county_fips"].map(people / some["county_fips"].value_counts()))
    some.rename(columns={"zip": "point_id"})[["point_id", "lon", "lat", "population"]].assign(point_kind="zip").to_csv(
        folder / "zips.csv", index=False
    )
    return scores_by_point_kind(run, [folder / "same.csv", folder / "zips.csv"])


def test_kinds_are_named_with_their_source(kinds) -> None:
    assert [(kind.kind, kind.source) for kind in kinds] == [
        ("block_group", "the run"), ("tract", "census centres"), ("county", "census centres"),
        ("block_group", "same.csv"), ("zip", "zips.csv"),
    ]  # fmt: skip
    total = kinds[0].points["population"].sum()
    assert [kind.points["population"].sum() for kind in kinds[:4]] == pytest.approx([total] * 4)
    no_zip = set(kinds[0].points["county_fips"]) - set(kinds[4].points["county_fips"])
    there = kinds[0].points[~kinds[0].points["county_fips"].isin(no_zip)]
    assert kinds[4].points["population"].sum() == pytest.approx(there["population"].sum())


def test_the_runs_own_points_give_the_runs_own_numbers(kinds) -> None:
    own, same = (kinds[place].scores.set_index("county_fips")[NEAREST] for place in (0, 3))
    pd.testing.assert_frame_equal(same, own, check_dtype=False)
    row = kinds_compared(kinds).iloc[3]
    assert row["counties_class_differs"] == row["median_moved_max_min"] == 0


def test_tables_agree_with_the_scores(kinds) -> None:
    counties, compared = counties_by_kind(kinds), kinds_compared(kinds)
    assert len(counties) == 5 * len(kinds[0].scores)
    tract = counties[counties["point_kind"] == "tract"].set_index("county_fips")
    own = kinds[0].scores.set_index("county_fips")
    differs = tract["desert_rank"] != own["desert_rank"]
    row = compared.iloc[1]
    assert row["counties_class_differs"] == differs.sum() == tract["class_differs"].sum() > 0
    assert row["people_class_differs"] == own.loc[differs, "population"].sum()
    people = tract["population"]
    assert row["beyond_60_share"] == pytest.approx(np.average(tract["beyond_60_share"], weights=people))


def test_coarser_centres_are_summed_up_where_no_file_gives_them(run, monkeypatch) -> None:
    whole = point_kinds.files_for
    monkeypatch.setattr(point_kinds, "files_for", lambda r, name: () if name == "centres_tract" else whole(r, name))
    demand = run.table("demand")
    (source, tracts), _ = point_kinds.points_of_other_kinds(run, demand, ())
    assert source == "sums of finer centres"
    own = demand[demand["scored"] & (demand["population"] > 0)]
    group = own.groupby(own["point_id"].str[:11])
    found = tracts[tracts["scored"]].set_index("point_id")
    pd.testing.assert_series_equal(found["population"], group["population"].sum(), check_names=False)
    first = found.index[0]
    rows = group.get_group(first)
    assert found.loc[first, "lat"] == pytest.approx(np.average(rows["lat"], weights=rows["population"]))


@pytest.mark.slow
def test_the_command_writes_both_tables_and_refuses_a_bad_file(example_data, tmp_path) -> None:
    ask = ["access", "research", "--draws", "20", "--data", str(example_data), "--local", str(example_data / "local")]
    bad = tmp_path / "bad.csv"
    bad.write_text("point_id,lon,lat,population\na,500,40,3\n")
    refused = CliRunner().invoke(build_app(), [*ask, "--out", str(tmp_path / "no"), "--points", str(bad)])
    assert refused.exit_code != 0
    assert not (tmp_path / "no").exists()
    done = CliRunner().invoke(build_app(), [*ask, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    table = pd.read_csv(tmp_path / "out/point_kinds.csv")
    assert table["point_kind"].tolist() == ["block_group", "tract", "county"]
    book = pd.read_csv(tmp_path / "out/point_kinds_county_codebook.csv")
    assert book["meaning"].notna().all()
