"""Months of Medicaid: the last proven month, what silence means, and that one more source never takes anyone away."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deserts.services import Service
from deserts.specialists.months import (
    flow_words,
    last_month_of,
    last_proven_words,
    months_shown,
    of_practices,
    with_source,
)
from tests.specialists.builders import answers, claims, directory, npi, registry

ONE, TWO, OFFICE = npi(1), npi(2), npi(900)


def span(first: str, last: str) -> list[str]:
    return [str(month) for month in pd.period_range(first, last, freq="M")]


def spending(*rows: tuple[str, str, str, str], people: float = 14) -> pd.DataFrame:
    """Rows of billing NPI, servicing NPI, code, month."""
    frame = pd.DataFrame(rows, columns=["billing_npi", "npi", "code", "month"])
    return frame.assign(beneficiaries=people, claims=people + 2, paid_usd=0.0)


def read(months: pd.DataFrame) -> pd.DataFrame:
    rows = with_source(months)
    return rows.assign(year=rows["month"].str[:4].astype("int64"))


def test_the_file_tells_who_did_the_work_or_nobody_is_put_in(itb: Service) -> None:
    rows = with_source(spending((OFFICE, ONE, "62370", "2023-05"), (TWO, "", "62370", "2023-06")))
    assert list(zip(rows["npi"], rows["source"], strict=True)) == [(ONE, "medicaid"), (TWO, "medicaid_billing")]
    assert OFFICE not in set(rows["npi"])  # an office that bills for somebody who is named did not do it


def test_last_proven_month_and_end_of_the_file(itb: Service) -> None:
    rows = with_source(
        spending(
            *[(OFFICE, ONE, "62370", month) for month in span("2022-01", "2024-12")],
            *[(OFFICE, TWO, "62370", month) for month in ("2021-03", "2023-02")],
        )
    )
    shown = months_shown(rows, itb)
    assert last_month_of(shown, ONE) == "seen through the end of the file, 2024-12"
    assert last_month_of(shown, TWO) == "last seen 2023-02; months below 12 are hidden"
    assert last_month_of(shown, OFFICE) == ""
    assert shown.loc[TWO, ["months", "span_months", "missing_at_end"]].tolist() == [2, 24, 22]
    assert not shown.loc[TWO, "carries_flow"]
    assert "too many are hidden" in flow_words(shown.loc[TWO].to_dict())
    assert "so that a stop would show" in flow_words(shown.loc[ONE].to_dict())


def test_only_where_nearly_every_month_is_shown_does_silence_mean_anything(itb: Service) -> None:
    shown_months = span("2021-01", "2023-12")
    rows = spending(*[(OFFICE, ONE, "62370", month) for month in shown_months], (OFFICE, TWO, "62370", "2024-12"))
    words = flow_words(months_shown(with_source(rows), itb).loc[ONE].to_dict())
    assert words.startswith("shown in 36 of 36 months from 2021-01 to 2023-12, then silent for the last 12 of the file")
    assert "ask" in words


def test_codes_on_no_rung_prove_no_month(itb: Service) -> None:
    assert months_shown(with_source(spending((OFFICE, ONE, "64642", "2024-12"))), itb).empty


def test_the_public_sees_months_of_practices_of_two_or_more(itb: Service) -> None:
    rows = with_source(spending((OFFICE, ONE, "62370", "2023-02"), (OFFICE, TWO, "62370", "2024-12")))
    sites = pd.DataFrame({"practice_id": ["a", "a", "b", "b", "c"], "npi": [ONE, npi(3), TWO, npi(4), npi(5)]})
    shown = of_practices(rows, sites, itb)
    assert last_proven_words(shown.loc["a"].to_dict()) == "last seen 2023-02; months below 12 are hidden"
    assert last_proven_words(shown.loc["b"].to_dict()) == "seen through the end of the file, 2024-12"
    alone = pd.DataFrame({"practice_id": ["a", "b"], "npi": [ONE, TWO]})
    assert of_practices(rows, alone, itb).empty
    two_doors = pd.DataFrame({"practice_id": ["a", "a", "b"], "npi": [ONE, npi(3), ONE]})
    assert of_practices(rows, two_doors, itb).empty  # the file does not tell at which of the two


def test_evidence_keeps_work_and_bill_apart(itb: Service) -> None:
    months = read(spending((OFFICE, ONE, "62370", "2023-05"), (TWO, "", "62370", "2023-06")))
    built = registry(directory=directory({"npi": ONE}, {"npi": TWO}), medicaid=months)
    told = built.evidence[built.evidence["kind"] == "refill"]
    assert dict(zip(told["npi"], told["source"], strict=True)) == {ONE: "medicaid", TWO: "medicaid_billing"}
    assert set(built.specialists["grade"]) == {"refills_pumps"}


def test_a_newer_medicaid_file_makes_nobodys_medicare_bill_old(itb: Service) -> None:
    bills = claims({"npi": ONE, "year": 2019}, {"npi": TWO, "year": 2020})
    months = read(spending((OFFICE, npi(3), "62370", "2024-12")))
    before = registry(claims=bills).specialists.set_index("npi")
    after = registry(claims=bills, medicaid=months, directory=directory({"npi": npi(3)})).specialists.set_index("npi")
    assert before.loc[[ONE, TWO], "grade"].tolist() == after.loc[[ONE, TWO], "grade"].tolist()
    assert before.loc[[ONE, TWO], "p_active"].tolist() == after.loc[[ONE, TWO], "p_active"].tolist()
    assert before.loc[ONE, "beneficiaries"] == after.loc[ONE, "beneficiaries"]


def test_years_of_the_registry_are_medicares_and_say_so(itb: Service) -> None:
    months = read(spending(*[(OFFICE, ONE, "62370", month) for month in ("2022-01", "2024-12")]))
    both = registry(claims=claims({"npi": ONE, "year": 2023}), medicaid=months)
    assert both.years["year"].tolist() == [2023]
    (line,) = [row for row in both.flow if row.step == "years: Medicaid months"]
    assert "not of starting or stopping" in str(line)
    alone = registry(directory=directory({"npi": ONE}), medicaid=months)
    assert alone.years.empty  # two months of 36 carry no flow
    dense = read(spending(*[(OFFICE, ONE, "62370", month) for month in span("2022-01", "2024-12")]))
    assert registry(directory=directory({"npi": ONE}), medicaid=dense).years["year"].tolist() == [2022, 2023, 2024]


_BILL = st.tuples(st.integers(1, 6), st.sampled_from(["62370", "J0475", "64642"]), st.integers(2018, 2024))
_MONTH = st.tuples(
    st.integers(1, 8), st.sampled_from(["62370", "J0475"]), st.sampled_from(span("2018-01", "2024-12")), st.booleans()
)


def _counted(people: pd.DataFrame, rank: int) -> set[str]:
    return set(people.loc[people["supplies"] & (people["grade_rank"] <= rank), "npi"])


@settings(max_examples=15, deadline=None)
@given(st.lists(_BILL, min_size=1, max_size=10), st.lists(_MONTH, min_size=1, max_size=20), st.booleans())
def test_months_never_lower_the_number_of_named_clinicians(
    bills: list[tuple[int, str, int]], months: list[tuple[int, str, str, bool]], asked: bool
) -> None:
    frame = claims(*[{"npi": npi(who), "code": code, "year": year} for who, code, year in bills])
    people = directory(*[{"npi": npi(who), "address": f"{who} MAIN ST"} for who in range(1, 9)])
    said = answers({"npi": npi(1), "outcome": "no_pumps"}) if asked else None
    paid = read(spending(*[(OFFICE if told else npi(who), npi(who) if told else "", code, month)
                           for who, code, month, told in months]))  # fmt: skip
    before = registry(claims=frame, directory=people, verifications=said).specialists
    after = registry(claims=frame, directory=people, verifications=said, medicaid=paid).specialists
    for rank in range(int(before["grade_rank"].max()) + 1):
        earlier, later = (_counted(table, rank) for table in (before, after))
        assert earlier <= later
    both = before.merge(after, on="npi", suffixes=("", "_after"))
    assert not (both["p_active_after"] < both["p_active"] - 1e-12).any()


@pytest.mark.parametrize("order", [1, -1])
def test_the_order_of_rows_changes_nothing(itb: Service, order: int) -> None:
    rows = spending(
        (OFFICE, ONE, "62370", "2023-02"), (OFFICE, TWO, "62370", "2024-12"), (OFFICE, ONE, "J0475", "2022-02")
    )
    shown = months_shown(with_source(rows.iloc[::order].reset_index(drop=True)), itb)
    pd.testing.assert_frame_equal(shown, months_shown(with_source(rows), itb))
