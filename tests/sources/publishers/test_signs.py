"""Payments of makers and decisions of reviewers: every layout, and rows that cannot be used."""

from __future__ import annotations

import csv
from pathlib import Path

import openpyxl
import pytest

from deserts.errors import InputError, MissingDataError
from deserts.example.lead_files import appeals_ca, appeals_ny
from deserts.sources.publishers.appeals import read_appeals
from deserts.sources.publishers.open_payments import read_open_payments

_SLOT = "Name_of_Drug_or_Biological_or_Device_or_Medical_Supply_"
_HEAD = (
    "Covered_Recipient_Type,Teaching_Hospital_CCN,Teaching_Hospital_Name,Covered_Recipient_NPI,"
    "Covered_Recipient_First_Name,Covered_Recipient_Last_Name,Recipient_City,Recipient_State,Recipient_Zip_Code,"
    "Covered_Recipient_Specialty_1,Applicable_Manufacturer_or_Applicable_GPO_Making_Payment_Name,"
    "Total_Amount_of_Payment_USDollars,Date_of_Payment,Nature_of_Payment_or_Transfer_of_Value,"
    "Dispute_Status_for_Publication," + ",".join(f"{_SLOT}{slot}" for slot in range(1, 6))
)


def _payments(folder: Path, *rows: str) -> Path:
    path = folder / "OP_DTL_GNRL_PGYR2024.csv"
    path.write_text("\n".join([_HEAD, *rows]) + "\n", encoding="utf-8")
    return path


def test_a_pump_is_found_in_each_of_the_five_slots_and_in_any_case(tmp_path: Path) -> None:
    rows = [
        f"Physician,,,1003000126,A,B,Bangor,ME,044011234,PM&R,Maker,18.40,03/14/2024,Food,No{',' * slot}synchromed ii"
        + "," * (5 - slot)
        for slot in range(1, 6)
    ]
    read = read_open_payments(_payments(tmp_path, *rows), products=("SYNCHROMED",))
    assert len(read.frame) == 5
    assert set(read.frame["products"]) == {"synchromed ii"}
    assert set(read.frame["paid_on"]) == {"2024-03-14"}
    assert set(read.frame["zip"]) == {"04401"}
    assert read.notes[-1] == "names of products that fitted: synchromed ii"


def test_other_products_are_not_kept_and_faulty_rows_are_listed(tmp_path: Path) -> None:
    read = read_open_payments(
        _payments(
            tmp_path,
            "Physician,,,1003000126,A,B,Bangor,ME,04401,X,Maker,12.00,03/14/2024,Food,No,A pill,,,,",
            "Teaching Hospital,200033,Eastern,,,,Bangor,me,04401,,Maker,900,05/02/2024,Grant,Yes,Gablofen,,,,",
            "Physician,,,1003000127,A,B,Bangor,ME,04401,X,Maker,12.00,03/14/2024,Food,No,Gablofen,,,,",
            "Physician,,,1003000126,A,B,Bangor,ME,04401,X,Maker,12.00,31/31/2024,Food,No,Gablofen,,,,",
            "Physician,,,1003000126,A,B,Bangor,ME,04401,X,Maker,many,03/14/2024,Food,No,Gablofen,,,,",
        ),
        products=("GABLOFEN",),
    )
    (row,) = read.frame.to_dict("records")
    assert (row["npi"], row["ccn"], row["name"], row["state"]) == ("", "200033", "Eastern", "ME")
    assert row["disputed"] is True
    assert sorted(read.rejected["reason"]) == [
        "amount_usd is not a number",
        "neither a valid NPI nor a teaching hospital's number",
        "the day of payment is not valid",
    ]


def test_both_jurisdictions_read_alike(tmp_path: Path) -> None:
    north, west = tmp_path / "ny.csv", tmp_path / "ca.csv"
    north.write_bytes(appeals_ny())
    west.write_bytes(appeals_ca())
    york, california = read_appeals(north, "NY").frame, read_appeals(west, "CA").frame
    assert york["decision"].tolist() == ["overturned", "upheld", "overturned_in_part"]
    assert york["treatment"].tolist()[0] == "Durable Medical Equipment; Surgical Services"
    assert california["decision"].tolist() == ["overturned"]
    assert "patient’s" in california["summary"].iloc[0]
    assert set(california["plan"]) == {""}
    assert list(york.columns) == list(california.columns)


def test_a_workbook_reads_as_the_csv_does(tmp_path: Path) -> None:
    path, book = tmp_path / "ny.csv", openpyxl.Workbook()
    path.write_bytes(appeals_ny())
    sheet = book.active
    for row in csv.reader(path.read_text(encoding="utf-8").splitlines()):
        sheet.append(row)
    book.save(tmp_path / "ny.xlsx")
    assert read_appeals(tmp_path / "ny.xlsx", "NY").frame.equals(read_appeals(path, "NY").frame)


def test_decisions_of_elsewhere_and_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ny.csv"
    path.write_bytes(appeals_ny())
    with pytest.raises(InputError, match="decisions of TX are not read"):
        read_appeals(path, "TX")
    with pytest.raises(InputError, match="Determination"):
        read_appeals(path, "CA")
    with pytest.raises(MissingDataError):
        read_appeals(tmp_path / "none.csv", "NY")


def test_headers_of_the_publishers_are_known(shared: Path) -> None:
    samples = shared / "evidence_samples"
    for pattern, state in (("dfs.ny.gov/*.csv", "NY"), ("data.chhs.ca.gov/*.csv", "CA")):
        (path,) = sorted(samples.glob(pattern))
        assert read_appeals(path, state).frame.empty
