"""Members: one lead at least, work that nobody is left with in secret, letters that come back are seen."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.people import Role
from grants.services import members, people, sessions
from grants.services.catalogue import NotFoundError
from grants.services.events import What
from grants.services.members import Trouble
from grants.services.people import RefusedError
from grants.store import people as rows
from grants.store import tenants
from grants.store.applications import ApplicationRow, EventRow, TaskRow
from grants.store.database import db, transaction
from grants.store.feeds import FeedRow
from grants.store.people import PersonRow
from grants.store.reminders import MailState, OutboxRow, Reason
from grants.store.tracking import TrackedRow
from tests.full_workspace import Full, fill
from tests.reminding import STATIONERY
from tests.signing_in import a_member

pytestmark = pytest.mark.seeded

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
KENORA, GUELPH = "kenora", "guelph"


@pytest.fixture
def full(db_session: Session) -> Full:
    """Kenora with a lead, a writer and one of everything; the writer has the open task."""
    del db_session
    with transaction() as session:
        return fill(session, KENORA, NOW)


def events(session: Session, what: What) -> list[EventRow]:
    chosen = tenants.of(EventRow, KENORA).where(EventRow.kind == what.value)
    return list(session.scalars(chosen.order_by(EventRow.id)))


def role_in(number: int) -> Role | None:
    return rows.role_in(db.session(), number, KENORA)


def remove(full: Full, number: int, *, by: int | None = None, next_lead: int | None = None) -> None:
    with transaction() as session:
        members.remove(
            session, full.community, number, NOW, stationery=STATIONERY, by=by or full.lead, next_lead=next_lead
        )


def set_role(full: Full, number: int, role: Role, *, by: int | None = None, next_lead: int | None = None) -> None:
    with transaction() as session:
        members.set_role(
            session, full.community, number, role, NOW, stationery=STATIONERY, by=by or full.lead, next_lead=next_lead
        )


class TestLeaving:
    """What stays behind, and what ends."""

    def test_tasks_and_applications_become_nobodys(self, db_session: Session, full: Full) -> None:
        before = tenants.one(db_session, TaskRow, KENORA, full.task)
        assert before is not None
        assert before.owner == full.writer
        version = before.version
        remove(full, full.writer)
        task = tenants.one(db_session, TaskRow, KENORA, full.task)
        application = tenants.one(db_session, ApplicationRow, KENORA, full.application)
        assert task is not None
        assert application is not None
        assert (task.owner, task.version) == (None, version + 1)
        assert application.owner is None
        (changed,) = events(db_session, What.TASK_CHANGED)
        assert changed.details["fields"] == {"owner": [full.writer, None]}
        assert role_in(full.writer) is None

    def test_nothing_about_the_task_is_sent_to_them_any_more(self, db_session: Session, full: Full) -> None:
        remove(full, full.writer)
        followed = select(TrackedRow).where(TrackedRow.person == full.writer, TrackedRow.task == full.task)
        assert db_session.scalars(followed).all() == []

    def test_calendars_of_the_community_and_every_sign_in_end(self, db_session: Session, full: Full) -> None:
        with transaction() as session:
            person = session.get_one(PersonRow, full.writer)
            sessions.begin(session, person, NOW, agent="", proved=True)
            for community, name in ((KENORA, "theirs"), (None, "own")):
                session.add(FeedRow(person=person.id, community=community, token_hash=name, name=name, made_at=NOW))
        remove(full, full.writer)
        feeds = {
            row.token_hash: row.revoked_at
            for row in db_session.scalars(select(FeedRow).where(FeedRow.token_hash.in_(("theirs", "own"))))
        }
        assert feeds == {"theirs": NOW, "own": None}
        assert sessions.standing(db_session, db_session.get_one(PersonRow, full.writer), NOW) == []

    def test_who_leaves_by_themselves_stays_signed_in(self, db_session: Session, full: Full) -> None:
        with transaction() as session:
            sessions.begin(session, session.get_one(PersonRow, full.writer), NOW, agent="", proved=True)
        remove(full, full.writer, by=full.writer)
        assert len(sessions.standing(db_session, db_session.get_one(PersonRow, full.writer), NOW)) == 1
        (left,) = events(db_session, What.LEFT)
        assert (left.person, left.details["member"]) == (full.writer, full.writer)

    def test_the_last_lead_names_the_next(self, full: Full) -> None:
        for following in (None, full.lead, full.staff, 999_999):
            with pytest.raises(RefusedError, match="the last lead"):
                remove(full, full.lead, next_lead=following)
            with pytest.raises(RefusedError, match="the last lead"):
                set_role(full, full.lead, Role.WRITER, next_lead=following)
        remove(full, full.lead, next_lead=full.writer)
        assert (role_in(full.lead), role_in(full.writer)) == (None, Role.LEAD)

    def test_a_lead_who_was_deactivated_is_no_lead_who_is_left(self, app: Flask, full: Full) -> None:
        second = a_member(app, "second@x.example", Role.LEAD, KENORA)
        with transaction() as session:
            session.get_one(PersonRow, second).active = False
        with pytest.raises(RefusedError, match="the last lead"):
            remove(full, full.lead)

    def test_a_writer_removes_nobody(self, app: Flask, full: Full) -> None:
        other = a_member(app, "other@x.example", Role.WRITER, KENORA)
        with pytest.raises(RefusedError, match="no longer lead"):
            remove(full, other, by=full.writer)
        with pytest.raises(RefusedError, match="no longer lead"):
            set_role(full, other, Role.LEAD, by=full.writer)
        assert role_in(other) is Role.WRITER

    def test_a_member_of_another_community_is_not_there(self, app: Flask, full: Full) -> None:
        other = a_member(app, "other@x.example", Role.LEAD, GUELPH)
        for number in (other, full.staff, 0, 2**40):
            with pytest.raises(NotFoundError):
                remove(full, number)
            with pytest.raises(NotFoundError):
                set_role(full, number, Role.LEAD)
            with pytest.raises(NotFoundError), transaction() as session:
                members.set_hours(session, KENORA, number, 60)


def test_of_two_leads_who_remove_each_other_at_once_one_stays(app: Flask, full: Full) -> None:
    second = a_member(app, "second@x.example", Role.LEAD, KENORA)
    start = Barrier(2)

    def take_away(by: int, number: int) -> bool:
        with app.app_context():
            start.wait()
            try:
                remove(full, number, by=by)
            except (RefusedError, NotFoundError):
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(take_away, (full.lead, second), (second, full.lead)))

    assert sorted(done) == [False, True]
    db.session.expire_all()
    assert len(rows.leads(db.session(), KENORA)) == 1


def test_a_role_that_changes_leaves_a_line(db_session: Session, full: Full) -> None:
    set_role(full, full.writer, Role.LEAD)
    set_role(full, full.writer, Role.LEAD)
    (changed,) = events(db_session, What.ROLE_CHANGED)
    assert (changed.details["member"], changed.details["before"], changed.details["after"]) == (
        full.writer,
        "writer",
        "lead",
    )
    with pytest.raises(RefusedError, match="Choose grant writer or plan lead"):
        set_role(full, full.writer, Role.APPROVER)


@pytest.mark.parametrize(
    ("minutes", "fits"), [(None, True), (0, True), (450, True), (3_600, True), (3_601, False), (-1, False)]
)
def test_hours_are_those_of_a_week(db_session: Session, full: Full, minutes: int | None, fits: bool) -> None:  # noqa: FBT001
    def keep() -> None:
        with transaction() as session:
            members.set_hours(session, KENORA, full.writer, minutes)

    if fits:
        keep()
    else:
        with pytest.raises(RefusedError):
            keep()
    kept = next(each for each in members.of(db_session, KENORA) if each.person == full.writer)
    assert kept.weekly_minutes == (minutes if fits else None)


def a_letter(state: MailState, answer: str) -> Callable[[Session, PersonRow], None]:
    def write(session: Session, person: PersonRow) -> None:
        session.add(
            OutboxRow(
                person=person.id,
                recipient=person.email,
                reason=Reason.REMINDERS.value,
                state=state.value,
                message_id=f"<{person.id}@x>",
                created_at=NOW,
                next_try_at=NOW,
                expires_at=NOW,
                ended_at=NOW,
                answer=answer,
            )
        )

    return write


def suspended(_session: Session, person: PersonRow) -> None:
    person.mail_suspended_at = NOW


def off(_session: Session, person: PersonRow) -> None:
    person.reminders_off_at = NOW


@pytest.mark.parametrize(
    ("happened", "trouble"),
    [
        pytest.param(a_letter(MailState.SENT, "250 OK"), None, id="arrived"),
        pytest.param(a_letter(MailState.BOUNCED, "550 no such user"), Trouble.COMES_BACK, id="came back"),
        pytest.param(a_letter(MailState.EXPIRED, "452 over quota"), Trouble.FULL, id="full"),
        pytest.param(a_letter(MailState.EXPIRED, "421 busy"), None, id="a server that was away"),
        pytest.param(suspended, Trouble.COMES_BACK, id="suspended"),
        pytest.param(off, Trouble.OFF, id="turned off"),
    ],
)
def test_the_lead_sees_whom_letters_do_not_reach(
    db_session: Session, full: Full, happened: Callable[[Session, PersonRow], None], trouble: Trouble | None
) -> None:
    with transaction() as session:
        happened(session, session.get_one(PersonRow, full.writer))
    seen = {each.person: each.trouble for each in members.of(db_session, KENORA)}
    assert seen[full.writer] is trouble
    assert next(iter(seen)) == full.lead, "leads stand first"


def test_who_joins_as_a_writer_goes_on_leading(db_session: Session, full: Full) -> None:
    with transaction() as session:
        members.join(session, session.get_one(PersonRow, full.lead), KENORA, Role.WRITER, NOW)
        newcomer = people.add(session, "new@x.example", Role.MEMBER, NOW)
        members.join(session, newcomer, KENORA, Role.WRITER, NOW)
    assert role_in(full.lead) is Role.LEAD
    joined = rows.membership(db_session, newcomer.id, KENORA)
    assert joined is not None
    assert joined.since == NOW
