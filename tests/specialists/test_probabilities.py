"""Two probabilities, kept apart: still active (back-tested), and accepting (a prior until asked)."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from deserts.services import Service
from deserts.sources.publishers.claims import read_claims
from deserts.specialists.acceptance import NOT_CALIBRATED, probability_accepts, rests_on_own
from deserts.specialists.acceptance_sample import CommonRate, prior_rate
from deserts.specialists.activity import (
    BORROWED,
    EXTRAPOLATED,
    TERMS,
    first_step,
    look_ahead,
    probability_active,
    starts_of_year,
    yearly_volumes,
)  # fmt: skip
from deserts.specialists.activity_fit import backtest, fit_terms
from deserts.specialists.evidence import billed_rows, claims_evidence, finish
from deserts.specialists.settle import settle_people
from deserts.specialists.standing import Standings
from tests.specialists.builders import AS_OF, answers, npi


def bills(*rows: tuple[str, int, float, float]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["npi", "year", "beneficiaries", "services"])
    return frame.assign(source="claims", kind="refill", code="62370", for_against="for")


def active(itb: Service, rows: pd.DataFrame, said: pd.DataFrame | None = None, as_of: dt.date = AS_OF) -> pd.DataFrame:
    npis = pd.Index(sorted({*rows["npi"], *([] if said is None else said["npi"])}))
    years = (int(rows["year"].max()) - 2, int(rows["year"].max())) if len(rows) else (0, 0)
    by_bills = probability_active(rows, npis, years=years, service=itb, as_of=as_of)
    people = pd.DataFrame(
        {"npi": npis, "filed_rank": 0, "filed_reason": "", "drug": "unknown", "age_band": "unknown", "billed": "",
         "deactivated_on": "", "against": "", "first_year": 0, "last_year": 0,
         "filed_p_active": by_bills["p_active"].to_numpy(), "filed_p_basis": by_bills["basis"].to_numpy()}
    )  # fmt: skip
    settled = settle_people(people, Standings.read(said, service=itb, as_of=as_of), service=itb).set_index("npi")
    return settled[["p_active", "p_active_basis"]].rename(columns={"p_active_basis": "basis"})


def accepts(itb: Service, npis: pd.Index, said: pd.DataFrame | None) -> pd.DataFrame:
    return probability_accepts(npis, Standings.read(said, service=itb, as_of=AS_OF), service=itb)


def test_more_patients_growth_and_recency_raise_it(itb):
    rows = bills(
        ("small", 2024, 11, 40), ("big", 2024, 300, 900), ("small", 2023, 11, 40), ("big", 2023, 300, 900),
        ("growing", 2023, 30, 50), ("growing", 2024, 30, 100), ("gone", 2023, 300, 900),
        ("shrinking", 2023, 30, 100), ("shrinking", 2024, 30, 50),
    )  # fmt: skip
    chance = active(itb, rows)["p_active"]
    assert chance["big"] > chance["small"]
    assert chance["growing"] > chance["shrinking"]
    assert chance["gone"] < chance["big"]
    assert chance.between(0, 1).all()


def test_it_falls_with_every_year_since_the_last_bill(itb):
    rows = bills(("a", 2024, 50, 100))
    falling = [active(itb, rows, as_of=dt.date(year, 6, 1))["p_active"]["a"] for year in (2024, 2025, 2026, 2028)]
    assert falling[0] == 1.0
    assert all(later < earlier for earlier, later in itertools.pairwise(falling))


def test_one_year_at_eleven_people_is_the_chance_not_to_stop_and_says_what_it_rests_on(itb, mohs):
    expected = 1 - 1 / (1 + np.exp(-itb.number("active.stop") - itb.number("active.stop_no_history")))
    chance = active(itb, bills(("a", 2024, 11, 40)), as_of=dt.date(2025, 1, 1))
    assert chance["p_active"]["a"] == pytest.approx(expected, rel=1e-9)
    assert chance["basis"]["a"] == f"bills, {BORROWED}"
    own = active(mohs, bills(("a", 2024, 11, 40)), as_of=dt.date(2025, 1, 1))
    assert own["basis"]["a"] == "bills"
    late = active(mohs, bills(("a", 2024, 11, 40)), as_of=dt.date(2027, 1, 1))
    assert late["basis"]["a"] == f"bills, {EXTRAPOLATED}"


def test_who_is_hidden_for_a_year_is_not_gone_and_a_large_one_more_likely_is(mohs):
    """A clinician of eleven people who is missing from the next file may have had ten; one of 300 has stopped."""
    rows = bills(("small", 2023, 11, 40), ("large", 2023, 300, 900), ("other", 2024, 50, 100))
    missing = active(mohs, rows, as_of=dt.date(2024, 12, 31))["p_active"]
    assert missing["small"] > 0.6
    assert missing["large"] < 0.4
    unread = active(mohs, rows[rows["year"] == 2023], as_of=dt.date(2024, 12, 31))["p_active"]
    assert unread["large"] > 0.98  # a year that nobody read says nothing


def test_chances_of_the_grid_add_up_and_being_shown_is_part_of_being_active(mohs):
    terms = {term: mohs.number(f"active.{term}") for term in TERMS}
    starts = starts_of_year(yearly_volumes(bills(("a", 2024, 11, 40), ("b", 2024, 90, 40), ("c", 2024, 900, 4))), 2024)
    last = np.ones(3)
    for ahead in range(1, 6):
        found = look_ahead(starts, terms, unseen=[False] * ahead)
        assert (found.shown < found.active).all()
        assert (found.active < last).all()
        last = found.active


def test_a_first_year_is_a_part_of_one_so_volumes_grow_after_it_and_more_stop(mohs):
    terms = {term: mohs.number(f"active.{term}") for term in TERMS}
    start = starts_of_year(yearly_volumes(bills(("a", 2024, 90, 40))), 2024)
    (known, spread, stop), (new, same, more) = (first_step(start.assign(newcomer=x), terms) for x in (0.0, 1.0))
    assert new - known == pytest.approx(terms["newcomer_growth"])
    assert spread == same
    assert more > stop


def test_an_answer_counts_from_its_day_and_nothing_gives_nothing(itb):
    said = answers({"npi": "a", "observed_on": "2025-06-01"}, {"npi": "b", "outcome": "no_answer"})
    chance = active(itb, bills(), said)
    assert chance["p_active"]["a"] == pytest.approx(itb.number("active.after_answer") ** (365 / 365.25))
    assert chance["basis"].to_dict() == {"a": "answer", "b": "none"}
    assert np.isnan(chance["p_active"]["b"])


def test_people_are_not_added_over_codes_and_units_are():
    found = yearly_volumes(pd.concat([bills(("a", 2024, 20, 5)), bills(("a", 2024, 15, 7))]))
    assert found[["people", "units"]].to_numpy().tolist() == [[20, 12]]


@pytest.mark.parametrize("service", ["itb", "mohs"])
def test_the_profile_says_why_and_from_where(service, request):
    profile = request.getfixturevalue(service)
    assert {f"active.{term}" for term in TERMS} <= set(profile.numbers)
    said = profile.numbers["active.spread"].why
    assert ("DIFFERENT SERVICE" in said) == (service == "itb")
    assert profile.number("active.borrowed") == (service == "itb")


@pytest.fixture(scope="module")
def real_bills(shared, mohs) -> pd.DataFrame:
    names = [f"by_provider_and_service_{year}_mohs.csv.gz" for year in (2019, 2020, 2021)]
    rows = pd.concat([read_claims(shared / "claims" / name).frame for name in names], ignore_index=True)
    return billed_rows(finish(claims_evidence(rows[rows["entity"] == "I"], mohs)[0]))


@pytest.mark.shared
@pytest.mark.slow
def test_the_numbers_of_the_profile_are_the_fit_to_the_real_years(real_bills, mohs):
    found = fit_terms(real_bills, (2019, 2020))
    for term in TERMS:
        assert found[term] == pytest.approx(mohs.number(f"active.{term}"), abs=0.02)


@pytest.mark.shared
@pytest.mark.parametrize(("year", "ahead", "points"), [(2019, 1, 0.05), (2020, 1, 0.05), (2019, 2, 0.07)])
def test_back_test_holds_in_every_tenth_that_has_fifty_clinicians(real_bills, mohs, year, ahead, points):
    result = backtest(real_bills, mohs, year=year, ahead=ahead)
    tenths = result.reliability[result.reliability["clinicians"] >= 50]
    two_errors = 2 * np.sqrt(tenths["foretold"] * (1 - tenths["foretold"]) / tenths["clinicians"])
    assert ((tenths["foretold"] - tenths["seen"]).abs() <= np.maximum(points, two_errors)).all()
    pooled = result.reliability[["foretold", "seen"]].mul(result.reliability["clinicians"], axis=0).sum()
    assert abs(pooled["foretold"] - pooled["seen"]) / result.clinicians <= 0.03
    assert result.skill > 0.05


@pytest.mark.shared
@pytest.mark.slow
def test_the_only_years_further_apart_hold_eight_surgeons_and_agree(real_bills, shared, mohs):
    """2012 to 2019, 2020, 2021: no two files lie three or five years apart, and eight are too few for a skill."""
    head = shared / "claims/by_provider_and_service_cy2012_head.txt.gz"
    early = read_claims(head, codes=mohs.codes(), year=2012).frame
    bills = pd.concat([real_bills, billed_rows(finish(claims_evidence(early, mohs)[0]))], ignore_index=True)
    for ahead in (7, 8, 9):
        found = backtest(bills, mohs, year=2012, ahead=ahead)
        assert found.clinicians == 8
        means = found.reliability[["foretold", "seen"]].mul(found.reliability["clinicians"], axis=0).sum() / 8
        error = np.sqrt(means["foretold"] * (1 - means["foretold"]) / 8)
        assert abs(means["foretold"] - means["seen"]) <= 2 * error


@pytest.mark.shared
@pytest.mark.slow
def test_a_fit_to_one_half_foretells_the_other_half(real_bills, mohs):
    import dataclasses

    from deserts.services import Number

    even = real_bills["npi"].str[-1].astype(int) % 2 == 0
    terms = fit_terms(real_bills[even], (2019, 2020))
    trained = dataclasses.replace(
        mohs, numbers={**mohs.numbers, **{f"active.{term}": Number(value, "half") for term, value in terms.items()}}
    )
    for year, ahead in ((2019, 1), (2020, 1), (2019, 2)):
        assert backtest(real_bills[~even], trained, year=year, ahead=ahead).skill > 0.05


def test_nobody_asked_means_the_prior_and_says_so(itb):
    found = accepts(itb, pd.Index([npi(1)]), None)
    assert found["p_accepts_pump"].tolist() == [0.5]
    assert found["basis"].tolist() == [NOT_CALIBRATED]


def test_answers_of_others_change_nobody_however_many(itb):
    """Teams call the doubtful: sixty answers of a region are no sample of its clinicians."""
    npis = pd.Index([npi(i) for i in range(80)])
    said = answers(*({"npi": npi(i), "outcome": "accepting" if i < 6 else "full"} for i in range(60)))
    found = accepts(itb, npis, said)
    assert (found["p_accepts_pump"].iloc[60:] == 0.5).all()
    assert found["basis"].str.contains(NOT_CALIBRATED).all()


def test_a_drawn_sample_moves_everybody_and_an_own_answer_is_weighed_against_it(itb):
    npis = pd.Index([npi(0), npi(1)])
    said = answers({"npi": npi(0), "outcome": "accepting", "observed_on": AS_OF.isoformat()})
    rate = CommonRate(1, 1, yes=1, no=5, sampled=8, answered=6)
    standings = Standings.read(said, service=itb, as_of=AS_OF)
    found = probability_accepts(npis, standings, service=itb, rate=rate)
    # The rate is 2 of 8. Its own answer of that day counts 4 beside a prior of the strength of 2: (0.5 + 4) / (2 + 4).
    weight = itb.number("accepts.own_weight")
    assert found["p_accepts_pump"].tolist() == [(0.5 + weight) / (2 + weight), 0.25]
    assert found["basis"].tolist() == [
        "own answer and common rate, by 1 yes and 5 full of a drawn sample",
        "common rate, by 1 yes and 5 full of a drawn sample",
    ]
    assert rests_on_own(found["basis"]).tolist() == [True, False]
    unmoved = probability_accepts(npis, standings, service=itb, rate=prior_rate(itb))
    pd.testing.assert_frame_equal(unmoved, probability_accepts(npis, standings, service=itb))
    assert rests_on_own(pd.Series(["contradicted", NOT_CALIBRATED, "", None])).tolist() == [True, False, False, False]


def test_the_own_answer_moves_it_and_fades(itb):
    npis = pd.Index([npi(0)])
    fresh, old, no = (
        accepts(itb, npis, answers({"npi": npi(0), **row}))["p_accepts_pump"].iloc[0]
        for row in ({"observed_on": "2026-06-01"}, {"observed_on": "2024-06-01"}, {"outcome": "full"})
    )
    assert no < 0.5 < old < fresh
    assert fresh == pytest.approx(9 / 10)
