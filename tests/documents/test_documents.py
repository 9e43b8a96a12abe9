"""HTML escapes, PDF and DOCX are the same bytes each time, and hostile text stays text."""

from __future__ import annotations

import io
import json
import zipfile

import html5lib
import jinja2
import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from deserts.documents import blocks, html, pdf, word
from deserts.documents.text import plain

HOSTILE = '<b onclick="x()">Zoë & Łukasz</b> </para> <br/> ]]> {{ 7*7 }}'


def test_plain_drops_what_misleads_and_keeps_every_script():
    assert plain("a\x00b\x1b[31m\u202e555\ud800") == "ab[31m555"
    assert plain("Ünsal 東京 عربى क्‍ष") == "Ünsal 東京 عربى क्‍ष"
    assert plain("a\r\nb\rc") == "a\nb\nc"
    assert plain(" a\n\tb ", one_line=True) == "a b"


@pytest.fixture
def template():
    env = html.environment("deserts.patients.papers").overlay(loader=jinja2.DictLoader({"t": "<p>{{ name }}</p>"}))
    return env.get_template("t")


def test_html_escapes_and_refuses_missing_values(template):
    assert template.render(name="<script>") == "<p>&lt;script&gt;</p>"
    with pytest.raises(jinja2.UndefinedError):
        template.render()


@given(st.text(max_size=40))
@settings(max_examples=100, deadline=None)
def test_json_for_script_cannot_leave_the_script(text):
    made = html.json_for_script({"name": text})
    assert not set("<>&'") & set(made)
    assert json.loads(made) == {"name": text}


def test_words_for_minutes_and_miles():
    assert [html.drive_words(v) for v in (0.0, 9.4, 44.6, 60.0, 125.0, float("nan"), None)] == [
        "under 10 min", "under 10 min", "45 min", "1 h 00 min", "2 h 05 min", "–", "–",
    ]  # fmt: skip
    assert html.miles(160.9344) == "100 miles"
    assert html.miles(None) == "–"


def _pdf(text: str = HOSTILE) -> bytes:
    story = [
        pdf.paragraph("Heading", "heading"),
        pdf.paragraph(text),
        *pdf.bullets([text], mark="☐"),
        pdf.grid([["name", "value"], [text, "1"]], [150, 100], strong_first=True),
    ]
    return pdf.make_pdf(story, title=text, footer="foot")


def test_pdf_is_deterministic_and_prints_markup_as_text():
    first = _pdf()
    assert first == _pdf()
    page = PdfReader(io.BytesIO(first)).pages[0].extract_text()
    assert '<b onclick="x()">Zoë & Łukasz</b>' in page.replace("\n", " ")
    assert "foot   page 1" in page


def test_pdf_tells_which_letters_it_cannot_print():
    assert pdf.missing_letters(["Zoë Łukasz Щ Ω", "a\nb"]) == ""
    assert pdf.missing_letters(["東京", "京"]) == "京東"
    assert "□□" in PdfReader(io.BytesIO(_pdf("東京"))).pages[0].extract_text()


def _word() -> bytes:
    made = word.document("Title")
    word.heading(made, "Part")
    word.paragraph(made, HOSTILE + "\x0b\x00", strong=True)
    word.bullets(made, ["one"])
    word.checkboxes(made, [(True, "there"), (False, "not there")])
    word.grid(made, [["a", "b"], ["1", HOSTILE]])
    return word.to_bytes(made)


def test_word_is_deterministic_and_opens():
    first = _word()
    assert first == _word()
    opened = Document(io.BytesIO(first))
    texts = [entry.text for entry in opened.paragraphs]
    assert HOSTILE in texts
    assert "☑ there" in texts
    assert "☐ not there" in texts
    assert opened.tables[0].cell(1, 1).text == HOSTILE
    with zipfile.ZipFile(io.BytesIO(first)) as packed:
        assert {info.date_time for info in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert packed.namelist()[0] == "[Content_Types].xml"


BLOCKS = [
    blocks.text("one\ntwo"),
    blocks.urgent("now"),
    blocks.heading("part"),
    blocks.grid([("name", HOSTILE)]),
    blocks.bullets(["first"]),
    blocks.checks([(True, "there"), (False, "absent")]),
    blocks.quote("said", "source"),
    blocks.small("small print"),
]


@pytest.mark.parametrize("suffix", blocks.SUFFIXES)
def test_blocks_are_the_same_bytes_and_words_in_every_format(suffix):
    made = blocks.render(BLOCKS, suffix, title="Title")
    assert made == blocks.render(BLOCKS, suffix, title="Title")
    words = _words(made, suffix)
    for word_ in ("Title", "one", "two", "now", "part", "Zoë & Łukasz", "first", "there", "absent (missing)", "said",
                  "source", "small print", "{{ 7*7 }}"):  # fmt: skip
        assert word_ in words, word_


def _words(made: bytes, suffix: str) -> str:
    if suffix == ".pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(made)).pages)
    if suffix == ".html":
        root = html5lib.parse(made.decode(), namespaceHTMLElements=False)
        assert root.find(".//b") is None
        return "".join(root.itertext())
    opened = Document(io.BytesIO(made))
    cells = [cell.text for table in opened.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(entry.text for entry in opened.paragraphs), *cells])


def test_html_file_forbids_scripts_and_outside_sources():
    page = blocks.render(BLOCKS, ".html", title="Title").decode()
    assert "default-src 'none'" in page
    assert "http://" not in page
    assert "https://" not in page
