"""Live is restaged: for any log, readers that lay it over the files of before get what the stage would write."""

from __future__ import annotations

import datetime as dt
import random
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from deserts.specialists import build_registry
from deserts.specialists.acceptance_sample import prior_rate
from deserts.specialists.live import live_registry
from deserts.specialists.outcomes import OUTCOMES, SOURCES
from deserts.specialists.registry import RegistryInputs
from deserts.specialists.standing import Standings
from tests.specialists.builders import answers, claims, directory, npi, nppes

TODAY = dt.date(2026, 6, 1)
PEOPLE = [npi(number) for number in range(8)]
STREETS = ["1 MAIN ST", "9 LAKE RD", "4 OAK AVE"]


def day(days_ago: int) -> str:
    return (TODAY - dt.timedelta(days=days_ago)).isoformat()


def files() -> dict[str, pd.DataFrame]:
    """Eight clinicians at one to three addresses: some bill, some are only listed, two have a number out of use."""
    bills, listed, providers = [], [], []
    for place, who_ in enumerate(PEOPLE):
        for street in STREETS[: 1 + place % 3]:
            listed.append({"npi": who_, "address": street, "group_id": f"G{place // 2}"})
        if place % 2 == 0:
            bills.append({"npi": who_, "code": "J0475" if place % 4 == 0 else "62370", "year": 2020 + place // 2})
        off = day(300) if place in (3, 6) else ""
        providers.append({"npi": who_, "deactivated_on": off})
    return {"claims": claims(*bills), "directory": directory(*listed), "nppes": nppes(*providers)}


def random_log(draw: random.Random, sites: pd.DataFrame, service_id: str) -> pd.DataFrame:
    """Entries of every kind, with and without site or scope, on the same and on different days, some corrected."""
    rows: list[dict[str, Any]] = []
    for number in range(draw.randint(1, 30)):
        npi_ = draw.choice([*PEOPLE, npi(99)])
        own = [*sites.loc[sites["npi"] == npi_, "site_id"], ""]
        site = draw.choice(own)
        rows.append(
            {
                "npi": npi_, "service": draw.choice([service_id, service_id, service_id, "other"]),
                "outcome": draw.choice(sorted(OUTCOMES)), "source": draw.choice(SOURCES),
                "observed_on": day(draw.choice([0, 1, 1, 30, 89, 90, 91, 729, 731, 900])), "site_id": site,
                "scope": draw.choice(["", "site" if site else "clinician"]),
                "ages": draw.choice(["", "", "adult", "both", "paediatric"]),
                "asked_age": draw.choice(["", "child", "adult"]), "asked_payer": draw.choice(["", "Blue"]),
                "payers": draw.choice(["", "Blue;Green"]), "visit_weeks": draw.choice([None, 2.0]),
                "corrects": f"{draw.randint(1, number):064d}" if number and draw.random() < 0.15 else "",
                "recorded_at": f"2026-06-01T12:00:{draw.randint(0, 3):02d}+00:00",
            }
        )  # fmt: skip
    # The stage weighs answers as of the newest one.
    rows.append({**rows[0], "observed_on": TODAY.isoformat(), "outcome": "no_answer", "corrects": ""})
    return answers(*rows)


@pytest.mark.parametrize("count", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_live_is_restaged_for_any_log(itb, count):
    """The tables that the stage writes are those that every reader lays over the files of before."""
    public = files()
    before = build_registry(RegistryInputs(**public), service=itb, as_of=TODAY)
    tables = {"specialists_unasked": before.unasked_people, "sites_unasked": before.unasked_sites}
    store: Any = SimpleNamespace(read=lambda name, **_: tables[name].copy())
    draw = random.Random(count)
    grades: set[str] = set()
    for _ in range(count):
        log = random_log(draw, before.unasked_sites, itb.service_id)
        staged = build_registry(RegistryInputs(**public, verifications=log), service=itb, as_of=TODAY)
        standings = Standings.read(log, service=itb, as_of=TODAY)
        people, sites = live_registry(store, standings, service=itb, rate=prior_rate(itb))
        # Somebody whom no file names has no place here, and the reader says so.
        known = staged.specialists[staged.specialists["npi"] != npi(99)].reset_index(drop=True)
        pd.testing.assert_frame_equal(people[known.columns], known)
        shared = [name for name in staged.sites if name in sites]
        told = staged.sites.sort_values("site_id", ignore_index=True)
        pd.testing.assert_frame_equal(sites[shared], told[shared])
        grades |= set(people["grade"]) | set(sites["site_status"])
    assert {"verified", "contradicted", "moved", "doubted", "wrong_number", "listed"} <= grades


def test_the_order_in_which_a_log_is_read_changes_nothing(itb):
    draw = random.Random(3)
    sites = build_registry(RegistryInputs(**files()), service=itb, as_of=TODAY).unasked_sites
    for _ in range(50):
        log = random_log(draw, sites, itb.service_id).assign(corrects="")
        log["recorded_at"] = [f"2026-06-01T12:{number // 60:02d}:{number % 60:02d}+00:00" for number in range(len(log))]
        straight = Standings.read(log, service=itb, as_of=TODAY)
        shuffled = Standings.read(log.sample(frac=1, random_state=draw.randint(0, 99)), service=itb, as_of=TODAY)
        pd.testing.assert_frame_equal(straight.frame(), shuffled.frame())
