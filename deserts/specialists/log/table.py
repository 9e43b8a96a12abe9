"""The log's tables: their columns, the guards that let nothing be changed, and the steps from an older layout.

Layout 1 had one table without links. Layout 2 adds who answered and how far an answer reaches, links every entry to
the one before (`deserts.specialists.log.chain`), and counts its own layouts. A step is one transaction: a log is in the
old layout or in the new one, and every entry of the old one says in the new one what it said before.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import sqlalchemy as sa

from deserts.errors import SourceError
from deserts.specialists.entries import NUMBER_COLUMNS, Verification
from deserts.specialists.log.chain import FIRST_LINK, next_link

__all__ = ["LAYOUT", "LAYOUTS", "TABLE", "columns_there", "ensure_layout", "layout_of"]

LAYOUT = 2
"""The layout that this program writes."""

_METADATA = sa.MetaData()
_FIRST_FIELDS = 12
"""Fields of `Verification` that layout 1 had."""


def _column(field: dataclasses.Field[object], *, place: int) -> sa.Column[object]:
    if field.name in NUMBER_COLUMNS:
        kind: Any = sa.Integer() if field.name == "wait_days" else sa.Float(53)
        return sa.Column(field.name, kind, nullable=True)
    default = None if place < _FIRST_FIELDS else sa.text("''")
    return sa.Column(field.name, sa.Text, nullable=False, server_default=default)


TABLE = sa.Table(
    "verifications",
    _METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("entry_key", sa.String(64), nullable=False, unique=True),
    sa.Column("answer_key", sa.String(64), nullable=False, index=True),
    sa.Column("recorded_at", sa.String(32), nullable=False),
    *(_column(field, place=place) for place, field in enumerate(dataclasses.fields(Verification))),
    sa.Column("link", sa.String(64), nullable=True),
)
LAYOUTS = sa.Table(
    "verifications_layouts",
    _METADATA,
    sa.Column("layout", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reached_at", sa.String(32), nullable=False),
)
_NEW_COLUMNS = [*(field.name for field in dataclasses.fields(Verification)[_FIRST_FIELDS:]), "link"]
_APPEND_ONLY = "the verification log is append-only"
_NEWER = "this verification log has a newer layout: update deserts before you write to it"


def _sqlite_guard(name: str, event: str, words: str, *, table: sa.Table = TABLE, when: str = "") -> str:
    condition = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER IF NOT EXISTS {table.name}_{name} BEFORE {event} ON {table.name} {condition}"
        f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
    )


def _postgres_guard(name: str, event: str, each: str, function: str, *, table: sa.Table = TABLE) -> str:
    return f"CREATE TRIGGER {name} BEFORE {event} ON {table.name} FOR EACH {each} EXECUTE FUNCTION {function}()"


# REPLACE deletes the old row without firing its trigger unless the writer asked for recursive triggers.
_SAME_ENTRY = "EXISTS (SELECT 1 FROM verifications WHERE entry_key = NEW.entry_key OR id = NEW.id)"
_SAME_LAYOUT = "EXISTS (SELECT 1 FROM verifications_layouts WHERE layout = NEW.layout)"
_SQLITE_GUARDS = (
    _sqlite_guard("no_update", "UPDATE", _APPEND_ONLY),
    _sqlite_guard("no_delete", "DELETE", _APPEND_ONLY),
    _sqlite_guard("no_replace", "INSERT", _APPEND_ONLY, when=_SAME_ENTRY),
    _sqlite_guard("linked", "INSERT", _NEWER, when="NEW.link IS NULL OR length(NEW.link) <> 64"),
    _sqlite_guard("no_update", "UPDATE", _APPEND_ONLY, table=LAYOUTS),
    _sqlite_guard("no_delete", "DELETE", _APPEND_ONLY, table=LAYOUTS),
    _sqlite_guard("no_replace", "INSERT", _APPEND_ONLY, table=LAYOUTS, when=_SAME_LAYOUT),
)
_CHANGES = "UPDATE OR DELETE OR TRUNCATE"
_POSTGRES_GUARDS = (
    f"""CREATE OR REPLACE FUNCTION verifications_append_only() RETURNS trigger AS $$ BEGIN
       RAISE EXCEPTION '{_APPEND_ONLY}'; END $$ LANGUAGE plpgsql""",
    f"""CREATE OR REPLACE FUNCTION verifications_linked() RETURNS trigger AS $$ BEGIN
       IF NEW.link IS NULL OR length(NEW.link) <> 64 THEN RAISE EXCEPTION '{_NEWER}'; END IF;
       RETURN NEW; END $$ LANGUAGE plpgsql""",
    _postgres_guard("verifications_guard", _CHANGES, "STATEMENT", "verifications_append_only"),
    _postgres_guard("verifications_guard", _CHANGES, "STATEMENT", "verifications_append_only", table=LAYOUTS),
    _postgres_guard("verifications_linked", "INSERT", "ROW", "verifications_linked"),
)
# Writers to PostgreSQL take turns: two would else create the table at once, or miss each other's answers.
_POSTGRES_LOCK = "SELECT pg_advisory_xact_lock(7310652)"


def columns_there(connection: sa.Connection) -> frozenset[str]:
    """Return the columns that the log's table has; none where there is no table."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(TABLE.name):
        return frozenset()
    return frozenset(column["name"] for column in inspector.get_columns(TABLE.name))


def layout_of(connection: sa.Connection) -> int:
    """Return the layout of a log, 0 where there is none yet.

    Raises
    ------
    SourceError
        If a newer program has written it.
    """
    there = columns_there(connection)
    if not there:
        return 0
    if "link" not in there:
        return 1
    found = connection.execute(sa.select(sa.func.max(LAYOUTS.c.layout))).scalar_one()
    if found is not None and int(found) > LAYOUT:
        raise SourceError(
            f"the verification log has layout {found}, and this program knows layouts up to {LAYOUT}",
            fix="update deserts",
        )
    return LAYOUT


def ensure_layout(connection: sa.Connection, *, now: dt.datetime) -> int:
    """Make the tables, or bring those of an older layout to this one; within the caller's transaction.

    Returns the layout that was there, 0 for none.

    Parameters
    ----------
    connection
        In a transaction that may write.
    now
        Written beside the layout.
    """
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        connection.exec_driver_sql(_POSTGRES_LOCK)
    layout = layout_of(connection)
    if layout == LAYOUT:
        return layout
    if layout == 0:
        _METADATA.create_all(connection, checkfirst=False)
    else:
        _from_first_layout(connection, is_sqlite=is_sqlite)
    for statement in _SQLITE_GUARDS if is_sqlite else _POSTGRES_GUARDS:
        connection.exec_driver_sql(statement)
    connection.execute(sa.insert(LAYOUTS), {"layout": LAYOUT, "reached_at": now.isoformat(timespec="microseconds")})
    return layout


def _from_first_layout(connection: sa.Connection, *, is_sqlite: bool) -> None:
    """Add what layout 1 lacks. Nothing that an entry says is touched: the new columns are empty, the links computed."""
    if is_sqlite:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {TABLE.name}_no_update")
    else:
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS verifications_guard ON {TABLE.name}")
    for name in _NEW_COLUMNS:
        specification = sa.schema.CreateColumn(TABLE.c[name]).compile(dialect=connection.dialect)
        connection.exec_driver_sql(f"ALTER TABLE {TABLE.name} ADD COLUMN {specification}")
    LAYOUTS.create(connection, checkfirst=False)
    link = FIRST_LINK
    rows = connection.execute(sa.select(TABLE.c.id, TABLE.c.entry_key, TABLE.c.recorded_at).order_by(TABLE.c.id)).all()
    for number, key, recorded_at in rows:
        link = next_link(link, entry_key=key, recorded_at=recorded_at)
        connection.execute(sa.update(TABLE).where(TABLE.c.id == number).values(link=link))
