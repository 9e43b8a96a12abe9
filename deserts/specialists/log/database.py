"""The verification log: every call and visit, appended to a database and never changed.

SQLite in the user's own folder by default; PostgreSQL when a team shares one. The table refuses updates, deletions and
replacements in the database itself, so that no program can rewrite what was said. A later answer does not replace an
earlier one: both stay, and `deserts.specialists.standing` says which one stands. Whoever reads takes no lock that keeps
a writer out, and every reading checks the whole chain.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import sqlalchemy as sa

from deserts.config import Settings
from deserts.errors import DesertsError, InputError, MissingExtraError, SourceError
from deserts.extras import need
from deserts.specialists.entries import LOG_COLUMNS, NUMBER_COLUMNS, Verification, answer_key, entry_key
from deserts.specialists.log.chain import FIRST_LINK, first_fault, next_link
from deserts.specialists.log.table import TABLE, columns_there, ensure_layout, layout_of
from deserts.specialists.log_places import DATABASE_URL, log_file

__all__ = [
    "DamagedLogError", "Kept", "LogRow", "VerificationLog", "as_frame", "open_log",
    "row_of",
]  # fmt: skip

READ_WAIT_S = 0.5
"""How long a reader waits for a lock that somebody else holds (seconds): an answer must come all the same."""
WRITE_WAIT_S = 30.0
"""How long a writer waits for another (seconds)."""
_KEYS_AT_ONCE = 500
_PUT_BACK = "keep the file, and put a copy back: `deserts verifications restore COPY`"


class DamagedLogError(SourceError):
    """The log can be read, and does not say what was written."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """An entry with the moment at which it was written (UTC, ISO 8601)."""

    entry: Verification
    recorded_at: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of entries: how many were new, what to know about the clock, and whether the log was of layout 1."""

    new: int
    clock: str = ""
    was_old: bool = False


@dataclass(frozen=True, slots=True)
class VerificationLog:
    """An append-only log of answers.

    Parameters
    ----------
    url
        Database; passwords in it are never printed.
    file
        The SQLite file, or None for another database.
    read_wait_s, write_wait_s
        Longest wait for a lock (seconds).
    """

    url: sa.URL
    file: Path | None = None
    read_wait_s: float = READ_WAIT_S
    write_wait_s: float = WRITE_WAIT_S

    @property
    def place(self) -> str:
        """Where the log is, without its password and without options, which may hold one too."""
        return str(self.file) if self.file is not None else self.url.set(query={}).render_as_string(hide_password=True)

    def append(self, entries: Sequence[Verification], *, recorded_at: dt.datetime | None = None) -> Kept:
        """Append entries in one transaction.

        An entry that is already in the log is not written twice, nor one without a note that is there with one; so
        importing a spreadsheet again is harmless, also one that was exported without notes.

        Raises
        ------
        SourceError
            If the database cannot be reached or is damaged; nothing was written then.
        """
        moment = (recorded_at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).isoformat(timespec="microseconds")
        return self.append_rows([LogRow(entry, moment) for entry in entries])

    def append_rows(self, rows: Sequence[LogRow]) -> Kept:
        """Append entries with the moments at which they were written elsewhere; see `append`."""
        if not rows:
            return Kept(0)
        now = dt.datetime.now(dt.UTC)
        self._prepare_file()
        with self._connection(writes=True) as connection:
            layout = ensure_layout(connection, now=now)
            whole = _rows_of(connection, LAYOUT_COLUMNS)
            self._refuse_if_damaged(whole)
            fresh = _fresh(connection, rows)
            link = whole[-1]["link"] if whole else FIRST_LINK
            for row in fresh:
                link = next_link(link, entry_key=row["entry_key"], recorded_at=row["recorded_at"])
                row["link"] = link
            if fresh:
                connection.execute(sa.insert(TABLE), fresh)
            return Kept(len(fresh), _clock_words(whole, now), was_old=layout == 1)

    def read(self, *, service: str | None = None) -> pd.DataFrame:
        """Return the log, oldest first, with `LOG_COLUMNS`; a log that was never written is empty.

        Parameters
        ----------
        service
            Only entries of this service.

        Raises
        ------
        DamagedLogError
            If an entry does not say what was written.
        SourceError
            If the database cannot be reached.
        """
        frame = as_frame(self.rows())
        return frame if service is None else frame[frame["service"] == service].reset_index(drop=True)

    def rows(self) -> list[dict[str, Any]]:
        """Return every entry as it stands in the database, oldest first, after checking them all; see `read`."""
        if self.file is not None and not self.file.is_file():
            return []
        with self._connection(writes=False) as connection:
            there = columns_there(connection)
            layout_of(connection)
            found = _rows_of(connection, [name for name in LAYOUT_COLUMNS if name in there]) if there else []
        self._refuse_if_damaged(found)
        return found

    def _refuse_if_damaged(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if (fault := first_fault(rows)) is not None:
            raise DamagedLogError(
                f"the verification log is damaged: {fault}",
                where=self.place,
                fix=_PUT_BACK,
            )

    def _prepare_file(self) -> None:
        """Make the folder and the file private before anything is in them."""
        if self.file is None:
            return
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with contextlib.suppress(PermissionError):
                self.file.parent.chmod(0o700)
            os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))
        except OSError as error:
            reason = (error.strerror or type(error).__name__).lower()
            raise SourceError(f"the verification log cannot be written: {reason}", where=self.place) from error

    @contextlib.contextmanager
    def _connection(self, *, writes: bool) -> Iterator[sa.Connection]:
        """Yield a connection in one transaction; writers wait for one another, readers for nobody but a moment."""
        try:
            engine = self._engine(writes=writes)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"the database needs a package that is not installed: {error.name}",
                where=DATABASE_URL,
                fix="pip install 'deserts[scale]'",
            ) from error
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.SQLAlchemyError as error:
            reason = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
            # SQLite's own words for a file that is none, or no longer whole; everything else may pass by itself.
            said = f"the verification log cannot be used: {reason.splitlines()[0]}"
            if self.file is None:
                fix = f"check {DATABASE_URL}, the server and the rights on the table"
                raise SourceError(said, where=self.place, fix=fix) from error
            if type(error) is sa.exc.DatabaseError:
                raise DamagedLogError(said, where=self.place, fix=_PUT_BACK) from error
            fix = "see whether another program holds the file, and who may write there; then try again"
            raise SourceError(said, where=self.place, fix=fix) from error
        except DesertsError as error:
            error.where = error.where or self.place
            raise
        finally:
            engine.dispose()

    def _engine(self, *, writes: bool) -> sa.Engine:
        wait_s = self.write_wait_s if writes else self.read_wait_s
        if self.url.get_backend_name() != "sqlite":
            most_ms = int(wait_s * 1000)
            limits = f"-c lock_timeout={most_ms}" + (
                "" if writes else f" -c statement_timeout={most_ms} -c default_transaction_read_only=on"
            )
            arguments = {"connect_timeout": max(2, int(wait_s)), "options": limits}
            return sa.create_engine(self.url, poolclass=sa.pool.NullPool, connect_args=arguments)
        url = self.url
        if self.file is not None and not writes:
            # Opened so, a reader makes no file; it may still finish what a crashed writer left half done.
            query = {"uri": "true", "mode": "rw"}
            url = sa.URL.create("sqlite", database=f"file:{quote(str(self.file))}", query=query)
        engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"timeout": wait_s})
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _begin_writing if writes else _begin_reading)
        return engine


LAYOUT_COLUMNS = [column.name for column in TABLE.columns]


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by us
    connection.execute("PRAGMA recursive_triggers = ON")  # so that a replaced row fires its guard


def _begin_writing(connection: sa.Connection) -> None:
    # A reader that turns writer half-way can meet another one and fail; taking the lock first makes it wait.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_reading(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _rows_of(connection: sa.Connection, columns: Sequence[str]) -> list[dict[str, Any]]:
    query = sa.select(*(TABLE.c[name] for name in columns)).order_by(TABLE.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _fresh(connection: sa.Connection, rows: Sequence[LogRow]) -> list[dict[str, Any]]:
    """Return the rows to write: those that neither the log nor an earlier one of them holds."""
    candidates = [row_of(row) for row in rows]
    known = _known(connection, "entry_key", [row["entry_key"] for row in candidates])
    answered = _known(connection, "answer_key", [row["answer_key"] for row in candidates if not row["note"]])
    fresh = []
    for row in candidates:
        if row["entry_key"] in known or (not row["note"] and row["answer_key"] in answered):
            continue
        known.add(row["entry_key"])
        answered.add(row["answer_key"])
        fresh.append(row)
    return fresh


def row_of(row: LogRow) -> dict[str, Any]:
    """Return an entry as the database holds it, without its number and link."""
    keys = {"entry_key": entry_key(row.entry), "answer_key": answer_key(row.entry)}
    return dataclasses.asdict(row.entry) | keys | {"recorded_at": row.recorded_at}


def _known(connection: sa.Connection, column: str, keys: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for start in range(0, len(keys), _KEYS_AT_ONCE):
        part = keys[start : start + _KEYS_AT_ONCE]
        found |= set(connection.scalars(sa.select(TABLE.c[column]).where(TABLE.c[column].in_(part))))
    return found


def _clock_words(rows: Sequence[Mapping[str, Any]], now: dt.datetime) -> str:
    newest = max((str(row["recorded_at"]) for row in rows), default="")
    if newest <= now.isoformat(timespec="microseconds"):
        return ""
    return (
        f"the clock of this computer says {now.isoformat(timespec='minutes')}, and the log has an entry of "
        f"{newest[:16]}: check day and time, answers are put in their order by them"
    )


def as_frame(rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return entries as a frame with `LOG_COLUMNS`; what a row lacks is empty."""
    text = [name for name in LOG_COLUMNS if name not in NUMBER_COLUMNS]
    named = [{**row, "entry": row.get("entry_key", row.get("entry", ""))} for row in rows]
    frame = pd.DataFrame(
        {name: [row.get(name, None if name in NUMBER_COLUMNS else "") for row in named] for name in LOG_COLUMNS}
    )
    return frame.astype(dict.fromkeys(text, "str") | dict.fromkeys(NUMBER_COLUMNS, "float64"))


def open_log(settings: Settings, *, database_url: str | None = None) -> VerificationLog:
    """Return the log of these settings.

    Parameters
    ----------
    settings
        ``local_dir`` holds the SQLite file.
    database_url
        A shared database (``postgresql://…``); ``DESERTS_DATABASE_URL`` when None, SQLite when that is not set.

    Raises
    ------
    InputError
        If the address of the database cannot be read.
    """
    text = database_url or os.environ.get(DATABASE_URL, "")
    if not text:
        path = log_file(settings)
        return VerificationLog(sa.URL.create("sqlite", database=str(path)), path)
    try:
        url = sa.make_url(text)
    except sa.exc.ArgumentError as error:
        raise InputError(
            "the address of the database cannot be read",
            where=DATABASE_URL,
            expected="postgresql://user:password@host/database",
        ) from error
    if url.drivername in ("postgres", "postgresql"):
        need("psycopg", extra="scale", to="keep the log in PostgreSQL")
        url = url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() not in ("postgresql", "sqlite"):
        raise InputError(
            f"databases of the kind {url.get_backend_name()!r} are not supported",
            where=DATABASE_URL,
            expected="postgresql://… or sqlite:///…",
        )
    is_file = url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:")
    return VerificationLog(url, Path(str(url.database)) if is_file else None)
