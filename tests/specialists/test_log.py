"""The log loses nothing, changes nothing, and says what is wrong; on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import dataclasses
import datetime as dt
import multiprocessing
import stat

import pytest
import sqlalchemy as sa

from deserts.config import Settings
from deserts.errors import InputError, SourceError
from deserts.specialists.entries import LOG_COLUMNS, Answer, Verification, make_entry, patient_details
from deserts.specialists.log import VerificationLog, log_fingerprint, open_log, read_verifications
from tests.specialists.builders import npi

TODAY = dt.date(2026, 6, 1)


def entry(number: int = 0, **changes: object) -> Verification:
    base = Verification(npi(number), "itb", "accepting", "2026-05-01", "phone")
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def test_an_unwritten_log_is_empty(log):
    frame = log.read()
    assert frame.empty
    assert list(frame.columns) == LOG_COLUMNS


def test_what_is_written_is_read_in_order(log):
    note = "ask for the nurse; =1+1 <b>x</b> ünïcode 'quoted'"
    entries = [
        entry(2, wait_days=21, note=note),
        entry(1, service="mohs"),
        entry(0, outcome="full", review_on="2026-08-01"),
    ]
    assert log.append(entries).new == 3
    frame = log.read()
    assert frame["npi"].tolist() == [npi(2), npi(1), npi(0)]
    assert frame.loc[0, "note"] == note
    assert frame.loc[0, "wait_days"] == 21
    assert frame["wait_days"].isna().tolist() == [False, True, True]
    assert log.read(service="itb")["npi"].tolist() == [npi(2), npi(0)]


def test_the_same_answer_stands_once(log):
    with_note = entry(1, note="side door")
    assert log.append([entry(), with_note]).new == 2
    assert log.append([entry(), with_note, entry(1)]).new == 0, "an export without notes, read again"
    assert log.append([entry(1, note="front door")]).new == 1
    assert len(log.read()) == 3


@pytest.mark.parametrize("statement", ["UPDATE verifications SET outcome = 'retired'", "DELETE FROM verifications"])
def test_the_database_itself_refuses_changes(log, statement):
    log.append([entry()])
    engine = sa.create_engine(log.url)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()
    assert log.read()["outcome"].tolist() == ["accepting"]


def write_twenty(log: VerificationLog, name: str) -> None:
    for number in range(20):
        log.append([entry(note=f"{name}-{number}")])


def test_two_programs_that_write_at_once_lose_nothing(log):
    # Forked, so that two real processes meet at the database without loading everything again.
    start = multiprocessing.get_context("fork")
    writers = [start.Process(target=write_twenty, args=(log, name)) for name in ("a", "b")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=120)
    assert [writer.exitcode for writer in writers] == [0, 0]
    assert sorted(log.read()["note"]) == sorted(f"{name}-{number}" for name in "ab" for number in range(20))


def test_the_sqlite_file_and_its_folder_are_private(tmp_path):
    settings = Settings(local_dir=tmp_path / "local")
    log = open_log(settings)
    log.append([entry()])
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(settings.local_dir.stat().st_mode) == 0o700


def test_fingerprint_follows_the_answers(tmp_path, itb, mohs):
    settings = Settings(local_dir=tmp_path)
    empty = log_fingerprint(settings, service=itb)
    assert read_verifications(settings, service=itb) is None
    open_log(settings).append([entry()])
    assert log_fingerprint(settings, service=itb) != empty
    assert log_fingerprint(settings, service=mohs) == empty
    assert len(read_verifications(settings, service=itb)) == 1


def test_environment_names_a_shared_database(monkeypatch, tmp_path):
    monkeypatch.setenv("DESERTS_DATABASE_URL", "postgresql://team:secret@nowhere.invalid/calls")
    log = open_log(Settings(local_dir=tmp_path))
    assert log.url.drivername == "postgresql+psycopg"
    assert "secret" not in log.place


@pytest.mark.parametrize("url", ["nonsense", "mysql://host/x"])
def test_unusable_addresses_are_refused(tmp_path, url):
    with pytest.raises(InputError) as error:
        open_log(Settings(local_dir=tmp_path), database_url=url)
    assert "postgresql://" in str(error.value)


def test_an_unreachable_server_is_a_clear_error_without_password(tmp_path):
    log = open_log(Settings(local_dir=tmp_path), database_url="postgresql://team:secret@127.0.0.1:1/calls")
    with pytest.raises(SourceError) as error:
        log.append([entry()])
    assert "secret" not in str(error.value)
    assert "DESERTS_DATABASE_URL" in str(error.value)


def test_a_damaged_file_is_a_clear_error(tmp_path):
    (tmp_path / "verifications.sqlite").write_text("not a database, but long enough to be looked at " * 50)
    with pytest.raises(SourceError, match="cannot be used"):
        open_log(Settings(local_dir=tmp_path)).read()


def make(itb, **changes: object) -> Verification:
    facts = {"npi": "1234567893", "outcome": "accepting", "source": "phone", "on": TODAY, "logged_by": "Kim"}
    sites = changes.pop("sites", ())
    return make_entry(Answer(**{**facts, **changes}), today=TODAY, service=itb, sites=sites)  # type: ignore[arg-type]


def test_entries_are_tidied(itb):
    found = make(itb, outcome=" No-Pumps ", source="device_rep", ages="Pediatric", payers="Medicare, Aetna;Aetna",
                 note="two\nlines\x00")  # fmt: skip
    assert (found.outcome, found.source, found.ages) == ("no_pumps", "device-rep", "paediatric")
    assert found.payers == "Aetna;Medicare"
    assert found.note == "two lines"
    assert found.review_on == ""


def test_temporary_answers_get_a_review_date_from_the_profile(itb):
    days = itb.number("verification.review_days")
    assert make(itb, outcome="full").review_on == (TODAY + dt.timedelta(days=days)).isoformat()
    assert make(itb, outcome="full", review_on=dt.date(2026, 7, 1)).review_on == "2026-07-01"


def test_all_problems_are_told_at_once(itb):
    with pytest.raises(InputError) as error:
        make(itb, npi="1234567894", outcome="maybe", source="dream", ages="old", wait_days=-1,
             on=dt.date(2026, 6, 2), review_on=dt.date(2026, 1, 1))  # fmt: skip
    for word in ("npi", "outcome", "source", "ages", "wait_days", "future", "review_on"):
        assert word in str(error.value)


@pytest.mark.parametrize(
    "note", ["dob 1/2/1980", "patient John seen", "pt 45 yo male", "MRN 12345", "Mrs. Smith called", "mail a@b.org"]
)
def test_notes_about_patients_are_noticed(note):
    assert patient_details(note)


@pytest.mark.parametrize(
    "note", ["ask for the nurse line", "closed on Fridays, fax referrals", "", "new office in 2027"]
)
def test_notes_about_clinics_are_not(note):
    assert not patient_details(note)


def test_very_long_notes_are_cut(itb):
    assert len(make(itb, note="x" * 50_000).note) == 10_000
