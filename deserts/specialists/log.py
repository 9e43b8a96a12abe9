"""The verification log: every call and visit, appended to a database and never changed.

SQLite in the user's own folder by default; PostgreSQL when a team shares one. The table refuses updates and deletions
in the database itself, so that no program can rewrite what was said. A later answer does not replace an earlier one:
both stay, and `deserts.specialists.standing` says which one stands.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from deserts.config import Settings
from deserts.errors import InputError, MissingExtraError, SourceError
from deserts.extras import need
from deserts.services import Service
from deserts.specialists.entries import LOG_COLUMNS, Verification

__all__ = ["DATABASE_URL", "VerificationLog", "log_fingerprint", "open_log", "read_verifications"]

DATABASE_URL = "DESERTS_DATABASE_URL"
"""Name of the environment variable that names a shared database."""

_FILE_NAME = "verifications.sqlite"
_WAIT_SECONDS = 30
_METADATA = sa.MetaData()
_TABLE = sa.Table(
    "verifications",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("entry_key", sa.String(64), nullable=False, unique=True),
    sa.Column("answer_key", sa.String(64), nullable=False, index=True),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    *(sa.Column(f.name, sa.Integer if f.name == "wait_days" else sa.Text, nullable=f.name == "wait_days")
      for f in dataclasses.fields(Verification)),
)  # fmt: skip
_SQLITE_GUARDS = tuple(
    f"CREATE TRIGGER IF NOT EXISTS verifications_no_{verb} BEFORE {verb} ON verifications "
    f"BEGIN SELECT RAISE(ABORT, 'the verification log is append-only'); END"
    for verb in ("update", "delete")
)
_POSTGRES_GUARDS = (
    """CREATE OR REPLACE FUNCTION verifications_append_only() RETURNS trigger AS $$ BEGIN
       RAISE EXCEPTION 'the verification log is append-only'; END $$ LANGUAGE plpgsql""",
    """CREATE TRIGGER verifications_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON verifications
       FOR EACH STATEMENT EXECUTE FUNCTION verifications_append_only()""",
)
# Writers to PostgreSQL take turns: two would else create the table at once, or miss each other's answers.
_POSTGRES_LOCK = "SELECT pg_advisory_xact_lock(7310652)"


@dataclass(frozen=True, slots=True)
class VerificationLog:
    """An append-only log of answers.

    Parameters
    ----------
    url
        Database; passwords in it are never printed.
    file
        The SQLite file, or None for another database.
    """

    url: sa.URL
    file: Path | None = None

    @property
    def place(self) -> str:
        """Where the log is, without its password."""
        return str(self.file) if self.file is not None else self.url.render_as_string(hide_password=True)

    def append(self, entries: Sequence[Verification], *, recorded_at: dt.datetime | None = None) -> int:
        """Append entries in one transaction and return how many were new.

        An entry that is already in the log is not written twice, nor one without a note that is there with one; so
        importing a spreadsheet again is harmless, also one that was exported without notes.

        Raises
        ------
        SourceError
            If the database cannot be reached.
        """
        moment = (recorded_at or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).isoformat(timespec="microseconds")
        if not entries:
            return 0
        rows = [_row(entry, moment) for entry in entries]
        self._prepare_file()
        with self._connection() as connection:
            _create(connection)
            keys = [row["answer_key"] for row in rows if not row["note"]]
            known = set(connection.scalars(sa.select(_TABLE.c.answer_key).where(_TABLE.c.answer_key.in_(keys))))
            rows = [row for row in rows if row["note"] or row["answer_key"] not in known]
            if not rows:
                return 0
            before = connection.execute(sa.select(sa.func.count()).select_from(_TABLE)).scalar_one()
            dialect: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            connection.execute(dialect.insert(_TABLE).on_conflict_do_nothing(index_elements=["entry_key"]), rows)
            after = connection.execute(sa.select(sa.func.count()).select_from(_TABLE)).scalar_one()
        return int(after - before)

    def read(self, *, service: str | None = None) -> pd.DataFrame:
        """Return the log, oldest first, with `LOG_COLUMNS`; a log that was never written is empty.

        Parameters
        ----------
        service
            Only entries of this service.
        """
        columns = [_TABLE.c[name] for name in LOG_COLUMNS]
        query = sa.select(*columns).order_by(_TABLE.c.id)
        if service is not None:
            query = query.where(_TABLE.c.service == service)
        rows: Sequence[Any] = []
        if self.file is None or self.file.is_file():
            with self._connection() as connection:
                if sa.inspect(connection).has_table(_TABLE.name):
                    rows = connection.execute(query).all()
        frame = pd.DataFrame([tuple(row) for row in rows], columns=LOG_COLUMNS)
        text = [name for name in LOG_COLUMNS if name != "wait_days"]
        return frame.astype(dict.fromkeys(text, "str") | {"wait_days": "float64"})

    def _prepare_file(self) -> None:
        """Make the folder and the file private before anything is in them."""
        if self.file is None:
            return
        self.file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(PermissionError):
            self.file.parent.chmod(0o700)
        os.close(os.open(self.file, os.O_CREAT | os.O_RDWR, 0o600))

    @contextlib.contextmanager
    def _connection(self) -> Iterator[sa.Connection]:
        """Yield a connection in one transaction; writers wait for one another."""
        try:
            engine = _engine(self.url)
        except ModuleNotFoundError as error:
            raise MissingExtraError(
                f"the database needs a package that is not installed: {error.name}",
                where=DATABASE_URL,
                fix="pip install 'deserts[scale]'",
            ) from error
        try:
            with engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            reason = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
            raise SourceError(
                f"the verification log cannot be used: {reason}",
                where=self.place,
                fix=f"check {DATABASE_URL}, the server and the rights on the table",
            ) from error
        finally:
            engine.dispose()


def _engine(url: sa.URL) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"connect_timeout": _WAIT_SECONDS})
    engine = sa.create_engine(url, poolclass=sa.pool.NullPool, connect_args={"timeout": _WAIT_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _leave_transactions_to_us(connection: Any, _record: Any) -> None:
        connection.isolation_level = None

    @sa.event.listens_for(engine, "begin")
    def _lock_at_once(connection: sa.Connection) -> None:
        # A reader that turns writer half-way can meet another one and fail; taking the lock first makes it wait.
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine


def _create(connection: sa.Connection) -> None:
    guards = _SQLITE_GUARDS
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql(_POSTGRES_LOCK)
        guards = _POSTGRES_GUARDS
    if sa.inspect(connection).has_table(_TABLE.name):
        return
    _METADATA.create_all(connection, checkfirst=False)
    for statement in guards:
        connection.exec_driver_sql(statement)


def _row(entry: Verification, moment: str) -> dict[str, Any]:
    facts = dataclasses.asdict(entry)
    keys = {"entry_key": _digest(facts), "answer_key": _digest(facts | {"note": ""})}
    return facts | keys | {"recorded_at": moment}


def _digest(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


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
        path = settings.local_dir / _FILE_NAME
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


def read_verifications(settings: Settings, *, service: Service) -> pd.DataFrame | None:
    """Return all answers about a service, oldest first, or None when there is none."""
    rows = open_log(settings).read(service=service.service_id)
    return None if rows.empty else rows


def log_fingerprint(settings: Settings, *, service: Service) -> str:
    """Return a hash of all answers about a service, so that a stage knows whether it must run again."""
    rows = open_log(settings).read(service=service.service_id)
    return hashlib.sha256(rows.to_json(orient="values").encode()).hexdigest()
