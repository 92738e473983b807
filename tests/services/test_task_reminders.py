"""Reminders of tasks: who is told what by whom, and nothing of what is over, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.delivery.mail import Ending
from grants.domain.applications import State
from grants.domain.reminders import Kind
from grants.domain.works import WorkKind
from grants.services import reminders, tracking
from grants.services.tracking import When
from grants.store import tenants
from grants.store.applications import ApplicationRow
from grants.store.database import transaction
from grants.store.people import PersonRow
from grants.store.reminders import ReminderRow, ReminderState
from grants.store.tracking import TrackedRow
from tests.reminding import (
    CLOSES,
    START,
    Clock,
    Mailbox,
    Run,
    add_community,
    add_person,
    add_stream,
    add_task,
    always,
    change_task,
    join,
    planned,
    the_task,
)

NEXT_WEEK = date(2026, 12, 18)


@pytest.fixture
def ana(db_session: Session) -> int:
    """Somebody who works for a community that has a stream to apply for."""
    del db_session
    add_stream()
    add_community()
    person = add_person()
    join(person, "smallville")
    return person


@pytest.fixture
def ben(ana: int) -> int:
    """A colleague of Ana."""
    del ana
    person = add_person("ben@town.example")
    join(person, "smallville")
    return person


class TestGiven:
    """A task that a person gets, by whomever."""

    def test_one_from_somebody_else_is_told_at_once_for_the_days_that_passed_too(
        self, db_session: Session, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        add_task(ana, by=ben, due_on=date(2026, 11, 28))
        assert planned(db_session) == [
            (Kind.ASSIGNED, 0, "planned"),
            (Kind.LEAD, 3, "planned"),
            (Kind.LEAD, 1, "planned"),
            (Kind.LEAD, 0, "planned"),
        ]
        run()
        (letter,) = mailbox.taken
        assert letter.subject == "New task: Write the budget"
        assert "This task was given to you." in letter.text
        assert "To be done: in 4 days, Saturday 28 November 2026." in letter.text
        assert "time not stated" not in letter.text
        assert "https://funding.example/en/applications/1" in letter.text
        clock.morning(date(2026, 11, 25))
        run()
        assert mailbox.subjects()[1:] == ["In 3 days: Write the budget"]

    def test_one_that_a_person_takes_is_no_news_to_them(self, db_session: Session, ana: int, run: Run) -> None:
        add_task(ana, by=ana, due_on=date(2026, 11, 28))
        assert {kind for kind, _, _ in planned(db_session)} == {Kind.LEAD}
        assert run() == {}

    def test_what_the_machine_gives_is_told(self, ana: int, run: Run, mailbox: Mailbox) -> None:
        add_task(ana, by=None)
        run()
        assert mailbox.subjects() == ["New task: Write the budget"]

    def test_one_without_a_date_is_told_and_its_date_when_it_has_one(
        self, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ben, due_on=None)
        run()
        assert "It has no date yet." in mailbox.taken[0].text
        change_task(task, clock(), by=ben, due_on=CLOSES)
        run()
        assert "a date was added, Friday 11 December 2026" in mailbox.taken[1].text

    def test_given_to_another_it_leaves_the_first_and_comes_back_as_news(
        self, db_session: Session, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ben)
        run()
        change_task(task, clock(), by=ana, owner=ben)
        assert {row.person for row in db_session.scalars(select(TrackedRow))} == {ben}
        change_task(task, clock(), by=ben, owner=ana)
        run()
        assert [letter.recipient for letter in mailbox.taken] == ["ana@town.example", "ana@town.example"]
        assert mailbox.subjects() == ["New task: Write the budget"] * 2

    def test_one_that_nobody_planned_for_is_taken_up_by_the_tick(
        self, db_session: Session, ana: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(None, by=None)
        with transaction() as session:
            the_task(session, task).owner = ana
        assert run()["sent"] == 1
        assert mailbox.subjects() == ["New task: Write the budget"]
        with transaction() as session:
            row = the_task(session, task)
            row.due_on, row.version = NEXT_WEEK, 2
        clock.go(minutes=1)
        run()
        assert mailbox.subjects()[1:] == ["Date changed: Write the budget"]
        assert run() == {}
        del db_session

    def test_undated_ones_that_nobody_planned_for_are_followed_without_a_letter(
        self, db_session: Session, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(None, by=None, due_on=None)
        with transaction() as session:
            the_task(session, task).owner = ana
        assert run() == {}
        change_task(task, clock(), by=ben, due_on=CLOSES)
        run()
        assert mailbox.subjects() == ["Date changed: Write the budget"]
        assert [row.person for row in db_session.scalars(select(TrackedRow))] == [ana]

    def test_a_date_moved_before_anybody_heard_of_the_task_is_one_piece_of_news(
        self, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ben)
        change_task(task, clock(), by=ben, due_on=NEXT_WEEK)
        run()
        (letter,) = mailbox.taken
        assert letter.subject == "New task: Write the budget"
        assert "18 December" in letter.text
        assert "11 December" not in letter.text


class TestMoved:
    """A date of a task that changes."""

    def test_by_somebody_else_it_is_told_with_old_and_new(
        self, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ana)
        change_task(task, clock(), by=ben, due_on=NEXT_WEEK)
        run()
        (letter,) = mailbox.taken
        assert letter.subject == "Date changed: Write the budget"
        assert "To be done: the date was moved, it is now Friday 18 December 2026." in letter.text
        assert "It was Friday 11 December 2026." in letter.text

    def test_by_its_owner_it_only_moves_the_reminders(
        self, db_session: Session, ana: int, clock: Clock, run: Run
    ) -> None:
        task = add_task(ana, by=ana)
        change_task(task, clock(), by=ana, due_on=NEXT_WEEK)
        ahead = [row for row in db_session.scalars(select(ReminderRow)) if row.state == ReminderState.PLANNED]
        assert {row.due_at.date() for row in ahead if row.lead == 0} == {NEXT_WEEK}
        assert {row.kind for row in ahead} == {Kind.LEAD}
        assert run() == {}

    def test_other_words_are_no_news_and_lose_no_reminder_that_is_due(
        self, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ana)
        clock.morning(date(2026, 12, 4))
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        change_task(task, clock(), by=ben, title={"en": "Budget", "fr": "Budget"})
        clock.go(hours=1)
        mailbox.answer = always(Ending.SENT, 250)
        run()
        assert mailbox.subjects() == ["In 7 days: Budget"]
        change_task(task, clock(), by=ben, minutes=90)
        clock.go(minutes=5)
        assert run() == {}


class TestOver:
    """What is done, taken out, or of an application that is over."""

    @pytest.mark.parametrize("ended", ["done_at", "removed_at"])
    def test_nothing_is_planned_and_a_letter_that_waits_is_dropped(
        self, db_session: Session, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox, ended: str
    ) -> None:
        task = add_task(ana, by=ben)
        mailbox.answer = always(Ending.DEFERRED, 451)
        run()
        change_task(task, clock(), by=ben, **{ended: clock()})
        assert planned(db_session) == []
        clock.go(hours=1)
        assert run() == {"dropped": 1}

    def test_taken_up_again_it_reminds_without_being_news(
        self, ana: int, ben: int, clock: Clock, run: Run, mailbox: Mailbox
    ) -> None:
        task = add_task(ana, by=ana)
        change_task(task, clock(), by=ben, done_at=clock())
        change_task(task, clock(), by=ben, done_at=None)
        clock.morning(date(2026, 12, 4))
        run()
        assert mailbox.subjects() == ["In 7 days: Write the budget"]

    def test_a_move_of_the_application_is_enough(self, db_session: Session, ana: int, clock: Clock) -> None:
        task = add_task(ana, by=ana)
        for state, count in ((State.WITHDRAWN, 0), (State.CONSIDERING, 5)):
            with transaction() as session:
                chosen = tenants.everybodys(ApplicationRow).where(
                    ApplicationRow.id == the_task(session, task).application
                )
                application = session.scalars(chosen).one()
                application.state = state.value
                reminders.application_moved(session, application.id, clock())
            assert len(planned(db_session)) == count

    def test_one_that_is_late_is_told_as_overdue(self, ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
        add_task(ana, by=ana)
        mailbox.answer = always(Ending.DEFERRED, None, unreachable=True)
        clock.morning(CLOSES)
        run()
        clock.go(days=2)
        mailbox.answer = always(Ending.SENT, 250)
        run()
        assert mailbox.taken == [], "the letter ended with the day it was about"
        add_task(ana, by=None, title="Ask the band", due_on=CLOSES, at=clock())
        run()
        assert "it was due on Friday 11 December 2026" in mailbox.taken[0].text


def test_a_report_is_told_whatever_little_a_person_wants(ana: int, clock: Clock, run: Run, mailbox: Mailbox) -> None:
    with transaction() as session:
        session.get_one(PersonRow, ana).leads = []
    add_task(ana, by=ana, kind=WorkKind.REPORT, title="Interim report")
    add_task(ana, by=ana)
    while clock.at < datetime(2026, 12, 14, tzinfo=UTC):
        run()
        clock.go(hours=6)
    assert mailbox.subjects() == ["In 7 days: Interim report", "Today: Interim report"]
    assert "Report due: in 7 days" in mailbox.taken[0].text


def test_each_is_due_by_the_clock_of_its_community(db_session: Session, ana: int, clock: Clock) -> None:
    add_community("by-the-sea", "America/Halifax")
    join(ana, "by-the-sea")
    add_task(ana, by=ana)
    add_task(ana, by=ana, community="by-the-sea")
    seen = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), clock())
    closing = sorted(each.duties[0].closes for each in seen)
    assert closing[1] - closing[0] == timedelta(hours=1)


def test_the_list_holds_what_is_late_and_leaves_out_what_is_over(
    db_session: Session, ana: int, ben: int, clock: Clock
) -> None:
    task = add_task(ana, by=ana)
    add_task(ana, by=ana, due_on=None, title="Call them")
    add_task(ben, by=ben)

    def seen() -> dict[str, str]:
        db_session.rollback()
        found = tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), clock())
        return {each.subject.short.en: each.when.value for each in found}

    assert seen() == {"Write the budget": When.LATER, "Call them": When.UNDATED}
    clock.morning(date(2026, 12, 12))
    assert seen() == {"Write the budget": When.LATE, "Call them": When.UNDATED}
    change_task(task, clock(), by=ana, done_at=clock())
    assert seen() == {"Call them": When.UNDATED}


def test_tasks_of_a_community_that_a_person_left_are_not_shown(db_session: Session, ana: int, clock: Clock) -> None:
    add_community("elsewhere")
    add_task(ana, by=ana, community="elsewhere")
    assert tracking.tracked_by(db_session, db_session.get_one(PersonRow, ana), clock()) == []


def test_start_is_a_tuesday() -> None:
    assert START.weekday() == 1, "the days of these tests are counted from it"
