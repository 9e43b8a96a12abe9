"""Totals of CMS: drug spending in every layout, services by carrier in three, outpatient surgery."""

from __future__ import annotations

import gzip
from pathlib import Path

import pandas as pd
import pytest

from deserts.errors import InputError
from deserts.sources.publishers.drug_spending import read_drug_spending
from deserts.sources.publishers.outpatient import read_outpatient_geography, read_outpatient_hospitals
from deserts.sources.publishers.psps import PSPS, read_psps

SAMPLES = "evidence_samples"
NATIONAL = {
    (2011, "2015"): 10260, (2012, "2015"): 10858, (2013, "2015"): 10325, (2013, "2017"): 10299, (2014, "2015"): 10451,
    (2014, "2017"): 10412, (2015, "2015"): 10381, (2015, "2017"): 10361, (2016, "2017"): 10086, (2017, "2017"): 9801,
    (2019, "2023"): 9100, (2020, "2023"): 8459, (2021, "2023"): 8046, (2022, "2023"): 7523, (2023, "2023"): 7078,
}  # fmt: skip
"""J0475 patients by year and edition, as read by hand in the samples."""

EDITIONS = (
    "data.cms.gov/DSD_PTB/DSD_PTB_RY25_P06_V10_DYT23_HCPCS_slice.csv",
    "github.com/USAFacts/drugprice/Medicare_Part_B_Drug_Spending_YTD_2017.xlsx",
    "github.com/Data4Democracy/drug-spending/part_b_baclofen_rows_2011_2015.csv",
)


@pytest.mark.shared
def test_twelve_years_come_out_of_three_editions(shared: Path) -> None:
    frames = [read_drug_spending(shared / SAMPLES / name, codes=["J0475", "J0476"]).frame for name in EDITIONS]
    both = pd.concat(frames)
    drug = both[both["code"] == "J0475"]
    assert dict(zip(zip(drug["year"], drug["edition"], strict=True), drug["patients"], strict=True)) == NATIONAL
    assert 2018 not in set(drug["year"])
    assert drug.set_index(["year", "edition"]).loc[(2013, "2015"), "claims"] == 32_000  # written 32e3 in that copy
    trial = both[(both["code"] == "J0476") & (both["edition"] == "2023")]
    assert trial["patients"].tolist() == [79, 60, 44, 40, 27]


@pytest.mark.shared
def test_the_long_copy_of_an_edition_agrees_with_its_workbook(shared: Path) -> None:
    codes = ["J0475"]
    book = read_drug_spending(shared / SAMPLES / EDITIONS[1], codes=codes).frame
    rows = read_drug_spending(
        shared / SAMPLES / "github.com/USAFacts/drugprice/medicarepartb_baclofen_rows_2013_2017.csv", codes=codes
    ).frame
    assert book["patients"].tolist() == rows["patients"].tolist()
    assert book["dollars"].round(2).tolist() == rows["dollars"].round(2).tolist()


@pytest.mark.shared
def test_blank_patients_beside_claims_are_fewer_than_eleven(shared: Path) -> None:
    frame = read_drug_spending(shared / SAMPLES / EDITIONS[0]).frame
    small = frame[frame["suppressed"]]
    assert set(small["code"]) == {"J0598"}
    assert small["patients"].isna().all()
    assert (small["claims"] > 0).all()


def test_quarters_are_cumulative_and_never_added(tmp_path: Path) -> None:
    path = tmp_path / "quarterly.csv"
    path.write_text(
        "Brnd_Name,Gnrc_Name,HCPCS_Cd,HCPCS_Desc,Year,Tot_Benes,Tot_Clms,Tot_Spndng,Avg_Spnd_Per_Bene\n"
        "B*,B*,J0475,own words,2024 (Q1-Q2),4000,9000,400,1\n"
        "B*,B*,J0475,own words,2024 (Q1-Q4),6700,20000,1000,1\n"
        "B*,B*,J0475,own words,2025 (Q1-Q3),5000,12000,700,1\n"
    )
    parsed = read_drug_spending(path)
    rows = parsed.frame.set_index("year")
    assert rows["patients"].to_dict() == {2024: 6700, 2025: 5000}
    assert rows["partial"].to_dict() == {2024: False, 2025: True}
    assert rows.loc[2025, "period"] == "2025 (Q1-Q3)"
    assert len(parsed.rejected) == 0


def test_another_file_is_refused_by_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("HCPCS_Cd,Tot_Benes\nJ0475,10\n")
    with pytest.raises(InputError, match="not a file of Part B spending by drug"):
        read_drug_spending(path)


# --- services by carrier ----------------------------------------------------------------------------------------------

_ROWS = [
    # code, modifier, specialty, carrier, place, second modifier, services, denied, allowed, paid
    ("62370", "  ", "25", "14112", "11", "  ", 120, 20, 9000, 7000),
    ("62370", "AG", "25", "14112", "11", "  ", 30, 0, 2000, 1500),
    ("62370", "26", "25", "14112", "22", "  ", 5, 1, 100, 80),
    ("62370", "  ", "72", "09102", "22", "TC", 7, 0, 300, 200),
    ("62370", "  ", "09", "00590", "24", "  ", 11, 2, 400, 300),
    ("99213", "  ", "25", "14112", "11", "  ", 999, 9, 1, 1),
]


def _new_layout() -> bytes:
    """121 places, as published from August 2010 on."""
    lines = []
    for code, mod, spec, carrier, place, mod2, services, denied, allowed, paid in _ROWS:
        lines.append(
            f"{code}{mod}{spec}{carrier}001{place}{mod2}{services:14.1f}{0:13.2f}{allowed:13.2f}{denied:14.1f}"
            f"{0:13.2f}{services:14.1f}{paid:13.2f}   P6C"
        )
    assert {len(line) for line in lines} == {121}
    return "\n".join(lines).encode() + b"\n"


def _old_layout() -> bytes:
    """105 places, as published before."""
    lines = []
    for code, mod, spec, carrier, place, mod2, services, denied, allowed, paid in _ROWS:
        lines.append(
            f"{code}{mod}{spec}{carrier}001{place}{mod2}05{services:9d}{services:9d}U{0:10.2f}{allowed:10.2f}{denied:8d}"
            f"{0:8d}{services:9d}{paid:10.2f}  P6C   "
        )
    assert {len(line) for line in lines} == {105}
    return "\n".join(lines).encode() + b"\n"


def _csv() -> bytes:
    names = [field.aliases[0] for field in PSPS.fields]
    order = ["code", "modifier", "modifier2", "specialty", "carrier", "place", "services", "denied_services",
             "allowed_usd", "paid_usd"]  # fmt: skip
    assert [field.name for field in PSPS.fields] == order
    lines = [",".join(names)]
    for code, mod, spec, carrier, place, mod2, services, denied, allowed, paid in _ROWS:
        # A spreadsheet has taken the zeros of carrier, specialty and place.
        cells = [code, mod.strip(), mod2.strip(), spec.lstrip("0"), carrier.lstrip("0"), place, services, denied,
                 allowed, paid]  # fmt: skip
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines).encode()


@pytest.mark.parametrize("body", [_new_layout(), _old_layout(), _csv()], ids=["121", "105", "csv"])
@pytest.mark.parametrize("packed", [False, True])
def test_three_layouts_of_services_by_carrier_say_the_same(body: bytes, *, packed: bool, tmp_path: Path) -> None:
    path = tmp_path / "psps_2016.dat"
    path.write_bytes(gzip.compress(body) if packed else body)
    frame = read_psps(path, codes=["62370"]).frame
    assert set(frame["code"]) == {"62370"}
    assert frame["year"].unique().tolist() == [2016]
    office = frame[(frame["part"] == "") & (frame["place"] == "11")]
    assert office[["state", "specialty", "services", "denied_services", "allowed_services"]].to_numpy().tolist() == [
        ["ME", "25", 150.0, 20.0, 130.0]
    ]
    apart = frame[frame["part"] != ""].set_index("part")["services"].to_dict()
    assert apart == {"26": 5.0, "TC": 7.0}
    unknown = frame[frame["carrier"] == "00590"]
    assert unknown["state"].tolist() == [""]
    assert unknown["place_of_service"].tolist() == ["F"]


def test_lines_of_another_width_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "psps_2015.txt"
    path.write_bytes(_new_layout() + b"62370 too short\n")
    parsed = read_psps(path, codes=["62370"])
    assert parsed.rejected["line"].tolist() == [len(_ROWS) + 1]


@pytest.mark.shared
def test_published_headers_of_services_and_outpatient_are_known(shared: Path, tmp_path: Path) -> None:
    folder = shared / SAMPLES / "data.cms.gov"
    for name, read in (
        ("PSPS/PSPS_header_only.csv", read_psps),
        ("MUP_OUT/MUP_OUT_Geo_header_only.csv", read_outpatient_geography),
        ("MUP_OUT/MUP_OUT_Prov_Svc_header_only.csv", read_outpatient_hospitals),
    ):
        assert read(folder / name, year=2023).frame.empty  # type: ignore[operator]


# --- outpatient surgery -----------------------------------------------------------------------------------------------


def test_outpatient_surgery_keeps_small_counts_as_blank(tmp_path: Path) -> None:
    hospitals = tmp_path / "MUP_OUT_2023_Prov_Svc.csv"
    hospitals.write_text(
        "RNDRNG_PRVDR_CCN,Rndrng_Prvdr_Org_Name,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Zip5,APC_Cd,Bene_Cnt,CAPC_Srvcs\n"
        "10001,A,AL,36301,5471,14,15\n20001,B,AK,99508,5471,,4\n"
    )
    frame = read_outpatient_hospitals(hospitals, apcs=["5471"]).frame
    assert frame["ccn"].tolist() == ["010001", "020001"]
    assert frame["suppressed"].tolist() == [False, True]
    geography = tmp_path / "MUP_OUT_2023_Geo.csv"
    geography.write_text(
        "Rndrng_Prvdr_Geo_Lvl,Rndrng_Prvdr_Geo_Cd,Rndrng_Prvdr_Geo_Desc,Srvc_Lvl,APC_Cd,HCPCS_Cd,Bene_Cnt,CAPC_Srvcs\n"
        "National,,National,APC,5471,,900,950\nNational,,National,HCPCS,5471,62362,700,720\n"
        "State,1,Alabama,HCPCS,5471,62362,,8\n"
    )
    rows = read_outpatient_geography(geography).frame
    assert rows[["area", "code", "services"]].to_numpy().tolist() == [["US", "62362", 720.0], ["AL", "62362", 8.0]]
    assert rows["suppressed"].tolist() == [False, True]
