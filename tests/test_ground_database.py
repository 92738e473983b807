"""The database's rules, the same on SQLite and on PostgreSQL."""

import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import JSON, Column, Integer, MetaData, Table, event, insert, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError, StatementError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, configure_mappers, mapped_column

import grants.store.models  # noqa: F401  so that every relationship is known
from config import Settings
from grants.app import create_app
from grants.store import database
from grants.store.database import UTCDateTime, db, is_at_head, is_outage, transaction
from tests.conftest import dispose

pytestmark = pytest.mark.both_databases

TABLES = MetaData()
COUNTER = Table("t_counter", TABLES, Column("id", Integer, primary_key=True), Column("value", Integer))
MOMENT = Table("t_moment", TABLES, Column("id", Integer, primary_key=True), Column("at", UTCDateTime()))
PAPER = Table("t_paper", TABLES, Column("id", Integer, primary_key=True), Column("body", JSON))


class Base(DeclarativeBase):
    """A base of our own: the test's model stays out of the application's tables."""

    metadata = TABLES


class Note(Base):
    """A row to save by the unit of work."""

    __tablename__ = "t_note"

    id: Mapped[int] = mapped_column(primary_key=True)
    words: Mapped[str]


@pytest.fixture
def session(db_session: Session) -> Iterator[Session]:
    """Yield the session of an application whose database also has the test's tables."""
    TABLES.create_all(db.engine)
    with transaction() as session:
        session.execute(insert(COUNTER).values(id=1, value=0))
    yield db_session
    db_session.rollback()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param(datetime(2026, 7, 1, 12, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC), id="UTC"),
        pytest.param(
            datetime(2026, 7, 1, 23, 59, 59, 999999, tzinfo=timezone(timedelta(hours=-4))),
            datetime(2026, 7, 2, 3, 59, 59, 999999, tzinfo=UTC),
            id="another day in Toronto",
        ),
        pytest.param(None, None, id="nothing"),
    ],
)
def test_an_instant_comes_back_aware_in_utc(session: Session, given: datetime | None, kept: datetime | None) -> None:
    with transaction():
        session.execute(insert(MOMENT).values(id=1, at=given))
    found = session.scalar(select(MOMENT.c.at))
    assert found == kept
    assert found is None or found.tzinfo is UTC


def test_instants_are_compared_as_instants(session: Session) -> None:
    noon = datetime(2026, 7, 1, 12, tzinfo=UTC)
    with transaction():
        session.execute(insert(MOMENT), [{"id": n, "at": noon + timedelta(hours=n)} for n in range(3)])
    in_toronto = (noon + timedelta(hours=1)).astimezone(timezone(timedelta(hours=-4)))
    assert session.scalars(select(MOMENT.c.id).where(MOMENT.c.at > in_toronto)).all() == [2]


def test_an_instant_without_a_zone_is_refused(session: Session) -> None:
    with pytest.raises(StatementError, match="has no time zone"), transaction():
        session.execute(insert(MOMENT).values(id=1, at=datetime(2026, 7, 1, 12)))  # noqa: DTZ001


def test_an_error_tells_no_value(session: Session) -> None:
    with pytest.raises(SQLAlchemyError) as caught:
        session.execute(text("SELECT nothing FROM nowhere WHERE name = :name"), {"name": "Ana of Kenora"})
    session.rollback()
    assert "Ana of Kenora" not in str(caught.value)


def test_equal_json_is_kept_as_equal_text(session: Session) -> None:
    with transaction():
        session.execute(insert(PAPER).values(id=1, body={"b": "é", "a": [1, None]}))
    assert session.scalar(text("SELECT CAST(body AS TEXT) FROM t_paper")) == '{"a":[1,null],"b":"é"}'


def test_no_update_is_lost(app: Flask, session: Session) -> None:
    writers, rounds = 6, 15
    failures: list[BaseException] = []

    def count() -> None:
        try:
            with app.app_context():
                for _ in range(rounds):
                    with transaction() as own:
                        seen = own.scalar(select(COUNTER.c.value))
                        own.execute(update(COUNTER).values(value=(seen or 0) + 1))
        except BaseException as failure:  # noqa: BLE001  a thread's failure must reach the test
            failures.append(failure)

    threads = [threading.Thread(target=count) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert session.scalar(select(COUNTER.c.value)) == writers * rounds


def test_an_error_undoes_everything(session: Session) -> None:
    def fail() -> None:
        with transaction():
            session.execute(update(COUNTER).values(value=9))
            raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        fail()
    assert session.scalar(select(COUNTER.c.value)) == 0


def test_what_was_read_before_is_read_again_inside(app: Flask, session: Session) -> None:
    with transaction():
        session.add(Note(id=1, words="old"))
    note = session.scalars(select(Note)).one()

    def edit() -> None:
        with app.app_context(), transaction() as own:
            own.execute(update(Note).values(words="new"))

    editor = threading.Thread(target=edit)
    session.rollback()  # PostgreSQL and SQLite both let the editor pass once nothing is being read
    editor.start()
    editor.join()
    with transaction():
        assert note.words == "new"


def test_objects_keep_their_values_after_the_commit(session: Session) -> None:
    note = Note(id=1, words="kept")
    with transaction():
        session.add(note)
    session.close()
    assert note.words == "kept"


def test_write_units_do_not_nest(session: Session) -> None:
    with transaction(), pytest.raises(RuntimeError, match="open already"), transaction():
        pass
    with transaction():  # the refusal left the door usable
        session.execute(update(COUNTER).values(value=1))


@pytest.mark.parametrize("statement", [update(COUNTER).values(value=1), insert(COUNTER).values(id=2, value=0)], ids=str)
def test_statements_that_write_outside_the_door_are_refused(session: Session, statement: Any) -> None:
    with pytest.raises(RuntimeError, match="inside"):
        session.execute(statement)


def test_rows_saved_outside_the_door_are_refused(session: Session) -> None:
    session.add(Note(id=1, words="stray"))
    with pytest.raises(RuntimeError, match="inside"):
        session.flush()
    session.rollback()


def test_changes_made_before_the_door_are_refused(session: Session) -> None:
    session.add(Note(id=1, words="early"))
    with pytest.raises(RuntimeError, match="before the write unit"), transaction():
        pass
    session.rollback()


def test_a_reader_does_not_hinder_a_writer(app: Flask, session: Session) -> None:
    assert session.scalar(select(COUNTER.c.value)) == 0  # this read stays open

    def write() -> None:
        with app.app_context(), transaction() as own:
            own.execute(update(COUNTER).values(value=5))

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(timeout=4)
    assert not writer.is_alive()
    session.rollback()
    assert session.scalar(select(COUNTER.c.value)) == 5


def test_foreign_keys_hold(session: Session) -> None:
    session.execute(text("CREATE TABLE t_parent (id INTEGER PRIMARY KEY)"))
    session.execute(text("CREATE TABLE t_child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES t_parent (id))"))
    with pytest.raises(IntegrityError):
        session.execute(text("INSERT INTO t_child VALUES (1, 7)"))
    session.rollback()


def test_a_mistake_of_ours_is_no_outage(session: Session) -> None:
    with pytest.raises(Exception, match="t_nowhere") as caught:
        session.execute(text("SELECT * FROM t_nowhere"))
    session.rollback()
    assert not is_outage(caught.value)


def test_a_migrated_database_is_at_head(session: Session) -> None:
    assert is_at_head(session)


def test_relationships_raise_on_lazy_load() -> None:
    configure_mappers()
    lazy = [
        f"{mapper.class_.__name__}.{relationship.key}"
        for mapper in database.Base.registry.mappers
        for relationship in mapper.relationships
        if relationship.lazy not in {"raise", "write_only", "selectin", "joined"}
    ]
    assert lazy == []


class TestOutages:
    """What the database is like when it cannot serve."""

    def test_a_lock_held_for_too_long(self, settings: Settings, app: Flask) -> None:
        impatient = create_app(settings)
        with impatient.app_context():
            event.listen(db.engine, "connect", wait_50_ms)
        with app.app_context(), transaction(), impatient.app_context():
            with pytest.raises(OperationalError) as caught, transaction():
                pass
            db.session.remove()
        dispose(impatient)
        assert is_outage(caught.value)

    def test_a_server_that_is_away(self, settings: Settings) -> None:
        cause = (
            psycopg.OperationalError("the connection was closed")
            if settings.database_url.startswith("postgresql")
            else unopened(Path("/nowhere/at/all.sqlite3"))
        )
        assert is_outage(OperationalError("SELECT 1", {}, cause))


def wait_50_ms(connection: Any, _record: object) -> None:
    """Make the connection give up waiting for its turn early."""
    setting = "PRAGMA busy_timeout=50" if isinstance(connection, sqlite3.Connection) else "SET lock_timeout = 50"
    connection.execute(setting)
    connection.commit()


def unopened(path: Path) -> sqlite3.Error:
    """Return what SQLite says of a file in a folder that is not there."""
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(path)
    return caught.value
