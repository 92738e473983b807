"""The commands by which accounts are set up from a shell."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskCliRunner
from sqlalchemy.orm import Session

from grants import clock
from grants.services import sessions
from grants.store import people
from grants.store.database import transaction

EMAIL = "ed@ministry.example"


@pytest.mark.usefixtures("db_session")
class TestSecondFactor:
    """An operator helps who has lost it."""

    def test_it_is_turned_off_and_every_sign_in_ends(self, db_session: Session, runner: FlaskCliRunner) -> None:
        assert runner.invoke(args=["user", "add", EMAIL, "--role", "editor", "--json"]).exit_code == 0
        with transaction() as session:
            person = people.by_email(session, EMAIL)
            assert person is not None
            person.totp_secret, person.recovery_codes = "sealed", ["digest"]
            sessions.begin(session, person, clock.now(), agent="", proved=True)
        for reset in (True, False):
            answer = runner.invoke(args=["user", "reset-second-factor", EMAIL.upper(), "--json"])
            assert json.loads(answer.output) == {"email": EMAIL, "reset": reset}
        person = people.by_email(db_session, EMAIL)
        assert person is not None
        assert (person.totp_secret, person.recovery_codes) == (None, [])
        assert sessions.standing(db_session, person, clock.now()) == []

    @pytest.mark.parametrize("email", ["nobody@ministry.example", "none", ""])
    def test_nobody_is_named_in_a_sentence(self, runner: FlaskCliRunner, email: str) -> None:
        answer = runner.invoke(args=["user", "reset-second-factor", email])
        assert answer.exit_code == 2
        assert "There is nobody with the address" in answer.output
