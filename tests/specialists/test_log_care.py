"""The log through accidents: older layouts, changed entries, kills inside a write, locks, damage, copies, a queue."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
import multiprocessing
import os
import shutil
import signal
import sqlite3
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from deserts.config import Settings
from deserts.errors import InputError, SourceError
from deserts.specialists.entries import Verification
from deserts.specialists.log import DamagedLogError, VerificationLog, open_log, read_calls
from deserts.specialists.log.copies import copy_log, restore_log
from deserts.specialists.log.reading import CALLS_NOT_READ, accept_as_whole, within
from deserts.specialists.log.recording import record_entries
from deserts.specialists.log.report import ambiguous_entries, due_calls
from deserts.specialists.log.waiting import keep_waiting, merge_waiting, waiting_rows
from deserts.specialists.log_places import remembered_path, waiting_folder
from tests.specialists.builders import npi

NOW = dt.datetime(2026, 6, 1, 12, tzinfo=dt.UTC)
TODAY = NOW.date()

FIRST_LAYOUT = ("npi", "service", "outcome", "observed_on", "source", "site_id", "payers", "ages", "pump_makers",
                "wait_days", "review_on", "note")  # fmt: skip
OLD_ENTRIES = (
    ("accepting", "2026-01-05", "phone", "", "Blue", "adult", "Medtronic", 21, "", "ask for the nurse, ünïcode"),
    ("moved", "2026-02-05", "phone", "", "", "", "", None, "", ""),
    ("full", "2026-03-05", "visit", "", "", "", "", None, "2026-09-01", "'; DROP TABLE x; --"),
    ("age", "2026-03-06", "device-rep", "", "", "", "", None, "2026-09-01", ""),
    ("payer", "2026-03-07", "phone", "", "", "", "", None, "2026-09-01", ""),
)


def entry(number: int = 0, **changes: Any) -> Verification:
    base = Verification(npi(number), "itb", "accepting", "2026-05-01", "phone", scope="clinician", logged_by="Kim")
    return dataclasses.replace(base, **changes)


def old_rows() -> list[dict[str, Any]]:
    """Entries as layout 1 held them, with the keys that its program computed."""
    rows = []
    for number, values in enumerate(OLD_ENTRIES, start=1):
        facts = dict(zip(FIRST_LAYOUT, (npi(number), "itb", *values), strict=True))
        keys = {
            name: hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
            for name, said in (("entry_key", facts), ("answer_key", facts | {"note": ""}))
        }
        rows.append({"id": number, **keys, "recorded_at": f"2026-0{number}-09T10:00:00.000000+00:00", **facts})
    return rows


def write_old_log(log: VerificationLog) -> None:
    """Make the log as the program before layout 2 did, guards included."""
    if log.file is not None:
        log.file.parent.mkdir(parents=True, exist_ok=True)
    columns = ", ".join(f"{name} {'INTEGER' if name == 'wait_days' else 'TEXT NOT NULL'}" for name in FIRST_LAYOUT)
    key = "INTEGER NOT NULL PRIMARY KEY" if log.file is not None else "SERIAL PRIMARY KEY"
    table = f"""CREATE TABLE verifications (id {key}, entry_key VARCHAR(64) NOT NULL UNIQUE,
        answer_key VARCHAR(64) NOT NULL, recorded_at VARCHAR(32) NOT NULL, {columns})"""
    refusal = "the verification log is append-only"
    guards = [
        f"CREATE TRIGGER verifications_no_{verb} BEFORE {verb} ON verifications "
        f"BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        for verb in ("update", "delete")
    ] if log.file is not None else [
        f"""CREATE FUNCTION verifications_append_only() RETURNS trigger AS $$ BEGIN
        RAISE EXCEPTION '{refusal}'; END $$ LANGUAGE plpgsql""",
        """CREATE TRIGGER verifications_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON verifications
        FOR EACH STATEMENT EXECUTE FUNCTION verifications_append_only()""",
    ]  # fmt: skip
    rows = old_rows()
    names = list(rows[0])
    with raw(log) as connection:
        connection.exec_driver_sql(table)
        for row in rows:
            if log.file is None:
                row.pop("id")
        names = list(rows[0])
        holders = ", ".join(f":{name}" for name in names)
        connection.execute(sa.text(f"INSERT INTO verifications ({', '.join(names)}) VALUES ({holders})"), rows)
        for guard in guards:
            connection.exec_driver_sql(guard)


def raw(log: VerificationLog) -> Any:
    """A connection of another program, without our care."""
    return sa.create_engine(log.url, poolclass=sa.pool.NullPool).begin()


def keys(log: VerificationLog) -> list[str]:
    return [row["entry_key"] for row in log.rows()]


# ---- layouts ------------------------------------------------------------------------------------------------------


def test_an_old_log_is_read_as_it_is_and_brought_over_without_loss(log):
    write_old_log(log)
    old = old_rows()
    before = log.rows()
    assert [{name: row[name] for name in old[0]} for row in before] == old
    assert "link" not in before[0], "reading changes nothing"
    kept = log.append([entry(40)])
    assert (kept.new, kept.was_old) == (1, True)
    after = log.rows()
    assert [{name: row[name] for name in old[0]} for row in after[:-1]] == old
    assert all(row["scope"] == row["corrects"] == row["logged_by"] == "" for row in after[:-1])
    assert all(len(row["link"]) == 64 for row in after)
    assert not log.append([entry(41)]).was_old
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), raw(log) as connection:
        connection.exec_driver_sql("UPDATE verifications SET note = ''")


def test_an_entry_of_the_old_program_is_refused_once_the_layout_is_new(log):
    write_old_log(log)
    log.append([entry(40)])
    names = [name for name in old_rows()[0] if name != "id"]
    values = {**{name: old_rows()[0][name] for name in names}, "entry_key": "f" * 64}
    holders = ", ".join(f":{name}" for name in names)
    with pytest.raises(sa.exc.DBAPIError, match="newer layout"), raw(log) as connection:
        connection.execute(sa.text(f"INSERT INTO verifications ({', '.join(names)}) VALUES ({holders})"), values)


def test_a_log_of_a_later_layout_is_left_alone(log):
    log.append([entry()])
    with raw(log) as connection:
        connection.exec_driver_sql("INSERT INTO verifications_layouts (layout, reached_at) VALUES (3, 'later')")
    with pytest.raises(SourceError, match="layout 3") as told:
        log.append([entry(1)])
    assert "update" in str(told.value)
    with pytest.raises(SourceError, match="layout 3"):
        log.rows()


def test_the_report_names_what_an_old_log_leaves_open(itb, tmp_path):
    log = open_log(Settings(local_dir=tmp_path / "local"))
    write_old_log(log)
    cases = ambiguous_entries(log.read(), service=itb, as_of=TODAY, sites_of=lambda npi_: ["a", "b"])
    words = {case.outcome: case.taken_as for case in cases}
    assert set(words) == {"moved", "age", "payer"}
    assert "names no site" in words["moved"]
    assert "both" in words["age"]
    assert "every payer" in words["payer"]
    alone = ambiguous_entries(log.read(), service=itb, as_of=TODAY, sites_of=lambda npi_: ["a"])
    assert "moved" not in {case.outcome for case in alone}


# ---- the chain ----------------------------------------------------------------------------------------------------


def tampered(log: VerificationLog, *statements: str) -> None:
    assert log.file is not None
    with sqlite3.connect(log.file) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(local_dir=tmp_path / "local")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("UPDATE verifications SET outcome = 'retired' WHERE id = 2", "entry 2 does not say what was written"),
        ("UPDATE verifications SET note = 'x' WHERE id = 1", "entry 1 does not say what was written"),
        ("UPDATE verifications SET answer_key = '0' WHERE id = 2", "entry 2 does not say what was written"),
        ("UPDATE verifications SET recorded_at = '2020' WHERE id = 2", "entry 2 does not follow"),
        ("DELETE FROM verifications WHERE id = 2", "entry 3 does not follow"),
        ("UPDATE verifications SET id = 9 WHERE id = 1", "entry 2 does not follow"),
    ],
)
def test_a_changed_entry_is_told_and_nothing_is_added_to_such_a_log(settings, change, words):
    log = open_log(settings)
    log.append([entry(number) for number in range(3)])
    tampered(log, change)
    with pytest.raises(DamagedLogError, match=words) as told:
        log.rows()
    assert "restore" in str(told.value)
    with pytest.raises(DamagedLogError, match=words):
        log.append([entry(7)])


def test_entries_cut_off_at_the_end_are_missed_by_whoever_read_them(settings, itb):
    log = open_log(settings)
    log.append([entry(0), entry(1, outcome="retired")])
    assert read_calls(settings, service="itb").warnings == ()
    tampered(log, "DELETE FROM verifications WHERE id = 2")
    found = read_calls(settings, service="itb")
    assert found.were_read
    assert "does not go on from" in found.warnings[0]
    assert found.rows["outcome"].tolist() == ["accepting", "retired"], "both count until somebody decides"
    accept_as_whole(settings, log, log.rows())
    assert read_calls(settings, service="itb").rows["outcome"].tolist() == ["accepting"]
    assert read_calls(settings, service="itb").warnings == ()


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT OR REPLACE INTO verifications SELECT id, entry_key, answer_key, recorded_at, npi, service, 'retired',
        {rest} FROM verifications""",
        "REPLACE INTO verifications_layouts VALUES (2, 'never')",
        "DELETE FROM verifications_layouts",
    ],
)
def test_no_program_can_replace_an_entry(settings, statement):
    log = open_log(settings)
    log.append([entry()])
    columns = [column.name for column in dataclasses.fields(Verification)][3:]
    with (
        sqlite3.connect(log.file) as connection,
        pytest.raises(sqlite3.DatabaseError, match="append-only"),
    ):
        connection.execute(statement.format(rest=", ".join([*columns, "link"])))
    assert log.read()["outcome"].tolist() == ["accepting"]


# ---- kills --------------------------------------------------------------------------------------------------------


def kill_at(statement: int, work: Callable[[], object]) -> bool:
    """Run some work in a child that kills itself before its n-th statement or commit; whether it came that far."""

    def run() -> None:
        count = 0

        def step(*_: object) -> None:
            nonlocal count
            count += 1
            if count == statement:
                os.kill(os.getpid(), signal.SIGKILL)

        sa.event.listen(sa.engine.Engine, "before_cursor_execute", step)
        sa.event.listen(sa.engine.Engine, "commit", step)
        work()

    child = multiprocessing.get_context("fork").Process(target=run)
    child.start()
    child.join(timeout=60)
    assert child.exitcode in (0, -signal.SIGKILL)
    return child.exitcode != 0


@pytest.mark.parametrize("is_old", [False, True], ids=["new log", "log of layout 1"])
def test_a_kill_at_any_statement_leaves_all_or_nothing_and_loses_no_call(tmp_path, is_old):
    new = [entry(30), entry(31, outcome="retired")]
    points = 0
    for statement in range(1, 200):
        own = Settings(local_dir=tmp_path / str(statement))
        log = open_log(own)
        if is_old:
            write_old_log(log)
        before = keys(log)
        if not kill_at(statement, lambda own=own: record_entries(own, new)):
            assert len(keys(log)) == len(before) + 2
            break
        points += 1
        assert keys(log) == before, f"statement {statement}"
        counted = read_calls(own, service="itb")
        assert counted.were_read
        assert len(counted.rows) == len(before) + 2, "what waits counts at once"
        assert record_entries(own, [entry(32)]).kept.new == 3
        assert len(set(keys(log))) == len(keys(log)) == len(before) + 3
        assert waiting_rows(own) == []
    assert points > (20 if is_old else 15)


@pytest.mark.postgres
def test_a_kill_at_any_statement_leaves_a_shared_log_whole(log):
    if log.file is not None:
        pytest.skip("SQLite has its own test, with the queue")
    write_old_log(log)
    statement = 0
    while kill_at(statement := statement + 1, lambda: log.append([entry(30), entry(31)])):
        assert len(keys(log)) == len(OLD_ENTRIES), f"statement {statement}"
    assert statement > 20
    assert len(keys(log)) == len(OLD_ENTRIES) + 2


# ---- locks, damage, no server: the answer still comes ---------------------------------------------------------------


def test_readers_take_no_lock_and_wait_for_no_writer(settings):
    log = open_log(settings)
    log.append([entry()])
    with sqlite3.connect(log.file, isolation_level=None) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert len(log.rows()) == 1
        writer.execute("ROLLBACK")
    with sqlite3.connect(log.file, isolation_level=None) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM verifications").fetchall()
        reader.execute("COMMIT")
    mode = stat.S_IMODE(log.file.stat().st_mode)
    log.file.chmod(0o400)
    before = log.file.read_bytes()
    assert len(log.rows()) == 1
    assert log.file.read_bytes() == before
    log.file.chmod(mode)


def spoil(how: str, log: VerificationLog) -> Callable[[], object]:
    """Take the log away in one way; returns what brings it back."""
    assert log.file is not None
    kept = log.file.read_bytes()
    if how == "locked":
        other = sqlite3.connect(log.file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN EXCLUSIVE")
        return other.close
    content = {"damaged": b"\0" * len(kept), "cut": kept[: len(kept) // 2]}[how]
    log.file.write_bytes(content)
    return lambda: log.file.write_bytes(kept)


@pytest.mark.parametrize("how", ["locked", "damaged", "cut"])
def test_without_the_log_its_last_reading_counts_under_a_loud_line(settings, how):
    log = dataclasses.replace(open_log(settings), read_wait_s=0.1)
    log.append([entry(0, outcome="retired", note="secret word", answered_by="Pat", asked="for M. Doe")])
    assert read_calls(settings, service="itb").were_read
    bring_back = spoil(how, log)
    found = read_calls(settings, service="itb")
    assert not found.were_read
    assert found.warnings[0].startswith(CALLS_NOT_READ)
    assert "still counts" in found.warnings[0]
    assert found.rows["outcome"].tolist() == ["retired"]
    bring_back()
    assert read_calls(settings, service="itb").warnings == ()


def test_a_log_that_is_gone_is_missed_by_whoever_read_it(settings):
    log = open_log(settings)
    log.append([entry(0, outcome="retired")])
    read_calls(settings, service="itb")
    log.file.unlink()
    found = read_calls(settings, service="itb")
    assert found.warnings[0].startswith(CALLS_NOT_READ)
    assert found.rows["outcome"].tolist() == ["retired"]


def test_without_any_reading_everybody_must_be_asked(settings):
    settings.local_dir.mkdir(parents=True)
    open_log(settings).file.write_bytes(b"no database at all " * 99)
    found = read_calls(settings, service="itb")
    assert "ask everybody first" in found.warnings[0]
    assert found.rows.empty
    with pytest.raises(DamagedLogError) as told:
        open_log(settings).rows()
    assert "put a copy back" in str(told.value.fix)


def test_a_server_that_never_answers_is_given_up(monkeypatch, settings):
    monkeypatch.setenv("DESERTS_DATABASE_URL", "postgresql://team:secret@127.0.0.1:1/calls")
    found = read_calls(settings, service="itb")
    assert not found.were_read
    assert "secret" not in found.warnings[0]
    with pytest.raises(SourceError, match="did not answer"):
        within(0.05, threading.Event().wait, what="a server")


def test_the_last_reading_is_private_and_holds_no_free_text_and_no_names(settings):
    words = {"note": "side door", "answered_by": "Pat Example", "asked": "for M. Doe", "logged_by": "Kim Example"}
    open_log(settings).append([entry(**words)])
    read_calls(settings, service="itb")
    path = remembered_path(settings)
    text = path.read_text(encoding="utf-8")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not any(word in text for word in words.values())


def test_a_call_that_cannot_be_written_waits_counts_and_is_merged_once(settings):
    log = open_log(settings)
    log.append([entry()])
    kept = log.file.read_bytes()
    log.file.write_bytes(b"\0" * len(kept))
    recorded = record_entries(settings, [entry(5, outcome="retired")])
    assert (recorded.kept.new, recorded.waiting) == (0, 1)
    assert recorded.why_waiting
    files = list(waiting_folder(settings).iterdir())
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600]
    assert stat.S_IMODE(waiting_folder(settings).stat().st_mode) == 0o700
    assert "retired" in read_calls(settings, service="itb").rows["outcome"].tolist()
    log.file.write_bytes(kept)
    assert record_entries(settings, [entry(6)]).kept.new == 2
    assert not list(waiting_folder(settings).iterdir())
    assert read_calls(settings, service="itb").rows["npi"].tolist() == [npi(0), npi(5), npi(6)]


def test_what_waits_and_stands_in_the_log_already_is_not_written_twice(settings):
    log = open_log(settings)
    log.append([entry()])
    keep_waiting(settings, [entry()], recorded_at=NOW.isoformat())
    assert len(read_calls(settings, service="itb").rows) == 1
    assert merge_waiting(settings, log).new == 0
    assert waiting_rows(settings) == []


@pytest.mark.parametrize("content", ["", "{}", '{"recorded_at": "x", "entry": {"npi": 1}}'])
def test_a_damaged_waiting_call_is_told_and_not_passed_over(settings, content):
    keep_waiting(settings, [entry()], recorded_at=NOW.isoformat())
    file = next(waiting_folder(settings).iterdir())
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="call that waits"):
        waiting_rows(settings)
    found = read_calls(settings, service="itb")
    assert "call that waits" in found.warnings[0]
    assert not found.were_read


def test_what_a_killed_writer_left_is_no_call_and_is_swept_later(settings):
    keep_waiting(settings, [entry()], recorded_at=NOW.isoformat())
    left = [folder / ".calls.tmp-x1y2.json" for folder in (waiting_folder(settings), remembered_path(settings).parent)]
    for path in left:
        path.write_text("{", encoding="utf-8")
    found = read_calls(settings, service="itb")
    assert (found.warnings, found.were_read) == ((), True)
    record_entries(settings, [entry(1)])
    read_calls(settings, service="itb")
    assert all(path.exists() for path in left)  # another process may be writing it
    for path in left:
        os.utime(path, (1.0, 1.0))
    record_entries(settings, [entry(2)])
    read_calls(settings, service="itb")
    assert not any(path.exists() for path in left)


def test_a_last_reading_that_was_damaged_does_not_count(settings):
    log = open_log(settings)
    log.append([entry(0, outcome="retired")])
    read_calls(settings, service="itb")
    log.file.write_bytes(b"no database at all " * 99)
    path = remembered_path(settings)
    path.write_text(path.read_text(encoding="utf-8").replace("retired", "retirec"), encoding="utf-8")  # one flipped bit
    found = read_calls(settings, service="itb")
    assert found.rows.empty
    assert "ask everybody first" in found.warnings[0]


def test_a_waiting_call_that_was_changed_is_told(settings):
    keep_waiting(settings, [entry()], recorded_at=NOW.isoformat())
    file = next(waiting_folder(settings).iterdir())
    file.write_text(file.read_text(encoding="utf-8").replace("accepting", "retired"), encoding="utf-8")
    with pytest.raises(InputError, match="does not say what was written"):
        waiting_rows(settings)


def test_a_clock_that_was_set_back_is_told(settings):
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=3)
    log = open_log(settings)
    log.append([entry()], recorded_at=later)
    assert "CHECK THE CLOCK" in read_calls(settings, service="itb").warnings[0]
    assert "check day and time" in log.append([entry(1)]).clock


# ---- copies -------------------------------------------------------------------------------------------------------


def test_a_copy_holds_all_and_brings_all_back(log, tmp_path):
    log.append([entry(number, note="n") for number in range(5)])
    path = tmp_path / "copy.sqlite"
    assert copy_log(log, path) == 5
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(InputError, match="already"):
        copy_log(log, path)
    log.append([entry(9)])
    done = restore_log(path, log, now=NOW)
    assert (done.entries, done.kept.new, done.set_aside) == (5, 0, None)
    other = open_log(Settings(local_dir=tmp_path / "other"))
    assert restore_log(path, other, now=NOW).kept.new == 5
    assert keys(other) == keys(log)[:5]
    assert [row["recorded_at"] for row in other.rows()] == [row["recorded_at"] for row in log.rows()][:5]


def test_a_damaged_log_is_set_aside_when_a_copy_comes_back(settings, tmp_path):
    log = open_log(settings)
    log.append([entry(0), entry(1)])
    copy_log(log, tmp_path / "copy.sqlite")
    tampered(log, "DELETE FROM verifications WHERE id = 1")
    broken = log.file.read_bytes()
    done = restore_log(tmp_path / "copy.sqlite", log, now=NOW)
    assert done.set_aside.read_bytes() == broken
    assert done.set_aside.name.endswith("damaged-20260601T120000")
    assert len(log.rows()) == 2


def test_a_damaged_copy_changes_nothing(settings, tmp_path):
    log = open_log(settings)
    log.append([entry(0)])
    copy_log(log, tmp_path / "copy.sqlite")
    tampered(open_log(settings), "DELETE FROM verifications_layouts")
    shutil.copy(tmp_path / "copy.sqlite", tmp_path / "bad.sqlite")
    with sqlite3.connect(tmp_path / "bad.sqlite") as bad:
        bad.execute("DROP TRIGGER verifications_no_update")
        bad.execute("UPDATE verifications SET outcome = 'retired'")
    before = log.file.read_bytes()
    with pytest.raises(DamagedLogError):
        restore_log(tmp_path / "bad.sqlite", log, now=NOW)
    with pytest.raises(InputError, match="no such file"):
        restore_log(tmp_path / "none.sqlite", log, now=NOW)
    assert log.file.read_bytes() == before


# ---- calls that are due ----------------------------------------------------------------------------------------------


def test_a_call_is_due_until_somebody_has_asked_again(settings, itb):
    log = open_log(settings)
    log.append(
        [
            entry(0, outcome="full", review_on="2026-06-03"),
            entry(1, follow_up_on="2026-06-02"),
            entry(2, outcome="full", review_on="2026-07-30"),
            entry(3, outcome="full", review_on="2026-05-20", site_id=f"{npi(3)}-a", scope="site"),
        ]
    )
    until = dt.date(2026, 6, 8)

    def due() -> list[tuple[str, str]]:
        return [(str(call.on), call.npi) for call in due_calls(log.read(), service=itb, until=until)]

    assert due() == [("2026-05-20", npi(3)), ("2026-06-02", npi(1)), ("2026-06-03", npi(0))]
    log.append([entry(1, observed_on="2026-05-30"), entry(3, observed_on="2026-05-30", site_id=f"{npi(3)}-b")])
    assert due() == [("2026-05-20", npi(3)), ("2026-06-03", npi(0))]
    log.append([entry(3, observed_on="2026-05-31", outcome="no_answer")])
    assert due() == [("2026-06-03", npi(0))]
