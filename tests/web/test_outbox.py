"""The outbox page: open to all in development, to staff elsewhere, and a stranger's letter to nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from config import Environment
from grants import clock
from grants.app import create_app
from grants.domain.people import Role
from grants.services import ticks
from grants.store import reminders as rows
from grants.store.database import db, transaction
from grants.store.reminders import MailState, OutboxRow
from tests.conftest import dispose, make_settings
from tests.signing_in import signed_in
from tests.web.html import parse

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)

SignIn = Callable[[Role], FlaskClient]


@pytest.fixture
def sign_in(app: Flask) -> SignIn:
    """Give a browser in which somebody with a role is signed in."""

    def enter(role: Role) -> FlaskClient:
        return signed_in(app, f"{role}@x.example", role)

    return enter


def ask_for_letter(app: Flask, browser: FlaskClient, email: str = "zoe@town.example") -> int:
    """Have a letter written, and give its number."""
    address, fields = parse(browser.get("/en/sign-up")).form("sign-up")
    browser.post(address, data={**fields, "name": "Zoé", "email": email})
    with app.app_context():
        return db.session.scalars(select(OutboxRow.id).order_by(OutboxRow.id.desc())).first() or 0


def ticked(app: Flask) -> None:
    """Have the scheduler finish a tick now."""
    with app.app_context():
        assert app.test_cli_runner().invoke(args=["tick"]).exit_code == 0


@pytest.mark.parametrize(
    ("role", "status"),
    [(Role.MEMBER, 403), (Role.EDITOR, 200), (Role.APPROVER, 200), (Role.OPERATOR, 200)],
)
def test_the_list_is_for_staff(app: Flask, client: FlaskClient, sign_in: SignIn, role: Role, status: int) -> None:
    ask_for_letter(app, client)
    for language in ("en", "fr"):
        answer = sign_in(role).get(f"/{language}/outbox")
        assert answer.status_code == status
        assert parse(answer).faults() == []
    assert client.get("/en/outbox").location == "/en/sign-in?back=/en/outbox"


def test_a_letter_is_for_whom_it_is_written_to(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    number = ask_for_letter(app, client, f"{Role.MEMBER}@x.example")
    assert sign_in(Role.MEMBER).get(f"/en/outbox/{number}").status_code == 200
    for browser in (sign_in(Role.OPERATOR), sign_in(Role.EDITOR)):
        assert browser.get(f"/en/outbox/{number}").status_code == 404
    assert client.get(f"/en/outbox/{number}").location.startswith("/en/sign-in?")


@pytest.mark.parametrize("number", ["0", "99999", str(2**31), str(10**20)])
def test_a_letter_that_is_none_is_no_page(sign_in: SignIn, number: str) -> None:
    assert sign_in(Role.MEMBER).get(f"/en/outbox/{number}").status_code == 404


def test_held_mail_is_told_and_released_by_one_click(app: Flask, client: FlaskClient, sign_in: SignIn) -> None:
    number = ask_for_letter(app, client)
    with app.app_context(), transaction() as session:
        ticks.hold(session, "the mail server refuses us: 535", "tick", NOW)
        session.get_one(OutboxRow, number).state = MailState.HELD
    editor, operator = sign_in(Role.EDITOR), sign_in(Role.OPERATOR)
    assert "535" in editor.get("/en/outbox").text
    assert "Mail is held" not in editor.get("/en/deadlines").text, "what the scheduler's silence means comes first"
    ticked(app)
    assert "Mail is held, so no e-mail is sent." in editor.get("/en/deadlines").text
    assert "Mail is held" not in client.get("/en/deadlines").text
    assert "Release the mail" not in editor.get("/en/outbox").text
    page = operator.get("/en/outbox")
    assert parse(page).faults() == []
    address, fields = parse(page).form("release")
    _, own = parse(editor.get("/en/account")).form("sign-out")
    assert editor.post(address, data=own).status_code == 403
    assert operator.post(address, data=fields).location == "/en/outbox"
    with app.app_context():
        assert rows.hold(db.session()) is None
        assert db.session.get_one(OutboxRow, number).state == MailState.QUEUED
    for language, said in (("en", "and released on"), ("fr", "et libéré")):
        after = parse(editor.get(f"/{language}/outbox"))
        assert after.faults() == []
        assert said in after.text("main")
        assert "operator" in after.text("main"), "who released it"


class TestDevelopment:
    """Everybody may read everything, so that the machine can be seen working."""

    @pytest.fixture
    def app(self, database_url: str, tmp_path: Path) -> Iterator[Flask]:
        """Return a development copy."""
        application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
        yield application
        dispose(application)

    def test_every_letter_can_be_read_and_its_link_followed(self, app: Flask, client: FlaskClient) -> None:
        assert parse(client.get("/en/outbox")).faults() == []
        number = ask_for_letter(app, client)
        page = parse(client.get("/fr/outbox"))
        assert page.faults() == []
        assert any(address == f"/fr/outbox/{number}" for address, _ in page.links())
        letter = parse(client.get(f"/fr/outbox/{number}"))
        assert letter.faults() == []
        (link,) = [address for address, _ in letter.links() if address.startswith("http://localhost/en/password/")]
        assert client.get(link.removeprefix("http://localhost")).status_code == 200

    @pytest.mark.parametrize(
        ("answer", "english", "french"),
        [
            ("9bec01.eml", "ept as the file 9bec01.eml", "onservé dans le fichier 9bec01.eml"),
            ("250 queued as 9bec01.eml", "250 queued as 9bec01.eml", "250 queued as 9bec01.eml"),
        ],
    )
    def test_where_a_letter_was_kept_is_told_and_what_a_server_says_is_quoted(
        self, app: Flask, client: FlaskClient, answer: str, english: str, french: str
    ) -> None:
        number = ask_for_letter(app, client)
        with app.app_context(), transaction() as session:
            row = session.get_one(OutboxRow, number)
            row.state, row.answer = MailState.SENT, answer
        for language, said in (("en", english), ("fr", french)):
            assert said in parse(client.get(f"/{language}/outbox")).text("td")
            assert said in parse(client.get(f"/{language}/outbox/{number}")).text("dd")


class TestStaff:
    """What staff see and may do about letters."""

    @pytest.fixture
    def letter(self, app: Flask, client: FlaskClient) -> int:
        """A letter about an account that its mail server refused."""
        number = ask_for_letter(app, client)
        with app.app_context(), transaction() as session:
            row = session.get_one(OutboxRow, number)
            row.state, row.answer, row.created_at = MailState.FAILED, "554 5.7.1 rejected", clock.now()
        return number

    def test_what_a_letter_is_about_is_not_told_and_why_it_failed_is(self, sign_in: SignIn, letter: int) -> None:
        page = parse(sign_in(Role.EDITOR).get("/en/outbox"))
        assert "About an account" in page.text("td")
        assert "Choose your password" not in page.text("main")
        assert "The mail server refuses what the e-mail says" in page.text("td")
        assert "Send again" not in page.text("main"), "an editor only reads"
        assert letter

    def test_it_is_sent_again_once(self, app: Flask, sign_in: SignIn, letter: int) -> None:
        approver = sign_in(Role.APPROVER)
        action, fields = parse(approver.get("/en/outbox")).form("resend")
        assert approver.post(action, data=fields).location == "/en/outbox"
        assert "The next run sends it again" in approver.get("/en/outbox").text
        assert parse(approver.get("/fr/outbox")).faults() == []
        approver.post(action, data=fields)
        assert "and only once" in approver.get("/en/outbox").text
        with app.app_context():
            states = list(db.session.scalars(select(OutboxRow.state).order_by(OutboxRow.id)))
        assert states == [MailState.FAILED, MailState.QUEUED]
        assert letter

    def test_a_hold_wants_a_reason_and_tells_who_and_why(self, app: Flask, sign_in: SignIn, letter: int) -> None:
        approver = sign_in(Role.APPROVER)
        action, fields = parse(approver.get("/en/outbox")).form("hold")
        refused = approver.post(action, data={**fields, "reason": " "})
        assert refused.status_code == 422
        assert parse(refused).faults() == []
        assert "Say in a few words why" in refused.text
        approver.post(action, data={**fields, "reason": "the server moves tonight"})
        said = parse(sign_in(Role.OPERATOR).get("/en/outbox")).text("main")
        assert "the server moves tonight" in said
        assert "approver@x.example" in said
        with app.app_context():
            assert rows.hold(db.session()) is not None
        assert letter

    def test_a_silent_scheduler_is_told(self, app: Flask, sign_in: SignIn) -> None:
        assert "No run has ever ended well" in sign_in(Role.EDITOR).get("/en/outbox").text
        ticked(app)
        assert "The scheduler is silent" not in sign_in(Role.OPERATOR).get("/en/outbox").text

    def test_letters_of_one_state(self, sign_in: SignIn, letter: int) -> None:
        editor = sign_in(Role.EDITOR)
        assert "zoe@town.example" in parse(editor.get("/en/outbox?state=failed")).text("td")
        for state in ("sent", "nonsense"):
            page = parse(editor.get(f"/en/outbox?state={state}"))
            assert page.faults() == []
            assert ("zoe@town.example" in page.text("main")) is (state == "nonsense")
        assert letter
