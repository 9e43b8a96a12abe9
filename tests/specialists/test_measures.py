"""Years, directory accuracy, hidden share, recall, payer networks, circulating numbers, the timeline."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from deserts.config import Settings
from deserts.errors import InputError, UnknownNameError
from deserts.sources.publishers.claims import read_claims
from deserts.specialists import circulating
from deserts.specialists.accuracy import directory_accuracy, hidden_by_model, hidden_by_totals
from deserts.specialists.circulating import REGISTER, Verdict, render_register
from deserts.specialists.intervals import wilson
from deserts.specialists.payers import network_of, read_payer_networks, restrict_to_payer
from deserts.specialists.recall import find_known, read_known, recall_by_grade
from deserts.specialists.replicate import (
    ReplicateInputs,
    allowed_by_year,
    judge,
    nearest_by_point,
    refill_interval_months,
    replicate,
)
from deserts.specialists.timeline import timeline
from deserts.specialists.years import diff_years, summarise_diff
from tests.specialists.builders import answers, claims, directory, npi, nppes, registry

TODAY = dt.date(2026, 6, 1)


@pytest.fixture(scope="module")
def found():
    """Twelve listed neurologists in two states: some bill, some are gone, some have only a box."""
    listed = [
        {"npi": npi(i), "state": "NE" if i < 8 else "IA", "zip": "68198" if i < 8 else "50010",
         "address": ["1 MAIN ST", "PO BOX 9", "BUILDING SEVEN"][0 if i < 10 else i - 9], "group_id": f"G{i % 3}"}
        for i in range(12)
    ]  # fmt: skip
    billed = [
        {"npi": npi(i), "year": year, "services": 80.0 + 40 * (year - 2022) * (i - 1), "code": "62370",
         "street1": "7 OLD RD" if (i, year) == (2, 2022) else "1 MAIN ST"}
        for i, year in [(0, 2022), (0, 2024), (1, 2022), (2, 2022), (2, 2024), (3, 2024), (20, 2024)]
    ]  # fmt: skip
    said = [{"npi": npi(4), "outcome": "no_pumps"}, {"npi": npi(5), "outcome": "retired", "note": "left town"}]
    return registry(
        directory=directory(*listed),
        claims=claims(*billed),
        nppes=nppes({"npi": npi(20), "taxonomies": "2081P0010X"}),
        verifications=answers(*said),
        deactivated=pd.DataFrame({"npi": [npi(6)], "deactivated_on": ["2025-01-01"]}),
    )


# --- years ----------------------------------------------------------------------------------------------------------


def test_entered_left_stayed_and_moved(found):
    diff = diff_years(found.years, 2022, 2024).set_index("npi")
    assert diff["change"].to_dict() == {
        npi(0): "stayed", npi(1): "left", npi(2): "stayed", npi(3): "entered", npi(20): "entered"
    }  # fmt: skip
    assert diff.index[diff["moved"]].tolist() == [npi(2)]
    assert diff["trend"].to_dict() == {npi(0): "shrinking", npi(1): "", npi(2): "growing", npi(3): "", npi(20): ""}
    assert diff.loc[npi(2), "volume_ratio"] == pytest.approx(160 / 80)
    total = summarise_diff(diff.reset_index()).iloc[0].to_dict()
    assert total == {"state": "all", "entered": 2, "left": 1, "stayed": 2, "moved": 1, "moved_state": 0}


def test_the_way_back_swaps_entered_and_left(found):
    ahead, back = (diff_years(found.years, *years)["change"] for years in ((2022, 2024), (2024, 2022)))
    assert back.tolist() == ahead.replace({"entered": "left", "left": "entered"}).tolist()


def test_a_year_without_bills_is_named(found):
    with pytest.raises(UnknownNameError, match="2023"):
        diff_years(found.years, 2022, 2023)


# --- what a directory is worth --------------------------------------------------------------------------------------


def test_wilson_is_the_textbook_interval():
    counts, totals = np.array([0, 3, 50, 100]), np.array([10, 9, 100, 100])
    low, high = wilson(counts, totals)
    for k, n, lower, upper in zip(counts, totals, low, high, strict=True):
        expected = binomtest(int(k), int(n)).proportion_ci(method="wilson")
        assert (lower, upper) == pytest.approx((expected.low, expected.high), abs=1e-9)
    assert np.isnan(wilson([0], [0])).all()


def test_the_meter_counts_each_kind_of_listing(found, itb):
    table = directory_accuracy(found.evidence, found.specialists, found.sites, itb, public=False)
    total = table[table["state"] == "all"].set_index("measure")
    assert total["listed"].unique().tolist() == [12], "who only bills is not listed"
    assert total["count"].to_dict() == {
        "with_evidence": 4, "without_evidence": 8, "deactivated": 1, "po_box_only": 1, "no_street": 1,
        "contradicted_by_call": 2, "gone_from_address": 0,
    }  # fmt: skip
    assert (total["low"] <= total["share"]).all()
    assert (total["share"] <= total["high"]).all()
    states = table[table["state"] != "all"].groupby("measure")["count"].sum()
    assert states.to_dict() == total["count"].to_dict()


def test_small_totals_of_answers_are_never_public(found, itb):
    table = directory_accuracy(found.evidence, found.specialists, found.sites, itb, public=True)
    said = table[table["measure"].isin(["contradicted_by_call", "gone_from_address"])]
    assert said[["count", "share", "low", "high"]].isna().all(axis=None)
    assert table[~table["measure"].isin(said["measure"])]["count"].notna().all()


def test_hidden_share_by_national_totals(itb):
    bills = claims({"services": 60.0, "code": "62370"}, {"npi": npi(2), "services": 20.0}, {"code": "64643"})
    nation = {"level": "National", "state_fips": "", "place": "", "place_of_service": "O", "year": 2024}
    geography = pd.DataFrame([
        {**nation, "code": "62370", "providers": 5.0, "beneficiaries": 99.0, "services": 100.0},
        {**nation, "code": "64643", "providers": 5.0, "beneficiaries": 99.0, "services": 9999.0},
        {**nation, "level": "State", "code": "62370", "providers": 1.0, "beneficiaries": 9.0, "services": 7777.0},
    ])  # fmt: skip
    hidden = hidden_by_totals(bills, geography, itb)
    assert hidden is not None
    assert (hidden.share, hidden.published) == (pytest.approx(0.2), 2)
    assert hidden_by_totals(bills, geography.iloc[:0], itb) is None


def test_hidden_share_by_the_model_finds_a_known_truth():
    people = np.random.default_rng(5).lognormal(np.log(25), 0.9, 20_000)
    truth = (people < 10.5).mean()
    hidden = hidden_by_model(np.round(people)[np.round(people) > 10])
    assert hidden.share == pytest.approx(truth, abs=0.03)
    assert np.isnan(hidden_by_model([12.0, 15.0]).share)


# --- recall and payers ----------------------------------------------------------------------------------------------


def test_recall_by_number_and_by_door(found, itb, tmp_path):
    path = tmp_path / "known.csv"
    path.write_text(
        f"name,npi,address,zip\nA,{npi(0)},,\nB,,1 Main Street Suite 4,68198\nC,,99 Nowhere Rd,68198\nD,{npi(7)},,\n"
        f"E,{npi(77)},1 MAIN ST,50010\n"
    )
    rows = find_known(read_known(path), found.specialists, found.sites)
    assert rows["matched_by"].tolist() == ["npi", "address", "", "npi", "address"]
    assert rows["grade"].tolist() == ["refills_pumps", "refills_pumps", "", "specialty_only", "specialty_only"]
    table = recall_by_grade(rows, itb).set_index("grade")
    assert table["found"].to_dict() == {
        "verified": 0, "bills_baclofen": 0, "refills_pumps": 2, "manages_pumps": 2, "implants": 2, "specialty_only": 4
    }  # fmt: skip
    assert (table["known"] == 5).all()


@pytest.mark.parametrize("text", ["name,npi\nA,12\n", "name,address\nA,1 Main St\n", "npi\n1234567893\n"])
def test_programmes_that_nothing_can_match_are_refused(tmp_path, text):
    (tmp_path / "known.csv").write_text(text)
    with pytest.raises(InputError):
        read_known(tmp_path / "known.csv")


def test_payer_networks_show_who_is_out(found, tmp_path):
    settings = Settings(local_dir=tmp_path)
    assert read_payer_networks(settings) is None
    (tmp_path / "payer_networks.csv").write_text(
        f"payer,npi,practice_id,network\nMaineCare,{npi(0)},,\nMaineCare,,G1,\n"
        f"MaineCare,{npi(4)},,out\nNo Plan,{npi(1)},,out\n"
    )
    table = read_payer_networks(settings)
    network = network_of(found.sites, table, "mainecare").groupby(found.sites["npi"]).first()
    assert network[npi(0)] == network[npi(1)] == network[npi(7)] == "in", "by clinician, and by practice G1"
    assert network[npi(4)] == "out", "the row about the clinician outranks that about the practice"
    assert network[npi(2)] == "out", "a network list is complete by its nature"
    limited = restrict_to_payer(found.sites, table, "MaineCare")
    assert len(limited) == len(found.sites), "shown, not dropped"
    assert not limited.loc[limited["network"] == "out", "supplies"].any()
    refusals = network_of(found.sites, table, "No Plan").groupby(found.sites["npi"]).first()
    assert (refusals[npi(1)], refusals[npi(0)]) == ("out", "unknown")
    with pytest.raises(UnknownNameError, match="Aetna"):
        network_of(found.sites, table, "Aetna")


@pytest.mark.parametrize("row", ["P,12,,", "P,,,", f"P,{npi(1)},,maybe"])
def test_unusable_network_rows_are_named(tmp_path, row):
    (tmp_path / "payer_networks.csv").write_text(f"payer,npi,practice_id,network\n{row}\n")
    with pytest.raises(InputError, match="row 2"):
        read_payer_networks(Settings(local_dir=tmp_path))


# --- circulating numbers --------------------------------------------------------------------------------------------


def test_the_page_in_the_documentation_is_the_register():
    page = Path(circulating.__file__).parents[2] / "docs" / "claims.md"
    assert page.read_text(encoding="utf-8") == render_register()


def test_every_circulating_number_is_there_and_unsupported_until_checked():
    text = render_register()
    for number in ("566", "million", "250", "fewer than five", "40, 30, 20 and 10", "87", "42", "tripled", "1.5 months",
                   "Granbury", "seven hours", "300, 200, 100 or 10"):  # fmt: skip
        assert number in text
    assert {item.verdict for item in REGISTER} == {Verdict.UNSUPPORTED}


def test_verdicts_follow_the_figure():
    item = dataclasses.replace(REGISTER[0], claimed=100.0)
    verdicts = [judge(value, item) for value in (99.0, 102.0, 90.0, 115.0, 84.0, None, float("nan"))]
    same, near, no = Verdict.REPLICATED, Verdict.CLOSE, Verdict.UNSUPPORTED
    assert verdicts == [same, same, near, near, no, no, no]


def test_nothing_at_hand_computes_nothing(itb):
    for figure in replicate(ReplicateInputs(), itb):
        assert figure.figure == ""
        assert figure.verdict == Verdict.UNSUPPORTED
        assert figure.note


def test_each_check_gives_its_figure_when_the_file_is_there(found, itb):
    injectors = [{"npi": npi(i), "code": "64643", "year": 2017} for i in range(566)]
    refills = [{"year": 2017, "allowed_usd": 100.0}, {"year": 2024, "allowed_usd": 384.0}]
    nearest = pd.DataFrame({"population": [50.0, 30.0, 20.0], "drive_min": [20.0, 430.0, np.nan],
                            "dist_km": [15.0, 700.0, np.nan]})  # fmt: skip
    inputs = ReplicateInputs(
        claims=claims(*injectors, *refills),
        providers=1_010_000,
        nppes=nppes({"taxonomies": "2081P0010X"}, {"npi": npi(2)},
                    {"npi": npi(1), "taxonomies": "2081P0010X", "deactivated_on": "2020-01-01"}),
        sites=found.sites,
        accuracy=directory_accuracy(found.evidence, found.specialists, found.sites, itb, public=True),
        nearest=nearest,
        abilene_granbury_min=125.0,
        grade_rank=itb.rank("manages_pumps"),
    )  # fmt: skip
    figures = {figure.key: figure for figure in replicate(inputs, itb)}
    assert figures["injectors-566"].verdict == Verdict.REPLICATED
    assert "1 pump codes" in figures["injectors-566"].figure
    assert figures["providers-million"].verdict == Verdict.REPLICATED
    assert figures["paediatric-250"].figure.startswith("1 active persons of 3")
    assert figures["states-none"].figure.startswith("at grade manages_pumps: none found in 50 of 51 states")
    assert "with evidence 33%" in figures["directories-40-30-20-10"].figure
    # 100 dollars of 2017 are 127.97 of 2024, so that three times as much is 384.
    assert figures["costs-tripled"].verdict == Verdict.REPLICATED
    assert figures["refill-interval"].figure.startswith("2 rows: median 3.0 months")
    assert figures["abilene-granbury"].verdict == Verdict.CLOSE
    assert figures["seven-hours"].verdict == Verdict.REPLICATED
    assert "20 residents" in figures["seven-hours"].figure
    assert figures["miles-300-200-100-10"].figure == (
        "residents: 50.0% beyond 10 mi, 50.0% beyond 100 mi, 50.0% beyond 200 mi, 50.0% beyond 300 mi"
    )
    for key in ("waits-87", "complications-42"):
        assert figures[key].figure == ""


def test_nearest_by_point_keeps_points_without_a_road():
    rows = [("a", "site", 1, "s", 5.0), ("b", "site", 1, "", np.nan), ("a", "practice", 1, "s", 5.0)]
    rows.append(("a", "site", 2, "t", 9.0))
    reach = pd.DataFrame(rows, columns=["point_id", "basis", "rank", "site_id", "drive_min"])
    times = pd.DataFrame(
        {"point_id": ["a", "a"], "site_id": ["s", "t"], "drive_min": [5.0, 9.0], "dist_km": [4.0, 8.0]}
    )
    demand = pd.DataFrame({"point_id": ["a", "b", "c"], "population": [1.0, 2.0, 3.0], "scored": [True, True, False]})
    found = nearest_by_point(reach, times, demand)
    assert found["population"].tolist() == [1.0, 2.0]
    assert found["dist_km"].tolist()[0] == 4.0
    assert found["drive_min"].isna().tolist() == [False, True]


@pytest.mark.shared
def test_the_checks_run_on_real_rows(shared, itb, mohs):
    pumps = read_claims(shared / "claims" / "pump_rows_cy2012.csv", year=2012).frame
    months = refill_interval_months(pumps, itb.codes("refill")).set_index("npi")["months"]
    assert sorted(months.round(2)) == [3.23, 7.89]
    years = [read_claims(shared / "claims" / f"by_provider_and_service_{y}_mohs.csv.gz").frame for y in (2019, 2021)]
    table = allowed_by_year(pd.concat(years), mohs.codes()).set_index(["code", "year"])
    assert len(table) == 10
    ratio = table["allowed_constant_usd"].xs(2021, level=1) / table["allowed_constant_usd"].xs(2019, level=1)
    assert ratio.between(0.9, 1.1).all()
    hidden = hidden_by_model(years[1]["beneficiaries"])
    assert 0 < hidden.share < 0.5
    assert hidden.published == 8938


# --- one clinician --------------------------------------------------------------------------------------------------


def told(found, number, itb, said=None):
    return timeline(number, evidence=found.evidence, specialists=found.specialists, sites=found.sites, answers=said,
                    service=itb, today=TODAY)  # fmt: skip


def test_the_timeline_is_in_order_and_says_why(found, itb):
    said = answers({"npi": npi(2), "observed_on": "2026-01-05", "note": "ask for Bo"})
    line = told(found, npi(2), itb, said)
    assert [event[0] for event in line.events] == sorted(event[0] for event in line.events)
    facts = dict(line.facts)
    assert facts["grade"].startswith("refills_pumps: refills implanted pumps, drug unknown")
    assert "62370" in facts["why"]
    assert "borrowed, not validated" in facts["still active"]
    assert "not calibrated" in facts["accepts"]
    assert "147 days ago: call again" in facts["last answer"]
    text = "\n".join(line.lines())
    assert "registered at" in text
    assert "ask for Bo" in text
    assert line.to_dict()["npi"] == npi(2)


def test_the_timeline_keeps_contradictions(found, itb):
    facts = dict(told(found, npi(4), itb).facts)
    assert facts["grade"].startswith("contradicted")
    assert "no_pumps on 2026-05-01" in facts["why"]


def test_an_unknown_number_is_not_called_absent_care(found, itb):
    with pytest.raises(UnknownNameError) as error:
        told(found, npi(500), itb)
    assert "not absence of care" in str(error.value)
