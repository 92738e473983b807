"""The database: one set of rules on SQLite and on PostgreSQL.

Reading needs no ceremony: ``db.session`` opens a transaction by itself and the end of the request ends it. Writing has
one door, ``transaction()``: it commits or it undoes, and only one write unit runs at a time, on SQLite by BEGIN
IMMEDIATE and on PostgreSQL by an advisory lock. So what a write unit has read stays true until it commits: no update is
lost, nothing deadlocks, nothing has to be tried again. The price is that writes queue: keep write units short, and
never wait for a network inside one. A session that writes outside the door is refused.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, event, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session, UOWTransaction, registry
from sqlalchemy.types import TypeDecorator

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"

WAIT_MS = 5_000
"""How long a write waits for its turn before it gives up; the page then says so and keeps the form's text."""
STATEMENT_MS = 30_000
IDLE_MS = 60_000

WRITES = "writes"
"""The execution option of a connection whose transaction writes."""

# Any fixed number serves as the name of PostgreSQL's lock; this one is "grants" in ASCII.
_WRITE_LOCK = 0x6772616E7473

# Primary result codes of SQLite that tell of the file or its disk, not of a mistake in our SQL.
_SQLITE_OUTAGES = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
    }
)
# PostgreSQL: classes of SQLSTATE (connection, rollback, resources, object state, intervention, system), and two
# single codes: a standby that only reads, a transaction left idle too long.
_POSTGRES_OUTAGES = ("08", "40", "53", "55", "57", "58", "25006", "25P03")
_UNDEFINED_TABLE = "42P01"


class UTCDateTime(TypeDecorator[datetime]):
    """An instant: takes aware values only, stores UTC, gives aware values back in UTC on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Turn an aware value to UTC.

        Raises:
            ValueError: the value is naive, so nobody knows which instant it means.
        """
        del dialect
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value!r} has no time zone; an instant needs one")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the instant in UTC: SQLite returns it naive, PostgreSQL in the connection's zone."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """The base of every model: names for constraints, so that migrations can find them, and our column types."""

    # Flask-SQLAlchemy copies this class: it accepts a registry, and refuses a bare type_annotation_map.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={datetime: UTCDateTime(), dict[str, Any]: JSON(), list[Any]: JSON()},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False}, disable_autonaming=True)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def init_app(app: Flask) -> None:
    """Give the application its database."""
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(app.config["SQLALCHEMY_DATABASE_URI"])
    db.init_app(app)
    with app.app_context():
        prepare(db.engine)


def engine_options(url: str) -> dict[str, Any]:
    """Return what an engine for this address is made with."""
    # What people typed belongs in no log: errors name the statement without its values.
    options: dict[str, Any] = {
        "json_serializer": _sorted_json,
        "pool_timeout": WAIT_MS / 1000,
        "hide_parameters": True,
    }
    if make_url(url).get_backend_name() == "postgresql":
        limits = f"-c lock_timeout={WAIT_MS} -c statement_timeout={STATEMENT_MS}"
        limits += f" -c idle_in_transaction_session_timeout={IDLE_MS}"
        options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": WAIT_MS // 1000, "options": limits}}
    return options


def _sorted_json(value: object) -> str:
    """Write JSON so that equal values are equal texts."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def prepare(engine: Engine) -> None:
    """Teach one engine our transactions; for this engine only, not for every engine of the process."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "begin", _begin_postgres)


def _open_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Set what SQLite forgets between connections, and take BEGIN out of the driver's hands."""
    connection.isolation_level = None
    for pragma in (f"busy_timeout={WAIT_MS}", "foreign_keys=ON", "journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a write unit takes the write lock at once, so that it waits for its turn instead of failing later."""
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _begin_postgres(connection: Connection) -> None:
    """Let a write unit wait for its turn; PostgreSQL gives the lock back by itself at commit and rollback."""
    if connection.get_execution_options().get(WRITES, False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_WRITE_LOCK})")


@contextmanager
def transaction() -> Iterator[Session]:
    """Open the write unit: commit at the end, undo on any error.

    Objects read before are read again when they are next touched, so a decision is made on what is true now; their
    relationships must be loaded anew. After the commit objects keep their values.

    Raises:
        RuntimeError: a write unit is open already, or something was changed before this one began.
        OperationalError: the turn did not come within ``WAIT_MS``.
    """
    session = db.session()
    if session.info.get(WRITES):
        raise RuntimeError("a write unit is open already: pass its session on instead of opening another")
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("something was changed before the write unit began")
    session.rollback()
    session.info[WRITES] = True
    try:
        session.connection(execution_options={WRITES: True})
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        session.info[WRITES] = False


@event.listens_for(db.session, "before_flush")
def _refuse_stray_flush(session: Session, _context: UOWTransaction, _instances: object) -> None:
    """Keep the one door: rows are saved inside ``transaction()`` only."""
    if not session.info.get(WRITES):
        raise RuntimeError("rows are saved inside `with transaction()` only")


@event.listens_for(db.session, "do_orm_execute")
def _refuse_stray_statement(state: ORMExecuteState) -> None:
    """Keep the one door for INSERT, UPDATE and DELETE statements too."""
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(WRITES):
        raise RuntimeError("statements that write run inside `with transaction()` only")


def is_outage(error: Exception) -> bool:
    """Say whether the database is away, busy, full or read-only, as opposed to our having asked it nonsense."""
    if isinstance(error, PoolTimeoutError):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated:
        return True
    if isinstance(error.orig, sqlite3.Error):
        # The low byte is the primary code; the rest refines it.
        return getattr(error.orig, "sqlite_errorcode", 0) & 0xFF in _SQLITE_OUTAGES
    import psycopg

    if not isinstance(error.orig, psycopg.Error):
        return False
    if error.orig.sqlstate is None:  # the server was not reached, or went away in the middle
        return isinstance(error.orig, psycopg.OperationalError)
    return error.orig.sqlstate.startswith(_POSTGRES_OUTAGES)


def lacks_table(error: Exception) -> bool:
    """Say whether a statement failed because a table is not there: nobody has run the migrations."""
    if not isinstance(error, DBAPIError):
        return False
    if isinstance(error.orig, sqlite3.Error):
        return str(error.orig).startswith("no such table")
    return getattr(error.orig, "sqlstate", None) == _UNDEFINED_TABLE


@cache
def newest_revisions() -> frozenset[str]:
    """Return the revisions that the migrations folder ends in."""
    return frozenset(ScriptDirectory(str(MIGRATIONS)).get_heads())


def is_at_head(session: Session) -> bool:
    """Say whether the tables are those that this code expects."""
    context = MigrationContext.configure(session.connection())
    return frozenset(context.get_current_heads()) == newest_revisions()
