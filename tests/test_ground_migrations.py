"""The migrations end in what the models say, and lead back to nothing, on SQLite and on PostgreSQL."""

from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import inspect

import grants.store.models  # noqa: F401  so that every table is known
from grants.store.database import Base, db

pytestmark = pytest.mark.both_databases


def described() -> dict[str, Any]:
    """Describe every table of the database, its constraints included; order says nothing."""
    inspector = inspect(db.engine)
    found: dict[str, Any] = {}
    for table in inspector.get_table_names():
        if table == "alembic_version":
            continue
        parts: dict[str, list[Any]] = {
            "columns": [
                (column["name"], str(column["type"]), column["nullable"], column["default"])
                for column in inspector.get_columns(table)
            ],
            "checks": inspector.get_check_constraints(table),
            "foreign keys": inspector.get_foreign_keys(table),
            # What an index is limited to is a clause on SQLite, and two of the same words are not equal.
            "indexes": [
                {**index, "dialect_options": {name: str(value) for name, value in options.items()}}
                for index in inspector.get_indexes(table)
                for options in (index.get("dialect_options", {}),)
            ],
            "primary key": [inspector.get_pk_constraint(table)],
            "unique": inspector.get_unique_constraints(table),
        }
        found[table] = {name: sorted(repr(item) for item in part) for name, part in parts.items()}
    return found


def test_the_newest_migration_equals_the_models(app: Flask) -> None:
    with app.app_context():
        with db.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, Base.metadata) == []
        by_migrations = described()
        flask_migrate.downgrade(revision="base")
        assert described() == {}
        db.create_all()
        assert described() == by_migrations


def test_down_and_up_again_ends_in_the_same_tables(app: Flask) -> None:
    with app.app_context():
        before = described()
        flask_migrate.downgrade(revision="base")
        flask_migrate.upgrade()
        assert described() == before
