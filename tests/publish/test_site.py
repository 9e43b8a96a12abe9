"""The static site: every link leads somewhere, every page is valid, and licences are kept apart."""

from __future__ import annotations

import csv
import datetime as dt
import html
import re
import shlex

import html5lib
import pandas as pd
import pytest
from pypdf import PdfReader

from deserts.publish import site
from deserts.publish.site import write_site
from tests.publish.conftest import FORMULA, HOSTILE

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def folder(example_store, itb, linked, tmp_path_factory):
    made = tmp_path_factory.mktemp("site")
    write_site(example_store, made, service=itb, today=TODAY, assets=linked)
    return made


def test_every_link_leads_to_a_file(folder):
    for page in ("index.html", "methods.html", "policy.html"):
        text = (folder / page).read_text(encoding="utf-8")
        html5lib.HTMLParser(strict=True).parse(text)
        links = re.findall(r'(?:href|src)="([^"#]+)"', text)
        assert links
        assert [link for link in links if not (folder / link).is_file()] == []


def test_methods_give_the_reason_of_every_number(folder, itb):
    text = (folder / "methods.html").read_text(encoding="utf-8")
    assert all(key in text for key in itb.numbers)


def test_road_derived_tables_only_on_request(folder, example_store, itb, linked, tmp_path):
    assert {path.name for path in (folder / "downloads").iterdir()} == {
        "practices.csv", "counties.csv", "reconciliation.csv",
    }  # fmt: skip
    write_site(example_store, tmp_path, service=itb, today=TODAY, assets=linked, include_odbl=True)
    assert (tmp_path / "downloads" / "county_scores.csv").is_file()
    assert "Open Database License" in (tmp_path / "index.html").read_text(encoding="utf-8")


def test_downloads_name_no_person_and_no_formula(folder, example_store):
    text = (folder / "downloads" / "practices.csv").read_text(encoding="utf-8")
    assert not any(npi in text for npi in example_store.read("specialists")["npi"])
    table = pd.read_csv(folder / "downloads" / "practices.csv", dtype=str)
    assert not table["name"].str.match(r"[=+\-@]").any()
    assert "confirmed by phone" not in text


def test_hostile_names_are_inert_in_downloads(small_store, itb, tmp_path):
    names = small_store.read("sites")["practice_name"]
    assert {FORMULA, HOSTILE} <= set(names), "the made-up region has both"
    for path, _ in site._downloads(small_store, tmp_path, service=itb, include_odbl=False):
        with path.open(encoding="utf-8", newline="") as lines:
            cells = [cell for row in csv.reader(lines) for cell in row]
        risky = [cell for cell in cells if cell[:1] in "=+@\t\r" and cell[:1] != ""]
        assert risky == [], path.name
        if path.name == "practices.csv":
            assert f"'{FORMULA}" in cells, "kept as text"
            assert HOSTILE in cells, "only a spreadsheet's formulas are changed"


@pytest.mark.browser
def test_opens_offline_without_complaint(folder, visit):
    window = visit(offline=True)
    twins = sorted((folder / "fact-sheets").glob("*.html"))
    assert twins
    for page in (folder / "index.html", folder / "policy.html", folder / "methods.html", *twins):
        window.page.goto(page.as_uri())
        assert window.serious_faults() == [], page.name
    window.screenshot("site")
    assert window.foreign_requests() == []
    assert window.console == []


@pytest.mark.browser
def test_at_four_times_the_size_nothing_needs_scrolling_sideways(folder, visit):
    """A browser that enlarges a page four times shows it as in a window of 320 points."""
    page = visit(offline=True, viewport={"width": 320, "height": 256}).page
    for path in sorted(folder.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path.name


def test_every_pdf_names_a_page_that_says_the_same(folder):
    """The PDFs have no tags, so a reader of the screen is sent to a page, which is valid and lies beside it."""
    pdfs = sorted(folder.rglob("*.pdf"))
    assert pdfs
    for path in pdfs:
        text = " ".join(" ".join(page.extract_text() for page in PdfReader(path).pages).split())
        twin = path.with_name(re.search(r"The same for screen readers: (\S+\.html)", text)[1])
        html5lib.HTMLParser(strict=True).parse(twin.read_text(encoding="utf-8"))


def test_a_site_that_fails_leaves_nothing(example_store, itb, linked, tmp_path, monkeypatch):
    def fails(*_args, **_options):
        raise ValueError("no downloads today")

    monkeypatch.setattr(site, "_downloads", fails)
    with pytest.raises(ValueError, match="today"):
        write_site(example_store, tmp_path / "site", service=itb, today=TODAY, assets=linked)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_the_command_that_its_pages_name_makes_the_site_again_byte_for_byte(own_example, tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    data = str(own_example.settings.data_dir)
    run_command(
        ["publish", "site", "--address", "https://example.org/x", "--by", "cd", "--data", data, "--out", str(first)]
    )
    made_by = {
        html.unescape(found).split("; ")[-1]
        for page in first.rglob("*.html")
        for found in re.findall(r"Made by: <code>(.*?)</code>", page.read_text(encoding="utf-8"))
    }
    (command,) = made_by
    run_command([*shlex.split(command)[1:], "--data", data, "--out", str(second)])
    assert _bytes(first) == _bytes(second)


@pytest.mark.parametrize(
    "words",
    [["audit"], ["sheets", "--by", "cd"], ["succession-map", "--zip", "86901", "--lose", "2020001584"]],
    ids=lambda words: words[0],
)
def test_the_command_that_a_page_names_makes_it_again_byte_for_byte(own_example, tmp_path, words):
    data, endings = str(own_example.settings.data_dir), {"sheets": ("a", "b")}
    first, second = (tmp_path / name for name in endings.get(words[0], ("a.html", "b.html")))
    run_command(["publish", *words, "--data", data, "--out", str(first)])
    page = first if first.is_file() else sorted(first.glob("*.html"))[0]
    text = page.read_text(encoding="utf-8")
    command = html.unescape(re.search(r"Made by: <code>(.*?)</code>", text)[1]).split("; ")[-1]
    assert "2020001584" not in text
    run_command([*shlex.split(command)[1:], "--data", data, "--out", str(second)])
    assert _bytes(first) == _bytes(second)


def run_command(words):
    from deserts.cli import main

    with pytest.raises(SystemExit) as stopped:
        main(words)
    assert not stopped.value.code, words


def _bytes(made):
    """Return what a command wrote: one file, or those of a folder by their name."""
    files = [made] if made.is_file() else sorted(path for path in made.rglob("*") if path.is_file())
    return [(path.relative_to(made).as_posix() if made.is_dir() else "", path.read_bytes()) for path in files]
