"""Accounts: signing up, in and out, and ending reminders, without telling strangers who is known here."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from config import Environment, Settings
from grants.app import create_app
from grants.delivery.letters import stationery
from grants.domain.people import Role, address_of
from grants.services import people
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import OutboxRow
from grants.web.people import safe_back
from tests.conftest import dispose, make_settings
from tests.reminding import STATIONERY
from tests.signing_in import browser_of
from tests.web.html import parse, words

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
PASSWORD = "four plain words here"

Send = Callable[..., TestResponse]


@pytest.fixture
def send(client: FlaskClient) -> Send:
    """Open a page, fill in the form whose address holds ``form``, and send it."""

    def fill(page: str, form: str = "", **fields: str | list[str]) -> TestResponse:
        address, given = parse(client.get(page)).form(form)
        return client.post(address or page, data={**given, **fields})

    return fill


@pytest.fixture
def known(app: Flask) -> int:
    """A person who has chosen a password."""
    with app.app_context(), transaction() as session:
        person = people.add(session, "ana@town.example", Role.MEMBER, NOW, name="Ana")
        from flask_security.utils import hash_password

        people.choose_password(session, person, hash_password(PASSWORD), NOW, STATIONERY)
        return person.id


def letters(app: Flask) -> list[OutboxRow]:
    with app.app_context():
        return list(db.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def link_in(letter: OutboxRow) -> str:
    found = re.search(r"http://localhost(/(?:en|fr)/password/\S+)", letter.text)
    assert found is not None
    return found[1]


class TestSigningUp:
    """An account is made by a link that comes to the address."""

    def test_a_letter_leads_to_a_password_and_into_the_session(
        self, app: Flask, client: FlaskClient, send: Send
    ) -> None:
        answer = send("/fr/sign-up", "sign-up", name="Zoé", email=" Zoe@Town.example ")
        assert answer.location == "/fr/letter-sent"
        (letter,) = letters(app)
        assert letter.recipient == "zoe@town.example"
        assert "Bonjour," in letter.text
        assert "Hello," in letter.text
        assert "Zoé" not in letter.subject + letter.text + letter.html, "anybody may type a name"
        link = link_in(letter)
        assert send(link, password=PASSWORD).location == "/fr/tracking"
        page = client.get("/fr/account")
        assert page.status_code == 200
        assert "zoe@town.example" in page.text
        assert client.get(link).status_code == 410

    def test_nobody_is_in_before_the_link_was_used(self, app: Flask, client: FlaskClient, send: Send) -> None:
        send("/en/sign-up", "sign-up", name="Zoé", email="zoe@town.example")
        assert client.get("/en/account").status_code == 302
        with app.app_context():
            person = db.session.scalars(select(PersonRow)).one()
            assert (person.password, person.confirmed_at, person.receives_reminders) == (None, None, False)

    @pytest.mark.parametrize(
        ("name", "email", "fields"),
        [
            pytest.param("", "zoe@town.example", ["name"], id="no name"),
            pytest.param("Zoé", "zoe", ["email"], id="no address"),
            pytest.param("Zoé", "zoé@town.example", ["email"], id="an accent before the @"),
            pytest.param("", "", ["name", "email"], id="nothing"),
            pytest.param("Zoé\r\nBcc: x", "zoe@town.example", ["name"], id="a header in the name"),
            pytest.param("Z" * 121, "zoe@town.example", ["name"], id="a name without end"),
        ],
    )
    def test_what_is_wrong_is_named_and_nothing_typed_is_lost(
        self, app: Flask, send: Send, name: str, email: str, fields: list[str]
    ) -> None:
        answer = send("/en/sign-up", "sign-up", name=name, email=email)
        page = parse(answer)
        assert answer.status_code == 422
        assert [address for address, _ in page.links() if address in {"#name", "#email"}] == [
            f"#{each}" for each in fields
        ]
        kept = page.by_id("email")
        assert kept is not None
        assert kept.get("value") == email
        assert letters(app) == []

    @pytest.mark.parametrize(
        ("password", "reason"),
        [
            pytest.param("short words", "too short", id="too short"),
            pytest.param("zoe@town.example", "the address", id="the address itself"),
        ],
    )
    def test_a_password_is_judged_by_its_length(self, app: Flask, send: Send, password: str, reason: str) -> None:
        send("/en/sign-up", "sign-up", name="Zoé", email="zoe@town.example")
        link = link_in(letters(app)[0])
        answer = send(link, password=password)
        assert answer.status_code == 422, reason
        assert "at least 12 characters" in answer.text
        assert parse(answer).faults() == []


class TestStrangersLearnNothing:
    """The same answer, whether an address is known or not."""

    @pytest.mark.usefixtures("known")
    @pytest.mark.parametrize("page", ["/en/sign-up", "/en/forgotten-password"])
    def test_known_and_unknown_addresses_are_answered_alike(self, client: FlaskClient, send: Send, page: str) -> None:
        seen = []
        for email in ("ana@town.example", "nobody@town.example"):
            fields = {"name": "Somebody"} if page.endswith("up") else {}
            answer = send(page, page.rpartition("/")[2], email=email, **fields)
            seen.append((answer.status_code, answer.location, client.get(answer.location or "").text))
        assert seen[0] == seen[1]

    @pytest.mark.usefixtures("known")
    def test_a_wrong_password_and_an_unknown_address_are_answered_alike(self, send: Send) -> None:
        seen = []
        for email in ("ana@town.example", "nobody@town.example"):
            page = parse(send("/en/sign-in", "sign-in", email=email, password="not the right words"))
            problems = page.by_id("problems")
            assert problems is not None
            seen.append(words(problems))
        assert seen[0] == seen[1]

    @pytest.mark.usefixtures("known")
    def test_signing_up_twice_mails_a_link_and_changes_nobody(self, app: Flask, send: Send) -> None:
        send("/en/sign-up", "sign-up", name="Mallory", email="ana@town.example")
        with app.app_context():
            assert [person.name for person in db.session.scalars(select(PersonRow))] == ["Ana"]
        assert [letter.recipient for letter in letters(app)] == ["ana@town.example"]

    @pytest.mark.both_databases
    def test_a_forgotten_password_of_nobody_leaves_nothing(self, app: Flask, send: Send) -> None:
        """The work of a letter is done for a stranger too, so that nobody reads it from the time, and undone."""
        send("/en/forgotten-password", "forgotten", email="nobody@town.example")
        assert letters(app) == []
        with app.app_context():
            assert db.session.scalar(select(func.count()).select_from(PersonRow)) == 0

    @pytest.mark.usefixtures("known")
    @pytest.mark.parametrize("email", ["ana@town.example", "zoe@town.example"])
    def test_nobody_is_buried_in_letters(self, app: Flask, send: Send, email: str) -> None:
        """One letter in five minutes, five in a day, and always the same answer."""
        made = []
        for minutes in (0, 4, 5, 9, 10, 15, 20, 25, 30, 24 * 60 - 1, 24 * 60, 24 * 60 + 1):
            with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
                answer = send("/en/sign-up", "sign-up", name="Buy now", email=email)
            assert answer.location == "/en/letter-sent"
            made.append((minutes, len(letters(app))))
        assert made == [
            (0, 1), (4, 1), (5, 2), (9, 2), (10, 3), (15, 4), (20, 5), (25, 5), (30, 5),
            (24 * 60 - 1, 5), (24 * 60, 6), (24 * 60 + 1, 6),
        ]  # fmt: skip


class TestSigningIn:
    """In, back to where one was, and out."""

    @pytest.mark.usefixtures("known")
    def test_in_back_and_out(self, client: FlaskClient, send: Send) -> None:
        asked = client.get("/fr/tracking")
        assert asked.location == "/fr/sign-in?back=/fr/tracking"
        answer = send(asked.location, "sign-in", email="ANA@town.example", password=PASSWORD)
        assert answer.location == "/fr/tracking"
        page = client.get("/fr/account")
        assert page.headers["Cache-Control"] == "no-store"
        address, fields = parse(page).form("sign-out")
        assert client.post(address, data=fields).location == "/fr/"
        assert client.get("/fr/account").status_code == 302

    @pytest.mark.usefixtures("known")
    def test_after_the_end_a_copied_cookie_opens_nothing(self, app: Flask, client: FlaskClient, send: Send) -> None:
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        cookie = client.get_cookie("session")
        assert cookie is not None
        thief = app.test_client()
        thief.set_cookie("session", cookie.value)
        assert thief.get("/en/account").status_code == 200
        address, fields = parse(client.get("/en/account")).form("sign-out")
        page = client.post(address, data=fields, follow_redirects=True)
        assert "You are signed out." in page.text
        assert thief.get("/en/account").status_code == 302

    @pytest.mark.usefixtures("known")
    def test_a_session_begins_anew(self, client: FlaskClient, send: Send) -> None:
        with client.session_transaction() as planted:
            planted["planted"] = "by a stranger"
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        with client.session_transaction() as now:
            assert "planted" not in now

    def test_a_new_password_ends_every_session_and_link(
        self, app: Flask, client: FlaskClient, send: Send, known: int
    ) -> None:
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        elsewhere = browser_of(app, known)
        assert elsewhere.get("/en/account").status_code == 200
        with app.app_context(), transaction() as session:
            people.choose_password(session, session.get_one(PersonRow, known), "new", NOW, STATIONERY)
        assert client.get("/en/account").status_code == 302
        assert elsewhere.get("/en/account").status_code == 302

    def test_who_was_deactivated_is_out_at_once(self, app: Flask, client: FlaskClient, send: Send, known: int) -> None:
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, known).active = False
        assert client.get("/en/account").status_code == 302
        assert send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD).status_code == 422

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            ("/en/tracking", True),
            ("/fr/programs?q=caf%C3%A9&page=2#dates", True),
            ("//evil.example", False),
            ("/%09/evil.example", False),
            ("/en//evil.example", False),
            ("/\\evil.example", False),
            ("/en/\\evil.example", False),
            ("https://evil.example/en/", False),
            ("/en/\t/evil", False),
            ("/en/\n", False),
            ("/en/programs/../tracking", False),
            ("/en/programs/%2e%2e/tracking", False),
            ("/en/nowhere", False),
            ("/en/sign-out", False),
            ("/en/programs/csp-grant?community=kenora", True),
            ("", False),
            (None, False),
        ],
    )
    def test_the_way_back_is_one_of_our_own_pages(self, app: Flask, typed: str | None, kept: bool) -> None:  # noqa: FBT001
        with app.app_context():
            assert safe_back(typed) == (typed if kept else None)


class TestAccount:
    """What a person wants."""

    @pytest.mark.usefixtures("known")
    def test_choices_are_kept_and_shown(self, client: FlaskClient, send: Send) -> None:
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        answer = send(
            "/en/account",
            "account",
            name="Ana B.",
            zone="America/Atikokan",
            language="fr",
            leads=["14", "0"],
            digest="weekly",
            quiet_days=["5", "6"],
            reminders=[],
        )
        assert answer.location == "/fr/account"
        page = parse(client.get("/fr/account"))
        assert page.faults() == []
        ticked = [each.get("value") for each in page.all("input") if each.get("checked") is not None]
        assert ticked == ["14", "0", "weekly", "5", "6"]

    @pytest.mark.usefixtures("known")
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("zone", "Mars/Olympus"),
            ("language", "la"),
            ("leads", "9999"),
            ("name", ""),
            ("leads", "x"),
            ("quiet_days", "7"),
            ("digest", "never"),
        ],
    )
    def test_what_was_not_offered_is_refused(self, app: Flask, send: Send, field: str, value: str) -> None:
        send("/en/sign-in", "sign-in", email="ana@town.example", password=PASSWORD)
        fields = {"name": "Ana", "zone": "America/Toronto", "language": "en", "leads": "7", "digest": "daily"} | {
            field: value
        }
        answer = send("/en/account", "account", **fields)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        with app.app_context():
            assert db.session.scalars(select(PersonRow.profile_version)).one() == 2


class TestUnsubscribing:
    """One click in a letter, no sign-in, at once."""

    def test_looking_changes_nothing_and_one_post_ends_it(
        self, app: Flask, client: FlaskClient, settings: Settings, known: int
    ) -> None:
        address = stationery(settings).unsubscribe(known).removeprefix("http://localhost")
        page = client.get(address)
        assert parse(page).faults() == []
        with app.app_context():
            assert db.session.get_one(PersonRow, known).reminders_off_at is None
        answer = client.post(address, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        with app.app_context():
            assert db.session.get_one(PersonRow, known).reminders_off_at is not None

    @pytest.mark.parametrize("token", ["none", "MQ.xxxx", "MQ"])
    def test_a_link_that_is_not_ours_is_no_page(self, client: FlaskClient, token: str) -> None:
        assert client.get(f"/unsubscribe/{token}").status_code == 404
        assert client.post(f"/unsubscribe/{token}").status_code == 404


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        pytest.param("Ana@Town.Example", "ana@town.example", id="lower case"),
        pytest.param(" ana@town.example ", "ana@town.example", id="spaces around"),
        pytest.param("ana@École.example", "ana@xn--cole-9oa.example", id="an accent in the domain"),
        pytest.param("ana@localhost", "ana@localhost", id="a machine's own name"),
        pytest.param("zoé@town.example", None, id="an accent before the @"),
        pytest.param("ana@town.example\r\nBcc: x@y.example", None, id="a header"),
        pytest.param("ana@town..example", None, id="two points"),
        pytest.param("ana", None, id="no @"),
        pytest.param("@town.example", None, id="nobody"),
        pytest.param("a" * 65 + "@town.example", None, id="too long before the @"),
        pytest.param("a@" + "b" * 64 + ".example", None, id="too long a label"),
        pytest.param('"a b"@town.example', None, id="quoted"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str | None) -> None:
    assert address_of(typed) == kept


class TestDevelopment:
    """The three kinds of user, in development only."""

    @pytest.fixture
    def app(self, database_url: str, tmp_path: Path) -> Iterator[Flask]:
        """Return a development copy."""
        application = create_app(make_settings(database_url, tmp_path, Environment.DEVELOPMENT))
        yield application
        dispose(application)

    @pytest.mark.seeded
    @pytest.mark.parametrize(
        ("kind", "role", "place"),
        [("writer", "grant writer", True), ("lead", "plan lead", True), ("staff", "ministry staff", False)],
    )
    def test_one_click_is_a_person_with_two_examples_tracked(
        self,
        client: FlaskClient,
        send: Send,
        kind: str,
        role: str,
        place: bool,  # noqa: FBT001
    ) -> None:
        for _ in range(2):
            begins = "/en/workspace" if place else "/en/tracking"
            assert send("/en/sign-in", f"development/{kind}").location == begins
            page = client.get("/en/tracking")
            assert parse(page).faults() == []
            assert page.text.count("Stop tracking") == 2
            assert page.text.count("Example: this program is made up for practice.") >= 2
            account = client.get("/en/account").text
            assert role in account
            assert ("Kenora</a>" in account) is place
            address, fields = parse(client.get("/en/account")).form("sign-out")
            client.post(address, data=fields)

    def test_without_the_catalogue_it_says_what_is_missing(self, send: Send, client: FlaskClient) -> None:
        assert send("/en/sign-in", "development/lead").location == "/en/sign-in"
        assert "There is no community" in client.get("/en/sign-in").text

    def test_an_unknown_kind_is_no_page(self, client: FlaskClient) -> None:
        _, fields = parse(client.get("/en/sign-in")).form("sign-in")
        assert client.post("/en/sign-in/development/boss", data=fields).status_code == 404


def test_elsewhere_nobody_signs_in_without_a_password(app: Flask, client: FlaskClient) -> None:
    page = client.get("/en/sign-in")
    assert "development" not in page.text
    _, fields = parse(page).form("sign-in")
    assert client.post("/en/sign-in/development/lead", data=fields).status_code == 404
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(PersonRow)) == 0


def test_a_view_that_declares_nobody_is_opened_by_nobody(app: Flask, client: FlaskClient) -> None:
    app.add_url_rule("/en/silent", "silent", lambda: "told")
    assert client.get("/en/silent").status_code == 404


def test_a_role_is_read_from_the_database_each_time(app: Flask, known: int) -> None:
    client = browser_of(app, known)
    assert client.get("/en/outbox").status_code == 403
    with app.app_context(), transaction() as session:
        session.get_one(PersonRow, known).staff_role = Role.EDITOR
    assert client.get("/en/outbox").status_code == 200
    with app.app_context(), transaction() as session:
        session.get_one(PersonRow, known).staff_role = None
    assert client.get("/en/outbox").status_code == 403
