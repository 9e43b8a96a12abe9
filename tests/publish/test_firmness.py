"""How firm a county's colour is, in words at every door: what is robust, the interval, and what is only borrowed."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from deserts.access.coverage import told
from deserts.access.explain import explain_county
from deserts.access.firmness import firmness_words
from deserts.access.gate import open_gate
from deserts.documents.language import ENGLISH, load_language
from deserts.publish.area_facts import area_facts, list_areas, load_fact_base
from deserts.publish.desert_map import build_map
from deserts.publish.fact_sheet import make_sheets
from deserts.publish.how_firm import state_words
from deserts.publish.packing import unpack_sentences
from deserts.publish.press_facts import load_press_facts
from deserts.publish.press_words import press_text
from deserts.publish.supply_views import supply_views
from deserts.services import load_service
from deserts.specialists.activity import borrowed_words
from tests.publish.conftest import TODAY, write_small_store

_ENDS = ("moderate", "moderate_low", "moderate_high", "severe", "severe_low", "severe_high")
BORROWED = "How likely clinicians are to stop is learned from Mohs surgery: borrowed, not validated."


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return write_small_store(tmp_path_factory.mktemp("firm"))


def _row(rank: int, firmness: str, low: float, high: float) -> dict[str, object]:
    return {
        "desert_rank": rank, "desert_firmness": firmness, "nearest_median_low_min": low, "nearest_median_high_min": high
    }  # fmt: skip


@pytest.mark.parametrize(
    ("row", "head", "span"),
    [
        # Of a county over two hours away only that it is a desert was tried: 100 minutes would be another class.
        (_row(3, "robust", 100, 150), "Robust: that most residents live over 60 minutes away holds if", "100 and 150"),
        (_row(2, "fragile", 50, 75), "Fragile: that most residents live over 60 minutes away may not hold if", "50"),
        (_row(1, "robust", 20, 45), "Robust: that most live within 60 minutes holds if", "between 20 and 45 minutes"),
        (_row(0, "fragile", 3, 70), "Fragile: that most live within 60 minutes may not", "between under 10 and 70"),
        (_row(0, "robust", 0, 8), "Robust: that most live within 60 minutes holds", "then lies under 10 minutes ("),
        (_row(4, "robust", np.nan, np.nan), "Robust: that most residents live over 60", "then lies over 480 minutes ("),
        (_row(3, "robust", 130, np.nan), "Robust: that most residents", "between 130 and over 480 minutes"),
    ],
)
def test_the_words_claim_what_the_draws_tried_and_no_more(row, head, span):
    own = firmness_words(row, service=load_service("mohs"), time_limit_min=480)
    assert own.startswith(head)
    assert span in own
    assert "the class" not in own
    assert "borrowed" not in own, "Mohs surgery was fitted to itself"
    assert firmness_words(row, service=load_service("itb"), time_limit_min=480) == f"{own} {BORROWED}"


def test_a_county_that_was_not_drawn_gets_no_words(itb):
    assert firmness_words(_row(2, "", np.nan, np.nan), service=itb, time_limit_min=480) == ""


def test_a_profile_that_does_not_name_its_source_still_says_that_it_is_borrowed(itb):
    unnamed = dataclasses.replace(itb, words={})
    assert borrowed_words(unnamed).endswith("learned from another service: borrowed, not validated.")


def test_map_and_explain_say_it_of_every_county_that_was_drawn(store, itb, linked):
    html, _ = build_map(store, service=itb, today=TODAY, assets=linked)
    data = json.loads(html.split('id="data">')[1].split("</script>")[0])
    said = [" ".join(lines) for lines in unpack_sentences(data["views"][-1]["sentences"])]
    scores = store.read("county_scores").assign(capacity_score=np.nan)  # pumps have no known capacity
    for row, on_map in zip(scores.to_dict("records"), said, strict=True):
        words = firmness_words(row, service=itb, time_limit_min=store.settings.time_limit_min)
        explained = explain_county(
            scores, row["county_fips"], service=itb, grade=store.grade, time_limit_min=store.settings.time_limit_min
        )
        assert words.split(":")[0] == row["desert_firmness"].capitalize()
        assert words in on_map
        assert words in explained


def test_a_sheet_counts_what_is_robust_and_names_the_fragile_with_their_interval(example_store, itb):
    base = load_fact_base(example_store, service=itb)
    scores = example_store.read("county_scores").sort_values("population", ascending=False)
    fragile = scores[scores["desert_firmness"] == "fragile"]
    robust = int((scores["desert_firmness"] == "robust").sum())
    (state,) = list_areas(base, by="state")
    (sheet,) = make_sheets(base, [state], today=TODAY)
    counted = f"Whether most live over 1 hour away is robust in {robust} of {robust + len(fragile)} counties, if"
    assert counted in sheet.certainty
    for row in fragile.head(2).to_dict("records"):
        low, high = row["nearest_median_low_min"], row["nearest_median_high_min"]
        assert f"{row['name']} between {low:.0f} and {high:.0f} minutes" in sheet.certainty
    assert sheet.certainty.endswith(BORROWED)
    one = fragile.iloc[0]
    inside = np.flatnonzero((base.points["county_fips"] == one["county_fips"]).to_numpy())
    (own,) = make_sheets(base, [dataclasses.replace(state, rows=inside)], today=TODAY)
    whole = firmness_words(one, service=itb, time_limit_min=example_store.settings.time_limit_min)
    assert own.certainty.endswith(f"{one['name']}: {whole}")


def test_a_state_sheet_has_the_interval_of_its_own_share(example_store, itb):
    base = load_fact_base(example_store, service=itb)
    (state,) = list_areas(base, by="state")
    (row,) = example_store.read("state_intervals").to_dict("records")
    facts = area_facts(base, state)
    assert (row["state"], row["population"]) == (state.area_id, facts.residents)
    assert row["beyond_moderate_share"] == pytest.approx(facts.over_moderate.possible, abs=1e-12)
    assert row["beyond_severe_share"] == pytest.approx(facts.over_severe.possible, abs=1e-12)
    ends = {name: f"{row[f'beyond_{name}_share']:.0%}" for name in _ENDS}
    assert row["firmness"] == "robust"
    agree = f"{1 - row['far_share_of_draws']:.0%}"
    (sheet,) = make_sheets(base, [state], today=TODAY)
    assert (
        "For the state as a whole, possible practices counted, it is robust that most live within 1 hour "
        f"({agree} of the draws agree): in nine draws of ten {ends['moderate_low']} to {ends['moderate_high']} of "
        f"residents live over 1 hour away, and {ends['severe_low']} to {ends['severe_high']} over 2 hours."
    ) in sheet.certainty
    (district,) = make_sheets(base, [dataclasses.replace(state, area_id="9701")], today=TODAY)
    assert "state as a whole" not in district.certainty
    kit = load_press_facts(base, None)
    english = [said.english for said in press_text(kit, ENGLISH).caveats]
    assert f"It is robust that most live within 1 hour: so say {agree} of the draws." in english
    drawn = f"In nine draws of ten, {ends['moderate_low']} to {ends['moderate_high']} of the residents of Exampland"
    assert any(text.startswith(drawn) for text in english)
    spanish = [said.text for said in press_text(kit, load_language("es")).caveats]
    assert f"Es firme que la mayoría vive a 1 hora o menos: así en {agree} de las simulaciones." in spanish


@pytest.mark.parametrize(
    ("share", "firmness", "words"),
    [
        (
            0.6,
            "robust",
            "it is robust that most live over 1 hour away (95% of the draws agree): in nine draws of ten under 1% to",
        ),
        (0.6, "fragile", "it is fragile whether most live over 1 hour away (95% of the draws agree): in"),
        (0.4, "fragile", "it is fragile whether most live over 1 hour away (5% of the draws agree): in"),
        (0.4, "robust", "it is robust that most live within 1 hour (5% of the draws agree): in"),
    ],
)
def test_a_state_in_words(itb, share, firmness, words):
    row = dict.fromkeys((f"beyond_{name}_share" for name in _ENDS), 0.3)
    row |= {
        "far_share_of_draws": 0.95,
        "beyond_moderate_share": share,
        "beyond_moderate_low_share": 0.001,
        "firmness": firmness,
    }
    said = state_words(row, service=itb)
    assert words in said
    assert said.endswith("and 30% over 2 hours.")


def test_proven_practices_alone_are_drawn_too(example_store, itb):
    proven, possible = supply_views(example_store, service=itb, gate=open_gate(example_store, service=itb))
    assert set(proven.scores.loc[told(proven.scores), "desert_firmness"]) == {"robust", "fragile"}
    alone, all_of_them = (view.scores["nearest_median_low_min"].fillna(np.inf) for view in (proven, possible))
    assert (alone >= all_of_them).all(), "fewer practices, in the same draws, are never nearer"
    assert (alone > all_of_them).any()


def test_a_press_kit_says_what_is_fragile_and_what_is_borrowed(example_store, itb):
    facts = load_press_facts(load_fact_base(example_store, service=itb), None)
    caveats = [said.english for said in press_text(facts, ENGLISH).caveats]
    fragile = f"In {facts.fragile} of {facts.drawn} counties it is fragile whether most residents live more than 1 hour"
    assert any(text.startswith(fragile) for text in caveats)
    assert BORROWED in caveats
