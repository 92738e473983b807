"""Fixtures: an application on a fresh database, empty or with the real catalogue, on SQLite or PostgreSQL.

A database is migrated (and seeded) once for each worker; every test gets its own copy, so it may commit as it likes.

- Tests under ``tests/store`` and ``tests/services``, or marked ``both_databases``, run on SQLite and on PostgreSQL;
  those marked ``one_database`` are about values, and what they ask of a database others ask of both.
- Tests marked ``seeded`` get the real catalogue.
- ``catalogue_app`` and ``catalogue_client`` share one seeded application for the whole run: for reading only.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import flask_migrate
import hypothesis
import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from sqlalchemy import make_url
from sqlalchemy.orm import Session

from config import ROOT, Environment, Settings
from grants.app import create_app
from grants.store.database import db
from tests import postgres

BOTH = (ROOT / "tests" / "store", ROOT / "tests" / "services")
SECRET = "Xq3-a long enough key for tests-9Zt"

_numbers = count(1)

# The same examples in every run of CI: a rare one is found, and mended, where somebody looks.
hypothesis.settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("ci")

Template = Callable[[bool], str]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the databases of a test."""
    if "database_kind" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker("both_databases") is not None
    alone = metafunc.definition.get_closest_marker("one_database") is not None
    both = marked or (not alone and any(folder in metafunc.definition.path.parents for folder in BOTH))
    metafunc.parametrize("database_kind", ["sqlite", "postgresql"] if both else ["sqlite"], indirect=True)


@pytest.fixture
def database_kind(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.param)


def make_settings(database_url: str, instance_dir: Path, environment: Environment = Environment.TEST) -> Settings:
    """Return settings for an application on this database that keeps its files in ``instance_dir``."""
    return Settings(
        environment=environment,
        secret_key=SECRET,
        database_url=database_url,
        public_base_url="http://localhost",
        outbox_dir=instance_dir / "outbox",
        instance_dir=instance_dir,
        log_level="WARNING",
    )


def fill(settings: Settings, *, seeded: bool) -> None:
    """Bring the database to the newest migration, and load the catalogue if wanted."""
    app = create_app(settings)
    with app.app_context():
        flask_migrate.upgrade()
        if seeded:
            result = app.test_cli_runner().invoke(args=["seed"])
            assert result.exit_code == 0, result.output
        dispose(app)


def dispose(app: Flask) -> None:
    """Close every connection of an application."""
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """Return the file of a migrated database, seeded or not, made when first asked for."""
    made: dict[bool, Path] = {}

    def template(seeded: bool) -> Path:  # noqa: FBT001  a key
        if seeded not in made:
            folder = tmp_path_factory.mktemp("template")
            path = folder / "template.sqlite3"
            fill(make_settings(f"sqlite:///{path}", folder), seeded=seeded)
            assert not Path(f"{path}-wal").exists(), "a connection is still open: a copy of the file would lack rows"
            made[seeded] = path
        return made[seeded]

    return template


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """Yield the address of a server's ``postgres`` database; skip where there is none, unless REQUIRE_POSTGRES=1."""
    try:
        with postgres.server() as url:
            yield url
    except postgres.NoPostgres as reason:
        if os.environ.get("REQUIRE_POSTGRES") == "1":
            raise
        pytest.skip(f"no PostgreSQL here: {reason}")


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Template]:
    """Return the name of a migrated database, seeded or not, made when first asked for."""
    made: dict[bool, str] = {}

    def template(seeded: bool) -> str:  # noqa: FBT001  a key
        if seeded not in made:
            name = new_name("template")
            run_sql(postgres_server, f'CREATE DATABASE "{name}"')
            fill(make_settings(named(postgres_server, name), tmp_path_factory.mktemp("pg")), seeded=seeded)
            made[seeded] = name
        return made[seeded]

    yield template
    for name in made.values():
        run_sql(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


def new_name(kind: str) -> str:
    """Return a name that no other test and no other worker uses, also on a server that is shared."""
    return f"navigator_{kind}_{os.getpid()}_{next(_numbers)}"


def named(server: str, name: str) -> str:
    """Return the address of another database of the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


def run_sql(server: str, statement: str) -> None:
    """Run one statement outside a transaction."""
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """Yield the address of this test's own migrated database."""
    seeded = request.node.get_closest_marker("seeded") is not None
    if database_kind == "sqlite":
        path = tmp_path / "test.sqlite3"
        shutil.copyfile(request.getfixturevalue("sqlite_template")(seeded), path)
        yield f"sqlite:///{path}"
        return
    server: str = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("postgres_template")(seeded)
    name = new_name("test")
    run_sql(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield named(server, name)
    run_sql(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a test application; its files are in ``tmp_path``."""
    return make_settings(database_url, tmp_path)


@pytest.fixture
def app(settings: Settings) -> Iterator[Flask]:
    """Yield the real application on this test's database."""
    application = create_app(settings)
    yield application
    dispose(application)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Return a browser without a screen."""
    return app.test_client()


@pytest.fixture
def runner(app: Flask) -> FlaskCliRunner:
    """Run ``flask`` commands: ``runner.invoke(args=["seed"])``."""
    return app.test_cli_runner()


@pytest.fixture
def db_session(app: Flask) -> Iterator[Session]:
    """Yield the session of an application context; write inside ``with transaction()``."""
    with app.app_context():
        yield db.session()


@pytest.fixture(scope="session")
def catalogue_app(sqlite_template: Callable[[bool], Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """Yield one application with the real catalogue, shared by every test of this worker: read only."""
    folder = tmp_path_factory.mktemp("catalogue")
    path = folder / "catalogue.sqlite3"
    shutil.copyfile(sqlite_template(True), path)  # noqa: FBT003
    application = create_app(make_settings(f"sqlite:///{path}", folder))
    yield application
    dispose(application)


@pytest.fixture
def catalogue_client(catalogue_app: Flask) -> FlaskClient:
    """Return a browser without a screen on the shared application."""
    return catalogue_app.test_client()
