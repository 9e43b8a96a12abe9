"""What counts as looked through: files that are empty, without a usable row, of a few states, of a year to come."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from deserts.config import Region, Settings
from deserts.errors import InputError
from deserts.pipeline import specialists as stage
from deserts.pipeline.inputs import InputFile
from deserts.pipeline.run import Run
from deserts.pipeline.searched import FileRead, clinician_read, reads_of, searches_table
from deserts.services import load_service
from deserts.sources.publishers import claims
from deserts.store import sha256_of

HEADER = (
    "Rndrng_NPI,Rndrng_Prvdr_Last_Org_Name,Rndrng_Prvdr_First_Name,Rndrng_Prvdr_State_Abrvtn,Rndrng_Prvdr_Zip5,"
    "HCPCS_Cd,Place_Of_Srvc,Tot_Benes,Tot_Srvcs\n"
)
PUMP = "1003000126,Ash,Ann,{state},05401,62370,O,{patients},40\n"
OTHER = "1003000126,Ash,Ann,{state},05401,99213,O,20,40\n"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    itb = load_service("itb")
    return Run(Settings(data_dir=tmp_path, local_dir=tmp_path), Region.parse("VT"), itb, "manages_pumps")


def _read(run: Run, folder: Path, text: str, *, year: int = 2023) -> FileRead:
    path = folder / f"claims_{year}.csv"
    path.write_text(HEADER + text)
    parsed = claims.read_claims(path, codes=run.service.codes(), year=year)
    return FileRead.of(InputFile(path, "claims", f"user:{path.name}", sha256_of(path), "", year), parsed)


def test_an_empty_file_was_not_searched_and_says_why(run, tmp_path):
    read = clinician_read(run, "claims", [_read(run, tmp_path, "")])
    assert (read.states, read.why) == ((), "claims_2023.csv holds no rows")
    assert set(read.missing_states) == set(run.region.supply_states)


def test_a_file_of_which_no_row_can_be_used_was_not_searched(run, tmp_path):
    broken = "".join(PUMP.format(state="VT", patients=number) for number in ("many", "few"))
    read = clinician_read(run, "claims", [_read(run, tmp_path, broken)])
    assert read.states == ()
    assert read.why.startswith("no row of claims_2023.csv could be used: ")
    assert "2 rows" in read.why


def test_sound_rows_of_other_care_are_a_search_that_found_nobody(run, tmp_path):
    read = clinician_read(run, "claims", [_read(run, tmp_path, OTHER.format(state="VT"))])
    assert (read.states, read.rows_used) == (("VT",), 0)
    table = searches_table([read], {"claims": {}})
    assert table.set_index("state")["search"]["VT"] == "searched_none"
    assert set(table.loc[table["state"] != "VT", "search"]) == {"not_searched"}


def test_a_file_of_one_state_says_nothing_of_its_neighbours(run, tmp_path):
    read = clinician_read(run, "claims", [_read(run, tmp_path, PUMP.format(state="NH", patients=20))])
    assert read.states == ("NH",)
    assert "VT" in read.missing_states
    assert read.why == "the files hold no rows of these states"
    assert reads_of(searches_table([read], {"claims": {"NH": 1}})) == (read,)


def test_a_year_that_no_file_gave_is_missing(run, tmp_path):
    files = [_read(run, tmp_path, PUMP.format(state="VT", patients=20), year=year) for year in (2021, 2023)]
    read = clinician_read(run, "claims", files)
    assert read.years == (2021, 2023)
    assert 2022 in read.missing_years
    assert read.missing_years[-1] < 2023


def test_nothing_given_is_no_file(run):
    assert clinician_read(run, "claims", []).why == "no file"


def test_claims_of_a_year_to_come_are_refused(run, tmp_path, monkeypatch):
    path = tmp_path / "future_2031.csv"
    path.write_text(HEADER)
    file = InputFile(path, "claims", f"user:{path.name}", sha256_of(path), "", 2031)
    monkeypatch.setattr(stage, "files_for", lambda *_: (file,))
    monkeypatch.setattr(stage, "as_of", lambda _: dt.date(2026, 11, 28))
    with pytest.raises(InputError, match="claims of 2031 lie after the day of the run, 2026-11-28"):
        stage._refuse_future(run)
    monkeypatch.setattr(stage, "as_of", lambda _: dt.date(2031, 1, 1))
    stage._refuse_future(run)
