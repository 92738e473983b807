"""Tasks: who may give which to whom, what each change leaves behind, reports after an award."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from grants.domain.applications import State
from grants.domain.bilingual import Bilingual
from grants.domain.people import Role
from grants.domain.works import WorkKind
from grants.services import applications, tasks
from grants.services.catalogue import NotFoundError
from grants.services.conflicts import ConflictError, RefusedError
from grants.services.tasks import MOST_REPORTS, TaskWish, report_days
from grants.store import applications as rows
from grants.store import tenants
from grants.store.applications import EventRow, TaskRow
from grants.store.database import transaction
from grants.store.tracking import TrackedRow
from tests.begun import NOW, a_person, a_task, an_application, hand

on_rows = pytest.mark.seeded
DUE = date(2026, 12, 15)


@pytest.fixture
def ana(db_session: Session) -> int:
    """A grant writer of Kenora."""
    del db_session
    return a_person()


@pytest.fixture
def bo(db_session: Session) -> int:
    """Another one."""
    del db_session
    return a_person("bo@example.org")


@pytest.fixture
def begun(ana: int) -> int:
    """An application of Kenora's."""
    with transaction() as session:
        return an_application(session, ana).id


@pytest.fixture
def task(ana: int, begun: int) -> int:
    """A task that is nobody's, due on 15 December."""
    with transaction() as session:
        return a_task(session, applications.one(session, "kenora", begun), ana, due_on=DUE).id


def the(session: Session, begun: int, number: int) -> TaskRow:
    """Read a task."""
    return tasks.one(session, "kenora", begun, number)


def last(session: Session) -> EventRow:
    """The last thing that happened."""
    return tenants.all_of(session, EventRow, "kenora")[-1]


def followers(session: Session, number: int) -> list[int]:
    """Who is reminded of a task."""
    return list(session.scalars(select(TrackedRow.person).where(TrackedRow.task == number)))


@on_rows
class TestChanges:
    """Every change leaves a version, an event, and the owner's reminders as they should be."""

    def test_an_added_task_stands_last_and_its_date_is_by_hand(
        self, db_session: Session, begun: int, task: int
    ) -> None:
        row = the(db_session, begun, task)
        assert row.id == rows.tasks(db_session, "kenora", begun)[-1].id
        assert (row.by_hand, row.version, row.kind) == (True, 1, "work")
        assert (last(db_session).kind, last(db_session).details["task"]) == ("task-added", task)

    def test_the_event_says_what_it_was_before(self, db_session: Session, ana: int, begun: int, task: int) -> None:
        with transaction() as session:
            wish = TaskWish("Call them", WorkKind.WORK, ana, None, 30)
            assert tasks.change(session, the(session, begun, task), wish, hand(ana))
        row = the(db_session, begun, task)
        assert (row.version, row.by_hand, row.due_on) == (2, False, None)
        assert last(db_session).details["fields"] == {"owner": [None, ana], "due_on": ["2026-12-15", None]}

    def test_words_in_both_languages_stay_while_they_are_not_rewritten(
        self, db_session: Session, ana: int, begun: int
    ) -> None:
        first = rows.tasks(db_session, "kenora", begun)[0]
        number, title = first.id, tasks.title_of(first)
        assert title.en != title.fr
        with transaction() as session:
            row = the(session, begun, number)
            tasks.change(session, row, TaskWish(title.fr, WorkKind.WORK, ana, DUE, 60), hand(ana))
        assert tasks.title_of(the(db_session, begun, number)) == title
        with transaction() as session:
            row = the(session, begun, number)
            tasks.change(session, row, TaskWish("Lire", WorkKind.WORK, ana, DUE, 60), hand(ana, row.version))
        assert tasks.title_of(the(db_session, begun, number)) == Bilingual("Lire", "Lire")

    def test_saying_the_same_again_changes_nothing(self, db_session: Session, ana: int, begun: int, task: int) -> None:
        with transaction() as session:
            row = the(session, begun, task)
            assert not tasks.change(session, row, TaskWish("Call them", WorkKind.WORK, None, DUE, 30), hand(ana, 99))
        assert the(db_session, begun, task).version == 1

    def test_an_older_version_is_a_conflict(
        self, db_session: Session, ana: int, bo: int, begun: int, task: int
    ) -> None:
        later = NOW + timedelta(minutes=5)
        with transaction() as session:
            row = the(session, begun, task)
            tasks.change(session, row, TaskWish("Call Bo", WorkKind.WORK, None, DUE, 30), hand(bo, at=later))
        with transaction() as session:
            row = the(session, begun, task)
            with pytest.raises(ConflictError) as conflict:
                tasks.change(session, row, TaskWish("Call Cy", WorkKind.WORK, None, DUE, 30), hand(ana))
            with pytest.raises(ConflictError):
                tasks.remove(session, row, hand(ana))
        fault = conflict.value
        assert (fault.saved["title"], fault.by, fault.at, fault.version) == ("Call Bo", "Bo", later, 2)
        assert the(db_session, begun, task).removed_at is None

    def test_done_and_reopened_once_each(self, db_session: Session, ana: int, begun: int, task: int) -> None:
        with transaction() as session:
            row = the(session, begun, task)
            assert tasks.finish(session, row, hand(ana))
            assert not tasks.finish(session, row, hand(ana))
            assert tasks.reopen(session, row, hand(ana))
            assert not tasks.reopen(session, row, hand(ana))
        told = [each.kind for each in tenants.all_of(db_session, EventRow, "kenora")]
        assert told[-2:] == ["task-done", "task-reopened"]

    def test_what_is_removed_is_gone_but_kept(self, db_session: Session, ana: int, begun: int, task: int) -> None:
        with transaction() as session:
            tasks.remove(session, the(session, begun, task), hand(ana))
        with pytest.raises(NotFoundError):
            the(db_session, begun, task)
        assert tenants.one(db_session, TaskRow, "kenora", task) is not None

    def test_a_task_is_found_under_its_own_application_only(
        self, db_session: Session, ana: int, begun: int, task: int
    ) -> None:
        with transaction() as session:
            other = an_application(session, ana).id
        for community, application in (("kenora", other), ("dryden", begun)):
            with pytest.raises(NotFoundError):
                tasks.one(db_session, community, application, task)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            pytest.param(TaskWish("  ", WorkKind.WORK, None, None, 0), "title", id="no title"),
            pytest.param(TaskWish("x" * 201, WorkKind.WORK, None, None, 0), "title", id="title too long"),
            pytest.param(TaskWish("x", WorkKind.WORK, None, None, 60_001), "hours", id="too much effort"),
            pytest.param(TaskWish("x", WorkKind.WORK, None, None, -1), "hours", id="less than none"),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, db_session: Session, ana: int, begun: int, wish: TaskWish, field: str
    ) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            with pytest.raises(RefusedError) as refused:
                tasks.add(session, row, wish, hand(ana))
        assert refused.value.field == field
        assert last(db_session).kind == "begun"


@on_rows
class TestAssignment:
    """A writer takes and gives up for oneself; a lead gives tasks to any member."""

    def give(self, begun: int, task: int, owner: int | None, by: int, *, leads: bool = False) -> None:
        """Give a task to somebody."""
        with transaction() as session:
            row = the(session, begun, task)
            tasks.assign(session, row, owner, hand(by, row.version, leads=leads))

    def test_one_takes_what_is_nobodys_and_gives_up_ones_own(
        self, db_session: Session, ana: int, begun: int, task: int
    ) -> None:
        self.give(begun, task, ana, ana)
        assert followers(db_session, task) == [ana]
        self.give(begun, task, None, ana)
        assert (the(db_session, begun, task).owner, followers(db_session, task)) == (None, [])

    def test_one_does_not_decide_over_others(
        self, db_session: Session, ana: int, bo: int, begun: int, task: int
    ) -> None:
        with pytest.raises(RefusedError):
            self.give(begun, task, bo, ana)
        self.give(begun, task, bo, bo)
        for owner in (ana, None):
            with pytest.raises(RefusedError):
                self.give(begun, task, owner, ana)
        assert the(db_session, begun, task).owner == bo

    def test_a_lead_gives_it_to_anybody_of_the_community(
        self, db_session: Session, ana: int, bo: int, begun: int, task: int
    ) -> None:
        lead = a_person("lea@example.org", Role.LEAD)
        self.give(begun, task, ana, lead, leads=True)
        self.give(begun, task, bo, lead, leads=True)
        assert followers(db_session, task) == [bo]
        stranger = a_person("cy@example.org", community="dryden")
        with pytest.raises(RefusedError):
            self.give(begun, task, stranger, lead, leads=True)

    def test_a_changed_title_does_not_need_the_right_to_assign(
        self, db_session: Session, ana: int, bo: int, begun: int, task: int
    ) -> None:
        self.give(begun, task, bo, bo)
        with transaction() as session:
            row = the(session, begun, task)
            tasks.change(session, row, TaskWish("Ring", WorkKind.WORK, bo, DUE, 30), hand(ana, row.version))
        assert tasks.title_of(the(db_session, begun, task)).en == "Ring"


@on_rows
def test_what_is_open_comes_soonest_first(db_session: Session, ana: int, begun: int, task: int) -> None:
    with transaction() as session:
        row = applications.one(session, "kenora", begun)
        soon = a_task(session, row, ana, "Soon", due_on=date(2026, 12, 1), owner=ana).id
        done = a_task(session, row, ana, "Done", due_on=date(2026, 12, 2))
        tasks.finish(session, done, hand(ana))
    found = tasks.open_tasks(db_session, "kenora")
    assert [each.task.id for each in found[:2]] == [soon, task]
    assert (found[0].owner, found[0].due_on, found[1].owner) == ("Ana", date(2026, 12, 1), "")
    assert all(each.due_on is None for each in found[2:])
    assert tasks.open_tasks(db_session, "dryden") == ()


@on_rows
class TestReports:
    """What a funder wants after an award."""

    DUES = tuple((date(2027, month, 15), Bilingual("Report", "Rapport")) for month in (3, 6, 9))

    def test_they_follow_an_award_and_come_once(self, db_session: Session, ana: int, begun: int) -> None:
        with transaction() as session:
            row = applications.one(session, "kenora", begun)
            with pytest.raises(RefusedError, match="follow an award"):
                tasks.add_reports(session, row, self.DUES, ana, hand(ana))
            row.state = State.AWARDED.value
            session.flush()
            assert tasks.add_reports(session, row, self.DUES[:2], ana, hand(ana)) == 2
            assert tasks.add_reports(session, row, self.DUES, ana, hand(ana)) == 1
            with pytest.raises(RefusedError):
                tasks.add_reports(session, row, [], ana, hand(ana))
        reports = [each for each in rows.tasks(db_session, "kenora", begun) if each.kind == "report"]
        assert [each.due_on for each in reports] == [day for day, _title in self.DUES]
        assert {each.by_hand for each in reports} == {True}
        assert all(followers(db_session, each.id) == [ana] for each in reports)


@pytest.mark.parametrize(
    ("first", "every", "until", "days"),
    [
        pytest.param("2027-01-31", 1, "2027-04-30", ["01-31", "02-28", "03-31", "04-30"], id="the last of each month"),
        pytest.param("2027-03-31", 3, "2027-12-31", ["03-31", "06-30", "09-30", "12-31"], id="quarters"),
        pytest.param("2027-03-31", 0, "2030-01-01", ["03-31"], id="once"),
        pytest.param("2027-03-31", 3, "2027-03-30", [], id="none before the last day"),
    ],
)
def test_days_of_reports(first: str, every: int, until: str, days: list[str]) -> None:
    found = report_days(date.fromisoformat(first), every, date.fromisoformat(until))
    assert [each.isoformat() for each in found] == [f"2027-{each}" for each in days]


@given(first=st.dates(), every=st.sampled_from([0, 1, 3, 6, 12]), until=st.dates())
def test_days_of_reports_rise_and_never_pass_the_last(first: date, every: int, until: date) -> None:
    days = report_days(first, every, until)
    assert list(days) == sorted(set(days))
    assert all(first <= each <= until for each in days)
    assert len(days) <= MOST_REPORTS
    assert bool(days) == (first <= until)
    months = [(each.year * 12 + each.month) for each in days]
    assert all(after - before == every for before, after in pairwise(months))
