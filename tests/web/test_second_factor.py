"""The second factor at the door and in the account: nothing opens before it, and it cannot be guessed or replayed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from config import Settings
from grants.app import create_app
from grants.domain.people import Role
from grants.services import people, second_factor
from grants.services.second_factor import Codes
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import SessionRow
from tests.conftest import dispose
from tests.reminding import STATIONERY
from tests.web.html import parse

NOW = datetime(2026, 11, 24, 15, 0, 10, tzinfo=UTC)
PASSWORD = "four plain words here"
STAFF, MEMBER = "ed@ministry.example", "ana@town.example"


@pytest.fixture(autouse=True)
def still() -> Iterator[time_machine.Traveller]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def make(app: Flask, email: str, role: Role) -> int:
    with app.app_context(), transaction() as session:
        person = people.add(session, email, role, NOW)
        people.choose_password(session, person, hash_password(PASSWORD), NOW, STATIONERY)
        return person.id


@pytest.fixture
def codes(settings: Settings) -> Codes:
    """What checks codes in this application."""
    return Codes(settings.secret_key, settings.site_name)


@pytest.fixture
def editor(app: Flask, codes: Codes) -> int:
    """Somebody on staff whose second factor is set up."""
    number = make(app, STAFF, Role.EDITOR)
    with app.app_context(), transaction() as session:
        second_factor.turn_on(
            session, session.get_one(PersonRow, number), codes.generate_totp_secret(), NOW, STATIONERY
        )
    return number


def code_of(app: Flask, codes: Codes, number: int, later: int = 0) -> str:
    with app.app_context():
        sealed = db.session.get_one(PersonRow, number).totp_secret
    assert sealed is not None
    source = codes._totp.from_source(sealed)  # noqa: SLF001
    return str(source.generate(time=NOW + timedelta(seconds=later)).token)


def send(client: FlaskClient, page: str, form: str, **fields: str) -> TestResponse:
    address, given = parse(client.get(page)).form(form)
    return client.post(address, data={**given, **fields})


def password(client: FlaskClient, email: str, back: str = "") -> TestResponse:
    return send(client, f"/en/sign-in?back={back}", "sign-in", email=email, password=PASSWORD)


def key_on(page: str) -> str:
    found = re.search(r'class="key"[^>]*>([A-Z2-7-]+)<', page)
    assert found is not None
    return found[1].replace("-", "")


def phone(key: str) -> str:
    return str(Codes("any", "x")._totp(key=key).generate(time=NOW).token)  # noqa: SLF001


class TestAtTheDoor:
    """After the password, before anything else."""

    @pytest.mark.usefixtures("editor")
    def test_nothing_opens_between_password_and_code(self, client: FlaskClient) -> None:
        password(client, STAFF)
        for page in ("/en/outbox", "/en/account", "/en/tracking", "/en/account/second-factor", "/fr/staff"):
            answer = client.get(page)
            assert answer.status_code == 302
            assert "/second-factor" in answer.location, page
        assert "Sign in" in parse(client.get("/en/programs")).text("nav"), "the frame does not know them yet"
        _, given = parse(client.get("/en/second-factor")).form("/second-factor")
        for deed in ("account/second-factor/off", "account/sign-ins/end-others", "switch", "account"):
            answer = client.post(f"/en/{deed}", data=given)
            assert answer.status_code == 302, deed
            assert answer.location.startswith("/en/second-factor"), deed

    def test_a_code_opens_and_leads_on(self, app: Flask, client: FlaskClient, editor: int, codes: Codes) -> None:
        answer = password(client, STAFF, back="/en/outbox")
        answer = client.get(answer.location)
        assert answer.location == "/en/second-factor?back=/en/outbox"
        page = client.get(answer.location)
        assert parse(page).faults() == []
        before = client.get_cookie("session")
        typed = code_of(app, codes, editor)
        answer = send(client, answer.location, "/second-factor", code=f"{typed[:3]} {typed[3:]}")
        assert answer.location == "/en/outbox"
        assert client.get("/en/outbox").status_code == 200
        thief = app.test_client()
        assert before is not None
        thief.set_cookie("session", before.value)
        assert thief.get("/en/outbox").status_code == 302, "what was known before the code opens nothing after it"
        assert thief.get("/en/second-factor").location != "/en/outbox"

    def test_a_code_that_was_used_opens_nothing(self, app: Flask, editor: int, codes: Codes) -> None:
        typed = code_of(app, codes, editor)
        one, two = app.test_client(), app.test_client()
        for client in (one, two):
            password(client, STAFF)
        assert send(one, "/en/second-factor", "/second-factor", code=typed).status_code == 302
        answer = send(two, "/en/second-factor", "/second-factor", code=typed)
        assert answer.status_code == 422
        assert "used before" in answer.text
        assert two.get("/en/account").status_code == 302

    @pytest.mark.usefixtures("editor")
    def test_guessing_is_slowed_and_waiting_helps(
        self, app: Flask, client: FlaskClient, editor: int, codes: Codes, still: time_machine.Traveller
    ) -> None:
        password(client, STAFF)
        right = code_of(app, codes, editor)
        wrong = "000000" if right != "000000" else "000001"
        statuses = [send(client, "/en/second-factor", "/second-factor", code=wrong).status_code for _ in range(7)]
        assert statuses == [422] * 5 + [429] * 2
        answer = send(client, "/en/second-factor", "/second-factor", code=right)
        assert answer.status_code == 429, "the right one waits as well: nobody learns anything from the haste"
        assert answer.headers["Retry-After"] == "2"
        assert "Wait 2 seconds" in answer.text
        assert parse(answer).faults() == []
        still.shift(2)
        assert send(client, "/en/second-factor", "/second-factor", code=right).status_code == 302

    def test_a_recovery_code_lets_in_once(self, app: Flask, editor: int) -> None:
        with app.app_context(), transaction() as session:
            (code, *_) = second_factor.renew_recovery_codes(
                session, session.get_one(PersonRow, editor), NOW, STATIONERY
            )
        one, two = app.test_client(), app.test_client()
        for client in (one, two):
            password(client, STAFF)
        answer = send(one, "/en/second-factor", "/second-factor", code=code.upper())
        assert answer.status_code == 302
        assert "9 are left" in one.get("/en/account").text
        assert send(two, "/en/second-factor", "/second-factor", code=code).status_code == 422

    def test_after_the_site_key_changed_recovery_codes_and_an_operator_help(
        self, app: Flask, client: FlaskClient, editor: int
    ) -> None:
        with app.app_context(), transaction() as session:
            row = session.get_one(PersonRow, editor)
            row.totp_secret = Codes("the key of before, which is gone", "x").generate_totp_secret()
            (code, *_) = second_factor.renew_recovery_codes(session, row, NOW, STATIONERY)
        password(client, STAFF)
        answer = send(client, "/en/second-factor", "/second-factor", code="123456")
        assert answer.status_code == 422
        assert "since this site’s key was changed" in answer.text
        assert send(client, "/en/second-factor", "/second-factor", code=code).status_code == 302
        assert "Set up your phone again" in client.get("/en/account/second-factor").text
        with app.app_context():
            told = app.test_cli_runner().invoke(args=["user", "reset-second-factor", STAFF, "--json"])
        assert told.output.strip() == f'{{"email": "{STAFF}", "reset": true}}'
        assert client.get("/en/account").status_code == 302
        password(client, STAFF)
        assert client.get("/en/second-factor").location == "/en/second-factor/set-up"

    def test_who_waits_at_the_door_may_go_away(self, client: FlaskClient, editor: int) -> None:
        del editor
        password(client, STAFF)
        assert send(client, "/en/second-factor", "sign-out").location == "/en/"
        assert client.get("/en/second-factor").location.startswith("/en/tracking")


class TestSettingUp:
    """A picture and a key, a code that proves it, ten recovery codes shown once."""

    def test_staff_set_it_up_before_anything_opens(self, app: Flask, client: FlaskClient) -> None:
        make(app, STAFF, Role.EDITOR)
        password(client, STAFF)
        assert client.get("/en/second-factor").location == "/en/second-factor/set-up"
        for language in ("en", "fr"):
            page = client.get(f"/{language}/second-factor/set-up")
            assert parse(page).faults() == []
            assert "data:" not in page.text
            assert page.text.count("<svg") >= 1
        key = key_on(page.text)
        assert f"secret={key}" in page.text
        assert key_on(client.get("/en/second-factor/set-up").text) == key, "looking again changes nothing"
        assert send(client, "/en/second-factor/set-up", "set-up", code="000000").status_code == 422
        answer = send(client, "/en/second-factor/set-up", "set-up", code=phone(key))
        assert answer.status_code == 200
        assert parse(answer).faults() == []
        shown = re.findall(r"<li>((?:[a-z2-9]{4}-){3}[a-z2-9]{4})</li>", answer.text)
        assert len(shown) == 10
        assert client.get("/en/outbox").status_code == 200
        assert not any(code in client.get("/en/account/second-factor").text for code in shown)
        with app.app_context():
            row = db.session.scalars(select(PersonRow)).one()
            assert not any(code in str(row.recovery_codes) + str(row.totp_secret) for code in shown)

    def test_the_codes_are_saved_as_a_file_and_no_others(self, app: Flask, client: FlaskClient) -> None:
        make(app, MEMBER, Role.MEMBER)
        password(client, MEMBER)
        key = key_on(client.get("/en/second-factor/set-up").text)
        page = parse(send(client, "/en/second-factor/set-up", "set-up", code=phone(key), password=PASSWORD))
        codes = [each.get("value", "") for each in page.all("input") if each.get("name") == "code"]
        _, given = page.form("codes.txt")
        file = client.post(
            "/en/account/second-factor/codes.txt",
            data={"csrf_token": given["csrf_token"], "code": [*codes, "<script>alert(1)</script>"]},
        )
        assert file.mimetype == "text/plain"
        assert file.headers["Content-Disposition"] == "attachment; filename=recovery-codes.txt"
        assert all(code in file.text for code in codes)
        assert "script" not in file.text
        forged = client.post(
            "/en/account/second-factor/codes.txt", data={"csrf_token": given["csrf_token"], "code": "aaaa"}
        )
        assert forged.status_code == 404

    def test_an_open_screen_is_not_enough(self, app: Flask, client: FlaskClient) -> None:
        """Who finds a member's browser open cannot lock the member out with a phone of their own."""
        number = make(app, MEMBER, Role.MEMBER)
        password(client, MEMBER)
        key = key_on(client.get("/en/second-factor/set-up").text)
        answer = send(client, "/en/second-factor/set-up", "set-up", code=phone(key), password="guessed")
        assert answer.status_code == 422
        assert "not your current password" in answer.text
        with app.app_context():
            assert db.session.get_one(PersonRow, number).totp_secret is None

    def test_a_phone_cannot_be_replaced_at_the_door(self, client: FlaskClient, editor: int) -> None:
        del editor
        password(client, STAFF)
        assert client.get("/en/second-factor/set-up").location == "/en/second-factor"
        _, given = parse(client.get("/en/second-factor")).form("/second-factor")
        assert client.post("/en/second-factor/set-up", data={**given, "code": "123456"}).status_code == 302

    def test_turning_it_on_ends_the_sign_ins_begun_without_it(self, app: Flask, client: FlaskClient) -> None:
        make(app, MEMBER, Role.MEMBER)
        elsewhere = app.test_client()
        for browser in (client, elsewhere):
            password(browser, MEMBER)
        key = key_on(client.get("/en/second-factor/set-up").text)
        send(client, "/en/second-factor/set-up", "set-up", code=phone(key), password=PASSWORD)
        assert client.get("/en/account").status_code == 200
        assert elsewhere.get("/en/account").location.startswith("/en/sign-in")


class TestInTheAccount:
    """Renewing codes and turning it off ask for the password."""

    @pytest.fixture
    def member(self, app: Flask, client: FlaskClient, codes: Codes) -> int:
        """A member with a second factor, signed in with it."""
        number = make(app, MEMBER, Role.MEMBER)
        with app.app_context(), transaction() as session:
            second_factor.turn_on(
                session, session.get_one(PersonRow, number), codes.generate_totp_secret(), NOW, STATIONERY
            )
        password(client, MEMBER)
        send(client, "/en/second-factor", "/second-factor", code=code_of(app, codes, number))
        return number

    @pytest.mark.usefixtures("member")
    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_pages_are_valid(self, client: FlaskClient, language: str) -> None:
        for page in ("", "/codes", "/off"):
            answer = client.get(f"/{language}/account/second-factor{page}")
            assert answer.status_code == 200
            assert parse(answer).faults() == []

    def test_new_codes_need_the_password(self, app: Flask, client: FlaskClient, member: int) -> None:
        address = "/en/account/second-factor/codes"
        assert send(client, address, "codes", password="wrong words here").status_code == 422
        with app.app_context():
            before = db.session.get_one(PersonRow, member).recovery_codes
        assert "Save these now" in send(client, address, "codes", password=PASSWORD).text
        with app.app_context():
            assert not set(before) & set(db.session.get_one(PersonRow, member).recovery_codes)

    def test_a_member_turns_it_off_and_staff_do_not(self, app: Flask, client: FlaskClient, member: int) -> None:
        address = "/en/account/second-factor/off"
        assert send(client, address, "off", password="wrong words here").status_code == 422
        _, given = parse(client.get(address)).form("off")
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, member).staff_role = Role.EDITOR
        assert client.post(address, data={**given, "password": PASSWORD}).status_code == 403
        assert client.get(address).status_code == 403
        assert "second-factor/off" not in client.get("/en/account/second-factor").text
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, member).staff_role = None
        assert send(client, address, "off", password=PASSWORD).status_code == 302
        with app.app_context():
            assert db.session.get_one(PersonRow, member).totp_secret is None

    @pytest.mark.usefixtures("member")
    def test_the_password_is_slowed_here_as_at_the_door(self, client: FlaskClient) -> None:
        address = "/en/account/second-factor/off"
        statuses = [send(client, address, "off", password=f"wrong {each}").status_code for each in range(6)]
        assert statuses == [422] * 5 + [429]


def test_a_staff_role_given_later_asks_for_a_second_factor(app: Flask, client: FlaskClient) -> None:
    number = make(app, MEMBER, Role.MEMBER)
    password(client, MEMBER)
    assert client.get("/en/account").status_code == 200
    with app.app_context(), transaction() as session:
        session.get_one(PersonRow, number).staff_role = Role.EDITOR
    assert client.get("/en/outbox").location.startswith("/en/second-factor")
    with app.app_context():
        assert db.session.scalars(select(SessionRow.proved_at)).one() is None


def test_a_cookie_from_another_copy_opens_nothing(app: Flask, client: FlaskClient, settings: Settings) -> None:
    make(app, MEMBER, Role.MEMBER)
    password(client, MEMBER)
    cookie = client.get_cookie("session")
    assert cookie is not None
    from dataclasses import replace

    other = create_app(replace(settings, secret_key="another key of another copy, long enough"))
    browser = other.test_client()
    browser.set_cookie("session", cookie.value)
    assert browser.get("/en/account").status_code == 302
    dispose(other)
