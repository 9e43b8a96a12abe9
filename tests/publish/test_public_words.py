"""Public outputs speak in public words: no codes, no names of grades, no paths; the first date is the data's."""

from __future__ import annotations

import dataclasses
import re

import html5lib
import pandas as pd
import pytest

from deserts.documents.language import ENGLISH
from deserts.publish.area_facts import list_areas, load_fact_base
from deserts.publish.desert_map import build_map
from deserts.publish.fact_sheet import make_sheets, write_sheets
from deserts.publish.policy import read_allowed
from deserts.services import load_service
from tests.publish.conftest import TODAY

_HIDDEN = {"script", "style", "code", "pre", "head"}
_CODE = re.compile(r"\b(?:[A-Z]\d{4}|6\d{4}|9\d{4}|17\d{3})\b")
_PATH = re.compile(r"\b(?:docs|data|deserts)/\w+|\.(?:py|md|toml|parquet)\b")


def _visible(element) -> list[str]:
    if element.tag in _HIDDEN or "only-screen" in (element.get("class") or ""):
        return []
    own = [element.text or "", element.get("alt") or "", element.get("placeholder") or ""]
    return [*own, *(text for child in element for text in (*_visible(child), child.tail or ""))]


def visible_text(html: str) -> list[str]:
    """Return the pieces of text that a reader sees or hears, the sentence of reconciliation left out."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    return [text for text in _visible(body) if text.strip() and not text.startswith("Reconciliation:")]


def faults(texts: list[str]) -> list[str]:
    """Return what is no public word."""
    rungs = {rung.name for name in ("itb", "mohs") for rung in load_service(name).grades if "_" in rung.name}
    jargon = re.compile("|".join([*sorted(rungs), r"\bgrade\b", r"\bNPI\b", "parquet"]))
    return [text for text in texts if _CODE.search(text) or _PATH.search(text) or jargon.search(text)]


def _strings(value) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for key, inner in value.items() if key not in _ENCODED for text in _strings(inner)]
    return [text for inner in value for text in _strings(inner)] if isinstance(value, list) else []


_ENCODED = {"shapes", "lines_", "fips", "zip", "shape", "key", "classes", "map"}


def test_the_map_and_what_its_script_says(example_store, itb, linked):
    from tests.publish.test_desert_map import data_of

    html, _ = build_map(example_store, service=itb, today=TODAY, assets=linked)
    data = data_of(html)
    shown = [text for view in data["views"] for text in _strings(view)]
    shown += _strings(data["practices"]["lines"]) + _strings(data["places"]["lines"])
    assert faults([*visible_text(html), *shown]) == []
    head = html[html.index("<header") : html.index("</header>")]
    first = re.search(r"\b20\d\d(?:-\d\d-\d\d)?\b", head)[0]
    assert first == str(example_store.provenance().claims_years[0])


@pytest.mark.parametrize("grade", ["manages_pumps", "specialty_only"])
def test_the_sheets(grade, tmp_path, itb, example_store):
    from tests.publish.conftest import write_small_store

    store = example_store if grade == "manages_pumps" else write_small_store(tmp_path / "data", grade=grade)
    base = load_fact_base(store, service=itb)
    sheets = make_sheets(base, list_areas(base, by="state"), today=TODAY, allowed=read_allowed(base))
    pages = [path for path in write_sheets(sheets, tmp_path / "sheets") if path.suffix == ".html"]
    for page in pages:
        text = page.read_text(encoding="utf-8")
        assert faults(visible_text(text)) == []
        assert re.search(r'<img [^>]*alt="Map of the \d+ counties of ', text)


def test_a_service_without_pumps_says_nothing_of_pumps(example_store, itb):
    from deserts.publish.policy import policy_lines

    base = load_fact_base(example_store, service=itb)
    paid = pd.DataFrame({"code": ["17311", "17312"], "year": 2023, "allowed_usd": [600.0, 380.0],
                         "allowed_constant_usd": [610.2, 390.4]})  # fmt: skip
    said = policy_lines(dataclasses.replace(base, service=load_service("mohs")), paid, ENGLISH)
    lines = [line.english for line in said]
    assert lines[0].startswith("Medicare allowed for a stage of the surgery: $390 to $610 in 2023")
    assert faults(list(lines)) == []
    assert not any("pump" in line for line in lines)


@pytest.mark.parametrize("text", ["grade manages_pumps", "for code 62369", "see docs/methods.md", "a J0475 drug"])
def test_a_word_that_is_not_public_is_noticed(text):
    assert faults([text])
