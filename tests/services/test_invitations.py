"""Invitations: a link that works once, for one address, for 14 days, and tells the inviter nothing."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from grants.delivery.letters import Stationery
from grants.domain.bilingual import Bilingual
from grants.domain.people import Role
from grants.services import invitations, sessions
from grants.services.catalogue import NotFoundError
from grants.services.invitations import LASTS, State
from grants.services.people import RefusedError
from grants.store import people as rows
from grants.store import sessions as session_rows
from grants.store import tenants
from grants.store.applications import EventRow
from grants.store.database import db, transaction
from grants.store.people import MembershipRow, PersonRow
from grants.store.reminders import OutboxRow
from grants.store.sessions import InvitationRow
from tests.signing_in import a_member

pytestmark = [pytest.mark.seeded, pytest.mark.usefixtures("db_session")]

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
KENORA, GUELPH = "kenora", "guelph"
STATIONERY = Stationery(Bilingual("Navigator", "Navigateur"), "http://localhost", "key")


@pytest.fixture
def lead(app: Flask) -> int:
    """The plan lead of Kenora."""
    return a_member(app, "lead@x.example", Role.LEAD, KENORA)


@pytest.fixture
def approver(app: Flask) -> int:
    """Somebody who approves."""
    return a_member(app, "approver@x.example", Role.APPROVER)


def invite(by: int, email: str, role: Role = Role.WRITER, community: str | None = KENORA) -> int:
    with transaction() as session:
        person = session.get_one(PersonRow, by)
        return invitations.invite(session, person, email, role, community, now=NOW, stationery=STATIONERY).id


def letters() -> list[OutboxRow]:
    return list(db.session.scalars(select(OutboxRow).order_by(OutboxRow.id)))


def token_in(letter: OutboxRow) -> str:
    found = re.search(r"http://localhost/(?:en|fr)/invitations/(\S+)", letter.text)
    assert found is not None
    return found[1]


def accept(token: str, person: int, now: datetime = NOW) -> None:
    with transaction() as session:
        invitations.accept(session, token, session.get_one(PersonRow, person), now)


def test_a_stranger_gets_both_languages_and_joins_by_the_link(lead: int) -> None:
    invite(lead, " New@Town.example ")
    (letter,) = letters()
    assert (letter.recipient, letter.person) == ("new@town.example", None)
    assert "Invitation to work for Kenora" in letter.subject
    assert "vous invite à travailler pour Kenora" in letter.text
    token = token_in(letter)
    assert all(token not in row.token_hash for row in db.session.scalars(select(InvitationRow)))
    with transaction() as session:
        person = invitations.welcome(session, token, "New Person", "hash", NOW)
        invitations.accept(session, token, person, NOW)
    assert rows.role_in(db.session(), person.id, KENORA) is Role.WRITER
    assert person.confirmed_at == NOW
    assert person.zone == "America/Winnipeg"
    kinds = [row.kind for row in tenants.all_of(db.session(), EventRow, KENORA)]
    assert kinds == ["invited", "joined"]


def test_somebody_known_gets_their_own_language(app: Flask, lead: int) -> None:
    known = a_member(app, "zoe@town.example")
    with transaction() as session:
        session.get_one(PersonRow, known).language = "fr"
    invite(lead, "zoe@town.example")
    (letter,) = letters()
    assert letter.person == known
    assert letter.subject == "Invitation à travailler pour Kenora"
    assert "Hello" not in letter.text


def test_a_link_works_once_and_for_its_address_alone(app: Flask, lead: int) -> None:
    guest, other = a_member(app, "guest@town.example"), a_member(app, "other@town.example")
    invite(lead, "guest@town.example")
    token = token_in(letters()[0])
    with pytest.raises(NotFoundError):
        accept(token, other)
    accept(token, guest)
    with pytest.raises(NotFoundError):
        accept(token, guest)
    assert rows.role_in(db.session(), other, KENORA) is None


def test_it_works_for_fourteen_days(app: Flask, lead: int) -> None:
    guest = a_member(app, "guest@town.example")
    number = invite(lead, "guest@town.example")
    token = token_in(letters()[0])
    assert invitations.find(db.session(), token, NOW + LASTS - timedelta(seconds=1)) is not None
    with pytest.raises(NotFoundError):
        accept(token, guest, NOW + LASTS)
    row = db.session.get_one(InvitationRow, number)
    assert invitations.state_of(row, NOW + LASTS) is State.EXPIRED


def test_withdrawn_sent_again_or_invited_again_the_old_link_is_dead(app: Flask, lead: int) -> None:
    a_member(app, "guest@town.example")
    number = invite(lead, "guest@town.example")
    with transaction() as session:
        by = session.get_one(PersonRow, lead)
        invitations.resend(session, by, number, KENORA, now=NOW, stationery=STATIONERY)
    invite(lead, "guest@town.example")
    first, second, third = (token_in(each) for each in letters())
    alive = [invitations.find(db.session(), token, NOW) is not None for token in (first, second, third)]
    assert alive == [False, False, True]
    assert len(invitations.waiting(db.session(), KENORA, NOW)) == 1
    last = invitations.waiting(db.session(), KENORA, NOW)[0].id
    with transaction() as session:
        invitations.withdraw(session, session.get_one(PersonRow, lead), last, KENORA, NOW)
    assert invitations.find(db.session(), third, NOW) is None


@pytest.mark.parametrize(
    ("by", "role", "community", "granted"),
    [
        pytest.param("lead", Role.WRITER, KENORA, True, id="a lead invites a writer"),
        pytest.param("lead", Role.LEAD, KENORA, True, id="a lead invites a lead"),
        pytest.param("lead", Role.WRITER, GUELPH, False, id="not to another community"),
        pytest.param("lead", Role.EDITOR, None, False, id="not to the staff"),
        pytest.param("lead", Role.APPROVER, KENORA, False, id="not to a role on staff"),
        pytest.param("writer", Role.WRITER, KENORA, False, id="a writer invites nobody"),
        pytest.param("approver", Role.LEAD, GUELPH, True, id="an approver invites a lead"),
        pytest.param("approver", Role.WRITER, GUELPH, False, id="but no writer"),
        pytest.param("approver", Role.EDITOR, None, True, id="an approver invites staff"),
        pytest.param("approver", Role.OPERATOR, None, False, id="but no operator"),
        pytest.param("editor", Role.EDITOR, None, False, id="an editor invites nobody"),
        pytest.param("editor", Role.LEAD, GUELPH, False, id="and no lead"),
    ],
)
def test_who_may_invite_to_what(
    app: Flask,
    lead: int,
    approver: int,
    by: str,
    role: Role,
    community: str | None,
    granted: bool,  # noqa: FBT001
) -> None:
    asking = {
        "lead": lambda: lead,
        "approver": lambda: approver,
        "writer": lambda: a_member(app, "writer@x.example", Role.WRITER, KENORA),
        "editor": lambda: a_member(app, "editor@x.example", Role.EDITOR),
    }[by]()
    if granted:
        invite(asking, "new@town.example", role, community)
    else:
        with pytest.raises(RefusedError, match="You may not invite"):
            invite(asking, "new@town.example", role, community)
    assert len(letters()) == granted


def test_an_invitation_of_another_place_is_not_there(lead: int, approver: int) -> None:
    elsewhere, staff = (
        invite(approver, "a@town.example", Role.LEAD, GUELPH),
        invite(approver, "b@x.example", Role.EDITOR, None),
    )
    for number in (elsewhere, staff, 999_999, 0, 2**40):
        with pytest.raises(NotFoundError), transaction() as session:
            invitations.withdraw(session, session.get_one(PersonRow, lead), number, KENORA, NOW)
        with pytest.raises(NotFoundError), transaction() as session:
            invitations.resend(
                session, session.get_one(PersonRow, lead), number, KENORA, now=NOW, stationery=STATIONERY
            )


def test_who_is_there_already_is_named_and_a_deactivated_account_gets_no_letter(app: Flask, lead: int) -> None:
    a_member(app, "writer@x.example", Role.WRITER, KENORA)
    with pytest.raises(RefusedError, match="on this list already"):
        invite(lead, "writer@x.example")
    gone = a_member(app, "gone@x.example")
    with transaction() as session:
        session.get_one(PersonRow, gone).active = False
    invite(lead, "gone@x.example")
    assert letters() == []


def test_a_role_on_staff_ends_the_sign_ins_that_were_begun_without_it(app: Flask, approver: int) -> None:
    guest = a_member(app, "guest@x.example")
    invite(approver, "guest@x.example", Role.EDITOR, None)
    with transaction() as session:
        person = session.get_one(PersonRow, guest)
        for _ in range(2):
            sessions.begin(session, person, NOW, agent="", proved=False)
        here = sessions.standing(session, person, NOW)[0].id
        invitations.accept(session, token_in(letters()[0]), person, NOW, here=here)
    person = db.session.get_one(PersonRow, guest)
    assert person.staff_role == Role.EDITOR
    assert [row.id for row in sessions.standing(db.session(), person, NOW)] == [here]


def test_an_account_that_was_made_meanwhile_keeps_its_password(app: Flask, lead: int) -> None:
    invite(lead, "new@town.example")
    token = token_in(letters()[0])
    number = a_member(app, "new@town.example")
    with transaction() as session:
        session.get_one(PersonRow, number).password = "own"
    with pytest.raises(NotFoundError), transaction() as session:
        invitations.welcome(session, token, "Mallory", "other", NOW)
    assert db.session.get_one(PersonRow, number).password == "own"


@pytest.mark.parametrize("token", ["", "none", "x" * 5_000, "é", "\x00"])
def test_a_token_that_is_none_finds_nothing(lead: int, token: str) -> None:
    invite(lead, "new@town.example")
    assert invitations.find(db.session(), token, NOW) is None
    assert session_rows.invitation(db.session(), "", NOW) is None


@pytest.mark.parametrize("how", ["made a writer", "removed", "deactivated"])
def test_who_may_no_longer_invite_leaves_no_door_open(app: Flask, lead: int, how: str) -> None:
    invite(lead, "friend@x.example", Role.LEAD)
    token = token_in(letters()[-1])
    with transaction() as session:
        membership = session.scalars(select(MembershipRow).where(MembershipRow.person == lead)).one()
        if how == "made a writer":
            membership.role = Role.WRITER.value
        elif how == "removed":
            session.delete(membership)
        else:
            session.get_one(PersonRow, lead).active = False
    assert invitations.find(db.session(), token, NOW) is None
    with pytest.raises(NotFoundError):
        accept(token, a_member(app, "friend@x.example"))
