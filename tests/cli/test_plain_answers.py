"""Whatever keeps a command from its work is told in one sentence: an empty catalogue, missing tables, no database."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from config import Settings
from grants.app import create_app
from grants.store.database import transaction
from tests.conftest import dispose

COMMANDS = (("seed",), ("rank", "--priorities"), ("match", "kenora"), ("tick",), ("mail", "status"), ("practice",))


@pytest.fixture
def priorities(tmp_path: Path) -> str:
    """Write a file of one priority."""
    file = tmp_path / "priorities.json"
    file.write_text(json.dumps([{"id": "a", "title": "homelessness"}]), encoding="utf-8")
    return str(file)


@pytest.fixture
def elsewhere(settings: Settings, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FlaskCliRunner]:
    """Run commands on another database: an address, or ``empty`` for a new file."""
    address = f"sqlite:///{tmp_path / 'empty.sqlite3'}" if request.param == "empty" else request.param
    app = create_app(replace(settings, database_url=address))
    with app.app_context():
        yield app.test_cli_runner()
    dispose(app)


def run(runner: FlaskCliRunner, words: tuple[str, ...], priorities: str) -> str:
    result = runner.invoke(args=[*words, priorities] if words[0] == "rank" else list(words))
    assert result.exit_code == 2, result.output
    (sentence,) = result.output.strip().splitlines()
    return sentence


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("elsewhere", ["empty"], indirect=True)
def test_tables_that_are_not_there_yet(elsewhere: FlaskCliRunner, words: tuple[str, ...], priorities: str) -> None:
    assert run(elsewhere, words, priorities) == "Error: The tables are not there yet: run flask db upgrade."


@pytest.mark.parametrize("words", COMMANDS)
@pytest.mark.parametrize("elsewhere", ["postgresql://x@/x?host=/nowhere"], indirect=True)
def test_a_database_that_is_away(elsewhere: FlaskCliRunner, words: tuple[str, ...], priorities: str) -> None:
    assert run(elsewhere, words, priorities).startswith("Error: The database is away or busy")


@pytest.mark.both_databases
def test_a_table_that_is_missing(app: Flask, runner: FlaskCliRunner) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(text("DROP TABLE mail_hold"))
        assert run(runner, ("mail", "status"), "") == "Error: The tables are not there yet: run flask db upgrade."


def test_a_mistake_of_ours_keeps_its_traceback(app: Flask, runner: FlaskCliRunner) -> None:
    with app.app_context():
        with transaction() as session:
            session.execute(text("ALTER TABLE mail_hold RENAME COLUMN reason TO cause"))
        result = runner.invoke(args=["mail", "status"])
    assert isinstance(result.exception, SQLAlchemyError)


def test_an_empty_catalogue(runner: FlaskCliRunner, priorities: str) -> None:
    assert run(runner, ("rank", "--priorities"), priorities) == "Error: The catalogue is empty: run flask seed."
