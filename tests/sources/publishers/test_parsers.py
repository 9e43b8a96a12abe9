"""Parsers on small files that were written for one trap each."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import zipfile
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deserts.errors import InputError, MissingDataError
from deserts.sources.publishers.affiliations import read_affiliations
from deserts.sources.publishers.centres import read_centres
from deserts.sources.publishers.claims import read_claims
from deserts.sources.publishers.claims_totals import read_geography, read_providers, suppression
from deserts.sources.publishers.counties import read_county_polygons
from deserts.sources.publishers.directory import read_directory
from deserts.sources.publishers.districts import read_districts
from deserts.sources.publishers.gazetteer import read_zcta, read_zcta_county
from deserts.sources.publishers.geonames import read_postal_codes
from deserts.sources.publishers.hospitals import read_rehab_hospitals
from deserts.sources.publishers.medicaid import read_medicaid
from deserts.sources.publishers.nppes import read_deactivated, read_locations, read_nppes
from deserts.sources.publishers.penetration import read_penetration
from deserts.sources.publishers.population import read_county_population
from deserts.sources.publishers.ruca import read_ruca
from deserts.sources.readers import repair
from deserts.sources.readers.npi import npi_is_valid, npis_are_valid
from deserts.sources.readers.years import year_of_name
from tests.replay.world import make_npi

NPI, OTHER = make_npi(123456789), make_npi(199999999)

_CLAIMS_HEAD = (
    "Rndrng_NPI,Rndrng_Prvdr_Last_Org_Name,Rndrng_Prvdr_First_Name,Rndrng_Prvdr_Ent_Cd,Rndrng_Prvdr_State_Abrvtn,"
    "Rndrng_Prvdr_Zip5,HCPCS_Cd,Place_Of_Srvc,Tot_Benes,Tot_Srvcs,Avg_Mdcr_Alowd_Amt\n"
)


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


# --- repair and check digit -------------------------------------------------------------------------------------------


def test_npi_check_digit() -> None:
    assert npi_is_valid("1234567893")
    assert not npi_is_valid("1234567894")
    # One wrong digit must always be noticed: that is what the check is for.
    for place in range(1, 10):
        for digit in "0123456789":
            changed = "1234567893"[:place] + digit + "1234567893"[place + 1 :]
            assert npi_is_valid(changed) == (changed == "1234567893")
    assert not npis_are_valid(
        pd.Series(["", "123", "12345678930", "abcdefghij", "3234567893", "١٢٣٤٥٦٧٨٩٣", None])
    ).any()
    assert npis_are_valid(pd.Series([], dtype="str")).empty


@pytest.mark.parametrize(
    ("found", "zip5"),
    [
        ("04401", "04401"), ("4401", "04401"), ("04401-1234", "04401"), ("044011234", "04401"), ("44011234", "04401"),
        ("44011234.0", "04401"), ("501", "00501"), ("5011234", "00501"), (" '04401' ", "04401"), ("4401.0", "04401"),
        ("", ""), ("0", ""), ("00000", ""), ("12", ""), ("123456", ""), ("1234567890", ""), ("K1A 0B1", ""),
        ("４４０１", ""),
    ],
)  # fmt: skip
def test_zip_repair(found: str, zip5: str) -> None:
    assert repair.zip5(pd.Series([found])).iloc[0] == zip5


def test_other_repairs() -> None:
    def of(function: object, *values: str, **more: object) -> list[object]:
        return list(function(pd.Series(list(values)), **more))  # type: ignore[operator]

    assert of(repair.ccn, "10001", "010001", "01T001", "abc", "1234567") == ["010001", "010001", "01T001", "", ""]
    assert [*repair.fips(pd.Series(["1001", "09001", "901", "1001.0"]), 5)] == ["01001", "09001", "", "01001"]
    assert of(repair.phone, "(207) 555-0100", "2075550100.0", "1-207-555-0100", "555") == ["207-555-0100"] * 3 + [""]
    assert of(repair.day, "03/04/2021", "3/4/2021", "2021-03-04T05:00", "2021-13-01", "x") == ["2021-03-04"] * 3 + [
        "",
        "",
    ]
    values, damaged = repair.number(pd.Series(["1,234.5", "", "*", "-666666666", "12a", "1e3", "$5", "inf", "nan"]))
    np.testing.assert_array_equal(values, [1234.5, np.nan, np.nan, np.nan, np.nan, 1000, 5, np.nan, np.nan])
    assert list(damaged) == [False, False, False, False, True, False, False, True, True]


# --- the reader under all delimited files -----------------------------------------------------------------------------


def test_damaged_rows_are_listed_with_their_lines(tmp_path: Path) -> None:
    body = (
        f"{NPI},Doe,Jane,I,ME,4401,62370,O,23,88,120.5\n"  # line 2
        f"{NPI},Doe,Jane\n"  # 3: too few fields
        "\n"  # 4: empty
        f"{NPI},Doe,Jane,I,ME,04401,62369,O,abc,88,120\n"  # 5: no number
        f"1234567890,Doe,Jane,I,ME,04401,62369,O,20,88,120\n"  # 6: check digit
        f"{NPI},Doe,Jane,I,ME,04401,62369,X,20,88,120\n"  # 7: place
        f"0000000001,CPT copyright,,,,,,,,,\n"  # 8
        f"{OTHER},Clinic,,O,ME,04401,j0475,F,20,88,120\n"  # 9
    )
    parsed = read_claims(write(tmp_path, "claims_2023.csv", _CLAIMS_HEAD + body))
    assert list(parsed.frame["npi"]) == [NPI, OTHER]
    assert list(parsed.frame["zip"]) == ["04401", "04401"]
    assert list(parsed.frame["code"]) == ["62370", "J0475"]
    assert list(parsed.frame["entity"]) == ["I", "O"]
    assert list(parsed.rejected["line"]) == [3, 4, 5, 6, 7, 8]
    assert "3 fields" in parsed.rejected["reason"].iloc[0]
    assert parsed.rejected["reason"].iloc[1] == "a blank row"
    assert parsed.rejected["reason"].iloc[3] == "the NPI is not valid"
    assert "copyright" in parsed.rejected["reason"].iloc[5]
    assert parsed.rows_in == 8
    assert parsed.notes == ("zip: lost zeros put back in 1 rows",)


def test_lines_stay_right_over_many_blocks_and_after_a_filter(tmp_path: Path) -> None:
    good = f"{NPI},Doe,Jane,I,ME,04401,99213,O,23,88,120.5\n"
    lines = [good] * 200_000
    lines[150_000] = "broken\n"
    lines[190_000] = "1234567890,Doe,Jane,I,ME,04401,62369,O,20,88,120\n"
    path = write(tmp_path, "claims_2023.csv", _CLAIMS_HEAD + "".join(lines))
    parsed = read_claims(path, codes=("62369",))
    assert len(parsed.frame) == 0
    assert dict(zip(parsed.rejected["line"], parsed.rejected["reason"], strict=True)) == {
        150_002: "1 fields, not 11", 190_002: "the NPI is not valid"
    }  # fmt: skip


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "mac_roman"])
def test_encodings(tmp_path: Path, codec: str) -> None:
    text = _CLAIMS_HEAD + f"{NPI},Muñoz,José,I,ME,04401,62370,O,23,88,1\n"
    frame = read_claims(write(tmp_path, "claims_2023.csv", text.encode(codec))).frame
    assert (frame["last_org_name"].iloc[0], frame["first_name"].iloc[0]) == ("Muñoz", "José")


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_delimiters_and_line_ends(tmp_path: Path, delimiter: str, newline: str) -> None:
    text = (_CLAIMS_HEAD + f"{NPI},Doe,Jane,I,ME,04401,62370,O,23,88,1").replace(",", delimiter).replace("\n", newline)
    assert len(read_claims(write(tmp_path, "c_2023.txt", text)).frame) == 1


def test_quoted_fields_hold_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    text = _CLAIMS_HEAD + f'{NPI},"Doe, ""J""\nInc",Jane,I,ME,04401,62370,O,"1,023",88,1\nbad\n'
    parsed = read_claims(write(tmp_path, "c_2023.csv", text))
    assert parsed.frame["last_org_name"].iloc[0] == 'Doe, "J" Inc'
    assert parsed.frame["beneficiaries"].iloc[0] == 1023
    assert list(parsed.rejected["line"]) == [3]  # records are counted, and one holds a line break


def test_packed_files_and_json_give_the_same_rows(tmp_path: Path) -> None:
    text = _CLAIMS_HEAD + f"{NPI},Doe,Jane,I,ME,04401,62370,O,23,88,1\n"
    plain = read_claims(write(tmp_path, "c_2023.csv", text)).frame
    packed = read_claims(write(tmp_path, "c_2023.csv.gz", gzip.compress(text.encode()))).frame
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("c_2023.csv", text)
        archive.writestr("c_2023_fileheader.csv", _CLAIMS_HEAD)
    zipped = read_claims(write(tmp_path, "c_2023.zip", out.getvalue())).frame
    rows = pd.read_csv(io.StringIO(text), dtype=str).to_json(orient="records")
    answered = read_claims(write(tmp_path, "c_2023.json", rows)).frame
    for other in (packed, zipped, answered):
        pd.testing.assert_frame_equal(plain, other)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty"),
        (b"<!DOCTYPE html><html><body>moved</body></html>", "web page"),
        (b"\xef\xbb\xbf<html>", "web page"),
        (b"\xff\xfeR\x00n\x00", "UTF-16"),
        (b"Rndrng_NPI,Tot_Benes\n1,2\n", "columns are missing"),
        (b'{"Errors": 1}', "no rows"),
        (b"[1, 2]", "no rows"),
        (b"[{", "no JSON"),
        (b"\x1f\x8b broken", "a whole archive"),
        (b"PK\x03\x04 broken", "archive"),
    ],
)
def test_files_that_are_none(tmp_path: Path, body: bytes, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read_claims(write(tmp_path, "claims_2023.csv", body))
    assert "claims_2023.csv" in str(caught.value)


def test_missing_columns_are_named_with_what_was_found(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_affiliations(write(tmp_path, "a.csv", "npi,hospital\n1,2\n"))
    message = str(caught.value)
    assert "facility_affiliations_certification_number" in message
    assert "found: npi, hospital" in message


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    for read in (read_directory, read_nppes, read_county_polygons, read_medicaid, read_deactivated):
        with pytest.raises(MissingDataError):
            read(tmp_path / "nothing.csv")


@pytest.mark.parametrize(
    ("name", "year"),
    [
        ("MUP_PHY_R24_P05_V10_D22_Prov_Svc.csv", 2022), ("PHY_R26_P05_V10_D24_Prov_Svc.csv", 2024),
        ("by_provider_cy2012_head.txt.gz", 2012), ("2023-HCPCS_Cd-65c4fa59821b.json", 2023), ("claims.csv", None),
        ("claims_120235.csv", None), ("MUP_PHY_R25_P05_V20_D23_Geo.csv", 2023), ("claims_2021_of_2023.csv", None),
        ("mohs_2021_2021.csv", 2021), ("MUP_OUT_R2026_D24.csv", 2024), ("standard21.csv", None),
    ],
)  # fmt: skip
def test_year_of_a_name(name: str, year: int | None) -> None:
    assert year_of_name(name) == year


# --- one publisher each -----------------------------------------------------------------------------------------------


def test_directory_by_state_or_number(tmp_path: Path) -> None:
    head = "NPI,Provider Last Name,Provider First Name,Cred,Grd_yr,pri_spec,sec_spec_all,Telehlth,Facility Name,"
    head += "org_pac_id,adr_ln_1,adr_ln_2,City/Town,State,ZIP Code,Telephone Number,ind_assgn,adrs_id\n"
    rows = [
        f'{NPI},DOE,JANE,MD,1998,NEUROLOGY,"PAIN, SLEEP",Y,CLINIC,123,1 ST,,BANGOR,ME,44011234,2075550100,Y,A\n',
        f"{OTHER},ROE,JO,,2150,NEUROLOGY,,,,,2 ST,,BOSTON,MA,02101,,M,B\n",
        f"{make_npi(111111111)},POE,ED,,19x8,NEUROLOGY,,,,,3 ST,,ALBANY,NY,12201,,,C\n",
    ]
    path = write(tmp_path, "d.csv", head + "".join(rows))
    assert len(read_directory(path).frame) == 3
    frame = read_directory(path, states=("ME",), npis=(OTHER,)).frame
    assert list(frame["npi"]) == [NPI, OTHER]
    first = frame.iloc[0]
    assert (first["zip"], first["phone"], first["secondary_specialties"]) == ("04401", "207-555-0100", "PAIN|SLEEP")
    assert (bool(first["telehealth"]), bool(first["accepts_assignment"])) == (True, True)
    assert list(frame["accepts_assignment"]) == [True, False]
    assert list(read_directory(path).frame["graduation_year"].fillna(0)) == [1998, 2150, 0]


def test_registry_puts_the_primary_taxonomy_first_and_forgets_foreign_zips(tmp_path: Path) -> None:
    head = [
        "NPI", "Entity Type Code", "Provider Organization Name (Legal Business Name)",
        "Provider Last Name (Legal Name)", "Provider First Line Business Practice Location Address",
        "Provider Business Practice Location Address City Name",
        "Provider Business Practice Location Address State Name",
        "Provider Business Practice Location Address Postal Code",
        "Provider Business Practice Location Address Country Code (If outside U.S.)", "NPI Deactivation Date",
        "NPI Reactivation Date", *(f"Healthcare Provider Taxonomy Code_{i}" for i in (1, 2)),
        *(f"Healthcare Provider Primary Taxonomy Switch_{i}" for i in (1, 2)),
    ]  # fmt: skip
    rows = [
        [NPI, "1", "", "DOE", "1 ST", "BANGOR", "ME", "044011234", "US", "", "", "AAA", "BBB", "N", "Y"],
        [OTHER, "2", "CLINIC", "", "2 ST", "PARIS", "", "75001", "FR", "01/02/2020", "02/03/2021", "CCC", "", "X", ""],
        [make_npi(111111111), "", "", "", "", "", "", "", "", "03/03/2021", "", "", "", "", ""],
        [make_npi(122222222), "", "", "", "", "", "", "", "", "", "", "", "", "", ""],
    ]
    text = "".join(",".join(f'"{cell}"' for cell in row) + "\n" for row in [head, *rows])
    parsed = read_nppes(write(tmp_path, "npidata_pfile_x.csv", text))
    assert list(parsed.frame["taxonomies"]) == ["BBB|AAA", "CCC", ""]
    assert list(parsed.frame["zip"]) == ["04401", "", ""]
    assert list(parsed.frame["last_org_name"]) == ["DOE", "CLINIC", ""]
    assert list(parsed.frame["deactivated_on"]) == ["", "", "2021-03-03"]  # the clinic was reactivated
    assert list(parsed.rejected["line"]) == [5]


def test_registry_keeps_who_fits_any_of_the_wishes(tmp_path: Path) -> None:
    names = ["NPI", "Entity Type Code", "Provider Organization Name (Legal Business Name)",
             "Provider Last Name (Legal Name)", "Provider First Line Business Practice Location Address",
             "Provider Business Practice Location Address City Name",
             "Provider Business Practice Location Address State Name",
             "Provider Business Practice Location Address Postal Code", "Healthcare Provider Taxonomy Code_1",
             "Healthcare Provider Taxonomy Code_2"]  # fmt: skip
    npis = [make_npi(123456780 + i) for i in range(4)]
    codes = [("208100000X", ""), ("111N00000X", "208100000X"), ("111N00000X", ""), ("", "")]
    rows = [[npi, "1", "", "X", "1 A ST", "B", "ME", "04401", *two] for npi, two in zip(npis, codes, strict=True)]
    text = "\n".join(",".join(f'"{cell}"' for cell in row) for row in [names, *rows]) + "\n"
    path = write(tmp_path, "npidata_pfile_x.csv", text)
    some = read_nppes(path, taxonomies=("208100000X",), npis=(npis[3],)).frame
    assert some["npi"].tolist() == [npis[0], npis[1], npis[3]]
    assert read_nppes(path, states=("ME",)).frame["npi"].tolist() == npis
    lone = write(tmp_path, "npidata_pfile_y.csv", "\n".join(line.rsplit(",", 2)[0] for line in text.splitlines()))
    assert len(read_nppes(lone, taxonomies=("208100000X",), npis=(npis[2],)).frame) == 1
    with pytest.raises(InputError, match="no column tells which rows to keep"):
        read_nppes(lone, taxonomies=("208100000X",))


def test_secondary_locations_with_irregular_spaces_in_the_header(tmp_path: Path) -> None:
    second = "Provider Secondary Practice Location Address"
    head = f'"NPI","{second}- Address Line 1","{second}-  Address Line 2","{second} - City Name",'
    head += f'"{second} - State Name","{second} - Postal Code"\n'
    text = head + f'"{NPI}","1 ST","","BANGOR","me","044011234"\n"{OTHER}","","","","",""\n'
    parsed = read_locations(write(tmp_path, "pl_pfile_x.csv", text))
    assert list(parsed.frame["state"]) == ["ME"]
    assert list(parsed.rejected["reason"]) == ["no address"]


def test_deactivations_below_a_title_in_a_zipped_workbook(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (["CMS Deactivated NPIs"], ["NPI", "NPPES Deactivation Date"], [NPI, "04/13/2026"], [int(OTHER), "x"]):
        book.active.append(row)
    inner = io.BytesIO()
    book.save(inner)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("report.xlsx", inner.getvalue())
    for name, body in (("r.xlsx", inner.getvalue()), ("r.zip", out.getvalue())):
        parsed = read_deactivated(write(tmp_path, name, body))
        assert parsed.frame.to_dict("records") == [{"npi": NPI, "deactivated_on": "2026-04-13"}]
        assert list(parsed.rejected["line"]) == [4]


@pytest.mark.parametrize("cell", ["XFD1048576", "XFD70", "A1048576", "AAAAAAAA3", "a99999999999"])
def test_cells_far_apart_are_refused_before_a_grid_is_laid_out(tmp_path: Path, cell: str) -> None:
    book = openpyxl.Workbook()
    for row in [["NPI", *[""] * 19, "NPI Deactivation Date"]] * 70:
        book.active.append(row)
    members = _members(book)
    part = "xl/worksheets/sheet1.xml"
    stray = f'<c r="{cell}"><v>1</v></c></row></sheetData>'.encode()
    members[part] = members[part].replace(b"</row></sheetData>", stray)
    with pytest.raises(InputError, match=r"the sheet spans [\d,]+ rows and [\d,]+ columns"):
        read_deactivated(write(tmp_path, "far.xlsx", _pack(members)))


def test_a_workbook_that_unpacks_without_measure_is_refused(tmp_path: Path) -> None:
    members = _members(openpyxl.Workbook())
    members["xl/sharedStrings.xml"] = b"<sst>" + b"<si><t>a</t></si>" * 2_000_000 + b"</sst>"
    with pytest.raises(InputError, match=r"unpacks to more than|more than .* bytes"):
        read_deactivated(write(tmp_path, "bomb.xlsx", _pack(members)))


_PREFIXED = """<?xml version="1.0" encoding="UTF-8"?>
<x:worksheet xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><x:sheetData>
 <x:row r="1"><x:c r="B1" t="inlineStr"><x:is><x:r><x:t>N</x:t></x:r><x:r><x:t>PI</x:t></x:r></x:is></x:c>
  <x:c r="AA1" t="str"><x:f>CONCAT("a")</x:f><x:v>NPI Deactivation Date</x:v></x:c></x:row>
 <x:row r="3"><x:c r="A3"/><x:c r="B3"><x:v>{npi}</x:v>
 </x:c><x:c r="AA3" s="1"><x:v>46125</x:v></x:c></x:row>
</x:sheetData></x:worksheet>"""


_LAUGHS = (
    "<!DOCTYPE a [<!ENTITY b0 'cccccccccc'>"
    + "".join(f"<!ENTITY b{i} '{f'&b{i - 1};' * 20}'>" for i in range(1, 9))
    + "]><a>&b8;</a>"
)
"""A sheet of a few bytes that would grow to 256 GB."""


def _members(book: openpyxl.Workbook) -> dict[str, bytes]:
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _pack(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return out.getvalue()


def test_workbooks_of_other_programs(tmp_path: Path) -> None:
    """Prefixed names, texts in runs, formulas, cells and rows left out, a real day; and faults of each kind."""
    book = openpyxl.Workbook()
    book.active.append([dt.date(2026, 4, 13)])  # brings the style of days
    members = _members(book)
    part = "xl/worksheets/sheet1.xml"
    styled = next(s for s in range(9) if f's="{s}"'.encode() in members[part])
    text = _PREFIXED.format(npi=NPI).replace('s="1"', f's="{styled}"')
    parsed = read_deactivated(write(tmp_path, "a.xlsx", _pack({**members, part: text.encode()})))
    assert parsed.frame.to_dict("records") == [{"npi": NPI, "deactivated_on": "2026-04-13"}]
    assert list(parsed.rejected["line"]) == [2]  # the row left out is a blank one
    refused = r"cannot be read as a workbook|the sheet spans|not written as workbooks are"
    for damage in (text.replace("AA3", "AA0"), text.replace("AA3", "AA2000000"), text[:-20], _LAUGHS):
        with pytest.raises(InputError, match=refused):
            read_deactivated(write(tmp_path, "b.xlsx", _pack({**members, part: damage.encode()})))
    # A cell that stands elsewhere, or a day that is none: the row is set aside.
    for damage in (text.replace("AA3", "AAAA3"), text.replace('r="AA3" ', ""), text.replace("46125", "1e300")):
        found = read_deactivated(write(tmp_path, "b.xlsx", _pack({**members, part: damage.encode()})))
        assert found.frame.empty
        assert found.rejected["line"].tolist() == [2, 3]
    inner = _pack({**members, part: b" " * (70 << 20)})
    for name, body in (("c.xlsx", inner), ("c.zip", _pack({"report.xlsx": inner}))):
        with pytest.raises(InputError, match="unpacks to more than"):
            read_deactivated(write(tmp_path, name, body))
    with pytest.raises(InputError, match="no Excel workbook"):
        read_deactivated(write(tmp_path, "d.xlsx", _pack({"[Content_Types].xml": b"<a/>"})))


def test_affiliations_and_rehabilitation_hospitals(tmp_path: Path) -> None:
    text = "NPI,facility_type,Facility Affiliations Certification Number\n"
    text += f"{NPI},Hospital,20001\n{NPI},Hospital,020001\n{OTHER},Hospital,\n"
    parsed = read_affiliations(write(tmp_path, "a.csv", text))
    assert list(parsed.frame["ccn"]) == ["020001"]
    assert list(parsed.rejected["reason"]) == ["a repeat of an earlier row", "the certification number is not valid"]
    head = "CMS Certification Number (CCN),Provider Name,Address Line 1,City/Town,State,ZIP Code,Telephone Number\n"
    frame = read_rehab_hospitals(write(tmp_path, "i.csv", head + "20T01,REHAB,1 ST,BANGOR,ME,4401,\n")).frame
    assert frame.iloc[0][["ccn", "zip", "emergency"]].tolist() == ["020T01", "04401", False]


@pytest.mark.parametrize(
    ("columns", "cells", "kind", "geoid"),
    [
        ("TRACTCE,BLKGRPCE,", "000100,1,", "block_group", "230190001001"),
        ("TRACTCE,", "000100,", "tract", "23019000100"),
        ("COUNAME,STNAME,", "Penobscot,Maine,", "county", "23019"),
    ],
)
def test_centres_with_byte_order_mark(tmp_path: Path, columns: str, cells: str, kind: str, geoid: str) -> None:
    text = f"\ufeffSTATEFP,COUNTYFP,{columns}POPULATION,LATITUDE,LONGITUDE\n23,019,{cells}152,+44.800000,-068.770000\n"
    frame = read_centres(write(tmp_path, "c.txt", text)).frame
    assert frame.iloc[0].to_dict() | {"name": ""} == {
        "geoid": geoid, "point_kind": kind, "county_fips": "23019", "name": "", "state": "ME", "population": 152,
        "lon": -68.77, "lat": 44.8,
    }  # fmt: skip
    bad = read_centres(write(tmp_path, "c.txt", text + text.splitlines()[1] + "\n" + "23,019\n"))
    assert list(bad.rejected["line"]) == [3, 4]


def test_gazetteer_of_both_separators(tmp_path: Path) -> None:
    tab = "GEOID\tALAND\tAWATER\tALAND_SQMI\tAWATER_SQMI\tINTPTLAT\tINTPTLONG                         \n"
    tab += "00601\t166659749\t799292\t64.348\t0.309\t18.180555\t-66.749961\n"
    pipe = "GEOID|GEOIDFQ|ALAND|AWATER|ALAND_SQMI|AWATER_SQMI|INTPTLAT|INTPTLONG\n"
    pipe += "00601|860Z200US00601|166744424|795116|64.38|0.307|18.180621|-66.749931\n"
    for text in (tab, pipe):
        frame = read_zcta(write(tmp_path, "g.txt", text)).frame
        assert frame["zip"].iloc[0] == "00601"
        assert frame["land_km2"].iloc[0] == pytest.approx(166.7, abs=0.1)
        assert frame["lon"].iloc[0] == pytest.approx(-66.75, abs=0.01)


def test_zcta_to_county_sets_parts_outside_aside(tmp_path: Path) -> None:
    text = "\ufeffOID_ZCTA5_20|GEOID_ZCTA5_20|GEOID_COUNTY_20|AREALAND_PART|AREAWATER_PART\n"
    text += "1|04401|23019|100|0\n|||5|0\n||23019|7|0\n2|04401|23011|50|0\n"
    parsed = read_zcta_county(write(tmp_path, "r.txt", text))
    assert parsed.frame.to_dict("list") == {
        "zip": ["04401", "04401"], "county_fips": ["23019", "23011"], "land_m2": [100.0, 50.0]
    }  # fmt: skip
    assert set(parsed.rejected["reason"]) == {"a part of a county outside every tabulation area"}


def test_postal_codes_prefer_the_row_with_a_state(tmp_path: Path) -> None:
    rows = ["US\t96860\tFPO AA\t\t\t\t\t\t\t21.3\t-157.9\t4",
            "US\t96860\tJbphh\tHawaii\tHI\tHonolulu\t003\t\t\t21.4\t-157.8\t1",
            "CA\tK1A\tOttawa\tOntario\tON\t\t\t\t\t45\t-75\t1"]  # fmt: skip
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("readme.txt", "terms")
        archive.writestr("US.txt", "\n".join(rows))
    parsed = read_postal_codes(write(tmp_path, "US.zip", out.getvalue()))
    assert parsed.frame["state"].tolist() == ["HI"]
    assert list(parsed.rejected["line"]) == [1, 3]


def test_commuting_areas_by_tract_and_by_zip(tmp_path: Path) -> None:
    tract = "TractFIPS20,PrimaryRUCA,SecondaryRUCA\n1001020100,1,1\n23019000100,10,10.2\n23019000200,99,99\n"
    frame = read_ruca(write(tmp_path, "t.csv", tract)).frame
    assert list(frame["geoid"]) == ["01001020100", "23019000100", "23019000200"]
    np.testing.assert_array_equal(frame["ruca"], [1, 10, np.nan])
    assert set(frame["zip_type"]) == {""}
    old = read_ruca(write(tmp_path, "o.csv", "''ZIP_CODE'',STATE,ZIP_TYPE,RUCA1\n''04401'',ME,Zip Code Area,4\n")).frame
    assert old.iloc[0][["geoid", "kind", "zip_type", "ruca"]].tolist() == ["04401", "zip", "Zip Code Area", 4]
    header = "ZIPCode,State,ZIPCodeType,POName,PrimaryRUCA,SecondaryRUCA\n"
    new = f"{header}4402,ME,Post Office or large volume customer,Bangor,1,1\n"
    boxes = read_ruca(write(tmp_path, "n.csv", new)).frame
    assert boxes.iloc[0][["geoid", "zip_type"]].tolist() == ["04402", "Post Office or large volume customer"]


def test_population_by_age_takes_the_newest_year(tmp_path: Path) -> None:
    head = "SUMLEV,STATE,COUNTY,STNAME,CTYNAME,YEAR,POPESTIMATE,UNDER5_TOT,AGE513_TOT,AGE1417_TOT,AGE65PLUS_TOT\n"
    text = head + "".join(f"050,23,019,Maine,Penobscot,{y},{150 + y},5,10,4,30\n" for y in range(1, 7))
    frame = read_county_population(write(tmp_path, "cc.csv", text)).frame
    assert frame.to_dict("records") == [
        {"county_fips": "23019", "name": "Penobscot", "year": 2024, "population": 156.0, "under_18": 19.0,
         "age_65_plus": 30.0}
    ]  # fmt: skip


def test_penetration_keeps_suppressed_counties(tmp_path: Path) -> None:
    text = "State Name,County Name,FIPSST,FIPSCNTY,FIPS,SSA,Eligibles,Enrolled,Penetration\n"
    text += 'Maine,Penobscot,23,019,23019,20090,"40,000","18,000",45.00%\nMaine,Tiny,23,021,23021,20100,50,*,*\n'
    frame = read_penetration(write(tmp_path, "p.csv", text)).frame
    np.testing.assert_allclose(frame["enrolled_share"], [0.45, np.nan])


def test_medicaid_in_both_spellings_and_as_parquet(tmp_path: Path) -> None:
    first = pd.DataFrame(
        {"BILLING_PROVIDER_NPI_NUM": [OTHER, OTHER, "UNKNOWN"], "SERVICING_PROVIDER_NPI_NUM": [NPI, None, "UNKNOWN"],
         "HCPCS_CODE": ["62370", "J0475", "62370"], "CLAIM_FROM_MONTH": ["2023-05-01", "2023-06", "2023-07-01"],
         "TOTAL_UNIQUE_BENEFICIARIES": [13, 14, 15], "TOTAL_CLAIMS": [20, 21, 22], "TOTAL_PAID": [1.5, 2.5, 3.5]}
    )  # fmt: skip
    second = first.rename(columns={"CLAIM_FROM_MONTH": "CLAIM_MONTH", "TOTAL_UNIQUE_BENEFICIARIES": "TOTAL_PATIENTS",
                                   "TOTAL_CLAIMS": "TOTAL_CLAIM_LINES"})  # fmt: skip
    table = pa.Table.from_pandas(first)
    pq.write_table(table, tmp_path / "m.parquet")
    of_few = [pa.dictionary(pa.int32(), part.type) if part.type == pa.string() else part.type for part in table.schema]
    pq.write_table(table.cast(pa.schema(list(zip(table.column_names, of_few, strict=True)))), tmp_path / "d.parquet")
    second.to_csv(tmp_path / "m.csv", index=False)
    expected = None
    for path in (tmp_path / "m.parquet", tmp_path / "d.parquet", tmp_path / "m.csv"):
        parsed = read_medicaid(path)
        assert list(parsed.frame["npi"]) == [NPI, ""]  # who did the work is not told, and nobody is put in
        assert list(parsed.frame["billing_npi"]) == [OTHER, OTHER]
        assert list(parsed.frame["month"]) == ["2023-05", "2023-06"]
        assert len(parsed.rejected) == 1
        assert list(read_medicaid(path, codes=("J0475",)).frame["code"]) == ["J0475"]
        assert expected is None or parsed.frame.equals(expected)
        expected = parsed.frame


def test_suppression_is_what_the_nation_has_and_rows_have_not(tmp_path: Path) -> None:
    rows = [
        f"{npi},Doe,Jane,I,ME,04401,62370,O,{benes},{srvcs},1\n"
        for npi, benes, srvcs in ((NPI, 11, 60), (OTHER, 20, 20))
    ]
    claims = read_claims(write(tmp_path, "c_2023.csv", _CLAIMS_HEAD + "".join(rows))).frame
    head = "Rndrng_Prvdr_Geo_Lvl,Rndrng_Prvdr_Geo_Cd,Rndrng_Prvdr_Geo_Desc,HCPCS_Cd,Place_Of_Srvc,Tot_Rndrng_Prvdrs,"
    text = head + "Tot_Benes,Tot_Srvcs\nNational,,National,62370,O,9,90,100\nNational,,National,J0475,O,2,12,40\n"
    text += "State,23,Maine,62370,O,3,40,90\n"
    result = suppression(claims, read_geography(write(tmp_path, "g_2023.csv", text)).frame).set_index("code")
    assert result.loc["62370", "hidden_share"] == pytest.approx(0.2)
    assert result.loc["62370", "published_providers"] == 2
    assert result.loc["J0475", "hidden_share"] == 1


def test_totals_by_provider_keep_blank_cells(tmp_path: Path) -> None:
    text = f"Rndrng_NPI,Tot_Benes,Bene_Avg_Age,Bene_Age_LT_65_Cnt\n{NPI},120,61,\n"
    frame = read_providers(write(tmp_path, "p_2023.csv", text)).frame
    assert frame["mean_age"].iloc[0] == 61
    assert np.isnan(frame["under_65"].iloc[0])


def test_polygons_from_three_formats_and_their_faults(tmp_path: Path, example: Path) -> None:
    source = next(example.rglob("cb_2020_us_county_500k.zip"))
    frame = read_county_polygons(source).frame
    for name, driver in (("c.geojson", "GeoJSON"), ("c.gpkg", "GPKG")):
        frame.to_file(tmp_path / name, driver=driver)
        again = read_county_polygons(tmp_path / name).frame
        assert list(again["county_fips"]) == list(frame["county_fips"])
        np.testing.assert_allclose(again["land_km2"], frame["land_km2"])
    frame[["name", "geometry"]].to_file(tmp_path / "n.gpkg")
    with pytest.raises(InputError, match="no county codes"):
        read_county_polygons(tmp_path / "n.gpkg")
    with pytest.raises(InputError, match="no shapes"):
        read_county_polygons(write(tmp_path, "x.geojson", '{"type":"FeatureCollection","features":[]}'))
    with pytest.raises(InputError, match="no district numbers"):
        read_districts(source)


def test_districts(example: Path) -> None:
    parsed = read_districts(next(example.rglob("cb_2024_us_cd119_500k.zip")))
    assert set(parsed.frame["chamber"]) == {"congress"}
    assert parsed.frame["district_id"].is_unique
