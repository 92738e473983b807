"""Letters that tell a person what was changed about their account: each change once, to whom it concerns alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import invitations, members, people, second_factor, sessions, staff
from grants.services.second_factor import Codes
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import OutboxRow, Reason
from grants.store.sessions import SessionRow
from tests.reminding import START, STATIONERY, add_community, add_person, join

pytestmark = pytest.mark.one_database

CODES = Codes("a secret of this site that is long enough", "Navigator")
ANA = "ana@town.example"


@pytest.fixture
def ana(db_session: Session) -> int:
    """Somebody who is here, has a password and has had a first letter."""
    del db_session
    number = add_person(ANA)
    with transaction() as session:
        session.get_one(PersonRow, number).password = "the hash of before"
    return number


def letters(session: Session) -> list[tuple[str, str]]:
    """Every letter about an account: to whom, and its subject."""
    session.rollback()
    rows = session.scalars(select(OutboxRow).where(OutboxRow.reason == Reason.ACCOUNT).order_by(OutboxRow.id))
    return [(row.recipient, row.subject) for row in rows]


def set_up(session: Session, person: PersonRow) -> None:
    second_factor.turn_on(session, person, CODES.generate_totp_secret(), START, STATIONERY)


def change_password(session: Session, person: PersonRow) -> None:
    people.change_password(session, person, "a new hash", START, STATIONERY, here=0)


def choose_password(session: Session, person: PersonRow) -> None:
    people.choose_password(session, person, "a new hash", START, STATIONERY)


def renew(session: Session, person: PersonRow) -> None:
    second_factor.renew_recovery_codes(session, person, START, STATIONERY)


def turn_off(session: Session, person: PersonRow) -> None:
    person.totp_secret = "sealed"
    second_factor.turn_off(session, person, START, STATIONERY)


def replace(session: Session, person: PersonRow) -> None:
    person.totp_secret = "sealed"
    set_up(session, person)


def reset(session: Session, person: PersonRow) -> None:
    person.totp_secret = "sealed"
    second_factor.reset(session, person, START, STATIONERY)


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        pytest.param(change_password, "Your password was changed", id="in the account"),
        pytest.param(choose_password, "Your password was changed", id="by a link"),
        pytest.param(set_up, "A second factor was set up for your account", id="set up"),
        pytest.param(replace, "The second factor of your account was replaced", id="another phone"),
        pytest.param(renew, "Your account has new recovery codes, and the old ones no longer work", id="codes"),
        pytest.param(turn_off, "The second factor of your account was turned off", id="turned off"),
        pytest.param(reset, "The second factor of your account was turned off", id="reset by an operator"),
    ],
)
def test_each_change_is_told_once(
    db_session: Session, ana: int, change: Callable[[Session, PersonRow], None], subject: str
) -> None:
    with transaction() as session:
        change(session, session.get_one(PersonRow, ana))
    assert letters(db_session) == [(ANA, subject)]


def test_it_says_when_by_their_clock_and_leads_to_a_new_password_alone(db_session: Session, ana: int) -> None:
    with transaction() as session:
        person = session.get_one(PersonRow, ana)
        person.language, person.zone = "fr", "America/Regina"
        change_password(session, person)
    text = db_session.scalars(select(OutboxRow.text)).one()
    assert "Votre mot de passe a été changé (le mardi 24 novembre 2026, 9\u00a0h)." in text
    addresses = {word for word in text.split() if word.startswith("https://")}
    assert addresses == {"https://funding.example/fr/forgotten-password", "https://funding.example/fr/"}


def test_a_first_letter_speaks_both_languages(db_session: Session, ana: int) -> None:
    with transaction() as session:
        person = session.get_one(PersonRow, ana)
        person.first_mail_at = None
        change_password(session, person)
    assert letters(db_session) == [(ANA, "Your password was changed / Votre mot de passe a été changé")]


@pytest.mark.parametrize("why", ["first password", "nothing to turn off", "deactivated", "suspended", "unconfirmed"])
def test_where_there_is_nothing_to_tell_or_nobody_takes_letters_none_is_written(
    db_session: Session, ana: int, why: str
) -> None:
    with transaction() as session:
        person = session.get_one(PersonRow, ana)
        match why:
            case "first password":
                person.password = None
                choose_password(session, person)
            case "nothing to turn off":
                second_factor.turn_off(session, person, START, STATIONERY)
            case "deactivated":
                person.active = False
                change_password(session, person)
            case "suspended":
                person.mail_suspended_at = START
                change_password(session, person)
            case _:
                person.confirmed_at = None
                change_password(session, person)
    assert letters(db_session) == []


def test_the_letter_never_stands_in_the_way_of_a_link_that_is_asked_for(db_session: Session, ana: int) -> None:
    """Whoever changed the password or made codes again and again must not keep its owner from a new one."""
    with transaction() as session:
        person = session.get_one(PersonRow, ana)
        for _ in range(people.MOST_LETTERS + 1):
            renew(session, person)
        at = START + timedelta(seconds=20)
        people.ask_for_password(session, ANA, at, STATIONERY, lambda _person: "password/x", hours=48)
    assert letters(db_session)[-1] == (ANA, "Choose your password for Navigator")
    assert db_session.scalars(select(OutboxRow.link_until).where(OutboxRow.link_until.is_not(None))).all() == [
        at + timedelta(hours=48)
    ]


class TestRoles:
    """Who is given a role by somebody else is told which, and where."""

    def test_in_a_community(self, db_session: Session, ana: int) -> None:
        ben, community = add_person("ben@town.example"), add_community()
        join(ana, community)
        join(ben, community)
        with transaction() as session:
            session.flush()
            members.join(session, session.get_one(PersonRow, ben), community, Role.LEAD, START)
            members.set_role(session, community, ana, Role.LEAD, START, stationery=STATIONERY, by=ben)
        assert letters(db_session) == [(ANA, "Your role is now: plan lead, for Smallville")]

    def test_who_leads_next_is_told_and_who_hands_over_knows(self, db_session: Session, ana: int) -> None:
        ben, community = add_person("ben@town.example"), add_community()
        join(ana, community)
        with transaction() as session:
            members.join(session, session.get_one(PersonRow, ben), community, Role.LEAD, START)
            members.remove(session, community, ben, START, stationery=STATIONERY, by=ben, next_lead=ana)
        assert letters(db_session) == [(ANA, "Your role is now: plan lead, for Smallville")]

    def test_on_the_staff(self, db_session: Session, app: Flask) -> None:
        del app
        with transaction() as session:
            boss = people.add(session, "boss@x.example", Role.APPROVER, START).id
            editor = people.add(session, "ed@x.example", Role.EDITOR, START)
            editor.first_mail_at = START
            staff.set_role(session, boss, editor.id, Role.APPROVER, START, stationery=STATIONERY)
            staff.set_role(session, boss, editor.id, Role.APPROVER, START, stationery=STATIONERY)
            staff.set_role(session, boss, editor.id, None, START, stationery=STATIONERY)
        assert letters(db_session) == [
            ("ed@x.example", "Your role is now: approver, on the ministry’s staff"),
            ("ed@x.example", "You are no longer on the ministry’s staff"),
        ]


def test_an_invitation_says_how_long_its_link_lives(db_session: Session, ana: int) -> None:
    community = add_community()
    with transaction() as session:
        person = session.get_one(PersonRow, ana)
        members.join(session, person, community, Role.LEAD, START)
        invitations.invite(session, person, "new@x.example", Role.WRITER, community, now=START, stationery=STATIONERY)
    db_session.rollback()
    assert db_session.scalars(select(OutboxRow.link_until)).all() == [START + invitations.LASTS]


class TestForgottenSignIns:
    """Sign-ins of long ago are removed, but for the last ones of each person."""

    def begin(self, person: int, days_ago: float, *, proved: bool = False) -> None:
        with transaction() as session:
            at = START - timedelta(days=days_ago)
            sessions.begin(session, session.get_one(PersonRow, person), at, agent=f"{days_ago}", proved=proved)

    def left(self, session: Session, person: int) -> list[str]:
        with transaction() as unit:
            sessions.forget_old(unit, START)
        rows = session.scalars(select(SessionRow).where(SessionRow.person == person).order_by(SessionRow.id))
        return [row.agent for row in rows]

    def test_after_90_days_they_go_and_young_ones_stay(self, db_session: Session, ana: int) -> None:
        for days in (300, 91, 90, 1, 0):
            self.begin(ana, days)
        assert self.left(db_session, ana) == ["90", "1", "0"]

    def test_this_one_and_the_one_before_stay_however_old(self, db_session: Session, ana: int) -> None:
        ben = add_person("ben@town.example")
        for person in (ana, ben):
            for days in (400, 300, 200):
                self.begin(person, days)
        assert self.left(db_session, ana) == ["300", "200"]
        assert self.left(db_session, ben) == ["300", "200"]

    def test_doors_without_the_second_factor_push_no_real_visit_out(self, db_session: Session, ana: int) -> None:
        self.begin(ana, 300, proved=True)
        for days in (299, 298, 297, 0):
            self.begin(ana, days)
        self.begin(ana, 0, proved=True)
        assert self.left(db_session, ana) == ["300", "297", "0", "0"]
