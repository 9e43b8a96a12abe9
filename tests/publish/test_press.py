"""The press kit: whole or not at all, gated, one page a county, and its Spanish a draft beside the English."""

from __future__ import annotations

import dataclasses
import re

import html5lib
import pandas as pd
import pytest
from pypdf import PdfReader

from deserts.cli import main
from deserts.documents.language import ENGLISH, language_codes, load_language
from deserts.errors import NotPublishableError, UnknownNameError
from deserts.publish import press
from deserts.publish.area_facts import load_fact_base
from deserts.publish.policy import policy_lines
from deserts.publish.press import texts_of, write_press
from deserts.publish.press_facts import load_press_facts
from deserts.publish.press_words import county_finding, press_text
from deserts.services import load_service
from tests.publish.conftest import TODAY, write_small_store
from tests.publish.test_public_words import faults, visible_text


@pytest.fixture(scope="module")
def kit(example_store, itb, tmp_path_factory):
    folder = tmp_path_factory.mktemp("press") / "kit"
    return write_press(example_store, folder, service=itb, today=TODAY, contact="press@example.org")


@pytest.fixture(scope="module")
def facts(example_store, itb):
    return load_press_facts(load_fact_base(example_store, service=itb), None)


def test_pages_are_valid_and_every_link_leads_to_a_file(kit):
    for code in language_codes():
        page = kit.index.with_name("index.html" if code == "en" else f"index.{code}.html")
        text = page.read_text(encoding="utf-8")
        html5lib.HTMLParser(strict=True).parse(text)
        assert f'<html lang="{code}">' in text
        links = re.findall(r'(?:href|src)="([^"#]+)"', text)
        assert [link for link in links if not (page.parent / link).is_file()] == []
        assert "press@example.org" in text


def test_the_kit_speaks_public_words(kit):
    names = ("results.csv", "_residents_far", "_drive")
    texts = [text for text in visible_text(kit.index.read_text(encoding="utf-8")) if not any(n in text for n in names)]
    assert faults(texts) == []


def test_each_county_has_one_page_under_its_finding(kit, facts):
    sheets = [path for path in kit.written if path.suffix == ".pdf"]
    assert len(sheets) == len(facts.results)
    row = facts.results.iloc[0]
    (sheet,) = [path for path in sheets if str(row["county_fips"]) in path.name]
    (page,) = PdfReader(sheet).pages
    text = " ".join(page.extract_text().split())
    assert county_finding(row, facts, ENGLISH).english in text
    assert "not patients" in text
    twin = sheet.with_suffix(".html")
    assert f"The same for screen readers: {twin.name}" in text
    html = twin.read_text(encoding="utf-8")
    html5lib.HTMLParser(strict=True).parse(html)
    said = " ".join(" ".join(visible_text(html)).split())
    assert faults(visible_text(html)) == []
    for words in (county_finding(row, facts, ENGLISH).english, facts.beside[str(row["county_fips"])], "not patients"):
        assert words in said
        assert words in text


@pytest.mark.browser
def test_pages_of_the_kit_have_no_serious_accessibility_fault(kit, visit):
    """The first page and the page on policy in each language, and a county's page, which PDFs name as their twin."""
    window = visit(offline=True)
    pages = sorted(kit.index.parent.glob("*.html"))
    counties = [page for page in pages if page.name.startswith("county-")]
    for page in [*(page for page in pages if page not in counties), counties[0]]:
        window.page.goto(page.as_uri())
        assert window.serious_faults() == [], page.name
    assert len(pages) - len(counties) == 2 * len(language_codes())
    assert window.console == []
    assert window.foreign_requests() == []


def test_spanish_is_complete_and_marked_as_a_draft_beside_the_english(kit, facts):
    spanish = load_language("es")
    assert not spanish.is_reviewed
    for said in texts_of(press_text(facts, spanish)):
        assert said.text != said.english or not re.sub(r"\d+ (?:h|min)", "", said.text).strip(), said
    page = kit.index.with_name("index.es.html").read_text(encoding="utf-8")
    assert "borrador, sin revisar" in page
    assert 'class="beside" lang="en">Between ' in page
    assert "borrador" not in kit.index.read_text(encoding="utf-8")
    reviewed = dataclasses.replace(spanish, is_reviewed=True)
    text = press._page(facts, reviewed, press.about(
        facts.base.store.provenance(), service=facts.base.service, grade=facts.base.store.grade, today=TODAY,
    ), alt="", sheets=dict.fromkeys(facts.results["county_fips"], (kit.index, kit.index)), allowed=None)  # fmt: skip
    assert 'class="beside"' not in text


@pytest.mark.parametrize("code", ["en", "es"])
def test_the_policy_lines_say_only_what_has_a_source_and_nothing_that_the_policy_page_contradicts(facts, code):
    allowed = pd.DataFrame({"code": ["62370", "62369"], "year": 2024, "allowed_usd": [99.0, 126.0],
                            "allowed_constant_usd": [99.0, 126.0]})  # fmt: skip
    lines = policy_lines(facts.base, allowed, load_language(code))
    assert [line.english.split(":")[0] for line in lines[:2]] == ["Medicare allowed for a refill", "Medicare Advantage"]
    assert "7 calendar days" in lines[1].english
    assert "42 CFR 422.568" in lines[1].english
    assert not any("working days" in line.english for line in lines)
    if code == "es":
        assert "entre $99 y $126 en 2024" in lines[0].text
        assert all(line.text != line.english for line in lines)


def test_heads_and_cells_of_the_table_of_counties_are_translated(kit):
    page = kit.index.with_name("index.es.html").read_text(encoding="utf-8")
    assert "Viaje mediano, comprobados" in page
    assert ">ninguno al alcance</td>" in page
    assert ">none within reach</td>" not in page


@pytest.mark.browser
def test_every_column_of_the_table_of_counties_is_seen_on_a_desktop(kit, visit):
    window = visit(offline=True)
    window.page.set_viewport_size({"width": 1100, "height": 900})
    window.page.goto(kit.index.as_uri())
    assert window.page.evaluate("(box => box.scrollWidth - box.clientWidth)(document.querySelector('.scroll'))") <= 0


@pytest.mark.parametrize("service", ["itb", "mohs"])
def test_terms_of_every_service_are_translated(service):
    spanish, profile = load_language("es"), load_service(service)
    shown = [rung.words for rung in profile.grades if rung.name not in ("verified", "specialty_only", "contradicted")]
    for term in (profile.title, profile.does, *shown):
        assert spanish.word(term) != term, term


def test_places_in_braces_are_the_same_in_every_translation():
    for english, text in load_language("es").catalogue.items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", text)), english


@pytest.mark.slow
def test_same_bytes_and_whole_or_not_at_all(kit, example_store, itb, tmp_path, monkeypatch):
    again = write_press(example_store, tmp_path / "again", service=itb, today=TODAY, contact="press@example.org")
    for one, two in zip(kit.written, again.written, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    monkeypatch.setattr(press, "_page", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        write_press(example_store, tmp_path / "broken", service=itb, today=TODAY)
    assert not (tmp_path / "broken").exists()


def test_a_run_without_a_finding_or_of_other_states_gets_none(tmp_path, itb, example_store):
    store = write_small_store(tmp_path / "wide", grade="specialty_only")
    with pytest.raises(NotPublishableError, match="no finding to give to the press"):
        write_press(store, tmp_path / "kit", service=itb, today=TODAY)
    with pytest.raises(UnknownNameError, match="no residents of 'TX'"):
        write_press(example_store, tmp_path / "kit", service=itb, today=TODAY, state="TX")
    assert not (tmp_path / "kit").exists()


def test_the_command_refuses_what_did_not_pass_its_checks(own_example, tmp_path, capsys, monkeypatch):
    from tests.publish.test_gate import _failing

    _failing(monkeypatch, may_be_forced=True)
    with pytest.raises(SystemExit) as stopped:
        main(["publish", "press", "--data", str(own_example.settings.data_dir), "--out", str(tmp_path / "kit")])
    assert stopped.value.code == 7
    assert "may not be published" in capsys.readouterr().err
    assert not (tmp_path / "kit").exists()


def test_an_unknown_language_is_told():
    with pytest.raises(UnknownNameError, match="no catalogue of the language 'xx'"):
        load_language("xx")
