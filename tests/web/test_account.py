"""One's own account: sign-ins that end from elsewhere, another password, the community worked for, slow guessing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from grants.domain.people import Role
from grants.services import people
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.sessions import SessionRow
from grants.store.workspaces import MeetingRow
from tests.reminding import STATIONERY
from tests.signing_in import a_member, browser_of
from tests.web.html import parse

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
PASSWORD, OTHER = "four plain words here", "five other plain words here"
ANA, BO = "ana@town.example", "bo@town.example"


@pytest.fixture(autouse=True)
def still() -> Iterator[time_machine.Traveller]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def make(app: Flask, email: str) -> int:
    with app.app_context(), transaction() as session:
        person = people.add(session, email, Role.MEMBER, NOW, name=email.partition("@")[0].title())
        people.choose_password(session, person, hash_password(PASSWORD), NOW, STATIONERY)
        return person.id


@pytest.fixture
def ana(app: Flask) -> int:
    """Somebody who has chosen a password."""
    return make(app, ANA)


def send(client: FlaskClient, page: str, form: str, **fields: str) -> TestResponse:
    address, given = parse(client.get(page)).form(form)
    return client.post(address, data={**given, **fields})


def sign_in(
    client: FlaskClient, email: str = ANA, password: str = PASSWORD, network: str = "203.0.113.7"
) -> TestResponse:
    _, given = parse(client.get("/en/sign-in")).form("sign-in")
    fields = {**given, "email": email, "password": password}
    return client.post("/en/sign-in", data=fields, environ_base={"REMOTE_ADDR": network})


class TestSignIns:
    """Each is listed and can be ended from any other."""

    def test_they_are_listed_and_ended_one_by_one(self, app: Flask, ana: int) -> None:
        here, there, third = (browser_of(app, ana) for _ in range(3))
        page = parse(here.get("/en/account/sign-ins"))
        assert page.faults() == []
        assert "You are signed in in 3 browsers." in page.text("p")
        assert page.text("h2").count("this browser") == 1
        assert "Firefox, Linux" in page.text("h2")
        with app.app_context():
            numbers = list(db.session.scalars(select(SessionRow.id).order_by(SessionRow.id)))
        _, given = page.form("sign-ins/end")
        answer = here.post("/en/account/sign-ins/end", data={**given, "sign_in": str(numbers[1])})
        assert answer.location == "/en/account/sign-ins"
        assert [each.get("/en/account").status_code for each in (here, there, third)] == [200, 302, 200]
        assert here.post("/en/account/sign-ins/end", data={**given, "sign_in": str(numbers[1])}).status_code == 404

    def test_all_others_end_at_once(self, app: Flask, ana: int) -> None:
        here, there, third = (browser_of(app, ana) for _ in range(3))
        assert send(here, "/en/account/sign-ins", "end-others").status_code == 302
        assert [each.get("/en/account").status_code for each in (here, there, third)] == [200, 302, 302]

    def test_ones_own_can_be_ended_too(self, app: Flask, ana: int) -> None:
        here = browser_of(app, ana)
        assert send(here, "/en/account/sign-ins", "sign-ins/end").location == "/en/sign-in"
        assert here.get("/en/account").status_code == 302

    @pytest.mark.parametrize("typed", ["0", "-1", "x", "", str(10**20)])
    def test_what_is_no_sign_in_is_not_there(self, app: Flask, ana: int, typed: str) -> None:
        here = browser_of(app, ana)
        assert send(here, "/en/account/sign-ins", "sign-ins/end", sign_in=typed).status_code == 404

    def test_somebody_elses_is_not_there(self, app: Flask, ana: int) -> None:
        here, other = browser_of(app, ana), browser_of(app, make(app, BO))
        with app.app_context():
            foreign = db.session.scalars(select(SessionRow.id).where(SessionRow.person != ana)).one()
        assert send(here, "/en/account/sign-ins", "sign-ins/end", sign_in=str(foreign)).status_code == 404
        assert other.get("/en/account").status_code == 200

    def test_signing_in_again_ends_what_the_browser_held(self, app: Flask, client: FlaskClient, ana: int) -> None:
        sign_in(client)
        held = client.get_cookie("session")
        assert held is not None
        make(app, BO)
        _, given = parse(client.get("/en/account")).form("sign-out")
        assert client.post("/en/sign-in", data={**given, "email": BO, "password": PASSWORD}).status_code == 302
        assert BO in client.get("/en/account").text
        thief = app.test_client()
        thief.set_cookie("session", held.value)
        assert thief.get("/en/account").status_code == 302
        with app.app_context():
            assert db.session.scalars(select(SessionRow.ended_at).where(SessionRow.person == ana)).one() is not None

    def test_a_sign_in_ends_by_itself(self, app: Flask, ana: int, still: time_machine.Traveller) -> None:
        here = browser_of(app, ana)
        still.shift(timedelta(hours=12, seconds=1))
        assert here.get("/en/account").status_code == 302


class TestPassword:
    """Another password by the present one."""

    def test_it_ends_the_other_sign_ins_and_keeps_this_one(self, app: Flask, client: FlaskClient, ana: int) -> None:
        sign_in(client)
        elsewhere = browser_of(app, ana)
        page = client.get("/en/account/password")
        assert parse(page).faults() == []
        answer = send(client, "/en/account/password", "password", present=PASSWORD, password=OTHER)
        assert answer.location == "/en/account"
        assert client.get("/en/account").status_code == 200
        assert elsewhere.get("/en/account").status_code == 302
        assert sign_in(app.test_client()).status_code == 422
        assert sign_in(app.test_client(), password=OTHER).status_code == 302

    @pytest.mark.parametrize(
        ("present", "chosen", "field"),
        [
            (OTHER, OTHER, "present"),
            (PASSWORD, "short", "password"),
            (PASSWORD, ANA, "password"),
            ("", OTHER, "present"),
        ],
    )
    def test_what_is_wrong_is_named(
        self, app: Flask, client: FlaskClient, ana: int, present: str, chosen: str, field: str
    ) -> None:
        sign_in(client)
        answer = send(client, "/en/account/password", "password", present=present, password=chosen)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        with app.app_context():
            before = db.session.get_one(PersonRow, ana).password
        assert sign_in(app.test_client()).status_code == 302, before

    def test_guessing_at_an_open_screen_is_slowed(self, app: Flask, ana: int) -> None:
        here = browser_of(app, ana)
        asked = [
            send(here, "/en/account/password", "password", present=f"wrong {each}", password=OTHER).status_code
            for each in range(6)
        ]
        assert asked == [422] * 5 + [429]


@pytest.mark.usefixtures("ana")
class TestGuessing:
    """Tries slow down and never lock out; who is known here is not told."""

    def test_a_known_and_an_unknown_address_are_slowed_alike(self, client: FlaskClient) -> None:
        seen = []
        for email, network in ((ANA, "203.0.113.1"), ("nobody@town.example", "203.0.113.2")):
            answers = [sign_in(client, email, f"wrong {each}", network) for each in range(8)]
            seen.append([(each.status_code, each.headers.get("Retry-After")) for each in answers])
        assert seen[0] == seen[1]
        assert seen[0] == [(422, None)] * 5 + [(429, "2")] * 3

    def test_it_says_how_long_and_keeps_the_address(self, client: FlaskClient, still: time_machine.Traveller) -> None:
        for each in range(5):
            sign_in(client, password=f"wrong {each}")
        answer = sign_in(client)
        assert answer.status_code == 429
        page = parse(answer)
        assert page.faults() == []
        assert "Wait 2 seconds, then try again; nothing is locked." in page.text("li")
        kept = page.by_id("email")
        assert kept is not None
        assert kept.get("value") == ANA
        still.shift(timedelta(seconds=2))
        assert sign_in(client).status_code == 302

    def test_a_stranger_elsewhere_keeps_nobody_out(self, app: Flask, client: FlaskClient) -> None:
        assert sign_in(client, network="198.51.100.1").status_code == 302
        for each in range(40):
            sign_in(app.test_client(), password="wrong", network=f"203.0.113.{each}")
        assert sign_in(app.test_client(), network="198.51.100.1").status_code == 302

    def test_success_clears(self, app: Flask) -> None:
        for _ in range(3):
            for each in range(4):
                assert sign_in(app.test_client(), password=f"wrong {each}").status_code == 422
            assert sign_in(app.test_client()).status_code == 302

    @pytest.mark.parametrize(("page", "fields"), [("sign-up", {"name": "Bo"}), ("forgotten-password", {})])
    def test_letters_are_asked_for_slowly_whoever_they_go_to(
        self, client: FlaskClient, page: str, fields: dict[str, str]
    ) -> None:
        for email in (ANA, "nobody@town.example"):
            statuses = [send(client, f"/en/{page}", page, email=email, **fields).status_code for _ in range(6)]
            assert statuses == [302] * 5 + [429], email

    def test_in_french_too(self, client: FlaskClient) -> None:
        _, given = parse(client.get("/fr/sign-in")).form("sign-in")
        for _ in range(6):
            answer = client.post("/fr/sign-in", data={**given, "email": ANA, "password": "x"})
        assert answer.status_code == 429
        assert parse(answer).faults() == []


@pytest.mark.seeded
class TestCommunities:
    """One person may work for several communities, and switches in so many words."""

    @pytest.fixture
    def both(self, app: Flask) -> int:
        """Somebody who writes for Kenora and leads the plan of Guelph."""
        number = a_member(app, ANA, Role.WRITER, "kenora")
        a_member(app, ANA, Role.LEAD, "guelph")
        return number

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_one_is_chosen_and_another(self, app: Flask, both: int, language: str) -> None:
        browser = browser_of(app, both)
        asked = browser.get(f"/{language}/members")
        assert asked.location == f"/{language}/switch?back=/{language}/members"
        page = browser.get(asked.location)
        assert parse(page).faults() == []
        assert [name for name in ("Guelph", "Kenora") if name in page.text] == ["Guelph", "Kenora"]
        _, given = parse(page).form("/switch")
        for community, name in (("guelph", "Guelph"), ("kenora", "Kenora")):
            answer = browser.post(f"/{language}/switch", data={**given, "community": community})
            assert answer.location == f"/{language}/members"
            assert name in parse(browser.get(answer.location)).text("h1")

    def test_the_role_is_that_of_the_community_worked_for(self, app: Flask, both: int) -> None:
        writer, lead = browser_of(app, both, community="kenora"), browser_of(app, both, community="guelph")
        assert writer.get("/en/members/invite").status_code == 403
        assert lead.get("/en/members/invite").status_code == 200

    @pytest.mark.parametrize("community", ["toronto", "nowhere", "", "nul\x00"])
    def test_a_community_that_one_does_not_work_for_is_not_there(self, app: Flask, both: int, community: str) -> None:
        browser = browser_of(app, both, community="kenora")
        _, given = parse(browser.get("/en/switch")).form("/switch")
        assert browser.post("/en/switch", data={**given, "community": community}).status_code == 404
        assert "Kenora" in parse(browser.get("/en/members")).text("h1")

    @pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/en//evil.example", "/%09/evil"])
    def test_it_leads_to_our_own_pages_only(self, app: Flask, both: int, back: str) -> None:
        browser = browser_of(app, both, community="kenora")
        _, given = parse(browser.get("/en/switch")).form("/switch")
        answer = browser.post("/en/switch", data={**given, "community": "guelph", "back": back})
        assert answer.status_code == 302
        assert answer.location.startswith("/en/")
        assert "evil" not in answer.location

    def test_what_belongs_to_another_of_ones_communities_is_named_and_nothing_else_is(
        self, app: Flask, both: int
    ) -> None:
        with app.app_context(), transaction() as session:
            theirs = MeetingRow(
                community="guelph", uuid="u", body="council", on=NOW.date(), created_at=NOW, modified_at=NOW
            )
            session.add(theirs)
            session.flush()
            address = f"/en/meetings/{theirs.id}"
        browser = browser_of(app, both, community="kenora")
        page = browser.get(address)
        assert page.status_code == 409
        assert parse(page).faults() == []
        assert "This belongs to Guelph" in parse(page).text("h1")
        opened, given = parse(page).form("/switch")
        assert browser.post(opened, data=given).location == address
        assert browser.get(address).status_code == 200
        stranger = browser_of(app, a_member(app, BO, Role.WRITER, "kenora"), community="kenora")
        seen = [stranger.get(each) for each in (address, "/en/meetings/999999")]
        assert [each.status_code for each in seen] == [404, 404]
        assert seen[0].text.replace(address[3:], "") == seen[1].text.replace("/meetings/999999", "")

    def test_who_works_for_none_is_told_how_one_begins(self, app: Flask) -> None:
        browser = browser_of(app, a_member(app, BO))
        page = browser.get("/en/switch")
        assert "You work for no community yet." in page.text
        assert parse(page).faults() == []


@pytest.mark.parametrize("field", ["staff_role", "active", "email", "confirmed_at", "password", "totp_secret", "id"])
def test_a_form_sets_nothing_that_it_does_not_show(app: Flask, ana: int, field: str) -> None:
    browser = browser_of(app, ana)
    with app.app_context():
        before = getattr(db.session.get_one(PersonRow, ana), field)
    fields = {"name": "Ana B.", "zone": "America/Toronto", "language": "en", "leads": "7", "digest": "daily"}
    assert send(browser, "/en/account", "account", **fields, **{field: "approver"}).status_code == 302
    with app.app_context():
        row = db.session.get_one(PersonRow, ana)
        assert (row.name, getattr(row, field)) == ("Ana B.", before)


@pytest.mark.parametrize(
    "path",
    [
        "account",
        "account/password",
        "account/sign-ins/end",
        "account/sign-ins/end-others",
        "account/second-factor/codes",
        "account/second-factor/codes.txt",
        "account/second-factor/off",
        "second-factor",
        "second-factor/set-up",
        "switch",
        "members/invite",
        "members/leave",
        "members/1/role",
        "members/1/remove",
        "members/1/hours",
        "staff/invite",
        "staff/1/role",
        "staff/1/active",
        "staff/leads/invite",
        "invitations/none",
        "sign-out",
    ],
)
def test_a_form_of_another_site_is_refused(app: Flask, ana: int, path: str) -> None:
    assert browser_of(app, ana).post(f"/en/{path}", data={}).status_code == 400
