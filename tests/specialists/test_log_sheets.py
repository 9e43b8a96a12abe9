"""Spreadsheets in and out: nothing runs as a formula, nothing is lost, nothing is half read."""

from __future__ import annotations

import csv
import datetime as dt
import stat

import pytest
from openpyxl import Workbook, load_workbook

from deserts.errors import InputError
from deserts.specialists.log.sheets import export_log
from deserts.specialists.log.sheets import import_log as read_sheet
from tests.specialists.builders import answers, npi

TODAY = dt.date(2026, 6, 1)
HOSTILE = ['=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "<script>alert(1)</script>", 'a, "b"; c', "x" * 10_000]


def import_log(path, **more):
    return read_sheet(path, today=TODAY, logged_by="Kim", **more).entries


def log():
    return answers(*({"npi": npi(i), "note": text, "payers": text[:200]} for i, text in enumerate(HOSTILE)))


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_round_trip_keeps_every_answer(tmp_path, itb, ending):
    path = tmp_path / f"calls.{ending}"
    export_log(log(), path, with_notes=True)
    entries = import_log(path, service=itb)
    assert [e.npi for e in entries] == [npi(i) for i in range(len(HOSTILE))]
    assert [e.note for e in entries] == HOSTILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_no_cell_is_a_formula(tmp_path):
    export_log(log(), tmp_path / "calls.xlsx", with_notes=True)
    sheet = load_workbook(tmp_path / "calls.xlsx").active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    export_log(log(), tmp_path / "calls.csv", with_notes=True)
    cells = [cell for row in csv.reader((tmp_path / "calls.csv").open(encoding="utf-8")) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t", "\r"))]


def test_notes_stay_at_home_unless_asked(tmp_path):
    export_log(log(), tmp_path / "calls.csv")
    text = (tmp_path / "calls.csv").read_text(encoding="utf-8")
    assert "note" not in text.splitlines()[0]
    assert "script" not in text.replace("payers", "").split("recorded_at")[0]


def test_other_endings_are_refused(tmp_path):
    with pytest.raises(InputError, match="CSV or XLSX"):
        export_log(log(), tmp_path / "calls.ods")


def test_a_coordinators_own_sheet_is_understood(tmp_path, itb):
    book = Workbook()
    book.active.append(["NPI", "Result", "Date called", "Insurance", "Wait", "Comments", "Favourite colour"])
    day = dt.datetime(2026, 5, 4)  # noqa: DTZ001 - spreadsheets know no time zones
    book.active.append([float(npi(1)), "Full", day, "Aetna; Medicare", 14, "ask for Bo", "red"])
    book.active.append([None, None, None, None, None, None, None])
    book.active.append([npi(2), "no pumps", "5/6/2026", "", "", None, None])
    book.save(tmp_path / "own.xlsx")
    first, second = import_log(tmp_path / "own.xlsx", service=itb, source="visit")
    assert (first.npi, first.outcome, first.observed_on, first.payers) == (
        npi(1),
        "full",
        "2026-05-04",
        "Aetna;Medicare",
    )
    assert (first.wait_days, first.source, first.note) == (14, "visit", "ask for Bo")
    assert (second.outcome, second.observed_on, second.wait_days) == ("no_pumps", "2026-05-06", None)


def test_rows_of_another_service_are_left_out(tmp_path, itb):
    export_log(answers({"service": "mohs"}, {"npi": npi(1)}), tmp_path / "calls.csv")
    assert [e.npi for e in import_log(tmp_path / "calls.csv", service=itb)] == [npi(1)]


def test_every_wrong_row_is_told_and_nothing_is_read(tmp_path, itb):
    path = tmp_path / "calls.csv"
    path.write_text(f"npi,outcome,date,wait_days\n{npi(1)},accepting,2026-05-01,\n12,accepting,2026-05-01,\n"
                    f"{npi(2)},perhaps,2026-05-01,\n{npi(3)},full,someday,\n"
                    f"{npi(4)},full,2026-05-01,soon\n")  # fmt: skip
    with pytest.raises(InputError) as error:
        import_log(path, service=itb)
    for text in ("row 3: npi", "row 4: outcome: expected one of", "row 5: date 'someday'", "row 6: wait_days 'soon'"):
        assert text in str(error.value)
    assert "row 2" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"npi,when\n", "outcome"),
        ("a.csv", b"\xff\xfe\x00", "cannot be read"),
        ("a.csv", b'npi,outcome,date\n"1', "cannot be read"),
        ("a.xlsx", b"<html></html>", "web page"),
    ],
)
def test_unusable_sheets_are_clear_errors(tmp_path, itb, name, content, says):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=says):
        import_log(tmp_path / name, service=itb)


def test_a_missing_sheet_is_a_clear_error(tmp_path, itb):
    with pytest.raises(InputError, match="no such file"):
        import_log(tmp_path / "nowhere.csv", service=itb)
