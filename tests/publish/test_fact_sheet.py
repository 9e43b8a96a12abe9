"""The fact sheet: its numbers agree with the scores, it fits one page, and it claims no more than the grade shows."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import geopandas as gpd
import html5lib
import numpy as np
import pandas as pd
import pytest
from pypdf import PdfReader
from shapely.geometry import box

from deserts.documents.language import ENGLISH
from deserts.errors import InputError, UnknownNameError
from deserts.publish import fact_sheet
from deserts.publish.area_facts import Range, area_facts, list_areas, load_fact_base
from deserts.publish.best_fix import best_fix, find_candidates
from deserts.publish.fact_sheet import areas_of_zip, make_sheets, write_sheets
from deserts.publish.policy import policy_lines

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def base(example_store, itb):
    return load_fact_base(example_store, service=itb)


@pytest.fixture(scope="module")
def sheets(base):
    allowed = pd.DataFrame(
        {"code": "62370", "year": [2022, 2024], "allowed_usd": [90.0, 95.0], "allowed_constant_usd": [97.0, 95.0]}
    )
    return make_sheets(base, list_areas(base, by="state"), today=TODAY, allowed=allowed)


def test_state_numbers_are_those_of_the_county_scores(base, example_store):
    (state,) = list_areas(base, by="state")
    facts = area_facts(base, state)
    scores = example_store.read("county_scores").query("status != 'no_population'")
    for limit, found in ((120, facts.over_severe), (60, facts.over_moderate)):
        share = np.average(scores[f"beyond_{limit}_share"], weights=scores["population"])
        assert found.possible == pytest.approx(share)
        assert found.proven >= found.possible, "fewer clinicians bring nobody nearer"
    assert facts.residents == pytest.approx(scores["population"].sum())
    assert facts.middle_min.proven >= facts.middle_min.possible
    assert facts.backup_min.possible >= facts.middle_min.possible


def test_minutes_are_those_of_plain_grouping(base, example_store):
    drives = example_store.read("drive_times").merge(example_store.read("sites")[["site_id", "practice_id"]])
    best = drives.groupby(["point_id", "practice_id"])["drive_min"].min().reset_index()
    best = best.sort_values(["point_id", "drive_min"])
    place = best.groupby("point_id").cumcount()
    for k in (0, 1):
        plain = best[place == k].set_index("point_id")["drive_min"].reindex(base.points["point_id"]).fillna(np.inf)
        assert np.array_equal(plain.to_numpy(), base.minutes["possible"][:, k])


def test_areas_partition_the_people(base, tmp_path):
    file = tmp_path / "cb_2022_97_cd118_500k.geojson"
    west, south, east, north = base.points[["lon", "lat"]].agg(["min", "max"]).to_numpy().ravel()
    middle = float(base.points["lon"].median())
    gpd.GeoDataFrame(
        {"GEOID": ["9701", "9702"], "STATEFP": "97", "CD118FP": ["01", "02"], "NAMELSAD": ["One", "Two"]},
        geometry=[box(west - 1, south - 1, middle, north + 1), box(middle, south - 1, east + 1, north + 1)],
        crs=4326,
    ).to_file(file)
    areas = list_areas(base, by="cd", districts=file)
    assert len(areas) == 2
    assert sorted(np.concatenate([a.rows for a in areas]).tolist()) == list(range(len(base.points)))
    assert "congressional district" in areas[0].name
    people = sum(area_facts(base, area).residents for area in areas)
    assert people == pytest.approx(base.points["population"].sum())


def test_districts_of_two_chambers_with_one_code_have_files_of_their_own(base, tmp_path):
    names = []
    for by, column in (("sldu", "SLDUST"), ("sldl", "SLDLST")):
        file = tmp_path / f"{by}.geojson"
        gpd.GeoDataFrame(
            {"GEOID": ["97001"], "STATEFP": "97", column: ["001"], "NAMELSAD": ["One"]},
            geometry=[box(-180, -80, 180, 80)], crs=4326,
        ).to_file(file)  # fmt: skip
        (area,) = list_areas(base, by=by, districts=file)
        names.append(area.file_name)
    (state,) = list_areas(base, by="state")
    assert [*names, state.file_name] == ["fact-sheet-sldu-97001", "fact-sheet-sldl-97001", "fact-sheet-XA"]


def test_unknown_kind_of_area_is_told(base):
    with pytest.raises(InputError, match="--by"):
        list_areas(base, by="parish")


def test_best_fix_is_the_best_of_all_candidates(base):
    (state,) = list_areas(base, by="state")
    candidates = find_candidates(base)
    found = best_fix(base, state, candidates)
    people = base.points["population"].to_numpy()
    left_out = np.flatnonzero(base.minutes["possible"][:, 0] > 120)
    pairs = candidates.pairs[candidates.pairs["row"].isin(left_out)]
    gain = pairs.groupby("site")["row"].apply(lambda rows: people[np.unique(rows)].sum()).max() / people.sum()
    assert found.before - found.after == pytest.approx(gain)
    assert found.before == pytest.approx(area_facts(base, state).over_severe.possible)


def test_sheet_is_one_page_and_says_what_it_must(sheets, tmp_path):
    html_path, pdf_path = write_sheets(sheets, tmp_path)
    html = html_path.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    pages = PdfReader(pdf_path).pages
    assert len(pages) == 1
    text = " ".join(pages[0].extract_text().split())
    for words in ("residents live more than 2 hours", "$97 in 2022, $95 in 2024", "at most 180 days",
                  "GRADE=manages_pumps", "deserts publish sheets --region example", "invented"):  # fmt: skip
        assert words in text, words
        assert words in " ".join(html.split()), words
    assert "patients live" not in html
    assert len(sheets[0].numbers) == 5


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (fact_sheet._count(Range(possible=12, proven=3)), "3 proven, up to 12 possible"),
        (fact_sheet._count(Range(possible=3, proven=3)), "3"),
        (fact_sheet._shares(Range(possible=0.2, proven=0.5)),
         "50% (proven only), 20% (with possible)"),
        (fact_sheet._span(Range(possible=61, proven=np.nan), fact_sheet._minutes),
         "none within reach (proven only), 1 h 01 min (with possible)"),
        (fact_sheet._span(Range(possible=60.2, proven=60.4), fact_sheet._minutes), "1 h 00 min"),
    ],
)  # fmt: skip
def test_range_says_which_end_is_proven_and_is_one_number_where_both_agree(words, expected):
    assert words == expected


def test_pdf_is_one_page_however_much_there_is_to_say(sheets, tmp_path):
    much = dataclasses.replace(sheets[0], payers=tuple(f"Payer {i}: " + "many words " * 20 for i in range(12)))
    path = write_sheets([much], tmp_path)[1]
    (page,) = PdfReader(io.BytesIO(path.read_bytes())).pages
    text = page.extract_text()
    assert "Payer 11" in text
    assert "Made by" in text


@pytest.mark.browser
def test_page_prints_on_one_sheet_of_paper(sheets, visit, tmp_path):
    window = visit(offline=True)
    window.page.goto(write_sheets(sheets, tmp_path)[0].as_uri())
    printed = window.page.pdf(format="Letter")
    assert len(PdfReader(io.BytesIO(printed)).pages) == 1
    assert window.console == []


def test_same_bytes_each_time(sheets, tmp_path):
    one, two = write_sheets(sheets, tmp_path / "a"), write_sheets(sheets, tmp_path / "b")
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


def test_specialty_only_region_gets_no_headline_and_no_number(base, tmp_path):
    (state,) = list_areas(base, by="state")
    facts = area_facts(base, state)
    loose = type(base)(
        type(base.store)(base.store.settings, base.store.region, "itb", "specialty_only"), base.service, base.points,
        base.minutes, base.near_practices, base.gate,
    )  # fmt: skip
    sheet = fact_sheet._sheet(loose, facts, None, (), b"", {})
    assert sheet.headline == ""
    assert sheet.numbers == ()
    assert "upper bound, not access" in sheet.title


def test_a_sheet_without_numbers_is_written_whole(sheets, tmp_path):
    bare = dataclasses.replace(sheets[0], headline="", numbers=(), fix="")
    html, pdf = write_sheets([bare], tmp_path / "sheets")
    assert len(PdfReader(io.BytesIO(pdf.read_bytes())).pages) == 1
    assert "<table" not in html.read_text("utf-8").split("</h1>")[1].split("<img")[0]


def test_sheets_are_written_all_or_none_and_leave_other_files_alone(sheets, tmp_path, monkeypatch):
    folder = tmp_path / "sheets"
    folder.mkdir()
    (folder / "mine.txt").write_text("mine")
    calls = []

    def fails_late(sheet, **_):
        calls.append(sheet)
        if len(calls) == 2:
            raise ValueError("the second sheet cannot be drawn")
        return b"%PDF"

    monkeypatch.setattr(fact_sheet, "_pdf", fails_late)
    other = dataclasses.replace(sheets[0], area=dataclasses.replace(sheets[0].area, area_id="zz"))
    with pytest.raises(ValueError, match="second"):
        write_sheets([sheets[0], other], folder)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["mine.txt", "sheets"]
    calls.extend([None, None])
    write_sheets([sheets[0]], folder)
    assert len(list(folder.iterdir())) == 3


def test_hostile_practice_is_text_in_html_and_pdf(base, sheets, tmp_path):
    hostile = '</script><img src=x onerror="alert(1)"> =HYPERLINK("x")'
    sheet = type(sheets[0])(
        *(getattr(sheets[0], name) if name != "fix" else hostile for name in sheets[0].__dataclass_fields__)
    )
    html_path, pdf_path = write_sheets([sheet], tmp_path)
    assert "<img src=x" not in html_path.read_text(encoding="utf-8")
    text = PdfReader(io.BytesIO(pdf_path.read_bytes())).pages[0].extract_text()
    assert "onerror" in text


def test_zip_finds_its_area_and_an_unknown_one_is_told(base, example_store):
    areas = list_areas(base, by="state")
    zips = example_store.read("zips").query("state == 'XA' and kind == 'area'")["zip"]
    assert areas_of_zip(base, areas, sorted(zips)[0]) == areas
    with pytest.raises(UnknownNameError, match="--zip"):
        areas_of_zip(base, areas, "99999")


def test_policy_uses_constant_dollars_only_where_all_years_have_them(base):
    rows = pd.DataFrame(
        {"code": "62370", "year": [2022, 2030], "allowed_usd": [90.0, 95.0], "allowed_constant_usd": [np.nan, np.nan]}
    )
    assert "$90 in 2022, $95 in 2030 (dollars of each year" in policy_lines(base, rows, ENGLISH)[0].english
