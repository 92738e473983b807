"""How a migration reaches the database: through the application's own engine, in one transaction."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from alembic import context
from flask import current_app
from sqlalchemy import Connection

import grants.store.models  # noqa: F401  so that every table is known
from grants.store.database import WRITES, Base, UTCDateTime, db


def drop_empty(migration: Any, _revision: object, directives: list[Any]) -> None:  # noqa: ANN401
    """Make no file when nothing changed."""
    if getattr(migration.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


def plainly(kind: str, item: object, _context: object) -> str | Literal[False]:
    """Write our column type as what it is in the database, so that old migrations do not depend on today's code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UTCDateTime) else False


def migrate() -> None:
    """Run the migrations that were asked for."""
    options = {
        "target_metadata": Base.metadata,
        "process_revision_directives": drop_empty,
        "render_item": plainly,
        **current_app.extensions["migrate"].configure_args,
    }
    if context.is_offline_mode():
        context.configure(url=db.engine.url, literal_binds=True, **options)
        with context.begin_transaction():
            context.run_migrations()
        return
    with db.engine.connect().execution_options(**{WRITES: True}) as connection, without_cascades(connection):
        # SQLite can undo changes of tables too, since the transaction is ours and not the driver's.
        context.configure(connection=connection, transactional_ddl=True, **options)
        with context.begin_transaction():
            context.run_migrations()
            refuse_orphans(connection)


@contextmanager
def without_cascades(connection: Connection) -> Iterator[None]:
    """Let SQLite rebuild a table without deleting the rows that point to it.

    A batch migration drops the old table, and with foreign keys on that deletes its rows, and theirs, first.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
    finally:
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()


def refuse_orphans(connection: Connection) -> None:
    """Undo the migration if it left rows that point nowhere."""
    if connection.dialect.name == "sqlite" and (
        orphans := connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    ):
        raise RuntimeError(f"the migration leaves rows that point nowhere: {orphans[:5]}")


migrate()
