"""Emergency hospitals, drug stock, and refills at home."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.patients.refill.home_refill import (
    Chance,
    PayerKind,
    check_home_refill,
    read_home_companies,
    read_payer_kind,
)
from deserts.patients.search.drug_stock import find_stock, parse_within, read_stock
from deserts.patients.search.emergency import find_emergency
from deserts.patients.search.nearest import nearest_by_road
from tests.patients.world import HERE, KM_PER_DEGREE, TODAY, person, world

PER_DEGREE_EAST = KM_PER_DEGREE * np.cos(np.radians(HERE.lat))


def hospital(ccn: str, km: float, kind: str = "Acute Care Hospitals", *, emergency: bool = True):
    return {
        "ccn": ccn, "name": f"Hospital {ccn}", "type": kind, "emergency": emergency, "address": "1 Way",
        "city": "Testville", "state": "ME", "zip": "04999", "phone": "2075550000",
        "lon": HERE.lon + km / PER_DEGREE_EAST, "lat": HERE.lat, "precision": "zip",
    }  # fmt: skip


HOSPITALS = pd.DataFrame(
    [
        hospital("200001", 5, "Psychiatric"),
        hospital("200002", 6, "Long-term"),
        hospital("200003", 7, "Childrens"),
        hospital("200004", 8, emergency=False),
        hospital("20001F", 9, "Acute Care - Veterans Administration"),
        hospital("200006", 20, "Critical Access Hospitals"),
        hospital("200007", 30),
        hospital("200008", 60),
        hospital("200009", 10, "Acute Care - Department of Defense"),
    ]
)
PEOPLE = (
    person(1, hospital=("200008",)),
    person(2, hospital=("200006",), grade="specialty_only"),
    person(3, hospital=("200007",), grade="contradicted"),
)
pytestmark = pytest.mark.usefixtures("flat_roads")


def test_nearest_emergency_hospitals_without_psychiatric_and_long_term():
    answer = find_emergency(HERE, world(*PEOPLE), HOSPITALS, today=TODAY, k=3)
    assert [h.ccn for h in answer.nearest] == ["20001F", "200009", "200006"]
    assert "Veterans" in answer.nearest[0].marks[0]
    assert "military" in answer.nearest[1].marks[0]
    assert answer.nearest[0].drive_min == pytest.approx(9, abs=0.01)
    assert answer.nearest_pump_capable.ccn == "200008"
    assert answer.nearest_pump_capable.pump_clinicians == 1
    assert any("51 minutes farther" in note for note in answer.notes)
    assert answer.headline.startswith("EMERGENCY DEPARTMENT NOW")


def test_a_childrens_hospital_is_for_a_child_alone():
    answer = find_emergency(HERE, world(*PEOPLE), HOSPITALS, today=TODAY, pediatric=True, k=1)
    assert answer.nearest[0].ccn == "200003"
    assert answer.nearest[0].marks == ("children's hospital",)


def test_no_pump_hospital_is_said_and_no_hospital_too():
    answer = find_emergency(HERE, world(person(9)), HOSPITALS.iloc[:2], today=TODAY)
    assert answer.nearest == ()
    assert answer.nearest_pump_capable is None
    assert "Call 911" in answer.notes[0]


def test_nearest_by_road_stops_early_and_is_exact():
    rng = np.random.default_rng(5)
    lon = HERE.lon + rng.uniform(-3, 3, 400)
    lat = HERE.lat + rng.uniform(-2, 2, 400)
    lon[::50] = np.nan
    near = nearest_by_road(HERE, world(person(1)), lon, lat, k=7)
    every = nearest_by_road(HERE, world(person(1)), lon, lat, k=400)
    assert near.row.tolist() == every.row[:7].tolist()
    assert not np.isnan(lon[near.row]).any()
    assert (np.diff(near.drive_min) >= 0).all()


@pytest.fixture
def stock_file(tmp_path):
    path = tmp_path / "drug_stock.csv"
    path.write_text(
        "holder,zip,lon,lat,strength_mcg_ml,amount,contact,phone,seen_on,expires_on\n"
        f"Near,,{HERE.lon + 20 / PER_DEGREE_EAST},{HERE.lat},2000,4,Pharmacy,1,{TODAY.isoformat()},2027-01-01\n"
        f"Far,,{HERE.lon + 100 / PER_DEGREE_EAST},{HERE.lat},2000,2,,2,2026-01-01,\n"
        f"Too far,,{HERE.lon + 200 / PER_DEGREE_EAST},{HERE.lat},2000,2,,2,,\n"
        f"Expired,,{HERE.lon},{HERE.lat},2000,2,,2,,2026-11-01\n"
        f"Weak,,{HERE.lon},{HERE.lat},500,2,,2,,\n"
        "By ZIP,04999,,,2000,1,,3,,\n"
        "Nowhere,99999,,,2000,1,,3,,\n",
        encoding="utf-8",
    )
    return path


def find(stock, within="100mi", **more):
    return find_stock(
        HERE, world(*PEOPLE), stock, strength_mcg_ml=2000, within=parse_within(within), today=TODAY, **more
    )


def test_holders_by_distance_with_what_is_left_when_they_run_out(stock_file):
    answer = find(read_stock(stock_file))
    assert [h.name for h in answer.holders] == ["By ZIP", "Near", "Far"]
    assert [h.if_gone_too for h in answer.holders] == ["Near", "Far", ""]
    assert [h.plus_minus_min for h in answer.holders] == [20, 0, 0]
    assert [h.name for h in answer.other_strengths] == ["Weak"]
    assert answer.holders[1].seen == f"in stock on {TODAY.isoformat()}"
    assert answer.holders[2].seen == "was in stock on 2026-01-01: call again"
    assert answer.call_order == ()
    assert "1 rows of your table have expired" in answer.notes[0]
    assert "1 rows of your table have no place" in answer.notes[1]
    assert [h.name for h in find(read_stock(stock_file), "25km").holders] == ["By ZIP", "Near"]
    assert [h.name for h in find(read_stock(stock_file), "19min").holders] == ["By ZIP"]


def test_without_a_table_it_is_a_call_order_headed_stock_unknown_never_none(tmp_path):
    assert read_stock(tmp_path / "drug_stock.csv") is None
    near = find_emergency(HERE, world(*PEOPLE), HOSPITALS, today=TODAY, k=9)
    answer = find(None, hospitals=near.nearest)
    assert answer.heading.startswith("STOCK UNKNOWN")
    assert "none" not in answer.heading.lower()
    assert answer.call_order[0].name == "Hospital 200008"
    assert len(answer.call_order) == len(near.nearest)


def test_the_patients_place_stays_out_of_every_repr(stock_file):
    answers = find(read_stock(stock_file)), find_emergency(HERE, world(*PEOPLE), HOSPITALS, today=TODAY)
    assert all(answer.place == HERE.label for answer in answers)
    assert not any(HERE.label in repr(answer) for answer in answers)


@pytest.mark.parametrize("unit", ["min", "km"])
def test_those_beyond_the_distance_are_asked_last_and_say_so(unit):
    hospitals = find_emergency(HERE, world(*PEOPLE), HOSPITALS, today=TODAY, k=9).nearest
    far = {h.name: h.drive_min if unit == "min" else h.dist_mi * 1.609344 for h in hospitals}
    limit = sorted(far.values())[len(far) // 2] + 0.001
    asked = find(None, f"{limit}{unit}", hospitals=hospitals).call_order
    said = ["farther than" in call.why for call in asked]
    assert said == [far[call.name] > limit for call in asked]
    assert said == sorted(said)
    assert 0 < sum(said) < len(said)


def test_who_holds_none_of_a_strength_is_nobody(stock_file):
    stock = read_stock(stock_file)
    alone = find(stock[stock["strength_mcg_ml"] == 2000])
    assert (len(alone.holders), alone.other_strengths) == (3, ())
    other = find(stock.assign(strength_mcg_ml=500.0))
    assert (other.holders, len(other.other_strengths)) == ((), 4)


def test_a_table_with_nobody_near_is_unknown_too(stock_file):
    stock = read_stock(stock_file).iloc[2:3]
    answer = find(stock, "10mi")
    assert answer.heading.startswith("STOCK UNKNOWN: your table lists nobody")


@pytest.mark.parametrize("text", ["100", "mi", "-5mi", "0km", "5 furlongs", ""])
def test_bad_distances(text):
    with pytest.raises(InputError):
        parse_within(text)


def test_distances():
    assert parse_within("100mi").km == pytest.approx(160.934, abs=0.001)
    assert parse_within(" 90 min ").minutes == 90


@pytest.mark.parametrize(
    "content",
    [
        "holder,zip\nA,04999\n",
        "holder,strength_mcg_ml\nA,2000\n",
        "holder,zip,strength_mcg_ml\nA,04999,two\n",
        "holder,zip,strength_mcg_ml,expires_on\nA,04999,2000,1/32/2026\n",
    ],
)
def test_bad_stock_files_name_file_and_fault(tmp_path, content):
    path = tmp_path / "drug_stock.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=r"drug_stock\.csv"):
        read_stock(path)


def home(payer=PayerKind.COMMERCIAL, *, stable=True, companies=None, zip_code="04999"):
    return check_home_refill(
        payer=payer, dose_is_stable=stable, zip_code=zip_code, county_fips="23019", state="ME", companies=companies
    )


@pytest.fixture
def companies(tmp_path):
    path = tmp_path / "home_infusion.csv"
    path.write_text(
        "company,zip,county_fips,state,phone\nA,04999,,,1\nB,,23019,,2\nC,,,ME,3\nD,04998,,ME,4\nE,,23001,ME,5\n",
        encoding="utf-8",
    )
    return read_home_companies(path)


def test_home_refill_possible_only_when_all_three_hold(companies):
    answer = home(companies=companies)
    assert answer.chance is Chance.POSSIBLE
    assert [c.name for c in answer.companies] == ["A", "B", "C"]
    assert home(PayerKind.MEDICARE, companies=companies).chance is Chance.UNLIKELY
    assert home(PayerKind.MEDICAID, companies=companies).chance is Chance.UNKNOWN
    assert home(stable=False, companies=companies).chance is Chance.UNLIKELY
    assert home(stable=None, companies=companies).chance is Chance.UNKNOWN
    assert home().chance is Chance.UNKNOWN
    assert home().companies == ()
    assert "no table" in home().reasons[2]
    assert all(len(one.reasons) == 3 for one in (answer, home()))


def test_a_kind_of_payer_is_known_in_any_case_and_another_word_is_refused():
    assert read_payer_kind("Medicaid", where="--payer") is PayerKind.MEDICAID
    with pytest.raises(InputError, match="kind of payer"):
        read_payer_kind("uncle", where="--payer")


def test_home_companies_without_an_area_are_refused(tmp_path):
    path = tmp_path / "home_infusion.csv"
    path.write_text("company,zip\nA,\n", encoding="utf-8")
    with pytest.raises(InputError, match="row 2 names no area"):
        read_home_companies(path)
    assert read_home_companies(tmp_path / "other.csv") is None
