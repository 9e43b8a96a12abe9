"""The drawings of plans: the map of a change and the frontier."""

from __future__ import annotations

import json
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from deserts.access.gate import Gate
from deserts.errors import InputError
from deserts.publish.change_map import (
    ChangeMap,
    closing_words,
    join_changes,
    shut_words,
    write_change_map,
    write_geojson,
)
from deserts.publish.frontier_plot import draw_frontier

LINES = ("synthetic", "grade x of 2024 & <years>", "© OpenStreetMap contributors")


@pytest.fixture
def change() -> ChangeMap:
    counties = gpd.GeoDataFrame(
        {"county_fips": ["97003", "97001", "97005", "98001"], "name": ["</b>", "$A$", "Gone", "C"], "state": "XA",
         "scored": [True, True, True, False]},
        geometry=[shapely.box(x, 40, x + 1, 41) for x in (1, 0, 2, 3)], crs="EPSG:4326",
    )  # fmt: skip
    numbers = {"population": [10.0, 20], "median_before_min": [5.0, 6], "median_after_min": [5.0, None],
               "mean_before_min": [5.0, 6], "mean_after_min": [45.0, 2], "median_change_min": [0.0, None],
               "mean_change_min": [40.0, -4], "winners": [0.0, 20], "losers": [10.0, 0], "stranded": [3.0, 0],
               "gained": [0.0, 0]}  # fmt: skip
    joined = join_changes(counties, pd.DataFrame({"county_fips": ["97001", "97003"], **numbers}))
    totals = {"mean_before_min": 5.6, "mean_after_min": 20.1, "median_before_min": 5.5, "median_after_min": None,
              "population": 30.0, "winners": 20.0, "losers": 10.0, "stranded": 3.0, "gained": 0.0}  # fmt: skip
    return ChangeMap("What if $x$ closes?", joined, totals, np.array([[0.5, 40.5]]), np.empty((0, 2)), LINES, Gate(()))


def test_join_keeps_the_region_sorted(change: ChangeMap) -> None:
    assert change.counties["county_fips"].tolist() == ["97001", "97003", "97005"]


@pytest.mark.parametrize("kind", ["svg", "png", "pdf", "html"])
def test_change_is_drawn_the_same_twice(change: ChangeMap, tmp_path, kind: str) -> None:
    for name in ("one", "two"):
        write_change_map(change, tmp_path / f"{name}.{kind}")
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_page_is_one_file_that_fetches_nothing_and_escapes(change: ChangeMap, tmp_path) -> None:
    write_change_map(change, tmp_path / "c.html")
    page = (tmp_path / "c.html").read_text(encoding="utf-8")
    assert "&lt;/b&gt;, XA" in page
    assert "&lt;years&gt;" in page
    assert "default-src &#39;none&#39;" in page
    assert not re.findall(r"(?:src|href)=\"(?!data:)", page)
    for line in ("synthetic", "© OpenStreetMap contributors", "beyond the limit", "3 lose their last site"):
        assert line in page
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>(.*?)</tr>', page)
    assert [name for name, _ in rows] == ["$A$, XA", "&lt;/b&gt;, XA", "Gone, XA"], "who loses most stands first"
    assert re.findall(r">([^<]+)</td>", rows[0][1])[:4] == ["10", "5", "45", "+40"]
    assert "–" in rows[2][1]


def test_geojson_is_strict_and_holds_its_provenance(change: ChangeMap, tmp_path) -> None:
    write_geojson(change.counties, tmp_path / "c.geojson", lines=LINES)
    read = json.loads((tmp_path / "c.geojson").read_text(encoding="utf-8"), parse_constant=pytest.fail)
    assert read["provenance"] == list(LINES)
    assert read["features"][0]["properties"]["losers"] == 10
    assert read["features"][1]["properties"]["median_after_min"] is None


def test_unknown_kinds_of_files_are_refused(change: ChangeMap, tmp_path) -> None:
    with pytest.raises(InputError, match="what kind of file"):
        write_change_map(change, tmp_path / "c.docx")
    with pytest.raises(InputError, match="what kind of file"):
        draw_frontier(pd.DataFrame(), tmp_path / "c.html", title="", population=1.0, threshold_min=60)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_frontier_is_drawn_the_same_twice(tmp_path, kind: str) -> None:
    table = pd.DataFrame(
        {"sites_added": [0, 1, 2], "share_covered": [0.2, 0.7, 0.7], "gain_people": [np.nan, 50.0, 0.0]}
    )
    for name in ("one", "two"):
        draw_frontier(
            table, tmp_path / f"{name}.{kind}", title="$who$", population=100.0, threshold_min=60, lines=LINES
        )
    assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()


def test_titles_close_in_the_right_number():
    def sites(*names):
        return pd.DataFrame({"practice_name": names, "address": "1 ROAD"})

    assert closing_words(sites("Ash", "Ash")) == "Ash closes"
    assert closing_words(sites("Ash", "Birch")) == "Ash and Birch close"
    assert closing_words(sites("Ash", "Birch", "Cedar")) == "Ash and 2 other practices close"
    assert (shut_words(1), shut_words(2)) == ("1 stretch of road closes", "2 stretches of road close")
