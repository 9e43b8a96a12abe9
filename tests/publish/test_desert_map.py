"""The map as a file: what it says, what it hides, that it is one file and always the same."""

from __future__ import annotations

import base64
import html
import json
import re
import subprocess
import sys
from pathlib import Path

import html5lib
import pytest

from deserts.errors import InputError, MissingDataError
from deserts.publish.assets import pinned
from deserts.publish.desert_map import build_map, write_map
from deserts.publish.search_layer import joined_areas
from tests.publish.conftest import FORMULA, HOSTILE, TODAY, write_small_store


def data_of(html: str) -> dict:
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL).group(1))


def view_of(html: str, key: str) -> dict:
    return next(view for view in data_of(html)["views"] if view["key"] == key)


@pytest.fixture(scope="module")
def page(small_store, itb, linked) -> str:
    return build_map(small_store, service=itb, today=TODAY, assets=linked)[0]


def test_map_is_valid_html(page):
    html5lib.HTMLParser(strict=True).parse(page)


def test_map_says_whom_it_counts_years_refresh_notice_and_credit(page):
    for words in (
        "Counted: everyone of whom public files show at least this: checks or reprograms",
        "2022, 2023, 2024", "refreshed 2026-05-01", "Synthetic", "© OpenStreetMap contributors",
        "Edge incomplete: XB", "Absence here is not absence of care", "Check after 2026-07-30", "leaflet",
        "make all REGION=example SERVICE=itb GRADE=manages_pumps",
    ):  # fmt: skip
        assert words in page, words


def test_hostile_names_stay_text(page):
    assert HOSTILE not in page
    assert HOSTILE in data_of(page)["practices"]["title"]  # kept as data, shown as text
    assert FORMULA in data_of(page)["practices"]["title"]
    assert page.count("<script") == page.count("</script>")


def test_public_map_names_no_person_no_call_and_no_phone(page):
    assert "Never Shown Clinic" not in page
    assert "555-0100" not in page
    assert "20000000" not in page, "an NPI is on the map"
    assert "confirmed by phone" not in page, "a call's outcome is on the map"


def test_verified_clinician_counts_with_the_practice(page):
    practices = data_of(page)["practices"]
    place = practices["title"].index("Ash Rehabilitation")
    assert practices["lines"][place][0].startswith("2 clinicians")


def test_phones_are_shown_only_on_request(small_store, itb, linked):
    html, _ = build_map(small_store, service=itb, today=TODAY, assets=linked, phones=True)
    assert "555-0100" in html


def test_every_measure_has_a_class_for_every_scored_county(page):
    rows = [row for row in data_of(page)["counties"]["row"] if row >= 0]
    assert sorted(rows) == [0, 1, 2, 3]
    for key in ("proven", "possible"):
        view = view_of(page, key)
        for measure in view["measures"]:
            classes = view["classes"][measure["key"]]
            assert len(classes) == 4
            assert all(-1 <= found < len(measure["legend"]) for found in classes)
        assert view["classes"]["nearest"][3] == 5, "no road is the worst class, not missing"
    assert view_of(page, "possible")["classes"]["adequacy"][2] == 1


def test_table_twin_says_the_same(page):
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    rows = ["".join(row.itertext()) for row in tree.findall(".//tbody/tr")]
    assert len(rows) == 4
    assert "no road to any" in rows[0], "the worst county stands first"
    assert "passes on paper, fails for pumps" in "".join(rows)


def test_old_data_and_a_specialty_only_run_say_so(tmp_path, itb, linked):
    store = write_small_store(tmp_path, grade="specialty_only", notices=())
    html, headline = build_map(store, service=itb, today=TODAY.replace(year=2027), assets=linked)
    assert "OLD DATA" in html
    assert "Upper bound, not access" in html
    assert "upper bound, not access to" in html
    assert headline.possible_share is None
    assert "%" not in headline.sentence


def test_no_site_at_grade_is_a_finding_not_a_fault(tmp_path, itb, linked):
    store = write_small_store(tmp_path, grade="manages_pumps")
    store.write("sites", store.read("sites").query("grade == 'specialty_only'"))
    store.write("drive_times", store.read("drive_times").iloc[:0])
    _, headline = build_map(store, service=itb, today=TODAY, assets=linked)
    assert headline.sentence.startswith("Public files name nobody for Exampland shown to do this: checks or reprograms")


def test_single_points_are_those_of_plain_counting(example_store):
    from deserts.publish.single_points import sole_practices

    times = example_store.read("drive_times").query("drive_min <= 120")
    joined = times.merge(example_store.read("sites")[["site_id", "practice_id"]])
    practices = joined.groupby("point_id")["practice_id"].agg(lambda ids: sorted(set(ids)))
    sole = practices[practices.map(len) == 1].map(lambda ids: ids[0])
    demand = example_store.read("demand").query("scored").set_index("point_id")["population"]
    plain = demand.reindex(sole.index).groupby(sole).sum()
    found = sole_practices(example_store, limit_min=120).set_index("practice_id")["people"]
    assert found.to_dict() == pytest.approx(plain[plain > 0].to_dict())
    assert len(found)


def _policy(html: str) -> str:
    return re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)[1].replace("&#39;", "'")


def test_map_without_leaflet_links_to_it_with_its_hash_and_lets_nothing_else_in(page):
    assert "This copy needs the internet" in page
    for name, attribute in (("leaflet.js", "src"), ("leaflet.css", "href")):
        file = next(file for file in pinned().files if file.name == name)
        digest = base64.b64encode(bytes.fromhex(file.sha256)).decode()
        assert f'{attribute}="{file.url}" integrity="sha256-{digest}" crossorigin="anonymous"' in html.unescape(page)
        assert file.url in _policy(page)
    assert _policy(page).startswith("default-src 'none'; ")


def test_online_tiles_are_credited_and_only_their_pictures_are_let_in(small_store, itb, linked, page):
    tiles = "https://{s}.tiles.example/{z}/{x}/{y}.png"
    text, _ = build_map(small_store, service=itb, today=TODAY, assets=linked, tiles=tiles, tiles_credit="Tile Makers")
    assert tiles in text
    assert "Tile Makers" in text
    assert "img-src data: https://*.tiles.example" in _policy(text)
    assert "tiles.example" not in page
    with pytest.raises(InputError, match="no tile server"):
        build_map(small_store, service=itb, today=TODAY, assets=linked, tiles="https://x; script-src *//{z}/{x}/{y}")


def test_missing_table_is_told(tmp_path, itb, linked):
    store = write_small_store(tmp_path)
    store.path("county_scores").unlink()
    with pytest.raises(MissingDataError, match="county_scores"):
        write_map(store, tmp_path / "map.html", service=itb, today=TODAY, assets=linked)
    assert not (tmp_path / "map.html").exists()


def test_same_bytes_whatever_the_hash_seed(tmp_path):
    script = (
        "import sys, pathlib; from tests.publish.conftest import *; from deserts.publish.desert_map import write_map\n"
        "store = write_small_store(pathlib.Path(sys.argv[1]))\n"
        "write_map(store, pathlib.Path(sys.argv[1]) / 'm.html', service=load_service('itb'), today=TODAY,"
        " assets=Assets({}, 'nowhere'))"
    )
    made = []
    for seed in ("1", "77"):
        folder = tmp_path / seed
        folder.mkdir()
        subprocess.run(
            [sys.executable, "-c", script, str(folder)], check=True, cwd=Path(__file__).parents[2],
            env={"PYTHONHASHSEED": seed, "PATH": "", "HOME": str(tmp_path)},
        )  # fmt: skip
        made.append((folder / "m.html").read_bytes())
    assert made[0] == made[1]


def test_the_command_that_the_map_names_makes_it_again_byte_for_byte(own_example, tmp_path, capsys):
    import shlex

    from deserts.cli import main

    page = own_example.store.provenance_path.with_name("map.html")
    made_by = html.unescape(re.search(r"Made by: <code>(.*?)</code>", page.read_text(encoding="utf-8"))[1])
    command = shlex.split(made_by.split("; ")[-1])
    assert command[:3] == ["deserts", "publish", "map"]
    out = tmp_path / "again.html"
    with pytest.raises(SystemExit) as stopped:
        main([*command[1:], "--data", str(own_example.settings.data_dir), "--out", str(out)])
    assert not stopped.value.code
    assert out.read_bytes() == page.read_bytes()


def test_districts_keep_residents_far_from_any_road_by_their_place() -> None:
    tables = [
        {"name": [name], "people": [5], "far": {"proven": [1]}, "unchecked": never, "rough": rough}
        for name, never, rough in (("one", "0", {}), ("two", "1", {0: 12}), ("three", "1", {}))
    ]
    joined = joined_areas(tables)
    assert joined == {
        "name": ["one", "two", "three"], "people": [5] * 3, "far": {"proven": [1] * 3}, "unchecked": "011",
        "rough": {1: 12},
    }  # fmt: skip
    assert joined_areas([])["rough"] == {}
