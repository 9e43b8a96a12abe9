"""Scores by payer: the same as scoring the members alone, and nobody out of network forgotten."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from deserts.access import AccessInputs, build_scores
from deserts.access.adequacy import county_limits
from deserts.access.payers import payer_names, score_payers
from deserts.errors import InputError
from deserts.services import Service
from deserts.tables import validate
from tests.access.conftest import LIMIT_MIN

PHYSIATRY = "Physiatry, Rehabilitative Medicine"


def networks(*rows: tuple[str, str, str, str]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=["payer", "npi", "practice_id", "network"], dtype="str")


def scored(inputs: AccessInputs, table: pd.DataFrame) -> pd.DataFrame:
    counties = inputs.counties[inputs.counties["scored"]].reset_index(drop=True)
    limits = county_limits(counties, specialty=PHYSIATRY)
    return validate("payer_scores", score_payers(inputs, table, limits=limits, time_limit_min=LIMIT_MIN))


def of(table: pd.DataFrame, payer: str) -> pd.DataFrame:
    return table[table["payer"] == payer].reset_index(drop=True)


def alone(inputs: AccessInputs, keep: pd.Series, itb: Service) -> pd.DataFrame:
    """Score the region as if only the members had ever been found."""
    members = dataclasses.replace(inputs, sites=inputs.sites[keep].reset_index(drop=True))
    return build_scores(members, service=itb, time_limit_min=LIMIT_MIN).county_scores


def test_a_payer_is_scored_like_its_members_alone(inputs: AccessInputs, itb: Service) -> None:
    sites = inputs.sites
    table = networks(("Acme", sites["npi"][0], "", "in"), ("Acme", "", sites["practice_id"][4], "in"))
    found = scored(inputs, table)
    keep = sites["npi"].eq(sites["npi"][0]) | sites["practice_id"].eq(sites["practice_id"][4])
    expected, everybody = alone(inputs, keep, itb), alone(inputs, keep | True, itb)
    for name in ("population", "nearest_median_min", "beyond_60_share", "beyond_120_share", "status", "county_fips"):
        pd.testing.assert_series_equal(found[name], expected[name], check_dtype=False)
    assert set(found["sites_in_network"]) == {int(keep.sum())} == {3}
    np.testing.assert_array_equal(found["any_network_median_min"], everybody["nearest_median_min"])
    both = found.dropna(subset=["nearest_median_min"])
    assert (both["any_network_median_min"] <= both["nearest_median_min"]).all()
    assert (both["any_network_median_min"] < both["nearest_median_min"]).any()


def test_a_table_of_refusals_takes_only_those_away(inputs: AccessInputs, itb: Service) -> None:
    table = networks(("Nay", inputs.sites["npi"][2], "", "out"))
    found = scored(inputs, table)
    expected = alone(inputs, inputs.sites.index != 2, itb)
    pd.testing.assert_series_equal(found["nearest_median_min"], expected["nearest_median_min"])
    assert set(found["network_basis"]) == {"refusals"}


def test_a_payer_without_anybody_keeps_its_rows(inputs: AccessInputs) -> None:
    everyone = [("All", npi, "", "in") for npi in inputs.sites["npi"]]
    found = scored(inputs, networks(("Nobody", "9999999999", "", "in"), *everyone))
    none, every = of(found, "Nobody"), of(found, "All")
    assert set(none["status"]) == {"none_at_grade"}
    assert none["nearest_median_min"].isna().all()
    assert none["any_network_median_min"].notna().any()
    assert (none["beyond_120_share"] == 1).all()
    assert (none["adequate_share"].fillna(0) == 0).all()
    assert "pass" not in set(none["adequacy"])
    pd.testing.assert_series_equal(every["nearest_median_min"], every["any_network_median_min"], check_names=False)
    assert (every["adequate_share"] >= none["adequate_share"]).all()


def test_the_order_of_rows_changes_nothing(inputs: AccessInputs) -> None:
    table = networks(*[(p, npi, "", "in") for p in ("B", "A") for npi in inputs.sites["npi"][:4]])
    shuffled = dataclasses.replace(
        inputs,
        demand=inputs.demand.iloc[::-1].reset_index(drop=True),
        sites=inputs.sites.iloc[::-1].reset_index(drop=True),
        counties=inputs.counties.iloc[::-1].reset_index(drop=True),
    )
    pd.testing.assert_frame_equal(scored(inputs, table), scored(shuffled, table.iloc[::-1]))


def test_spellings_of_one_payer_are_one() -> None:
    table = networks(("acme", "1", "", "in"), ("ACME", "2", "", "in"), ("Other", "3", "", "in"))
    assert payer_names(table) == ["ACME", "Other"]


def test_tables_that_do_not_fit_are_refused(inputs: AccessInputs) -> None:
    twice = dataclasses.replace(inputs, sites=pd.concat([inputs.sites, inputs.sites[:1]]))
    with pytest.raises(InputError, match="twice"):
        scored(twice, networks(("A", "1", "", "in")))
