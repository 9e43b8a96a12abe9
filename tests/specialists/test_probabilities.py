"""Two probabilities, kept apart: still active (back-tested), and accepting (a prior until asked)."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import pandas as pd
import pytest

from deserts.services import Service
from deserts.sources.publishers.claims import read_claims
from deserts.specialists.acceptance import NOT_CALIBRATED, probability_accepts
from deserts.specialists.activity import TERMS, backtest, fit_terms, probability_active, yearly_volumes
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
    assert chance["gone"] < chance["big"] * 0.5
    assert chance.between(0, 1).all()


def test_it_falls_with_every_year_since_the_last_bill(itb):
    rows = bills(("a", 2024, 50, 100))
    falling = [active(itb, rows, as_of=dt.date(year, 6, 1))["p_active"]["a"] for year in (2024, 2025, 2026, 2028)]
    assert falling[0] == 1.0
    assert all(later < earlier for earlier, later in itertools.pairwise(falling))
    assert falling[2] == pytest.approx(falling[1] ** 2)


def test_one_year_at_eleven_people_is_the_intercept(itb):
    expected = 1 / (1 + np.exp(-itb.number("active.intercept") - itb.number("active.no_history")))
    chance = active(itb, bills(("a", 2024, 11, 40)), as_of=dt.date(2025, 1, 1))
    assert chance["p_active"]["a"] == pytest.approx(expected)
    assert chance["basis"]["a"] == "bills"


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
    said = profile.numbers["active.intercept"].why
    assert ("DIFFERENT SERVICE" in said) == (service == "itb")


@pytest.fixture(scope="module")
def real_bills(shared, mohs) -> pd.DataFrame:
    names = [f"by_provider_and_service_{year}_mohs.csv.gz" for year in (2019, 2020, 2021)]
    rows = pd.concat([read_claims(shared / "claims" / name).frame for name in names], ignore_index=True)
    return billed_rows(finish(claims_evidence(rows[rows["entity"] == "I"], mohs)[0]))


@pytest.mark.shared
def test_the_numbers_of_the_profile_are_the_fit_to_the_real_years(real_bills, mohs):
    found = fit_terms(real_bills, (2019, 2020))
    for term in TERMS:
        assert found[term] == pytest.approx(mohs.number(f"active.{term}"), abs=0.006)


@pytest.mark.shared
def test_back_test_is_reliable_by_volume_and_tenure(real_bills, mohs):
    result = backtest(real_bills, mohs, year=2020)
    assert result.clinicians == 2702
    assert result.brier < 0.88 * result.brier_of_mean
    assert set(result.groups["tenure"]) == {"newcomer", "established"}
    first = backtest(real_bills, mohs, year=2019)
    assert set(first.groups["tenure"]) == {"unknown"}
    assert first.brier < 0.95 * first.brier_of_mean
    # Single years differ at small volumes: 2020 was worse for everybody, 2021 better. Over both it must be right.
    both = pd.concat([first.groups, result.groups], ignore_index=True)
    large = both[both["clinicians"] >= 100]
    assert (large["foretold"] - large["stayed"]).abs().max() <= 0.12
    sums = both[["foretold", "stayed"]].mul(both["clinicians"], axis=0).groupby(both["volume"], observed=True).sum()
    number = both.groupby("volume", observed=True)["clinicians"].sum()
    foretold, stayed = sums["foretold"] / number, sums["stayed"] / number
    error = np.sqrt(foretold * (1 - foretold) / number)
    assert ((foretold - stayed).abs() <= 2 * error + 0.01).all()


@pytest.mark.shared
def test_a_fit_to_one_half_foretells_the_other_half(real_bills, mohs):
    import dataclasses

    from deserts.services import Number

    even = real_bills["npi"].str[-1].astype(int) % 2 == 0
    terms = fit_terms(real_bills[even], (2019, 2020))
    trained = dataclasses.replace(
        mohs, numbers={**mohs.numbers, **{f"active.{term}": Number(value, "half") for term, value in terms.items()}}
    )
    unseen = backtest(real_bills[~even], trained, year=2020)
    assert unseen.brier < 0.9 * unseen.brier_of_mean


@pytest.mark.shared
def test_missing_a_year_mostly_means_gone(real_bills, mohs):
    seen = {year: set(real_bills.loc[real_bills["year"] == year, "npi"]) for year in (2019, 2020, 2021)}
    missing = seen[2019] - seen[2020]
    assert len(missing) == 113
    back = len(missing & seen[2021]) / len(missing)
    assert back == pytest.approx(0.27, abs=0.01)
    first = real_bills[real_bills["year"] == 2019]
    foretold = active(mohs, first, as_of=dt.date(2021, 12, 31)).loc[sorted(missing), "p_active"].mean()
    assert back / foretold == pytest.approx(mohs.number("active.missing_factor"), abs=0.03)


def test_nobody_asked_means_the_prior_and_says_so(itb):
    found = accepts(itb, pd.Index([npi(1)]), None)
    assert found["p_accepts_pump"].tolist() == [0.5]
    assert found["basis"].tolist() == [NOT_CALIBRATED]


def asked(count: int, yes: int) -> pd.DataFrame:
    return answers(*({"npi": npi(i), "outcome": "accepting" if i < yes else "full"} for i in range(count)))


@pytest.mark.parametrize(("count", "calibrated"), [(29, False), (30, True)])
def test_thirty_answers_of_the_region_replace_the_prior(itb, count, calibrated):
    npis = pd.Index([npi(i) for i in range(40)])
    found = accepts(itb, npis, asked(count, 6))
    never = found.loc[npi(39)]
    assert never["p_accepts_pump"] == pytest.approx((1 + 6) / (2 + 30) if calibrated else 0.5)
    assert (NOT_CALIBRATED in never["basis"]) != calibrated


def test_answers_from_elsewhere_or_twice_or_silent_do_not_calibrate(itb):
    npis = pd.Index([npi(i) for i in range(29)])
    rows = pd.concat([asked(60, 30), asked(29, 29), answers({"npi": npi(3), "outcome": "no_answer"})])
    found = accepts(itb, npis, rows)
    assert found["basis"].str.contains(NOT_CALIBRATED).all()


def test_the_own_answer_moves_it_and_fades(itb):
    npis = pd.Index([npi(0)])
    fresh, old, no = (
        accepts(itb, npis, answers({"npi": npi(0), **row}))["p_accepts_pump"].iloc[0]
        for row in ({"observed_on": "2026-06-01"}, {"observed_on": "2024-06-01"}, {"outcome": "full"})
    )
    assert no < 0.5 < old < fresh
    assert fresh == pytest.approx(9 / 10)
