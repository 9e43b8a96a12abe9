"""What holds for every registry, and the real files."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deserts.sources.publishers.claims import read_claims
from deserts.sources.publishers.directory import read_directory
from deserts.sources.publishers.nppes import read_nppes
from deserts.specialists import Registry
from deserts.tables import validate
from tests.specialists.builders import answers, claims, directory, npi, nppes, registry

FRAMES = ("evidence", "specialists", "sites", "years")


def messy() -> dict[str, pd.DataFrame]:
    codes = ["62370", "J0475", "62368", "62362", "64643", "62369"]
    billed = [
        {"npi": npi(i % 17), "code": codes[i % 6], "year": 2022 + i % 3, "beneficiaries": 11.0 + i,
         "street1": f"{i % 5} MAIN ST", "specialty": ["Neurology", "Pain Management"][i % 2],
         "entity": "O" if i % 17 == 3 else "I", "place_of_service": "FO"[i % 2], "last_org_name": f"NAME{i % 19}"}
        for i in range(120)
    ]  # fmt: skip
    listed = [
        {"npi": npi(i % 23), "address": f"{i % 7} Main Street", "group_id": ["", "G1", "G2"][i % 3], "zip": "68198",
         "last_name": f"NAME{i % 29}", "telehealth": i % 4 == 0, "phone": f"402555010{i % 10}"}
        for i in range(60)
    ]  # fmt: skip
    said = [
        {"npi": npi(i % 9), "outcome": ["accepting", "full", "no_pumps", "moved"][i % 4],
         "observed_on": f"2026-05-{1 + i % 9:02d}", "recorded_at": f"2026-05-20T00:00:{i:02d}"}
        for i in range(30)
    ]  # fmt: skip
    register = [{"npi": npi(i), "taxonomies": ["2081P0010X", "208VP0000X"][i % 2]} for i in range(12)]
    return {"claims": claims(*billed), "directory": directory(*listed), "verifications": answers(*said),
            "nppes": nppes(*register)}  # fmt: skip


def assert_same(one: Registry, two: Registry) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(two, name))
    assert one.flow == two.flow


@pytest.fixture(scope="module")
def plain() -> Registry:
    return registry(**messy())


def test_the_order_of_rows_changes_nothing(plain):
    shuffled = {name: frame.sample(frac=1, random_state=3) for name, frame in messy().items()}
    copies = {name: frame.copy(deep=True) for name, frame in shuffled.items()}
    assert_same(plain, registry(**shuffled))
    for name, frame in shuffled.items():
        pd.testing.assert_frame_equal(frame, copies[name], obj=f"the input {name}, which is left as it was")


def test_rows_that_stand_twice_change_nothing(plain):
    twice = {name: pd.concat([frame, frame]) for name, frame in messy().items()}
    two = registry(**twice)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(plain, name), getattr(two, name))


SEEDED = """
from tests.specialists.builders import registry
from tests.specialists.test_registry import digest, messy
print(digest(registry(**messy())))
"""


def digest(found: Registry) -> str:
    return hashlib.sha256("".join(getattr(found, name).to_json() for name in FRAMES).encode()).hexdigest()


def test_the_hash_seed_changes_nothing(plain):
    done = subprocess.run(
        [sys.executable, "-c", SEEDED], cwd=Path(__file__).resolve().parents[2], check=True, capture_output=True,
        env={**os.environ, "PYTHONHASHSEED": "77" if os.environ.get("PYTHONHASHSEED") != "77" else "78"}, text=True,
    )  # fmt: skip
    assert done.stdout.strip() == digest(plain)


def test_the_larger_count_of_a_repeated_key_stands_whatever_the_order():
    rows = [{"beneficiaries": 12.0, "services": 30.0}, {"beneficiaries": 20.0, "services": 25.0}]
    for order in (rows, rows[::-1]):
        bills = registry(claims=claims(*order)).evidence.query("kind == 'refill'")
        assert bills[["beneficiaries", "services"]].to_numpy().tolist() == [[20.0, 25.0]]


def test_rows_without_an_identifier_are_listed():
    found = registry(claims=claims({"npi": "12345"}, {}, {"npi": None}, {"npi": "12345678901"}))
    assert len(found.specialists) == 1
    assert sorted(found.rejected["npi"]) == ["", "12345", "12345678901"]
    assert set(found.rejected["row"]) == {"0", "2", "3"}
    assert set(found.rejected["reason"]) == {"the NPI is not ten digits"}


HOSTILE = [
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "a\r\nb\u2028c",
    "x" * 10_000,
    "\u202edlrow",
    "'; DROP TABLE x;--",
]


def test_hostile_text_stays_inert():
    rows = [
        {"npi": npi(i), "last_org_name": text, "street1": text, "city": text, "credentials": text}
        for i, text in enumerate(HOSTILE)
    ]
    listed = [
        {"npi": npi(i), "last_name": text, "address": text, "group_name": text, "group_id": text}
        for i, text in enumerate(HOSTILE)
    ]
    log = answers({"npi": npi(0), "note": HOSTILE[0]})
    found = registry(claims=claims(*rows), directory=directory(*listed), verifications=log)
    for frame in (found.evidence, found.specialists, found.sites):
        text = frame.select_dtypes(include=["object", "string", "str"])
        assert not text.apply(lambda column: column.str.contains(r"[\x00-\x1f\u2028\u202e]", regex=True)).any(axis=None)
        assert text.apply(lambda column: column.str.len().max()).max() <= 450
    assert HOSTILE[0].lower() in found.specialists["name"].str.lower().iloc[0], "kept as text, for outputs to escape"


def test_identity_prefers_the_directory_and_two_numbers_are_two_persons():
    found = registry(
        claims=claims({"last_org_name": "OLDNAME"}, {"npi": npi(1)}),
        directory=directory({"last_name": "NEWNAME", "credentials": ""}, {"npi": npi(1), "last_name": "NEWNAME"}),
    ).specialists
    assert found["name"].tolist() == ["Jane Newname"] * 2
    assert found["credentials"].tolist() == ["MD", "MD"], "a blank field is filled by the next source"


# --- real files -----------------------------------------------------------------------------------------------------


def claims_of(shared: Path, *names: str, year: int | None = None) -> pd.DataFrame:
    return pd.concat([read_claims(shared / "claims" / name, year=year).frame for name in names], ignore_index=True)


def assert_valid(found: Registry) -> None:
    for name, table in zip(FRAMES, ("evidence", "specialists", "sites", "registry_years"), strict=True):
        validate(table, getattr(found, name))


@pytest.mark.shared
def test_the_six_real_pump_rows(shared):
    rows = claims_of(shared, "pump_rows_cy2012.csv", "pump_rows_display_names.csv", year=2012)
    found = registry(claims=rows, as_of=dt.date(2014, 6, 1))
    assert_valid(found)
    people = found.specialists
    graded = people[people["grade_rank"] <= 3]
    assert len(graded) == 5
    assert (graded["specialty"] == "PHYSICIAN ASSISTANT").sum() == 2
    assert graded["grade"].tolist() == ["refills_pumps"] * 5
    assert sorted(graded["drug"]) == ["pain_likely"] + ["unknown"] * 4
    apart = people[people["grade_rank"] > 3]
    assert apart["off_ladder"].tolist() == ["spasticity"]
    assert apart["grade"].tolist() == ["specialty_only"]
    assert "64643" in apart["grade_reason"].iloc[0]
    assert found.sites["zip"].str.fullmatch(r"\d{5}").all(), "lost zeros were put back"


@pytest.mark.shared
def test_the_maine_slice_gives_upper_bounds_only(shared):
    found = registry(directory=read_directory(shared / "directory" / "dac_maine_slice.csv").frame)
    assert_valid(found)
    assert found.specialists["grade"].unique().tolist() == ["specialty_only"]
    assert found.specialists["specialty"].value_counts().to_dict() == {
        "NEUROLOGY": 34, "PHYSICAL MEDICINE AND REHABILITATION": 16, "NEUROSURGERY": 5, "PAIN MANAGEMENT": 3,
        "INTERVENTIONAL PAIN MANAGEMENT": 1,
    }  # fmt: skip
    assert found.specialists["p_active"].isna().all()


@pytest.mark.shared
def test_persons_and_doors_of_the_386_real_rows(shared, mohs):
    frame = read_directory(shared / "directory" / "dac_386_rows_full_columns.csv").frame
    everyone = frame.assign(specialty="DERMATOLOGY")
    found = registry(directory=everyone, service=mohs)
    assert len(frame) == 386
    assert len(found.specialists) == 371 == frame["npi"].nunique()
    # 15 rows are second addresses; two of them name a door that the person already has.
    assert len(found.sites) == 384
    assert found.sites.groupby("npi").size().value_counts().to_dict() == {1: 360, 2: 9, 3: 2}


@pytest.mark.shared
def test_real_registry_rows(shared):
    frame = read_nppes(shared / "directory" / "npidata_pfile_first1000.csv").frame
    found = registry(nppes=frame)
    assert_valid(found)
    assert len(found.specialists) == 27
    assert (found.specialists["entity"] == "I").all()


@pytest.fixture(scope="module")
def mohs_years(shared, mohs) -> Registry:
    names = [f"by_provider_and_service_{year}_mohs.csv.gz" for year in (2019, 2020, 2021)]
    return registry(claims=claims_of(shared, *names), service=mohs, as_of=dt.date(2023, 6, 1))


@pytest.mark.shared
def test_three_real_years_of_a_whole_country(mohs_years):
    assert_valid(mohs_years)
    people = mohs_years.specialists
    assert people["grade"].value_counts().to_dict() == {"bills_service": 2826, "specialty_only": 174}
    assert mohs_years.years.groupby("year")["npi"].nunique().to_dict() == {2019: 2656, 2020: 2715, 2021: 2826}
    assert (people["drug"] == "not_applicable").all()
    organisations = people[people["entity"] == "O"]
    assert organisations["supplies"].sum() == 6, "the others stand where individuals bill"
    assert mohs_years.sites.groupby("npi")["share"].sum().to_numpy() == pytest.approx(np.ones(len(people)))


def test_without_any_list_nobody_is_listed(plain):
    """A registry of bills alone has the columns that lists would give, and no others."""
    alone = registry(claims=messy()["claims"])
    assert alone.evidence.columns.tolist() == plain.evidence.columns.tolist()
    assert not alone.evidence["source"].isin(["directory", "nppes"]).any()
