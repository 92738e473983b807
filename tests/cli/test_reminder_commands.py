"""The commands by which any situation of accounts, tracking and mail is set up from a shell."""

from __future__ import annotations

import json
from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from grants.services import catalogue

pytestmark = pytest.mark.seeded

Ask = Callable[..., Any]


@pytest.fixture
def ask(db_session: Session, runner: FlaskCliRunner) -> Ask:
    """Run a command and read its JSON; a command that is refused gives its sentence."""
    del db_session

    def run(*words: str) -> Any:
        answer = runner.invoke(args=[*words, "--json"])
        assert answer.exit_code in {0, 2}, answer.output
        return json.loads(answer.output) if answer.exit_code == 0 else answer.output

    return run


def test_a_deadline_speaks_from_a_shell(ask: Ask, db_session: Session, tmp_path: Path) -> None:
    stream = next(iter(catalogue.present(db_session).streams))
    added = ask("user", "add", "lead@town.example", "--role", "lead", "--community", "kenora")
    assert added == {"email": "lead@town.example", "name": "lead", "role": "lead", "community": "kenora"}
    intake = ask("intake", "add", stream, "--closes", "2099-12-11", "--time", "17:00", "--zone", "America/Toronto")
    assert intake["version"] == 1
    tracked = ask("track", "lead@town.example", stream)
    assert tracked["intake"] == intake["intake"]
    assert [(each["kind"], each["lead"]) for each in tracked["reminders"]] == [
        ("lead", lead) for lead in (60, 30, 14, 7, 3, 1, 0)
    ]
    assert ask("tick")["queued"] == 0
    moved = ask("intake", "move", intake["intake"], "--closes", "2099-12-18")
    assert moved == {"intake": intake["intake"], "version": 2}
    first, second = ask("tick"), ask("tick")
    assert (first["queued"], first["sent"]) == (1, 1)
    assert set(second.values()) == {0}
    (file,) = (tmp_path / "outbox").glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert message["To"] == "lead@town.example"
    assert str(message["Subject"]).startswith("Date changed: ")
    status = ask("mail", "status")
    assert status["letters"]["sent"] == 1
    assert status["held"] is None
    assert status["last_tick"]["failure"] is None


def test_a_round_is_withdrawn_from_a_shell_and_its_followers_are_told(
    ask: Ask, db_session: Session, tmp_path: Path
) -> None:
    stream = next(iter(catalogue.present(db_session).streams))
    for community in ("kenora", "toronto"):
        ask("user", "add", "lead@town.example", "--role", "lead", "--community", community)
    intake = ask("intake", "add", stream, "--closes", "2099-12-11")["intake"]
    assert ask("track", "lead@town.example", stream, "--community", "toronto")["intake"] == intake
    assert ask("intake", "withdraw", intake) == {"intake": intake, "version": 2}
    assert ask("tick")["sent"] == 1
    (file,) = (tmp_path / "outbox").glob("*.eml")
    body = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))
    assert body is not None
    assert "the date was withdrawn and no new one is known" in body.get_content()


def test_mail_is_held_and_released(ask: Ask) -> None:
    assert ask("mail", "hold") == {"held": True, "changed": True}
    assert ask("mail", "hold", "--reason", "again") == {"held": True, "changed": False}
    assert ask("mail", "status")["held"]["reason"] == "held by hand"
    assert ask("mail", "release") == {"held": False, "released": 0}
    assert ask("mail", "status")["held"] is None


def test_examples_are_loaded_once(ask: Ask) -> None:
    assert ask("practice") == {"examples_added": 4}
    assert ask("practice") == {"examples_added": 0}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("user", "add", "nobody", "--role", "member"), "no e-mail address"),
        (("user", "add", "a@x.example", "--role", "lead"), "name it with --community"),
        (("user", "add", "a@x.example", "--role", "lead", "--community", "atlantis"), "no community 'atlantis'"),
        (("track", "nobody@x.example", "csp-grant"), "nobody with the address"),
        (("intake", "add", "nothing", "--closes", "2099-12-11"), "no stream 'nothing'"),
        (("intake", "add", "nothing", "--closes", "2099-12-11", "--zone", "Mars/Base"), "'Mars/Base'"),
        (("intake", "add", "nothing", "--closes", "2099-12-11", "--time", "25:00"), "'25:00'"),
        (("intake", "move", "nothing", "--closes", "2099-12-11"), "no intake 'nothing'"),
        (("intake", "withdraw", "nothing"), "no intake 'nothing'"),
        (("intake", "add", "nothing", "--closes", "2099-12-11", "--time", "17"), "give HH:MM"),
        (("intake", "add", "nothing", "--closes", "2099-12-11", "--time", "17:00:59"), "give HH:MM"),
        (("intake", "move", "nothing", "--closes", "2099-12-11", "--time", "17:00+05:00"), "give HH:MM"),
        (("intake", "move", "nothing", "--closes", "2099-12-11", "--time", "T1700"), "give HH:MM"),
        (("user", "add", "a@x.example", "--role", "member", "--name", "Z" * 121), "at most 120 characters"),
        (("user", "add", "a@x.example", "--role", "member", "--name", "Zoé\r\nBcc: x"), "at most 120 characters"),
        (("user", "add", "a@x.example", "--role", "member", "--name", " "), "at most 120 characters"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(ask: Ask, words: tuple[str, ...], sentence: str) -> None:
    assert sentence in ask(*words)
