"""Meetings in the database: several at once, moved with the tasks that wait for them, taken out, and conflicts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.meetings import Body
from grants.services import meetings
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, RefusedError
from grants.services.meetings import Details
from grants.store import tenants, workspaces
from grants.store.applications import EventRow, TaskRow
from grants.store.database import transaction
from grants.store.reminders import ReminderRow
from grants.store.workspaces import MeetingRow
from tests.begun import NOW, a_person, a_task, an_application, hand, the_community

pytestmark = [pytest.mark.one_database, pytest.mark.seeded]

FIRST, SECOND, THIRD = date(2026, 12, 8), date(2026, 12, 22), date(2027, 1, 12)
COUNCIL = Details(Body.COUNCIL, 5, "")
LATER = NOW + timedelta(minutes=1)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


def add(person: int, *days: date, community: str = "kenora", details: Details = COUNCIL) -> meetings.Added:
    """Add meetings of a community."""
    with transaction() as session:
        return meetings.add(session, the_community(session, community), days, details, hand(person))


def move(number: int, to: date, person: int, *, seen: int = 1) -> int:
    """Move a meeting of Kenora, and give how many tasks went along."""
    with transaction() as session:
        kenora = the_community(session)
        return meetings.change(session, kenora, number, to, COUNCIL, hand=hand(person, seen, LATER))


def stored(session: Session) -> list[tuple[date, int]]:
    """The meetings of Kenora: day and version."""
    return [(row.on, row.version) for row in workspaces.meetings(session, "kenora")]


def only(session: Session) -> MeetingRow:
    """The one meeting of Kenora."""
    (row,) = workspaces.meetings(session, "kenora")
    return row


def task_of(session: Session, number: int) -> TaskRow:
    """A task of Kenora."""
    task = tenants.one(session, TaskRow, "kenora", number)
    assert task is not None
    return task


def waiting_task(person: int, meeting: int) -> int:
    """Begin an application with a task of a person that waits for a meeting."""
    with transaction() as session:
        task = a_task(session, an_application(session, person), person, "Resolution", owner=person, due_on=FIRST)
        task.meeting = meeting
        return task.id


def test_several_days_are_added_at_once_and_one_that_is_known_stays(db_session: Session, ana: int) -> None:
    add(ana, SECOND)

    added = add(ana, THIRD, FIRST, SECOND, FIRST)

    assert (added.new, added.known) == ((FIRST, THIRD), (SECOND,))
    assert stored(db_session) == [(FIRST, 1), (SECOND, 1), (THIRD, 1)]
    told = tenants.all_of(db_session, EventRow, "kenora")[-1]
    assert (told.kind, told.details["days"]) == ("meeting-added", [FIRST.isoformat(), THIRD.isoformat()])


def test_another_body_may_meet_on_the_same_day(db_session: Session, ana: int) -> None:
    add(ana, FIRST)

    add(ana, FIRST, details=Details(Body.COMMITTEE, 0, "parks"))

    assert len(stored(db_session)) == 2


def test_days_that_cannot_be_meant_are_refused_and_nothing_is_added(db_session: Session, ana: int) -> None:
    with pytest.raises(RefusedError, match="year"):
        add(ana, FIRST, date(2062, 12, 8))

    assert stored(db_session) == []


def test_a_moved_meeting_takes_the_open_tasks_along_and_plans_their_reminders(db_session: Session, ana: int) -> None:
    add(ana, FIRST)
    meeting = only(db_session).id
    number = waiting_task(ana, meeting)
    ben = a_person("ben@example.org")

    moved = move(meeting, SECOND, ben)

    task = task_of(db_session, number)
    assert (moved, task.due_on, task.starts_on) == (1, SECOND, SECOND)
    reminders = db_session.scalars(select(ReminderRow).where(ReminderRow.task == number)).all()
    assert {row.version for row in reminders if row.state == "planned"} == {task.version}
    assert "task-changed" in [event.kind for event in tenants.all_of(db_session, EventRow, "kenora")]


def test_a_task_that_is_done_stays_where_it_was(db_session: Session, ana: int) -> None:
    add(ana, FIRST)
    meeting = only(db_session).id
    number = waiting_task(ana, meeting)
    with transaction() as session:
        task_of(session, number).done_at = NOW

    assert move(meeting, SECOND, ana) == 0

    assert task_of(db_session, number).due_on == FIRST


def test_a_meeting_that_is_taken_out_leaves_its_tasks_without_a_day(db_session: Session, ana: int) -> None:
    add(ana, FIRST)
    meeting = only(db_session).id
    number = waiting_task(ana, meeting)

    with transaction() as session:
        freed = meetings.remove(session, the_community(session), meeting, hand(ana, 1, LATER))

    task = task_of(db_session, number)
    assert (freed, task.due_on, task.meeting, task.by_hand) == (1, None, None, False)
    assert stored(db_session) == []
    with pytest.raises(NotFoundError), transaction() as session:
        meetings.standing(session, the_community(session), meeting)


def test_who_saves_second_is_told_what_the_first_saved_and_nothing_is_lost(db_session: Session, ana: int) -> None:
    add(ana, FIRST)
    meeting = only(db_session).id
    move(meeting, SECOND, ana)

    with pytest.raises(ConflictError) as fault:
        move(meeting, THIRD, ana, seen=1)

    assert (fault.value.saved["on"], fault.value.version, fault.value.by) == (SECOND.isoformat(), 2, "Ana")
    assert stored(db_session) == [(SECOND, 2)]
    assert move(meeting, THIRD, ana, seen=2) == 0


def test_a_change_that_changes_nothing_leaves_version_and_history(db_session: Session, ana: int) -> None:
    add(ana, FIRST)

    move(only(db_session).id, FIRST, ana)

    assert stored(db_session) == [(FIRST, 1)]
    assert [each.kind for each in tenants.all_of(db_session, EventRow, "kenora")] == ["meeting-added"]


def test_a_body_does_not_meet_twice_on_a_day(db_session: Session, ana: int) -> None:
    add(ana, FIRST, SECOND)
    first = workspaces.meetings(db_session, "kenora")[0].id

    with pytest.raises(RefusedError, match="that day already"):
        move(first, SECOND, ana)


def test_another_community_s_meeting_does_not_exist(db_session: Session, ana: int) -> None:
    cleo = a_person("cleo@example.org", community="guelph")
    add(cleo, FIRST, community="guelph")
    foreign = workspaces.meetings(db_session, "guelph")[0].id

    with pytest.raises(NotFoundError):
        move(foreign, SECOND, ana)
