"""The publish gate: what fails, what may be forced, and that no picture says more than its checks allow."""

from __future__ import annotations

import dataclasses
import json

import pandas as pd
import pytest

from deserts.access import gate as gate_module
from deserts.access.audit import Check, audit_run, audit_table
from deserts.access.gate import UNVERIFIED, open_gate, require_gate
from deserts.cli import main
from deserts.errors import NotPublishableError
from deserts.provenance import load_provenance
from deserts.publish.area_facts import list_areas, load_fact_base
from deserts.publish.desert_map import build_map
from deserts.publish.fact_sheet import make_sheets
from deserts.publish.figure_data import load_figure_data
from deserts.publish.figures import write_figures
from deserts.publish.site import write_site
from deserts.store import Store, write_text
from tests.publish.conftest import TODAY, write_small_store
from tests.searched import everything_read


@pytest.fixture
def store(tmp_path) -> Store:
    return write_small_store(tmp_path / "data")


def _outcomes(store: Store, itb) -> dict[str, str]:
    return {check.name: check.outcome for check in audit_run(store, service=itb)}


def _change(store: Store, name: str, **columns: object) -> None:
    store.write(name, store.read(name).assign(**columns))


def _provenance(store: Store, **facts: object) -> None:
    known = load_provenance(store.provenance_path)
    write_text(store.provenance_path, dataclasses.replace(known, **facts).to_json())


def _break(store: Store, how: str) -> None:
    if how == "required_sources":
        _provenance(store, **everything_read(("XA", "XB"), without=("claims",)))
    elif how == "edge":
        _change(store, "county_scores", edge_share=0.2)
    elif how == "county_totals":
        totals = store.read("county_totals")
        _change(store, "county_totals", difference_share=[0.021, *totals["difference_share"].iloc[1:]])
    elif how == "own_county":
        _change(store, "county_totals", population_outside=store.read("county_totals")["population_points"] * 0.02)
    elif how == "demand_points":
        _change(store, "county_totals", population_at_centre=store.read("county_totals")["population_points"] * 0.06)
    elif how == "coverage":
        _change(store, "site_snaps", status="unsnapped")
    else:
        _provenance(store, claims_years=(2019,))


FINAL = ("required_sources", "county_totals", "coverage")
FORCED = ("edge", "own_county", "demand_points", "claims_age")


def test_a_sound_run_passes_and_warnings_are_said(store, itb, linked):
    assert "fail" not in _outcomes(store, itb).values()
    gate = require_gate(store, service=itb)
    assert gate.is_verified
    html, headline = build_map(store, service=itb, today=TODAY, assets=linked)
    assert UNVERIFIED not in html
    assert headline.possible_share is not None
    assert "sites at their street address: 0%" in html  # a warning, said
    assert audit_table(gate.checks)["name"].tolist() == [check.name for check in gate.checks]


@pytest.mark.parametrize("how", FINAL)
def test_what_cannot_be_overridden(store, itb, how, linked):
    _break(store, how)
    assert _outcomes(store, itb)[how] == "fail"
    for force in (False, True):
        with pytest.raises(NotPublishableError, match="may not be published") as caught:
            load_fact_base(store, service=itb, force=force)
        assert "--force" not in str(caught.value)
        with pytest.raises(NotPublishableError):
            load_figure_data(store, service=itb, force=force)
    html, headline = build_map(store, service=itb, today=TODAY, assets=linked, gate=open_gate(store, service=itb))
    assert _measures(html) == ["unverified"]
    assert set(_data(html)["views"][0]["classes"]["unverified"]) == {-2}
    assert headline.possible_share is None
    assert UNVERIFIED in html


@pytest.mark.parametrize("how", FORCED)
def test_what_can_be_overridden_loses_headline_and_classes(store, itb, how, linked):
    _break(store, how)
    assert _outcomes(store, itb)[how] == "fail"
    with pytest.raises(NotPublishableError, match="--force"):
        require_gate(store, service=itb)
    gate = require_gate(store, service=itb, force=True)
    html, headline = build_map(store, service=itb, today=TODAY, assets=linked, gate=gate)
    assert headline.sentence == "Not verified: no finding is given."
    assert headline.possible_share is None
    assert not {"class", "adequacy", "score", "unverified"} & set(_measures(html))
    assert "nearest" in _measures(html)
    assert UNVERIFIED in html.split("<header")[0] or 'class="unverified"' in html
    assert not any("Most live over" in text for text in _data(html)["views"][0]["sentences"]["wordings"])


def test_a_forced_sheet_has_numbers_and_neither_headline_nor_fix(store, itb):
    _break(store, "edge")
    base = load_fact_base(store, service=itb, force=True)
    (sheet,) = make_sheets(base, list_areas(base, by="state"), today=TODAY)
    assert sheet.headline == ""
    assert sheet.fix == ""
    assert sheet.numbers
    assert sheet.notes["banners"][0].startswith(f"{UNVERIFIED}: The border of what was read")


def test_a_refused_site_writes_nothing(store, itb, tmp_path, linked):
    _break(store, "edge")
    with pytest.raises(NotPublishableError):
        write_site(store, tmp_path / "site", service=itb, today=TODAY, assets=linked)
    assert not (tmp_path / "site").exists()


def _failing(monkeypatch, *, may_be_forced: bool) -> None:
    failed = Check("made", "A check made to fail", "fail", "nothing", "something", "a test", may_be_forced)
    monkeypatch.setattr(gate_module, "audit_run", lambda *_, **__: (failed,))


def test_forced_figures_carry_the_stamp(example_store, itb, tmp_path, monkeypatch):
    _failing(monkeypatch, may_be_forced=True)
    report = write_figures(load_figure_data(example_store, service=itb, force=True), tmp_path)
    drawn = [path.read_text(encoding="utf-8") for path in report.written if path.suffix == ".svg"]
    assert drawn
    assert all(UNVERIFIED in text for text in drawn)


def test_commands_refuse_with_their_own_exit_code_and_the_map_is_hatched(own_example, tmp_path, capsys, monkeypatch):
    data = str(own_example.settings.data_dir)

    def call(*words: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as caught:
            main([*words, "--region", "example", "--data", data])
        captured = capsys.readouterr()
        return int(caught.value.code or 0), captured.out if words[-1] == "--json" else captured.out + captured.err

    code, text = call("publish", "audit", "--json")
    assert (code, json.loads(text)["verified"]) == (0, True)
    _failing(monkeypatch, may_be_forced=False)
    for words in (("publish", "sheets"), ("publish", "figures"), ("publish", "site"), ("publish", "audit")):
        code, text = call(*words, *(["--out", str(tmp_path / words[1])] if words[1] != "audit" else []))
        assert code == 7, text
        assert not (tmp_path / words[1]).exists()
    code, text = call("stage", "map", "--no-network", "--force")
    assert code == 0
    assert "no headline and no classes" in text
    written = pd.read_csv(own_example.store.provenance_path.with_name("audit.csv"))
    assert written["outcome"].tolist() == ["fail"]
    assert "not verified, so no finding is given" in call("findings")[1]


def _data(html: str) -> dict:
    return json.loads(html.split('id="data">')[1].split("</script>")[0])


def _measures(html: str) -> list[str]:
    (view,) = _data(html)["views"]  # an unverified map has no choice of supply
    return [measure["key"] for measure in view["measures"]]


def test_the_page_of_the_checks_lists_the_differences(store, itb, tmp_path):
    from deserts.publish.audit_page import write_audit_page

    totals = store.read("county_totals")
    _change(
        store, "county_totals", difference_share=[0.5, *totals["difference_share"].iloc[1:]],
        difference=[2500.0, *totals["difference"].iloc[1:]],
    )  # fmt: skip
    gate = open_gate(store, service=itb)
    page = write_audit_page(store, tmp_path / "audit.html", service=itb, gate=gate, today=TODAY)
    text = page.read_text(encoding="utf-8")
    assert "Ash, XA (97001)" in text
    assert "+2,500 (+50%)" in text
    assert "FAILED" in text
