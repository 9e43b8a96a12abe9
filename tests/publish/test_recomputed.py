"""Numbers on map, sheets, figures and press kit, counted again from the tables by code that knows no publishing code.

Outputs are made by the commands and read as a reader would: JSON in the page, text of HTML, CSV. Nothing of
``deserts.publish`` is imported, and nothing of the scores: only demand, drives, sites and what public files show.
"""

from __future__ import annotations

import html as markup
import json
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.cli import main

LIMIT = 120


@dataclass
class World:
    """Everything counted from the tables, for proven and for possible practices."""

    points: pd.DataFrame  # population, county_fips, state, lon, lat, and by view NEAREST and SECOND minutes
    practices_near: dict[str, pd.DataFrame]


def _reach(times: pd.DataFrame, sites: pd.DataFrame, points: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    by_practice = times.merge(sites[["site_id", "practice_id"]], on="site_id").groupby(["point_id", "practice_id"])
    best = by_practice["drive_min"].min()
    ordered = best.sort_values().groupby("point_id")
    first, second = ordered.nth(0).droplevel("practice_id"), ordered.nth(1).droplevel("practice_id")
    return tuple(points["point_id"].map(one).fillna(np.inf).to_numpy() for one in (first, second))


@pytest.fixture(scope="module")
def world(example_store) -> World:
    read = lambda name: pd.read_parquet(example_store.find(name))  # noqa: E731  the files, not the product's reader
    points = read("demand").query("scored and population > 0").reset_index(drop=True)
    times, sites = read("drive_times"), read("sites")
    filed = read("specialists_unasked").drop_duplicates("npi").set_index("npi")["filed_rank"]
    supplies = sites[sites["supplies"] & sites["lon"].notna()]
    chosen = {
        "proven": supplies[supplies["npi"].map(filed) == 1],
        "possible": supplies[supplies["grade_rank"] <= 3],
    }
    near = {}
    for view, own in chosen.items():
        points[f"{view} nearest"], points[f"{view} second"] = _reach(times, own, points)
        close = times[(times["drive_min"] <= LIMIT) & times["site_id"].isin(own["site_id"])]
        near[view] = close.merge(own[["site_id", "practice_id"]], on="site_id")
    return World(points, near)


def _middle(rows: pd.DataFrame, column: str) -> float:
    ordered = rows.sort_values(column)
    return float(ordered[column][ordered["population"].cumsum() >= ordered["population"].sum() / 2].iloc[0])


def _far(rows: pd.DataFrame, view: str, limit: float = LIMIT) -> float:
    return float(rows.loc[rows[f"{view} nearest"] > limit, "population"].sum())


def _drive(minutes: float) -> str:
    whole = round(minutes)
    if whole < 10:
        return "under 10 min"
    return f"{whole // 60} h {whole % 60:02d} min" if whole >= 60 else f"{whole} min"


def _banded(minutes: int, doubts: dict) -> str:
    """Minutes of the example, which nobody's were compared with, in the fact box of a county."""
    give = round(minutes * doubts["unchecked"][minutes >= doubts["far_min"]] / 1000)
    return f"{minutes} ±{give} min" if minutes >= 10 else f"under 10 ±{give} min"


@pytest.fixture(scope="module")
def make(example_data, tmp_path_factory):
    """A function that makes an output by its command."""
    folder = tmp_path_factory.mktemp("made")

    def one(name: str, out: str) -> Path:
        shared = ["--region", "example", "--data", str(example_data), "--today", "2026-11-22"]
        with pytest.raises(SystemExit) as stopped:
            main(["publish", name, *shared, "--out", str(folder / out)])
        assert not stopped.value.code
        return folder / out

    return one


def _data(page: str, name: str) -> dict:
    return json.loads(re.search(rf'id="{name}">(.*?)</script>', page, re.DOTALL)[1])


def _numbers_of(rows: pd.DataFrame, view: str) -> dict[str, int]:
    found = {"people": rows["population"].sum(), "far": _far(rows, view)}
    for key, column in (("min", "nearest"), ("second", "second")):
        minutes = _middle(rows, f"{view} {column}")
        found[key] = minutes if np.isfinite(minutes) else -1
    return {key: round(value) for key, value in found.items()}


def test_counties_and_zips_of_the_map(make, world, example_store):
    doubts = json.loads((example_store.find_network() / "meta.json").read_text(encoding="utf-8"))["doubts"]
    page = make("map", "map.html").read_text(encoding="utf-8")
    first, later = _data(page, "data"), _data(page, "later")
    checked = 0
    for view in first["views"]:
        for place, fips in enumerate(first["counties"]["fips"]):
            row = first["counties"]["row"][place]
            rows = world.points[world.points["county_fips"] == fips]
            if row < 0 or rows.empty:
                continue
            numbers = _numbers_of(rows, view["key"])
            assert view["far"]["people"][row] == numbers["people"]
            assert view["far"]["far"][row] == numbers["far"], fips
            wording, *values = view["sentences"]["lines"][row][1]
            if numbers["min"] >= 0:
                parts = view["sentences"]["wordings"][wording].split("{}")
                text = "".join(part + value for part, value in zip(parts, [*values, ""], strict=True))
                assert text.startswith(f"The middle resident drives {_banded(numbers['min'], doubts)} to ")
            checked += 3
    zips = later["zips"]
    points = world.points
    areas = pd.DataFrame({"lon": zips["lon"], "lat": zips["lat"]})
    own = [i for i, people in enumerate(zips["people"]) if people]
    distance = np.hypot(
        (points["lon"].to_numpy()[:, None] - areas["lon"].to_numpy()[own]) * np.cos(np.radians(points["lat"].mean())),
        points["lat"].to_numpy()[:, None] - areas["lat"].to_numpy()[own],
    )
    nearest = np.array(own)[distance.argmin(axis=1)]
    for i in own:
        rows = points[nearest == i]
        if round(rows["population"].sum()) != zips["people"][i]:
            continue  # centres are rounded in the page: a point half-way between two may change sides
        for view in ("proven", "possible"):
            numbers = _numbers_of(rows, view)
            assert (zips["min"][view][i], zips["second"][view][i]) == (numbers["min"], numbers["second"])
            checked += 2
    assert checked > 200


def test_the_press_kit_and_its_table(make, world):
    kit = make("press", "press")
    table = pd.read_csv(kit / "results.csv", dtype={"county_fips": str})
    book = pd.read_csv(kit / "results_codebook.csv")
    assert book["column"].tolist() == table.columns.tolist()
    for row in table.to_dict("records"):
        rows = world.points[world.points["county_fips"] == row["county_fips"]]
        for view in ("proven", "possible"):
            numbers = _numbers_of(rows, view)
            assert row["residents"] == numbers["people"]
            assert row[f"{view}_residents_far"] == numbers["far"]
            assert row[f"{view}_share_far"] == pytest.approx(_far(rows, view) / rows["population"].sum(), abs=1e-4)
            for key, column in (("min", "middle_drive_min"), ("second", "middle_drive_if_it_stops_min")):
                found = row[f"{view}_{column}"]
                assert (-1 if np.isnan(found) else found) == numbers[key]
    page = markup.unescape((kit / "index.html").read_text(encoding="utf-8"))
    for view in ("proven", "possible"):
        far = _far(world.points, view)
        assert f"{far:,.0f} residents ({far / world.points['population'].sum():.0%})" in page
        for column in ("nearest", "second"):
            assert _drive(_middle(world.points, f"{view} {column}")) in page


@pytest.mark.slow
def test_the_sheet_and_what_the_figures_say(make, world):
    site = make("site", "site")
    (sheet,) = (site / "fact-sheets").glob("fact-sheet-XA.html")
    text = sheet.read_text(encoding="utf-8")
    numbers = dict(re.findall(r"<dt>([^<]*)</dt><dd>([^<]*)</dd>", text))
    whole = world.points["population"].sum()

    def both(one) -> str:
        proven, possible = one("proven"), one("possible")
        return proven if proven == possible else f"{proven} (proven only), {possible} (with possible)"

    assert numbers["residents live more than 2 hours away"] == both(lambda view: f"{_far(world.points, view):,.0f}")
    assert numbers["of residents live more than 1 hour away"] == both(
        lambda view: f"{_far(world.points, view, 60) / whole:.0%}"
    )
    for words, column in (("to the nearest", "nearest"), ("if that practice stops", "second")):
        assert numbers[f"drive of the middle resident {words}"] == both(
            lambda view, name=column: _drive(_middle(world.points, f"{view} {name}"))
        )
    close = {view: rows[rows["point_id"].isin(world.points["point_id"])]["practice_id"].nunique()
             for view, rows in world.practices_near.items()}  # fmt: skip
    assert numbers["practices within 2 hours of somebody here"] == (
        f"{close['proven']} proven, up to {close['possible']} possible"
    )
    index = markup.unescape((site / "index.html").read_text(encoding="utf-8"))
    one = 1 - _far(world.points, "possible") / whole
    two = 1 - world.points.loc[world.points["possible second"] > LIMIT, "population"].sum() / whole
    assert f"{one:.0%} of residents reach a practice within 2 hours, {two:.0%} a second one too" in index
