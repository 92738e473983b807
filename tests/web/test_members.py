"""Members, invitations and staff in a browser: who sees and changes whom, and what a link from a letter opens."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from flask_security.utils import hash_password
from sqlalchemy import select
from werkzeug.test import TestResponse

from grants.domain.people import Role
from grants.services import people
from grants.store import people as rows
from grants.store.database import db, transaction
from grants.store.people import PersonRow
from grants.store.reminders import OutboxRow
from tests.reminding import STATIONERY
from tests.signing_in import a_member, browser_of
from tests.web.html import parse, words

pytestmark = pytest.mark.seeded

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
PASSWORD = "four plain words here"
KENORA, GUELPH = "kenora", "guelph"
LEAD, WRITER, APPROVER = "lead@town.example", "writer@town.example", "approver@x.example"


@pytest.fixture(autouse=True)
def still() -> Iterator[time_machine.Traveller]:
    """Stop the clock."""
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def lead(app: Flask) -> FlaskClient:
    """A browser of the plan lead of Kenora."""
    return browser_of(app, a_member(app, LEAD, Role.LEAD, KENORA), community=KENORA)


@pytest.fixture
def writer(app: Flask) -> FlaskClient:
    """A browser of a grant writer of Kenora."""
    return browser_of(app, a_member(app, WRITER, Role.WRITER, KENORA), community=KENORA)


@pytest.fixture
def approver(app: Flask) -> FlaskClient:
    """A browser of an approver."""
    return browser_of(app, a_member(app, APPROVER, Role.APPROVER))


def send(client: FlaskClient, page: str, form: str, **fields: str) -> TestResponse:
    address, given = parse(client.get(page)).form(form)
    return client.post(address, data={**given, **fields})


def number_of(app: Flask, email: str) -> int:
    with app.app_context():
        return db.session.scalars(select(PersonRow.id).where(PersonRow.email == email)).one()


def role_in(app: Flask, email: str, community: str = KENORA) -> Role | None:
    with app.app_context():
        return rows.role_in(db.session(), number_of(app, email), community)


def links(app: Flask) -> list[str]:
    """The links of the invitations that were mailed, in order."""
    with app.app_context():
        letters = db.session.scalars(select(OutboxRow).order_by(OutboxRow.id)).all()
    found = [re.search(r"http://localhost(/(?:en|fr)/invitations/\S+)", letter.text) for letter in letters]
    return [each[1] for each in found if each is not None]


@pytest.mark.usefixtures("lead", "writer")
class TestMembers:
    """The list and the page of each."""

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_a_lead_sees_everything_and_a_writer_less(
        self, app: Flask, lead: FlaskClient, writer: FlaskClient, language: str
    ) -> None:
        with app.app_context(), transaction() as session:
            session.get_one(PersonRow, number_of(app, WRITER)).mail_suspended_at = NOW
        seen = {name: browser.get(f"/{language}/members") for name, browser in (("lead", lead), ("writer", writer))}
        for answer in seen.values():
            page = parse(answer)
            assert page.faults() == []
            assert {LEAD, WRITER} <= set(page.text("td").split())
        assert "/members/invite" in seen["lead"].text
        assert "/members/invite" not in seen["writer"].text
        if language == "en":
            assert "not delivered" in parse(seen["lead"]).text("td")
            assert "not delivered" not in parse(seen["writer"]).text("td")

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_pages_of_members_are_valid(
        self, app: Flask, lead: FlaskClient, writer: FlaskClient, language: str
    ) -> None:
        for email in (LEAD, WRITER):
            for browser in (lead, writer):
                answer = browser.get(f"/{language}/members/{number_of(app, email)}")
                assert answer.status_code == 200
                assert parse(answer).faults() == []

    @pytest.mark.parametrize(
        ("typed", "minutes"), [("7", 420), ("7.5", 450), ("7,5", 450), ("0", 0), ("", None), ("60", 3_600)]
    )
    def test_everybody_keeps_their_own_hours(
        self, app: Flask, writer: FlaskClient, typed: str, minutes: int | None
    ) -> None:
        number = number_of(app, WRITER)
        answer = send(writer, f"/en/members/{number}", "/hours", hours=typed)
        assert answer.location == f"/en/members/{number}"
        with app.app_context():
            row = rows.membership(db.session(), number, KENORA)
            assert row is not None
            assert row.weekly_minutes == minutes

    @pytest.mark.parametrize("typed", ["x", "61", "-1", "1e3", "nan", "7:30", "²", "999999"])
    def test_what_is_no_number_of_hours_is_named_and_kept(self, app: Flask, writer: FlaskClient, typed: str) -> None:
        answer = send(writer, f"/en/members/{number_of(app, WRITER)}", "/hours", hours=typed)
        page = parse(answer)
        assert answer.status_code == 422
        assert page.faults() == []
        kept = page.by_id("hours")
        assert kept is not None
        assert kept.get("value") == typed

    def test_a_lead_keeps_anybodys_hours_and_a_writer_nobody_elses(
        self, app: Flask, lead: FlaskClient, writer: FlaskClient
    ) -> None:
        assert send(lead, f"/en/members/{number_of(app, WRITER)}", "/hours", hours="5").status_code == 302
        _, given = parse(writer.get(f"/en/members/{number_of(app, WRITER)}")).form("/hours")
        for address, status in ((number_of(app, LEAD), 403), (999_999, 404), (2**40, 404)):
            assert writer.post(f"/en/members/{address}/hours", data={**given, "hours": "5"}).status_code == status

    def test_a_lead_makes_a_lead_and_hands_over(self, app: Flask, lead: FlaskClient) -> None:
        own, other = number_of(app, LEAD), number_of(app, WRITER)
        answer = send(lead, f"/en/members/{own}", "/role", role="writer", next_lead="")
        assert answer.status_code == 422
        assert parse(answer).faults() == []
        assert "First name the member who leads it next" in answer.text
        assert send(lead, f"/en/members/{own}", "/role", role="writer", next_lead=str(other)).status_code == 302
        assert (role_in(app, LEAD), role_in(app, WRITER)) == (Role.WRITER, Role.LEAD)
        assert lead.get("/en/members/invite").status_code == 403

    @pytest.mark.parametrize("role", ["approver", "editor", "public", "", "x"])
    def test_a_role_that_was_not_offered_is_refused(self, app: Flask, lead: FlaskClient, role: str) -> None:
        answer = send(lead, f"/en/members/{number_of(app, WRITER)}", "/role", role=role)
        assert answer.status_code == 422
        assert role_in(app, WRITER) is Role.WRITER

    def test_who_is_removed_is_out_at_once(self, app: Flask, lead: FlaskClient, writer: FlaskClient) -> None:
        assert writer.get("/en/members").status_code == 200
        assert send(lead, f"/en/members/{number_of(app, WRITER)}", "/remove").location == "/en/members"
        assert writer.get("/en/members").location.startswith("/en/sign-in")
        assert role_in(app, WRITER) is None

    def test_a_writer_leaves_and_the_last_lead_does_not(
        self, app: Flask, lead: FlaskClient, writer: FlaskClient
    ) -> None:
        assert send(writer, f"/en/members/{number_of(app, WRITER)}", "/leave").status_code == 302
        assert "You no longer work for Kenora." in writer.get("/en/account").text
        answer = send(lead, f"/en/members/{number_of(app, LEAD)}", "/leave")
        assert answer.status_code == 422
        assert "This is the only member." in answer.text
        assert parse(answer).faults() == []
        assert role_in(app, LEAD) is Role.LEAD

    def test_a_member_of_another_community_answers_as_one_who_is_not_there(self, app: Flask, lead: FlaskClient) -> None:
        foreign = a_member(app, "other@x.example", Role.WRITER, GUELPH)
        seen = [lead.get(f"/en/members/{number}") for number in (foreign, 999_999)]
        assert [each.status_code for each in seen] == [404, 404]
        assert seen[0].text.replace(f"/{foreign}", "") == seen[1].text.replace("/999999", "")
        _, given = parse(lead.get("/en/members/invite")).form("invite")
        for deed in ("role", "remove", "hours"):
            assert lead.post(f"/en/members/{foreign}/{deed}", data={**given, "hours": "1"}).status_code == 404
        assert role_in(app, "other@x.example", GUELPH) is Role.WRITER


class TestInviting:
    """A lead invites, and learns nothing of who has an account."""

    def test_known_and_unknown_addresses_are_answered_alike(self, app: Flask, lead: FlaskClient) -> None:
        a_member(app, "known@town.example")
        seen = []
        for email in ("known@town.example", "nobody@town.example"):
            answer = send(lead, "/en/members/invite", "/invite", email=email, role="writer")
            page = parse(lead.get(answer.location))
            assert page.faults() == []
            rest = page.text("main").replace(email, "#")
            seen.append((answer.status_code, answer.location, re.sub("(# grant writer.*)", "", rest)))
            send(lead, "/en/members", "/withdraw")
        assert seen[0] == seen[1]

    def test_a_new_person_makes_an_account_and_works_there(self, app: Flask, lead: FlaskClient) -> None:
        send(lead, "/en/members/invite", "/invite", email="new@town.example", role="writer")
        (link,) = links(app)
        guest = app.test_client()
        page = guest.get(link)
        assert parse(page).faults() == []
        assert "Work for Kenora" in parse(page).text("h1")
        wrong = send(guest, link, "/invitations/", name="", password="short")
        assert wrong.status_code == 422
        assert parse(wrong).faults() == []
        assert send(guest, link, "/invitations/", name="New Person", password=PASSWORD).status_code == 302
        assert "Kenora" in parse(guest.get("/en/members")).text("h1")
        assert guest.get(link).status_code == 410
        assert parse(guest.get(link)).faults() == []

    def test_somebody_known_signs_in_first_and_nobody_else_accepts(self, app: Flask, lead: FlaskClient) -> None:
        with app.app_context(), transaction() as session:
            person = people.add(session, "known@town.example", Role.MEMBER, NOW)
            people.choose_password(session, person, hash_password(PASSWORD), NOW, STATIONERY)
        send(lead, "/en/members/invite", "/invite", email="known@town.example", role="lead")
        (link,) = links(app)
        stranger = browser_of(app, a_member(app, "stranger@town.example"))
        page = stranger.get(link)
        assert "you are signed in as stranger@town.example" in page.text
        _, given = parse(page).form("sign-out")
        stranger.post(link, data={**given, "name": "Mallory", "password": PASSWORD})
        assert role_in(app, "stranger@town.example") is None
        guest = app.test_client()
        page = guest.get(link)
        assert parse(page).faults() == []
        _, given = parse(guest.get("/en/sign-up")).form("sign-up")
        guest.post(link, data={**given, "name": "Mallory", "password": "other plain words"})
        assert role_in(app, "known@town.example") is None
        (address,) = [href for href, said in parse(page).links() if "back=" in href and said == "Sign in"]
        answer = send(guest, address, "sign-in", email="known@town.example", password=PASSWORD)
        assert answer.location == link
        assert send(guest, link, "/invitations/").status_code == 302
        assert role_in(app, "known@town.example") is Role.LEAD

    def test_a_link_that_was_withdrawn_or_is_none_is_gone(self, app: Flask, lead: FlaskClient) -> None:
        send(lead, "/en/members/invite", "/invite", email="new@town.example", role="writer")
        assert send(lead, "/en/members", "/withdraw").location == "/en/members"
        answers = [app.test_client().get(each) for each in (links(app)[0], "/en/invitations/none")]
        assert [each.status_code for each in answers] == [410, 410]
        main = [words(parse(each).all("main")[0]) for each in answers]
        assert main[0] == main[1]

    def test_sending_again_is_slowed(self, app: Flask, lead: FlaskClient) -> None:
        send(lead, "/en/members/invite", "/invite", email="new@town.example", role="writer")
        for _ in range(4):
            send(lead, "/en/members", "/resend")
        assert len(links(app)) == 3
        answer = send(lead, "/en/members/invite", "/invite", email="new@town.example", role="writer")
        assert answer.status_code == 429
        assert parse(answer).faults() == []

    def test_the_invitations_of_another_community_are_not_there(self, app: Flask, lead: FlaskClient) -> None:
        other = browser_of(app, a_member(app, "other@x.example", Role.LEAD, GUELPH), community=GUELPH)
        send(other, "/en/members/invite", "/invite", email="new@town.example", role="writer")
        _, given = parse(lead.get("/en/members/invite")).form("invite")
        for deed in ("resend", "withdraw"):
            for number in (1, 999_999):
                assert lead.post(f"/en/members/invitations/{number}/{deed}", data=given).status_code == 404
        assert app.test_client().get(links(app)[0]).status_code == 200

    @pytest.mark.parametrize(
        ("email", "role", "field"),
        [
            ("none", "writer", "email"),
            ("a@town.example", "editor", "role"),
            (LEAD, "writer", "email"),
            ("", "", "email"),
        ],
    )
    def test_what_is_wrong_is_named(self, lead: FlaskClient, email: str, role: str, field: str) -> None:
        answer = send(lead, "/en/members/invite", "/invite", email=email, role=role)
        assert answer.status_code == 422
        assert f'href="#{field}"' in answer.text
        assert parse(answer).faults() == []


class TestStaff:
    """An approver looks after staff and plan leads."""

    @pytest.mark.parametrize("language", ["en", "fr"])
    def test_the_pages_are_valid(self, app: Flask, approver: FlaskClient, lead: FlaskClient, language: str) -> None:
        del lead
        editor = a_member(app, "ed@x.example", Role.EDITOR)
        send(approver, "/en/staff/invite", "/invite", email="new@x.example", role="editor")
        send(approver, "/en/staff/leads/invite", "/invite", email="l@town.example", community="Guelph")
        for page in ("", f"/{editor}", f"/{number_of(app, APPROVER)}", "/invite", "/leads", "/leads/invite"):
            answer = approver.get(f"/{language}/staff{page}")
            assert answer.status_code == 200, page
            assert parse(answer).faults() == []

    def test_somebody_invited_to_the_staff_sets_up_a_second_factor(self, app: Flask, approver: FlaskClient) -> None:
        send(approver, "/en/staff/invite", "/invite", email="new@x.example", role="editor")
        guest = app.test_client()
        answer = send(guest, links(app)[0], "/invitations/", name="New Editor", password=PASSWORD)
        assert guest.get(answer.location).location.startswith("/en/second-factor")
        assert guest.get("/en/vocabulary").location.startswith("/en/second-factor")

    def test_a_lead_of_any_community_is_invited_by_name(self, app: Flask, approver: FlaskClient) -> None:
        answer = send(approver, "/en/staff/leads/invite", "/invite", email="l@town.example", community="guelp")
        assert answer.status_code in {302, 422}
        answer = send(approver, "/en/staff/leads/invite", "/invite", email="m@town.example", community="Guelph")
        assert answer.location == "/en/staff/leads"
        guest = app.test_client()
        send(guest, links(app)[-1], "/invitations/", name="New Lead", password=PASSWORD)
        assert role_in(app, "m@town.example", GUELPH) is Role.LEAD
        assert "m@town.example" in approver.get("/en/staff/leads").text

    @pytest.mark.parametrize(("typed", "said"), [("Atlantis", "No community has this name"), ("", "No community")])
    def test_a_community_that_is_none_is_named_and_kept(self, approver: FlaskClient, typed: str, said: str) -> None:
        answer = send(approver, "/en/staff/leads/invite", "/invite", email="l@town.example", community=typed)
        assert answer.status_code == 422
        page = parse(answer)
        assert page.faults() == []
        assert said in page.text("li")

    def test_a_role_is_given_and_taken(self, app: Flask, approver: FlaskClient) -> None:
        editor = a_member(app, "ed@x.example", Role.EDITOR)
        browser = browser_of(app, editor)
        assert send(approver, f"/en/staff/{editor}", "/role", role="approver").location == "/en/staff"
        assert browser.get("/en/vocabulary").status_code == 302, "every sign-in of theirs has ended"
        assert send(approver, f"/en/staff/{editor}", "/role", role="").location == "/en/staff"
        assert approver.get(f"/en/staff/{editor}").status_code == 404

    @pytest.mark.parametrize("role", ["operator", "lead", "x"])
    def test_a_role_that_was_not_offered_is_refused(self, app: Flask, approver: FlaskClient, role: str) -> None:
        editor = a_member(app, "ed@x.example", Role.EDITOR)
        answer = send(approver, f"/en/staff/{editor}", "/role", role=role)
        assert answer.status_code == 422
        assert parse(answer).faults() == []

    def test_ones_own_role_stays(self, app: Flask, approver: FlaskClient) -> None:
        a_member(app, "second@x.example", Role.APPROVER)
        own = number_of(app, APPROVER)
        _, given = parse(approver.get("/en/staff/invite")).form("invite")
        for deed, fields in (("role", {"role": "editor"}), ("active", {"active": "no"})):
            answer = approver.post(f"/en/staff/{own}/{deed}", data={**given, **fields})
            assert answer.status_code == 422
            assert parse(answer).faults() == []
        assert approver.get("/en/staff").status_code == 200

    def test_a_deactivated_account_is_out_and_comes_back(self, app: Flask, approver: FlaskClient) -> None:
        editor = a_member(app, "ed@x.example", Role.EDITOR)
        browser = browser_of(app, editor)
        assert send(approver, f"/en/staff/{editor}", "/active", active="no").status_code == 302
        assert browser.get("/en/vocabulary").status_code == 302
        assert "deactivated" in approver.get("/en/staff").text
        assert send(approver, f"/en/staff/{editor}", "/active", active="yes").status_code == 302
        assert browser_of(app, editor).get("/en/vocabulary").status_code == 200

    def test_a_member_who_is_not_on_staff_is_not_there(self, app: Flask, approver: FlaskClient) -> None:
        member = a_member(app, "ana@town.example")
        _, given = parse(approver.get("/en/staff/invite")).form("invite")
        for number in (member, 999_999, 2**40):
            assert approver.get(f"/en/staff/{number}").status_code == 404
            assert approver.post(f"/en/staff/{number}/role", data={**given, "role": "approver"}).status_code == 404


def test_a_token_is_hidden_in_the_logs(app: Flask, lead: FlaskClient, capsys: pytest.CaptureFixture[str]) -> None:
    from grants import logs

    send(lead, "/en/members/invite", "/invite", email="new@town.example", role="writer")
    (link,) = links(app)
    logs.configure("DEBUG", readable=False)
    app.test_client().get(link)
    written = capsys.readouterr().err
    assert "/en/invitations/[hidden]" in written
    assert link.rpartition("/")[2] not in written
